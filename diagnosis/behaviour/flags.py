"""Which stocks are lottery stocks on which day (Kumar 2009): cheap, with wild and skewed residual returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from diagnosis.behaviour.exposure import kind_mask
from diagnosis.behaviour.habit import rule
from diagnosis.behaviour.paths import carried, growth_of, paths_of
from market.types import BenchmarkSeries, BoolArray, FloatArray, Grid, InstrumentKind, IntArray


def idiosyncratic(growth: FloatArray, market: FloatArray, least: int) -> tuple[FloatArray, FloatArray]:
    """Volatility and skewness (S,) of the residuals of daily returns (W, S) on the market (W,).

    A security with fewer than `least` known returns is NaN. Population moments.
    """
    known = np.isfinite(growth)
    n = known.sum(axis=0).astype(np.float64)
    r = np.where(known, growth, 0.0)
    m = np.where(known, market[:, None], 0.0)
    enough = n >= max(least, 3)
    safe = np.where(enough, n, 1.0)
    mean_r, mean_m = r.sum(axis=0) / safe, m.sum(axis=0) / safe
    dr, dm = np.where(known, r - mean_r, 0.0), np.where(known, m - mean_m, 0.0)
    spread = (dm**2).sum(axis=0)
    beta = np.divide((dr * dm).sum(axis=0), spread, out=np.zeros_like(spread), where=spread > 0)
    residual = dr - beta * dm
    second = (residual**2).sum(axis=0) / safe
    third = (residual**3).sum(axis=0) / safe
    skew = np.divide(third, second**1.5, out=np.full_like(second, np.nan), where=enough & (second > 0))
    return np.where(enough, np.sqrt(second), np.nan), skew


def flags_at(
    price: FloatArray,
    volatility: FloatArray,
    skewness: FloatArray,
    stock: BoolArray,
    percentile: float,
    least: int,
) -> IntArray:
    """(S,) 1 lottery stock, 0 not, -1 unknown. Low is below the percentile, high above it; sorts are
    independent.
    """
    known = stock & np.isfinite(price) & np.isfinite(volatility) & np.isfinite(skewness)
    out = np.full(price.size, -1, np.int64)
    if known.sum() < least:
        return out
    cuts = [np.quantile(values[known], percentile) for values in (price, volatility, skewness)]
    low, wild, skewed = price < cuts[0], volatility > cuts[1], skewness > cuts[2]
    out[known] = (low & wild & skewed)[known]
    return out


def lottery_flags(grid: Grid, benchmark: BenchmarkSeries | None, terms: dict[str, Any]) -> IntArray:
    """(T, S) flags, set anew every 20 points from the window before them; (0, 0) where they cannot be set
    at all.

    Without a benchmark on the grid's points the market is the equal-weighted mean of the stocks.
    """
    stock = kind_mask(grid, (InstrumentKind.STOCK,))
    if grid.granularity != "DAY" or int(stock.sum()) < int(terms["min_universe"]):
        return np.zeros((0, 0), np.int64)
    window, least = int(terms["window_days"]), int(terms["min_window_days"])
    growth = growth_of(paths_of(grid, None).index)
    market = _mean_growth(growth, stock)
    if benchmark is not None and benchmark.returns.size == grid.points.size:
        market = benchmark.returns
    price = carried(grid.close)
    flags = np.full(grid.close.shape, -1, np.int64)
    for start in range(least, grid.points.size, 20):
        past = slice(max(1, start - window), start)
        volatility, skewness = idiosyncratic(growth[past], market[past], least - 1)
        # The price of the day before, so that nothing of the coming days is known to the sort.
        flags[start : start + 20] = flags_at(
            price[start - 1],
            volatility,
            skewness,
            stock,
            float(terms["percentile"]),
            int(terms["min_universe"]),
        )
    return flags


def _mean_growth(growth: FloatArray, stock: BoolArray) -> FloatArray:
    known = np.isfinite(growth) & stock
    n = known.sum(axis=1)
    mean: FloatArray = np.where(known, growth, 0.0).sum(axis=1) / np.maximum(n, 1)
    return mean


@dataclass(frozen=True)
class Universe:
    """股票池: which of all stocks were lottery stocks at each point of the market's days, and their share."""

    points: IntArray  # (T,) trading days, ordinals
    place: Mapping[str, int]  # column by code
    flags: IntArray  # (T, S) 1, 0, -1 where a stock could not be sorted; (0, 0) where none could

    def share(self) -> FloatArray:
        """(T,) lottery stocks among all that could be sorted, NaN where none could."""
        return flagged_share(self.flags)


def universe_of(grid: Grid, day: date) -> Universe:
    """The sort of all stocks of a daily grid by the rule in force on `day`, against their own mean.

    One sort serves every account: it depends on nothing but the market.
    """
    flags = lottery_flags(grid, None, rule("BEH-106", day))
    codes = {security.code: place for place, security in enumerate(grid.securities)}
    return Universe(grid.points, codes, flags.astype(np.int8))


def flagged_share(flags: IntArray) -> FloatArray:
    known = (flags >= 0).sum(axis=1)
    share = np.full(known.size, np.nan)
    np.divide((flags == 1).sum(axis=1), known, out=share, where=known > 0)
    return share


def lottery_sort(
    grid: Grid, universe: Universe | None, benchmark: BenchmarkSeries | None, terms: dict[str, Any]
) -> tuple[IntArray, FloatArray]:
    """Flags (T, S) of the grid's securities and the share (T,) of lottery stocks among all that could be
    sorted.

    Flags of a wider `universe` are read off by code and by point; what it does not hold is unknown.
    """
    if universe is None:
        flags = lottery_flags(grid, benchmark, terms)
        return flags, flagged_share(flags) if flags.size else np.full(grid.points.size, np.nan)
    if universe.flags.size == 0 or grid.granularity != "DAY":
        return np.zeros((0, 0), np.int64), np.full(grid.points.size, np.nan)
    row = np.searchsorted(universe.points, grid.points)
    row = np.where(row < universe.points.size, row, 0)
    same = universe.points[row] == grid.points
    column = np.array([universe.place.get(security.code, -1) for security in grid.securities], dtype=np.int64)
    picked = universe.flags[row][:, column].astype(np.int64)
    picked[~same] = -1
    picked[:, column < 0] = -1
    return picked, np.where(same, universe.share()[row], np.nan)
