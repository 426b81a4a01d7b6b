"""Total-return paths of securities and benchmark, and changes along them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.types import BenchmarkSeries, FloatArray, Grid, IntArray


@dataclass(frozen=True)
class Paths:
    """Paths on the grid's points.

    index (T, S): wealth of one share that reinvests its dividends, carried over points without a price, NaN
    before the first price. benchmark (T,): wealth of one unit, NaN where the benchmark is not known, ones without
    a benchmark. split (T, S): shares at the point for one share at the first point.
    """

    index: FloatArray
    benchmark: FloatArray
    split: FloatArray


def carried(values: FloatArray) -> FloatArray:
    """`values` (T, S) with gaps filled by the last value before them; NaN stays before the first."""
    if values.shape[0] == 0:
        return values
    rows = np.where(np.isnan(values), 0, np.arange(values.shape[0])[:, None])
    return np.take_along_axis(values, np.maximum.accumulate(rows, axis=0), axis=0)


def paths_of(grid: Grid, benchmark: BenchmarkSeries | None) -> Paths:
    """Wealth paths: on an ex-day one share becomes `ratio` shares and its dividend buys more at the close."""
    n_points = grid.points.size
    market = np.ones(n_points)
    if benchmark is not None and benchmark.returns.size == n_points:
        wealth = np.cumprod(1.0 + np.nan_to_num(benchmark.returns))  # prices may reach back further than it does
        market = np.where(np.isnan(benchmark.returns), np.nan, wealth)
    close = carried(grid.close)
    bought = np.divide(grid.dividend, close, out=np.zeros_like(close), where=close > 0)
    return Paths(
        index=close * np.cumprod(grid.ratio + bought, axis=0),
        benchmark=market,
        split=np.cumprod(grid.ratio, axis=0).astype(np.float64),
    )


def growth_of(path: FloatArray) -> FloatArray:
    """Return from the point before, (T, S); the first row and points without a price are NaN."""
    out = np.full(path.shape, np.nan)
    out[1:] = path[1:] / path[:-1] - 1.0
    return out


def change(path: FloatArray, start: IntArray, end: IntArray, security: IntArray | None = None) -> FloatArray:
    """path[end] / path[start] - 1 per row; NaN where a point is outside the grid or no price is known."""
    n_points = path.shape[0]
    inside = (start >= 0) & (end >= 0) & (start < n_points) & (end < n_points)
    if n_points == 0 or not inside.any():
        return np.full(start.size, np.nan)
    first, final = np.clip(start, 0, n_points - 1), np.clip(end, 0, n_points - 1)
    if security is None:
        ratio = path[final] / path[first] - 1.0
    else:
        ratio = path[final, security] / path[first, security] - 1.0
    return np.where(inside, ratio, np.nan)


def excess_change(paths: Paths, start: IntArray, end: IntArray, security: IntArray) -> FloatArray:
    """Change of the security over that of the benchmark, a difference of ratios."""
    return change(paths.index, start, end, security) - change(paths.benchmark, start, end)
