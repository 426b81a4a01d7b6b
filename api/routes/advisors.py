"""服务人员考评: run a closed period, submit, approve, publish; score cards; appeals with evidence."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response

from advisors.periods.problems import (
    DigestDiffers,
    NobodyGraded,
    NoSuchCard,
    NoSuchGradeAppeal,
    NoSuchPoint,
    NoSuchRun,
    PeriodPublished,
)
from advisors.periods.types import PeriodRun
from advisors.placement import propose_moves
from advisors.types import NoSuchPeriod, PeriodNotClosed, period_of
from api.access import Reach, needs
from api.advisor_desks import Cards, GradeAppeals, Periods
from api.contract.door import Door
from api.contract.etags import SeenVersion, set_etag
from api.contract.refusals import problem_responses
from api.database import Database
from api.desks import Stamped
from api.links import next_link
from api.routes.advisor_shapes import (
    AdvisorAppealIn,
    AdvisorAppealList,
    AdvisorAppealOut,
    AdvisorApproveIn,
    AdvisorDecisionIn,
    AdvisorLineOut,
    AdvisorLinePage,
    AdvisorPublishIn,
    AdvisorReasonIn,
    AdvisorRunIn,
    AdvisorRunList,
    AdvisorRunOut,
    DrilledOut,
    MovesOut,
    ScoreCardOut,
    StandingOut,
)
from api.routes.shapes import Cursor, Limit, PathCode, PathId
from clients.grading.review.problems import ReviewRefused, SamePerson, WrongStep
from clients.staff.problems import ChangedMeanwhile
from kit.access import Verb
from kit.clock import day_of
from reports.grading.model import GradingReport
from reports.paging import read_cursor, write_cursor
from reports.problems import BadCursor
from reports.scorecard.service import file_of

router = APIRouter(tags=["服务人员考评"], route_class=Door)
READS, RUNS = [needs(Verb.ADVISOR_GRADE_READ)], [needs(Verb.ADVISOR_GRADE_RUN)]
APPROVES, APPEALS = [needs(Verb.ADVISOR_GRADE_APPROVE)], [needs(Verb.ADVISOR_GRADE_APPEAL)]
RUN: Final = "/advisors/periods/{number}"
CARD: Final = RUN + "/cards/{staff_no}"
STEP: Final = (NoSuchRun, WrongStep, ChangedMeanwhile)
Period = Annotated[str | None, Query(max_length=16, description="只要这一期，如 2026Q3")]
Form = Literal["pdf", "xlsx", "html", "json"]


@router.get("/advisors/periods", operation_id="listAdvisorRuns", dependencies=READS)
def list_runs(desk: Periods, period: Period = None) -> AdvisorRunList:
    """Runs, the newest first; who does not see everybody is told of what is published."""
    return AdvisorRunList(items=[AdvisorRunOut.of(one) for one in desk.list(period)])


@router.post(
    "/advisors/periods", status_code=201, operation_id="runAdvisorPeriod", dependencies=RUNS,
    responses=problem_responses(NoSuchPeriod, PeriodNotClosed, PeriodPublished, NobodyGraded, WrongStep),
)  # fmt: skip
def run_period(body: AdvisorRunIn, response: Response, desk: Periods, stamp: Stamped) -> AdvisorRunOut:
    """Grade a closed period and file the cards as a preview; the same result again files nothing."""
    period = period_of(body.period)
    return told(response, desk.run(period, desk.graded(period), stamp))


@router.get(RUN, operation_id="getAdvisorRun", dependencies=READS, responses=problem_responses(NoSuchRun))
def get_run(number: PathCode, response: Response, desk: Periods) -> AdvisorRunOut:
    """One run by its number, or the newest of a period by the period's code, under its ETag."""
    return told(response, desk.get(number))


@router.get(
    RUN + "/cards", operation_id="listScoreCards", dependencies=READS, responses=problem_responses(NoSuchRun, BadCursor)
)
def list_cards(
    number: PathCode, request: Request, response: Response, desk: Periods,
    branch: Annotated[str, Query(max_length=64, description="营业部编号")] = "",
    level: Annotated[str, Query(max_length=16, description="试算所定的等级，如 L3")] = "",
    cursor: Cursor = None, limit: Limit = 50,
) -> AdvisorLinePage:  # fmt: skip
    """People of a run by number, within reach."""
    (after,) = read_cursor(cursor, 1) if cursor else ("",)
    found = desk.lines(number, after=after, limit=limit + 1, branch_no=branch, level=level)
    items = [AdvisorLineOut.of(one) for one in found[:limit]]
    mark = write_cursor(items[-1].staff_no) if len(found) > limit else None
    next_link(request, response, mark)
    return AdvisorLinePage(items=items, next=mark)


