"""Questionnaires, sessions and results as they are sent. No score of an option is: nobody is coached."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api.routes.amounts import Digest
from api.routes.shapes import Ask, Code, Reason
from clients.types import ClientKind
from kit.access import Role
from suitability.assessment.types import Channel, Consequence, EnteredBy, Finding, SessionState, SheetOutcome
from suitability.assessment.views import AssessmentView, Current, SessionView, Submission
from suitability.levels import AssetType, ClientLevel, IntendedTerm
from suitability.questionnaire.repository import Edition
from suitability.questionnaire.types import Question, Status

OptionCode = Annotated[str, Field(min_length=1, max_length=8)]


class OptionOut(BaseModel):
    code: str
    text: str
    exclusive: bool = Field(description="选了它就不能再选其他")


class QuestionOut(BaseModel):
    """One question as the client reads it."""

    id: str
    text: str
    block: str
    multi: bool
    options: list[OptionOut]


class QuestionnaireBrief(BaseModel):
    version: str
    form: str
    title: str
    status: Status
    audience: list[ClientKind]
    published_at: datetime | None
    retired_on: date | None
    replaced_by: str | None


class QuestionnaireList(BaseModel):
    items: list[QuestionnaireBrief]


class QuestionnaireOut(QuestionnaireBrief):
    """A version with all its questions; which of them are asked depends on the answers."""

    source: str
    confirmed: bool
    digest: str
    questions: list[QuestionOut]


class StartIn(Ask):
    questionnaire: Annotated[str, Field(min_length=1, max_length=64, description="问卷版本")]
    channel: Channel = Channel.APP


class AnswerIn(Ask):
    question: Annotated[str, Field(min_length=1, max_length=16)]
    options: Annotated[list[OptionCode], Field(min_length=1, max_length=26)]


class SubmitIn(Ask):
    """confirmed: rules of the findings (consequence CONFIRM) whose sentence the client has confirmed."""

    confirmed: list[Code] = Field(default_factory=list, max_length=64)


class ConfirmIn(Ask):
    """The client confirms what was shown. evidence: digest of a signature or a recording, where there is one."""

    channel: Channel = Channel.APP
    evidence: Digest | None = None


class ReviewIn(Ask):
    accepted: bool
    reason: Reason


class SessionOut(BaseModel):
    """One session as it stands. next_question: what to ask now; none when all is answered or the session has ended."""

    id: int
    client_no: str
    questionnaire: str
    channel: Channel
    entered_by: EnteredBy
    started_at: datetime
    state: SessionState
    refusal: str | None
    sentence: str = Field(description="被拒绝时说给客户的话")
    answers: dict[str, list[str]]
    prefilled: list[str] = Field(description="按登记的信息填写、不问客户的题")
    next_question: QuestionOut | None
    answered: int


class FindingOut(BaseModel):
    """One rule that applies: BLOCK ends it, CONFIRM asks the client, REVIEW asks a second person."""

    rule: str
    consequence: Consequence
    sentence: str
    questions: list[str]
    mendable: bool = Field(description="改了答案可以再交")


class AssessmentOut(BaseModel):
    """One result. points are for compliance and audit alone."""

    id: int
    client_no: str
    questionnaire: str
    assessed_on: date
    assessed_at: datetime
    valid_through: date
    total: int
    level: ClientLevel
    level_label: str
    lowest: bool = Field(description="风险承受能力最低类别")
    term: IntendedTerm | None
    types: AssetType | None
    findings: list[FindingOut]
    needs_review: bool
    accepted: bool | None
    review_reason: str
    confirmed_on: date | None
    digest: str
    points: dict[str, int] | None


class AssessmentList(BaseModel):
    items: list[AssessmentOut]


class SubmissionOut(BaseModel):
    outcome: SheetOutcome
    findings: list[FindingOut]
    session: SessionOut
    assessment: AssessmentOut | None


class CurrentOut(BaseModel):
    """What stands today. level: the one that is used; none without a confirmed result.

    waiting: a newer result that waits for review or confirmation; it may lower the level at once, never raise it.
    """

    client_no: str
    day: date
    level: ClientLevel | None
    lowest: bool
    expired: bool
    lowered: bool
    in_force: AssessmentOut | None
    waiting: AssessmentOut | None


def question_out(question: Question) -> QuestionOut:
    options = [OptionOut(code=one.code, text=one.text, exclusive=one.exclusive) for one in question.options]
    return QuestionOut(
        id=question.id, text=question.text, block=question.block, multi=question.multi, options=options
    )


def questionnaire_brief(edition: Edition) -> QuestionnaireBrief:
    form = edition.form
    return QuestionnaireBrief(
        version=form.version, form=form.form, title=form.title, status=edition.status, audience=sorted(form.audience),
        published_at=edition.published_at, retired_on=edition.retired_on, replaced_by=edition.replaced_by,
    )  # fmt: skip


def questionnaire_out(edition: Edition) -> QuestionnaireOut:
    form = edition.form
    return QuestionnaireOut(
        **questionnaire_brief(edition).model_dump(), source=form.source, confirmed=form.confirmed, digest=form.digest,
        questions=[question_out(one) for one in form.questions],
    )  # fmt: skip


def session_out(view: SessionView) -> SessionOut:
    return SessionOut(
        id=view.id, client_no=view.client_no, questionnaire=view.questionnaire, channel=view.channel,
        entered_by=view.entered_by, started_at=view.started_at, state=view.state, refusal=view.refusal,
        sentence=view.sentence, answers={name: list(codes) for name, codes in view.answers.items()},
        prefilled=sorted(view.prefilled), answered=view.asked,
        next_question=None if view.next_question is None else question_out(view.next_question),
    )  # fmt: skip


def finding_out(finding: Finding) -> FindingOut:
    return FindingOut(
        rule=finding.rule, consequence=finding.consequence, sentence=finding.sentence,
        questions=list(finding.questions), mendable=finding.mendable,
    )  # fmt: skip


def assessment_out(view: AssessmentView, role: Role) -> AssessmentOut:
    shown = role in (Role.COMPLIANCE, Role.AUDITOR)
    names = set(AssessmentOut.model_fields) - {"findings", "points", "level_label"}
    return AssessmentOut(
        **{name: getattr(view, name) for name in names}, level_label=view.level.label,
        findings=[finding_out(one) for one in view.findings], points=dict(view.points) if shown else None,
    )  # fmt: skip


def submission_out(done: Submission, role: Role) -> SubmissionOut:
    return SubmissionOut(
        outcome=done.outcome, findings=[finding_out(one) for one in done.findings], session=session_out(done.session),
        assessment=None if done.assessment is None else assessment_out(done.assessment, role),
    )  # fmt: skip


def current_out(found: Current[AssessmentView], role: Role) -> CurrentOut:
    held, waiting = found.in_force, found.waiting
    return CurrentOut(
        client_no=found.client_no, day=found.day, level=found.level, lowest=found.lowest, expired=found.expired,
        lowered=found.lowered, in_force=None if held is None else assessment_out(held, role),
        waiting=None if waiting is None else assessment_out(waiting, role),
    )  # fmt: skip
