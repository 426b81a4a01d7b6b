"""集中与分散: HHI, effective number, Goetzmann and Kumar's normalised variance, industries, leverage.

Only single names count as concentration; a fund spreads by itself. Shares are means over the days with
holdings, so a good or bad last day decides nothing.
"""

from __future__ import annotations

import numpy as np

from diagnosis.behaviour.book import Book
from diagnosis.behaviour.exposure import normalised_variance
from diagnosis.behaviour.habit import SEEN, Column, column, divide, rule, told
from diagnosis.behaviour.paths import growth_of
from diagnosis.types import Evidence, Habit, HabitId
from diagnosis.wording import number, percent
from market.types import BoolArray, FloatArray, IntArray

FEW_POINTS = "有持仓的时点不足 {n} 个，暂不计算"
NO_INDUSTRY = "持有的证券没有行业分类，暂不计算"


def measure(book: Book) -> tuple[Column, Column, Column, Column]:
    """持仓集中, 行业集中, 分散持有, 杠杆产品占比 of A accounts."""
    return _concentration(book), _industries(book), _diversified(book), _leverage(book)


def _variance(book: Book, window: int) -> FloatArray:
    if not book.daily or book.n_points <= window:
        return np.full(book.n_accounts, np.nan)
    return normalised_variance(book.history, growth_of(book.paths.index), window)


def _points(book: Book, least: int) -> tuple[tuple[BoolArray, str], ...]:
    return ((~(book.exposure.points >= least), FEW_POINTS.format(n=least)),)


def _count(book: Book) -> IntArray:
    return np.nan_to_num(book.exposure.points).astype(np.int64)


def _concentration(book: Book) -> Column:
    terms, held = rule("BEH-104", book.day), book.exposure
    effective = divide(np.ones(book.n_accounts), held.hhi)
    seen = (held.hhi_single >= 1 / terms["max_effective"]) & (held.top_of_assets >= terms["top_share"])
    return column(
        HabitId.CONCENTRATION,
        "number",
        seen=seen,
        n=_count(book),
        statistic=effective,
        refusals=_points(book, int(terms["min_points"])),
        figures={
            "hhi": held.hhi,
            "hhi_single": held.hhi_single,
            "top_share": held.top_share,
            "top_of_assets": held.top_of_assets,
            "holdings": held.holdings,
            "normalised_variance": _variance(book, int(terms["variance_days"])),
        },
    )


def _industries(book: Book) -> Column:
    terms, held = rule("BEH-105", book.day), book.exposure
    top = held.industry_share.max(axis=1) if held.industry_names else np.zeros(book.n_accounts)
    seen = (top >= terms["top_share"]) & (held.holdings >= terms["min_holdings"])
    return column(
        HabitId.INDUSTRY_CONCENTRATION,
        "ratio",
        seen=seen,
        n=_count(book),
        statistic=top,
        refusals=(*_points(book, int(terms["min_points"])), (~(top > 0), NO_INDUSTRY)),
        figures={"top_industry_share": top, "industries": held.industries, "holdings": held.holdings},
    )


def _diversified(book: Book) -> Column:
    terms, held = rule("BEH-113", book.day), book.exposure
    effective = divide(np.ones(book.n_accounts), held.hhi)
    spread = held.industries >= terms["min_industries"]
    seen = (effective >= terms["min_effective"]) & (held.top_share <= terms["top_share"]) & spread
    return column(
        HabitId.DIVERSIFIED,
        "number",
        seen=seen,
        n=_count(book),
        statistic=effective,
        refusals=_points(book, int(terms["min_points"])),
        figures={"top_share": held.top_share, "industries": held.industries, "holdings": held.holdings},
    )


def _leverage(book: Book) -> Column:
    terms, held = rule("BEH-111", book.day), book.exposure
    return column(
        HabitId.LEVERAGE,
        "ratio",
        seen=held.leverage_share >= terms["share"],
        n=_count(book),
        statistic=held.leverage_share,
        refusals=_points(book, int(terms["min_points"])),
        figures={"leverage_share": held.leverage_share},
    )


