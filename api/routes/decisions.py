"""适当性决定: read, explained, made again, and the duties that follow from it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.access import Who, needs
from api.contract.door import Door
from api.contract.marks import keyless
from api.contract.refusals import problem_responses
from api.desks import Matching, Stamped
from api.links import next_link
from api.routes.amounts import Digest
from api.routes.decision_shapes import (
    DecisionOut,
    DecisionPage,
    DutyList,
    ExplanationOut,
    ReplayOut,
    brief,
    decision_out,
    duty_out,
    explanation_out,
)
from api.routes.shapes import FIRST_DAY, LAST_DAY, Ask, Cursor, Limit, Line, PathCode
from kit.access import Verb
from reports.paging import NOT_OURS, read_cursor, write_cursor
from reports.problems import BadCursor
from suitability.assessment.types import Channel
from suitability.levels import Outcome
from suitability.matching.hearing import Audience, audience_for
from suitability.matching.problems import (
    AlgorithmNotShipped,
    DutyNotOpen,
    EvidenceNeeded,
    OnlyTheClient,
    RulesLost,
    StillCooling,
    UnknownDecision,
)
from suitability.matching.service import CONFIRMATION, MatchingDesk

router = APIRouter(prefix="/suitability/decisions", tags=["适当性"], route_class=Door)
READS = [needs(Verb.SUITABILITY_READ)]


class CompletionIn(Ask):
    """How the duty was done, and the digest of what proves it: recording, signed text, call."""

    channel: Channel
    evidence: Digest | None = None
    note: Line = ""


class ConfirmationIn(Ask):
    """The client confirms in person what was told and warned of. evidence: digest of what was shown and confirmed."""

    channel: Channel = Channel.APP
    evidence: Digest


@router.get("", operation_id="listDecisions", dependencies=READS)
def list_decisions(
    request: Request,
    response: Response,
    desk: Matching,
    client_no: Annotated[str | None, Query(max_length=64)] = None,
    product_code: Annotated[str | None, Query(max_length=64)] = None,
    outcome: Outcome | None = None,
    first: Annotated[date | None, Query(alias="from", ge=FIRST_DAY, le=LAST_DAY, description="起始日，含当日")] = None,
    last: Annotated[date | None, Query(alias="to", ge=FIRST_DAY, le=LAST_DAY, description="截止日，含当日")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DecisionPage:
    """Decisions, newest first."""
    found = desk.page(
        client_no=client_no, product_code=product_code, outcome=None if outcome is None else outcome.value,
        first=first, last=last, before=_before(cursor), limit=limit + 1,
    )  # fmt: skip
    following = None
    if len(found) > limit:
        following = write_cursor(found[limit - 1].made_at.isoformat(), found[limit - 1].id)
    next_link(request, response, following)
    return DecisionPage(items=[brief(row) for row in found[:limit]], next=following)


@router.get(
    "/{decision_id}", operation_id="getDecision", dependencies=READS, responses=problem_responses(UnknownDecision)
)
def get_decision(decision_id: PathCode, desk: Matching, who: Who) -> DecisionOut:
    """The record as it was filed."""
    return decision_out(desk.row(decision_id), who.role)


@router.get(
    "/{decision_id}/explanation", operation_id="explainDecision", dependencies=READS,
    responses=problem_responses(UnknownDecision),
)
def explain(
    decision_id: PathCode,
    desk: Matching,
    who: Who,
    audience: Annotated[Audience | None, Query(alias="for", description="对谁说；默认是自己")] = None,
) -> ExplanationOut:
    """The filed answer in the words of client, advisor or regulator; 403 for words that are not yours to hear."""
    words = audience_for(who.role, audience)
    return explanation_out(desk.row(decision_id), words, who.role)


@router.post(
    "/{decision_id}/replay", operation_id="replayDecision", dependencies=READS,
    responses=problem_responses(UnknownDecision, AlgorithmNotShipped, RulesLost),
)
@keyless
def replay(decision_id: PathCode, desk: Matching) -> ReplayOut:
    """Make the decision again from stored facts and rules by its own algorithm; compare digests. Files nothing."""
    done = desk.replay(decision_id)
    return ReplayOut(
        decision_id=done.decision_id, same=done.same, stored=done.stored, computed=done.computed,
        algorithm=done.algorithm, intact=done.intact,
    )  # fmt: skip


@router.get(
    "/{decision_id}/duties", operation_id="listDuties", dependencies=READS,
    responses=problem_responses(UnknownDecision, RulesLost),
)
def list_duties(decision_id: PathCode, desk: Matching) -> DutyList:
    """What has to be told, warned, recorded and confirmed before the client may go on."""
    return duty_list(desk, decision_id)


@router.post(
    "/{decision_id}/duties/{duty}", operation_id="completeDuty", dependencies=[needs(Verb.SUITABILITY_DUTY)],
    responses=problem_responses(UnknownDecision, DutyNotOpen, StillCooling, OnlyTheClient, EvidenceNeeded, RulesLost),
)
def complete_duty(
    decision_id: PathCode, duty: PathCode, body: CompletionIn, desk: Matching, stamp: Stamped
) -> DutyList:
    """Record that a duty was done, with its evidence. The client's own confirmation is not for anybody else to give."""
    desk.complete(
        decision_id, duty, stamp, channel=body.channel.value, evidence=body.evidence or "", note=body.note
    )
    return duty_list(desk, decision_id, stamp.at)


@router.post(
    "/{decision_id}/confirmation", operation_id="confirmDecision", dependencies=[needs(Verb.CLIENT_CONFIRM)],
    responses=problem_responses(UnknownDecision, DutyNotOpen, OnlyTheClient, RulesLost),
)
def confirm(decision_id: PathCode, body: ConfirmationIn, desk: Matching, stamp: Stamped) -> DutyList:
    """The client confirms in person."""
    desk.complete(decision_id, CONFIRMATION, stamp, channel=body.channel.value, evidence=body.evidence)
    return duty_list(desk, decision_id, stamp.at)


def duty_list(desk: MatchingDesk, decision_id: str, at: datetime | None = None) -> DutyList:
    """As it stands at a moment, now by default."""
    return DutyList(
        decision_id=decision_id, may_proceed=desk.may_proceed(decision_id, at),
        items=[duty_out(one) for one in desk.duties(decision_id, at)],
    )  # fmt: skip


def _before(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    at, decision_id = read_cursor(cursor, 2)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as fault:
        raise BadCursor(NOT_OURS) from fault
    if moment.tzinfo is None:
        raise BadCursor(NOT_OURS)
    return moment, decision_id
