"""The economic balance sheet: explicit and implicit assets less debts and goals. Money is exact: the parts sum up.

Explicit: accounts with the firm by the ledger, and what was declared. Implicit: human capital and pension rights;
retirement, education, care, housing and other goals. Living expenses until retirement stand beside the sheet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.household.assumptions import Assumptions
from clients.household.streams import Placed, place_all
from clients.household.types import STOCKS, AccountValue, Household, Item, ItemKind, Member
from kit.labels import Labelled
from kit.money import round_fen


class Part(Labelled):
    """资产负债表的四栏"""

    EXPLICIT_ASSET = "EXPLICIT_ASSET", "显性资产"
    IMPLICIT_ASSET = "IMPLICIT_ASSET", "隐含资产"
    EXPLICIT_DEBT = "EXPLICIT_DEBT", "显性负债"
    IMPLICIT_LIABILITY = "IMPLICIT_LIABILITY", "隐含负债"

    @property
    def sign(self) -> int:
        return 1 if self in (Part.EXPLICIT_ASSET, Part.IMPLICIT_ASSET) else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: never negative, the part gives the sign. id: `implicit_asset.human_capital` and the like."""

    part: Part
    id: str
    label: str
    amount: Decimal
    as_of: date
    source: str  # 账本, 客户自述, …
    item_no: str | None = None
    investable: bool = False  # may be used for goals
    cash_like: bool = False  # at hand any day


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceSheet:
    """One household on one day."""

    household_no: str
    day: date
    lines: tuple[Line, ...]
    living: Decimal  # present value of living expenses that are no goal; beside the sheet
    missing: tuple[str, ...]  # what could not be counted, and why (Chinese)

    def total(self, part: Part) -> Decimal:
        return sum((one.amount for one in self.lines if one.part is part), Decimal(0))

    @property
    def net_worth(self) -> Decimal:
        """显性净资产"""
        return self.total(Part.EXPLICIT_ASSET) - self.total(Part.EXPLICIT_DEBT)

    @property
    def net_economic_worth(self) -> Decimal:
        """净经济价值: explicit and implicit assets less explicit and implicit liabilities."""
        return sum((one.amount * one.part.sign for one in self.lines), Decimal(0))

    @property
    def investable(self) -> Decimal:
        return sum((one.amount for one in self.lines if one.investable), Decimal(0))

    @property
    def cash_like(self) -> Decimal:
        return sum((one.amount for one in self.lines if one.cash_like), Decimal(0))

    @property
    def oldest(self) -> date:
        """The day of the oldest word on which the sheet rests."""
        return min((one.as_of for one in self.lines), default=self.day)


def fen(value: float) -> Decimal:
    """A present value as money, to the fen. Exact from here on."""
    return round_fen(Decimal(repr(value)))


def balance_sheet(household: Household, assumed: Assumptions) -> BalanceSheet:
    """Everything of which an amount can be given; the rest is named in `missing`."""
    known, unplaced = place_all(household, assumed)
    lines = [
        *account_lines(household),
        *(_stock_line(item, assumed) for item in household.items if item.kind in STOCKS),
        *(_flow_line(one, assumed) for one in known if _on_the_sheet(one.item, assumed)),
    ]
    missing = [one.why for one in unplaced]
    missing += [note for one in household.accounts for note in one.notes]
    spent = sum(one.flows.worth(assumed.discount) for one in known if one.item.kind is ItemKind.SPENDING)
    return BalanceSheet(
        household_no=household.household_no, day=household.day, living=fen(float(spent)),
        lines=tuple(one for one in lines if one.amount > 0), missing=tuple(missing),
    )  # fmt: skip


def account_lines(household: Household) -> Iterable[Line]:
    """Cash, securities and margin debt of each member's accounts with the firm."""
    for account in household.accounts:
        whose = _whose(household.member(account.member_no))
        yield _of_account(account, Part.EXPLICIT_ASSET, "account_cash", f"{whose}账户资金", account.cash, True)
        yield _of_account(account, Part.EXPLICIT_ASSET, "account_securities", f"{whose}账户证券", account.securities)
        yield _of_account(account, Part.EXPLICIT_DEBT, "account_margin", f"{whose}融资负债", account.debt)


def _of_account(
    account: AccountValue, part: Part, name: str, label: str, amount: Decimal, cash_like: bool = False
) -> Line:
    return Line(
        part=part, id=f"{part.value.lower()}.{name}", label=label, amount=round_fen(amount), as_of=account.as_of,
        source="账本", investable=part is Part.EXPLICIT_ASSET, cash_like=cash_like,
    )  # fmt: skip


def _whose(member: Member | None) -> str:
    return "" if member is None else member.role.label


def _stock_line(item: Item, assumed: Assumptions) -> Line:
    asset = item.kind is ItemKind.ASSET
    part = Part.EXPLICIT_ASSET if asset else Part.EXPLICIT_DEBT
    return Line(
        part=part, id=f"{part.value.lower()}.{item.category.value.lower()}", label=_label(item),
        amount=round_fen(item.amount), as_of=item.as_of, source=item.witness.label, item_no=item.item_no,
        investable=asset and item.category in assumed.investable,
        cash_like=asset and item.category in assumed.cash_like,
    )  # fmt: skip


def _on_the_sheet(item: Item, assumed: Assumptions) -> bool:
    """Rent is in the property already, living expenses stand beside the sheet."""
    if item.kind is ItemKind.INCOME:
        return item.category in assumed.labour
    return item.kind in (ItemKind.PENSION, ItemKind.GOAL)


def _flow_line(placed: Placed, assumed: Assumptions) -> Line:
    item = placed.item
    goal = item.kind is ItemKind.GOAL
    part = Part.IMPLICIT_LIABILITY if goal else Part.IMPLICIT_ASSET
    name = {ItemKind.INCOME: "human_capital", ItemKind.PENSION: "pension"}.get(item.kind, item.category.value.lower())
    label = f"人力资本（{item.category.label}）" if item.kind is ItemKind.INCOME else _label(item)
    return Line(
        part=part, id=f"{part.value.lower()}.{name}", label=label, amount=fen(placed.flows.worth(assumed.discount)),
        as_of=item.as_of, source=item.witness.label, item_no=item.item_no,
    )  # fmt: skip


def _label(item: Item) -> str:
    return f"{item.category.label}（{item.note}）" if item.note else item.category.label
