"""What the ledger alone gives to the daily totals, for a batch of clients. Owner: clients.

A deal or flow on a day without a session counts at the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from clients.types import CASH_KINDS, MOVEMENTS, UNKNOWN, AccountFacts, AccountKind, CashKind, Ledger, Movement
from kit.money import SCALE
from market.types import BoolArray, IntArray

HOME: Final = "CNY"
_BUY: Final = MOVEMENTS.index(Movement.BUY)
_SELL: Final = MOVEMENTS.index(Movement.SELL)
_IN: Final = tuple(CASH_KINDS.index(kind) for kind in (CashKind.DEPOSIT, CashKind.TRANSFER_IN))
_OUT: Final = tuple(CASH_KINDS.index(kind) for kind in (CashKind.WITHDRAWAL, CashKind.TRANSFER_OUT))
_NEVER: Final = date.max.toordinal()


@dataclass(frozen=True)
class Owners:
    """Whose account each is: `client` (A,) is a place among the n clients of the batch."""

    client: IntArray
    n: int


@dataclass(frozen=True)
class _Deals:
    """Purchases and sales: (D,) each, money in millionths, place the session at which it counts."""

    client: IntArray
    day: IntArray
    place: IntArray
    buying: BoolArray
    money: IntArray
    commission: IntArray

    def of(self, chosen: BoolArray) -> _Deals:
        return _Deals(self.client[chosen], self.day[chosen], self.place[chosen], self.buying[chosen],
                      self.money[chosen], self.commission[chosen])  # fmt: skip


def ledger_totals(ledger: Ledger, owners: Owners, points: IntArray) -> dict[str, IntArray]:
    """Columns by name, (n, T). Rows after the last session are not looked at. points: (T,) ordinals, ascending."""
    shape = owners.n, len(points)
    deals = _deals(ledger, owners, points)
    bought = _days(deals.of(deals.buying))
    traded = _days(deals)
    flows = _flows(ledger, owners, points, shape)
    return {
        "turnover": _summed(deals.client, deals.place, deals.money, shape),
        "purchases": _summed(*_money(deals.of(deals.buying)), shape),
        "commission": _summed(deals.client, deals.place, deals.commission, shape),
        "net_in": flows,
        "trade_days": _summed(traded.client, traded.place, np.ones_like(traded.day), shape),
        "purchase_days": _summed(bought.client, bought.place, np.ones_like(bought.day), shape),
        "purchase_gaps": _summed(bought.client, bought.place, _gaps(bought), shape),
        "first_buy": _first(bought, shape), "first_deal": _first(traded, shape),
        "last_buy": _last(bought, shape), "last_deal": _last(traded, shape),
        **account_levels(ledger.accounts, owners, points),
    }  # fmt: skip


def account_levels(accounts: Sequence[AccountFacts], owners: Owners, points: IntArray) -> dict[str, IntArray]:
    """How many accounts of each kind a client has at each session, and since when."""
    opened = [one.opened_on.toordinal() if one.opened_on else 0 for one in accounts]
    closed = [one.closed_on.toordinal() if one.closed_on else _NEVER for one in accounts]
    there = [(points >= since) for since in opened]
    still = [(points >= since) & (points < until) for since, until in zip(opened, closed, strict=True)]
    said = [one.kind is AccountKind.MARGIN for one in accounts], [one.currency != HOME for one in accounts]
    shape = owners.n, len(points)
    found = {name: np.zeros(shape, dtype=np.int64)
             for name in ("accounts", "open_accounts", "margin_accounts", "foreign_accounts", "opened")}  # fmt: skip
    for a, client in enumerate(owners.client.tolist()):
        found["accounts"][client] += there[a]
        found["open_accounts"][client] += still[a]
        found["margin_accounts"][client] += still[a] & said[0][a]
        found["foreign_accounts"][client] += there[a] & said[1][a]
        if opened[a]:
            earlier = (found["opened"][client] == 0) | (found["opened"][client] > opened[a])
            found["opened"][client] = np.where(there[a] & earlier, opened[a], found["opened"][client])
    return found


def _deals(ledger: Ledger, owners: Owners, points: IntArray) -> _Deals:
    trades = ledger.trades
    client = np.repeat(owners.client, np.diff(trades.offsets))
    place = np.searchsorted(points, trades.day)
    chosen = np.isin(trades.kind, (_BUY, _SELL)) & (place < len(points))
    commission = np.where(trades.commission == UNKNOWN, 0, trades.commission)
    money = np.rint(trades.quantity[chosen] / SCALE * trades.price[chosen]).astype(np.int64)
    return _Deals(client[chosen], trades.day[chosen], place[chosen], trades.kind[chosen] == _BUY, money,
                  commission[chosen])  # fmt: skip


def _money(deals: _Deals) -> tuple[IntArray, IntArray, IntArray]:
    return deals.client, deals.place, deals.money


def _days(deals: _Deals) -> _Deals:
    """The first deal of each client's day, by client and day."""
    order = np.lexsort((deals.day, deals.client))
    client, day = deals.client[order], deals.day[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (client[1:] != client[:-1]) | (day[1:] != day[:-1])
    chosen = np.zeros(len(order), dtype=np.bool_)
    chosen[order[new]] = True
    found = deals.of(chosen)
    again = np.lexsort((found.day, found.client))
    return _Deals(found.client[again], found.day[again], found.place[again], found.buying[again],
                  found.money[again], found.commission[again])  # fmt: skip


def _gaps(days: _Deals) -> IntArray:
    """Days since the client's day before; 0 for the first."""
    gaps = np.zeros(len(days.day), dtype=np.int64)
    same = days.client[1:] == days.client[:-1]
    gaps[1:] = np.where(same, days.day[1:] - days.day[:-1], 0)
    return gaps


def _flows(ledger: Ledger, owners: Owners, points: IntArray, shape: tuple[int, int]) -> IntArray:
    flows = ledger.cashflows
    client = np.repeat(owners.client, np.diff(flows.offsets))
    place = np.searchsorted(points, flows.day)
    chosen = np.isin(flows.kind, _IN + _OUT) & (place < len(points))
    return _summed(client[chosen], place[chosen], flows.amount[chosen], shape)


def _summed(client: IntArray, place: IntArray, value: IntArray, shape: tuple[int, int]) -> IntArray:
    """Running totals, exact."""
    found = np.zeros(shape, dtype=np.int64)
    np.add.at(found, (client, place), value)
    return np.cumsum(found, axis=1, out=found)


def _first(days: _Deals, shape: tuple[int, int]) -> IntArray:
    """The ordinal of each client's first of these days from its session on, 0 before."""
    found = np.full(shape, _NEVER, dtype=np.int64)
    np.minimum.at(found, (days.client, days.place), days.day)
    np.minimum.accumulate(found, axis=1, out=found)
    return np.where(found == _NEVER, 0, found)


def _last(days: _Deals, shape: tuple[int, int]) -> IntArray:
    found = np.zeros(shape, dtype=np.int64)
    np.maximum.at(found, (days.client, days.place), days.day)
    return np.maximum.accumulate(found, axis=1, out=found)
