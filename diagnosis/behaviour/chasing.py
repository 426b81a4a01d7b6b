"""追涨与杀跌: buying what has just risen, selling what has just fallen.

A purchase is seen against the 20 points before its day, dividends reinvested, less the benchmark's return.
A sale is seen against the close five points before it, down to its own price and without the benchmark:
people flee from a market that falls with all in it. Means are weighted by money, their errors clustered by
20 points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnosis.behaviour.book import Book, Deals
from diagnosis.behaviour.counterfactual import clustered_mean, cost_of
from diagnosis.behaviour.habit import SEEN, Column, column, divide, rule, told
from diagnosis.behaviour.paths import change, excess_change
from diagnosis.types import Counterfactual, Evidence, Habit, HabitId
from diagnosis.wording import number, percent
from market.types import FloatArray, IntArray

NO_DAILY = "只有成交时点的价格，没有逐日行情，暂不计算"
NO_BENCHMARK = "没有可用的基准，暂不计算"
FEW_BUYS = "有前后行情可比的买入不足 {n} 次，暂不计算"
FEW_SELLS = "有前后行情可比的卖出不足 {n} 次，暂不计算"


@dataclass(frozen=True)
class Momentum:
    """One side's deals with what came before and after; (D,) and NaN where no price tells, then means (A,)."""

    before: FloatArray  # excess return of the points before the deal
    after: FloatArray  # return from the deal's price to the close `after_days` later
    mean_after: (
        FloatArray  # return from the deal's price to the mean close of those days, for the counterfactual
    )
    mean: FloatArray
    se: FloatArray
    after_mean: FloatArray
    n: IntArray
    clusters: IntArray


def rise_before(book: Book, deals: Deals, back: int) -> FloatArray:
    """Excess return of the `back` points that end on the point before each deal."""
    return excess_change(book.paths, deals.point - 1 - back, deals.point - 1, deals.security)


def fall_to(book: Book, deals: Deals, back: int) -> FloatArray:
    """Return from the close `back` points before each deal to its own price."""
    inside = _to_close(book, deals)
    return (1 + change(book.paths.index, deals.point - back, deals.point, deals.security)) / (1 + inside) - 1


