"""Every query on tasks, judgements and records, within a scope. Nothing here deletes, or changes a state or a record.

A task is seen by whoever works it (BOOK: one's own and those of the colleagues in whose place one stands), by the
branch (BRANCH: those of its people, and those of its clients that wait for somebody), or by all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlmodel import Session, col

from clients.staff.relation_repository import RelationRepository
from clients.staff.repository import StaffRepository
from clients.visibility import CLIENT, STAFF, subject_no
from kit.access import Actor, Reach, Scope
from mot.scenario.types import ContactWay, Effect, Purpose
from mot.tasks.offers import offers_of
from mot.tasks.tables import JudgementRow, ServiceRecordRow, TaskRow, TaskStateRow
from mot.tasks.types import (
    OPEN_STATES,
    Attachment,
    Origin,
    ServiceRecord,
    Task,
    TaskAction,
    TaskState,
    TaskStep,
    task_number,
)

_BATCH: Final = 500
_R: Final = TaskRow
_OPEN: Final = tuple(one.value for one in OPEN_STATES)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """Which tasks: those that meet all that is set. unassigned: without an owner."""

    owner_no: str | None = None
    branch_no: str | None = None
    client_no: str | None = None
    scenario_id: str | None = None
    family: str | None = None
    state: TaskState | None = None
    open: bool | None = None
    mandatory: bool | None = None
    overdue: bool | None = None
    escalated: bool | None = None
    unassigned: bool | None = None
    made_on: date | None = None
    due_by: date | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class OwnerLoad:
    """Open tasks of one person: how many, and of these mandatory, overdue, reported to the supervisor, due today."""

    owner_no: str
    owner_name: str
    open: int
    mandatory: int
    overdue: int
    escalated: int
    due_today: int


class TaskRepository:
    """Tasks that a scope shows; "overdue" is as of the scope's day."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._day = scope.day
        self._shown = _shown(session, scope)

    # tasks

    def row(self, task_id: int) -> TaskRow | None:
        asked = select(_R).where(col(_R.id) == task_id, *self._shown)
        return self._session.scalars(asked).first()

    def page(
        self, filters: TaskFilter, after: tuple[bool, date, int, int] | None, limit: int
    ) -> tuple[list[TaskRow], tuple[bool, date, int, int] | None]:
        """Mandatory first, then by the last day, priority and number; and what the next page begins after."""
        optional = case((col(_R.mandatory), 0), else_=1)
        asked = select(_R).where(*self._where(filters))
        if after is not None:
            mandatory, due, priority, task_id = after
            place = int(not mandatory)
            asked = asked.where(or_(
                optional > place,
                and_(optional == place, or_(
                    col(_R.due_on) > due,
                    and_(col(_R.due_on) == due, or_(
                        col(_R.priority) > priority, and_(col(_R.priority) == priority, col(_R.id) > task_id)
                    )),
                )),
            ))  # fmt: skip
        order = (optional, col(_R.due_on), col(_R.priority), col(_R.id))
        rows = list(self._session.scalars(asked.order_by(*order).limit(limit + 1)))
        last = rows[limit - 1] if len(rows) > limit else None
        following = None if last is None else (last.mandatory, last.due_on, last.priority, int(last.id or 0))
        return rows[:limit], following

    def counts(self, filters: TaskFilter) -> dict[str, dict[str, int]]:
        """Tasks by state, by owner (open ones), and open, overdue, mandatory and escalated ones."""
        where = self._where(filters)
        still = [*where, col(_R.state).in_(_OPEN)]
        owners = self._session.execute(
            select(col(_R.owner_no), func.count()).where(*still).group_by(col(_R.owner_no))
        )
        late = func.sum(case((col(_R.due_on) < self._day, 1), else_=0))
        due = func.sum(case((col(_R.mandatory), 1), else_=0))
        raised = func.sum(case((col(_R.escalated_on).is_not(None), 1), else_=0))
        row = self._session.execute(select(func.count(), late, due, raised).where(*still)).one()
        names = ("open", "overdue", "mandatory", "escalated")
        return {
            "state": self.states(filters),
            "owner": {owner: int(n) for owner, n in owners},
            "all": {name: int(value or 0) for name, value in zip(names, row, strict=True)},
        }

    def states(self, filters: TaskFilter) -> dict[str, int]:
        """Tasks by state."""
        asked = select(col(_R.state), func.count()).where(*self._where(filters)).group_by(col(_R.state))
        return {state: int(n) for state, n in self._session.execute(asked)}

    def families(self, filters: TaskFilter) -> dict[str, int]:
        """Tasks by family of the event behind them; own ones under the empty word."""
        asked = select(col(_R.family), func.count()).where(*self._where(filters)).group_by(col(_R.family))
        return {family: int(n) for family, n in self._session.execute(asked)}

    def desks(self, filters: TaskFilter) -> list[OwnerLoad]:
        """Open tasks by who works them; those without anybody under the empty number."""
        flags = (
            col(_R.mandatory), col(_R.due_on) < self._day, col(_R.escalated_on).is_not(None),
            col(_R.due_on) == self._day,
        )  # fmt: skip
        sums = [func.sum(case((flag, 1), else_=0)) for flag in flags]
        asked = (
            select(col(_R.owner_no), func.max(col(_R.owner_name)), func.count(), *sums)
            .where(*self._where(replace(filters, open=True)))
            .group_by(col(_R.owner_no))
        )
        return [OwnerLoad(no, name, *(int(n) for n in rest)) for no, name, *rest in self._session.execute(asked)]

    def load(self) -> dict[str, int]:
        """Open tasks by owner, of the whole house: what assignment weighs."""
        asked = select(col(_R.owner_no), func.count()).where(col(_R.state).in_(_OPEN)).group_by(col(_R.owner_no))
        return {owner: int(n) for owner, n in self._session.execute(asked) if owner}

    def open_rows(self) -> list[TaskRow]:
        """Every task that is not ended, held until the transaction ends where the database locks rows."""
        asked = select(_R).where(col(_R.state).in_(_OPEN), *self._shown).order_by(col(_R.id)).with_for_update()
        return list(self._session.scalars(asked))

    def keys(self, keys: Sequence[str]) -> set[str]:
        """Those of these permanent keys that have a task."""
        found: set[str] = set()
        for start in range(0, len(keys), _BATCH):
            some = list(keys[start : start + _BATCH])
            found.update(self._session.execute(select(col(_R.key)).where(col(_R.key).in_(some))).scalars())
        return found

    def of_client(self, client_no: str, limit: int = 20) -> list[TaskRow]:
        """A client's tasks, the newest first."""
        asked = select(_R).where(col(_R.client_no) == client_no, *self._shown)
        return list(self._session.scalars(asked.order_by(col(_R.id).desc()).limit(limit)))

    def children(self, task_id: int) -> list[TaskRow]:
        asked = select(_R).where(col(_R.parent_id) == task_id, *self._shown).order_by(col(_R.id))
        return list(self._session.scalars(asked))

    def last_made(self, day: date) -> dict[tuple[str, str], date]:
        """The last day before `day` on which an occurrence of each scenario fired for each client."""
        row = JudgementRow
        asked = (
            select(col(row.scenario_id), col(row.client_no), func.max(col(row.day)))
            .where(col(row.outcome) == "FIRED", col(row.day) < day)
            .group_by(col(row.scenario_id), col(row.client_no))
        )
        return {(scenario, client): on for scenario, client, on in self._session.execute(asked)}

    def add(self, row: Any) -> None:
        self._session.add(row)
        self._session.flush()

    # history and records

    def steps(self, task_id: int) -> tuple[TaskStep, ...]:
        """The history, oldest first."""
        asked = select(TaskStateRow).where(col(TaskStateRow.task_id) == task_id).order_by(col(TaskStateRow.version))
        return tuple(_step(row) for row in self._session.scalars(asked))

    def records(self, task_id: int) -> tuple[ServiceRecord, ...]:
        """The records of one task, oldest first."""
        asked = select(ServiceRecordRow).where(col(ServiceRecordRow.task_id) == task_id)
        return tuple(record_of(row) for row in self._session.scalars(asked.order_by(col(ServiceRecordRow.id))))

    def records_of_client(self, client_no: str, limit: int = 10) -> tuple[ServiceRecord, ...]:
        """What was said to a client lately, newest first; the caller has seen that the client may be looked at."""
        asked = select(ServiceRecordRow).where(col(ServiceRecordRow.client_no) == client_no)
        rows = self._session.scalars(asked.order_by(col(ServiceRecordRow.id).desc()).limit(limit))
        return tuple(record_of(row) for row in rows)

    def records_around(self, task: Task, limit: int = 10) -> tuple[ServiceRecord, ...]:
        """The records of a task, then others of its client, each the newest first."""
        mine = case((col(ServiceRecordRow.task_id) == task.id, 0), else_=1)
        asked = select(ServiceRecordRow).where(col(ServiceRecordRow.client_no) == task.client_no)
        rows = self._session.scalars(asked.order_by(mine, col(ServiceRecordRow.id).desc()).limit(limit))
        return tuple(record_of(row) for row in rows)

    def copies(self, first: date, last: date, before: int | None = None, limit: int = 50) -> list[ServiceRecordRow]:
        """Records that go to compliance, newest first."""
        asked = select(ServiceRecordRow).where(
            col(ServiceRecordRow.compliance_copy), col(ServiceRecordRow.day) >= first, col(ServiceRecordRow.day) <= last
        )
        if before is not None:
            asked = asked.where(col(ServiceRecordRow.id) < before)
        return list(self._session.scalars(asked.order_by(col(ServiceRecordRow.id).desc()).limit(limit)))

    def tries(self, task_id: int) -> int:
        """Contacts of a task that nobody answered."""
        asked = select(func.count()).where(
            col(ServiceRecordRow.task_id) == task_id, col(ServiceRecordRow.reached).is_(False)
        )
        return int(self._session.execute(asked).scalar_one())

    # judgements

    def judgements(self, keys: Sequence[str]) -> dict[str, JudgementRow]:
        found: dict[str, JudgementRow] = {}
        for start in range(0, len(keys), _BATCH):
            some = list(keys[start : start + _BATCH])
            rows = self._session.scalars(select(JudgementRow).where(col(JudgementRow.key).in_(some)))
            found.update({row.key: row for row in rows})
        return found

    def judgements_of_event(self, event: str) -> list[JudgementRow]:
        asked = select(JudgementRow).where(col(JudgementRow.event) == event)
        return list(self._session.scalars(asked.order_by(col(JudgementRow.scenario_id))))

    def judgements_of_task(self, task_id: int) -> list[JudgementRow]:
        asked = select(JudgementRow).where(col(JudgementRow.task_id) == task_id)
        return list(self._session.scalars(asked.order_by(col(JudgementRow.key))))

    def outcome_counts(self, first: date, last: date) -> dict[str, dict[str, int]]:
        """How many occurrences ended in each way, by scenario, of those judged last in these days."""
        row = JudgementRow
        asked = (
            select(col(row.scenario_id), col(row.outcome), func.count())
            .where(col(row.day) >= first, col(row.day) <= last)
            .group_by(col(row.scenario_id), col(row.outcome))
        )
        found: dict[str, dict[str, int]] = {}
        for scenario, outcome, n in self._session.execute(asked):
            found.setdefault(scenario, {})[outcome] = int(n)
        return found

    def add_all(self, rows: Iterable[Any]) -> None:
        self._session.add_all(rows)
        self._session.flush()

    def _where(self, filters: TaskFilter) -> list[ColumnElement[bool]]:
        where = list(self._shown)
        for name in ("owner_no", "branch_no", "client_no", "scenario_id", "family", "mandatory", "made_on"):
            if (value := getattr(filters, name)) is not None:
                where.append(getattr(_R, name) == value)
        if filters.due_by is not None:
            where.append(col(_R.due_on) <= filters.due_by)
        if filters.state is not None:
            where.append(col(_R.state) == filters.state.value)
        still = col(_R.state).in_(_OPEN)
        for name, holds in (
            ("open", still), ("overdue", and_(still, col(_R.due_on) < self._day)),
            ("escalated", col(_R.escalated_on).is_not(None)), ("unassigned", col(_R.owner_no) == ""),
        ):  # fmt: skip
            if (wanted := getattr(filters, name)) is not None:
                where.append(holds if wanted else ~holds)
        if filters.text.strip():
            text = filters.text.strip()
            columns = (_R.client_no, _R.client_name, _R.name, _R.notice)
            where.append(or_(*(col(one).contains(text, autoescape=True) for one in columns)))
        return where


