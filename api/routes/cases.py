"""错配案件: the list, one case with its timeline, and what is done to it under the version that was read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.etags import SeenVersion, set_etag
from api.contract.refusals import problem_responses
from api.desks import MismatchCases, Stamped
from api.links import next_link
from api.routes.case_shapes import (
    CasePageOut,
    CaseQuery,
    CaseWhole,
    ContactIn,
    EvidenceIn,
    OwnerIn,
    ReasonIn,
    ResolutionIn,
    case_out,
    whole_out,
)
from api.routes.shapes import Cursor, Limit, PathCode
from clients.staff.filing import Stamp
from clients.staff.problems import ChangedMeanwhile, NoSuchStaff, NotInPost
from kit.access import Verb
from kit.clock import day_of
from suitability.cases.filters import CaseSort
from suitability.cases.problems import (
    ActionNotOpen,
    BadCursor,
    NoSuchCase,
    NotAcceptable,
    ReasonMissing,
    SamePerson,
    StillMismatched,
)
from suitability.cases.service import CaseService
from suitability.cases.types import Case

router = APIRouter(prefix="/suitability/cases", tags=["错配案件"], route_class=Door)
READS = [needs(Verb.CASE_READ)]
WORKS = [needs(Verb.CASE_WORK)]
SECOND = [needs(Verb.CASE_APPROVE)]
CHANGED = (NoSuchCase, ChangedMeanwhile, ActionNotOpen, ReasonMissing)
"""What every change of a case may be refused with."""


@router.get("", operation_id="listCases", dependencies=READS, responses=problem_responses(BadCursor))
def list_cases(
    request: Request,
    response: Response,
    desk: MismatchCases,
    scope: Reach,
    asked: Annotated[CaseQuery, Depends()],
    sort: CaseSort = CaseSort.DUE,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> CasePageOut:
    """Cases of the clients within reach, the nearest deadline first unless sorted otherwise."""
    page = desk.list(asked.filter(), sort=sort, cursor=cursor, limit=limit)
    next_link(request, response, page.next_cursor)
    return CasePageOut(items=[case_out(one, scope.day) for one in page.cases], next=page.next_cursor)


@router.get("/{number}", operation_id="getCase", dependencies=READS, responses=problem_responses(NoSuchCase))
def get_case(number: PathCode, response: Response, desk: MismatchCases, scope: Reach) -> CaseWhole:
    """One case with its facts, the rules it breaks, its timeline and what may be done next."""
    detail = desk.detail(number)
    set_etag(response, detail.case.version)
    return whole_out(detail, scope.day)


@router.put(
    "/{number}/owner", operation_id="assignCase", dependencies=WORKS,
    responses=problem_responses(*CHANGED, NoSuchStaff, NotInPost),
)
def assign(
    number: PathCode, body: OwnerIn, response: Response, desk: MismatchCases, stamp: Stamped, seen: SeenVersion
) -> CaseWhole:
    """Give the case to a person in post; supervisors and compliance give cases away."""
    done = desk.assign(number, body.staff_no, expected_version=seen, stamp=stamp, note=body.note)
    return told(desk, done, response, stamp)


@router.post(
    "/{number}/escalation", operation_id="escalateCase", dependencies=WORKS, responses=problem_responses(*CHANGED)
)
def escalate(
    number: PathCode, body: ReasonIn, response: Response, desk: MismatchCases, stamp: Stamped, seen: SeenVersion
) -> CaseWhole:
    """Report the case to compliance, who alone end it from then on."""
    return told(desk, desk.escalate(number, note=body.note, expected_version=seen, stamp=stamp), response, stamp)


@router.post(
    "/{number}/contacts", status_code=201, operation_id="recordContact", dependencies=WORKS,
    responses=problem_responses(*CHANGED),
)
def contact(
    number: PathCode, body: ContactIn, response: Response, desk: MismatchCases, stamp: Stamped, seen: SeenVersion
) -> CaseWhole:
    """Record what was said to the client, how and when."""
    done = desk.contact(
        number, body.channel, body.note, expected_version=seen, stamp=stamp, evidence=body.evidence or "",
        happened_on=body.happened_on,
    )  # fmt: skip
    return told(desk, done, response, stamp)


@router.post(
    "/{number}/evidence", status_code=201, operation_id="fileCaseEvidence", dependencies=WORKS,
    responses=problem_responses(*CHANGED),
)
def evidence(
    number: PathCode, body: EvidenceIn, response: Response, desk: MismatchCases, stamp: Stamped, seen: SeenVersion
) -> CaseWhole:
    """Add a word or a paper to the file."""
    done = desk.note(
        number, body.note, expected_version=seen, stamp=stamp, evidence=body.evidence or "", name=body.name
    )
    return told(desk, done, response, stamp)


@router.post(
    "/{number}/resolution", operation_id="resolveCase", dependencies=WORKS,
    responses=problem_responses(*CHANGED, StillMismatched, NotAcceptable),
)
def resolve(
    number: PathCode, body: ResolutionIn, response: Response, desk: MismatchCases, stamp: Stamped, seen: SeenVersion
) -> CaseWhole:
    """End the case; a severe one is proposed (status CLOSING) and waits for another person."""
    done = desk.resolve(
        number, body.resolution, body.note, expected_version=seen, stamp=stamp, evidence=body.evidence or ""
    )
    return told(desk, done, response, stamp)


@router.post(
    "/{number}/resolution/approval", operation_id="approveCaseResolution", dependencies=SECOND,
    responses=problem_responses(*CHANGED, SamePerson, StillMismatched),
)
def approve(
    number: PathCode, body: ReasonIn, response: Response, desk: MismatchCases, stamp: Stamped, seen: SeenVersion
) -> CaseWhole:
    """Another person agrees that the case ends."""
    return told(desk, desk.approve(number, note=body.note, expected_version=seen, stamp=stamp), response, stamp)


@router.post(
    "/{number}/resolution/return", operation_id="returnCaseResolution", dependencies=SECOND,
    responses=problem_responses(*CHANGED, SamePerson),
)
def send_back(
    number: PathCode, body: ReasonIn, response: Response, desk: MismatchCases, stamp: Stamped, seen: SeenVersion
) -> CaseWhole:
    """Another person sends the case back to its owner."""
    return told(desk, desk.reject(number, note=body.note, expected_version=seen, stamp=stamp), response, stamp)


@router.post(
    "/{number}/reopening", operation_id="reopenCase", dependencies=WORKS, responses=problem_responses(*CHANGED)
)
def reopen(
    number: PathCode, body: ReasonIn, response: Response, desk: MismatchCases, stamp: Stamped, seen: SeenVersion
) -> CaseWhole:
    """Take up a closed case again, with a new deadline."""
    return told(desk, desk.reopen(number, note=body.note, expected_version=seen, stamp=stamp), response, stamp)


def told(desk: CaseService, case: Case, response: Response, stamp: Stamp) -> CaseWhole:
    """The case after a change, under its new version."""
    set_etag(response, case.version)
    return whole_out(desk.detail(case.number), day_of(stamp.at))
