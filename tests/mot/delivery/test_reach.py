"""An address that nothing will go to is named when the worker starts."""

from __future__ import annotations

from datetime import date

import pytest

from mot.channels.addresses import AddressBook
from mot.channels.types import Address, Channel
from mot.delivery.reach import without_messages
from mot.scenario.loading import parse_scenario, shipped
from mot.scenario.types import PushChannel

SHIPPED = shipped(date(2026, 3, 2))
NARROW = (parse_scenario("x.yaml", SHIPPED[0].text.replace(
    "push: [INBOX, WECOM, DINGTALK, FEISHU, WEBHOOK, EMAIL]", "push: [INBOX, WECOM]"
), date(2026, 3, 2)),)  # fmt: skip
CASES = [  # channel, recipients, scenarios, what is said
    (Channel.FEISHU, ("staff:S1",), SHIPPED, ""),
    (Channel.FEISHU, ("staff:S1",), NARROW, "没有生效的场景走这个渠道"),
    (Channel.WECOM, ("staff:S1",), NARROW, ""),
    (Channel.WECOM, (), NARROW, "没有写收件人"),
    (Channel.WECOM, ("staff:S1", "staff:S9"), NARROW, "收件人 staff:S9 不是在册的人员"),
    (Channel.WECOM, ("S1",), NARROW, "收件人 S1 不是在册的人员"),
    (Channel.OUTBOX, ("staff:S1",), NARROW, ""),
]


@pytest.mark.parametrize(("channel", "recipients", "scenarios", "said"), CASES)
def test_an_address_without_messages_is_named(channel, recipients, scenarios, said):
    book = AddressBook([Address(name="one", channel=channel, recipients=recipients)])

    told = "\n".join(without_messages(book, scenarios, {"S1"}))

    assert (said in told) if said else told == ""


@pytest.mark.parametrize("scenario", SHIPPED, ids=lambda one: one.id)
def test_what_comes_with_the_product_goes_wherever_the_firm_has_an_address(scenario):
    assert set(scenario.assignment.push) == set(PushChannel)
