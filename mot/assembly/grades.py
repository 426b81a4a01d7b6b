"""客户等级 of the leading scheme, as ranks: 1 for its lowest class. Read from what the grading filed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from sqlmodel import Session

from clients.grading.repository import GradeRepository
from kit.access import everything
from kit.rulebook import load_rulebook
from market.types import IntArray
from mot.events.kinds import FIRST_DAY

NO_GRADE: Final = -1


def scheme_of(day: date) -> str:
    """The scheme whose grade a client is known by (DERIVE-GRADE)."""
    return str(load_rulebook("mot", "derive").on("DERIVE-GRADE", max(day, FIRST_DAY))["scheme"])


@dataclass(frozen=True)
class GradeSteps:
    """Grades of one scheme, one entry a client and day of a change. labels: the name of each rank."""

    client_id: IntArray
    day: IntArray
    rank: IntArray
    labels: Mapping[int, str]


def ranks_on(session: Session, day: date, client_ids: Sequence[int] | None = None) -> dict[int, int]:
    """The rank of each graded client on the day (or of these clients), by client id."""
    steps = _steps(GradeRepository(session, everything(day)), [day], day, client_ids)
    return dict(zip(steps.client_id.tolist(), steps.rank.tolist(), strict=True))


def grade_steps(session: Session, first: date, last: date) -> GradeSteps:
    """Every grade of the span, and the one before it, for `mot.derive.lifecycle.grade_changes`."""
    read = GradeRepository(session, everything(last))
    days = [one for one in read.run_days() if first <= one <= last]
    return _steps(read, [first - timedelta(days=1), *sorted(days)] if days else [], last)


def _steps(
    read: GradeRepository, days: list[date], last: date, client_ids: Sequence[int] | None = None
) -> GradeSteps:
    scheme, found, labels = scheme_of(last), {}, {}
    for day in days:
        rows = read.grades_on(day, client_ids)
        runs = read.runs(sorted({int(row[3]) for row in rows}))
        for row in rows:
            client, run, since, grades = int(row[0]), int(row[3]), row[4], bytes(row[5])
            told = _rank(grades, runs[run].schemes, scheme)
            if told is not None:
                found[client, since.toordinal()] = told[0]
                labels[told[0]] = told[1]
    keys = sorted(found)
    return GradeSteps(
        np.array([key[0] for key in keys], dtype=np.int64), np.array([key[1] for key in keys], dtype=np.int64),
        np.array([found[key] for key in keys], dtype=np.int64), labels,
    )  # fmt: skip


def _rank(grades: bytes, schemes: list[Any], scheme: str) -> tuple[int, str] | None:
    """The rank and its name, None where the scheme did not grade the client."""
    for place, one in enumerate(schemes):
        if one["code"] == scheme:
            grade = int(np.frombuffer(grades, dtype=np.int8)[place])
            return None if grade == NO_GRADE else (len(one["classes"]) - grade, one["classes"][grade][1])
    return None
