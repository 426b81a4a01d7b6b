"""Every query of the effect: registrations and findings, who takes part, what became of tasks, the daily series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, select
from sqlmodel import Session, col

from clients.staff.repository import StaffRepository
from clients.visibility import STAFF, subject_no
from kit.access import Reach, Scope, everything
from mot.contact.tables import SuppressionRow
from mot.effect.registration import registered_of
from mot.effect.tables import FindingRow, MeasureRow, SeriesRow
from mot.effect.types import Arm, Enrolled, Level, Plan, Registered, TaskFacts
from mot.matching.outcome import Why
from mot.tasks.tables import JudgementRow, ServiceRecordRow, TaskRow, TaskStateRow
from mot.tasks.types import Outcome, TaskAction

CREATE: Final = "CREATE"
_AT_ONCE: Final = 500
_ARM_OF: Final = {Why.HELD_OUT.value: Arm.HELD_OUT, Why.HELD_OUT_GLOBAL.value: Arm.GLOBAL}


class EffectRepository:
    """Measures, findings and what they rest on; the house's own view, for figures over all clients."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # registrations and findings

    def measures(self, scenario_id: str | None = None) -> list[Registered]:
        """By scenario, the newest version first."""
        asked = select(MeasureRow).order_by(col(MeasureRow.scenario_id), col(MeasureRow.id).desc())
        if scenario_id is not None:
            asked = asked.where(col(MeasureRow.scenario_id) == scenario_id)
        return [registered_of(row) for row in self._session.scalars(asked)]

    def findings(self) -> dict[int, FindingRow]:
        """The newest finding of each measure."""
        asked = select(FindingRow).order_by(col(FindingRow.day), col(FindingRow.id))
        return {row.measure_id: row for row in self._session.scalars(asked)}

    def add_finding(self, row: FindingRow) -> None:
        self._session.add(row)
        self._session.flush()

    # who takes part

    def enrolled(self, plan: Plan, day: date) -> tuple[tuple[Enrolled, ...], int]:
        """Each client once, by the first day on which a group was decided; and how many stood in both groups.

        Fired or held back by the gate is the treated group: the hash had let the client through either way.
        """
        own: dict[str, date] = {}
        held: dict[str, tuple[date, Arm]] = {}
        row, gate = JudgementRow, SuppressionRow
        final = (
            select(col(row.client_no), col(row.why), func.min(col(row.day)))
            .where(*self._of(row, plan), col(row.day) <= day,
                   col(row.outcome).in_([Outcome.FIRED.value, Outcome.HELD_OUT.value]))
            .group_by(col(row.client_no), col(row.why))
        )  # fmt: skip
        for client, why, on in self._session.execute(final):
            if (arm := _ARM_OF.get(why)) is None:
                own[client] = min(own.get(client, on), on)
            elif client not in held or on < held[client][0]:
                held[client] = (on, arm)
        gated = (
            select(col(gate.client_no), func.min(col(gate.day)))
            .where(*self._of(gate, plan), col(gate.stage) == CREATE, col(gate.day) <= day)
            .group_by(col(gate.client_no))
        )
        for client, on in self._session.execute(gated):
            own[client] = min(own.get(client, on), on)
        both = own.keys() & held.keys()
        found = [Enrolled(client, Arm.TREATED, on) for client, on in own.items() if client not in both]
        found += [Enrolled(client, arm, on) for client, (on, arm) in held.items() if client not in both]
        return tuple(sorted(found, key=lambda one: (one.day, one.client_no))), len(both)

    def spoken_to(self, plan: Plan, client_nos: Sequence[str], first: date, last: date) -> Iterator[tuple[str, date]]:
        """Clients for whom another scenario fired from day to day, with the day."""
        row = JudgementRow
        for start in range(0, len(client_nos), _AT_ONCE):
            some = list(client_nos[start : start + _AT_ONCE])
            asked = select(col(row.client_no), col(row.day)).where(
                col(row.client_no).in_(some), col(row.outcome) == Outcome.FIRED.value,
                col(row.scenario_id) != plan.scenario_id, col(row.day) >= first, col(row.day) <= last,
            )  # fmt: skip
            yield from ((client, on) for client, on in self._session.execute(asked))

    # what a review counts

    def outcomes(self, plan: Plan, day: date) -> dict[str, int]:
        """Occurrences of the version by what became of them."""
        row = JudgementRow
        asked = (
            select(col(row.outcome), func.count()).where(*self._of(row, plan), col(row.first_on) <= day)
            .group_by(col(row.outcome))
        )  # fmt: skip
        return {outcome: int(n) for outcome, n in self._session.execute(asked)}

    def held_by(self, plan: Plan, day: date) -> dict[str, int]:
        """How many contacts of the version each rule of the gate held back; one that two rules hold counts for both."""
        row = SuppressionRow
        asked = select(col(row.subject), col(row.rules)).where(*self._of(row, plan), col(row.day) <= day).distinct()
        found: Counter[str] = Counter()
        for _, rules in self._session.execute(asked):
            found.update(one for one in rules.split(",") if one)
        return dict(sorted(found.items()))

    def tasks(self, plan: Plan, day: date) -> list[TaskFacts]:
        """Tasks of the version that were made by the day, with their contacts up to it."""
        of = [*self._of(TaskRow, plan), col(TaskRow.made_on) <= day]
        records: dict[int, list[tuple[date, bool, str]]] = {}
        row = ServiceRecordRow
        told = (
            select(col(row.task_id), col(row.day), col(row.reached), col(row.effect))
            .join(TaskRow, col(TaskRow.id) == col(row.task_id)).where(*of, col(row.day) <= day).order_by(col(row.id))
        )  # fmt: skip
        for task, on, reached, effect in self._session.execute(told):
            records.setdefault(task, []).append((on, reached, effect))
        asked = select(
            col(TaskRow.id), col(TaskRow.state), col(TaskRow.made_on), col(TaskRow.due_on), col(TaskRow.feedback)
        )
        found = []
        for task, state, made, due, feedback in self._session.execute(asked.where(*of)):
            own = records.get(task, [])
            reached = [on for on, answered, _ in own if answered]
            effect = own[-1][2] if own else ""
            found.append(TaskFacts(state, made, due, feedback, effect, bool(own), min(reached, default=None)))
        return found

    def skip_reasons(self, plan: Plan, day: date, most: int) -> list[tuple[str, int]]:
        """Why people passed over tasks of the version, in their own words, the commonest first."""
        row, n = TaskStateRow, func.count()
        asked = (
            select(col(row.note), n).join(TaskRow, col(TaskRow.id) == col(row.task_id))
            .where(*self._of(TaskRow, plan), col(row.action) == TaskAction.SKIP.value, col(row.day) <= day)
            .group_by(col(row.note)).order_by(n.desc(), col(row.note)).limit(most)
        )  # fmt: skip
        return [(note, int(times)) for note, times in self._session.execute(asked)]

    def _of(self, row: Any, plan: Plan) -> tuple[ColumnElement[bool], ...]:
        return col(row.scenario_id) == plan.scenario_id, col(row.scenario_digest) == plan.scenario_digest


