"""今日: the adviser's day, and a supervisor's look at the branch; several tasks at once, and tasks of one's own."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Stamped
from api.pages.fields import Text
from api.pages.forms import FormCode, FormDay, FormLine
from api.pages.suitability_list import code
from api.pages.tasks_view import (
    LIST,
    Asked,
    BulkTold,
    Sums,
    asked,
    bulk_told,
    family_chips,
    figures,
    groups,
    line_of,
    long_day,
    must_chips,
    picks,
    state_chips,
)
from api.rendering import render
from api.routes.tasks import Desk, read_cursor, told_cursor
from kit.access import Actor, Scope, Verb
from kit.access import Reach as How
from kit.problems import Problem
from mot.delivery.inbox import Inbox
from mot.tasks.desk import OwnTask, TaskDesk
from mot.tasks.problems import TaskMalformed
from mot.tasks.repository import TaskFilter
from mot.tasks.types import TaskAction

router = APIRouter(prefix=LIST, route_class=Door)
READS: Final = [needs(Verb.TASK_READ)]
WORKS: Final = [needs(Verb.TASK_WORK)]
PAGE: Final = 50
TOGETHER: Final = (TaskAction.ACCEPT, TaskAction.SKIP)
NOTES: Final = {"recorded": "服务记录已登记。今天没有下一项了。", "left": "任务已改派，不再由您办理。"}


class BulkFields(BaseModel):
    """What was picked, as number.version, and what is to be done with all of it."""

    pick: Annotated[tuple[str, ...], Field(max_length=200)] = ()
    deed: FormCode = ""
    note: Annotated[str, Field(max_length=4000)] = ""
    staff_no: FormCode = ""


class OwnFields(BaseModel):
    """A task of one's own."""

    client_no: FormCode = ""
    name: FormLine = ""
    note: Annotated[str, Field(max_length=1600)] = ""
    due_on: FormDay = None
    priority: Annotated[int, Field(ge=0, le=99)] = 6


Filters = Annotated[Asked, Depends(asked)]


@router.get("", response_class=HTMLResponse, dependencies=READS)
def tasks_page(
    desk: Desk, session: Database, scope: Reach, who: Who, now: Filters, cursor: Text = None, note: Text = None,
    client: Text = None,
) -> str:  # fmt: skip
    """What is to be done: mandatory first, what is overdue apart, by the last day."""
    own = OwnFields(client_no=(client or "")[:64])
    return _page(desk, session, scope, who, now, cursor, note=NOTES.get(note or ""), own=own, adding=bool(client))


@router.post("/bulk", dependencies=WORKS)
def bulk_tasks_page(
    fields: Annotated[BulkFields, Form()], desk: Desk, scope: Reach, stamp: Stamped, session: Database
) -> Response:
    """Accept or skip what was picked: each is moved, or refused by name."""
    action = code(TaskAction, fields.deed)
    try:
        if action not in TOGETHER or action is None:
            raise TaskMalformed("一起办理的只有接收和跳过；其余请逐项办理")
        if not fields.pick:
            raise TaskMalformed("还没有选中任务；请先在左侧勾选")
        found = desk.move_all(picks(fields.pick), action, stamp=stamp, note=fields.note)
    except Problem as refused:
        page = _page(desk, session, scope, stamp.actor, Asked(), fault=refused.detail, typed=fields)
        return HTMLResponse(page, status_code=refused.status)
    kept = fields if found.refused else None
    return HTMLResponse(_page(desk, session, scope, stamp.actor, Asked(), told=bulk_told(found, action), typed=kept))


@router.post("/own", dependencies=WORKS)
def add_own_page(
    fields: Annotated[OwnFields, Form()], desk: Desk, scope: Reach, stamp: Stamped, session: Database
) -> Response:
    """Set oneself a task for a client of one's own."""
    try:
        if fields.due_on is None:
            raise TaskMalformed("请填写期限")
        task = desk.add(OwnTask(
            client_no=fields.client_no, name=fields.name, note=fields.note, due_on=fields.due_on,
            priority=fields.priority,
        ), stamp)  # fmt: skip
    except Problem as refused:
        session.rollback()
        page = _page(desk, session, scope, stamp.actor, Asked(), own=fields, own_fault=refused.detail, adding=True)
        return HTMLResponse(page, status_code=refused.status)
    return RedirectResponse(f"{LIST}/{task.number}?note=added", status_code=303)


def _page(
    desk: TaskDesk, session: Session, scope: Scope, who: Actor, now: Asked, cursor: str | None = None, *,
    note: str | None = None, fault: str = "", told: BulkTold | None = None, typed: BulkFields | None = None,
    own: OwnFields | None = None, own_fault: str = "", adding: bool = False,
) -> str:  # fmt: skip
    found = desk.list(now.filter(scope.day), after=read_cursor(cursor), limit=PAGE)
    lines = [line_of(one, scope, who) for one in found.tasks]
    sums, mine = Sums.of(desk.desks()), scope.reach is How.BOOK
    following = None if found.next is None else _with(now, told_cursor(found.next) or "")
    return render(
        "pages/tasks.html", "tasks", *([note] if note else []), reader=who, now=now, day=scope.day, mine=mine,
        groups=groups(lines), figures=figures(sums), states=state_chips(now, desk.states()),
        musts=must_chips(now, sums), families=family_chips(now, desk.families(TaskFilter(open=True))),
        following=following, first=now.href() if cursor else None, sums=sums,
        picking=any(one.own and one.pick for one in lines), fault=fault, told=told, typed=typed or BulkFields(),
        own=own or OwnFields(), own_fault=own_fault, adding=adding, adds=who.may(Verb.TASK_WORK) and bool(who.subject),
        address=now.href(), seen=max((one.id for one in Inbox(session, who).page(most=1)), default=0),
        today=long_day(scope.day),
    )  # fmt: skip


def _with(now: Asked, cursor: str) -> str:
    href = now.href()
    return f"{href}{'&' if '?' in href else '?'}cursor={cursor}"
