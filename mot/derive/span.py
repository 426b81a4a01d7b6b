"""日子的区间, and what all derivations share. Days are ordinals; NO_DAY is not on file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from kit.rulebook import load_rulebook
from market.types import BoolArray, FloatArray, IntArray
from mot.events.columns import NO_DAY
from mot.events.kinds import FIRST_DAY


@dataclass(frozen=True, slots=True)
class Span:
    """Calendar days from `first` to `last`, both included; a single day is a span of one."""

    first: date
    last: date

    def holds(self, days: IntArray) -> BoolArray:
        return np.asarray((days >= self.first.toordinal()) & (days <= self.last.toordinal()))


def one_day(day: date) -> Span:
    return Span(day, day)


def limits(rule: str, day: date) -> Any:
    """The value of a rule of rules/derive.yaml on the day."""
    return load_rulebook("mot", "derive").on(f"DERIVE-{rule}", max(day, FIRST_DAY))


def later(days: IntArray, n: int) -> IntArray:
    """n calendar days later; what is not on file stays so."""
    return np.where(days == NO_DAY, NO_DAY, days + n)


def begun(on: BoolArray, quiet: int) -> BoolArray:
    """Where a state begins along time: it holds, and held on none of the `quiet` points before. Shape (N, T).

    The first `quiet` points begin nothing: what was before them is not known. So a day gives the same answer by
    itself (with its points before) as within a longer span.
    """
    total = np.cumsum(on, axis=1)
    fresh = np.zeros(on.shape, dtype=bool)
    if on.shape[1] > quiet:
        before: IntArray = total[:, quiet:] - on[:, quiet:]
        before[:, 1:] -= total[:, : -quiet - 1]
        fresh[:, quiet:] = on[:, quiet:] & (before == 0)
    return fresh


def shares(part: FloatArray, whole: FloatArray) -> FloatArray:
    """part / whole, NaN where the whole is not above 0."""
    out = np.full(np.broadcast(part, whole).shape, np.nan)
    return np.asarray(np.divide(part, whole, out=out, where=whole > 0))
