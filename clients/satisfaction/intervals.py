"""满意率 and 净推荐值 with their confidence intervals. Pure; arrays in, one result a group.

满意率 (CSAT): the share of answers of 4 or 5 on the scale of 1 to 5; interval by Wilson (1927), which stays within
[0, 1] and holds its level for small groups. 净推荐值 (NPS): share of 9 and 10 less share of 0 to 6; interval by the
adjusted Wald method of Rocks (2016, The American Statistician 70(4), arXiv 1601.07235): three answers are added, 3/4
for, 3/4 against, 3/2 between, and the variance of the difference of two shares of one multinomial is taken. Both are
two-sided. They treat the answers as a random sample; who did not answer is not in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

import numpy as np

from market.types import FloatArray, IntArray

SATISFIED: Final = 4
PROMOTER: Final = 9
PASSIVE: Final = 7
_ADDED: Final = 3.0
_ADDED_EACH: Final = 0.75


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share or difference of shares with its interval, of n answers; all None of none. Ratios, not percent."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class GroupResult:
    """One group of a round: 满意率, 净推荐值, mean score (1 to 5)."""

    key: str
    label: str
    satisfied: Estimate
    promoters: Estimate
    mean: float | None


def z_of(level: float) -> float:
    """The two-sided normal quantile: 1.96 of 0.95. Raises ValueError outside (0, 1)."""
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(hits: int, n: int, level: float) -> Estimate:
    """A share with Wilson's score interval; without an answer nothing."""
    if n == 0:
        return Estimate(None, None, None, 0)
    z, share = z_of(level), hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    high = 1.0 if hits == n else min(1.0, centre + half)
    return Estimate(share, low, high, n)


def net_promoters(promoters: int, detractors: int, n: int, level: float) -> Estimate:
    """Promoters' share less detractors', with the adjusted Wald interval, cut at -1 and 1; without an answer nothing.

    The value is that of the answers themselves; the interval is centred on the one with the three added answers.
    """
    if n == 0:
        return Estimate(None, None, None, 0)
    total = n + _ADDED
    up, down = (promoters + _ADDED_EACH) / total, (detractors + _ADDED_EACH) / total
    half = z_of(level) * sqrt((up + down - (up - down) ** 2) / total)
    value = (promoters - detractors) / n
    low, high = max(-1.0, up - down - half), min(1.0, up - down + half)
    return Estimate(value, min(low, value), max(high, value), n)


def results(
    score: IntArray, recommend: FloatArray, group: IntArray, labels: list[tuple[str, str]], level: float
) -> list[GroupResult]:
    """One result for each group, in their order.

    score: (n,) 1 to 5. recommend: (n,) 0 to 10, NaN where not answered. group: (n,) place in `labels` (key, label).
    """
    size = len(labels)
    answered = ~np.isnan(recommend)
    counted = np.bincount(group, minlength=size)
    hits = np.bincount(group[score >= SATISFIED], minlength=size)
    total = np.bincount(group, weights=score.astype(np.float64), minlength=size)
    with_word = np.bincount(group[answered], minlength=size)
    up = np.bincount(group[answered & (recommend >= PROMOTER)], minlength=size)
    down = np.bincount(group[answered & (recommend < PASSIVE)], minlength=size)
    return [
        GroupResult(
            key, label, wilson(int(hits[at]), int(counted[at]), level),
            net_promoters(int(up[at]), int(down[at]), int(with_word[at]), level),
            float(total[at] / counted[at]) if counted[at] else None,
        )
        for at, (key, label) in enumerate(labels)
    ]  # fmt: skip