def open_tasks_of(session: Session, actor: Actor) -> int:
    """How many tasks wait for this member of staff; 0 for whoever is none."""
    kind, _, number = actor.subject.partition(":")
    asked = select(func.count()).where(col(_R.owner_no) == number, col(_R.state).in_(_OPEN))
    return int(session.execute(asked).scalar_one()) if kind == STAFF and number else 0


def _shown(session: Session, scope: Scope) -> tuple[ColumnElement[bool], ...]:
    if scope.reach is Reach.ALL:
        return ()
    if scope.reach is Reach.BOOK:
        return (col(_R.owner_no).in_(_own_and_covered(session, scope)),)
    if scope.reach is Reach.BRANCH:
        return (col(_R.branch_no).in_(_branches(session, scope)),)
    if scope.reach is Reach.OWN and (client := subject_no(scope, CLIENT)) is not None:
        return (col(_R.client_no) == client,)
    return (col(_R.id).is_(None),)


def _own_and_covered(session: Session, scope: Scope) -> list[str]:
    """The person, and the absent colleagues in whose place they stand on the day."""
    number = subject_no(scope, STAFF)
    return [] if number is None else RelationRepository(session, scope).numbers_worked(number, scope.day)


def _branches(session: Session, scope: Scope) -> list[str]:
    number = subject_no(scope, STAFF)
    branch = None if number is None else StaffRepository(session, scope).branch_no_of(number, scope.day)
    return [] if branch is None else [branch]


