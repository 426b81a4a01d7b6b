"""One task with the client's story, and its forms: a record in one step, accepting, skipping, handing on.

Every form is a deed under the version that its reader saw; a refusal writes nothing and keeps what was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from api.access import Now, Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Stamped
from api.pages.fields import Text
from api.pages.task_inputs import TaskFields
from api.pages.task_view import (
    because,
    client_words,
    clock_words,
    contact_rows,
    gate_words,
    may_do,
    meanwhile,
    now_words,
    option_rows,
    other_rows,
    places,
    record_row,
    timeline,
    why_no_skip,
    why_only_looking,
)
from api.pages.tasks_view import LIST, TONES, day_words, due_words, shown, works
from api.rendering import render
from api.routes.shapes import PathCode
from api.routes.tasks import Desk
from clients.staff.filing import Stamp
from clients.staff.problems import ChangedMeanwhile
from clients.staff.service import StaffService
from kit.access import Scope, Verb
from kit.problems import Problem
from mot.scenario.types import ContactWay
from mot.tasks.desk import TaskDesk
from mot.tasks.problems import NoSuchTask
from mot.tasks.sheet import TaskSheet
from mot.tasks.types import Task, TaskAction

router = APIRouter(prefix=f"{LIST}/{{number}}", route_class=Door)
READS: Final = [needs(Verb.TASK_READ)]
WORKS: Final = [needs(Verb.TASK_WORK)]
ASSIGNS: Final = [needs(Verb.TASK_ASSIGN)]
COLLEAGUES: Final = 200
Move = Literal["accept", "start", "skip", "escalate", "cancel"]
NOTES: Final = {
    "accept": "已接收。", "start": "已开始。", "skip": "已跳过，理由已留痕。", "escalate": "已上报主管。",
    "cancel": "已撤销。", "owner": "已分派。", "record": "服务记录已登记。", "added": "任务已添加。",
    "next": "上一项的服务记录已登记。这是下一项。",
}  # fmt: skip
Fields = Annotated[TaskFields, Form()]


@router.get("", response_class=HTMLResponse, dependencies=READS)
def task_page(
    number: PathCode, desk: Desk, session: Database, scope: Reach, who: Who, at: Now, note: Text = None
) -> str:
    """Why now, what to say, what fits, what must not be offered, by when, and one form to write it down."""
    return _page(desk, session, number, scope, Stamp(who, at), note=NOTES.get(note or ""))


@router.get("/suitability", response_class=HTMLResponse, dependencies=READS)
def task_suitability_page(number: PathCode, desk: Desk, scope: Reach, who: Who) -> str:
    """The client in short and what fits today, asked anew; the task's page takes it in."""
    task, standing = desk.standing(number)
    return render(
        "pages/task_suitability.html", "tasks", reader=who, task=task, href=f"{LIST}/{task.number}",
        client=client_words(task, scope, who), today=scope.day, now=now_words(standing, scope.day),
        places=places(task, who), plain=[one for one in task.offers if not one.product_code],
    )  # fmt: skip


@router.post("/record", dependencies=WORKS)
def record_task_page(
    number: PathCode, fields: Fields, desk: Desk, scope: Reach, stamp: Stamped, session: Database
) -> Response:
    """Record a contact in one step, and on to the next task where this one is over."""

    def deed() -> Task:
        return desk.record(number, fields.record(), expected_version=fields.version, stamp=stamp)

    def onward(task: Task) -> str:
        if task.open or fields.then != "next":
            return f"{LIST}/{task.number}?note=record"
        following = desk.next_of(task.owner_no, task.id)
        return f"{LIST}/{following.number}?note=next" if following else f"{LIST}?note=recorded"

    return _attempt(desk, session, number, "record", deed, onward, fields, scope, stamp)


@router.post("/owner", dependencies=ASSIGNS)
def assign_task_page(
    number: PathCode, fields: Fields, desk: Desk, scope: Reach, stamp: Stamped, session: Database
) -> Response:
    """Give the task to a person in post."""

    def deed() -> Task:
        return desk.move(
            number, TaskAction.ASSIGN, expected_version=fields.version, stamp=stamp, note=fields.note,
            to=fields.staff_no,
        )  # fmt: skip

    return _attempt(desk, session, number, "owner", deed, lambda task: f"{LIST}/{task.number}?note=owner", fields,
                    scope, stamp)  # fmt: skip


