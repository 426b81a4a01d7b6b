"""服务任务: mine and my branch's, one with its story, moves and records under the version that was read."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.etags import SeenVersion, set_etag
from api.contract.refusals import problem_responses
from api.database import Database
from api.desks import Stamped, within
from api.links import next_link
from api.routes.events import number_of
from api.routes.shapes import Cursor, DayAsked, Limit, PathCode
from api.routes.tasks_shapes import (
    BulkOut,
    MoveIn,
    MovesIn,
    OwnerIn,
    OwnersIn,
    OwnIn,
    RecordIn,
    RecordPage,
    RefusedOut,
    SeenIn,
    StoryOut,
    SuppressionOut,
    SuppressionPage,
    TaskPageOut,
    TaskQuery,
    TaskWhole,
    record_out,
    story_out,
    task_out,
    whole_out,
)
from clients.repository import NoSuchClient
from clients.staff.problems import ChangedMeanwhile, NoSuchStaff, NotInPost
from kit.access import Scope, Verb
from mot.contact.repository import SuppressionRepository
from mot.delivery.outbox import DeliveryOutbox
from mot.tasks.desk import BulkResult, OwnTask, TaskDesk
from mot.tasks.desk import Cursor as TaskCursor
from mot.tasks.problems import (
    AdviserRequired,
    ContactRequired,
    MandatoryTask,
    MoveNotOpen,
    NoSuchTask,
    NotSuitable,
    NotTheOwner,
    RecordIncomplete,
    TaskMalformed,
    WordsRefused,
)
from mot.tasks.repository import TaskRepository, record_of
from mot.tasks.types import TaskAction

router = APIRouter(prefix="/tasks", tags=["服务任务"], route_class=Door)
READS, WORKS, ASSIGNS = [needs(Verb.TASK_READ)], [needs(Verb.TASK_WORK)], [needs(Verb.TASK_ASSIGN)]
MOVED = (
    NoSuchTask, ChangedMeanwhile, MoveNotOpen, MandatoryTask, ContactRequired, NotTheOwner, TaskMalformed,
)  # fmt: skip
EVER = date(2000, 1, 1)


def task_desk(session: Session, scope: Scope) -> TaskDesk:
    return TaskDesk(session, scope, DeliveryOutbox())


Desk = Annotated[TaskDesk, within(task_desk)]


@router.get("", operation_id="listTasks", dependencies=READS)
def list_tasks(
    request: Request,
    response: Response,
    desk: Desk,
    scope: Reach,
    asked: Annotated[TaskQuery, Depends()],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> TaskPageOut:
    """Tasks within reach: an adviser's own and of those in whose place they stand, a supervisor's branch. Mandatory
    first, then by the last day."""
    page = desk.list(asked.filter(), after=read_cursor(cursor), limit=limit)
    following = told_cursor(page.next)
    next_link(request, response, following)
    return TaskPageOut(items=[task_out(one, scope.day) for one in page.tasks], next=following)


@router.get("/mine", operation_id="listMyTasks", dependencies=READS)
def list_mine(
    request: Request, response: Response, desk: Desk, scope: Reach, due_by: DayAsked = None, cursor: Cursor = None,
    limit: Limit = 50,
) -> TaskPageOut:  # fmt: skip
    """My open tasks."""
    page = desk.mine(due_by, after=read_cursor(cursor), limit=limit)
    following = told_cursor(page.next)
    next_link(request, response, following)
    return TaskPageOut(items=[task_out(one, scope.day) for one in page.tasks], next=following)


@router.post(
    "", status_code=201, operation_id="addTask", dependencies=WORKS,
    responses=problem_responses(NoSuchClient, TaskMalformed, WordsRefused, RecordIncomplete, NotTheOwner),
)
def add_task(body: OwnIn, response: Response, desk: Desk, scope: Reach, stamp: Stamped) -> TaskWhole:
    """Set oneself a task for a client of one's own."""
    task = desk.add(OwnTask(**body.model_dump()), stamp)
    set_etag(response, task.version)
    return whole_out(desk.detail(task.number), scope.day)


@router.post("/moves", operation_id="moveTasks", dependencies=WORKS, responses=problem_responses(TaskMalformed))
def move_many(body: MovesIn, desk: Desk, scope: Reach, stamp: Stamped) -> BulkOut:
    """The same move on several tasks: each is moved, or refused by name."""
    return _bulk(desk.move_all(_seen(body.tasks), body.action, stamp=stamp, note=body.note), scope.day)


@router.post(
    "/assignments", operation_id="assignTasks", dependencies=ASSIGNS, responses=problem_responses(TaskMalformed)
)
def assign_many(body: OwnersIn, desk: Desk, scope: Reach, stamp: Stamped) -> BulkOut:
    """Give several tasks to one person."""
    done = desk.move_all(_seen(body.tasks), TaskAction.ASSIGN, stamp=stamp, note=body.note, to=body.staff_no)
    return _bulk(done, scope.day)


