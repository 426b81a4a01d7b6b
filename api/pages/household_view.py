"""What the page of a household shows of its items and members, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from clients.household.assumptions import rule_value
from clients.household.types import Household, Item, ItemKind, Member, Per
from diagnosis import wording
from reports.sections.actions import months_after


def household_path(client_no: str, note: str = "") -> str:
    """Address of a client's household."""
    path = f"/clients/{quote(client_no, safe='')}/household"
    return f"{path}?note={note}" if note else path


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One declared item in the list; stale: said so long ago that it should be asked again."""

    item_no: str
    kind: str
    name: str
    amount: str
    during: str
    whose: str
    as_of: date
    witness: str
    stale: bool
    version: int
    href: str


@dataclass(frozen=True, slots=True)
class MemberLine:
    href: str
    role: str
    born: str
    retires: str
    client_href: str


def item_lines(household: Household, versions: dict[str, int], path: str) -> list[ItemLine]:
    """Declared items by kind; what has ended is left out."""
    order = list(ItemKind)
    months = int(rule_value("STALE", household.day))
    shown = sorted((one for one in household.items if one.amount), key=lambda one: (order.index(one.kind), one.item_no))
    return [
        ItemLine(
            item_no=one.item_no, kind=one.kind.label, name=_name(one),
            amount=_amount(one), during=_during(one), whose=_whose(household, one), as_of=one.as_of,
            witness=one.witness.label, stale=months_after(one.as_of, months) <= household.day,
            version=versions.get(one.item_no, 0), href=f"{path}/items/{quote(one.item_no, safe='')}",
        )
        for one in shown
    ]  # fmt: skip


def _name(item: Item) -> str:
    return f"{item.category.label}（{item.note}）" if item.note else item.category.label


def _amount(item: Item) -> str:
    told = wording.yuan(float(item.amount))
    if item.monthly_payment:
        return f"{told}，月供 {wording.yuan(float(item.monthly_payment))}"
    return told if item.per is Per.ONCE else f"{item.per.label} {told}"


def _during(item: Item) -> str:
    if item.locked_until is not None:
        return f"{item.locked_until} 前不能取"
    if item.first_on and item.last_on:
        return f"{item.first_on} 至 {item.last_on}"
    return f"{item.first_on} 起" if item.first_on else f"至 {item.last_on}" if item.last_on else ""


def _whose(household: Household, item: Item) -> str:
    member = household.member(item.member_no)
    return "全家" if member is None else member.role.label


def member_path(path: str, member_no: str) -> str:
    return f"{path}/members/{quote(member_no, safe='')}"


def member_line(member: Member, path: str) -> MemberLine:
    return MemberLine(
        href=member_path(path, member.member_no),
        role=member.role.label, born=f"{member.birth_date} 出生" if member.birth_date else "出生日期未登记",
        retires=f"打算 {member.retire_age} 岁退休" if member.retire_age else "",
        client_href=household_path(member.client_no) if member.client_no else "",
    )  # fmt: skip
