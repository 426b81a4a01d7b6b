"""客户等级评定: open, lines under a version, 评估表 out and in, 复评, submit, approve, appeals."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.etags import SeenVersion, set_etag
from api.contract.refusals import problem_responses
from api.desks import Stamped
from api.grade_desks import Appeals, Reviews
from api.links import next_link
from api.routes.grade_shapes import (
    AppealIn,
    AppealList,
    AppealOut,
    ApproveIn,
    DecisionIn,
    LineIn,
    ReasonIn,
    RefusedRowOut,
    ReviewIn,
    ReviewLineOut,
    ReviewLinePage,
    ReviewList,
    ReviewOut,
    SheetOut,
    SummaryOut,
)
from api.routes.imports import LARGEST_BODY, FileTooLarge, saved
from api.routes.shapes import Cursor, Limit, PathCode, PathId
from clients.grading.review.intake import take_sheet
from clients.grading.review.problems import (
    NoSuchAppeal,
    NoSuchReview,
    NothingGraded,
    NothingMoved,
    NotInReview,
    ReviewExists,
    ReviewRefused,
    SamePerson,
    WrongStep,
)
from clients.grading.review.repository import LineFilter
from clients.grading.review.sheet import file_name
from clients.grading.review.types import Edit, Review
from clients.staff.problems import ChangedMeanwhile
from kit.access import Verb
from kit.clock import day_of
from kit.settings import settings
from kit.sheets import SheetProblem
from reports.grading.sheet import sheet_workbook
from reports.masking import mask_name
from reports.paging import read_cursor, write_cursor
from reports.problems import BadCursor

router = APIRouter(tags=["等级评定"], route_class=Door)
READS, EDITS = [needs(Verb.GRADE_READ)], [needs(Verb.GRADE_REVIEW)]
RUNS, APPROVES = [needs(Verb.GRADE_RUN)], [needs(Verb.GRADE_APPROVE)]
REVIEW: Final = "/grade-reviews/{number}"
STEP: Final = (NoSuchReview, WrongStep, ChangedMeanwhile)
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/grade-reviews", operation_id="listGradeReviews", dependencies=READS)
def list_reviews(desk: Reviews) -> ReviewList:
    """Reviews, the newest first."""
    return ReviewList(items=[ReviewOut.of(one) for one in desk.list()])


@router.post(
    "/grade-reviews", status_code=201, operation_id="openGradeReview", dependencies=RUNS,
    responses=problem_responses(ReviewExists, NothingGraded, NothingMoved, ReviewRefused, NotInReview),
)  # fmt: skip
def open_review(body: ReviewIn, response: Response, desk: Reviews, stamp: Stamped, scope: Reach) -> ReviewOut:
    """Open the annual review of a year, or with an event one of some clients between the years."""
    day = body.day or scope.day
    if body.event is None:
        made = desk.open_annual(body.year or day.year, day, stamp, reason=body.reason)
    else:
        made = desk.open_event(body.event, day, stamp, reason=body.reason, client_nos=body.client_nos)
    return told(response, made)


@router.get(REVIEW, operation_id="getGradeReview", dependencies=READS, responses=problem_responses(NoSuchReview))
def get_review(number: PathCode, response: Response, desk: Reviews) -> ReviewOut:
    """One review under its ETag."""
    return told(response, desk.get(number))


@router.get(
    REVIEW + "/summary", operation_id="getGradeReviewSummary", dependencies=READS,
    responses=problem_responses(NoSuchReview),
)  # fmt: skip
def get_summary(number: PathCode, desk: Reviews) -> SummaryOut:
    """汇总: the three lists as they stand, of the clients within reach."""
    found = desk.summary(number)
    lists = {name: [line.client_no for line in getattr(found, name)] for name in ("plan", "policy", "credit")}
    return SummaryOut(
        **lists, counts={code: dict(counts) for code, counts in found.counts.items()}, moved=found.moved,
        without_plan=list(found.without_plan),
    )  # fmt: skip


@router.get(
    REVIEW + "/lines", operation_id="listGradeReviewLines", dependencies=READS,
    responses=problem_responses(NoSuchReview, BadCursor),
)  # fmt: skip
def list_lines(
    number: PathCode, request: Request, response: Response, desk: Reviews,
    scheme: Annotated[str, Query(max_length=32)] = "",
    grade: Annotated[str | None, Query(max_length=32, description="方案的等级；空字符串为不评")] = None,
    moved: Annotated[bool, Query(description="只要与系统结果不同的")] = False,
    cursor: Cursor = None, limit: Limit = 50,
) -> ReviewLinePage:  # fmt: skip
    """Clients of the review by number."""
    (after,) = read_cursor(cursor, 1) if cursor else ("",)
    wanted = LineFilter(scheme=scheme, grade=grade, moved=moved)
    found = desk.lines(number, wanted, after=after, limit=limit + 1)
    items = [ReviewLineOut.of(one) for one in found[:limit]]
    mark = write_cursor(items[-1].client_no) if len(found) > limit else None
    next_link(request, response, mark)
    return ReviewLinePage(items=items, next=mark)


@router.get(
    REVIEW + "/lines/{client_no}", operation_id="getGradeReviewLine", dependencies=READS,
    responses=problem_responses(NoSuchReview, NotInReview),
)  # fmt: skip
def get_line(number: PathCode, client_no: PathCode, response: Response, desk: Reviews) -> ReviewLineOut:
    """One client's line under its ETag."""
    line = desk.line(number, client_no)
    set_etag(response, line.version)
    return ReviewLineOut.of(line)


