"""Grades on file as they stand on a day, with the day since when: of one client, and of the book in arrays.

A grade that was approved by a review stands before the computed one. Both ways give the same for the same client.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlmodel import Session, col

from clients.grading.repository import GradeRepository
from clients.grading.review.repository import ReviewRepository
from clients.grading.review.rules import reviewed_schemes
from clients.grading.schemes import NO_GRADE
from clients.grading.service import past_grades
from clients.grading.tables import ClientGradeRow, GradeRunRow
from clients.service.earning import Standing
from clients.service.rules import earned_by
from clients.service.types import LEVELS, ServiceLevel
from clients.visibility import shown, visible_clients
from kit.access import Scope, everything
from market.types import IntArray

UNKNOWN = 0
"""No day: of arrays of day ordinals."""


def standings_of(session: Session, scope: Scope, client_id: int, client_no: str, day: date) -> dict[str, Standing]:
    """A client's class by scheme on the day; empty where it was never graded."""
    grades = GradeRepository(session, scope)
    rows = grades.history(client_no, day)
    runs = grades.runs(sorted({row.run_id for row in rows}))
    found: dict[str, Standing] = {}
    for row in rows:
        for one in past_grades(row, runs[row.run_id]):
            before = found.get(one.scheme)
            same = before is not None and before.code == one.code
            since = before.since if same and before is not None else one.day
            found[one.scheme] = Standing(one.scheme, one.title, one.code, one.label, since)
    approved = ReviewRepository(session, everything(day)).in_force(day, [client_id]).get(client_id, {})
    for scheme in reviewed_schemes(day):
        if scheme in approved and scheme in found:
            row_ = approved[scheme]
            found[scheme] = Standing(scheme, found[scheme].title, row_.grade, row_.label, row_.valid_from)
    return found


@dataclass(frozen=True, eq=False)
class BookLevels:
    """n clients by id: level as a place in LEVELS, since as a day ordinal, UNKNOWN where nothing earns more."""

    client_id: IntArray
    level: IntArray
    since: IntArray


class BookClasses:
    """Every client of a scope who was ever graded, by id, with its class in a scheme and the day since when."""

    def __init__(self, session: Session, scope: Scope, day: date) -> None:
        row = ClientGradeRow
        asked = (
            select(col(row.client_id), col(row.run_id), col(row.day), col(row.grades))
            .where(col(row.day) <= day, *shown(row.client_id, visible_clients, scope))
            .order_by(col(row.client_id), col(row.day), col(row.run_id))
        )
        self._rows = session.execute(asked).all()
        client = np.array([one[0] for one in self._rows], dtype=np.int64)
        self._days = np.array([one[2].toordinal() for one in self._rows], dtype=np.int64)
        self._run = np.array([one[1] for one in self._rows], dtype=np.int64)
        self._runs = GradeRepository(session, scope).runs(sorted(set(self._run.tolist())))
        self._first = np.r_[True, client[1:] != client[:-1]][: len(client)]
        self._last = np.flatnonzero(np.r_[self._first[1:], True][: len(client)])
        self.client_id: IntArray = client[self._last]
        self._approved = ReviewRepository(session, everything(day)).in_force(day)
        self._reviewed = reviewed_schemes(day)

    def of(self, scheme: str) -> tuple[IntArray, list[str], IntArray]:
        """The class of each client as a place in the codes beside it (NO_GRADE for none), and the day since when."""
        codes, names = _codes(scheme, self._rows, self._run, self._runs)
        changed = self._first | np.r_[True, codes[1:] != codes[:-1]][: len(codes)]
        begun = np.maximum.accumulate(np.where(changed, np.arange(len(codes)), 0))[self._last]
        own, from_day = codes[self._last], self._days[begun]
        if scheme in self._reviewed:
            _approve(scheme, self.client_id, own, from_day, names, self._approved)
        return own, names, from_day


def book_levels(session: Session, scope: Scope, day: date) -> BookLevels:
    """What every client who was ever graded earns on the day. Clients that were not are not there: 基础."""
    book = BookClasses(session, scope, day)
    level = np.zeros(len(book.client_id), dtype=np.int64)
    since = np.full(len(book.client_id), UNKNOWN, dtype=np.int64)
    for scheme, earning in earned_by(day).items():
        own, names, from_day = book.of(scheme)
        into = np.array([*(_rank(earning.get(name)) for name in names), 0], dtype=np.int64)  # NO_GRADE finds the last
        _raise(level, since, into[own], from_day)
    return BookLevels(book.client_id, level, np.where(level > 0, since, UNKNOWN))


def _codes(
    scheme: str, rows: Sequence[Any], run: IntArray, runs: dict[int, GradeRunRow]
) -> tuple[IntArray, list[str]]:
    """The class of each row in a scheme as a place in the names beside it, -1 where not graded."""
    names: dict[str, int] = {}
    found = np.full(len(rows), NO_GRADE, dtype=np.int64)
    for number, told in runs.items():
        at = next((place for place, one in enumerate(told.schemes) if one["code"] == scheme), None)
        if at is None:
            continue
        places = np.flatnonzero(run == number)
        own = np.frombuffer(b"".join(bytes(rows[one][3]) for one in places.tolist()), dtype=np.int8)
        own = own.reshape(len(places), -1)[:, at]
        into = [names.setdefault(code, len(names)) for code, _ in told.schemes[at]["classes"]]
        found[places] = np.array([*into, NO_GRADE], dtype=np.int64)[own]
    return found, list(names)


def _approve(
    scheme: str, ids: IntArray, own: IntArray, from_day: IntArray, names: list[str], approved: dict[int, Any]
) -> None:
    """Put approved classes, with their days, in the place of computed ones."""
    place = {int(one): at for at, one in enumerate(ids.tolist())}
    for client, by_scheme in approved.items():
        at = place.get(client)
        if at is None or scheme not in by_scheme:
            continue
        row = by_scheme[scheme]
        if row.grade is not None and row.grade not in names:
            names.append(row.grade)
        own[at] = NO_GRADE if row.grade is None else names.index(row.grade)
        from_day[at] = row.valid_from.toordinal()


def _raise(level: IntArray, since: IntArray, new: IntArray, from_day: IntArray) -> None:
    """The higher level stands; of two grounds of one level, the earlier day."""
    higher, same = new > level, (new == level) & (new > 0)
    since[same] = np.minimum(since[same], from_day[same])
    since[higher] = from_day[higher]
    level[higher] = new[higher]


def _rank(level: ServiceLevel | None) -> int:
    return 0 if level is None else LEVELS.index(level)
