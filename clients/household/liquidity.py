"""流动性: how many months the money at hand lasts, what is known to go out and when, how long money may be locked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np

from clients.household.assumptions import Assumptions
from clients.household.balance import balance_sheet
from clients.household.plan import debt_payments
from clients.household.streams import Placed, place_all
from clients.household.types import Household, ItemKind, Per
from clients.household.values import anniversary, years_between
from market.types import FloatArray

MONTHS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Outflow:
    """Money that is known to go out: on a day, once or for the first time."""

    day: date
    label: str
    amount: Decimal  # in the money of that day, of one payment


@dataclass(frozen=True, slots=True, kw_only=True)
class Liquidity:
    """What the household can spend at once, and how long that lasts.

    reserve_months: None where nothing is known of what it spends. needed_on: the day up to which the money at hand
    lasts, so that other money is not to be locked beyond it; None where it lasts through the horizon. outflows: within
    the horizon.
    """

    cash_like: Decimal
    monthly_spending: Decimal  # living expenses and payments on debts
    monthly_income: Decimal
    reserve_months: float | None
    needed_on: date | None
    outflows: tuple[Outflow, ...]
    next_year: Decimal  # outflows of the next twelve months
    day: date
    as_of: date  # the oldest word that it rests on

    @property
    def lock_limit_days(self) -> int | None:
        """The longest time for which money may be locked from its day on; None without a limit."""
        return None if self.needed_on is None else (self.needed_on - self.day).days


def liquidity_of(household: Household, assumed: Assumptions, terms: Mapping[str, float]) -> Liquidity:
    """terms: horizon_years, how far ahead one looks for the longest time of locking."""
    placed, _ = place_all(household, assumed)
    sheet = balance_sheet(household, assumed)
    years = int(terms["horizon_years"])
    spent = monthly(household, placed, (ItemKind.SPENDING,)) + _repaid(household)
    outflows = known_outflows(household, placed, years)
    limit = anniversary(household.day, 1)
    lasting = months_of_cash(household, placed, sheet.cash_like, years)
    return Liquidity(
        cash_like=sheet.cash_like, monthly_spending=spent,
        monthly_income=monthly(household, placed, (ItemKind.INCOME, ItemKind.PENSION)),
        reserve_months=float(sheet.cash_like / spent) if spent else None,
        needed_on=None if lasting is None else _months_on(household.day, lasting),
        outflows=outflows, next_year=sum((one.amount for one in outflows if one.day <= limit), Decimal(0)),
        day=household.day, as_of=_oldest(household),
    )  # fmt: skip


def monthly(household: Household, placed: list[Placed], kinds: tuple[ItemKind, ...]) -> Decimal:
    """What flows a month on the household's day."""
    running = [
        one.item.a_year / MONTHS
        for one in placed
        if one.item.kind in kinds and one.last_on is not None and one.first_on <= household.day <= one.last_on
    ]
    return sum(running, Decimal(0)).quantize(Decimal("0.01"))


def _repaid(household: Household) -> Decimal:
    running = (one.monthly_payment for one in household.of_kind(ItemKind.DEBT) if one.amount and one.monthly_payment)
    return sum(running, Decimal(0))


def known_outflows(household: Household, placed: list[Placed], years: int) -> tuple[Outflow, ...]:
    """Goals that fall due within the horizon, each by its first payment, and debts that are due as a whole."""
    end = anniversary(household.day, years)
    found = [
        Outflow(
            day=max(one.first_on, household.day), label=one.item.category.label,
            amount=_first_payment(household, one),
        )
        for one in placed
        if one.item.kind is ItemKind.GOAL and one.first_on <= end and (one.last_on or end) >= household.day
    ]
    found += [
        Outflow(day=max(one.last_on or household.day, household.day), label=one.category.label, amount=one.amount)
        for one in household.of_kind(ItemKind.DEBT)
        if one.amount and not one.monthly_payment and (one.last_on or household.day) <= end
    ]
    return tuple(sorted(found, key=lambda one: (one.day, one.label)))


def _first_payment(household: Household, placed: Placed) -> Decimal:
    years = max(years_between(household.day, placed.first_on), 0.0)
    grown = float(placed.item.amount) * (1 + placed.growth) ** (int(years) if placed.last_on else years)
    return Decimal(repr(grown)).quantize(Decimal("0.01"))


def months_of_cash(household: Household, placed: list[Placed], cash: Decimal, years: int) -> int | None:
    """Whole months through which the money at hand covers everything; None where it does through the horizon.

    Money at hand, what comes in, and deposits that fall due, against living, debts and goals; nothing else is sold.
    """
    count = years * MONTHS
    net = np.zeros(count)
    for one in placed:
        sign = 1.0 if one.item.kind in (ItemKind.INCOME, ItemKind.PENSION) else -1.0
        net += sign * _by_month(household, one, count)
    for debt in household.of_kind(ItemKind.DEBT):
        if debt.amount and debt.monthly_payment:
            flows = debt_payments(household, debt)
            paid = float(debt.monthly_payment) * MONTHS
            months = round(float(flows.amounts.sum()) / paid * MONTHS) if paid else 0
            net[: min(months, count)] -= float(debt.monthly_payment)
        elif debt.amount:
            _add(net, household, debt.last_on or household.day, -float(debt.amount))
    for asset in household.of_kind(ItemKind.ASSET):
        if asset.locked_until is not None and asset.locked_until > household.day:
            _add(net, household, asset.locked_until, float(asset.amount))
    left = float(cash) + np.cumsum(net)
    short = np.flatnonzero(left < -0.005)
    return int(short[0]) if len(short) else None


def _by_month(household: Household, placed: Placed, count: int) -> FloatArray:
    """Amounts of one flow by month from today, in today's money; a goal once at its day."""
    found = np.zeros(count)
    if placed.item.per is Per.ONCE or placed.last_on is None:
        amount = float(_first_payment(household, placed))
        _add(found, household, placed.first_on, amount)
        return found
    start = years_between(household.day, placed.first_on) * MONTHS
    end = years_between(household.day, placed.last_on) * MONTHS
    month = np.arange(count, dtype=np.float64)
    covered = np.clip(np.minimum(month + 1, end) - np.maximum(month, start), 0.0, 1.0)
    by_month: FloatArray = covered * float(placed.item.a_year) / MONTHS
    return by_month


def _add(months: FloatArray, household: Household, day: date, amount: float) -> None:
    """What is due already is due in the first month."""
    place = int(max(years_between(household.day, day), 0.0) * MONTHS)
    if place < len(months):
        months[place] += amount


def _months_on(day: date, months: int) -> date:
    """The same day so many months later, at most the 28th: never too late."""
    year, month = divmod(day.month - 1 + months, MONTHS)
    return max(date(day.year + year, month + 1, min(day.day, 28)), day)


def _oldest(household: Household) -> date:
    """The oldest word on what is at hand and what is spent."""
    days = [one.as_of for one in household.items if one.amount] + [one.as_of for one in household.accounts]
    return min(days, default=household.day)
