"""Between the years a grade moves only when the client is clearly elsewhere, so that nobody on a boundary flaps. Pure.

A scheme that compares one number: the class moves up only if the number less the margin is still in a better class, and
down only if the number plus the margin is still in a worse one. As long as the number stays within a stretch no wider
than the margin, the class moves at most once. Besides, the new class must have stood for some days.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from clients.grading.engine import GradeArray, axis_values, decide, grade
from clients.grading.features import Values
from clients.grading.review.rules import Hysteresis, on_a_scale
from clients.grading.schemes import NO_GRADE, Scheme
from market.types import FloatArray, IntArray


def settled(
    scheme: Scheme, rule: Hysteresis, values: Values, others: Mapping[str, GradeArray], held: GradeArray
) -> GradeArray:
    """The class of each client, (n,), given the one it holds (NO_GRADE: none). Unknown today: what is held stays."""
    now = grade(scheme, values, others)
    if not rule.margin or not on_a_scale(scheme):
        return np.where(now == NO_GRADE, held, now).astype(np.int8)
    return beyond(scheme, axis_values(scheme.axes[0], values, others), rule.margin, now, held)


def beyond(scheme: Scheme, number: FloatArray, margin: float, now: GradeArray, held: GradeArray) -> GradeArray:
    """`now` where the number lies beyond the bound by the margin on its side, else `held`."""
    tried = [now, *(decide(scheme, [number + step]) for step in (-margin, margin))]
    known = [np.where(one == NO_GRADE, now, one) for one in tried]
    best, worst = np.minimum.reduce(known), np.maximum.reduce(known)  # 0 is the best class
    moves = (worst < held) | (best > held) | (held == NO_GRADE)
    return np.where(moves & (now != NO_GRADE), now, held).astype(np.int8)


def held_long_enough(now: GradeArray, held: GradeArray, days_on_it: IntArray, hold_days: int) -> GradeArray:
    """`now` where it differs and has stood for `hold_days`, else `held`; without a held class `now`."""
    moves = (now != held) & ((days_on_it >= hold_days) | (held == NO_GRADE))
    return np.where(moves, now, held).astype(np.int8)
