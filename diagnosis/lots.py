"""Lots (批次): which purchase a sale closes, first in first out, and the moving-average cost. Exact and
linear.

Everything is an integer of millionths (kit.money). A partial sale takes its part of the lot's cost cut down
to a millionth; the rest stays in the lot, so costs of closed and open lots add up to what was paid, to the
last millionth.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from clients.types import UNKNOWN
from diagnosis import kernels
from diagnosis.types import Lots
from kit.money import from_scaled
from market.types import BoolArray, IntArray


@dataclass(frozen=True)
class Steps:
    """What happened to K slots, in time order within each slot; shape (N,) but `offsets` (K + 1,).

    op: one of kernels.ADD, SELL, MOVE_IN, MOVE_OUT, SHARES, BONUS_RATE, SPLIT_RATE, DIVIDEND_RATE, INCOME.
    quantity: shares (or the announced rate), `delta` is what they did to the holding, `before` the holding
    before, `excess` what was sold without being held.
    """

    offsets: IntArray
    op: IntArray
    quantity: IntArray
    day: IntArray
    at: IntArray
    trade: IntArray
    before: IntArray
    delta: IntArray
    excess: IntArray
    early: IntArray  # shares sold on the day they came where the venue settles a day later
    opening: IntArray  # (K,)


def steps(
    offsets: IntArray, op: IntArray, quantity: IntArray, day: IntArray, at: IntArray, trade: IntArray,
    opening: IntArray, whole_shares: BoolArray, settles_next_day: BoolArray,
) -> Steps:
    """Resolve holdings: openings that are UNKNOWN become the least that no sale overdraws."""
    before, delta, excess, early = (np.zeros(len(op), dtype=np.int64) for _ in range(4))
    opened = opening.copy()
    kernels.resolve(
        offsets, op, quantity, day, opened, whole_shares, settles_next_day, before, delta, excess, early
    )
    return Steps(offsets, op, quantity, day, at, trade, before, delta, excess, early, opened)


@dataclass(frozen=True)
class Matched:
    """Closed and open lots; `taxable` is the dividend of each closed piece that its sale makes taxable."""

    closed: Lots
    open: Lots
    taxable: IntArray
    cost_moved_out: int  # known cost of shares that left by transfer


def fifo(walk: Steps, money: IntArray, opening_cost: IntArray) -> Matched:
    """First in, first out. money: cost with fees of an ADD, proceeds after fees of a SELL, taxable dividend
    (N,).
    """
    sales = int(np.count_nonzero((walk.op == kernels.SELL) | (walk.op == kernels.MOVE_OUT)))
    lots = len(walk.op) - sales + len(walk.opening) + 1
    pieces = lots + 2 * sales
    held = np.empty((7, lots), dtype=np.int64)
    gone = np.empty((11, pieces), dtype=np.int64)
    n_open, n_closed, moved = kernels.match_fifo(
        walk.offsets, walk.op, walk.delta, walk.excess, money, walk.day, walk.at, walk.trade,
        walk.opening, opening_cost, held, gone,
    )
    slot, day, at, quantity, cost, trade, _ = held[:, :n_open]
    never, none = np.full(n_open, UNKNOWN, dtype=np.int64), np.full(n_open, -1, dtype=np.int64)
    still = Lots(slot, day, at, never, never, quantity, cost, never, trade, none)
    columns = gone[:, :n_closed]
    return Matched(Lots(*columns[:10]), still, columns[10], int(moved))


def moving_average(walk: Steps, money: IntArray, opening_cost: IntArray) -> IntArray:
    """Cost of the holding after each step by moving average (移动平均), UNKNOWN while part of it has no cost
    (N,).
    """
    after = np.zeros(len(walk.op), dtype=np.int64)
    kernels.average(walk.offsets, walk.op, walk.before, walk.delta, money, walk.opening, opening_cost, after)
    return after


@dataclass(frozen=True, slots=True)
class Lot:
    """One lot at the door: Decimals, None where nobody knows."""

    slot: int
    open_day: int | None
    close_day: int | None
    quantity: Decimal
    cost: Decimal | None
    proceeds: Decimal | None

    @property
    def profit(self) -> Decimal | None:
        return None if self.cost is None or self.proceeds is None else self.proceeds - self.cost


def at_the_door(lots: Lots) -> list[Lot]:
    """The lots as Decimals, for people and records."""

    def money(value: int) -> Decimal | None:
        return None if value == UNKNOWN else from_scaled(value)

    def day(value: int) -> int | None:
        return None if value == UNKNOWN else int(value)

    return [
        Lot(
            int(lots.slot[i]), day(lots.open_day[i]), day(lots.close_day[i]),
            from_scaled(int(lots.quantity[i])),
            money(int(lots.cost[i])), money(int(lots.proceeds[i])),
        )
        for i in range(len(lots.slot))
    ]
