"""满意度调查: rounds, answers, and results with their intervals."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from api.access import needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Stamped, Surveys
from api.routes.shapes import Ask, Code, Day, PathCode, Word
from clients.repository import NoSuchClient
from clients.satisfaction.intervals import Estimate, GroupResult
from clients.satisfaction.problems import AnsweredAlready, NoSuchRound, RoundExists, SurveyRefused
from clients.satisfaction.types import (
    HIGHEST,
    LONGEST_COMMENT,
    LOWEST,
    MOST_LIKELY,
    AnswerAsk,
    SurveyChannel,
    SurveyRound,
)
from kit.access import Verb

router = APIRouter(prefix="/surveys", tags=["满意度"], route_class=Door)
READS = [needs(Verb.SATISFACTION_READ)]


class RoundIn(Ask):
    code: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    title: Word
    first_on: Day
    last_on: Day
    invited: Annotated[int | None, Field(ge=1, le=100_000_000, description="发出份数；不清楚时留空")] = None


class RoundOut(BaseModel):
    """answers: those of clients whom the asker sees."""

    code: str
    title: str
    first_on: date
    last_on: date
    invited: int | None
    answers: int


class RoundList(BaseModel):
    items: list[RoundOut]


class AnswerIn(Ask):
    """One client's answers; the client's own, or taken down by somebody who does not serve the client."""

    client_no: Code
    answered_at: AwareDatetime
    score: Annotated[int, Field(ge=LOWEST, le=HIGHEST, description="1 很不满意 至 5 很满意")]
    recommend: Annotated[int | None, Field(ge=0, le=MOST_LIKELY)] = None
    comment: Annotated[str, Field(max_length=LONGEST_COMMENT)] = ""
    channel: SurveyChannel = SurveyChannel.APP


class AnswerTaken(BaseModel):
    round: str
    client_no: str


class EstimateOut(BaseModel):
    """Ratios; null without an answer. low, high: the interval at the result's `level`."""

    estimate: float | None
    low: float | None
    high: float | None
    n: int


class GroupOut(BaseModel):
    key: str
    label: str
    satisfied: EstimateOut
    net_promoters: EstimateOut
    mean_score: float | None


class RoundResultOut(BaseModel):
    """withheld: groups of fewer answers than `least`, which are not shown. response_rate: null where unknown."""

    round: RoundOut
    level: float
    least: int
    whole: GroupOut
    by_advisor: list[GroupOut]
    by_branch: list[GroupOut]
    by_grade: list[GroupOut]
    withheld: int
    response_rate: float | None


def round_out(one: SurveyRound) -> RoundOut:
    return RoundOut(**{name: getattr(one, name) for name in RoundOut.model_fields})


def estimate_out(one: Estimate) -> EstimateOut:
    def plain(value: float | None) -> float | None:
        return None if value is None else round(value, 6)

    return EstimateOut(estimate=plain(one.value), low=plain(one.low), high=plain(one.high), n=one.n)


def group_out(one: GroupResult) -> GroupOut:
    return GroupOut(
        key=one.key, label=one.label, satisfied=estimate_out(one.satisfied), net_promoters=estimate_out(one.promoters),
        mean_score=None if one.mean is None else round(one.mean, 4),
    )  # fmt: skip


@router.get("", operation_id="listSurveys", dependencies=READS)
def list_surveys(desk: Surveys) -> RoundList:
    """Rounds, the newest first."""
    return RoundList(items=[round_out(one) for one in desk.rounds()])


@router.post(
    "", status_code=201, operation_id="openSurvey", dependencies=[needs(Verb.SATISFACTION_RUN)],
    responses=problem_responses(RoundExists, SurveyRefused),
)
def open_survey(body: RoundIn, desk: Surveys, stamp: Stamped) -> RoundOut:
    """Register a round before its answers come in."""
    return round_out(desk.open_round(body.code, body.title, body.first_on, body.last_on, stamp, body.invited))


@router.get("/{code}", operation_id="getSurvey", dependencies=READS, responses=problem_responses(NoSuchRound))
def get_survey(code: PathCode, desk: Surveys) -> RoundResultOut:
    """满意率 and 净推荐值 by advisor, branch and grade, with intervals."""
    found = desk.result(code)
    return RoundResultOut(
        round=round_out(found.round), level=found.level, least=found.least, whole=group_out(found.whole),
        by_advisor=[group_out(one) for one in found.by_advisor],
        by_branch=[group_out(one) for one in found.by_branch], by_grade=[group_out(one) for one in found.by_grade],
        withheld=found.withheld, response_rate=found.response_rate,
    )  # fmt: skip


@router.post(
    "/{code}/answers", status_code=201, operation_id="answerSurvey", dependencies=[needs(Verb.SATISFACTION_ANSWER)],
    responses=problem_responses(NoSuchRound, NoSuchClient, AnsweredAlready, SurveyRefused),
)
def answer_survey(code: PathCode, body: AnswerIn, desk: Surveys, stamp: Stamped) -> AnswerTaken:
    """Take one client's answers; once a round, never changed."""
    desk.answer(AnswerAsk(round_code=code, **body.model_dump()), stamp)
    return AnswerTaken(round=code, client_no=body.client_no)
