"""One task as its page shows it: told in as few questions as it takes. What suitability says today is asked apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clients.contacts.repository import ContactRepository
from clients.contacts.types import Contact
from kit.access import everything
from kit.clock import day_of
from mot.contact.standing import ContactStanding, contact_standing
from mot.scenario.types import ContactWay, Scenario
from mot.tasks.machine import open_actions
from mot.tasks.repository import TaskRepository, task_of
from mot.tasks.story import LATELY, Story, telling_of
from mot.tasks.types import Task, TaskAction, TaskStep


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSheet:
    """What a page shows of a task: its story, history (oldest first), what may be done, the client's other tasks
    (newest first), whether the client may be contacted now, and the client's contacts of late."""

    task: Task
    story: Story
    steps: tuple[TaskStep, ...]
    actions: tuple[TaskAction, ...]
    others: tuple[Task, ...]
    contact: ContactStanding
    contacts: tuple[Contact, ...]


def sheet_of(
    session: Session, task: Task, scenario: Scenario | None, read: TaskRepository, at: datetime
) -> TaskSheet:
    """The caller has seen that the task may be looked at."""
    day = day_of(at)
    ways = scenario.assignment.contact if scenario else tuple(ContactWay)
    return TaskSheet(
        task=task, story=telling_of(session, task, scenario, read.records_around(task), day),
        steps=read.steps(task.id), actions=open_actions(task),
        others=tuple(task_of(row) for row in read.of_client(task.client_no) if row.id != task.id),
        contact=contact_standing(session, task, ways, at),
        contacts=tuple(ContactRepository(session, everything(day)).of_client(task.client_no, day, limit=LATELY)),
    )  # fmt: skip
