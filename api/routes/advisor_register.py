"""行为与培训登记: breaches that were established, training and certificates; an entry is taken back, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from advisors.register.service import ConductAsk, NoSuchEntry, TrainingAsk
from advisors.register.types import EntryKind, Registered
from api.access import needs
from api.advisor_desks import Register
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Stamped
from api.links import next_link
from api.routes.grade_shapes import Why
from api.routes.shapes import Ask, Code, Cursor, Day, Limit, PathCode, Word
from clients.grading.review.problems import ReviewRefused
from clients.staff.problems import NoSuchStaff
from kit.access import Verb
from reports.paging import read_cursor, write_cursor
from reports.problems import BadCursor

router = APIRouter(prefix="/advisors", tags=["服务人员考评"], route_class=Door)
READS, RECORDS = [needs(Verb.ADVISOR_GRADE_READ)], [needs(Verb.ADVISOR_GRADE_RUN)]
RECORDING: Final = problem_responses(NoSuchStaff, ReviewRefused)
Person = Annotated[str, Query(max_length=64, description="只要这个人的")]


class WithdrawalOut(BaseModel):
    by: str
    at: datetime
    why: str


class RegisteredOut(BaseModel):
    """One entry. severe: a breach that sets the lowest level. withdrawn: it counts no more."""

    number: str
    staff_no: str
    name: str
    kind: EntryKind
    code: str
    title: str
    day: date
    client_no: str
    note: str
    evidence: str
    severe: bool
    hours: float
    valid_to: date | None
    recorded_by: str
    recorded_at: datetime
    withdrawn: WithdrawalOut | None

    @classmethod
    def of(cls, one: Registered) -> RegisteredOut:
        taken = one.withdrawn
        told = {name: getattr(one, name) for name in cls.model_fields if name != "withdrawn"}
        return cls(**told, withdrawn=None if taken is None else WithdrawalOut(by=taken.by, at=taken.at, why=taken.why))


class RegisteredPage(BaseModel):
    items: list[RegisteredOut]
    next: str | None


class ConductIn(Ask):
    """A breach by its code in the rules of deductions or vetoes. evidence: `sha256:` of the paper."""

    staff_no: Code
    code: Code
    day: Day
    note: Why
    client_no: Annotated[str, Field(max_length=64)] = ""
    evidence: Annotated[str, Field(max_length=80)] = ""


class TrainingIn(Ask):
    """TRAINING needs hours; CERTIFICATE a code of the rules, valid_to null where it is for good."""

    staff_no: Code
    kind: EntryKind
    day: Day
    title: Word
    code: Annotated[str, Field(max_length=32)] = ""
    hours: Annotated[float, Field(ge=0, le=500)] = 0.0
    valid_to: Day | None = None


class TakeBackIn(Ask):
    reason: Why


@router.get("/conduct", operation_id="listAdvisorConduct", dependencies=READS, responses=problem_responses(BadCursor))
def list_conduct(
    request: Request, response: Response, desk: Register, staff_no: Person = "", cursor: Cursor = None,
    limit: Limit = 50,
) -> RegisteredPage:  # fmt: skip
    """Breaches, the newest first, of whom the reach shows; those taken back with the reason."""
    (before,) = read_cursor(cursor, 1) if cursor else ("",)
    return _page(request, response, desk.conduct(staff_no=staff_no, before=before, limit=limit + 1), limit)


@router.get("/training", operation_id="listAdvisorTraining", dependencies=READS, responses=problem_responses(BadCursor))
def list_training(
    request: Request, response: Response, desk: Register, staff_no: Person = "", cursor: Cursor = None,
    limit: Limit = 50,
) -> RegisteredPage:  # fmt: skip
    """Training and certificates, the newest first, of whom the reach shows."""
    (before,) = read_cursor(cursor, 1) if cursor else ("",)
    return _page(request, response, desk.training(staff_no=staff_no, before=before, limit=limit + 1), limit)


@router.post(
    "/conduct", status_code=201, operation_id="recordAdvisorConduct", dependencies=RECORDS, responses=RECORDING
)
def record_conduct(body: ConductIn, desk: Register, stamp: Stamped) -> RegisteredOut:
    """Record a breach that was established: a deduction, or the lowest level. Never by the person it is about."""
    return RegisteredOut.of(desk.record_conduct(ConductAsk(**body.model_dump()), stamp))


@router.post(
    "/training", status_code=201, operation_id="recordAdvisorTraining", dependencies=RECORDS, responses=RECORDING
)
def record_training(body: TrainingIn, desk: Register, stamp: Stamped) -> RegisteredOut:
    """Record training or a certificate."""
    return RegisteredOut.of(desk.record_training(TrainingAsk(**body.model_dump()), stamp))


@router.post(
    "/register/{number}/withdrawal", status_code=201, operation_id="withdrawAdvisorEntry", dependencies=RECORDS,
    responses=problem_responses(NoSuchEntry, ReviewRefused),
)  # fmt: skip
def withdraw(number: PathCode, body: TakeBackIn, desk: Register, stamp: Stamped) -> RegisteredOut:
    """Take an entry of either register back with the reason; it stays on file and counts no more."""
    return RegisteredOut.of(desk.withdraw(number, body.reason, stamp))


def _page(request: Request, response: Response, found: Sequence[Registered], limit: int) -> RegisteredPage:
    items = [RegisteredOut.of(one) for one in found[:limit]]
    mark = write_cursor(items[-1].number) if len(found) > limit else None
    next_link(request, response, mark)
    return RegisteredPage(items=items, next=mark)
