"""Why one client has a grade: the features with their days and points, the row that applied, or what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from clients.grading.engine import Graded, axis_values, points
from clients.grading.features import FEATURES, Values
from clients.grading.next_step import NextStep, next_step
from clients.grading.schemes import NO_GRADE, Axis, Factor, GradeClass, Measure, Other, Scheme, Score
from market.types import FloatArray


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a grade was made from. `reason` where it has no value; `counted_as` what counted instead.

    points without a weight are deducted.
    """

    name: str
    label: str
    value: float | None
    unit: str
    first: date | None
    last: date
    owner: str
    reason: str = ""
    counted_as: str = ""
    points: int | None = None
    weight: int | None = None


@dataclass(frozen=True)
class Explanation:
    """One client under one scheme."""

    client_no: str
    day: date
    scheme: Scheme
    grade: GradeClass | None
    facts: tuple[Fact, ...]
    parts: tuple[tuple[str, str, str], ...]  # of a cross: code, title, class in words
    measured: float | None  # the sum or the score that was compared
    line: int | None  # of the row that applied
    why_not: str  # where there is no grade
    next: NextStep | None


def explain(scheme: Scheme, values: Values, graded: Graded, schemes: Mapping[str, Scheme], place: int) -> Explanation:
    """The grade of the client at `place`, what made it, and what is missing to a better one."""
    one = values.at(np.array([place]))
    grades = {code: column[place : place + 1] for code, column in graded.grades.items()}
    axes = [axis_values(axis, one, grades) for axis in scheme.axes]
    got = int(grades[scheme.code][0])
    compared = axes[0][0] if scheme.kind in ("bands", "points") and _applies(scheme, one) else np.nan
    return Explanation(
        client_no=one.client_no[0], day=values.day, scheme=scheme, grade=scheme.class_of(got),
        facts=tuple(_facts(scheme, one)), parts=tuple(_parts(scheme, grades, schemes)),
        measured=None if np.isnan(compared) else float(compared),
        line=None if got == NO_GRADE else _line(scheme, axes), why_not=_why_not(scheme, one, grades, schemes, got),
        next=next_step(scheme, one, axes, got, schemes) if scheme.ordered and got > 0 else None,
    )  # fmt: skip


def _applies(scheme: Scheme, one: Values) -> bool:
    return scheme.applies is None or bool(scheme.applies_within.holds(one.column(scheme.applies.parts[0]))[0])


def _facts(scheme: Scheme, one: Values) -> Iterator[Fact]:
    factors: dict[str, Factor] = {}
    lost: tuple[Factor, ...] = ()
    counted: dict[str, str] = {}
    for axis in scheme.axes:
        if isinstance(axis, Score):
            lost = axis.deductions
            factors |= {factor.feature: factor for factor in (*axis.factors, *lost)}
        elif isinstance(axis, Measure):
            counted |= {name: f"按 {value:g} 计" for name, value in axis.missing.items()}
    for name in scheme.features:
        feature, value = FEATURES[name], float(one.column(name)[0])
        first, last = one.days_of(name)
        missing = bool(np.isnan(value))
        factor = factors.get(name)
        earned, known = points(factor, one.column(name)) if factor else (None, None)
        instead = counted.get(name, "")
        if factor and factor.missing is not None:
            instead = f"按 {factor.missing} 分计"
        elif factor and factor.optional:
            instead = "不计，其余因素按权重折算"
        yield Fact(
            name, feature.label, None if missing else value, feature.unit.label, first, last, feature.owner,
            one.reason(name) if missing else "", instead if missing else "",
            int(earned[0]) if earned is not None and known is not None and known[0] else None,
            factor.weight if factor and factor not in lost else None,
        )  # fmt: skip


def _parts(
    scheme: Scheme, grades: Mapping[str, Any], schemes: Mapping[str, Scheme]
) -> Iterator[tuple[str, str, str]]:
    for axis in scheme.axes:
        if isinstance(axis, Other):
            other = schemes[axis.scheme]
            found = other.class_of(int(grades[axis.scheme][0]))
            without = "不评"
            if found is None and axis.missing_place is not None:
                without = f"不评，按{other.classes[axis.missing_place].label}计"
            yield other.code, other.title, without if found is None else found.label


def _line(scheme: Scheme, axes: list[FloatArray]) -> int:
    """The line of the row that took the client."""
    for row in scheme.rows:
        if all(any(one.holds(axes[axis])[0] for one in intervals) for axis, intervals in row.conditions.items()):
            return row.line
    return scheme.rows[-1].line


def _why_not(
    scheme: Scheme, one: Values, grades: Mapping[str, Any], schemes: Mapping[str, Scheme], got: int
) -> str:
    if got != NO_GRADE:
        return ""
    if scheme.applies is not None and not _applies(scheme, one):
        return f"本方案不适用：{FEATURES[scheme.applies.parts[0]].label}不符"
    told = []
    for axis in _blocking(scheme, one, grades):
        if isinstance(axis, Other):
            told.append(f"{schemes[axis.scheme].title}不评")
            continue
        missing = [name for name in _needed(axis) if np.isnan(one.column(name)[0])]
        told += [f"缺{FEATURES[name].label}（{one.reason(name)}）" for name in missing]
        if isinstance(axis, Score) and not missing:
            told.append(f"已知因素的权重不到 {axis.known_at_least}%")
    return "；".join(told)


def _blocking(scheme: Scheme, one: Values, grades: Mapping[str, Any]) -> list[Axis]:
    """The unknown axes of the first row that may hold and is not known to."""
    axes = [axis_values(axis, one, grades) for axis in scheme.axes]
    for row in scheme.rows:
        unknown = [place for place in row.conditions if np.isnan(axes[place][0])]
        known = [place for place in row.conditions if place not in unknown]
        if unknown and all(any(i.holds(axes[place])[0] for i in row.conditions[place]) for place in known):
            return [scheme.axes[place] for place in unknown]
    return []


def _needed(axis: Measure | Score) -> list[str]:
    """Features without which an axis has no value."""
    if isinstance(axis, Measure):
        return [name for name in axis.parts if name not in axis.missing]
    factors = (*axis.factors, *axis.deductions)
    return [factor.feature for factor in factors if factor.missing is None and not factor.optional]
