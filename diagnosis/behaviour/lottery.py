"""彩票型股票偏好 (Kumar 2009): low price, high idiosyncratic volatility and skewness, each against the
median.
"""

from __future__ import annotations

import numpy as np

from diagnosis.behaviour.book import Book
from diagnosis.behaviour.counterfactual import cost_of
from diagnosis.behaviour.habit import SEEN, Column, column, divide, rule, told
from diagnosis.behaviour.paths import growth_of
from diagnosis.types import Counterfactual, Evidence, Habit, HabitId
from diagnosis.wording import number, percent
from market.types import FloatArray, IntArray

NO_DAILY = "只有成交时点的价格，没有逐日行情，暂不计算"
FEW_STOCKS = "可比较的股票不足 {n} 只，无法以中位数划分，暂不计算"
FEW_BOUGHT = "买入过的股票不足 {n} 只，暂不计算"


def bought_z(book: Book) -> tuple[FloatArray, IntArray, FloatArray]:
    """z of the number of lottery stocks among those bought, their number, and the expected share; each
    (A,).

    The unit is a stock at its first purchase with a known flag; what is expected is the share of lottery
    stocks among all flagged stocks on that day.
    """
    n_accounts = book.n_accounts
    if book.flags.size == 0:
        return np.full(n_accounts, np.nan), np.zeros(n_accounts, np.int64), np.full(n_accounts, np.nan)
    buys = book.buys
    rows = np.flatnonzero(book.flags[buys.point, buys.security] >= 0)
    _, first = np.unique(buys.slot[rows], return_index=True)
    rows = rows[first]
    hit = book.flags[buys.point[rows], buys.security[rows]].astype(np.float64)
    chance = book.lottery_base[buys.point[rows]]
    account = buys.account[rows]
    n = book.count_by_account(account)
    expected = book.sum_by_account(account, chance)
    spread = np.sqrt(book.sum_by_account(account, chance * (1 - chance)))
    return divide(book.sum_by_account(account, hit) - expected, spread), n, divide(expected, n)


def measure(book: Book) -> Column:
    """Value-weighted share of lottery stocks among the stocks held, averaged over days."""
    terms = rule("BEH-106", book.day)
    share = book.exposure.lottery_share
    z, n, base = bought_z(book)
    least = int(terms["min_stocks"])
    absent = np.full(share.size, book.flags.size == 0)
    times = divide(share, base)
    seen = (share >= terms["share"]) & (times >= terms["times_universe"]) & (z >= terms["z"])
    return column(
        HabitId.LOTTERY,
        "ratio",
        seen=seen,
        n=n,
        statistic=share,
        t=z,
        refusals=(
            (absent & (not book.daily), NO_DAILY),
            (absent, FEW_STOCKS.format(n=terms["min_universe"])),
            (n < least, FEW_BOUGHT.format(n=least)),
        ),
        figures={"lottery_share": share, "universe_share": base, "cost_yuan": _cost_points(book)},
    )


def _losses(book: Book, slots: slice) -> FloatArray:
    """(T,) yuan by which the lottery stocks of `slots` fell behind the benchmark at each point."""
    history = book.history
    security = history.slot_security[slots]
    before = np.nan_to_num(history.quantity[slots, :-1] * history.price[slots, :-1])
    growth = growth_of(book.paths.index)[1:, security].T
    market = growth_of(book.paths.benchmark[:, None])[1:, 0]
    chosen = (book.flags[1:, security].T == 1) & np.isfinite(growth)
    lost = np.where(chosen, before * (market - np.where(chosen, growth, 0.0)), 0.0)
    return np.concatenate([[0.0], lost.sum(axis=0)])


def _cost_points(book: Book) -> FloatArray:
    """(A,) the point estimate of the cost; NaN without benchmark or flags."""
    out = np.full(book.n_accounts, np.nan)
    if book.flags.size == 0 or book.benchmark is None:
        return out
    offsets = book.history.slot_offsets
    candidates = np.flatnonzero(book.exposure.lottery_share >= rule("BEH-106", book.day)["share"])
    for a in candidates:
        out[a] = _losses(book, slice(int(offsets[a]), int(offsets[a + 1]))).sum()
    return out


def tell(book: Book, data: Column, a: int) -> Habit:
    """In words: how much of the stocks held was of this kind, and how common it is."""
    share, base = data.statistic[a], data.figures["universe_share"][a]
    text = ""
    if np.isfinite(share) and np.isfinite(base):
        text = (
            f"持有的股票里，平均有 {percent(share, 1)} 是低价、波动大、偶有大涨的股票；"
            f"可比较的股票中这类占 {percent(base, 1)}。"
        )
    if data.seen[a] != SEEN:
        return told(data, a, text)
    return told(data, a, text, _evidence(book, a), _cost(book, a))


def _cost(book: Book, a: int) -> Counterfactual | None:
    if book.benchmark is None:
        return None
    offsets = book.history.slot_offsets
    losses = _losses(book, slice(int(offsets[a]), int(offsets[a + 1])))
    points = np.flatnonzero(losses)
    text = f"对照：同一时间把这部分资金放在{book.benchmark.name}，不计费用。"
    return cost_of(losses[points], points, text, book.day)


def _evidence(book: Book, a: int) -> tuple[Evidence, ...]:
    buys = book.buys
    rows = np.flatnonzero((buys.account == a) & (book.flags[buys.point, buys.security] == 1))
    rows = rows[np.argsort(-buys.money[rows], kind="stable")][:5]
    return tuple(
        book.evidence(buys, int(row), f"买入价 {number(buys.price[row])} 元，属低价、高波动一类")
        for row in sorted(rows)
    )
