"""亏损补仓: purchases that add to a position already under its average cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnosis.behaviour.book import Book
from diagnosis.behaviour.counterfactual import cost_of
from diagnosis.behaviour.habit import SEEN, Column, column, divide, rule, told
from diagnosis.behaviour.paths import change
from diagnosis.types import Counterfactual, Evidence, Habit, HabitId
from diagnosis.wording import number, percent
from market.types import BoolArray, FloatArray, IntArray

FEW_ADDS = "对已有持仓的加仓不足 {n} 次（成本已知），暂不计算"


@dataclass(frozen=True)
class Adds:
    """Purchases into a position held at the end of the point before with known cost; arrays (D,) over all
    purchases.
    """

    added: BoolArray
    gap: FloatArray  # price over average cost less one, split-adjusted; NaN where not added


def adds_of(book: Book) -> Adds:
    """Which purchases added to a position, and where its price stood against its cost."""
    buys, history = book.buys, book.history
    before = np.maximum(buys.point - 1, 0)
    held = (buys.point > 0) & (history.quantity[buys.slot, before] > 0)
    split = book.paths.split
    ratio = split[before, buys.security] / split[buys.point, buys.security]
    cost = history.average_cost[buys.slot, before] * ratio
    added = held & np.isfinite(cost) & (cost > 0)
    gap = np.divide(buys.price, cost, out=np.full(len(buys), np.nan), where=added) - 1
    return Adds(added=added, gap=gap)


def measure(book: Book) -> Column:
    """Share of the money of all adds that went into losing positions; seen when it is a rule, not an
    accident.
    """
    terms = rule("BEH-107", book.day)
    buys, adds = book.buys, adds_of(book)
    losing, deep = adds.added & (adds.gap < 0), adds.added & (adds.gap <= -terms["min_loss"])

    def money(mask: BoolArray) -> FloatArray:
        return book.sum_by_account(buys.account[mask], buys.money[mask])

    def number_of(mask: BoolArray) -> IntArray:
        return book.count_by_account(buys.account[mask])

    share = divide(money(losing), money(adds.added))
    n, n_deep = number_of(adds.added), number_of(deep)
    of_buys = divide(n_deep, book.count_by_account(buys.account))
    of_adds = divide(n_deep, n)
    z = divide(n_deep - n / 2, np.sqrt(n / 4))
    seen = (of_buys >= terms["share_of_buys"]) & (of_adds >= terms["share_of_adds"]) & (z >= terms["z"])
    return column(
        HabitId.AVERAGING_DOWN,
        "ratio",
        seen=seen,
        n=n,
        statistic=share,
        t=z,
        refusals=((n < terms["min_adds"], FEW_ADDS.format(n=terms["min_adds"])),),
        figures={
            "averaging_down": share,
            "adds": n.astype(float),
            "losing_adds": n_deep.astype(float),
            "share_of_buys": of_buys,
            "share_of_adds": of_adds,
            "cost_yuan": _totals(book, losses(book, deep)),
        },
        working=(adds, deep),
    )


def losses(book: Book, chosen: BoolArray) -> FloatArray:
    """Yuan by which each chosen purchase fell behind the benchmark over the following days; NaN elsewhere."""
    terms, buys = rule("BEH-107", book.day), book.buys
    if not book.daily or book.benchmark is None:
        return np.full(len(buys), np.nan)
    end = np.minimum(buys.point + int(terms["horizon_days"]), book.n_points - 1)
    end = np.where(end - buys.point >= int(terms["min_horizon_days"]), end, -1)
    own = change(book.paths.index, buys.point, end, buys.security)
    market = change(book.paths.benchmark, buys.point, end)
    return np.where(chosen, buys.money * (market - own), np.nan)


def _totals(book: Book, lost: FloatArray) -> FloatArray:
    known = np.isfinite(lost)
    account = book.buys.account[known]
    return np.where(book.count_by_account(account) > 0, book.sum_by_account(account, lost[known]), np.nan)


def tell(book: Book, data: Column, a: int) -> Habit:
    """In words: how many purchases added to a losing position."""
    figures = {name: values[a] for name, values in data.figures.items()}
    least = rule("BEH-107", book.day)["min_loss"]
    text = ""
    if np.isfinite(data.statistic[a]):
        text = (
            f"对已有持仓加仓 {number(figures['adds'], 0)} 次，其中 {number(figures['losing_adds'], 0)} 次"
            f"在价格低于成本 {percent(least, 0)} 以上时补仓；"
            f"亏损时补的金额占加仓的 {percent(data.statistic[a], 1)}。"
        )
    if data.seen[a] != SEEN:
        return told(data, a, text)
    return told(data, a, text, _evidence(book, data, a), _cost(book, data, a))


def _cost(book: Book, data: Column, a: int) -> Counterfactual | None:
    if book.benchmark is None:
        return None
    mine = book.buys.account == a
    lost = losses(book, data.working[1])[mine]
    horizon = rule("BEH-107", book.day)["horizon_days"]
    text = f"对照：补仓的资金改为买入{book.benchmark.name}，同样持有 {horizon} 个交易日。"
    return cost_of(lost, book.buys.point[mine], text, book.day)


def _evidence(book: Book, data: Column, a: int) -> tuple[Evidence, ...]:
    adds, deep = data.working
    rows = np.flatnonzero((book.buys.account == a) & deep)
    rows = rows[np.argsort(adds.gap[rows], kind="stable")][:5]
    return tuple(
        book.evidence(
            book.buys,
            int(row),
            f"{number(book.buys.price[row])} 元加仓，低于平均成本 {percent(abs(float(adds.gap[row])), 1)}",
        )
        for row in sorted(rows)
    )
