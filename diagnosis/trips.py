"""Round trips: one sale against its FIFO purchases (一笔平仓).

Lots whose purchase is not on file have no profit; they are left out and counted. Lots that left by transfer
are no sale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clients.types import UNKNOWN
from diagnosis.sums import totals
from diagnosis.types import History
from kit.money import SCALE
from market.types import FloatArray, IntArray


@dataclass(frozen=True)
class Trips:
    """Closed round trips of A accounts, sorted by (account, closing day, sale); arrays of shape (R,)."""

    account: IntArray
    slot: IntArray
    sell_trade: IntArray
    open_day: IntArray  # first purchase, date ordinal
    close_day: IntArray
    quantity: FloatArray
    cost: FloatArray
    proceeds: FloatArray
    held_days: FloatArray  # calendar days, weighted by cost
    unknown: IntArray  # (A,) sales (or parts of sales) left out because their purchase is not on file

    @property
    def profit(self) -> FloatArray:
        return self.proceeds - self.cost

    def __len__(self) -> int:
        return int(self.account.size)


def slot_accounts(history: History) -> IntArray:
    """(K,) account of each slot."""
    return np.repeat(np.arange(len(history.accounts)), np.diff(history.slot_offsets))


def trips_of(history: History) -> Trips:
    """All round trips of the book."""
    lots = history.closed
    owner = slot_accounts(history)
    sale = (lots.sell_trade >= 0) & (lots.proceeds != UNKNOWN)
    known = sale & (lots.cost != UNKNOWN) & (lots.open_day != UNKNOWN)
    unknown = _distinct_sales(
        owner[lots.slot[sale & ~known]], lots.sell_trade[sale & ~known], len(history.accounts)
    )
    rows = np.flatnonzero(known)
    _, first, place = np.unique(lots.sell_trade[rows], return_index=True, return_inverse=True)
    n = first.size
    cost = lots.cost[rows] / SCALE
    held = (lots.close_day[rows] - lots.open_day[rows]).astype(np.float64)
    weight = np.where(cost > 0, cost, 1e-9)
    open_day = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(open_day, place, lots.open_day[rows])
    head = rows[first]
    order = np.lexsort((lots.sell_trade[head], lots.close_day[head], owner[lots.slot[head]]))
    total = totals(place, weight, n)
    return Trips(
        account=owner[lots.slot[head]][order],
        slot=lots.slot[head][order],
        sell_trade=lots.sell_trade[head][order],
        open_day=open_day[order],
        close_day=lots.close_day[head][order],
        quantity=totals(place, lots.quantity[rows] / SCALE, n)[order],
        cost=totals(place, cost, n)[order],
        proceeds=totals(place, lots.proceeds[rows] / SCALE, n)[order],
        held_days=(totals(place, weight * held, n) / np.where(total > 0, total, 1.0))[order],
        unknown=unknown,
    )


def _distinct_sales(account: IntArray, sale: IntArray, n_accounts: int) -> IntArray:
    _, first = np.unique(sale, return_index=True)
    return np.bincount(account[first], minlength=n_accounts).astype(np.int64)
