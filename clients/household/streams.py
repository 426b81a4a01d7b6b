"""Items as flows of money in time: when each begins and ends, what it grows by. What has no place is said so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from clients.household.assumptions import Assumptions
from clients.household.types import STOCKS, GoalCategory, Household, Item, ItemKind, Member, MemberRole, Per
from clients.household.values import Flows, once, stream, years_between


@dataclass(frozen=True, slots=True)
class Placed:
    """An item in time. first_on: the first day on which money flows, as it was said or assumed."""

    item: Item
    flows: Flows
    growth: float
    first_on: date
    last_on: date | None  # None: paid once


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An item that no amount can be given for, and why (Chinese, with the way out)."""

    item: Item
    why: str


def owner_of(household: Household, item: Item) -> Member | None:
    """The item's member; where it names none, the one whose household it is (本人)."""
    named = household.member(item.member_no)
    if named is not None:
        return named
    return next((one for one in household.members if one.role is MemberRole.SELF), None)


def place_all(household: Household, assumed: Assumptions) -> tuple[list[Placed], list[Unplaced]]:
    """Every flow of the household; balances are none, and an amount of 0 says that the item has ended."""
    found = [place(household, one, assumed) for one in household.items if one.amount and one.kind not in STOCKS]
    return [one for one in found if isinstance(one, Placed)], [one for one in found if isinstance(one, Unplaced)]


def place(household: Household, item: Item, assumed: Assumptions) -> Placed | Unplaced:
    """When a flow begins and ends. Said days win; else income ends and pension and retirement begin at retirement."""
    if _needs_days(item):
        return Unplaced(item, f"{_named(item)}没有起止日，未计入；请补充")
    growth = assumed.growth_of(item)
    owner = owner_of(household, item)
    retires = assumed.retires_on(owner) if owner else None
    until = _planned(household, item, owner, assumed)
    if item.per is Per.ONCE:
        first = item.first_on or (retires if _from_retirement(item) else household.day)
        if first is None:
            return Unplaced(item, _no_birthday(item))
        paid = once(float(item.amount), growth, years_between(household.day, first))
        return Placed(item, paid, growth, first, None)
    first = item.first_on or (retires if _from_retirement(item) else item.as_of)
    last = item.last_on or (retires if item.kind is ItemKind.INCOME and item.category in assumed.labour else until)
    if first is None or last is None:
        return Unplaced(item, _no_birthday(item))
    start, end = (years_between(household.day, one) for one in (first, last))
    return Placed(item, stream(float(item.a_year), growth, start, end), growth, first, last)


def _from_retirement(item: Item) -> bool:
    return item.kind is ItemKind.PENSION or item.category is GoalCategory.RETIREMENT


def _planned(household: Household, item: Item, owner: Member | None, assumed: Assumptions) -> date | None:
    """How long what has no end runs: a pension as long as its owner, what the household spends as long as anybody.

    Living expenses end when retirement spending is planned for: they would count twice.
    """
    if owner is None:
        return None
    if item.kind is ItemKind.SPENDING and any(
        one.category is GoalCategory.RETIREMENT for one in household.of_kind(ItemKind.GOAL)
    ):
        return assumed.retires_on(owner)
    grown = [one for one in household.members if one.role in (MemberRole.SELF, MemberRole.SPOUSE)]
    lives = [owner] if item.kind is ItemKind.PENSION or owner not in grown else grown
    ends = [end for one in lives if (end := assumed.planned_until(one, household.day)) is not None]
    return max(ends, default=None)


def _needs_days(item: Item) -> bool:
    """Education, a home and the like begin and end on days that nobody can assume."""
    if item.kind is not ItemKind.GOAL or item.category is GoalCategory.RETIREMENT:
        return False
    lasting = item.category is GoalCategory.CARE or item.per is Per.ONCE
    return item.first_on is None or (item.last_on is None and not lasting)


def _no_birthday(item: Item) -> str:
    return f"{_named(item)}没有起止日，也没有所属成员的出生日期，未计入；请补充其一"


def _named(item: Item) -> str:
    return f"{item.kind.label}“{item.category.label}”（{item.item_no}）"
