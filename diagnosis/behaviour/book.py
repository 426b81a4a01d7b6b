"""What every habit reads, laid out once: purchases and sales on the grid, price paths, average assets.

A row of `Deals` is one decision: all purchases (or sales) of one slot at one point together, so that an
order filled in ten parts counts once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from clients.types import MOVEMENTS, Ledger, Movement
from diagnosis.behaviour.exposure import Exposure, exposure_of
from diagnosis.behaviour.flags import Universe, lottery_sort
from diagnosis.behaviour.habit import divide, rule
from diagnosis.behaviour.paths import Paths, paths_of
from diagnosis.sums import tally, totals
from diagnosis.trips import Trips, trips_of
from diagnosis.types import Evidence, History
from kit.money import SCALE
from market.types import BenchmarkSeries, BoolArray, FloatArray, Grid, IntArray

BUY = MOVEMENTS.index(Movement.BUY)
SELL = MOVEMENTS.index(Movement.SELL)
SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Deals:
    """One side of the book's trading, sorted by (slot, point); all arrays of shape (D,)."""

    slot: IntArray
    point: IntArray
    account: IntArray
    security: IntArray
    quantity: FloatArray  # shares
    money: FloatArray  # before fees

    def __len__(self) -> int:
        return int(self.slot.size)

    @property
    def price(self) -> FloatArray:
        """Mean price of the decision."""
        return self.money / self.quantity


@dataclass(frozen=True)
class Book:
    """A history and its ledger, ready to be asked about habits."""

    history: History
    ledger: Ledger
    benchmark: BenchmarkSeries | None
    daily: bool  # False: MARK grid, prices only at the moments of trades
    day: date  # last day of the grid: rules are read as of it
    point_day: IntArray  # (T,) date ordinal of each point
    slot_account: IntArray  # (K,)
    trade_account: IntArray  # (N,) of the ledger's trades
    trade_slot: IntArray  # (N,) -1 where the history does not know the security
    trade_point: IntArray  # (N,) -1 where the history has no such flow (before its first day)
    buys: Deals
    sells: Deals
    paths: Paths
    flags: IntArray  # (T, S) lottery stocks, see flags.lottery_flags; (0, 0) without
    lottery_base: FloatArray  # (T,) share of lottery stocks among all that could be sorted, NaN where none
    exposure: Exposure
    trips: Trips
    average_assets: FloatArray  # (A,) mean value over the points in use; NaN when never above 0
    span_days: FloatArray  # (A,) calendar days from first to last point, both counted

    @property
    def n_accounts(self) -> int:
        return len(self.history.accounts)

    @property
    def n_points(self) -> int:
        return int(self.history.grid.points.size)

    def sum_by_account(self, account: IntArray, values: FloatArray) -> FloatArray:
        return totals(account, values, self.n_accounts)

    def count_by_account(self, account: IntArray) -> IntArray:
        return tally(account, self.n_accounts)

    def day_at(self, point: int) -> date:
        return date.fromordinal(int(self.point_day[point]))

    def trade_ids(self, account: int, slot: int, point: int, side: int) -> tuple[int, ...]:
        """Row ids of the trades behind one decision."""
        trades = self.ledger.trades
        rows = slice(int(trades.offsets[account]), int(trades.offsets[account + 1]))
        same = (
            (self.trade_slot[rows] == slot) & (self.trade_point[rows] == point) & (trades.kind[rows] == side)
        )
        return tuple(int(row) for row in trades.id[rows][same])

    def evidence(self, deals: Deals, row: int, text: str) -> Evidence:
        """One decision as evidence: what was bought or sold, when, and `text` why it shows the habit."""
        security = self.history.grid.securities[int(deals.security[row])]
        place = int(deals.account[row]), int(deals.slot[row]), int(deals.point[row])
        side = BUY if deals is self.buys else SELL
        return Evidence(
            day=self.day_at(place[2]),
            code=security.code,
            name=security.name,
            text=text,
            trade_ids=self.trade_ids(*place, side),
        )


