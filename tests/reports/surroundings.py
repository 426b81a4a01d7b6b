"""What stands around the full account in report tests: a client of C3, three rated holdings, a household."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from clients.household.types import (
    AccountValue,
    AssetCategory,
    DebtCategory,
    GoalCategory,
    Household,
    IncomeCategory,
    Item,
    ItemKind,
    Member,
    MemberRole,
    PensionCategory,
    Per,
    Sex,
    SpendingCategory,
    Witness,
)
from diagnosis.types import Diagnosis
from kit.rulebook import load_rulebook
from reports.family import Family, family_of
from suitability.facts import ClientFacts, ProductFacts
from suitability.held import HeldFit, Worth, judged
from suitability.levels import AssetType, ClientLevel, Gate, InvestorCategory, ProductLevel

DAY = date(2024, 12, 31)
CLIENT = ClientFacts(
    client_no="C0001", natural=True, birth_date=date(1984, 5, 6), category=InvestorCategory.ORDINARY,
    category_valid_through=None, level=ClientLevel.C3, confirmed_level=ClientLevel.C3, lowest=False,
    questionnaire="natural-2017", assessed_on=date(2024, 3, 1), valid_through=date(2026, 2, 28), term=None,
    types=AssetType.EQUITY, expected_return=None, lock_limit_days=None, reserve_months=None,
)  # fmt: skip


def product(code: str, name: str, level: ProductLevel | None, *gates: Gate, **more: Any) -> ProductFacts:
    """A listed security; its rating follows from the list."""
    told: dict[str, Any] = {
        "rating_version": None, "rated_on": None, "asset_type": AssetType.EQUITY, "term_days": None, "lockup_days": 0,
        "min_amount": None, "expected_return_low": None, "expected_return_high": None,
    }  # fmt: skip
    return ProductFacts(code=code, name=name, level=level, gates=frozenset(gates), **{**told, **more})


PRODUCTS = {
    "600519.SH": product("600519.SH", "贵州茅台", ProductLevel.R3),
    "300750.SZ": product("300750.SZ", "宁德时代", ProductLevel.R4, Gate.CHINEXT),
    "002001.SZ": product("002001.SZ", "=新和成", ProductLevel.R3),
}


def a_fit(diagnosis: Diagnosis, products: Mapping[str, ProductFacts] = PRODUCTS, **client: Any) -> HeldFit:
    """The holdings of the diagnosis beside this client; fields of the client by name."""
    rules = load_rulebook("suitability", "matching")
    who = replace(CLIENT, **client)
    held = [
        Worth(line.code, line.name, None if line.value is None else Decimal(repr(line.value)))
        for line in diagnosis.holdings
    ]
    lines = judged(who, DAY, held, products, diagnosis.closing_value, rules)
    return HeldFit(DAY, who, "", lines, {})


def an_item(item_no: str, kind: ItemKind, category: Any, amount: int, **more: Any) -> Item:
    return Item(
        item_no=item_no, kind=kind, category=category, amount=Decimal(amount), as_of=more.pop("as_of", DAY), **more
    )


ITEMS = (
    an_item("CASH", ItemKind.ASSET, AssetCategory.CASH, 60_000, witness=Witness.DOCUMENT),
    an_item("HOME", ItemKind.ASSET, AssetCategory.HOME, 3_200_000, note="自住", as_of=date(2024, 6, 30)),
    an_item("MORTGAGE", ItemKind.DEBT, DebtCategory.MORTGAGE, 900_000, monthly_payment=Decimal(5_300)),
    an_item("SALARY", ItemKind.INCOME, IncomeCategory.SALARY, 200_000, per=Per.YEAR),
    an_item("LIVING", ItemKind.SPENDING, SpendingCategory.LIVING, 8_000, per=Per.MONTH),
    an_item("PENSION", ItemKind.PENSION, PensionCategory.STATE, 3_000, per=Per.MONTH),
    an_item("RETIREMENT", ItemKind.GOAL, GoalCategory.RETIREMENT, 7_500, per=Per.MONTH, priority=1),
    an_item(
        "EDUCATION", ItemKind.GOAL, GoalCategory.EDUCATION, 150_000, per=Per.YEAR, first_on=date(2032, 9, 1),
        last_on=date(2036, 9, 1), note="大学",
    ),
)  # fmt: skip


def a_household(*items: Item, **more: Any) -> Household:
    """One earner, a child, a mortgage, two goals; other items where they are given."""
    told: dict[str, Any] = {
        "household_no": "H1", "day": DAY, "items": items or ITEMS,
        "members": (
            Member(member_no="C0001", role=MemberRole.SELF, client_no="C0001", birth_date=CLIENT.birth_date,
                   sex=Sex.MALE, retire_age=60),
            Member(member_no="CHILD", role=MemberRole.CHILD, birth_date=date(2014, 4, 1)),
        ),
        "accounts": (
            AccountValue(member_no="C0001", cash=Decimal("150787.19"), securities=Decimal("280033.36"),
                         debt=Decimal(0), as_of=DAY),
        ),
    }  # fmt: skip
    return Household(**{**told, **more})


def a_family(*items: Item, level: ClientLevel | None = ClientLevel.C3) -> Family:
    return family_of(a_household(*items), level)
