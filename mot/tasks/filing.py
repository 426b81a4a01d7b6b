"""How a task comes to be in a new state: its row, the entry of its history, the row of the trail, and the push.

All of it in the caller's transaction: everything exists once, or nothing does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlmodel import Session

from clients.staff.filing import Stamp
from kit.clock import day_of
from kit.digest import digest
from kit.trail.entry import Entry
from kit.trail.service import record
from mot.scenario.types import PushChannel
from mot.tasks.ports import Outbox, Push, PushReason
from mot.tasks.tables import TaskRow, TaskStateRow
from mot.tasks.types import TaskAction, TaskState, task_number

EVERYWHERE: Final = (PushChannel.INBOX,)
"""Where a task goes whose scenario names no channel: the inbox always holds it."""


def step_row(
    row: TaskRow, action: TaskAction, stamp: Stamp, day: date, note: str = "", detail: dict[str, Any] | None = None
) -> TaskStateRow:
    """The entry of the version that the task has now; its digest is over everything that it says."""
    assert row.id is not None
    told = dict(detail or {})
    said = {
        "task": task_number(row.id), "version": row.version, "action": action, "state": row.state, "day": day,
        "by": stamp.actor.user_id, "owner": row.owner_no, "note": note, "detail": told,
    }  # fmt: skip
    return TaskStateRow(
        task_id=row.id, version=row.version, action=action.value, state=row.state, at=stamp.at, day=day,
        by_id=stamp.actor.user_id, by_name=stamp.actor.name, note=note, detail=told, digest=digest(said),
    )  # fmt: skip


def enter(session: Session, row: TaskRow, step: TaskStateRow, stamp: Stamp) -> None:
    """The entry and its row of the trail."""
    session.add(step)
    session.flush()
    assert row.id is not None
    record(session, Entry(
        actor=stamp.actor, at=stamp.at, origin=stamp.origin, action=f"task.{step.action.lower()}",
        record_kind="mot_task", record_id=task_number(row.id), record_version=str(row.version), purpose=step.note,
        digest=step.digest,
        detail={
            "client": row.client_no, "scenario": row.scenario_id, "state": row.state, "owner": row.owner_no,
            "mandatory": row.mandatory,
        },
    ))  # fmt: skip


def created(session: Session, row: TaskRow, stamp: Stamp, day: date, detail: dict[str, Any] | None = None) -> None:
    """A new task with its first state. The row has its owner, or waits for one."""
    session.add(row)
    session.flush()
    enter(session, row, step_row(row, TaskAction.CREATE, stamp, day, "", detail), stamp)


def advance(
    session: Session, row: TaskRow, action: TaskAction, state: TaskState, stamp: Stamp, *, note: str = "",
    **detail: Any,
) -> None:  # fmt: skip
    """The row in its next version and state, with its history and the trail."""
    day = day_of(stamp.at)
    row.version += 1
    row.state = state.value
    if state in (TaskState.DONE, TaskState.SKIPPED, TaskState.EXPIRED, TaskState.CANCELLED):
        row.ended_on = day
    session.flush()
    enter(session, row, step_row(row, action, stamp, day, note, detail), stamp)


def push_of(
    row: TaskRow, reason: PushReason, at: datetime, channels: Sequence[PushChannel], staff_no: str = ""
) -> Push:
    """The message to whoever works the task (or `staff_no`). No phone, no identity number, no money."""
    assert row.id is not None
    number = task_number(row.id)
    return Push(
        key=f"{number}:{reason.value}:{row.version}:{staff_no or row.owner_no}", task_id=row.id, task_no=number,
        reason=reason, staff_no=staff_no or row.owner_no, channels=tuple(channels) or EVERYWHERE,
        title=title_of(row, reason), text=text_of(row), mandatory=row.mandatory, priority=row.priority,
        made_on=row.made_on, due_on=row.due_on, not_before=at, expires_at=None,
    )  # fmt: skip


def title_of(row: TaskRow, reason: PushReason = PushReason.NEW) -> str:
    kind = "必做" if row.mandatory else "选做"
    lead = "" if reason is PushReason.NEW else f"{reason.label}："
    return f"{lead}【{kind}】{row.name}"


def text_of(row: TaskRow) -> str:
    """Whom it is about and by when; what happened is read in the task itself."""
    return f"客户 {row.client_no}，最迟 {row.due_on} 办理。打开任务 {task_number(row.id or 0)} 查看为什么、说什么。"


def push(session: Session, outbox: Outbox | None, pushes: Sequence[Push]) -> int:
    """Hand over what has somebody to go to; nothing where there is no outbox (an import of history)."""
    wanted = [one for one in pushes if one.staff_no]
    return outbox.enqueue(session, wanted) if outbox is not None and wanted else 0
