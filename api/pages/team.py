"""团队: the supervisor's view of the branch: what waits for somebody, what is late, how full each desk is; given away
singly or together."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Stamped
from api.pages.fields import Text
from api.pages.tasks import BulkFields
from api.pages.tasks_view import BulkTold, Sums, bulk_told, groups, line_of, long_day, picks
from api.pages.team_view import LIST, WAITING, Asked, asked, chosen, desk_lines, figures, what_chips
from api.rendering import render
from api.routes.tasks import Desk, read_cursor, told_cursor
from clients.staff.service import StaffService
from clients.staff.types import Post
from kit.access import Actor, Scope, Verb
from kit.access import Reach as How
from kit.problems import Problem
from mot.tasks.desk import TaskDesk
from mot.tasks.problems import TaskMalformed
from mot.tasks.repository import TaskFilter
from mot.tasks.rules import value_of
from mot.tasks.types import TaskAction

router = APIRouter(prefix=LIST, route_class=Door)
ASSIGNS: Final = [needs(Verb.TASK_ASSIGN)]
PAGE: Final = 50
PEOPLE: Final = 200
WORKERS: Final = (Post.ADVISOR, Post.CLIENT_MANAGER)
Filters = Annotated[Asked, Depends(asked)]


@router.get("", response_class=HTMLResponse, dependencies=ASSIGNS)
def team_page(
    desk: Desk, session: Database, scope: Reach, who: Who, now: Filters, cursor: Text = None
) -> str:
    """What waits for somebody first, then what is late, then what was reported."""
    return _page(desk, session, scope, who, now, cursor)


@router.post("/assign", dependencies=ASSIGNS)
def assign_together_page(
    fields: Annotated[BulkFields, Form()], desk: Desk, session: Database, scope: Reach, stamp: Stamped
) -> Response:
    """Give what was picked to one person: each is given, or refused by name."""
    try:
        if not fields.pick:
            raise TaskMalformed("还没有选中任务；请先在左侧勾选")
        if not fields.staff_no:
            raise TaskMalformed("请选择分派给谁")
        found = desk.move_all(
            picks(fields.pick), TaskAction.ASSIGN, stamp=stamp, note=fields.note, to=fields.staff_no
        )
    except Problem as refused:
        page = _page(desk, session, scope, stamp.actor, Asked(), fault=refused.detail, typed=fields)
        return HTMLResponse(page, status_code=refused.status)
    told = bulk_told(found, TaskAction.ASSIGN)
    return HTMLResponse(_page(desk, session, scope, stamp.actor, Asked(), told=told))


def _page(
    desk: TaskDesk, session: Session, scope: Scope, who: Actor, now: Asked, cursor: str | None = None, *,
    fault: str = "", told: BulkTold | None = None, typed: BulkFields | None = None,
) -> str:  # fmt: skip
    branch = now.branch or None
    loads = {one.owner_no: one for one in desk.desks(TaskFilter(branch_no=branch))}
    sums, waiting = Sums.of(loads.values()), loads[""].open if "" in loads else 0
    what = chosen(now, sums, waiting)
    found = desk.list(now.filter(what), after=read_cursor(cursor), limit=PAGE)
    service = StaffService(session, scope)
    staff = service.list(branch_no=branch, in_post=True, limit=PEOPLE)
    away = {one.staff_no: (one.kind.value, one.valid_to, one.stand_in or "") for one in service.away()}
    full = int(value_of("LOAD", scope.day)["open"])
    workers = [one for one in staff if one.post in WORKERS or one.staff_no in loads]
    lines = [line_of(one, scope, who) for one in found.tasks]
    href = now.href(what=what)
    following = None if found.next is None else f"{href}{'&' if '?' in href else '?'}cursor={told_cursor(found.next)}"
    return render(
        "pages/team.html", "team", reader=who, now=now, what=what, today=long_day(scope.day),
        figures=figures(now, sums, waiting), chips=what_chips(now, what, sums, waiting), waiting=what == WAITING,
        desks=desk_lines(workers, loads, away, now, full), groups=groups(lines), lines=lines, full=full,
        owner=next((one.name for one in staff if one.staff_no == now.owner), now.owner),
        people=[(one.staff_no, one.name) for one in workers if not one.absent], following=following,
        first=href if cursor else None, fault=fault, told=told, typed=typed or BulkFields(),
        branches=[(one.branch_no, one.name) for one in service.branches()] if scope.reach is How.ALL else [],
        reads=who.may(Verb.TASK_READ),
    )  # fmt: skip