def slot_shares(book: Book, a: int) -> FloatArray:
    """(k,) mean share of each slot of account a among its securities, over the points with holdings."""
    slots = slice(int(book.history.slot_offsets[a]), int(book.history.slot_offsets[a + 1]))
    worth = np.nan_to_num(book.history.quantity[slots] * book.history.price[slots])
    total = worth.sum(axis=0)
    held = total > 0
    return (worth[:, held] / total[held]).mean(axis=1) if held.any() else np.zeros(worth.shape[0])


def _largest(book: Book, a: int, keep: BoolArray | None = None) -> tuple[Evidence, ...]:
    """The largest holdings of account a by mean share."""
    start = int(book.history.slot_offsets[a])
    shares = slot_shares(book, a)
    if keep is not None:
        shares = np.where(keep, shares, 0.0)
    lines = []
    for place in np.argsort(-shares, kind="stable")[:3]:
        if shares[place] <= 0:
            break
        rows = np.flatnonzero(book.buys.slot == start + place)
        text = f"平均占证券市值 {percent(float(shares[place]), 1)}"
        if rows.size:
            lines.append(book.evidence(book.buys, int(rows[np.argmax(book.buys.money[rows])]), text))
    return tuple(lines)


def tell_concentration(book: Book, data: Column, a: int) -> Habit:
    """In words: how many holdings it amounts to, and the largest one's share."""
    figures = {name: values[a] for name, values in data.figures.items()}
    text = ""
    if np.isfinite(data.statistic[a]):
        text = (
            f"按金额折算，平均相当于只持有 {number(data.statistic[a], 1)} 只证券；"
            f"最大一只平均占证券市值 {percent(figures['top_share'], 1)}。"
        )
    if np.isfinite(figures["normalised_variance"]):
        share = percent(figures["normalised_variance"], 0)
        text += f"组合波动（方差）是单只证券平均值的 {share}，越低说明分散作用越大。"
    return told(data, a, text, _largest(book, a) if data.seen[a] == SEEN else ())


def tell_industries(book: Book, data: Column, a: int) -> Habit:
    """In words: the largest industry and its share."""
    text, keep = "", None
    if data.statistic[a] > 0:
        place = int(np.argmax(book.exposure.industry_share[a]))
        name = book.exposure.industry_names[place]
        text = f"{name}行业平均占证券市值 {percent(data.statistic[a], 1)}，平均持有 "
        text += f"{number(data.figures['holdings'][a], 1)} 只证券。"
        start, end = (int(book.history.slot_offsets[a + i]) for i in (0, 1))
        securities = book.history.grid.securities
        keep = np.array(
            [securities[s].industry == name for s in book.history.slot_security[start:end]], dtype=bool
        )
    return told(data, a, text, _largest(book, a, keep) if data.seen[a] == SEEN else ())


def tell_diversified(_: Book, data: Column, a: int) -> Habit:
    """In words: how many holdings and industries the money is spread over."""
    text = ""
    if np.isfinite(data.statistic[a]):
        text = (
            f"按金额折算，平均相当于持有 {number(data.statistic[a], 1)} 只证券，"
            f"平均分布在 {number(data.figures['industries'][a], 0)} 个行业，"
            f"最大一只占 {percent(data.figures['top_share'][a], 1)}。"
        )
    return told(data, a, text)


def tell_leverage(book: Book, data: Column, a: int) -> Habit:
    """In words: the share of leveraged products and certificates."""
    text, keep = "", None
    if np.isfinite(data.statistic[a]):
        text = f"杠杆产品和权证类平均占证券市值 {percent(data.statistic[a], 1)}。"
        start, end = (int(book.history.slot_offsets[a + i]) for i in (0, 1))
        securities = book.history.grid.securities
        kinds = [securities[s].kind.value for s in book.history.slot_security[start:end]]
        keep = np.array([kind in ("LEVERAGED", "CERTIFICATE") for kind in kinds], dtype=bool)
    return told(data, a, text, _largest(book, a, keep) if data.seen[a] == SEEN else ())
