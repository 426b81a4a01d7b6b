"""Synthetic books of any size: prices of some hundred stocks, accounts that buy and sell them, all from a seed.

Made by columns, so that ten million trades take seconds. Nobody sells what is not held, no cash goes below
zero, fees follow the rules of the day. No person and no real price is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from clients.types import (
    CASH_KINDS,
    MOVEMENTS,
    UNKNOWN,
    AccountFacts,
    AccountKind,
    Cashflows,
    CashKind,
    Ledger,
    Movement,
    Snapshots,
    Trades,
)
from kit.days import calendar
from kit.money import SCALE
from market.grids import day_events
from market.types import (
    ActionKind,
    BenchmarkSeries,
    Board,
    CorporateAction,
    FloatArray,
    Grid,
    Instrument,
    InstrumentKind,
    IntArray,
    Venue,
)

BUY, SELL = MOVEMENTS.index(Movement.BUY), MOVEMENTS.index(Movement.SELL)
INDUSTRIES = (
    "银行", "食品饮料", "电子", "医药生物", "电力设备", "计算机", "汽车", "有色金属", "公用事业", "房地产",
)  # fmt: skip
LOT = 100


def trading_days(points: int, last: date = date(2024, 12, 31)) -> IntArray:
    """The last `points` sessions of the Shanghai calendar up to `last`, as ordinals."""
    sessions = calendar("XSHG").sessions(date(last.year - points // 235 - 2, 1, 1), last)
    return np.asarray(sessions[-points:], dtype=np.int64)


@dataclass(frozen=True)
class Market:
    """Prices, the announced events behind them, and a benchmark on the same points."""

    grid: Grid
    actions: tuple[CorporateAction, ...]
    benchmark: BenchmarkSeries

    @property
    def day(self) -> date:
        """The last one."""
        return date.fromordinal(int(self.grid.points[-1]))


def market(points: int, securities: int, seed: int) -> Market:
    """Random walks with one common factor, highs and lows about the close, dividends, a few bonus issues;
    and their equally weighted benchmark by industry.
    """
    draw = np.random.default_rng(seed)
    days, stocks = trading_days(points), tuple(_stock(place) for place in range(securities))
    actions = _actions(draw, days, securities)
    dividend, ratio = day_events(actions, stocks, days)
    common = draw.normal(0.0003, 0.009, (points, 1))
    step = common * draw.uniform(0.6, 1.4, securities) + draw.normal(0, 0.018, (points, securities))
    path = draw.uniform(6, 60, securities) * np.exp(np.cumsum(step, axis=0))
    close = np.round(np.maximum(path / np.cumprod(ratio, axis=0), 1.0), 2)
    spread = np.round(close * draw.uniform(0.011, 0.03, close.shape), 2)
    volume = np.full(close.shape, 5e6)
    grid = Grid("DAY", days, stocks, close, close + spread, close - spread, volume, dividend, ratio)
    return Market(grid, actions, _benchmark(grid))


def _actions(draw: np.random.Generator, days: IntArray, securities: int) -> tuple[CorporateAction, ...]:
    """Two stocks in five pay a dividend in the middle of every year, one in fifty issues bonus shares."""
    paying = np.flatnonzero(draw.random(securities) < 0.4).tolist()
    found = []
    for place in range(len(days) // 2, len(days), 250):
        ex_date = date.fromordinal(int(days[place]))
        for security in paying:
            cents = Decimal(int(draw.integers(5, 40))) / 100
            found.append(CorporateAction(security, ex_date, ActionKind.CASH_DIVIDEND, cents))
        found += [CorporateAction(one, ex_date, ActionKind.BONUS, Decimal("0.3")) for one in paying[::20]]
    return tuple(found)


def _stock(place: int) -> Instrument:
    return Instrument(
        f"{600000 + place}.SH", f"样本{place:03d}", InstrumentKind.STOCK, Venue.XSHG, Board.MAIN,
        INDUSTRIES[place % len(INDUSTRIES)], "CNY",
    )  # fmt: skip


def _benchmark(grid: Grid) -> BenchmarkSeries:
    growth = np.zeros(grid.close.shape)
    growth[1:] = (grid.close[1:] * grid.ratio[1:] + grid.dividend[1:]) / grid.close[:-1] - 1
    place = np.arange(growth.shape[1]) % len(INDUSTRIES)
    present = range(min(growth.shape[1], len(INDUSTRIES)))
    by_industry = np.column_stack([growth[:, place == g].mean(axis=1) for g in present])
    weight = np.tile(np.bincount(place) / place.size, (len(growth), 1))
    returns = (weight * by_industry).sum(axis=1)
    return BenchmarkSeries(
        "SAMPLE", "样本等权", "由样本股票等权组成", returns, INDUSTRIES[: len(present)], weight, by_industry
    )


def ledger(grid: Grid, accounts: int, trades_each: int, slots_each: int, seed: int) -> Ledger:
    """`accounts` accounts of `trades_each` trades, spread over `slots_each` stocks of the grid."""
    draw = np.random.default_rng(seed)
    security, point, side, lots = _orders(draw, grid, accounts, trades_each, slots_each)
    fen = np.rint(grid.close[point, security] * draw.uniform(0.99, 1.01, point.size) * 100).astype(np.int64)
    shares = lots * LOT
    gross = shares * fen  # in fen
    selling = side == SELL
    commission = np.maximum(gross * 25 // 100_000, 500)
    duty = np.where(selling, gross // 2_000, 0)
    transfer = gross // 100_000
    net = np.where(selling, gross, -gross) - commission - duty - transfer
    offsets = np.arange(accounts + 1, dtype=np.int64) * trades_each
    to_scaled, unknown = SCALE // 100, np.full(point.size, UNKNOWN, dtype=np.int64)
    day = grid.points[point]
    trades = Trades(
        offsets=offsets, id=np.arange(1, point.size + 1, dtype=np.int64), day=day,
        at=_moments(draw, day), kind=side, security=security, quantity=shares * SCALE, price=fen * to_scaled,
        amount=unknown, commission=commission * to_scaled, stamp_duty=duty * to_scaled,
        transfer_fee=transfer * to_scaled, other_fee=np.zeros_like(unknown), balance=unknown.copy(),
    )  # fmt: skip
    cash = _cashflows(draw, grid, net.reshape(accounts, trades_each))
    return Ledger(tuple(map(_account, range(accounts))), tuple(range(1, len(grid.securities) + 1)), trades, cash,
                  _no_snapshots(accounts))  # fmt: skip


def _account(place: int) -> AccountFacts:
    return AccountFacts(
        place + 1, f"S{place + 1:09d}", f"P{place + 1:09d}", f"样本客户{place + 1}", AccountKind.CASH, "CNY",
        None, None, True,
    )  # fmt: skip


def _orders(
    draw: np.random.Generator, grid: Grid, accounts: int, trades_each: int, slots_each: int
) -> tuple[IntArray, ...]:
    """Stock, point, side and lots of every trade, by account and time.

    Each slot buys one lot size, then goes on in turns of buy q, buy q, sell 2q or buy 2q, sell q, sell q, one
    trade a day at most, so that no sale takes more than is held and none comes on the day of its purchase.
    """
    slots = accounts * slots_each
    turns = -(-trades_each // slots_each)
    picks = draw.permuted(np.tile(np.arange(len(grid.securities)), (min(accounts, 512), 1)), axis=1)
    stock = picks[np.arange(accounts) % len(picks), :slots_each]
    stock = (stock + draw.integers(0, len(grid.securities), (accounts, 1))) % len(grid.securities)
    free = len(grid.points) - turns
    point = np.sort(draw.integers(0, free, (slots, turns)), axis=1) + np.arange(turns)
    unit = draw.integers(1, 20, (slots, 1))
    step = (np.arange(turns) % 3)[None, :]
    early = draw.random((slots, 1)) < 0.5
    side = np.where(early, np.where(step == 2, SELL, BUY), np.where(step == 0, BUY, SELL))
    lots = unit * np.where(early, np.where(step == 2, 2, 1), np.where(step == 0, 2, 1))
    taken = np.arange(slots_each * turns).reshape(1, slots_each, turns) % turns * slots_each
    taken = taken + np.arange(slots_each)[None, :, None] < trades_each
    keep = np.broadcast_to(taken, (accounts, slots_each, turns)).reshape(slots, turns)
    account = np.repeat(np.arange(accounts), slots_each)[:, None]
    columns = [
        np.broadcast_to(column, (slots, turns))[keep]
        for column in (account, stock.reshape(-1, 1), point, side, lots)
    ]
    order = np.lexsort((columns[2], columns[0]))
    return tuple(np.ascontiguousarray(column[order], dtype=np.int64) for column in columns[1:])


def _moments(draw: np.random.Generator, day: IntArray) -> IntArray:
    """A second between 9:30 and 11:30 in Shanghai; the day's order within an account may be any."""
    epoch = date(1970, 1, 1).toordinal()
    moments = (day - epoch) * 86_400 + 5_400 + draw.integers(0, 7_200, day.size)
    return np.asarray(moments, dtype=np.int64)


