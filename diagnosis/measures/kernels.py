"""The loops under the measures: one pass over each account's returns, compiled once.

Returns have shape (A, T), NaN outside an account's own window; what comes back has one row for each account.
The compiled function is bound to a typed name, because the compiler's decorator carries no types.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit

from market.types import FloatArray

N, GROWTH, MEAN, SQUARES, BELOW_SQUARES, ABOVE, BELOW, DRAWDOWN = range(8)
"""Columns of `moments`: count, product of 1 + r, mean, Σ(r − mean)², Σ min(r − m, 0)², Σ max(r − m, 0),
Σ max(m − r, 0), and the deepest fall from the running peak, the start at 1 included; m: acceptable return."""

(
    JOINT_N, JOINT_MEAN, BENCH_MEAN, BENCH_SQUARES, PRODUCT, JOINT_SQUARES, ACTIVE_MEAN, ACTIVE_SQUARES,
    BENCH_GROWTH, UP_N, UP_GROWTH, UP_BENCH, DOWN_N, DOWN_GROWTH, DOWN_BENCH,
) = range(15)  # fmt: skip
"""Columns of `joint`: over the periods where both returns are known; up and down: the benchmark's sign."""


def _moments(returns: FloatArray, acceptable: float) -> FloatArray:
    accounts, points = returns.shape
    out = np.zeros((accounts, 8))
    for a in range(accounts):
        count, total, growth, peak, deepest = 0, 0.0, 1.0, 1.0, 0.0
        below_squares, above, below = 0.0, 0.0, 0.0
        for t in range(points):
            r = returns[a, t]
            if np.isnan(r):
                continue
            count += 1
            total += r
            growth *= 1.0 + r
            peak = max(peak, growth)
            deepest = min(deepest, growth / peak - 1.0)
            over = r - acceptable
            if over > 0.0:
                above += over
            else:
                below -= over
                below_squares += over * over
        mean = total / count if count > 0 else np.nan
        squares = 0.0
        for t in range(points):
            r = returns[a, t]
            if not np.isnan(r):
                squares += (r - mean) * (r - mean)
        row = out[a]
        row[N], row[GROWTH], row[MEAN], row[SQUARES] = count, growth, mean, squares
        row[BELOW_SQUARES], row[ABOVE], row[BELOW], row[DRAWDOWN] = below_squares, above, below, deepest
    return out


def _tails(returns: FloatArray, share: float) -> FloatArray:
    accounts, points = returns.shape
    out = np.full((accounts, 2), np.nan)
    known = np.empty(points)
    for a in range(accounts):
        count = 0
        for t in range(points):
            if not np.isnan(returns[a, t]):
                known[count] = returns[a, t]
                count += 1
        if count == 0:
            continue
        place = share * (count - 1)
        low = int(place)
        smallest = np.sort(np.partition(known[:count], min(low + 1, count - 1))[: low + 2])
        high = smallest[min(low + 1, smallest.size - 1)]
        out[a, 0] = smallest[low] + (place - low) * (high - smallest[low])
        out[a, 1] = smallest[: low + 1].mean()
    return out


def _joint(returns: FloatArray, benchmark: FloatArray) -> FloatArray:
    accounts, points = returns.shape
    out = np.zeros((accounts, 15))
    for a in range(accounts):
        row = out[a]
        row[BENCH_GROWTH] = row[UP_GROWTH] = row[UP_BENCH] = row[DOWN_GROWTH] = row[DOWN_BENCH] = 1.0
        for t in range(points):
            r, b = returns[a, t], benchmark[t]
            if np.isnan(r) or np.isnan(b):
                continue
            row[JOINT_N] += 1
            row[JOINT_MEAN] += r
            row[BENCH_MEAN] += b
            row[BENCH_GROWTH] *= 1.0 + b
            if b > 0.0:
                row[UP_N] += 1
                row[UP_GROWTH] *= 1.0 + r
                row[UP_BENCH] *= 1.0 + b
            elif b < 0.0:
                row[DOWN_N] += 1
                row[DOWN_GROWTH] *= 1.0 + r
                row[DOWN_BENCH] *= 1.0 + b
        if row[JOINT_N] == 0:
            continue
        row[JOINT_MEAN] /= row[JOINT_N]
        row[BENCH_MEAN] /= row[JOINT_N]
        row[ACTIVE_MEAN] = row[JOINT_MEAN] - row[BENCH_MEAN]
        for t in range(points):
            r, b = returns[a, t], benchmark[t]
            if np.isnan(r) or np.isnan(b):
                continue
            row[BENCH_SQUARES] += (b - row[BENCH_MEAN]) ** 2
            row[PRODUCT] += (b - row[BENCH_MEAN]) * (r - row[JOINT_MEAN])
            row[JOINT_SQUARES] += (r - row[JOINT_MEAN]) ** 2
            row[ACTIVE_SQUARES] += (r - b - row[ACTIVE_MEAN]) ** 2
    return out


_moments_compiled: Callable[[FloatArray, float], FloatArray] = njit(cache=True)(_moments)
_tails_compiled: Callable[[FloatArray, float], FloatArray] = njit(cache=True)(_tails)
_joint_compiled: Callable[[FloatArray, FloatArray], FloatArray] = njit(cache=True)(_joint)


def moments(returns: FloatArray, acceptable: float = 0.0) -> FloatArray:
    """Counts and sums of each account's returns, shape (A, 8); the columns are named above."""
    return _moments_compiled(_plain(returns), float(acceptable))


def tails(returns: FloatArray, share: float) -> FloatArray:
    """Quantile `share` of each account's returns and the mean of those at or below it, shape (A, 2).

    Linear interpolation between order statistics; NaN where an account has no return.
    """
    return _tails_compiled(_plain(returns), float(share))


def joint(returns: FloatArray, benchmark: FloatArray) -> FloatArray:
    """Counts and sums of account and benchmark together, shape (A, 15); the columns are named above."""
    return _joint_compiled(_plain(returns), _plain(benchmark))


def _plain(values: FloatArray) -> FloatArray:
    return np.ascontiguousarray(values, dtype=np.float64)
