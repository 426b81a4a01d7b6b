"""A grading scheme as a value: classes, what is looked at, and rows of which one applies.

Bands, weighted points, rule tables and crosses of schemes are one thing: axes, and rows with intervals on them. Bands
have one axis; weighted points have one, the score; a table has an axis a feature, a cross an axis a scheme.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeAlias

from clients.grading.bounds import Interval

NO_GRADE: Final = -1
MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class GradeClass:
    """One class of a scheme: the code is stored, the label is shown."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A feature, or a sum of features over a divisor. missing: what counts for a part that is unknown."""

    parts: tuple[str, ...]
    divisor: float = 1.0
    label: str = ""
    unit: str = ""
    missing: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Factor:
    """A feature that earns points by where it lies. missing: points without a value; None leaves the factor out."""

    feature: str
    weight: int
    rows: tuple[tuple[Interval, int], ...]
    missing: int | None = None
    optional: bool = False  # may be left out; else a missing value withholds the score


@dataclass(frozen=True, slots=True)
class Score:
    """Weighted mean of points, less deductions. known_at_least: percent of the weight that must be known."""

    factors: tuple[Factor, ...]
    deductions: tuple[Factor, ...] = ()
    known_at_least: int = 0


@dataclass(frozen=True, slots=True)
class Other:
    """The class that another scheme gives, as its place there: 0 is the first, the best.

    missing: the class that counts for a client whom that scheme does not grade; its place once that is known.
    """

    scheme: str
    missing: str | None = None
    missing_place: int | None = None


Axis: TypeAlias = Measure | Score | Other


@dataclass(frozen=True, slots=True)
class NamedClass:
    """A class of another scheme by its code, until the schemes are put together and its place is known."""

    code: str


@dataclass(frozen=True, slots=True)
class Row:
    """A class and its conditions: by axis, the intervals of which one must hold. No condition: otherwise."""

    grade: int
    conditions: Mapping[int, tuple[Interval, ...]]
    line: int
    named: Mapping[int, tuple[NamedClass, ...]] = field(default_factory=dict)  # of a cross, until it is put together


@dataclass(frozen=True)
class Scheme:
    """One scheme as it stands on a day. `version` is the hash of its file."""

    code: str
    title: str
    source: str
    confirmed: bool
    read_on: date
    since: date
    version: str
    file: str
    classes: tuple[GradeClass, ...]  # the best first, where ordered
    ordered: bool
    kind: str  # bands, points, table, cross
    axes: tuple[Axis, ...]
    rows: tuple[Row, ...]
    first_wins: bool
    applies: Measure | None = None
    applies_within: Interval = field(default_factory=Interval)
    monotone: Mapping[str, int] = field(default_factory=dict)  # feature or scheme: +1 more is better, -1 worse
    note: str = ""

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features that it reads itself, each once."""
        names: list[str] = list(self.applies.parts) if self.applies else []
        for axis in self.axes:
            if isinstance(axis, Measure):
                names += axis.parts
            elif isinstance(axis, Score):
                names += [factor.feature for factor in (*axis.factors, *axis.deductions)]
        return tuple(dict.fromkeys(names))

    @property
    def others(self) -> tuple[str, ...]:
        """Codes of the schemes that it reads."""
        return tuple(axis.scheme for axis in self.axes if isinstance(axis, Other))

    def class_of(self, place: int) -> GradeClass | None:
        return None if place == NO_GRADE else self.classes[place]
