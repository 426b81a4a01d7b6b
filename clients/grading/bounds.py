"""Intervals with their inclusivity written, and the cells into which their bounds cut an axis.

A file says `from` (以上, 达到: the number belongs), `above` (超过: it does not), `to` (以下（含）: it belongs), `below`
(不满, 低于: it does not), or `is` (exactly).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from market.types import BoolArray, FloatArray

BOUND_WORDS: Final = ("from", "above", "to", "below", "is")


class BadBounds(ValueError):
    """Words or numbers that make no interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers between two bounds, each inside or not; an infinite bound is an open end."""

    low: float = -math.inf
    low_in: bool = False
    high: float = math.inf
    high_in: bool = False

    def holds(self, values: FloatArray) -> BoolArray:
        """Whether each value lies inside, same shape; NaN lies nowhere."""
        above = values >= self.low if self.low_in else values > self.low
        under = values <= self.high if self.high_in else values < self.high
        # an open end takes infinity too, so that only NaN lies nowhere
        above = above | (values == self.low) if math.isinf(self.low) else above
        under = under | (values == self.high) if math.isinf(self.high) else under
        found: BoolArray = above & under
        return found

    @property
    def bounds(self) -> tuple[float, ...]:
        return tuple(sorted({bound for bound in (self.low, self.high) if math.isfinite(bound)}))


def interval_of(raw: Mapping[str, Any]) -> Interval:
    """The interval that the words say. Raises BadBounds for an empty one, two words for one side, or no number."""
    given = {word: _number(word, raw[word]) for word in BOUND_WORDS if word in raw}
    if not given:
        raise BadBounds(f"缺少界限（{'、'.join(BOUND_WORDS)} 之一）")
    if "is" in given:
        if len(given) > 1:
            raise BadBounds("is 不能与其他界限同用")
        return Interval(given["is"], True, given["is"], True)
    for pair in (("from", "above"), ("to", "below")):
        if all(word in given for word in pair):
            raise BadBounds(f"{pair[0]} 与 {pair[1]} 只能写一个")
    found = Interval(
        given.get("from", given.get("above", -math.inf)), "from" in given,
        given.get("to", given.get("below", math.inf)), "to" in given,
    )  # fmt: skip
    if found.low > found.high or (found.low == found.high and not (found.low_in and found.high_in)):
        raise BadBounds(f"区间是空的：{found.low:g} 至 {found.high:g}")
    return found


def _number(word: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadBounds(f"{word} 须为数字：{value!r}")
    return float(value)


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of an axis on which no bound lies, or a bound alone; `value` stands for all of it."""

    value: float
    within: Interval


def cells_of(
    intervals: Iterable[Interval], *, least: float = -math.inf, most: float = math.inf, whole: bool = False
) -> tuple[Cell, ...]:
    """The cells of an axis from `least` to `most`, ascending; on a whole axis each holds a whole number."""
    cuts = sorted({bound for one in intervals for bound in one.bounds} | {x for x in (least, most) if math.isfinite(x)})
    cuts = [cut for cut in cuts if least <= cut <= most]
    edges = [-math.inf, *cuts, math.inf]
    found: list[Cell] = []
    for low, high in pairwise(edges):
        if math.isfinite(low):
            found.append(Cell(low, Interval(low, True, low, True)))
        if low >= most or high <= least:
            continue
        found.append(Cell(_between(low, high, whole), Interval(low, False, high, False)))
    if whole:
        found = [one for one in found if one.value == math.floor(one.value) and one.within.low <= one.value
                 and one.value <= one.within.high and _inside(one)]  # fmt: skip
    return tuple(found)


def _inside(cell: Cell) -> bool:
    within = cell.within
    return (cell.value > within.low or within.low_in) and (cell.value < within.high or within.high_in)


def _between(low: float, high: float, whole: bool) -> float:
    """A number strictly between; on a whole axis the first one above `low`, which may not lie below `high`."""
    if math.isinf(low) and math.isinf(high):
        return 0.0
    if math.isinf(low):
        return math.ceil(high) - 1.0 if whole else high - 1.0
    if math.isinf(high):
        return math.floor(low) + 1.0 if whole else low + 1.0
    return math.floor(low) + 1.0 if whole else (low + high) / 2
