"""风险测评: taken by the client question by question, handed in, reviewed, confirmed.

Only the client answers. What somebody else begins or touches is kept with its mark, and answered with 403.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Assessments, Stamped
from api.problems import refusal
from api.routes.assessment_shapes import (
    AnswerIn,
    AssessmentList,
    AssessmentOut,
    ConfirmIn,
    CurrentOut,
    ReviewIn,
    SessionOut,
    StartIn,
    SubmissionOut,
    SubmitIn,
    assessment_out,
    current_out,
    session_out,
    submission_out,
)
from api.routes.shapes import PathCode, PathId
from clients.repository import NoSuchClient
from kit.access import Verb
from suitability.assessment.problems import (
    NoSuchAssessment,
    NoSuchSession,
    NothingToReview,
    NotTheClient,
    NotYetInForce,
    SessionClosed,
    WrongAudience,
)
from suitability.assessment.types import EnteredBy
from suitability.assessment.views import SessionView
from suitability.questionnaire.problems import (
    AnswersIncomplete,
    NoSuchQuestionnaire,
    NotAsked,
    OptionRefused,
    QuestionnaireNotPublished,
    QuestionnaireRetired,
)

router = APIRouter(tags=["风险测评"], route_class=Door)
READS = [needs(Verb.ASSESSMENT_READ)]
TAKES = [needs(Verb.ASSESSMENT_TAKE)]
HELD = (NoSuchSession, SessionClosed, NotTheClient, QuestionnaireRetired)


def marked(request: Request, view: SessionView) -> Response | None:
    """The refusal of a sheet that somebody else touched: an answer and no exception, so that the mark is filed."""
    if view.entered_by is EnteredBy.CLIENT:
        return None
    told = f"作答 {view.id} 不是客户本人所为，已标明作答人并拒绝；{view.sentence or '请客户本人重新开始'}"
    return refusal(request, NotTheClient(told, session=view.id, rule=view.refusal))


@router.post(
    "/clients/{client_no}/assessment-sessions", status_code=201, operation_id="startAssessment", dependencies=TAKES,
    response_model=SessionOut,
    responses=problem_responses(
        NoSuchClient, NoSuchQuestionnaire, QuestionnaireRetired, QuestionnaireNotPublished, WrongAudience, NotTheClient
    ),
)
def start(
    client_no: PathCode, body: StartIn, request: Request, desk: Assessments, stamp: Stamped
) -> Response | SessionOut:
    """Begin, or go on with what is open in the same version. Where too many were begun lately, state is REFUSED."""
    view = desk.start(client_no, body.questionnaire, stamp, body.channel)
    return marked(request, view) or session_out(view)


@router.get(
    "/assessment-sessions/{session_id}", operation_id="getAssessmentSession", dependencies=READS,
    responses=problem_responses(NoSuchSession),
)
def get_session(session_id: PathId, desk: Assessments, scope: Reach) -> SessionOut:
    """The session as it stands, to go on where one left off."""
    return session_out(desk.resume(session_id, scope.day))


@router.post(
    "/assessment-sessions/{session_id}/answers", operation_id="answerQuestion", dependencies=TAKES,
    response_model=SessionOut, responses=problem_responses(*HELD, NotAsked, OptionRefused),
)
def answer(
    session_id: PathId, body: AnswerIn, request: Request, desk: Assessments, stamp: Stamped
) -> Response | SessionOut:
    """File one answer: to the question that is asked now, or anew to one answered before; the next question follows."""
    view = desk.answer(session_id, body.question, body.options, stamp)
    return marked(request, view) or session_out(view)


@router.post(
    "/assessment-sessions/{session_id}/submission", operation_id="submitAssessment", dependencies=TAKES,
    response_model=SubmissionOut, responses=problem_responses(*HELD, AnswersIncomplete),
)
def submit(
    session_id: PathId, body: SubmitIn, request: Request, desk: Assessments, stamp: Stamped, who: Who
) -> Response | SubmissionOut:
    """Hand in. outcome: ASSESSED, UNDER_REVIEW, TO_CONFIRM (hand in again with the rules confirmed) or BLOCKED."""
    done = desk.submit(session_id, stamp, confirmed=body.confirmed)
    return marked(request, done.session) or submission_out(done, who.role)


@router.get(
    "/clients/{client_no}/assessment", operation_id="getCurrentAssessment", dependencies=READS,
    responses=problem_responses(NoSuchClient),
)
def get_current(client_no: PathCode, desk: Assessments, scope: Reach, who: Who) -> CurrentOut:
    """What stands today; a missing or expired assessment is an answer."""
    return current_out(desk.current(client_no, scope.day), who.role)


@router.get(
    "/clients/{client_no}/assessments", operation_id="listAssessments", dependencies=READS,
    responses=problem_responses(NoSuchClient),
)
def list_assessments(client_no: PathCode, desk: Assessments, who: Who) -> AssessmentList:
    """All results, newest first."""
    return AssessmentList(items=[assessment_out(one, who.role) for one in desk.history(client_no)])


@router.get("/assessments/waiting", operation_id="listWaitingAssessments", dependencies=[needs(Verb.ASSESSMENT_REVIEW)])
def list_waiting(desk: Assessments, who: Who) -> AssessmentList:
    """Results that wait for a second person, the oldest first."""
    return AssessmentList(items=[assessment_out(one, who.role) for one in desk.waiting_for_review()])


@router.get(
    "/assessments/{assessment_id}", operation_id="getAssessment", dependencies=READS,
    responses=problem_responses(NoSuchAssessment),
)
def get_assessment(assessment_id: PathId, desk: Assessments, who: Who) -> AssessmentOut:
    """One result."""
    return assessment_out(desk.get(assessment_id), who.role)


@router.post(
    "/assessments/{assessment_id}/review", operation_id="reviewAssessment",
    dependencies=[needs(Verb.ASSESSMENT_REVIEW)], responses=problem_responses(NoSuchAssessment, NothingToReview),
)
def review(assessment_id: PathId, body: ReviewIn, desk: Assessments, stamp: Stamped, who: Who) -> AssessmentOut:
    """A second person accepts a result that was held back, or does not."""
    return assessment_out(desk.review(assessment_id, body.accepted, body.reason, stamp), who.role)


@router.post(
    "/assessments/{assessment_id}/confirmation", operation_id="confirmAssessment",
    dependencies=[needs(Verb.CLIENT_CONFIRM)],
    responses=problem_responses(NoSuchAssessment, NotTheClient, NotYetInForce),
)
def confirm(assessment_id: PathId, body: ConfirmIn, desk: Assessments, stamp: Stamped, who: Who) -> AssessmentOut:
    """The client confirms the level; from then on it is in force. Twice is the same as once."""
    done = desk.confirm(assessment_id, stamp, body.channel, body.evidence or "")
    return assessment_out(done, who.role)
