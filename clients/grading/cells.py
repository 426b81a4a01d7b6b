"""A scheme looked at as a whole: every cell of its axes has exactly one row, every row some cell, and claims hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np

from clients.grading.bounds import Cell, Interval, cells_of
from clients.grading.engine import decide
from clients.grading.features import FEATURES
from clients.grading.schemes import Axis, Factor, Measure, Other, Row, Scheme, Score
from market.types import BoolArray, FloatArray, IntArray

MOST_CELLS: Final = 200_000


def axis_cells(axis: Measure | Score, intervals: Sequence[Interval]) -> tuple[Cell, ...]:
    """The cells into which these intervals cut an axis, from the least to the most that it can have."""
    if isinstance(axis, Measure):
        features = [FEATURES[name] for name in axis.parts]
        alone = len(features) == 1 and axis.divisor == 1
        return cells_of(
            intervals, least=sum(one.least for one in features) / axis.divisor,
            most=features[0].most if alone else np.inf, whole=alone and features[0].whole,
        )  # fmt: skip
    return cells_of(intervals)


def class_cells(classes: int) -> tuple[Cell, ...]:
    """One cell a class of another scheme."""
    return tuple(Cell(float(k), Interval(k, True, k, True)) for k in range(classes))


def cells_of_scheme(scheme: Scheme, classes: Mapping[str, int]) -> list[tuple[Cell, ...]]:
    """The cells of each axis. classes: number of classes by scheme."""
    found = []
    for place, axis in enumerate(scheme.axes):
        used = [one for row in scheme.rows for one in row.conditions.get(place, ())]
        found.append(class_cells(classes[axis.scheme]) if isinstance(axis, Other) else axis_cells(axis, used))
    return found


def space(cells: Sequence[tuple[Cell, ...]]) -> list[FloatArray]:
    """Every combination of cells as columns, one an axis."""
    grids = np.meshgrid(*(np.array([cell.value for cell in axis]) for axis in cells), indexing="ij")
    return [grid.ravel() for grid in grids]


def holding(row: Row, axes: Sequence[FloatArray]) -> BoolArray:
    """Where all conditions of a row hold."""
    found = np.ones(len(axes[0]), dtype=np.bool_)
    for axis, intervals in row.conditions.items():
        found &= np.any([one.holds(axes[axis]) for one in intervals], axis=0)
    return found


def faults(scheme: Scheme, classes: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) of every gap, overlap and row that nothing reaches."""
    cells = cells_of_scheme(scheme, classes)
    if np.prod([len(axis) for axis in cells], dtype=np.float64) > MOST_CELLS:
        yield scheme.rows[0].line, f"组合超过 {MOST_CELLS:,} 个，无法核对；请拆成几个方案再组合"
        return
    axes = space(cells)
    taken = np.full(len(axes[0]), -1)
    reached = np.zeros(len(scheme.rows), dtype=np.bool_)
    for place, row in enumerate(scheme.rows):
        holds = holding(row, axes)
        again = holds & (taken >= 0)
        if again.any() and row.conditions and not scheme.first_wins:
            at = int(np.flatnonzero(again)[0])
            yield row.line, f"与第 {scheme.rows[taken[at]].line} 行重叠，如 {described(scheme, cells, at)}"
        taken[holds & (taken < 0)] = place
        reached[place] = bool((taken == place).any())
    for place in np.flatnonzero(~reached).tolist():
        yield scheme.rows[place].line, "这一行永远轮不到：前面的行已全部覆盖，或条件不可能成立"
    missed = np.flatnonzero(taken < 0)
    if len(missed):
        yield scheme.rows[-1].line, f"有空缺，没有一行覆盖 {described(scheme, cells, int(missed[0]))}"


def described(scheme: Scheme, cells: Sequence[tuple[Cell, ...]], at: int) -> str:
    """A cell in words, by its place in `space`."""
    places = np.unravel_index(at, tuple(len(axis) for axis in cells))
    parts = []
    for axis, own, place in zip(scheme.axes, cells, places, strict=True):
        parts.append(f"{axis_name(axis)} {span(own[int(place)].within)}")
    return "，".join(parts)


def axis_name(axis: Axis) -> str:
    if isinstance(axis, Other):
        return axis.scheme
    if isinstance(axis, Score):
        return "得分"
    return axis.label or "+".join(axis.parts)


def span(within: Interval) -> str:
    """`= 5`, `> 5`, `> 5 且 < 10`"""
    if within.low == within.high:
        return f"= {within.low:g}"
    low = f"> {within.low:g}" if np.isfinite(within.low) else ""
    high = f"< {within.high:g}" if np.isfinite(within.high) else ""
    return " 且 ".join(part for part in (low, high) if part) or "任意值"


def factor_faults(factor: Factor, lines: Sequence[int]) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) of a factor's own bands: gaps and overlaps."""
    axis = Measure((factor.feature,))
    cells = axis_cells(axis, [interval for interval, _ in factor.rows])
    at = np.array([cell.value for cell in cells])
    holds = np.array([interval.holds(at) for interval, _ in factor.rows])
    for place in range(1, len(holds)):
        again = holds[place] & holds[:place].any(axis=0)
        if again.any():
            cell = cells[int(np.flatnonzero(again)[0])]
            before = lines[int(np.flatnonzero(holds[:place, np.flatnonzero(again)[0]])[0])]
            yield lines[place], f"与第 {before} 行重叠，如 {factor.feature} {span(cell.within)}"
    for place in np.flatnonzero(~holds.any(axis=1)).tolist():
        yield lines[place], "这一行不可能成立"
    missed = np.flatnonzero(~holds.any(axis=0))
    if len(missed):
        yield lines[-1], f"有空缺，没有一行覆盖 {factor.feature} {span(cells[int(missed[0])].within)}"


def broken_claims(scheme: Scheme, classes: Mapping[str, int]) -> Iterator[str]:
    """Names in `monotone` for which a better value can give a worse class."""
    cells = cells_of_scheme(scheme, classes)
    shape = tuple(len(axis) for axis in cells)
    found = decide(replace(scheme, applies=None), space(cells)).astype(np.int64).reshape(shape)
    for name, direction in scheme.monotone.items():
        for place, axis in enumerate(scheme.axes):
            if isinstance(axis, Score):
                wrong = _score_breaks(axis, name, direction) or _steps(found, place, 1)
                if name in {one.feature for one in (*axis.factors, *axis.deductions)} and wrong:
                    yield name
            elif (isinstance(axis, Measure) and name in axis.parts and _steps(found, place, direction)) or (
                isinstance(axis, Other) and axis.scheme == name and _steps(found, place, -direction)
            ):  # a lower place is a better class
                yield name


def _steps(found: IntArray, place: int, direction: int) -> bool:
    """Whether a step up (direction 1) along an axis anywhere makes the class worse."""
    change = np.diff(found, axis=place) * direction
    return bool((change > 0).any())


def _score_breaks(axis: Score, name: str, direction: int) -> bool:
    """Whether a step in the claimed direction anywhere loses points."""
    for sign, factors in ((1, axis.factors), (-1, axis.deductions)):
        for factor in factors:
            if factor.feature == name:
                worths = [worth for _, worth in sorted(factor.rows, key=lambda row: (row[0].low, row[0].high))]
                if any((after - before) * sign * direction < 0 for before, after in pairwise(worths)):
                    return True
    return False