def lay_out(
    history: History, ledger: Ledger, benchmark: BenchmarkSeries | None, universe: Universe | None = None
) -> Book:
    """The book of A accounts. The ledger's securities are the grid's, in the same order.

    `universe`: the sort of all stocks into lottery stocks and others, of the history's own without it.
    """
    grid = history.grid
    point_day = days_of(grid)
    day = date.fromordinal(int(point_day[-1])) if point_day.size else date.max
    slot_account = np.repeat(np.arange(len(history.accounts)), np.diff(history.slot_offsets))
    trade_account = np.repeat(np.arange(len(history.accounts)), np.diff(ledger.trades.offsets))
    trade_slot = slots_of(history, slot_account, trade_account, ledger.trades.security)
    trade_point = points_of(history, ledger, trade_slot)
    columns = (slot_account, trade_slot, trade_point)
    flags, base = lottery_sort(grid, universe, benchmark, rule("BEH-106", day))
    return Book(
        history=history,
        ledger=ledger,
        benchmark=benchmark,
        daily=grid.granularity == "DAY",
        day=day,
        point_day=point_day,
        slot_account=slot_account,
        trade_account=trade_account,
        trade_slot=trade_slot,
        trade_point=trade_point,
        buys=deals_of(history, ledger, BUY, *columns),
        sells=deals_of(history, ledger, SELL, *columns),
        paths=paths_of(grid, benchmark),
        flags=flags,
        lottery_base=base,
        exposure=exposure_of(history, flags, point_weights(grid)),
        trips=trips_of(history),
        average_assets=average_assets(history),
        span_days=span_of(history, point_day),
    )


def span_of(history: History, point_day: IntArray) -> FloatArray:
    """(A,) calendar days from the first to the last point of each account, both counted; 0 without points."""
    if point_day.size == 0:
        return np.zeros(len(history.accounts))
    last = np.maximum(history.last, history.first)
    return (point_day[last] - point_day[history.first] + 1).astype(np.float64)


def days_of(grid: Grid) -> IntArray:
    """Date ordinal of each point. Moments are told apart by the day in UTC, which no venue of ours trades
    across.
    """
    if grid.granularity == "DAY":
        return grid.points
    epoch = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
    return grid.points // SECONDS_A_DAY + epoch


def slots_of(history: History, slot_account: IntArray, account: IntArray, security: IntArray) -> IntArray:
    """Slot of each (account, security), -1 where there is none."""
    width = max(len(history.grid.securities), int(security.max()) + 1 if security.size else 0)
    keys = slot_account * width + history.slot_security
    if keys.size == 0:
        return np.full(account.size, -1, np.int64)
    order = np.argsort(keys, kind="stable")
    wanted = account * width + security
    place = np.minimum(np.searchsorted(keys[order], wanted), keys.size - 1)
    found = order[place]
    return np.where(keys[found] == wanted, found, -1).astype(np.int64)


def points_of(history: History, ledger: Ledger, slot: IntArray) -> IntArray:
    """Point of each trade; one on a day that is no point belongs to the next. -1 where no money moved at
    it.

    A history that begins later than its ledger holds the earlier trades in its opening; they are no deals
    of it.
    """
    grid, trades = history.grid, ledger.trades
    if grid.points.size == 0:
        return np.full(trades.kind.size, -1, np.int64)
    moments = trades.day if grid.granularity == "DAY" else trades.at
    place = np.searchsorted(grid.points, moments, side="left")
    inside = np.minimum(place, grid.points.size - 1)
    money = np.where(trades.kind == BUY, history.bought[slot, inside], history.sold[slot, inside])
    moved = (place < grid.points.size) & (slot >= 0) & (money > 0)
    return np.where(moved, place, -1).astype(np.int64)


def deals_of(
    history: History, ledger: Ledger, side: int, slot_account: IntArray, slot: IntArray, point: IntArray
) -> Deals:
    """Purchases or sales, those of one slot at one point together."""
    trades = ledger.trades
    chosen = (trades.kind == side) & (slot >= 0) & (point >= 0) & (trades.quantity > 0)
    key, inverse = np.unique(slot[chosen] * history.grid.points.size + point[chosen], return_inverse=True)
    quantity = trades.quantity[chosen] / SCALE
    money = quantity * (trades.price[chosen] / SCALE)
    slots = key // max(history.grid.points.size, 1)
    return Deals(
        slot=slots,
        point=key % max(history.grid.points.size, 1),
        account=slot_account[slots],
        security=history.slot_security[slots],
        quantity=totals(inverse, quantity, key.size),
        money=totals(inverse, money, key.size),
    )


def point_weights(grid: Grid) -> FloatArray:
    """Weight of each point in a mean over time: 1 for a day; for a moment the time until the next one."""
    if grid.granularity == "DAY" or grid.points.size < 2:
        return np.ones(grid.points.size)
    return np.append(np.diff(grid.points).astype(np.float64), 1.0)


def in_use(history: History) -> BoolArray:
    """(A, T): points from the account's first to its last."""
    points = np.arange(history.grid.points.size)
    return (points >= history.first[:, None]) & (points <= history.last[:, None])


def average_assets(history: History) -> FloatArray:
    """Mean value of each account over its points in use (均值资产), NaN when it never had any."""
    used = in_use(history) & np.isfinite(history.value) & (history.value > 0)
    weights = used * point_weights(history.grid)
    total = weights.sum(axis=1)
    money = np.where(used, history.value, 0.0) * weights
    return divide(money.sum(axis=1), total)