def _cashflows(draw: np.random.Generator, grid: Grid, net: IntArray) -> Cashflows:
    """What the trades need and a tenth more on the first day; money in after a third and out after two
    thirds.
    """
    accounts = len(net)
    need = np.maximum(-np.cumsum(net, axis=1).min(axis=1), 0) * 11 // 10 + 1_000_000
    more = need // 10 * (draw.random(accounts) < 0.5)
    amount = np.column_stack([need, more, -more])
    n = len(grid.points)
    day = np.tile(grid.points[[0, n // 3, 2 * n // 3]], (accounts, 1))
    kind = np.tile([CASH_KINDS.index(CashKind.DEPOSIT)] * 2 + [CASH_KINDS.index(CashKind.WITHDRAWAL)], (accounts, 1))
    keep = amount != 0
    kept = int(keep.sum())
    return Cashflows(
        offsets=np.concatenate([[0], np.cumsum(keep.sum(axis=1))]).astype(np.int64),
        id=np.arange(1, kept + 1, dtype=np.int64), day=day[keep], kind=kind[keep].astype(np.int64),
        security=np.full(kept, -1, dtype=np.int64), amount=amount[keep] * (SCALE // 100),
        balance=np.full(kept, UNKNOWN, dtype=np.int64), inferred=np.zeros(kept, dtype=np.bool_),
    )  # fmt: skip


def _no_snapshots(accounts: int) -> Snapshots:
    nothing = np.zeros(0, dtype=np.int64)
    return Snapshots(np.zeros(accounts + 1, dtype=np.int64), nothing, nothing, nothing, nothing, nothing)


def random_returns(accounts: int, points: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Returns (A, T) with beta and noise, and their benchmark (T,)."""
    draw = np.random.default_rng(seed)
    benchmark = draw.normal(0.0003, 0.011, points)
    returns = draw.normal(0.0, 0.014, (accounts, points))
    returns += benchmark * draw.uniform(0.4, 1.3, (accounts, 1))
    return returns, benchmark
