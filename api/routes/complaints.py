"""投诉: registered, given to somebody, worked, concluded; every step under the version that its maker saw."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.etags import SeenVersion, set_etag
from api.contract.refusals import problem_responses
from api.desks import Complaints, Stamped
from api.links import next_link
from api.routes.shapes import Ask, Code, Cursor, Day, Limit, PathCode
from clients.complaints.problems import (
    ComplaintNeedsAnother,
    ComplaintNotOpen,
    ComplaintRefused,
    NoSuchComplaint,
)
from clients.complaints.repository import ComplaintFilter
from clients.complaints.service import LONGEST_CONTENT, LONGEST_NOTE, ComplaintService
from clients.complaints.types import (
    Complainant,
    Complaint,
    ComplaintAct,
    ComplaintAsk,
    ComplaintStatus,
    Conclusion,
    Severity,
    Topic,
    Way,
)
from clients.repository import NoSuchClient
from clients.staff.filing import Stamp
from clients.staff.problems import ChangedMeanwhile, NoSuchStaff, NotInPost
from kit.access import Verb
from kit.labels import Labelled
from reports.paging import read_cursor, write_cursor
from reports.problems import BadCursor

router = APIRouter(prefix="/complaints", tags=["投诉"], route_class=Door)
READS = [needs(Verb.COMPLAINT_READ)]
WORKS = [needs(Verb.COMPLAINT_WORK)]
ONE = "/{number}"
CHANGES = (NoSuchComplaint, ChangedMeanwhile, ComplaintNotOpen, ComplaintRefused, ComplaintNeedsAnother)
Words = Annotated[str, Field(max_length=LONGEST_NOTE)]


class Deed(Labelled):
    """What is done with `POST /complaints/{number}/acts`"""

    ASSIGN = "ASSIGN", "分派"
    NOTE = "NOTE", "记录进展"
    REGRADE = "REGRADE", "改定轻重"
    EXTEND = "EXTEND", "延期"
    CONCLUDE = "CONCLUDE", "提出结论"
    REOPEN = "REOPEN", "重开"


class ComplaintIn(Ask):
    """A complaint as it came in. about_staff_no: the person it is about, who then neither owns nor judges it."""

    client_no: Code
    received_on: Day
    way: Way
    complainant: Complainant = Complainant.CLIENT
    topic: Topic
    severity: Severity
    content: Annotated[str, Field(min_length=1, max_length=LONGEST_CONTENT)]
    about_staff_no: Code | None = None


class ActIn(Ask):
    """One step. ASSIGN needs staff_no; REGRADE severity; EXTEND days; CONCLUDE conclusion and lesson; all a note."""

    act: Deed
    note: Words = ""
    staff_no: Code | None = None
    severity: Severity | None = None
    days: Annotated[int | None, Field(ge=1, le=60)] = None
    conclusion: Conclusion | None = None
    lesson: Words = ""


class ReviewIn(Ask):
    """Another person's word on a conclusion."""

    agreed: bool
    note: Words


class ComplaintOut(BaseModel):
    """due_on: the last day for a conclusion. overdue: as of today. version: its ETag."""

    number: str
    version: int
    client_no: str
    received_on: date
    way: Way
    complainant: Complainant
    topic: Topic
    severity: Severity
    content: str
    about_staff_no: str
    status: ComplaintStatus
    owner_no: str
    owner_name: str
    due_on: date
    overdue: bool
    extended: int
    conclusion: Conclusion | None
    conclusion_note: str
    lesson: str
    proposed_by: str
    closed_on: date | None
    retain_until: date


class ComplaintEventOut(BaseModel):
    version: int
    act: ComplaintAct
    at: datetime
    by_name: str
    status: ComplaintStatus
    note: str
    detail: dict[str, Any]
    digest: str


class ComplaintDetailOut(ComplaintOut):
    """acts: what is open in this state. second_needed: its end takes another person."""

    acts: list[ComplaintAct]
    second_needed: bool
    events: list[ComplaintEventOut]


class ComplaintPage(BaseModel):
    items: list[ComplaintOut]
    next: str | None


def complaint_out(one: Complaint, day: date) -> ComplaintOut:
    same = {name: getattr(one, name) for name in ComplaintOut.model_fields if name != "overdue"}
    return ComplaintOut(**same, overdue=one.is_overdue(day))


def after_of(cursor: str | None) -> tuple[date, int] | None:
    """Raises BadCursor."""
    if cursor is None:
        return None
    due, number = read_cursor(cursor, 2)
    try:
        return date.fromisoformat(due), int(number) if len(number) <= 9 else 0
    except ValueError as fault:
        raise BadCursor("翻页标记无法识别；请从第一页重新开始") from fault