@router.patch(
    REVIEW + "/lines/{client_no}", operation_id="changeGradeReviewLine", dependencies=EDITS,
    responses=problem_responses(*STEP, NotInReview, ReviewRefused),
)  # fmt: skip
def change_line(
    number: PathCode, client_no: PathCode, body: LineIn, response: Response, desk: Reviews, stamp: Stamped,
    seen: SeenVersion,
) -> ReviewLineOut:  # fmt: skip
    """Change grades and lists of one client; another grade needs a reason."""
    line = desk.change(number, Edit(client_no=client_no, expected_version=seen, **body.model_dump()), stamp)
    set_etag(response, line.version)
    return ReviewLineOut.of(line)


@router.get(
    REVIEW + "/sheet", operation_id="getGradeReviewSheet", dependencies=READS,
    responses=problem_responses(NoSuchReview), response_class=Response,
)  # fmt: skip
def get_sheet(number: PathCode, desk: Reviews, scope: Reach) -> Response:
    """《客户质量等级评估表》 of the clients within reach, as Excel."""
    review = desk.get(number)
    content = sheet_workbook(review, desk.sheet_lines(number), settings().firm_name, day=scope.day)
    name = quote(file_name(review, scope.day))
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"})


@router.post(
    REVIEW + "/sheet", operation_id="takeGradeReviewSheet", dependencies=EDITS, max_body_size=LARGEST_BODY,
    responses=problem_responses(NoSuchReview, WrongStep, SheetProblem, FileTooLarge),
)  # fmt: skip
def post_sheet(
    number: PathCode, file: Annotated[UploadFile, File(description="填好的评估表")], desk: Reviews, stamp: Stamped,
    dry_run: Annotated[bool, Form(description="只检查，不登记")] = False,
    strict: Annotated[bool, Form(description="有一行不能采用就全部不采用")] = False,
) -> SheetOut:  # fmt: skip
    """Take a filled sheet back; every row that cannot be taken is named."""
    review = desk.get(number)
    with TemporaryDirectory(prefix="heshi-sheet-") as folder:
        path = saved(file, Path(folder))
        taken = take_sheet(path, review, desk, stamp, naming=mask_name, strict=strict, dry_run=dry_run)
    return SheetOut(
        read=taken.read, changed=list(taken.changed), unchanged=taken.unchanged, dry_run=dry_run,
        refused=[RefusedRowOut(**asdict(one)) for one in taken.refused],
    )  # fmt: skip


@router.post(
    REVIEW + "/convene", operation_id="conveneGradeReview", dependencies=RUNS, responses=problem_responses(*STEP)
)
def convene(number: PathCode, response: Response, desk: Reviews, stamp: Stamped, seen: SeenVersion) -> ReviewOut:
    """Call the meeting: what stands is the preliminary grade."""
    return told(response, desk.convene(number, expected_version=seen, stamp=stamp))


