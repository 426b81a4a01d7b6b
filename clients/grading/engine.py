"""Grades of a batch by a scheme: one definition serves the book and a single client, a batch of one.

A missing value makes a condition unknown. A row is taken when all its conditions are known to hold; a client for whom
an earlier row may hold gets no grade. So a grade never depends on what is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from clients.grading.features import FEATURES, Unit, Values
from clients.grading.schemes import MILLION, NO_GRADE, Factor, Measure, Other, Scheme, Score
from market.types import BoolArray, FloatArray, IntArray

GradeArray: TypeAlias = NDArray[np.int8]


@dataclass(frozen=True)
class Graded:
    """Grades of n clients: by scheme, the place of each one's class, NO_GRADE where there is none."""

    grades: Mapping[str, GradeArray]

    def at(self, place: int) -> dict[str, int]:
        return {code: int(column[place]) for code, column in self.grades.items()}


def grade_all(schemes: Sequence[Scheme], values: Values) -> Graded:
    """Every scheme over every client. `schemes` stand so that each comes after those that it reads."""
    grades: dict[str, GradeArray] = {}
    for scheme in schemes:
        grades[scheme.code] = grade(scheme, values, grades)
    return Graded(grades)


def grade(scheme: Scheme, values: Values, others: Mapping[str, GradeArray]) -> GradeArray:
    """The place of each client's class, (n,); NO_GRADE where it is unknown or the scheme does not apply."""
    found = decide(scheme, [axis_values(axis, values, others) for axis in scheme.axes])
    if scheme.applies is not None:
        found[~scheme.applies_within.holds(measure(scheme.applies, values))] = NO_GRADE
    return found


def decide(scheme: Scheme, axes: Sequence[FloatArray]) -> GradeArray:
    """The class of each point in the space of the axes."""
    n = len(axes[0])
    found = np.full(n, NO_GRADE, dtype=np.int8)
    waiting = np.ones(n, dtype=np.bool_)
    unknown = [np.isnan(axis) for axis in axes]
    for row in scheme.rows:
        sure = waiting.copy()
        doubtful = np.zeros(n, dtype=np.bool_)
        for axis, intervals in row.conditions.items():
            holds = intervals[0].holds(axes[axis])
            for more in intervals[1:]:
                holds |= more.holds(axes[axis])
            doubtful |= unknown[axis]
            sure &= holds | unknown[axis]
        found[sure & ~doubtful] = row.grade
        waiting &= ~sure  # taken, or in doubt for good
    return found


def axis_values(axis: Measure | Score | Other, values: Values, others: Mapping[str, GradeArray]) -> FloatArray:
    """What each client has on an axis, (n,), NaN where unknown."""
    if isinstance(axis, Measure):
        return measure(axis, values)
    if isinstance(axis, Score):
        return score(axis, values)
    place = others[axis.scheme]
    without = np.nan if axis.missing_place is None else axis.missing_place
    return np.where(place == NO_GRADE, without, place.astype(np.float64))


def measure(wanted: Measure, values: Values) -> FloatArray:
    """The feature, or the sum over the divisor. Money is summed in whole millionths: no rounding before a bound."""
    columns = [_filled(values.column(name), wanted.missing.get(name)) for name in wanted.parts]
    if len(columns) == 1:
        return columns[0] if wanted.divisor == 1 else columns[0] / wanted.divisor
    if not all(FEATURES[name].unit is Unit.YUAN for name in wanted.parts):
        total: FloatArray = np.sum(columns, axis=0) / wanted.divisor
        return total
    unknown = np.isnan(columns[0])
    exact = np.zeros(len(values), dtype=np.int64)
    for column in columns:
        unknown = unknown | np.isnan(column)
        exact += np.rint(np.nan_to_num(column) * MILLION).astype(np.int64)
    return np.where(unknown, np.nan, exact / (MILLION * wanted.divisor))


def score(wanted: Score, values: Values) -> FloatArray:
    """Weighted mean of points less deductions, (n,); points and weights are whole, so a bound is met exactly."""
    n = len(values)
    earned, weight = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    refused = np.zeros(n, dtype=np.bool_)
    for factor in wanted.factors:
        got, known = points(factor, values.column(factor.feature))
        refused |= ~known & (not factor.optional)
        earned += np.where(known, got * factor.weight, 0)
        weight += np.where(known, factor.weight, 0)
    lost = np.zeros(n, dtype=np.int64)
    for factor in wanted.deductions:
        got, known = points(factor, values.column(factor.feature))
        refused |= ~known & (not factor.optional)
        lost += np.where(known, got, 0)
    whole = sum(factor.weight for factor in wanted.factors)
    refused |= (weight * 100 < wanted.known_at_least * whole) | (weight == 0)
    held = np.maximum(weight, 1)
    return np.where(refused, np.nan, (earned - lost * held) / held)


def points(factor: Factor, column: FloatArray) -> tuple[IntArray, BoolArray]:
    """Points of each client, and whether they are known."""
    known = ~np.isnan(column)
    got = np.zeros(len(column), dtype=np.int64)
    for interval, worth in factor.rows:
        if worth:
            got[interval.holds(column)] = worth
    if factor.missing is not None:
        got[~known] = factor.missing
        known = np.ones(len(column), dtype=np.bool_)
    return got, known


def _filled(column: FloatArray, missing: float | None) -> FloatArray:
    return column if missing is None else np.where(np.isnan(column), missing, column)
