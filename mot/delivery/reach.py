"""哪些地址不会有消息: what an operator who has just written the channel file would otherwise wait for in vain. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from mot.channels.addresses import AddressBook
from mot.channels.types import Address
from mot.delivery.outbox import LOCAL
from mot.scenario.types import Scenario

STAFF: Final = "staff:"


def numbers(address: Address) -> list[str]:
    """Staff numbers among the recipients of an address."""
    return [one.removeprefix(STAFF) for one in address.recipients if one.startswith(STAFF)]


def without_messages(book: AddressBook, scenarios: Collection[Scenario], staff: Collection[str]) -> Iterator[str]:
    """A sentence for each address that nothing will go to. scenarios: in force; staff: numbers of all staff."""
    used = {one.value for one in LOCAL} | {channel.value for one in scenarios for channel in one.assignment.push}
    for address in book:
        named = f"地址 {address.name}（{address.channel.label}）"
        if address.channel.value not in used:
            yield f"{named}不会有消息：没有生效的场景走这个渠道，须另起一版、把它写进第四步的 push"
        known = {STAFF + number for number in numbers(address) if number in staff}
        strangers = [one for one in address.recipients if one not in known]
        if not address.recipients:
            yield f"{named}不会有消息：没有写收件人 recipients"
        elif strangers:
            yield f"{named}的收件人 {'、'.join(strangers)} 不是在册的人员；写作 staff:员工号"
