"""TaskDesk: the service of tasks. Mine, one, its story, moving it, recording a contact; own tasks and many at once.

Read within the scope of `Verb.TASK_READ`, changed within that of `TASK_WORK` (owner) or `TASK_ASSIGN` (supervisor).
Every change takes the version that the caller saw and is refused (412) where it has moved on. The commit belongs to the
caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlmodel import Session

from clients.repository import ClientRepository
from clients.staff.filing import Stamp, held
from clients.staff.problems import NotInPost
from clients.visibility import STAFF, subject_no
from kit.access import NotAllowed, Reach, Role, Scope
from kit.clock import day_of
from kit.digest import digest
from kit.problems import Problem
from mot.scenario.desk import ScenarioDesk
from mot.scenario.types import Purpose, Scenario
from mot.tasks.assignment import person_on
from mot.tasks.filing import advance, created, push, push_of
from mot.tasks.machine import next_state, open_actions
from mot.tasks.ports import Outbox, PushReason
from mot.tasks.problems import AdviserRequired, NoSuchTask, NotTheOwner, TaskMalformed
from mot.tasks.recording import Recording, checked_text
from mot.tasks.repository import OwnerLoad, TaskFilter, TaskRepository, task_of
from mot.tasks.rules import lapses_on
from mot.tasks.sheet import TaskSheet, sheet_of
from mot.tasks.story import Standing, Story, standing_of, story_of
from mot.tasks.tables import TaskRow
from mot.tasks.types import (
    Assignee,
    Origin,
    RecordAsk,
    ServiceRecord,
    Task,
    TaskAction,
    TaskState,
    TaskStep,
    task_id_of,
    task_number,
)

MOST: Final = 200
BULK: Final = 100
Cursor = tuple[bool, date, int, int]


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One page of a list; next None on the last."""

    tasks: tuple[Task, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class TaskDetail:
    """One task whole: its history (oldest first), its records, what may be done next, tasks that follow from it."""

    task: Task
    steps: tuple[TaskStep, ...]
    records: tuple[ServiceRecord, ...]
    actions: tuple[TaskAction, ...]
    follow_ups: tuple[Task, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTask:
    """A task that somebody sets themselves for a client."""

    client_no: str
    name: str
    note: str
    due_on: date
    priority: int = 6


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of each task of a bulk action: the task, or the problem that refused it."""

    done: tuple[Task, ...]
    refused: tuple[tuple[str, Problem], ...]


class TaskDesk:
    """Tasks within a scope over one session. outbox: where pushes go; None pushes nothing."""

    def __init__(self, session: Session, scope: Scope, outbox: Outbox | None = None) -> None:
        self._session = session
        self._scope = scope
        self._outbox = outbox
        self._read = TaskRepository(session, scope)

    # reading

    def mine(self, day: date | None = None, *, after: Cursor | None = None, limit: int = 50) -> TaskPage:
        """Open tasks of the person of the scope, and of those in whose place they stand on its day.

        Mandatory first, then by the last day. day: only what is due by then; None all.
        """
        own = None if self._scope.reach is Reach.BOOK else subject_no(self._scope, STAFF) or ""
        return self.list(TaskFilter(open=True, owner_no=own, due_by=day), after=after, limit=limit)

    def list(self, filters: TaskFilter | None = None, *, after: Cursor | None = None, limit: int = 50) -> TaskPage:
        rows, following = self._read.page(filters or TaskFilter(), after, max(1, min(limit, MOST)))
        return TaskPage(tuple(task_of(row) for row in rows), following)

    def counts(self, filters: TaskFilter | None = None) -> dict[str, dict[str, int]]:
        """Tasks by `state`, open ones by `owner`, and `all`: open, overdue, mandatory, escalated."""
        return self._read.counts(filters or TaskFilter())

    def one(self, task_no: str) -> Task:
        """Raises NoSuchTask."""
        return task_of(self._row(task_no))

    def detail(self, task_no: str) -> TaskDetail:
        """Raises NoSuchTask."""
        task = self.one(task_no)
        return TaskDetail(
            task, self._read.steps(task.id), self._read.records(task.id), open_actions(task),
            tuple(task_of(row) for row in self._read.children(task.id)),
        )  # fmt: skip

    def story(self, task_no: str) -> Story:
        """Why now, what to say, what fits and why, what must not be offered. Raises NoSuchTask."""
        task = self.one(task_no)
        return story_of(self._session, task, self._scenario(task), self._read, self._scope.day)

    def sheet(self, task_no: str, at: datetime) -> TaskSheet:
        """One task as a page shows it, in as few questions as it takes; suitability is asked by `standing`.

        Raises NoSuchTask.
        """
        task = self.one(task_no)
        return sheet_of(self._session, task, self._scenario(task), self._read, at)

    def standing(self, task_no: str) -> tuple[Task, Standing]:
        """What suitability says today of the client and of what the task names. Raises NoSuchTask."""
        task = self.one(task_no)
        return task, standing_of(self._session, task, self._scope.day)

    def desks(self, filters: TaskFilter | None = None) -> tuple[OwnerLoad, ...]:
        """Open tasks by who works them; those without anybody under the empty number."""
        return tuple(self._read.desks(filters or TaskFilter()))

    def states(self, filters: TaskFilter | None = None) -> dict[str, int]:
        """Tasks by state."""
        return self._read.states(filters or TaskFilter())

    def families(self, filters: TaskFilter | None = None) -> dict[str, int]:
        """Tasks by family of the event behind them."""
        return self._read.families(filters or TaskFilter())

    def next_of(self, owner_no: str, but: int) -> Task | None:
        """What the person works next: open, not this one; None where nothing is left."""
        rows, _ = self._read.page(TaskFilter(open=True, owner_no=owner_no), None, 2)
        return next((task_of(row) for row in rows if row.id != but), None)

    # moving

    def move(
        self, task_no: str, action: TaskAction, *, expected_version: int, stamp: Stamp, note: str = "",
        to: str | None = None,
    ) -> Task:  # fmt: skip
        """ACCEPT, START, SKIP and CANCEL by its owner (CANCEL also by the supervisor); ASSIGN (to a person in post)
        and ESCALATE.

        Raises NoSuchTask, ChangedMeanwhile, MoveNotOpen, MandatoryTask, ContactRequired, NotTheOwner, NotAllowed,
        NotInPost, NoSuchStaff, AdviserRequired, TaskMalformed without a reason where one is needed.
        """
        row = self._held(task_no, expected_version)
        task = task_of(row)
        state = next_state(task, action)
        if action is TaskAction.ASSIGN:
            return self._assign(row, task, state, to, note, stamp)
        if action in (TaskAction.ACCEPT, TaskAction.START):
            self._check_owner(task, stamp)
        elif action in (TaskAction.SKIP, TaskAction.CANCEL, TaskAction.ESCALATE):
            _need_reason(action, note)
            if not (action is not TaskAction.SKIP and _leads(stamp)):
                self._check_owner(task, stamp)
        else:
            raise TaskMalformed(f"{action.label}不能由人直接操作；可以：接收、开始、跳过、撤销、分派、上报主管")
        if action is TaskAction.ESCALATE:
            row.escalated_on = day_of(stamp.at)
        advance(self._session, row, action, state, stamp, note=note.strip())
        return task_of(row)

    def move_all(
        self, seen: Mapping[str, int], action: TaskAction, *, stamp: Stamp, note: str = "", to: str | None = None
    ) -> BulkResult:
        """The same on several tasks (at most 100): each is moved, or refused by name; none is half done."""
        if not seen or len(seen) > BULK:
            raise TaskMalformed(f"一次可以办理 1 至 {BULK} 个任务，此处 {len(seen)} 个")
        done, refused = [], []
        for number, version in sorted(seen.items()):
            try:
                with self._session.begin_nested():
                    done.append(self.move(number, action, expected_version=version, stamp=stamp, note=note, to=to))
            except Problem as problem:
                refused.append((number, problem))
        return BulkResult(tuple(done), tuple(refused))

    def record(self, task_no: str, ask: RecordAsk, *, expected_version: int, stamp: Stamp) -> Task:
        """File a contact, and move the task as its feedback says; a follow-up is made where one is wanted.

        Raises NoSuchTask, ChangedMeanwhile, MoveNotOpen, NotTheOwner, AdviserRequired, RecordIncomplete, WordsRefused,
        NotSuitable for a product without a decision that allows it today.
        """
        row = self._held(task_no, expected_version)
        task = task_of(row)
        next_state(task, TaskAction.RECORD)
        self._check_owner(task, stamp)
        self._check_adviser(task, self._worker(stamp), day_of(stamp.at))
        scenario = self._scenario(task)
        return Recording(self._session, self._read, self._outbox).file(row, task, scenario, ask, stamp)

    def add(self, ask: OwnTask, stamp: Stamp) -> Task:
        """A task of one's own for a client whom one may see. Raises NoSuchClient, TaskMalformed, WordsRefused."""
        client = ClientRepository(self._session, self._scope).client(ask.client_no)
        day = day_of(stamp.at)
        name, note = checked_text(ask.name, "名称", 80, day), checked_text(ask.note, "说明", 400, day)
        if ask.due_on < day:
            raise TaskMalformed(f"期限 {ask.due_on} 早于今天 {day}")
        if not 1 <= ask.priority <= 9:
            raise TaskMalformed("优先级是 1（最急）至 9")
        owner = self._worker(stamp)
        row = TaskRow(
            key=digest({"own": owner.staff_no, "client": client.client_no, "name": name, "at": stamp.at}),
            origin=Origin.OWN.value, client_no=client.client_no, client_name=client.name, name=name,
            purpose=Purpose.SERVICE.value, notice=note, mandatory=False, priority=ask.priority, evidence=False,
            compliance_copy=False, must_contact=False, needs_adviser=False, state=TaskState.ACCEPTED.value,
            owner_no=owner.staff_no, owner_name=owner.name, branch_no=owner.branch_no, made_on=day, due_on=ask.due_on,
            expires_on=lapses_on(ask.due_on, day, mandatory=False, must_contact=False), told={}, offers=[],
            created_at=stamp.at,
        )  # fmt: skip
        created(self._session, row, stamp, day)
        return task_of(row)

    # within

    def _assign(
        self, row: TaskRow, task: Task, state: TaskState, to: str | None, note: str, stamp: Stamp
    ) -> Task:
        if not _leads(stamp):
            raise NotAllowed("任务由营业部主管分派；请上报主管（ESCALATE）")
        if not to:
            raise TaskMalformed("分派须写明给谁（人员编号）")
        day = day_of(stamp.at)
        owner = person_on(self._session, to, day)
        if owner is None:
            raise NotInPost(f"{to} 在 {day} 不在岗或正在离岗；请改派在岗的同事")
        if self._scope.reach is Reach.BRANCH and owner.branch_no != row.branch_no:
            raise NotAllowed(f"{to} 不在本营业部；跨营业部的任务请由公司办理")
        self._check_adviser(task, owner, day)
        before = row.owner_no
        row.owner_no, row.owner_name = owner.staff_no, owner.name
        row.branch_no = owner.branch_no or row.branch_no
        advance(self._session, row, TaskAction.ASSIGN, state, stamp, note=note.strip(),
                **{"from": before, "to": owner.staff_no})  # fmt: skip
        scenario = self._scenario(task)
        channels = scenario.assignment.push if scenario else ()
        push(self._session, self._outbox, [push_of(row, PushReason.REASSIGNED, stamp.at, channels)])
        return task_of(row)

    def _check_owner(self, task: Task, stamp: Stamp) -> None:
        """The owner, or whoever stands in for them: those are the tasks that a BOOK scope shows."""
        number = subject_no(Scope(self._scope.reach, stamp.actor.subject, self._scope.day), STAFF)
        mine = number is not None and number == task.owner_no
        if not mine and not (number is not None and self._scope.reach is Reach.BOOK):
            whose = f"{task.owner_name}（{task.owner_no}）" if task.owner_no else "还没有人办理"
            raise NotTheOwner(f"任务 {task.number} 的办理人是{whose}；请先由主管分派给您")

    def _worker(self, stamp: Stamp) -> Assignee:
        """The member of staff who acts. Raises NotTheOwner for a user who is none."""
        number = subject_no(Scope(self._scope.reach, stamp.actor.subject, self._scope.day), STAFF)
        who = None if number is None else person_on(self._session, number, day_of(stamp.at), away_too=True)
        if who is None:
            raise NotTheOwner("您的用户没有对应的在岗人员，不能办理任务")
        return who

    def _check_adviser(self, task: Task, who: Assignee, day: date) -> None:
        if task.needs_adviser and not who.may_advise:
            raise AdviserRequired(
                f"任务 {task.number} 要提供投资建议，{who.name}（{who.staff_no}）在 {day} 没有投资顾问登记；"
                "请改派登记的投资顾问"
            )

    def _scenario(self, task: Task) -> Scenario | None:
        if not task.scenario_digest:
            return None
        return ScenarioDesk(self._session).contents((task.scenario_digest,)).get(task.scenario_digest)

    def _held(self, task_no: str, expected_version: int) -> TaskRow:
        """The task, held until the transaction ends. Raises NoSuchTask, ChangedMeanwhile."""
        row = self._row(task_no)
        return held(self._session, TaskRow, row.id, expected_version, f"任务 {task_number(row.id or 0)}")

    def _row(self, task_no: str) -> TaskRow:
        number = task_id_of(task_no.strip())
        row = None if number is None else self._read.row(number)
        if row is None:
            raise NoSuchTask(f"没有任务 {task_no[:20]}")
        return row


def _leads(stamp: Stamp) -> bool:
    return stamp.actor.role in (Role.SUPERVISOR, Role.COMPLIANCE, Role.ADMINISTRATOR)


def _need_reason(action: TaskAction, note: str) -> None:
    if not note.strip():
        raise TaskMalformed(f"{action.label}须写明理由")
    if len(note) > 1000:
        raise TaskMalformed("理由最多 1000 个字符")