@router.post(
    REVIEW + "/submit", operation_id="submitGradeReview", dependencies=RUNS,
    responses=problem_responses(*STEP, ReviewRefused),
)  # fmt: skip
def submit(number: PathCode, response: Response, desk: Reviews, stamp: Stamped, seen: SeenVersion) -> ReviewOut:
    """Submit the summary for approval; every client on the list of plans has one."""
    return told(response, desk.submit(number, expected_version=seen, stamp=stamp))


@router.post(
    REVIEW + "/approve", operation_id="approveGradeReview", dependencies=APPROVES,
    responses=problem_responses(*STEP, SamePerson, ReviewRefused),
)  # fmt: skip
def approve(
    number: PathCode, body: ApproveIn, response: Response, desk: Reviews, stamp: Stamped, seen: SeenVersion
) -> ReviewOut:
    """Approve, in force from a day on, by default today; by somebody who had no hand in it."""
    since = body.effective_from or day_of(stamp.at)
    made = desk.approve(number, effective_from=since, expected_version=seen, stamp=stamp, reason=body.reason)
    return told(response, made)


@router.post(
    REVIEW + "/return", operation_id="returnGradeReview", dependencies=APPROVES,
    responses=problem_responses(*STEP, SamePerson, ReviewRefused),
)  # fmt: skip
def send_back(
    number: PathCode, body: ReasonIn, response: Response, desk: Reviews, stamp: Stamped, seen: SeenVersion
) -> ReviewOut:
    """Send it back to the meeting with the reason."""
    return told(response, desk.send_back(number, reason=body.reason, expected_version=seen, stamp=stamp))


@router.post(
    REVIEW + "/cancel", operation_id="cancelGradeReview", dependencies=RUNS,
    responses=problem_responses(*STEP, ReviewRefused),
)  # fmt: skip
def cancel(
    number: PathCode, body: ReasonIn, response: Response, desk: Reviews, stamp: Stamped, seen: SeenVersion
) -> ReviewOut:
    """Cancel what is not approved; it stays on file."""
    return told(response, desk.cancel(number, reason=body.reason, expected_version=seen, stamp=stamp))


@router.get(
    REVIEW + "/appeals", operation_id="listGradeAppeals", dependencies=READS, responses=problem_responses(NoSuchReview)
)
def list_appeals(number: PathCode, desk: Appeals) -> AppealList:
    """Appeals against the grades of a review, the newest first."""
    return AppealList(items=[AppealOut.of(one) for one in desk.list(number)])


@router.post(
    REVIEW + "/appeals", status_code=201, operation_id="fileGradeAppeal", dependencies=EDITS,
    responses=problem_responses(NoSuchReview, WrongStep, ReviewRefused, NotInReview),
)  # fmt: skip
def file_appeal(number: PathCode, body: AppealIn, response: Response, desk: Appeals, stamp: Stamped) -> AppealOut:
    """Object to an approved grade on behalf of the client."""
    return appeal_told(
        response, AppealOut.of(desk.file(number, body.client_no, body.scheme, body.wanted, body.reason, stamp))
    )


@router.get(
    "/grade-appeals/{appeal_id}", operation_id="getGradeAppeal", dependencies=READS,
    responses=problem_responses(NoSuchAppeal),
)  # fmt: skip
def get_appeal(appeal_id: PathId, response: Response, desk: Appeals) -> AppealOut:
    """One appeal under its ETag."""
    return appeal_told(response, AppealOut.of(desk.get(appeal_id)))


@router.post(
    "/grade-appeals/{appeal_id}/decision", operation_id="decideGradeAppeal", dependencies=APPROVES,
    responses=problem_responses(NoSuchAppeal, WrongStep, ChangedMeanwhile, SamePerson, ReviewRefused),
)  # fmt: skip
def decide_appeal(
    appeal_id: PathId, body: DecisionIn, response: Response, desk: Appeals, stamp: Stamped, seen: SeenVersion
) -> AppealOut:
    """Decide: upheld, the wanted grade is in force from a day on; else the grade stays."""
    made = desk.decide(
        appeal_id, upheld=body.upheld, reason=body.reason, expected_version=seen, stamp=stamp,
        effective_from=body.effective_from,
    )  # fmt: skip
    return appeal_told(response, AppealOut.of(made))


def told(response: Response, review: Review) -> ReviewOut:
    set_etag(response, review.version)
    return ReviewOut.of(review)


def appeal_told(response: Response, one: AppealOut) -> AppealOut:
    set_etag(response, one.version)
    return one
