"""Facts of a period from the records: queries of the packages below, put into columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import numpy as np
from sqlmodel import Session

from advisors.effects import MotEffects
from advisors.facts import (
    UNKNOWN,
    BookFacts,
    ComplaintFact,
    MismatchSale,
    Override,
    Person,
    Rows,
    TaskRows,
)
from advisors.ports import Effects, diagnoses_told
from advisors.reading_book import Book, read_book
from advisors.reading_people import read_people
from advisors.register.repository import conduct_entries, training_entries, training_in_use
from advisors.rules_in_force import AdvisorRules, advisor_rules
from advisors.serving import serving
from advisors.types import Period, PeriodNotClosed, SourceKind
from clients.contacts.repository import in_use as contacts_in_use
from clients.records.service import RecordService
from clients.service.period_rows import answers, complaints_of, promises_due
from kit.access import Scope, everything
from mot.tasks.period_rows import any_task, tasks_due
from suitability.cases.period_rows import Caused, mismatches_caused, warned_services

SATISFIED: Final = 4
FIRM: Final = "FIRM"
CLIENT: Final = "CLIENT"
REFUSE: Final = "REFUSE"


def read_facts(
    session: Session, scope: Scope, period: Period, effects: Effects | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> BookFacts:  # fmt: skip
    """What the records say of everybody whom the scope shows. effects: mot's own where none is given.

    A card is only right beside all colleagues, so whoever grades reads with the scope of everything. progress: told how
    many of how many clients are done. Raises PeriodNotClosed where the scope's day is not after the period.
    """
    if not period.closed(scope.day):
        raise PeriodNotClosed(f"{period.title}到 {period.last} 才结束；{scope.day} 还不能考评")
    people = read_people(session, scope, period)
    rules = advisor_rules(period.last)
    book = read_book(
        session, period, {staff_id: one.scale for staff_id, one in people}, rules.case_mix.scheme, progress
    )
    reader = _Reader(session, period, _barred(session, [one for _, one in people], rules, period), book)
    rows, missing = reader.rows()
    tasks = reader.tasks()
    if tasks is None:
        missing |= dict.fromkeys(_TASKS, "没有任务的数据")
    if not training_in_use(session, period.last):
        missing |= dict.fromkeys(("training", "certificates"), "没有培训与证书的登记")
    return BookFacts(
        period, scope.day, reader.people, book.client_no, book.grade, book.assets, book.exposure, book.stints, tasks,
        rows, reader.mismatches(), reader.overrides(), reader.complaints(),
        conduct_entries(session, period.first, period.last), training_entries(session, period),
        (effects or MotEffects(session, scope.day)).by_person(period), missing,
    )  # fmt: skip


_TASKS: Final = ("mot_mandatory", "mot_mandatory_timely", "mot_optional", "mot_optional_timely")


def _barred(session: Session, people: Sequence[Person], rules: AdvisorRules, period: Period) -> tuple[Person, ...]:
    """With the day until which a severe breach of an earlier period still bars promotion."""
    since = period.first - timedelta(days=rules.blocks_days)
    until = {
        one.staff_no: one.day + timedelta(days=rules.blocks_days)
        for one in sorted(conduct_entries(session, since, period.first - timedelta(days=1)), key=lambda one: one.day)
        if one.code in rules.severe
    }
    return tuple(replace(one, blocked_until=until.get(one.staff_no)) for one in people)


class _Reader:
    """Rows of one period by place of person and client."""

    def __init__(self, session: Session, period: Period, people: tuple[Person, ...], book: Book) -> None:
        self._session, self._period, self.people, self._book = session, period, people, book
        self._place = book.place
        self._staff = {one.staff_no: at for at, one in enumerate(people)}
        self._first, self._last = period.first, period.last

    def rows(self) -> tuple[dict[str, Rows], dict[str, str]]:
        """Rows by name, and why some are not there."""
        found: dict[str, Rows] = {}
        missing: dict[str, str] = {}
        outcome, no_outcome = self._outcome()
        parts: dict[str, tuple[Rows | None, str]] = {
            "client_outcome": (outcome, no_outcome),
            "coverage": (self._coverage(), "期初以前没有接触登记，无从得知承诺是否兑现"),
            "satisfaction": (self._answers(), "本期没有满意度答卷"),
            "record_quality": (self._records(), ""),
        }
        told = diagnoses_told(self._session, self._first, self._last)
        for name, kind, marks in (
            ("diagnosis_agreed", SourceKind.DIAGNOSIS, None if told is None else told.given),
            ("shortcomings_lifted", SourceKind.AGREEMENT, None if told is None else told.settled),
        ):
            rows = None
            if marks is not None:
                rows = self._served(kind, [(m.number, m.client_no, m.day, float(m.good), 1.0) for m in marks])
            parts[name] = (rows, "没有诊断与共识的数据")
        for name, (rows, why) in parts.items():
            if rows is None:
                missing[name] = why
            else:
                found[name] = rows
        return found, missing

    def _served(self, kind: SourceKind, told: Sequence[tuple[str, str, date, float, float]]) -> Rows:
        """Rows of occurrences (number, client, day, num, den), for whoever served the client on that day."""
        own = [one for one in told if one[1] in self._place]
        client = np.array([self._place[one[1]] for one in own], dtype=np.int64)
        day = np.array([one[2].toordinal() for one in own], dtype=np.int64)
        row, staff = serving(self._book.stints, client, day)
        num, den = (np.array([one[at] for one in own], dtype=np.float64) for at in (3, 4))
        return Rows(kind, staff, client[row], num[row], den[row], day[row], tuple(own[at][0] for at in row.tolist()))

    def _outcome(self) -> tuple[Rows | None, str]:
        book = self._book
        if book.no_outcome:
            return None, book.no_outcome
        known = np.flatnonzero(np.isfinite(book.outcome))
        last = self._last
        return self._served(SourceKind.CLIENT, [
            (book.client_no[at], book.client_no[at], last, float(book.outcome[at]), 1.0) for at in known.tolist()
        ]), ""  # fmt: skip

    def _coverage(self) -> Rows | None:
        if not contacts_in_use(self._session, self._first):
            return None
        numbers, due = promises_due(self._session, self._first, self._last)
        days = [date.fromordinal(one) for one in due.day.tolist()]
        return self._served(SourceKind.CONTACT, [
            (numbers[who], numbers[who], day, float(kept), 1.0)
            for who, day, kept in zip(due.client.tolist(), days, due.kept.tolist(), strict=True)
        ])  # fmt: skip

    def _answers(self) -> Rows | None:
        told = answers(self._session, self._first, self._last)
        if not told:
            return None
        return self._served(SourceKind.ANSWER, [
            (one.number, one.client_no, one.day, float(one.score >= SATISFIED), 1.0) for one in told
        ])  # fmt: skip

    def _records(self) -> Rows:
        quality = RecordService(self._session, everything(self._last)).check()
        points: dict[str, float] = dict.fromkeys(self._book.client_no, 0.0)
        for one in quality.findings:
            if one.client_no in points:
                points[one.client_no] += one.points
        return self._served(
            SourceKind.RECORD, [(number, number, self._last, total, 1.0) for number, total in points.items()]
        )

    def tasks(self) -> TaskRows | None:
        """None where there never was a task: that says nothing about anybody."""
        if not any_task(self._session, self._last):
            return None
        told = [
            one for one in tasks_due(self._session, self._first, self._last)
            if one.owner_no in self._staff and one.client_no in self._place
        ]  # fmt: skip
        ints = np.int64
        return TaskRows(
            np.array([self._staff[one.owner_no] for one in told], dtype=ints),
            np.array([self._place[one.client_no] for one in told], dtype=ints),
            np.array([one.mandatory for one in told], dtype=ints),
            np.array([one.needs_adviser for one in told], dtype=ints),
            np.array([one.done for one in told], dtype=np.float64),
            np.array([one.ended_on is not None and one.ended_on <= one.due_on for one in told], dtype=np.float64),
            np.array([UNKNOWN if one.ended_on is None else one.ended_on.toordinal() for one in told], dtype=ints),
            tuple(one.number for one in told),
        )

    def mismatches(self) -> tuple[MismatchSale, ...]:
        """For whoever served the client on that day, unless the client asked for it by a decision on file."""
        told = [one for one in mismatches_caused(self._session, self._first, self._last) if one.asked_by != CLIENT]
        found = []
        for one, staff_no in self._with_staff(told, [(one.client_no, one.day) for one in told]):
            value = None if one.value is None else float(one.value)
            pushed = one.asked_by == FIRM and one.outcome == REFUSE
            found.append(MismatchSale(one.number, staff_no, one.client_no, one.day, one.product, value, pushed))
        return tuple(found)

    def _with_staff(self, told: Sequence[Caused], where: Sequence[tuple[str, date]]) -> list[tuple[Caused, str]]:
        own = [at for at, (client, _) in enumerate(where) if client in self._place]
        client = np.array([self._place[where[at][0]] for at in own], dtype=np.int64)
        day = np.array([where[at][1].toordinal() for at in own], dtype=np.int64)
        row, staff = serving(self._book.stints, client, day)
        return [(told[own[r]], self.people[s].staff_no) for r, s in zip(row.tolist(), staff.tolist(), strict=True)]

    def overrides(self) -> tuple[Override, ...]:
        return tuple(
            Override(one.number, one.advisor_no, one.client_no, one.day, f"{one.what}：警示下签约")
            for one in warned_services(self._session, self._first, self._last)
        )

    def complaints(self) -> tuple[ComplaintFact, ...]:
        """About the person whom a complaint names; one that was settled and found groundless is out."""
        return tuple(
            ComplaintFact(one.number, one.about, one.client_no, one.day, one.major, one.grounded is not None)
            for one in complaints_of(self._session, self._first, self._last)
            if one.about and one.grounded is not False
        )
