"""What is missing to a better class: the engine itself, asked again with one thing changed.

What is shown was tried: with that one value changed, all else as it is, the engine gives the better class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import ceil, floor
from typing import Final

import numpy as np

from clients.grading.bounds import Cell, Interval
from clients.grading.cells import axis_cells, axis_name, cells_of_scheme
from clients.grading.engine import axis_values, decide
from clients.grading.features import FEATURES, Unit, Values
from clients.grading.schemes import NO_GRADE, Axis, GradeClass, Measure, Other, Scheme, Score
from market.types import FloatArray

MOST_TRIED: Final = 50_000


@dataclass(frozen=True, slots=True)
class Move:
    """One value that would have to change. needed: the bound; `inside` whether reaching it is enough.

    For another scheme `now` and `needed` are None and the words say the classes.
    """

    name: str
    label: str
    unit: str
    now: float | None
    needed: float | None
    inside: bool
    upward: bool
    words: str

    @property
    def gap(self) -> float | None:
        return None if self.now is None or self.needed is None else abs(self.needed - self.now)


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next class and the ways to it. together: all moves at once; else each alone is enough."""

    to: GradeClass
    moves: tuple[Move, ...]
    together: bool = False


def next_step(
    scheme: Scheme, one: Values, axes: list[FloatArray], got: int, schemes: Mapping[str, Scheme]
) -> NextStep | None:
    """The nearest better class that one change reaches; else the fewest changes together."""
    if any(np.isnan(axis[0]) for axis in axes):
        return None
    classes = {code: len(schemes[code].classes) for code in scheme.others}
    cells = cells_of_scheme(scheme, classes)
    ways: list[tuple[int, Move]] = []
    for place, axis in enumerate(scheme.axes):
        ways += _along(scheme, axes, place, cells[place], got, schemes)
        if isinstance(axis, Score):
            ways += _by_factors(scheme, axis, one, got)
    if ways:
        nearest = max(grade for grade, _ in ways)
        return NextStep(scheme.classes[nearest], tuple(move for grade, move in ways if grade == nearest))
    return _together(scheme, axes, cells, got, schemes)


def _along(
    scheme: Scheme, axes: list[FloatArray], place: int, cells: tuple[Cell, ...], got: int,
    schemes: Mapping[str, Scheme],
) -> Iterator[tuple[int, Move]]:  # fmt: skip
    """Better classes by a change on one axis alone: the nearest cell upward and downward of each class."""
    now = float(axes[place][0])
    tried = [np.repeat(axis, len(cells)) for axis in axes]
    tried[place] = np.array([cell.value for cell in cells])
    reached = decide(scheme, tried).tolist()
    at = next(i for i, cell in enumerate(cells) if cell.within.holds(np.array([now]))[0])
    for upward, order in ((True, range(at + 1, len(cells))), (False, range(at - 1, -1, -1))):
        seen: set[int] = set()
        for i in order:
            if NO_GRADE != reached[i] < got and reached[i] not in seen:
                seen.add(reached[i])
                yield reached[i], _move(scheme.axes[place], now, cells[i], upward, schemes)


def _by_factors(scheme: Scheme, axis: Score, one: Values, got: int) -> Iterator[tuple[int, Move]]:
    """Better classes by one feature alone that earns more points or loses fewer."""
    for factor in (*axis.factors, *axis.deductions):
        now = float(one.column(factor.feature)[0])
        if np.isnan(now):
            continue
        alone = Measure((factor.feature,))
        cells = axis_cells(alone, [interval for interval, _ in factor.rows])
        tried = one.at(np.zeros(len(cells), dtype=np.int64))
        changed = {**tried.columns, factor.feature: np.array([cell.value for cell in cells])}
        reached = decide(scheme, [axis_values(axis, replace(tried, columns=changed), {})]).tolist()
        at = next(i for i, cell in enumerate(cells) if cell.within.holds(np.array([now]))[0])
        for upward, order in ((True, range(at + 1, len(cells))), (False, range(at - 1, -1, -1))):
            nearest = next((i for i in order if NO_GRADE != reached[i] < got), None)
            if nearest is not None:
                yield reached[nearest], _move(alone, now, cells[nearest], upward, {})


