"""Tasks of a period for whoever grades the people who work them: one query over the whole book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from mot.tasks.tables import TaskRow
from mot.tasks.types import TaskState, task_number

LEFT_OUT: Final = (TaskState.SKIPPED.value, TaskState.CANCELLED.value)
"""Skipped with a reason (optional ones alone can be), or taken back: nobody's fault and nobody's merit."""


@dataclass(frozen=True, slots=True)
class TaskDue:
    """A task whose last day lies in the period. ended_on: None while it is open."""

    number: str
    client_no: str
    owner_no: str
    mandatory: bool
    needs_adviser: bool
    done: bool
    due_on: date
    ended_on: date | None


def tasks_due(session: Session, first: date, last: date) -> list[TaskDue]:
    """By number. Tasks without an owner are in no book."""
    row = TaskRow
    asked = (
        select(
            col(row.id), col(row.client_no), col(row.owner_no), col(row.mandatory), col(row.needs_adviser),
            col(row.state), col(row.due_on), col(row.ended_on),
        )
        .where(col(row.due_on).between(first, last), col(row.owner_no) != "", col(row.state).not_in(LEFT_OUT))
        .order_by(col(row.id))
    )  # fmt: skip
    return [
        TaskDue(task_number(task_id), client, owner, mandatory, adviser, state == TaskState.DONE.value, due, ended)
        for task_id, client, owner, mandatory, adviser, state, due, ended in session.execute(asked)
    ]


def any_task(session: Session, day: date) -> bool:
    """Whether there was any task by the day: no task at all says nothing about anybody."""
    return session.execute(select(col(TaskRow.id)).where(col(TaskRow.made_on) <= day).limit(1)).first() is not None


def owners_of(session: Session, scenario_id: str, client_nos: Sequence[str]) -> dict[str, str]:
    """Who had the first task of a scenario with each of these clients: staff number by client number."""
    row = TaskRow
    asked = (
        select(col(row.client_no), col(row.owner_no))
        .where(col(row.scenario_id) == scenario_id, col(row.owner_no) != "")
        .order_by(col(row.id).desc())
    )
    wanted = set(client_nos)
    return {client: owner for client, owner in session.execute(asked) if client in wanted}