@router.get("", operation_id="listComplaints", dependencies=READS, responses=problem_responses(BadCursor))
def list_complaints(
    request: Request,
    response: Response,
    desk: Complaints,
    scope: Reach,
    status: ComplaintStatus | None = None,
    severity: Severity | None = None,
    topic: Topic | None = None,
    client_no: Annotated[str | None, Query(max_length=64)] = None,
    owner_no: Annotated[str | None, Query(max_length=64)] = None,
    unsettled: bool = False,
    overdue: bool = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ComplaintPage:
    """Complaints by deadline, the nearest first."""
    wanted = ComplaintFilter(
        status=status, severity=severity, topic=topic, client_no=client_no, owner_no=owner_no, unsettled=unsettled,
        overdue=overdue,
    )
    found, after = desk.page(wanted, after=after_of(cursor), limit=limit)
    following = None if after is None else write_cursor(after[0].isoformat(), str(after[1]))
    next_link(request, response, following)
    return ComplaintPage(items=[complaint_out(one, scope.day) for one in found], next=following)


@router.post(
    "", status_code=201, operation_id="addComplaint", dependencies=WORKS,
    responses=problem_responses(NoSuchClient, NoSuchStaff, ComplaintRefused),
)
def add_complaint(
    body: ComplaintIn, response: Response, desk: Complaints, stamp: Stamped, scope: Reach
) -> ComplaintOut:
    """Register a complaint. While it is open nothing is marketed to the client."""
    told = body.model_dump(exclude={"about_staff_no"})
    made = desk.receive(ComplaintAsk(**told, about_staff_no=body.about_staff_no or ""), stamp)
    response.headers["Location"] = f"/api/v1/complaints/{made.number}"
    return told_out(response, made, scope.day)


@router.get(ONE, operation_id="getComplaint", dependencies=READS, responses=problem_responses(NoSuchComplaint))
def get_complaint(number: PathCode, response: Response, desk: Complaints, scope: Reach) -> ComplaintDetailOut:
    """One complaint with all that was done."""
    found = desk.detail(number)
    set_etag(response, found.complaint.version)
    events = [ComplaintEventOut(**{name: getattr(one, name) for name in ComplaintEventOut.model_fields})
              for one in found.events]  # fmt: skip
    return ComplaintDetailOut(
        **complaint_out(found.complaint, scope.day).model_dump(), acts=list(found.acts),
        second_needed=found.second_needed, events=events,
    )  # fmt: skip


@router.post(
    ONE + "/acts", operation_id="workComplaint", dependencies=WORKS,
    responses=problem_responses(*CHANGES, NotInPost),
)
def work_complaint(
    number: PathCode, body: ActIn, response: Response, desk: Complaints, stamp: Stamped, seen: SeenVersion,
    scope: Reach,
) -> ComplaintOut:  # fmt: skip
    """One step of the work."""
    return told_out(response, done(desk, number, body, seen, stamp), scope.day)


@router.post(
    ONE + "/review", operation_id="reviewComplaint", dependencies=[needs(Verb.COMPLAINT_APPROVE)],
    responses=problem_responses(*CHANGES),
)
def review_complaint(
    number: PathCode, body: ReviewIn, response: Response, desk: Complaints, stamp: Stamped, seen: SeenVersion,
    scope: Reach,
) -> ComplaintOut:  # fmt: skip
    """Another person agrees to a conclusion, or sends it back."""
    deed = desk.approve if body.agreed else desk.reject
    return told_out(response, deed(number, body.note, expected_version=seen, stamp=stamp), scope.day)


def done(desk: ComplaintService, number: str, body: ActIn, seen: int, stamp: Stamp) -> Complaint:
    """What a step does. Raises ComplaintRefused where it lacks what it needs."""
    desk.get(number)
    if body.act is Deed.ASSIGN:
        staff_no = needed(body.staff_no, "staff_no", "办理人")
        return desk.assign(number, staff_no, note=body.note, expected_version=seen, stamp=stamp)
    if body.act is Deed.REGRADE:
        severity = needed(body.severity, "severity", "轻重")
        return desk.regrade(number, severity, body.note, expected_version=seen, stamp=stamp)
    if body.act is Deed.EXTEND:
        return desk.extend(
            number, needed(body.days, "days", "延期的营业日数"), body.note, expected_version=seen, stamp=stamp
        )
    if body.act is Deed.CONCLUDE:
        conclusion = needed(body.conclusion, "conclusion", "结论")
        return desk.conclude(number, conclusion, body.note, body.lesson, expected_version=seen, stamp=stamp)
    deed = desk.note if body.act is Deed.NOTE else desk.reopen
    return deed(number, body.note, expected_version=seen, stamp=stamp)


def needed(value: Any, name: str, label: str) -> Any:
    """Raises ComplaintRefused for what is not there."""
    if not value:
        told = f"请填写{label}"
        raise ComplaintRefused(told, errors=[{"pointer": f"/{name}", "detail": told}])
    return value


def told_out(response: Response, one: Complaint, day: date) -> ComplaintOut:
    set_etag(response, one.version)
    return complaint_out(one, day)