def _together(
    scheme: Scheme, axes: list[FloatArray], cells: list[tuple[Cell, ...]], got: int, schemes: Mapping[str, Scheme]
) -> NextStep | None:
    """The fewest axes that must change together, the nearest cells of them."""
    here = [next(i for i, cell in enumerate(own) if cell.within.holds(axis)[0])
            for axis, own in zip(axes, cells, strict=True)]  # fmt: skip
    places = list(product(*(range(len(own)) for own in cells)))
    if len(places) > MOST_TRIED:
        return None
    tried = [np.array([cells[k][spot[k]].value for spot in places]) for k in range(len(cells))]
    reached = decide(scheme, tried).tolist()
    better = [
        (sum(a != b for a, b in zip(spot, here, strict=True)), -grade,
         sum(abs(a - b) for a, b in zip(spot, here, strict=True)), spot, grade)
        for spot, grade in zip(places, reached, strict=True) if NO_GRADE != grade < got
    ]  # fmt: skip
    if not better:
        return None
    *_, spot, grade = min(better)
    moves = tuple(
        _move(scheme.axes[k], float(axes[k][0]), cells[k][spot[k]], spot[k] > here[k], schemes)
        for k in range(len(cells)) if spot[k] != here[k]
    )  # fmt: skip
    return NextStep(scheme.classes[grade], moves, together=True)


def _move(axis: Axis, now: float, cell: Cell, upward: bool, schemes: Mapping[str, Scheme]) -> Move:
    if isinstance(axis, Other):
        classes = schemes[axis.scheme].classes
        words = f"由{classes[int(now)].label}到{classes[int(cell.value)].label}"
        return Move(axis.scheme, schemes[axis.scheme].title, "", None, None, True, not upward, words)
    name, label, unit = _named(axis)
    within = cell.within
    if isinstance(axis, Measure) and len(axis.parts) == 1 and axis.divisor == 1 and FEATURES[axis.parts[0]].whole:
        within = Interval(cell.value, True, cell.value, True)
    bound = within.low if upward else within.high
    inside = within.low_in if upward else within.high_in
    if unit == Unit.FLAG.label:
        return Move(name, label, unit, now, bound, inside, upward, f"改为{said(bound, unit)}")
    word = ("达到" if inside else "超过") if upward else ("降至" if inside else "低于")
    return Move(name, label, unit, now, bound, inside, upward, f"{word} {said(bound, unit)}")


def _named(axis: Measure | Score) -> tuple[str, str, str]:
    if isinstance(axis, Score):
        return "score", "得分", Unit.SCORE.label
    if len(axis.parts) == 1:
        feature = FEATURES[axis.parts[0]]
        return feature.name, axis.label or feature.label, axis.unit or feature.unit.label
    return "sum", axis_name(axis), axis.unit or FEATURES[axis.parts[0]].unit.label


def said(value: float, unit: str, *, up: bool = False) -> str:
    """A number with its unit, as people read it. Money goes down to the cent (or `up`): no bound seems reached."""
    if unit == Unit.FLAG.label:
        return "是" if value else "否"
    if unit == Unit.RATIO.label:
        return f"{value * 100:,.2f}".rstrip("0").rstrip(".") + "%"
    if unit == Unit.YUAN.label:
        exact = round(value * 1_000_000) / 10_000  # hundredths of a yuan; the ledger knows no more than a millionth
        return f"{(ceil(exact) if up else floor(exact)) / 100:,.2f}".removesuffix(".00") + " 元"
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return f"百万分之 {text}" if unit == Unit.PPM.label else f"{text} {unit}".strip()