@router.get("/suppressions", operation_id="listSuppressions", dependencies=READS)
def list_suppressions(
    request: Request, response: Response, session: Database, scope: Reach, first: DayAsked = None,
    last: DayAsked = None, cursor: Cursor = None, limit: Limit = 50,
) -> SuppressionPage:  # fmt: skip
    """Contacts that were held back, with the rules and the next time, newest first."""
    rows = SuppressionRepository(session, scope).page(
        first=first, last=last, before=number_of(cursor), limit=limit + 1
    )
    following = str(rows[limit - 1].id) if len(rows) > limit else None
    next_link(request, response, following)
    items = [
        SuppressionOut(
            id=row.id or 0, subject=row.subject, stage=row.stage, client_no=row.client_no,
            scenario_id=row.scenario_id, day=row.day, rules=row.rules.split(","), reason=row.reason,
            next_allowed_at=row.next_allowed_at,
        )
        for row in rows[:limit]
    ]  # fmt: skip
    return SuppressionPage(items=items, next=following)


@router.get("/compliance-copies", operation_id="listComplianceCopies", dependencies=[needs(Verb.TRAIL_READ)])
def list_copies(
    request: Request, response: Response, session: Database, scope: Reach, first: DayAsked = None,
    last: DayAsked = None, cursor: Cursor = None, limit: Limit = 50,
) -> RecordPage:  # fmt: skip
    """Service records that go to compliance, newest first."""
    rows = TaskRepository(session, scope).copies(
        first or EVER, last or scope.day, before=number_of(cursor), limit=limit + 1
    )
    following = str(rows[limit - 1].id) if len(rows) > limit else None
    next_link(request, response, following)
    return RecordPage(items=[record_out(record_of(row)) for row in rows[:limit]], next=following)


@router.get("/{number}", operation_id="getTask", dependencies=READS, responses=problem_responses(NoSuchTask))
def get_task(number: PathCode, response: Response, desk: Desk, scope: Reach) -> TaskWhole:
    """One task with its history, its records and what may be done next."""
    detail = desk.detail(number)
    set_etag(response, detail.task.version)
    return whole_out(detail, scope.day)


@router.get(
    "/{number}/story", operation_id="getTaskStory", dependencies=READS, responses=problem_responses(NoSuchTask)
)
def get_story(number: PathCode, desk: Desk) -> StoryOut:
    """Why now, what to say, what fits and why, what must not be offered."""
    return story_out(desk.story(number))


@router.post(
    "/{number}/moves", operation_id="moveTask", dependencies=WORKS, responses=problem_responses(*MOVED)
)
def move_task(
    number: PathCode, body: MoveIn, response: Response, desk: Desk, scope: Reach, stamp: Stamped, seen: SeenVersion
) -> TaskWhole:
    """Accept, start, skip, cancel or escalate a task."""
    task = desk.move(number, body.action, expected_version=seen, stamp=stamp, note=body.note)
    set_etag(response, task.version)
    return whole_out(desk.detail(number), scope.day)


@router.put(
    "/{number}/owner", operation_id="assignTask", dependencies=ASSIGNS,
    responses=problem_responses(
        NoSuchTask, ChangedMeanwhile, MoveNotOpen, NoSuchStaff, NotInPost, AdviserRequired, TaskMalformed
    ),
)
def assign_task(
    number: PathCode, body: OwnerIn, response: Response, desk: Desk, scope: Reach, stamp: Stamped, seen: SeenVersion
) -> TaskWhole:
    """Give a task to a person in post."""
    task = desk.move(
        number, TaskAction.ASSIGN, expected_version=seen, stamp=stamp, note=body.note, to=body.staff_no
    )
    set_etag(response, task.version)
    return whole_out(desk.detail(number), scope.day)


@router.post(
    "/{number}/records", status_code=201, operation_id="recordService", dependencies=WORKS,
    responses=problem_responses(
        NoSuchTask, ChangedMeanwhile, MoveNotOpen, NotTheOwner, AdviserRequired, RecordIncomplete, WordsRefused,
        NotSuitable,
    ),
)
def record_service(
    number: PathCode, body: RecordIn, response: Response, desk: Desk, scope: Reach, stamp: Stamped, seen: SeenVersion
) -> TaskWhole:
    """Record a contact in one step; the task moves as the feedback says."""
    task = desk.record(number, body.ask(), expected_version=seen, stamp=stamp)
    set_etag(response, task.version)
    return whole_out(desk.detail(number), scope.day)


def _seen(tasks: list[SeenIn]) -> dict[str, int]:
    return {one.task: one.version for one in tasks}


def _bulk(found: BulkResult, day: date) -> BulkOut:
    return BulkOut(
        done=[task_out(one, day) for one in found.done],
        refused=[RefusedOut(task=no, code=problem.code(), detail=problem.detail) for no, problem in found.refused],
    )


def told_cursor(cursor: TaskCursor | None) -> str | None:
    if cursor is None:
        return None
    mandatory, due, priority, task_id = cursor
    return f"{int(mandatory)}_{due.isoformat()}_{priority}_{task_id}"


def read_cursor(cursor: str | None) -> TaskCursor | None:
    """A cursor of ours; None for none, or for one that is not (the list begins anew)."""
    parts = (cursor or "").split("_")
    try:
        return bool(int(parts[0])), date.fromisoformat(parts[1]), int(parts[2]), int(parts[3])
    except (ValueError, IndexError):
        return None
