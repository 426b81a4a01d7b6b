"""Who moved beyond the hysteresis since the grade in force: the candidates of a regrade between the years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from sqlmodel import Session

from clients.grading.book import BookGrades
from clients.grading.engine import GradeArray
from clients.grading.features import FEATURES, Values
from clients.grading.loading import schemes_on
from clients.grading.review.hysteresis import held_long_enough, settled
from clients.grading.review.problems import NotInReview
from clients.grading.review.rules import reviewed_schemes
from clients.grading.schemes import NO_GRADE
from clients.grading.service import GradeBook
from kit.access import Scope
from market.types import BoolArray, IntArray


def moved_beyond(
    engine: BookGrades, standing: BookGrades, session: Session, scope: Scope, *, named: Sequence[str] | None = None
) -> BookGrades:
    """The clients who are to be regraded, with the grade that they come to; those named are all taken.

    engine: as computed; standing: as in force, of the same clients. Raises NotInReview for a client without a grade.
    """
    settled_to = {code: _settled(code, engine, standing, session, scope) for code in standing.effective}
    moved = np.zeros(len(engine), dtype=np.bool_)
    for code, found in settled_to.items():
        moved |= standing.effective[code] & (found != standing.grades[code])
    chosen = moved if named is None else _named(engine, named)
    return _of(replace(engine, grades={**engine.grades, **settled_to}), np.flatnonzero(chosen))


def _settled(code: str, engine: BookGrades, standing: BookGrades, session: Session, scope: Scope) -> GradeArray:
    """The class of each client with the hysteresis of the scheme; without a grade in force the engine's."""
    rule = reviewed_schemes(engine.day)[code]
    scheme = next(one for one in schemes_on(engine.day) if one.code == code)
    now, has = engine.grades[code], standing.effective[code]
    held = np.where(has, standing.grades[code], NO_GRADE).astype(np.int8)
    features = {name: column for name, column in engine.features.items() if name in FEATURES}
    values = Values(engine.day, engine.client_no, features)
    found = settled(scheme, rule, values, engine.grades, held) if rule.margin else now
    days = _days_on_it(code, engine, np.flatnonzero((found != held) & has), session, scope)
    return held_long_enough(np.where(found == NO_GRADE, held, found).astype(np.int8), held, days, rule.hold_days)


def _days_on_it(code: str, engine: BookGrades, places: IntArray, session: Session, scope: Scope) -> IntArray:
    """How many days the engine's class of these clients stands without a break."""
    days = np.zeros(len(engine), dtype=np.int64)
    grades = GradeBook(session, scope)
    for place in places.tolist():
        days[place] = (engine.day - _since(grades, engine.client_no[place], engine.day, code)).days
    return days


def _since(grades: GradeBook, client_no: str, day: date, scheme: str) -> date:
    """The day from which the newest class stands; another version of the scheme with the same class is no break."""
    past = grades.history(client_no, day, scheme)
    since = past[-1].day
    for one in reversed(past):
        if one.code != past[-1].code:
            break
        since = one.day
    return since


def _named(engine: BookGrades, named: Sequence[str]) -> BoolArray:
    place = {number: at for at, number in enumerate(engine.client_no)}
    lacking = [one for one in named if one not in place]
    if lacking:
        raise NotInReview(f"这些客户还没有登记过等级，或不在您的范围内：{'、'.join(lacking[:10])}")
    chosen = np.zeros(len(engine), dtype=np.bool_)
    chosen[[place[one] for one in named]] = True
    return chosen


def _of(book: BookGrades, places: IntArray) -> BookGrades:
    at = places.tolist()
    return replace(
        book, client_id=book.client_id[places], client_no=tuple(book.client_no[one] for one in at),
        name=tuple(book.name[one] for one in at), since=tuple(book.since[one] for one in at),
        grades={code: column[places] for code, column in book.grades.items()},
        features={name: column[places] for name, column in book.features.items()},
        effective={code: column[places] for code, column in book.effective.items()},
    )  # fmt: skip
