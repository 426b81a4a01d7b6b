"""Pages of advisors' grades: runs, one run step by step with its people, a score card with its appeal, files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel
from sqlmodel import Session

from advisors.periods.appeals import AdvisorAppeals
from advisors.periods.problems import NoSuchCard
from advisors.periods.service import PeriodDesk
from advisors.periods.types import Evidence, EvidenceKind, PeriodRun
from advisors.placement import propose_moves
from advisors.types import period_of
from api.access import Reach, Who, needs
from api.advisor_desks import Cards, GradeAppeals, Periods
from api.contract.door import Door
from api.database import Database
from api.desks import Stamped
from api.pages.advisors_view import (
    LIST,
    AppealFields,
    Longer,
    Short,
    card_html,
    card_path,
    list_html,
    moves_html,
    own_no,
    rows_html,
    run_html,
    run_path,
)
from api.pages.fields import Text
from api.pages.forms import FormDay
from api.routes.advisors import file_answer
from kit.access import Actor, Scope, Verb
from kit.access import Reach as Far
from kit.problems import Problem
from reports.scorecard.card import card_report
from reports.scorecard.service import ScoreCards

router = APIRouter(route_class=Door)
READS, RUNS = [needs(Verb.ADVISOR_GRADE_READ)], [needs(Verb.ADVISOR_GRADE_RUN)]
APPROVES, APPEALS = [needs(Verb.ADVISOR_GRADE_APPROVE)], [needs(Verb.ADVISOR_GRADE_APPEAL)]
RUN: Final = LIST + "/{number}"
CARD: Final = RUN + "/cards/{staff_no}"
NOTES: Final = {
    "ran": "已试算：核对以后提请批准。", "submitted": "已提请批准，须由另一人批准。", "approved": "已批准，可以发布。",
    "returned": "已退回。", "cancelled": "已撤销，留档。", "published": "已发布：等级自生效日起为人员的等级。",
    "appealed": "申诉已登记，须由第三人裁定。", "decided": "申诉已裁定。",
}  # fmt: skip
FileForm = Literal["pdf", "xlsx", "html", "json"]


class StepFields(BaseModel):
    """A step under the version, and for approval the digest, that were read."""

    version: int = 0
    digest: Annotated[str, Form(max_length=80)] = ""
    reason: Longer = ""
    effective_from: FormDay = None


class DecisionFields(BaseModel):
    version: int = 0
    upheld: Short = ""
    given: Short = ""
    reason: Longer = ""


Stepped = Annotated[StepFields, Form()]
Appealed = Annotated[AppealFields, Form()]
Decided = Annotated[DecisionFields, Form()]


@router.get(LIST, response_class=HTMLResponse, dependencies=READS)
def advisors_page(desk: Periods, scope: Reach, who: Who) -> Response:
    """Runs; who is graded goes to the own newest card, a supervisor to the newest published run."""
    newest = desk.published()
    if scope.reach is not Far.ALL and newest is not None:
        own = own_no(scope)
        try:
            place = run_path(newest.number)
            if own is not None:
                place = card_path(newest.number, desk.line(newest.number, own).staff_no)
            return RedirectResponse(place, status_code=303)
        except NoSuchCard:
            pass
    return HTMLResponse(list_html(desk, scope, who))


@router.post(LIST, dependencies=RUNS)
def run_advisors_page(
    period: Annotated[str, Form(max_length=16)], desk: Periods, stamp: Stamped, scope: Reach, session: Database
) -> Response:
    """Run a closed period; a refusal is told above the form."""
    try:
        wanted = period_of(period)
        made = desk.run(wanted, desk.graded(wanted), stamp)
    except Problem as refused:
        session.rollback()
        return HTMLResponse(list_html(desk, scope, stamp.actor, refused.detail, period), status_code=refused.status)
    return RedirectResponse(f"{run_path(made.number)}?note=ran", status_code=303)


@router.get(LIST + "/moves", response_class=HTMLResponse, dependencies=[needs(Verb.LOAD_READ)])
def advisor_moves_page(session: Database, scope: Reach) -> str:
    """Which clients would be better served by whom: a proposal, with the reasons, that moves nobody."""
    return moves_html(propose_moves(session, scope), scope)


@router.get(RUN, response_class=HTMLResponse, dependencies=READS)
def advisor_run_page(
    number: str, desk: Periods, appeals: GradeAppeals, cards: Cards, scope: Reach, who: Who, note: Text = None,
    level: Text = None, branch: Text = None, after: Text = None,
) -> Response:  # fmt: skip
    """One run or one branch of it: where it stands, the people, what is weak, what may be done now.

    Who sees oneself alone goes to the own card.
    """
    own = own_no(scope)
    if own is not None:
        return RedirectResponse(card_path(desk.get(number).number, desk.line(number, own).staff_no), status_code=303)
    shown = run_html(
        desk, appeals, cards, number, scope, who, note=NOTES.get(note or ""), level=level or "", branch=branch or "",
        after=after or "",
    )  # fmt: skip
    return HTMLResponse(shown)


@router.get(RUN + "/report.{form}", dependencies=READS)
def advisor_team_file(number: str, form: FileForm, cards: Cards, branch: Text = None) -> Response:
    """The report of everybody within reach, or of one branch of them."""
    return file_answer(cards.team(number, branch or ""), form, "scorecards")


@router.post(RUN + "/submit", dependencies=RUNS)
def submit_advisors_page(
    number: str, fields: Stepped, desk: Periods, appeals: GradeAppeals, cards: Cards, stamp: Stamped, scope: Reach,
    session: Database,
) -> Response:  # fmt: skip
    """提请批准."""

    def deed() -> PeriodRun:
        return desk.submit(number, expected_version=fields.version, stamp=stamp)

    return _attempt(deed, "submitted", (desk, appeals, cards), number, scope, stamp.actor, session)


@router.post(RUN + "/approve", dependencies=APPROVES)
def approve_advisors_page(
    number: str, fields: Stepped, desk: Periods, appeals: GradeAppeals, cards: Cards, stamp: Stamped, scope: Reach,
    session: Database,
) -> Response:  # fmt: skip
    """批准所见的摘要."""

    def deed() -> PeriodRun:
        return desk.approve(
            number, digest=fields.digest, reason=fields.reason, expected_version=fields.version, stamp=stamp
        )

    return _attempt(deed, "approved", (desk, appeals, cards), number, scope, stamp.actor, session)


@router.post(RUN + "/return", dependencies=APPROVES)
def return_advisors_page(
    number: str, fields: Stepped, desk: Periods, appeals: GradeAppeals, cards: Cards, stamp: Stamped, scope: Reach,
    session: Database,
) -> Response:  # fmt: skip
    """退回."""

    def deed() -> PeriodRun:
        return desk.send_back(number, reason=fields.reason, expected_version=fields.version, stamp=stamp)

    return _attempt(deed, "returned", (desk, appeals, cards), number, scope, stamp.actor, session)


@router.post(RUN + "/cancel", dependencies=RUNS)
def cancel_advisors_page(
    number: str, fields: Stepped, desk: Periods, appeals: GradeAppeals, cards: Cards, stamp: Stamped, scope: Reach,
    session: Database,
) -> Response:  # fmt: skip
    """撤销."""

    def deed() -> PeriodRun:
        return desk.cancel(number, reason=fields.reason, expected_version=fields.version, stamp=stamp)

    return _attempt(deed, "cancelled", (desk, appeals, cards), number, scope, stamp.actor, session)


@router.post(RUN + "/publish", dependencies=RUNS)
def publish_advisors_page(
    number: str, fields: Stepped, desk: Periods, appeals: GradeAppeals, cards: Cards, stamp: Stamped, scope: Reach,
    session: Database,
) -> Response:  # fmt: skip
    """发布，自某日生效."""

    def deed() -> PeriodRun:
        since: date = fields.effective_from or scope.day
        return desk.publish(number, effective_from=since, expected_version=fields.version, stamp=stamp)

    return _attempt(deed, "published", (desk, appeals, cards), number, scope, stamp.actor, session)


@router.get(CARD, response_class=HTMLResponse, dependencies=READS)
def score_card_page(
    number: str, staff_no: str, appeals: GradeAppeals, cards: Cards, scope: Reach, who: Who, note: Text = None
) -> str:
    """One card: the level and why, each figure, conduct, peers, what is missing, the appeal."""
    told = cards.told(number, staff_no)
    return card_html(told, cards.card(number, staff_no), appeals, scope, who, note=NOTES.get(note or ""))


@router.get(CARD + "/rows/{indicator}", response_class=HTMLResponse, dependencies=READS)
def score_card_rows_page(number: str, staff_no: str, indicator: str, desk: Periods) -> str:
    """The rows that made one figure."""
    return rows_html(desk.line(number, staff_no), number, desk.drilled(number, staff_no, indicator))


@router.get(CARD + "/report.{form}", dependencies=READS)
def score_card_file(number: str, staff_no: str, form: FileForm, cards: Cards) -> Response:
    """The card as a file."""
    return file_answer(cards.card(number, staff_no), form, f"scorecard-{staff_no}")


@router.post(CARD + "/appeals", dependencies=APPEALS)
def appeal_advisors_page(
    number: str, staff_no: str, fields: Appealed, appeals: GradeAppeals, cards: Cards, stamp: Stamped, scope: Reach,
    session: Database,
) -> Response:  # fmt: skip
    """对自己的考评申诉."""
    told = cards.told(number, staff_no)
    try:
        kind = EvidenceKind(fields.kind) if fields.kind in set(EvidenceKind) else EvidenceKind.STATEMENT
        proof = Evidence(kind, fields.reference, fields.text)
        appeals.file(
            told.run.number, staff_no, wanted=fields.wanted, reason=fields.reason, evidence=[proof],
            point=fields.point, stamp=stamp,
        )  # fmt: skip
    except Problem as refused:
        session.rollback()
        shown = card_html(
            told, card_report(told, cards.firm), appeals, scope, stamp.actor, fault=refused.detail, fields=fields
        )
        return HTMLResponse(shown, status_code=refused.status)
    return RedirectResponse(f"{card_path(told.run.number, staff_no)}?note=appealed", status_code=303)


@router.post(LIST + "/appeals/{appeal_id}/decide", dependencies=APPROVES)
def decide_advisors_page(
    appeal_id: int, fields: Decided, desk: Periods, appeals: GradeAppeals, cards: Cards, stamp: Stamped, scope: Reach,
    session: Database,
) -> Response:  # fmt: skip
    """裁定申诉."""
    number = appeals.get(appeal_id).run

    def deed() -> object:
        return appeals.decide(
            appeal_id, upheld=fields.upheld == "yes", reason=fields.reason, given=fields.given,
            expected_version=fields.version, stamp=stamp,
        )  # fmt: skip

    return _attempt(deed, "decided", (desk, appeals, cards), number, scope, stamp.actor, session)


def _attempt(
    deed: Callable[[], object], note: str, desks: tuple[PeriodDesk, AdvisorAppeals, ScoreCards], number: str,
    scope: Scope, who: Actor, session: Session,
) -> Response:  # fmt: skip
    """Do it and come back. A refusal writes nothing and is told at the top of the page."""
    place = run_path(desks[0].get(number).number)
    try:
        deed()
    except Problem as refused:
        session.rollback()
        return HTMLResponse(run_html(*desks, number, scope, who, fault=refused.detail), status_code=refused.status)
    return RedirectResponse(f"{place}?note={note}", status_code=303)
