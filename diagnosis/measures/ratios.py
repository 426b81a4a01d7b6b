"""The measures themselves: each takes what a loop over the returns summed up and gives one number an account.

`sums` is the array of `kernels.moments`, `pair` that of `kernels.joint`. Every function returns shape (A,),
NaN where the number does not exist; what is shown, and the reason when not, stands in `columns.py`.
Conventions, least data and sources: `docs/metrics.md`, by the id that is the function's name.
"""

from __future__ import annotations

import numpy as np

from diagnosis.measures import kernels as k
from market.types import BoolArray, FloatArray

NOTHING = 1e-12
"""Spreads and sums smaller than this are rounding, not information: a ratio over them does not exist."""


def over(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """The ratio, NaN where the denominator is nothing."""
    return divided(numerator, denominator, np.abs(denominator) > NOTHING)


def divided(numerator: FloatArray, denominator: FloatArray, there: BoolArray) -> FloatArray:
    """The ratio where `there`, NaN elsewhere, without a warning."""
    out: FloatArray = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=out, where=there)
    return out


def twr(sums: FloatArray) -> FloatArray:
    """时间加权收益率: returns compounded."""
    total: FloatArray = sums[:, k.GROWTH] - 1
    return total


def annualised(growth: FloatArray, years: FloatArray) -> FloatArray:
    """几何年化: `growth` (1 + R) to one year; NaN where nothing or less was left, or no time passed."""
    there = (growth >= 0) & (years > 0)
    power = np.power(np.where(there, growth, 1.0), 1 / np.where(years > 0, years, 1.0)) - 1
    return np.where(there, power, np.nan)


def spread(squares: FloatArray, count: FloatArray, periods_per_year: float) -> FloatArray:
    """Sample standard deviation (n − 1) over a year. Rounding of equal returns counts as none."""
    variance = squares / np.maximum(count - 1, 1)
    deviation = np.sqrt(np.where(variance < NOTHING**2, 0.0, variance) * periods_per_year)
    return np.where(count > 1, deviation, np.nan)


def volatility(sums: FloatArray, periods_per_year: float) -> FloatArray:
    """年化波动率"""
    return spread(sums[:, k.SQUARES], sums[:, k.N], periods_per_year)


def downside_deviation(sums: FloatArray) -> FloatArray:
    """下行标准差, per period, over all n periods."""
    return np.sqrt(over(sums[:, k.BELOW_SQUARES], sums[:, k.N]))


def max_drawdown(sums: FloatArray) -> FloatArray:
    """最大回撤, at most 0, the start at 1 included."""
    deepest: FloatArray = sums[:, k.DRAWDOWN]
    return deepest


def sharpe(annual: FloatArray, risk_free: FloatArray, deviation: FloatArray) -> FloatArray:
    """夏普比率"""
    return over(annual - risk_free, deviation)


def sortino(sums: FloatArray, acceptable: float) -> FloatArray:
    """索提诺比率, per period."""
    return over(sums[:, k.MEAN] - acceptable, downside_deviation(sums))


def calmar(annual: FloatArray, sums: FloatArray) -> FloatArray:
    """卡玛比率"""
    return over(annual, -max_drawdown(sums))


def omega(sums: FloatArray) -> FloatArray:
    """欧米伽比率"""
    return over(sums[:, k.ABOVE], sums[:, k.BELOW])


def beta(pair: FloatArray) -> FloatArray:
    """贝塔; NaN where the benchmark does not move."""
    moves = np.sqrt(pair[:, k.BENCH_SQUARES]) > NOTHING
    return divided(pair[:, k.PRODUCT], pair[:, k.BENCH_SQUARES], moves)


def correlation(pair: FloatArray) -> FloatArray:
    """相关系数, kept within ±1; NaN where either side does not move."""
    product = np.sqrt(pair[:, k.JOINT_SQUARES]) * np.sqrt(pair[:, k.BENCH_SQUARES])
    there = (np.sqrt(pair[:, k.JOINT_SQUARES]) > NOTHING) & (np.sqrt(pair[:, k.BENCH_SQUARES]) > NOTHING)
    ratio: FloatArray = np.clip(divided(pair[:, k.PRODUCT], product, there), -1.0, 1.0)
    return ratio


def alpha(
    annual: FloatArray, annual_bench: FloatArray, risk_free: FloatArray, slope: FloatArray
) -> FloatArray:
    """詹森阿尔法, of annualised returns."""
    left: FloatArray = annual - risk_free - slope * (annual_bench - risk_free)
    return left


def tracking_error(pair: FloatArray, periods_per_year: float) -> FloatArray:
    """跟踪误差"""
    return spread(pair[:, k.ACTIVE_SQUARES], pair[:, k.JOINT_N], periods_per_year)


def information_ratio(annual: FloatArray, annual_bench: FloatArray, error: FloatArray) -> FloatArray:
    """信息比率"""
    return over(annual - annual_bench, error)


def treynor(annual: FloatArray, risk_free: FloatArray, slope: FloatArray) -> FloatArray:
    """特雷诺比率; NaN where beta is not above 0, since its order would turn round."""
    ratio = over(annual - risk_free, slope)
    return np.where(slope > 0, ratio, np.nan)


def capture(growth: FloatArray, bench_growth: FloatArray) -> FloatArray:
    """捕获率: what the account compounded to over what the benchmark did in the same periods."""
    return over(growth - 1, bench_growth - 1)