_SAME: Final = tuple(
    one.name for one in fields(Task) if one.name not in ("id", "origin", "purpose", "state", "told", "offers")
)


def task_of(row: TaskRow) -> Task:
    assert row.id is not None
    return Task(
        id=row.id, origin=Origin(row.origin), purpose=Purpose(row.purpose), state=TaskState(row.state),
        told=dict(row.told), offers=offers_of(row.offers), **{name: getattr(row, name) for name in _SAME},
    )  # fmt: skip


def _step(row: TaskStateRow) -> TaskStep:
    return TaskStep(
        version=row.version, action=TaskAction(row.action), state=TaskState(row.state), at=row.at, day=row.day,
        by_id=row.by_id, by_name=row.by_name, note=row.note, detail=dict(row.detail), digest=row.digest,
    )  # fmt: skip


def record_of(row: ServiceRecordRow) -> ServiceRecord:
    assert row.id is not None
    return ServiceRecord(
        id=row.id, task_no=task_number(row.task_id), client_no=row.client_no, staff_no=row.staff_no,
        way=ContactWay(row.way), contacted_at=row.contacted_at, day=row.day, reached=row.reached, content=row.content,
        client_words=row.client_words, feedback=row.feedback, effect=Effect(row.effect), next_step=row.next_step,
        products=tuple(dict(one) for one in row.products),
        attachments=tuple(Attachment(**one) for one in row.attachments),
        compliance_copy=row.compliance_copy, filed_at=row.filed_at, filed_by=row.filed_by, digest=row.digest,
    )  # fmt: skip

