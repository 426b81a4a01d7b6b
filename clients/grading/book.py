"""Grades of the book as they stand on a day: each client's newest row on file, and what is in force by review.

A scheme that needs a review has the grade that was approved; all others have what the engine gave. Where no grade of a
scheme was ever approved, the whole scheme is shown as computed, and `basis` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
from sqlmodel import Session

from clients.grading.engine import GradeArray
from clients.grading.features import FEATURES, Values
from clients.grading.problems import check_come
from clients.grading.repository import GradeRepository
from clients.grading.review.problems import NothingGraded
from clients.grading.review.repository import ReviewRepository
from clients.grading.review.rules import reviewed_schemes
from clients.grading.review.types import ReviewScheme
from clients.grading.schemes import NO_GRADE
from clients.grading.service import FLOAT
from clients.grading.tables import GradeRunRow
from kit.access import Scope
from kit.labels import Labelled
from kit.problems import BadInput
from market.types import BoolArray, FloatArray, IntArray

NOT_GRADED: Final = "不评"
ASSETS: Final = ("assets", "assets_quarter")
"""What a client has with the firm: the newest known of these."""


class Basis(Labelled):
    """等级的依据"""

    ENGINE = "ENGINE", "系统评定"
    REVIEW = "REVIEW", "评定批准"
    PENDING = "PENDING", "系统评定，尚无批准的等级"


@dataclass(frozen=True)
class BookGrades:
    """n clients on a day, by client number. grades: by scheme the place of each one's class, NO_GRADE for none."""

    day: date
    run_day: date | None  # of the newest run; None where nothing was ever filed
    schemes: tuple[ReviewScheme, ...]
    client_id: IntArray
    client_no: tuple[str, ...]
    name: tuple[str, ...]
    since: tuple[date, ...]  # the day of each one's row: its features are of that day
    grades: Mapping[str, GradeArray]
    features: Mapping[str, FloatArray]
    basis: Mapping[str, Basis]
    effective: Mapping[str, BoolArray]  # by reviewed scheme: who has an approved grade

    def __len__(self) -> int:
        return len(self.client_no)

    def scheme(self, code: str) -> ReviewScheme | None:
        return next((one for one in self.schemes if one.code == code), None)

    def codes(self, scheme: str) -> list[str | None]:
        found = self.scheme(scheme)
        assert found is not None
        names = [code for code, _ in found.classes]
        return [None if place == NO_GRADE else names[place] for place in self.grades[scheme].tolist()]

    @property
    def assets(self) -> FloatArray:
        """Yuan, (n,), NaN where unknown; of the day on which the client's grades last changed."""
        found = np.full(len(self), np.nan)
        for name in ASSETS:
            column = self.features.get(name)
            if column is not None:
                found = np.where(np.isnan(found), column, found)
        return found

    def with_assets(self, assets: FloatArray) -> BookGrades:
        return replace(self, features={**self.features, ASSETS[0]: assets})

    def known_features(self, place: int) -> dict[str, float]:
        """The features of one client that are known."""
        told = {name: float(column[place]) for name, column in self.features.items()}
        return {name: value for name, value in told.items() if not np.isnan(value)}

    def values(self, place: int) -> Values:
        """The features of one client as they were filed, for an explanation."""
        columns = {name: column[place : place + 1] for name, column in self.features.items() if name in FEATURES}
        return Values(self.since[place], (self.client_no[place],), columns)


def no_book(day: date) -> BookGrades:
    return BookGrades(day, None, (), np.empty(0, dtype=np.int64), (), (), (), {}, {}, {}, {})