@router.get(CARD, operation_id="getScoreCard", dependencies=READS, responses=problem_responses(NoSuchRun, NoSuchCard))
def get_card(number: PathCode, staff_no: PathCode, desk: Periods, cards: Cards) -> ScoreCardOut:
    """One card, every step from figure to level; the colleagues as bounds and shares alone."""
    found, line = cards.told(number, staff_no), desk.line(number, staff_no)
    standing = None
    if found.standing is not None:
        standing = StandingOut(
            peers=found.standing.peers, scores=list(found.standing.scores), better=found.standing.better,
            components=dict(found.standing.components),
        )  # fmt: skip
    return ScoreCardOut.of(found.run, line, found.card, standing)


@router.get(
    CARD + "/rows/{indicator}", operation_id="getScoreCardRows", dependencies=READS,
    responses=problem_responses(NoSuchRun, NoSuchCard, NoSuchPoint),
)  # fmt: skip
def get_rows(number: PathCode, staff_no: PathCode, indicator: PathCode, desk: Periods) -> DrilledOut:
    """The rows that made one figure of a card, read anew from the records."""
    return DrilledOut.told(desk.drilled(number, staff_no, indicator))


@router.get("/advisors/moves", operation_id="getAdvisorMoves", dependencies=[needs(Verb.LOAD_READ)])
def get_moves(session: Database, scope: Reach) -> MovesOut:
    """Which clients would be better served by whom, of the people within reach; a proposal that moves nobody."""
    return MovesOut.told(scope.day, propose_moves(session, scope))


@router.get(
    CARD + "/report", operation_id="getScoreCardReport", dependencies=READS, response_class=Response,
    responses=problem_responses(NoSuchRun, NoSuchCard),
)  # fmt: skip
def get_card_report(number: PathCode, staff_no: PathCode, cards: Cards, format: Form = "pdf") -> Response:
    """The card as a file."""
    return file_answer(cards.card(number, staff_no), format, f"scorecard-{staff_no}")


@router.get(
    RUN + "/report", operation_id="getAdvisorTeamReport", dependencies=READS, response_class=Response,
    responses=problem_responses(NoSuchRun),
)  # fmt: skip
def get_team_report(
    number: PathCode, cards: Cards, format: Form = "pdf",
    branch: Annotated[str, Query(max_length=64, description="只要这个营业部")] = "",
) -> Response:  # fmt: skip
    """Everybody within reach, or one branch of them, as a file."""
    return file_answer(cards.team(number, branch), format, "scorecards")


@router.post(RUN + "/submit", operation_id="submitAdvisorRun", dependencies=RUNS, responses=problem_responses(*STEP))
def submit(number: PathCode, response: Response, desk: Periods, stamp: Stamped, seen: SeenVersion) -> AdvisorRunOut:
    """Ask for approval."""
    return told(response, desk.submit(number, expected_version=seen, stamp=stamp))


@router.post(
    RUN + "/approve", operation_id="approveAdvisorRun", dependencies=APPROVES,
    responses=problem_responses(*STEP, SamePerson, DigestDiffers, ReviewRefused),
)  # fmt: skip
def approve(
    number: PathCode, body: AdvisorApproveIn, response: Response, desk: Periods, stamp: Stamped, seen: SeenVersion
) -> AdvisorRunOut:
    """Approve what was seen, by its digest; never by whoever ran or submitted it."""
    made = desk.approve(number, digest=body.digest, reason=body.reason, expected_version=seen, stamp=stamp)
    return told(response, made)


@router.post(
    RUN + "/return", operation_id="returnAdvisorRun", dependencies=APPROVES,
    responses=problem_responses(*STEP, SamePerson, ReviewRefused),
)  # fmt: skip
def send_back(
    number: PathCode, body: AdvisorReasonIn, response: Response, desk: Periods, stamp: Stamped, seen: SeenVersion
) -> AdvisorRunOut:
    """Send it back with the reason."""
    return told(response, desk.send_back(number, reason=body.reason, expected_version=seen, stamp=stamp))


