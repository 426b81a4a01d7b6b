"""A composite benchmark from its members: total return, industry weights and industry returns, day by day.

Weights are set at the start of a day and drift with the members' total returns until they are set again. A
member without any price yet has no weight: the others are scaled up to 1 (renormalised). A member that is
suspended or gone keeps its last price, dividends and share changes accounted for, so its return is 0 until it
trades again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from market.grids import places
from market.types import BoolArray, FloatArray, Grid, IntArray

NO_INDUSTRY: Final = "未分类"


@dataclass(frozen=True)
class BenchmarkPath:
    """A benchmark on T points (ordinals). returns (T,); NaN where the benchmark is not known.

    With industries: weight (T, G) at the start of the point with sum 1, industry_return (T, G) over it; NaN
    at points before the first weights or the first price. At the very first point the return is 0.
    """

    points: IntArray
    returns: FloatArray
    industries: tuple[str, ...] = ()
    weight: FloatArray | None = None
    industry_return: FloatArray | None = None

    def on(self, points: IntArray) -> BenchmarkPath:
        """The same path on other points, NaN at those it does not have; the first of them has return 0."""
        place = places(self.points, points)
        absent = place < 0

        def cut(series: FloatArray) -> FloatArray:
            values = series[place] if len(series) else np.empty((len(points), *series.shape[1:]))
            values[absent] = np.nan
            return values

        returns = cut(self.returns)
        if self.weight is None or self.industry_return is None:
            return BenchmarkPath(points, _from_nought(returns))
        moved = _from_nought(cut(self.industry_return))
        return BenchmarkPath(points, _from_nought(returns), self.industries, cut(self.weight), moved)


def _from_nought(series: FloatArray) -> FloatArray:
    """The first point of a period has no return of its own, where it is known at all."""
    if len(series):
        series[0] = np.where(np.isnan(series[0]), np.nan, 0.0)
    return series


def total_return_factors(grid: Grid) -> tuple[FloatArray, FloatArray]:
    """What one yuan in each security becomes over each point (1 where unknown), and the last known price.

    Both (T, S). The factor is (close * ratio + dividend) / previous close: before tax, the dividend put in
    again at the close of its ex-day. Over a gap the price is carried as the ex-day leaves it:
    (price - dividend) / ratio.
    """
    factor = np.ones_like(grid.close)
    price = np.array(grid.close)
    for t in range(1, len(price)):
        before, today = price[t - 1], price[t]
        missing = np.isnan(today)
        today[missing] = ((before - grid.dividend[t]) / grid.ratio[t])[missing]
        gross = (today * grid.ratio[t] + grid.dividend[t]) / before
        factor[t] = np.where(np.isfinite(gross), gross, 1.0)
    return factor, price


def composite(grid: Grid, set_at: IntArray, targets: FloatArray) -> BenchmarkPath:
    """The benchmark that holds `targets[r]` (R, S) from the start of point `set_at[r]` (R,), ascending.

    Weights need not sum to 1. Raises ValueError when they are negative or of another shape.
    """
    if targets.shape != (len(set_at), len(grid.securities)) or (targets < 0).any():
        raise ValueError("targets must be (R, S) and not negative")
    factor, price = total_return_factors(grid)
    member_weight = drifting_weights(factor, ~np.isnan(price), set_at, targets)
    names = [one.industry or NO_INDUSTRY for one in grid.securities]
    industries = tuple(sorted(set(names)))
    belongs = np.zeros((len(names), len(industries)))
    belongs[np.arange(len(names)), [industries.index(name) for name in names]] = 1.0

    contribution = member_weight * (factor - 1.0)
    weight = member_weight @ belongs
    in_industry = contribution @ belongs
    covered = weight.sum(axis=1) > 0
    industry_return = np.divide(in_industry, weight, out=np.zeros_like(weight), where=weight > 0)
    returns = contribution.sum(axis=1)
    for series in (returns, weight, industry_return):
        series[~covered] = np.nan
    return BenchmarkPath(grid.points, returns, industries, weight, industry_return)


def drifting_weights(
    factor: FloatArray, known: BoolArray, set_at: IntArray, targets: FloatArray
) -> FloatArray:
    """Weights (T, S) at the start of each point; each row sums to 1, or to 0 while none are set.

    factor: (T, S) growth over the point; known: (T, S) whether a price is known by then.
    """
    weight = np.zeros_like(factor)
    target_of = {int(t): row for t, row in zip(set_at, targets, strict=True)}
    target = grown = np.zeros(factor.shape[1])
    for t in range(len(factor)):
        target = target_of.get(t, target)
        if t in target_of or not grown.any():  # set today, or set while nothing had a price yet
            grown = target * known[t]
        total = grown.sum()
        weight[t] = grown / total if total > 0 else 0.0
        grown = weight[t] * factor[t]
    return weight


def returns_of_closes(closes: FloatArray) -> FloatArray:
    """Returns (T,) of a benchmark given by closes, NaN where it is not known.

    A missing close inside the series is carried (return 0, made up at the next close); before the first and
    after the last close the benchmark is not known: NaN. The first known point has return 0.
    """
    returns = np.full(len(closes), np.nan)
    known = np.flatnonzero(~np.isnan(closes))
    if len(known) == 0:
        return returns
    first, last = known[0], known[-1]
    place = np.maximum.accumulate(np.where(np.isnan(closes), 0, np.arange(len(closes))))[first : last + 1]
    carried = closes[place]
    returns[first] = 0.0
    returns[first + 1 : last + 1] = carried[1:] / carried[:-1] - 1.0
    return returns
