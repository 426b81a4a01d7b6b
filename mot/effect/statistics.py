"""比较的统计: difference of two shares or two means with its interval, the smallest visible effect, the test of the
groups' sizes. Pure; every argument may be an array, for one definition serves one comparison and thousands.

- Shares: Newcombe (1998, Statistics in Medicine 17:873-890, method 10): the two Wilson intervals put together. It
  stays within [-1, 1], and holds its level with few clients and shares near 0 or 1.
- Means: Welch (1947): unequal variances, degrees of freedom by Satterthwaite. Needs two clients in each group.
- CUPED (Deng, Xu, Kohavi, Walker 2013, WSDM): less the part that the same figure of the time before explains; the
  slope is pooled within the groups, so that an effect is never taken for a slope.
- Smallest visible effect: (z of level + z of power) standard errors of the difference.
- Sizes of the groups: exact two-sided binomial test, twice the smaller tail (at most 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from market.types import FloatArray

NEWCOMBE: Final = "Newcombe 区间"
WELCH: Final = "Welch 区间"
CUPED: Final = "Welch 区间，经前期数据调整（CUPED）"
LEAST_FOR_MEAN: Final = 2


@dataclass(frozen=True)
class Gap:
    """Differences of the first group from the second, each with its interval; NaN where a group is too small."""

    value: Any
    low: Any
    high: Any


def z_of(level: ArrayLike) -> Any:
    """The two-sided normal quantile: 1.96 of 0.95."""
    return special.ndtri(0.5 + np.asarray(level, dtype=np.float64) / 2)


def wilson(hits: ArrayLike, n: ArrayLike, level: ArrayLike) -> tuple[Any, Any]:
    """The ends of Wilson's score interval of a share; NaN without a client."""
    k, m, z = (np.asarray(one, dtype=np.float64) for one in (hits, n, z_of(level)))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = k / m
        centre, scale = share + z * z / (2 * m), 1 + z * z / m
        half = z * np.sqrt(share * (1 - share) / m + z * z / (4 * m * m))
        low, high = (centre - half) / scale, (centre + half) / scale
    return np.where(k == 0, np.where(m > 0, 0.0, np.nan), low), np.where(k == m, np.where(m > 0, 1.0, np.nan), high)


def newcombe(hits: ArrayLike, n: ArrayLike, other_hits: ArrayLike, other_n: ArrayLike, level: ArrayLike) -> Gap:
    """Difference of two independent shares."""
    a, m, b, k = (np.asarray(one, dtype=np.float64) for one in (hits, n, other_hits, other_n))
    (low_a, high_a), (low_b, high_b) = wilson(a, m, level), wilson(b, k, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = a / m, b / k
    value = p - q
    low = value - np.sqrt((p - low_a) ** 2 + (high_b - q) ** 2)
    high = value + np.sqrt((high_a - p) ** 2 + (q - low_b) ** 2)
    return Gap(value, low, high)


def welch(
    mean: ArrayLike, variance: ArrayLike, n: ArrayLike, other_mean: ArrayLike, other_variance: ArrayLike,
    other_n: ArrayLike, level: ArrayLike,
) -> Gap:  # fmt: skip
    """Difference of two means from sample variances (with n - 1). Where nothing varies the interval is the value."""
    m, k = np.asarray(n, dtype=np.float64), np.asarray(other_n, dtype=np.float64)
    value = np.asarray(mean, dtype=np.float64) - np.asarray(other_mean, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = np.asarray(variance, dtype=np.float64) / m, np.asarray(other_variance, dtype=np.float64) / k
        freedom = (a + b) ** 2 / (a * a / (m - 1) + b * b / (k - 1))
        half = special.stdtrit(freedom, 0.5 + np.asarray(level, dtype=np.float64) / 2) * np.sqrt(a + b)
    half = np.where(a + b == 0, 0.0, half)
    enough = (m >= LEAST_FOR_MEAN) & (k >= LEAST_FOR_MEAN)
    return Gap(value, np.where(enough, value - half, np.nan), np.where(enough, value + half, np.nan))


def welch_of(values: FloatArray, others: FloatArray, level: float) -> Gap:
    """The same from the figures themselves, along the last axis."""
    return welch(
        values.mean(axis=-1), values.var(axis=-1, ddof=1), values.shape[-1],
        others.mean(axis=-1), others.var(axis=-1, ddof=1), others.shape[-1], level,
    )  # fmt: skip


def cuped(
    values: FloatArray, before: FloatArray, others: FloatArray, others_before: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Figures of both groups less what the time before explains, along the last axis. Without variation before, as
    they were. The mean over both groups stays what it was."""
    own, theirs = _centred(before), _centred(others_before)
    spread = (own * own).sum(axis=-1) + (theirs * theirs).sum(axis=-1)
    shared = (own * _centred(values)).sum(axis=-1) + (theirs * _centred(others)).sum(axis=-1)
    slope = np.divide(shared, spread, out=np.zeros_like(np.asarray(spread)), where=np.asarray(spread) > 0)
    whole = np.concatenate([before, others_before], axis=-1).mean(axis=-1)
    slope, whole = np.asarray(slope)[..., None], np.asarray(whole)[..., None]
    return values - slope * (before - whole), others - slope * (others_before - whole)


def _centred(values: FloatArray) -> FloatArray:
    return np.asarray(values - values.mean(axis=-1, keepdims=True))


def smallest_share(share: ArrayLike, n: ArrayLike, other_n: ArrayLike, level: float, power: float) -> Any:
    """The difference of shares that would be seen with this power, where both groups have about this share."""
    p = np.asarray(share, dtype=np.float64)
    return _steps(level, power) * np.sqrt(p * (1 - p) * _halves(n, other_n))


def smallest_mean(
    variance: ArrayLike, n: ArrayLike, other_variance: ArrayLike, other_n: ArrayLike, level: float, power: float
) -> Any:
    """The difference of means that would be seen with this power."""
    a = np.asarray(variance, dtype=np.float64) / np.asarray(n, dtype=np.float64)
    b = np.asarray(other_variance, dtype=np.float64) / np.asarray(other_n, dtype=np.float64)
    return _steps(level, power) * np.sqrt(a + b)


def _steps(level: float, power: float) -> float:
    return float(z_of(level) + special.ndtri(power))


def _halves(n: ArrayLike, other_n: ArrayLike) -> Any:
    with np.errstate(divide="ignore"):
        return 1 / np.asarray(n, dtype=np.float64) + 1 / np.asarray(other_n, dtype=np.float64)


def ratio_p(held: ArrayLike, n: ArrayLike, share: ArrayLike) -> Any:
    """Whether so many of n clients in the holdout fit its share: the p of the exact binomial test."""
    k, m = np.asarray(held, dtype=np.float64), np.asarray(n, dtype=np.float64)
    p = np.asarray(share, dtype=np.float64)
    at_most = special.bdtr(k, m.astype(np.int64), p)
    below = np.where(k > 0, special.bdtr(np.maximum(k - 1, 0), m.astype(np.int64), p), 0.0)
    return np.minimum(1.0, 2 * np.minimum(at_most, 1 - below))
