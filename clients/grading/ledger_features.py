"""Features that the ledger alone gives, from daily totals, for all clients at once. Owner: clients."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from clients.grading.features import Window
from clients.totals.types import TotalsReader, between, place_of, yuan
from kit.money import SCALE
from market.types import BoolArray, FloatArray, IntArray

YEAR: Final = 365


def ledger_features(totals: TotalsReader, day: date) -> dict[str, FloatArray]:
    """Features by name, each (n,). Clients without an account have NaN where there is nothing to look at.

    Money of accounts in another currency than the home one is not mixed in: such clients have NaN in money.
    """
    today = day.toordinal()
    first = today - YEAR + 1
    now = place_of(totals, today)
    with_account = totals.at("accounts", now) > 0
    known = with_account & (totals.at("foreign_accounts", now) == 0)
    purchases, days_bought = between(totals, "purchases", first, today), between(totals, "purchase_days", first, today)
    opened, last_deal = totals.at("opened", now), totals.at("last_deal", now)
    begun = np.where(opened > 0, opened, totals.at("first_deal", now))
    latest = np.where(last_deal > 0, last_deal, opened)

    def money(values: IntArray) -> FloatArray:
        return np.where(known, yuan(values), np.nan)

    def count(values: IntArray) -> FloatArray:
        return np.where(with_account, values.astype(np.float64), np.nan)

    return {
        "turnover_year": money(between(totals, "turnover", first, today)),
        "purchases_year": money(purchases),
        "purchase_mean_year": np.where(known & (days_bought > 0), _floor(purchases, days_bought), np.nan),
        "commission_year": money(between(totals, "commission", first, today)),
        "trade_days_year": count(between(totals, "trade_days", first, today)),
        "purchase_days_year": count(days_bought),
        "months_traded_year": count(_months_traded(totals, first, today)),
        "purchase_gap_year": _gap(totals, first, today),
        "purchase_days_life": count(totals.at("purchase_days", now)),
        "first_purchase_age": _age(totals.at("first_buy", now), today),
        "inactive_days": _age(latest, today),
        "tenure_days": _age(begun, today),
        "net_inflow_year": money(between(totals, "net_in", first, today)),
        "closed": np.where(with_account, totals.at("open_accounts", now) == 0, np.nan),
        "margin_account": np.where(with_account, totals.at("margin_accounts", now) > 0, np.nan),
    }


def commission_shares(commission: FloatArray, total: float) -> FloatArray:
    """Parts of a million of the whole book's commission, rounded down; NaN where nobody paid any."""
    if total <= 0:
        return np.full(len(commission), np.nan)
    shares: FloatArray = np.floor(commission * SCALE / total * SCALE) / SCALE
    return shares


def year_of(day: date) -> tuple[date, date]:
    first, last = Window.YEAR.days(day)
    return first or last, last


def _floor(money: IntArray, count: IntArray) -> FloatArray:
    """Millionths over a count in yuan, down to the millionth: a mean never rises over a bound by rounding."""
    whole: FloatArray = money // np.maximum(count, 1) / SCALE
    return whole


def _months_traded(totals: TotalsReader, first: int, today: int) -> IntArray:
    """Calendar months of the window in which there was a deal."""
    found = np.zeros(totals.n, dtype=np.int64)
    start = first
    while start <= today:
        day = date.fromordinal(start)
        until = date(day.year + day.month // 12, day.month % 12 + 1, 1).toordinal() - 1
        found += between(totals, "trade_days", start, min(until, today)) > 0
        start = until + 1
    return found


def _gap(totals: TotalsReader, first: int, today: int) -> FloatArray:
    """Whole days between a purchase of the window and the one before it, on average; NaN where none has one before."""
    gaps = between(totals, "purchase_gaps", first, today)
    before = totals.at("purchase_days", place_of(totals, first - 1)) > 0
    count = between(totals, "purchase_days", first, today) - np.where(before, 0, 1)
    some: BoolArray = count > 0
    return np.where(some, gaps // np.maximum(count, 1), np.nan)


def _age(ordinal: IntArray, today: int) -> FloatArray:
    return np.where(ordinal > 0, today - ordinal.astype(np.float64), np.nan)