@router.post(
    RUN + "/cancel", operation_id="cancelAdvisorRun", dependencies=RUNS,
    responses=problem_responses(*STEP, ReviewRefused),
)  # fmt: skip
def cancel(
    number: PathCode, body: AdvisorReasonIn, response: Response, desk: Periods, stamp: Stamped, seen: SeenVersion
) -> AdvisorRunOut:
    """Withdraw what is not published; it stays on file."""
    return told(response, desk.cancel(number, reason=body.reason, expected_version=seen, stamp=stamp))


@router.post(
    RUN + "/publish", operation_id="publishAdvisorRun", dependencies=RUNS,
    responses=problem_responses(*STEP, DigestDiffers, ReviewRefused),
)  # fmt: skip
def publish(
    number: PathCode, body: AdvisorPublishIn, response: Response, desk: Periods, stamp: Stamped, seen: SeenVersion
) -> AdvisorRunOut:
    """Make the approved levels facts from a day on, by default today."""
    since = body.effective_from or day_of(stamp.at)
    return told(response, desk.publish(number, effective_from=since, expected_version=seen, stamp=stamp))


@router.get(
    RUN + "/appeals", operation_id="listAdvisorAppeals", dependencies=READS, responses=problem_responses(NoSuchRun)
)
def list_appeals(number: PathCode, desk: GradeAppeals) -> AdvisorAppealList:
    """Appeals against a run, the newest first, of whom the reach shows."""
    return AdvisorAppealList(items=[AdvisorAppealOut.of(one) for one in desk.list(number)])


@router.post(
    CARD + "/appeals", status_code=201, operation_id="fileAdvisorAppeal", dependencies=APPEALS,
    responses=problem_responses(NoSuchRun, NoSuchCard, WrongStep, ReviewRefused),
)  # fmt: skip
def file_appeal(
    number: PathCode, staff_no: PathCode, body: AdvisorAppealIn, response: Response, desk: GradeAppeals, stamp: Stamped
) -> AdvisorAppealOut:
    """Object to the own published level, with evidence."""
    made = desk.file(
        number, staff_no, wanted=body.wanted, reason=body.reason, evidence=[one.value() for one in body.evidence],
        point=body.point, stamp=stamp,
    )  # fmt: skip
    return appeal_told(response, AdvisorAppealOut.of(made))


@router.get(
    "/advisors/appeals/{appeal_id}", operation_id="getAdvisorAppeal", dependencies=READS,
    responses=problem_responses(NoSuchGradeAppeal),
)  # fmt: skip
def get_appeal(appeal_id: PathId, response: Response, desk: GradeAppeals) -> AdvisorAppealOut:
    """One appeal under its ETag."""
    return appeal_told(response, AdvisorAppealOut.of(desk.get(appeal_id)))


@router.post(
    "/advisors/appeals/{appeal_id}/decision", operation_id="decideAdvisorAppeal", dependencies=APPROVES,
    responses=problem_responses(NoSuchGradeAppeal, WrongStep, ChangedMeanwhile, SamePerson, ReviewRefused),
)  # fmt: skip
def decide_appeal(
    appeal_id: PathId, body: AdvisorDecisionIn, response: Response, desk: GradeAppeals, stamp: Stamped,
    seen: SeenVersion,
) -> AdvisorAppealOut:  # fmt: skip
    """Decide, as a third person: upheld, a corrected level is published; what stood before stays on file."""
    made = desk.decide(
        appeal_id, upheld=body.upheld, reason=body.reason, given=body.given, expected_version=seen, stamp=stamp,
        effective_from=body.effective_from,
    )  # fmt: skip
    return appeal_told(response, AdvisorAppealOut.of(made))


def told(response: Response, run: PeriodRun) -> AdvisorRunOut:
    set_etag(response, run.version)
    return AdvisorRunOut.of(run)


def appeal_told(response: Response, one: AdvisorAppealOut) -> AdvisorAppealOut:
    set_etag(response, one.version)
    return one


def file_answer(report: GradingReport, form: str, name: str) -> Response:
    """A report as a file to save."""
    content, media_type = file_of(report, form)
    plain = "".join(one for one in name if one.isascii() and (one.isalnum() or one in "-_"))
    saved_as = f'attachment; filename="heshi-{plain}-{report.day}.{form}"'
    return Response(content, media_type=media_type, headers={"Content-Disposition": saved_as})
