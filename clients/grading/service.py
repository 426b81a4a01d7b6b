"""File a run over the book as history, read it back: what a client was graded on a day, under which version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from sqlmodel import Session

from clients.grading.engine import Graded
from clients.grading.features import FEATURES, Values
from clients.grading.problems import GradedLater
from clients.grading.repository import GradeRepository
from clients.grading.schemes import NO_GRADE, Scheme
from clients.grading.tables import ClientGradeRow, GradeRunRow
from clients.staff.filing import Stamp, file_change
from kit.access import Scope
from kit.db import one_at_a_time
from kit.digest import canonical_json, digest
from market.types import IntArray

FLOAT: Final = "<f8"


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a run. run_id is that of the run on file; `new` whether this one made it."""

    run_id: int
    new: bool
    written: int
    digest: str


@dataclass(frozen=True, slots=True)
class PastGrade:
    """A client's class in one scheme from a day on; `code` None where it was not graded."""

    day: date
    scheme: str
    title: str
    version: str
    code: str | None
    label: str
    features: Mapping[str, float]  # those that were known


class GradeBook:
    """Grades on file, within a scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._grades = GradeRepository(session, scope)

    def file(
        self, schemes: Sequence[Scheme], values: Values, graded: Graded, client_ids: IntArray, stamp: Stamp
    ) -> Filed:
        """Append what changed since the last run. The same result of the same day writes nothing.

        client_ids: (n,) in the order of `values`. Raises GradedLater where a later day is on file.
        """
        one_at_a_time(self._session, "grade_run")
        last = self._grades.newest_run()
        if last is not None and last.day > values.day:
            raise GradedLater(f"{last.day} 的分级已登记，不能再登记更早的 {values.day}；用 --dry-run 只看不登记")
        names = tuple(sorted(values.columns))
        head = {"schemes": [_scheme(one) for one in schemes], "features": [_feature(values, name) for name in names]}
        grades = np.column_stack([graded.grades[one.code] for one in schemes])
        features = np.column_stack([values.columns[name] for name in names]).astype(FLOAT, copy=False)
        sum_ = _digest(values, head, grades, features)
        if last is not None and last.day == values.day and last.digest == sum_ and last.id is not None:
            return Filed(last.id, False, 0, sum_)
        changed = self._changed(grades, client_ids, head, last)
        run_id = self._grades.add_run(GradeRunRow(
            day=values.day, graded_at=stamp.at, graded_by=stamp.actor.user_id, clients=len(values),
            written=len(changed), schemes=head["schemes"], features=head["features"],
            counts=counts_of(schemes, graded), digest=sum_,
        ))
        written = self._grades.add_grades(
            client_ids[changed], run_id, values.day, grades[changed], features[changed]
        )
        file_change(
            self._session, stamp, "grade.run", "grade_run", values.day.isoformat(), digest=sum_,
            clients=len(values), written=written, schemes={one.code: one.version for one in schemes},
        )
        return Filed(run_id, True, written, sum_)

    def history(self, client_no: str, until: date, scheme: str | None = None) -> list[PastGrade]:
        """Every change of a client's class up to a day, the oldest first, by scheme."""
        rows = self._grades.history(client_no, until)
        runs = self._grades.runs(sorted({row.run_id for row in rows}))
        last: dict[str, tuple[str, str | None]] = {}
        found = []
        for row in rows:
            for past in past_grades(row, runs[row.run_id]):
                told = (past.version, past.code)
                if (scheme is None or past.scheme == scheme) and last.get(past.scheme) != told:
                    found.append(past)
                last[past.scheme] = told
        return found

    def _changed(
        self, grades: np.ndarray, client_ids: IntArray, head: Mapping[str, Any], last: GradeRunRow | None
    ) -> IntArray:
        """Places of clients whose grades differ from those on file, or were made under other schemes."""
        if last is None:
            return np.arange(len(client_ids))
        rows = self._grades.newest_grades()
        runs = self._grades.runs(sorted({row[1] for row in rows}))
        wanted = digest(head["schemes"])
        same = {number for number, run in runs.items() if digest(run.schemes) == wanted}
        kept = [row for row in rows if row[1] in same]  # as many schemes in each as in `grades`
        known = np.fromiter((row[0] for row in kept), dtype=np.int64, count=len(kept))
        before = np.frombuffer(b"".join(row[2] for row in kept), dtype=np.int8).reshape(-1, grades.shape[1])
        return _unlike(client_ids, grades, known, before)


def _unlike(ids: IntArray, grades: np.ndarray, known: IntArray, before: np.ndarray) -> IntArray:
    """Places of those who are not among the known, or have other grades there. grades, before: a row each."""
    order = np.argsort(known)
    place = np.searchsorted(known, ids, sorter=order)
    alike = place < len(known)
    alike[alike] = known[order[place[alike]]] == ids[alike]
    alike[alike] = (before[order[place[alike]]] == grades[alike]).all(axis=1)
    return np.flatnonzero(~alike)


def past_grades(row: ClientGradeRow, run: GradeRunRow) -> Iterator[PastGrade]:
    """What a row says, scheme by scheme."""
    places = np.frombuffer(row.grades, dtype=np.int8).tolist()
    numbers = np.frombuffer(row.features, dtype=FLOAT)
    features = {
        said["name"]: float(value) for said, value in zip(run.features, numbers, strict=True) if not np.isnan(value)
    }
    for scheme, place in zip(run.schemes, places, strict=True):
        code, label = (None, "不评") if place == NO_GRADE else scheme["classes"][place]
        read = {name: features[name] for name in scheme["features"] if name in features}
        yield PastGrade(row.day, scheme["code"], scheme["title"], scheme["version"], code, label, read)


def counts_of(schemes: Sequence[Scheme], graded: Graded) -> dict[str, dict[str, int]]:
    """Clients by scheme and class; those without a grade under the empty code."""
    found = {}
    for scheme in schemes:
        counted = np.bincount(graded.grades[scheme.code].astype(np.int64) + 1, minlength=len(scheme.classes) + 1)
        by_class = {one.code: int(count) for one, count in zip(scheme.classes, counted[1:], strict=True)}
        found[scheme.code] = {**by_class, "": int(counted[0])}
    return found


def _scheme(scheme: Scheme) -> dict[str, Any]:
    return {
        "code": scheme.code, "title": scheme.title, "version": scheme.version, "since": scheme.since.isoformat(),
        "classes": [[one.code, one.label] for one in scheme.classes], "features": list(scheme.features),
        "others": list(scheme.others),
    }


def _feature(values: Values, name: str) -> dict[str, Any]:
    first, last = values.days_of(name)
    feature = FEATURES[name]
    return {
        "name": name, "label": feature.label, "unit": feature.unit.value, "owner": feature.owner,
        "first": first.isoformat() if first else None, "last": last.isoformat(),
    }


def _digest(values: Values, head: Mapping[str, Any], grades: np.ndarray, features: np.ndarray) -> str:
    hashed = hashlib.sha256(canonical_json({"day": values.day, **head}).encode())
    hashed.update("\n".join(values.client_no).encode())  # no number holds a line feed
    hashed.update(grades.tobytes())
    hashed.update(np.where(np.isnan(features), np.nan, features).tobytes())  # one NaN for all
    return "sha256:" + hashed.hexdigest()