def momentum(book: Book, deals: Deals, before: FloatArray, ahead: int) -> Momentum:
    """What came before each deal of one side, what came after, and the means by account."""
    point = deals.point
    inside = _to_close(book, deals)
    after = (1 + inside) * (1 + change(book.paths.index, point, point + ahead, deals.security)) - 1
    mean_after = (1 + inside) * _mean_ahead(book, deals, ahead) - 1
    known = np.isfinite(before)
    account, money = deals.account[known], deals.money[known]
    days = int(rule("BEH-000", book.day)["cluster_days"])
    mean, se, clusters = clustered_mean(account, point[known] // days, before[known], money, book.n_accounts)
    later = np.isfinite(after) & known
    after_mean = divide(
        book.sum_by_account(deals.account[later], deals.money[later] * after[later]),
        book.sum_by_account(deals.account[later], deals.money[later]),
    )
    return Momentum(
        before=before,
        after=after,
        mean_after=mean_after,
        mean=mean,
        se=se,
        after_mean=after_mean,
        n=book.count_by_account(account),
        clusters=clusters,
    )


def _to_close(book: Book, deals: Deals) -> FloatArray:
    """Return from the deal's price to that day's close."""
    return divide(book.history.grid.close[deals.point, deals.security], deals.price) - 1.0


def _mean_ahead(book: Book, deals: Deals, ahead: int) -> FloatArray:
    """Mean wealth over the following points for one unit at the deal's close; NaN without all of them."""
    index = book.paths.index
    if index.shape[0] == 0:
        return np.full(len(deals), np.nan)
    running = np.vstack([np.zeros((1, index.shape[1])), np.cumsum(np.nan_to_num(index), axis=0)])
    end = deals.point + ahead
    inside = end < index.shape[0]
    final = np.minimum(end, index.shape[0] - 1)
    total = running[final + 1, deals.security] - running[deals.point + 1, deals.security]
    start = index[deals.point, deals.security]
    return np.where(inside & (start > 0), total / ahead / np.where(start > 0, start, 1.0), np.nan)


def _column(
    book: Book,
    habit: HabitId,
    terms: dict[str, Any],
    side: Momentum,
    more: dict[str, FloatArray],
    *,
    sign: float,
) -> Column:
    """CHASING looks for a mean above its limit (sign 1), PANIC_SELLING for one below (sign -1)."""
    deals, few = (book.buys, FEW_BUYS) if sign > 0 else (book.sells, FEW_SELLS)
    t = divide(side.mean, side.se)
    least, size = int(terms["min_trades"]), book.n_accounts
    enough = side.clusters >= int(terms["min_clusters"])
    seen = enough & (sign * side.mean >= terms["min_excess"]) & (sign * t >= terms["t"])
    no_market = np.full(size, sign > 0 and book.benchmark is None)
    return column(
        habit,
        "ratio",
        seen=seen,
        n=side.n,
        statistic=side.mean,
        se=side.se,
        t=t,
        refusals=(
            (np.full(size, not book.daily), NO_DAILY),
            (no_market, NO_BENCHMARK),
            (side.n < least, few.format(n=least)),
        ),
        figures={
            "before": side.mean,
            "after": side.after_mean,
            "cost_yuan": _totals(book, deals, losses(deals, side, terms, sign)),
            **more,
        },
        working=side,
    )


def losses(deals: Deals, side: Momentum, terms: dict[str, Any], sign: float) -> FloatArray:
    """Yuan lost by each deal that shows the habit against doing it evenly over the following days; NaN
    elsewhere.

    A purchase loses when the mean of the following closes is below its price, a sale when it is above.
    """
    shows = sign * side.before >= terms["min_move"]
    return np.where(shows, -sign * deals.money * side.mean_after, np.nan)


def _totals(book: Book, deals: Deals, lost: FloatArray) -> FloatArray:
    known = np.isfinite(lost)
    total = book.sum_by_account(deals.account[known], lost[known])
    return np.where(book.count_by_account(deals.account[known]) > 0, total, np.nan)


def measure(book: Book) -> tuple[Column, Column]:
    """追涨 and 杀跌 of A accounts. `chasing` is the past excess return of purchases less that of sales."""
    chase, panic = rule("BEH-102", book.day), rule("BEH-109", book.day)
    back, ahead = int(chase["lookback_days"]), int(chase["after_days"])
    bought = momentum(book, book.buys, rise_before(book, book.buys, back), ahead)
    sold = momentum(book, book.sells, rise_before(book, book.sells, back), ahead)
    fled = momentum(
        book, book.sells, fall_to(book, book.sells, int(panic["lookback_days"])), int(panic["after_days"])
    )
    return (
        _column(book, HabitId.CHASING, chase, bought, {"chasing": bought.mean - sold.mean}, sign=1.0),
        _column(book, HabitId.PANIC_SELLING, panic, fled, {}, sign=-1.0),
    )


def _moved(value: float, up: str, down: str) -> str:
    return f"{up if value >= 0 else down} {percent(abs(value), 1)}"


def tell_chasing(book: Book, data: Column, a: int) -> Habit:
    """In words: how far it had risen before the purchases, and what came after."""
    terms = rule("BEH-102", book.day)
    before, after = data.figures["before"][a], data.figures["after"][a]
    text = ""
    if np.isfinite(before):
        text = f"买入前 {terms['lookback_days']} 个交易日，所买证券平均比基准{_moved(before, '多涨', '少涨')}"
        text += (
            "。"
            if not np.isfinite(after)
            else (f"；买入后 {terms['after_days']} 个交易日平均{_moved(after, '涨', '跌')}。")
        )
    if data.seen[a] != SEEN:
        return told(data, a, text)
    words = f"对照：过去 {terms['lookback_days']} 日超额涨幅达到 {percent(terms['min_move'], 0)} 的买入，"
    words += f"改为在其后 {terms['after_days']} 个交易日按均价分批买入。"
    return told(data, a, text, _evidence(book, data, a, 1.0), _cost(book, data, a, 1.0, words))


def tell_panic(book: Book, data: Column, a: int) -> Habit:
    """In words: how far it had fallen before the sales, and what came after."""
    terms = rule("BEH-109", book.day)
    before, after = data.figures["before"][a], data.figures["after"][a]
    text = ""
    if np.isfinite(before):
        text = f"卖出价平均比 {terms['lookback_days']} 个交易日前{_moved(before, '高', '低')}"
        text += (
            "。"
            if not np.isfinite(after)
            else (f"；卖出后 {terms['after_days']} 个交易日平均{_moved(after, '涨', '跌')}。")
        )
    if data.seen[a] != SEEN:
        return told(data, a, text)
    words = f"对照：{terms['lookback_days']} 日内跌幅达到 {percent(terms['min_move'], 0)} 的卖出，"
    words += f"改为在其后 {terms['after_days']} 个交易日按均价分批卖出。"
    return told(data, a, text, _evidence(book, data, a, -1.0), _cost(book, data, a, -1.0, words))


def _side(book: Book, sign: float) -> tuple[Deals, dict[str, Any]]:
    return (book.buys, rule("BEH-102", book.day)) if sign > 0 else (book.sells, rule("BEH-109", book.day))


def _cost(book: Book, data: Column, a: int, sign: float, words: str) -> Counterfactual | None:
    deals, terms = _side(book, sign)
    mine = deals.account == a
    lost = losses(deals, data.working, terms, sign)
    return cost_of(lost[mine], deals.point[mine], words, book.day)


def _evidence(book: Book, data: Column, a: int, sign: float) -> tuple[Evidence, ...]:
    """The deals that weigh most in the mean."""
    deals, terms = _side(book, sign)
    side: Momentum = data.working
    rows = np.flatnonzero((deals.account == a) & (sign * side.before >= terms["min_move"]))
    rows = rows[np.argsort(-sign * deals.money[rows] * side.before[rows], kind="stable")][:5]
    return tuple(
        book.evidence(deals, int(row), _line(deals, side, int(row), sign, terms)) for row in sorted(rows)
    )


def _line(deals: Deals, side: Momentum, row: int, sign: float, terms: dict[str, Any]) -> str:
    days, before, after = terms["lookback_days"], float(side.before[row]), float(side.after[row])
    price = number(float(deals.price[row]))
    if sign > 0:
        text = f"{price} 元买入，此前 {days} 日比基准{_moved(before, '多涨', '少涨')}"
    else:
        text = f"{price} 元卖出，比 {days} 日前{_moved(before, '高', '低')}"
    if np.isfinite(after):
        text += f"，此后 {terms['after_days']} 日{_moved(after, '涨', '跌')}"
    return text
