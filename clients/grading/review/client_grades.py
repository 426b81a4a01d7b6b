"""One client's grades: what is in force on a day in each scheme, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlmodel import Session

from clients.grading.book import scheme_heads
from clients.grading.features import FEATURES, Values
from clients.grading.repository import GradeRepository
from clients.grading.review.filing import appeal_of, review_of
from clients.grading.review.repository import ReviewRepository
from clients.grading.review.rules import reviewed_schemes
from clients.grading.review.types import Appeal, InForce, Review
from clients.grading.service import FLOAT, PastGrade, past_grades
from clients.repository import ClientRepository
from kit.access import Scope


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a client's history: computed, or approved by a review or an appeal."""

    day: date
    scheme: str
    title: str
    label: str
    how: str
    review: str = ""


class ClientGrades:
    """Grades of single clients within a scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._clients = ClientRepository(session, scope)
        self._grades = GradeRepository(session, scope)
        self._reviews = ReviewRepository(session, scope)

    def on(self, client_no: str, day: date) -> tuple[InForce, ...]:
        """The grade in force in every scheme; none before the first run on file. Raises NoSuchClient."""
        client = self._clients.client(client_no)
        since = {one.scheme: one for one in self._changes(client_no, day)}
        approved = self._reviews.in_force(day, [client.id]).get(client.id, {})
        numbers = {one.id: one.number for one in self._reviews.reviews()}
        reviewed = reviewed_schemes(day)
        found = []
        for past in since.values():
            row, needs = approved.get(past.scheme), past.scheme in reviewed
            code, label, valid = (past.code, past.label, past.day) if not needs else (None, "尚未评定", None)
            if row is not None and needs:
                code, label, valid = row.grade, row.label, row.valid_from
            found.append(InForce(
                past.scheme, past.title, code, label, valid, needs and row is not None, needs,
                numbers[row.review_id] if row is not None and needs else "", past.code, past.label,
                row.appeal_id if row is not None and needs else None,
            ))  # fmt: skip
        return tuple(found)

    def values(self, client_no: str, day: date) -> Values | None:
        """The features on file, of the day on which the client's grades last changed; None before the first run.

        Raises NoSuchClient.
        """
        self._clients.client(client_no)
        rows = self._grades.history(client_no, day)
        if not rows:
            return None
        run = self._grades.runs([rows[-1].run_id])[rows[-1].run_id]
        numbers = np.frombuffer(rows[-1].features, dtype=FLOAT)
        told = {one["name"]: one for one in run.features}
        columns = {
            name: numbers[at : at + 1].astype(np.float64) for at, name in enumerate(told) if name in FEATURES
        }  # fmt: skip
        return Values(rows[-1].day, (client_no,), columns)

    def history(self, client_no: str, day: date) -> tuple[Step, ...]:
        """What was computed and what was approved up to a day, the newest first. Raises NoSuchClient."""
        reviewed = reviewed_schemes(day)
        steps = [one for one in self._approved(client_no) if one.day <= day]
        steps += [
            Step(one.day, one.scheme, one.title, one.label, "系统初评" if one.scheme in reviewed else "系统评定")
            for one in self._changes(client_no, day)
        ]
        return tuple(sorted(steps, key=lambda one: one.day, reverse=True))

    def coming(self, client_no: str, day: date) -> tuple[Step, ...]:
        """What was approved and begins after a day, the nearest first. Raises NoSuchClient."""
        later = [one for one in self._approved(client_no) if one.day > day]
        return tuple(sorted(later, key=lambda one: one.day))

    def _approved(self, client_no: str) -> list[Step]:
        """Every grade that was approved or ruled on; of one day the last word comes first."""
        client = self._clients.client(client_no)
        reviews = {row.id: review_of(row) for row in self._reviews.reviews()}
        steps = []
        for row in reversed(self._reviews.in_force_rows(client.id)):
            review = reviews[row.review_id]
            how = f"{review.kind.label} {review.number} 批准"
            if row.appeal_id is not None:
                how = f"申诉第 {row.appeal_id} 件裁定"
            steps.append(Step(row.valid_from, row.scheme, _title(review, row.scheme), row.label, how, review.number))
        return steps

    def appeals(self, client_no: str) -> tuple[Appeal, ...]:
        """The newest first. Raises NoSuchClient."""
        client = self._clients.client(client_no)
        reviews = {row.number: review_of(row) for row in self._reviews.reviews()}
        return tuple(
            appeal_of(row, number, reviews[said])
            for row, number, said in self._reviews.appeals(client_id=client.id)
        )

    def _changes(self, client_no: str, day: date) -> list[PastGrade]:
        """Where a class changed, the oldest first; another version of a scheme with the same class is no change.

        Schemes stand in the order of the newest run.
        """
        rows = self._grades.history(client_no, day)
        runs = self._grades.runs(sorted({row.run_id for row in rows}))
        last: dict[str, str | None] = {}
        found: list[PastGrade] = []
        for row in rows:
            for past in past_grades(row, runs[row.run_id]):
                if past.scheme not in last or last[past.scheme] != past.code:
                    found.append(past)
                last[past.scheme] = past.code
        if not rows:
            return []
        order = {one.code: at for at, one in enumerate(scheme_heads(runs[rows[-1].run_id].schemes))}
        kept = [one for one in found if one.scheme in order]
        return sorted(kept, key=lambda one: (order[one.scheme], one.day))


def _title(review: Review, code: str) -> str:
    scheme = review.scheme(code)
    return code if scheme is None else scheme.title
