"""Households for tests: one that is whole, and the pieces of others. All invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from clients.household.assumptions import Assumptions, assumptions_on
from clients.household.types import (
    CATEGORIES,
    AccountValue,
    Household,
    Item,
    ItemKind,
    Member,
    MemberRole,
    Per,
    Sex,
)

DAY = date(2026, 6, 1)
FAMILY = (
    Member(member_no="M1", role=MemberRole.SELF, client_no="C1", birth_date=date(1986, 6, 1), sex=Sex.MALE,
           retire_age=60),
    Member(member_no="M2", role=MemberRole.SPOUSE, birth_date=date(1988, 6, 1), sex=Sex.FEMALE, retire_age=55),
    Member(member_no="M3", role=MemberRole.CHILD, birth_date=date(2016, 9, 1)),
)  # fmt: skip


def item(kind: str, category: str, amount: int | str, **more: object) -> Item:
    """One item; `no` names it, by default by kind and category."""
    of = ItemKind(kind)
    usual = Per.ONCE if of in (ItemKind.ASSET, ItemKind.DEBT) else Per.YEAR
    told = {"item_no": f"{kind}-{category}", "as_of": DAY, "per": usual, "member_no": "M1"} | more
    return Item(kind=of, category=CATEGORIES[of](category), amount=Decimal(str(amount)), **told)  # type: ignore[arg-type]


def household(*items: Item, members: tuple[Member, ...] = FAMILY, accounts: tuple[AccountValue, ...] = ()) -> Household:
    return Household(household_no="H1", day=DAY, members=members, items=items, accounts=accounts)


def whole() -> Household:
    """A family of three with a home, a mortgage, two incomes, a pension each and four goals."""
    return household(
        item("ASSET", "CASH", 120_000),
        item("ASSET", "WEALTH", 600_000),
        item("ASSET", "HOME", 3_000_000),
        item("DEBT", "MORTGAGE", 900_000, monthly_payment=Decimal(6_000)),
        item("INCOME", "SALARY", 20_000, per=Per.MONTH),
        item("INCOME", "SALARY", 144_000, item_no="INCOME-2", member_no="M2"),
        item("SPENDING", "LIVING", 12_000, per=Per.MONTH),
        item("PENSION", "STATE", 6_000, per=Per.MONTH),
        item("PENSION", "STATE", 4_000, per=Per.MONTH, item_no="PENSION-2", member_no="M2"),
        item("GOAL", "RETIREMENT", 120_000, priority=1),
        item("GOAL", "EDUCATION", 100_000, first_on=date(2034, 9, 1), last_on=date(2038, 8, 31), priority=1),
        item("GOAL", "CARE", 30_000, first_on=date(2030, 1, 1), last_on=date(2045, 12, 31)),
        item("GOAL", "OTHER", 200_000, per=Per.ONCE, first_on=date(2029, 6, 1), priority=3, note="换车"),
        accounts=(
            AccountValue(member_no="M1", cash=Decimal("50000.00"), securities=Decimal("450000.00"),
                         debt=Decimal("100000.00"), as_of=DAY),
        ),
    )  # fmt: skip


def assumed(**more: object) -> Assumptions:
    return replace(assumptions_on(DAY), **more)  # type: ignore[arg-type]