class SeriesRepository:
    """The daily series that a scope shows: all; a branch and its people; one's own."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._shown = _shown(session, scope)

    def rows(self, first: date, last: date, level: Level | None = None, unit: str | None = None) -> list[SeriesRow]:
        """By level, unit and day."""
        row = SeriesRow
        asked = select(row).where(col(row.day) >= first, col(row.day) <= last, *self._shown)
        if level is not None:
            asked = asked.where(col(row.level) == level.value)
        if unit is not None:
            asked = asked.where(col(row.unit) == unit)
        return list(self._session.scalars(asked.order_by(col(row.level), col(row.unit), col(row.day))))

    def on(self, day: date) -> list[SeriesRow]:
        return self.rows(day, day)

    def newest(self, day: date) -> date | None:
        """The newest day on file up to the day."""
        asked = select(func.max(col(SeriesRow.day))).where(col(SeriesRow.day) <= day, *self._shown)
        found: date | None = self._session.execute(asked).scalar()
        return found

    def replace(self, day: date, rows: Iterable[SeriesRow]) -> None:
        """These rows in the place of what stood for the day."""
        self._session.execute(delete(SeriesRow).where(col(SeriesRow.day) == day))
        self._session.add_all(rows)
        self._session.flush()


def _shown(session: Session, scope: Scope) -> tuple[ColumnElement[bool], ...]:
    if scope.reach is Reach.ALL:
        return ()
    row, number = SeriesRow, subject_no(scope, STAFF)
    if number is not None and scope.reach is Reach.BOOK:
        return col(row.level) == Level.ADVISOR.value, col(row.unit) == number
    if number is not None and scope.reach is Reach.BRANCH:
        staff = StaffRepository(session, everything(scope.day))
        person = staff.row(number)
        posting = None if person.id is None else staff.posting(person.id, scope.day)
        if posting is not None and posting.branch_no:
            return (col(row.branch_no) == posting.branch_no,)
    return (col(row.id).is_(None),)
