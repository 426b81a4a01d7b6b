"""Features that the ledger alone gives, for all clients of a batch at once. Owner: clients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from clients.grading.features import Window
from clients.types import CASH_KINDS, MOVEMENTS, UNKNOWN, AccountFacts, AccountKind, CashKind, Ledger, Movement
from kit.money import SCALE
from market.types import BoolArray, FloatArray, IntArray

HOME: Final = "CNY"
_BUY: Final = MOVEMENTS.index(Movement.BUY)
_SELL: Final = MOVEMENTS.index(Movement.SELL)
_IN: Final = tuple(CASH_KINDS.index(kind) for kind in (CashKind.DEPOSIT, CashKind.TRANSFER_IN))
_OUT: Final = tuple(CASH_KINDS.index(kind) for kind in (CashKind.WITHDRAWAL, CashKind.TRANSFER_OUT))


@dataclass(frozen=True)
class Owners:
    """Whose account each is: `client` (A,) is a place among the n clients of the batch."""

    client: IntArray
    n: int


@dataclass(frozen=True)
class _Deals:
    """Purchases and sales up to the day: (D,) each, money in millionths."""

    client: IntArray
    day: IntArray
    buying: BoolArray
    money: IntArray
    commission: IntArray

    def of(self, chosen: BoolArray) -> _Deals:
        return _Deals(self.client[chosen], self.day[chosen], self.buying[chosen], self.money[chosen],
                      self.commission[chosen])  # fmt: skip


def ledger_features(ledger: Ledger, owners: Owners, day: date) -> dict[str, FloatArray]:
    """Features by name, each (n,). Clients without an account have NaN where there is nothing to look at.

    Money of accounts in another currency than the home one is not mixed in: such clients have NaN in money.
    """
    n, today = owners.n, day.toordinal()
    first = today - 364
    deals = _deals(ledger, owners, today)
    year = deals.of(deals.day >= first)
    buys, ever = year.of(year.buying), deals.of(deals.buying)
    with_account = np.zeros(n, dtype=np.bool_)
    with_account[owners.client] = True
    foreign = _flag(owners, [one.currency != HOME for one in ledger.accounts])
    known = with_account & ~foreign
    days_bought, days_ever = _distinct(buys.client, buys.day, n), _distinct(ever.client, ever.day, n)
    purchases = _money(buys.client, buys.money, n)
    opened, first_deal = _opened(ledger.accounts, owners), _least(deals.client, deals.day, n)
    found = {
        "turnover_year": np.where(known, _money(year.client, year.money, n), np.nan),
        "purchases_year": np.where(known, purchases, np.nan),
        "purchase_mean_year": np.where(known & (days_bought > 0), _floor(purchases, days_bought), np.nan),
        "commission_year": np.where(known, _money(year.client, year.commission, n), np.nan),
        "trade_days_year": _distinct(year.client, year.day, n),
        "purchase_days_year": days_bought,
        "months_traded_year": _distinct(year.client, _month(year.day), n),
        "purchase_gap_year": _gap(buys.client, buys.day, days_bought, n),
        "purchase_days_life": days_ever,
        "first_purchase_age": today - _least(ever.client, ever.day, n),
        "inactive_days": today - _later(_most(deals.client, deals.day, n), opened),
        "tenure_days": today - np.where(np.isnan(opened), first_deal, opened),
        "net_inflow_year": np.where(known, _net_inflow(ledger, owners, first, today), np.nan),
    }
    for name in ("trade_days_year", "purchase_days_year", "months_traded_year", "purchase_days_life"):
        found[name] = np.where(with_account, found[name], np.nan)
    return {**found, **account_flags(ledger.accounts, owners, day, with_account)}


def account_flags(
    accounts: Sequence[AccountFacts], owners: Owners, day: date, with_account: BoolArray
) -> dict[str, FloatArray]:
    """`closed` and `margin_account`, 0 or 1."""
    open_now = [one.closed_on is None or one.closed_on > day for one in accounts]
    margin = [is_open and one.kind is AccountKind.MARGIN for one, is_open in zip(accounts, open_now, strict=True)]
    return {
        "closed": np.where(with_account, ~_flag(owners, open_now), np.nan),
        "margin_account": _flag(owners, margin).astype(np.float64),
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


# the ledger by client


def _deals(ledger: Ledger, owners: Owners, today: int) -> _Deals:
    trades = ledger.trades
    client = np.repeat(owners.client, np.diff(trades.offsets))
    chosen = np.isin(trades.kind, (_BUY, _SELL)) & (trades.day <= today)
    commission = np.where(trades.commission == UNKNOWN, 0, trades.commission)
    money = np.rint(trades.quantity[chosen] / SCALE * trades.price[chosen]).astype(np.int64)
    return _Deals(client[chosen], trades.day[chosen], trades.kind[chosen] == _BUY, money, commission[chosen])


def _net_inflow(ledger: Ledger, owners: Owners, first: int, today: int) -> FloatArray:
    flows = ledger.cashflows
    client = np.repeat(owners.client, np.diff(flows.offsets))
    chosen = np.isin(flows.kind, _IN + _OUT) & (flows.day >= first) & (flows.day <= today)
    return _money(client[chosen], flows.amount[chosen], owners.n)


def _opened(accounts: Sequence[AccountFacts], owners: Owners) -> FloatArray:
    """Ordinal of the first day on which any account was opened, NaN where none says."""
    days = np.array([UNKNOWN if one.opened_on is None else one.opened_on.toordinal() for one in accounts],
                    dtype=np.int64)  # fmt: skip
    said = days != UNKNOWN
    return _least(owners.client[said], days[said], owners.n)


def _flag(owners: Owners, said: Sequence[bool]) -> BoolArray:
    """Whether any account of each client has it."""
    found = np.zeros(owners.n, dtype=np.bool_)
    found[owners.client[np.array(said, dtype=np.bool_)]] = True
    return found


# sums and counts by client


def _money(client: IntArray, millionths: IntArray, n: int) -> FloatArray:
    """Exact sums in yuan."""
    total: IntArray = np.zeros(n, dtype=np.int64)
    np.add.at(total, client, millionths)
    yuan: FloatArray = total / SCALE
    return yuan


def _floor(money: FloatArray, count: FloatArray) -> FloatArray:
    """Money over a count, down to the millionth: a mean never rises over a bound by rounding."""
    millionths = np.rint(money * SCALE).astype(np.int64)
    whole: FloatArray = millionths // np.maximum(count, 1).astype(np.int64) / SCALE
    return whole


def _distinct(client: IntArray, what: IntArray, n: int) -> FloatArray:
    """How many different values each client has."""
    if not len(client):
        return np.zeros(n)
    low = int(what.min())
    keys = np.unique(client * (int(what.max()) - low + 1) + (what - low))
    counted: FloatArray = np.bincount(keys // (int(what.max()) - low + 1), minlength=n).astype(np.float64)
    return counted


def _month(day: IntArray) -> IntArray:
    """A number for each calendar month."""
    epoch = date(1970, 1, 1).toordinal()
    months: IntArray = (day - epoch).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def _least(client: IntArray, value: IntArray, n: int) -> FloatArray:
    found = np.full(n, np.inf)
    np.minimum.at(found, client, value.astype(np.float64))
    return np.where(np.isinf(found), np.nan, found)


def _most(client: IntArray, value: IntArray, n: int) -> FloatArray:
    highest: FloatArray = -_least(client, -value, n)
    return highest


def _later(last_deal: FloatArray, opened: FloatArray) -> FloatArray:
    """The last deal; without one, the day of opening."""
    return np.where(np.isnan(last_deal), opened, last_deal)


def _gap(client: IntArray, day: IntArray, days_bought: FloatArray, n: int) -> FloatArray:
    """Whole days between purchases on average, NaN below two of them."""
    span = _most(client, day, n) - _least(client, day, n)
    return np.where(days_bought >= 2, np.floor(span / np.maximum(days_bought - 1, 1)), np.nan)