class StandingGrades:
    """Grades as they stand, within a scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._today = scope.day
        self._grades = GradeRepository(session, scope)
        self._reviews = ReviewRepository(session, scope)

    def days(self) -> list[date]:
        """Days that are on file, the newest first."""
        return self._grades.run_days()

    def asked(self, day: date, *, engine: bool = False) -> BookGrades:
        """The book on a day that a reader names. Raises DayAhead."""
        check_come(day, self._today)
        return self.on(day, engine=engine)

    def between(self, first: date, last: date, *, engine: bool = False) -> tuple[BookGrades, BookGrades]:
        """The book on two days that a reader names, to be compared. Raises BadInput, DayAhead, NothingGraded."""
        if first >= last:
            raise BadInput(f"起始日 {first} 应早于截止日 {last}")
        found = self.asked(first, engine=engine), self.asked(last, engine=engine)
        for book in found:
            if book.run_day is None:
                raise NothingGraded(f"{book.day} 及以前还没有登记过分级；请改为第一次登记以后的日子")
        return found

    def on(self, day: date, *, engine: bool = False) -> BookGrades:
        """The book on a day. engine: only what was computed, approved or not."""
        run = self._grades.run_on(day)
        if run is None:
            return no_book(day)
        book = self._computed(day, run)
        return book if engine else self._in_force(book)

    def _computed(self, day: date, run: GradeRunRow) -> BookGrades:
        rows = self._grades.grades_on(day)
        runs = self._grades.runs(sorted({row[3] for row in rows}))
        schemes = scheme_heads(run.schemes)
        names = [one["name"] for one in run.features]
        grades = np.full((len(schemes), len(rows)), NO_GRADE, dtype=np.int8)
        features = np.full((len(names), len(rows)), np.nan)
        by_run: dict[int, list[int]] = {}
        for place, row in enumerate(rows):
            by_run.setdefault(row[3], []).append(place)
        for number, places in by_run.items():
            _read(runs[number], rows, places, schemes, names, grades, features)
        return BookGrades(
            day, run.day, schemes, np.array([row[0] for row in rows], dtype=np.int64), tuple(row[1] for row in rows),
            tuple(row[2] for row in rows), tuple(row[4] for row in rows),
            {one.code: grades[at] for at, one in enumerate(schemes)},
            {name: features[at] for at, name in enumerate(names)},
            {one.code: Basis.ENGINE for one in schemes}, {},
        )  # fmt: skip

    def _in_force(self, book: BookGrades) -> BookGrades:
        needing = [code for code in reviewed_schemes(book.day) if code in book.grades]
        approved = self._reviews.in_force(book.day)
        grades, basis, effective = dict(book.grades), dict(book.basis), {}
        place = {int(one): at for at, one in enumerate(book.client_id)}
        for code in needing:
            scheme = book.scheme(code)
            assert scheme is not None
            order = {name: at for at, (name, _) in enumerate(scheme.classes)}
            found = np.full(len(book), NO_GRADE, dtype=np.int8)
            has = np.zeros(len(book), dtype=np.bool_)
            for client, by_scheme in approved.items():
                if code in by_scheme and client in place:
                    has[place[client]] = True
                    found[place[client]] = order.get(by_scheme[code].grade or "", NO_GRADE)
            effective[code] = has
            basis[code] = Basis.REVIEW if has.any() else Basis.PENDING
            grades[code] = found if has.any() else book.grades[code]
        return replace(book, grades=grades, basis=basis, effective=effective)


def scheme_heads(told: list[Any]) -> tuple[ReviewScheme, ...]:
    """Schemes as a run keeps them."""
    return tuple(
        ReviewScheme(one["code"], one["title"], one["version"], tuple((code, label) for code, label in one["classes"]))
        for one in told
    )


def _read(
    run: GradeRunRow, rows: list[Any], places: list[int], schemes: tuple[ReviewScheme, ...], names: list[str],
    grades: np.ndarray, features: np.ndarray,
) -> None:  # fmt: skip
    """The rows of one run into the columns of the book; classes are told by their codes."""
    own = np.frombuffer(b"".join(rows[at][5] for at in places), dtype=np.int8).reshape(len(places), -1)
    numbers = np.frombuffer(b"".join(rows[at][6] for at in places), dtype=FLOAT).reshape(len(places), -1)
    known = {one["code"]: at for at, one in enumerate(run.schemes)}
    for row, scheme in enumerate(schemes):
        at = known.get(scheme.code)
        if at is None:
            continue
        order = {code: place for place, (code, _) in enumerate(scheme.classes)}
        # one place more: NO_GRADE is -1 and finds the last
        into = np.array([*(order.get(code, NO_GRADE) for code, _ in run.schemes[at]["classes"]), NO_GRADE])
        grades[row, places] = into[own[:, at]]
    told = {one["name"]: at for at, one in enumerate(run.features)}
    for row, name in enumerate(names):
        if name in told:
            features[row, places] = numbers[:, told[name]]