@router.post("/{move}", dependencies=WORKS)
def move_task_page(
    number: PathCode, move: Move, fields: Fields, desk: Desk, scope: Reach, stamp: Stamped, session: Database
) -> Response:
    """Accept, start, skip with a reason, hand to the supervisor, withdraw."""

    def deed() -> Task:
        return desk.move(
            number, TaskAction(move.upper()), expected_version=fields.version, stamp=stamp, note=fields.note
        )

    return _attempt(desk, session, number, move, deed, lambda task: f"{LIST}/{task.number}?note={move}", fields,
                    scope, stamp)  # fmt: skip


def _attempt(
    desk: TaskDesk, session: Session, number: str, act: str, deed: Callable[[], Task], onward: Callable[[Task], str],
    fields: TaskFields, scope: Scope, stamp: Stamp,
) -> Response:  # fmt: skip
    """Do it and go on. A refusal writes nothing; what was typed stays, under the version of now.

    Where somebody else was faster the page says what they did, so that the same words can be sent again knowingly.
    """
    desk.one(number)  # what the reader may not see is not there, whatever was typed
    try:
        task = deed()
    except Problem as refused:
        session.rollback()
        seen = fields.version if isinstance(refused, ChangedMeanwhile) else None
        page = _page(desk, session, number, scope, stamp, act=act, fields=fields, fault=refused.detail, seen=seen)
        return HTMLResponse(page, status_code=refused.status)
    try:
        desk.one(task.number)
    except NoSuchTask:  # handed to somebody beyond the reader's reach
        return RedirectResponse(f"{LIST}?note=left", status_code=303)
    return RedirectResponse(onward(task), status_code=303)


def _page(
    desk: TaskDesk, session: Session, number: str, scope: Scope, stamp: Stamp, *, note: str | None = None,
    act: str = "", fields: TaskFields | None = None, fault: str = "", seen: int | None = None,
) -> str:  # fmt: skip
    sheet, who = desk.sheet(number, stamp.at), stamp.actor
    task, story, acts = sheet.task, sheet.story, may_do(sheet, scope, who)
    day, minute = clock_words(stamp.at)
    mine = works(task, scope, who)
    options = story.options
    return render(
        "pages/task.html", "tasks", *([note] if note else []), reader=who, task=task, story=story, mine=mine,
        client=client_words(task, scope, who), notice=shown(task, task.notice, mine), today=day, minute=minute,
        due=due_words(task, scope.day), due_day=day_words(task.due_on), late=task.overdue(scope.day),
        tone=TONES.get(task.state, "PLAIN"), reasons=[because(one) for one in story.reasons],
        opening=shown(task, story.opening, mine), points=[shown(task, one, mine) for one in story.points],
        contact=gate_words(sheet.contact, task), acts=acts, no_skip=why_no_skip(task) if mine and task.open else "",
        looking=why_only_looking(task, scope, who), options=option_rows(options), ways=_ways(story.ways),
        way=_way(sheet, fields), needed=[code for code, _ in story.record_fields],
        needed_words="、".join(label for _, label in story.record_fields),
        named=[one for one in task.offers if one.product_code], plain=[o for o in task.offers if not o.product_code],
        records=[record_row(one, task, options) for one in story.records], contacts=contact_rows(sheet),
        others=other_rows(sheet, scope.day), events=timeline(sheet.steps), places=places(task, who),
        colleagues=_colleagues(session, sheet.task, scope, acts), href=f"{LIST}/{task.number}", act=act,
        fields=fields or TaskFields(), fault=fault,
        meanwhile=[] if seen is None else meanwhile(sheet.steps, seen),
    )  # fmt: skip


def _ways(ways: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Those of the scenario; a task of one's own may be done in any way."""
    return ways or tuple((one.value, one.label) for one in ContactWay)


def _way(sheet: TaskSheet, fields: TaskFields | None) -> str:
    """What is ticked at first: what was typed, or the first way that the client does not refuse."""
    if fields is not None and fields.way:
        return fields.way
    return sheet.contact.way.value if sheet.contact.way is not None else ""


def _colleagues(session: Session, task: Task, scope: Scope, acts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Who may be given it: number and name of those in post in its branch and present."""
    if TaskAction.ASSIGN.value not in acts:
        return ()
    staff = StaffService(session, scope).list(branch_no=task.branch_no or None, in_post=True, limit=COLLEAGUES)
    return tuple((one.staff_no, one.name) for one in staff if not one.absent and one.staff_no != task.owner_no)
