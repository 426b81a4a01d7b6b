"""四维画像与投资政策声明: the profile from what is on file, and the statement that the client confirms."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Profiles, Stamped
from api.routes.amounts import Digest
from api.routes.shapes import Ask, PathCode, PathId
from clients.repository import NoSuchClient
from kit.access import Verb
from suitability.assessment.types import Channel
from suitability.levels import AssetType, Bias, ClientLevel, IntendedTerm
from suitability.profile.policy import LONGEST_TEXT, Objective, Policy, Statement, sentences
from suitability.profile.problems import (
    NoSuchStatement,
    OnlyTheClientConfirms,
    ShownAnother,
    StatementRefused,
    StatementSuperseded,
)
from suitability.profile.types import Dimension, DimensionId, Profile

router = APIRouter(tags=["画像"], route_class=Door)
READS = [needs(Verb.PROFILE_READ)]
EDITS = [needs(Verb.PROFILE_EDIT)]
OF_CLIENT = "/clients/{client_no}"
Sentence = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
Sentences = Annotated[list[Sentence], Field(max_length=20)]


class GroundOut(BaseModel):
    """One piece of evidence, from where and as of when."""

    name: str
    text: str
    value: Any
    as_of: date | None
    source: str


class DimensionOut(BaseModel):
    """One of the four dimensions, 0 to 100; no score with the reason in `withheld` where nothing can be said."""

    id: DimensionId
    label: str
    score: int | None
    confidence: int
    as_of: date | None
    age_days: int | None
    lead: str
    grounds: list[GroundOut]
    withheld: str | None
    warnings: list[str]


class ProfileOut(BaseModel):
    """The profile today. level_used: the confirmed level, or lower where finances bear no more, with the reasons.

    Habits stand beside the level and never move it.
    """

    client_no: str
    day: date
    confirmed_level: ClientLevel | None
    level_used: ClientLevel | None
    capacity_level: ClientLevel | None
    capacity_reasons: list[str]
    dimensions: list[DimensionOut]
    expected_return: float | None
    lock_limit_days: int | None
    reserve_months: float | None
    biases: list[Bias]
    versions: dict[str, str]
    digest: str
    filed: bool = Field(description="更新时：是否有新内容登记在册；只读时为 false")


class PolicyIn(Ask):
    """The client's objective and constraints; what is left out is not limited. expected_return: a year, ratio."""

    objective: Objective
    expected_return: float | None = None
    term: IntendedTerm | None = None
    types: AssetType | None = None
    max_lock_days: Annotated[int | None, Field(le=10**6)] = None
    min_reserve_months: float | None = None
    legal: Sentences = Field(default_factory=list)
    tax: Sentences = Field(default_factory=list)
    ethical: Sentences = Field(default_factory=list)

    def policy(self) -> Policy:
        told = self.model_dump()
        return Policy(**{**told, **{name: tuple(told[name]) for name in ("legal", "tax", "ethical")}})


class PolicyConfirmIn(Ask):
    """shown_digest: of the version that the client read."""

    shown_digest: Digest
    channel: Channel = Channel.APP
    evidence: Digest | None = None


class StatementOut(BaseModel):
    """One version. It holds once the client has confirmed it; `sentences` is what the client reads."""

    id: int
    client_no: str
    version: int
    objective: Objective
    expected_return: float | None
    term: IntendedTerm | None
    types: AssetType | None
    max_lock_days: int | None
    min_reserve_months: float | None
    legal: list[str]
    tax: list[str]
    ethical: list[str]
    sentences: list[str]
    drafted_at: datetime
    drafted_by: str
    digest: str
    confirmed_at: datetime | None
    confirmed_on: date | None


class StatementList(BaseModel):
    items: list[StatementOut]


OF_POLICY: Final = ("objective", "expected_return", "term", "types", "max_lock_days", "min_reserve_months")
OF_STATEMENT: Final = (
    "id", "client_no", "version", "drafted_at", "drafted_by", "digest", "confirmed_at", "confirmed_on",
)  # fmt: skip


def dimension_out(one: Dimension, day: date) -> DimensionOut:
    grounds = [
        GroundOut(name=each.name, text=each.text, value=each.value, as_of=each.as_of, source=each.source)
        for each in one.grounds
    ]
    return DimensionOut(
        id=one.id, label=one.id.label, score=one.score, confidence=one.confidence, as_of=one.as_of,
        age_days=one.age_days(day), lead=one.lead, grounds=grounds, withheld=one.withheld, warnings=list(one.warnings),
    )  # fmt: skip


def profile_out(profile: Profile, *, filed: bool = False) -> ProfileOut:
    facts = profile.facts
    return ProfileOut(
        client_no=profile.client_no, day=profile.day, confirmed_level=profile.confirmed_level,
        level_used=profile.level_used, capacity_level=profile.capacity.level,
        capacity_reasons=list(profile.capacity.reasons), expected_return=facts.expected_return,
        dimensions=[dimension_out(one, profile.day) for one in profile.dimensions],
        lock_limit_days=facts.lock_limit_days(profile.day), reserve_months=facts.reserve_months,
        biases=sorted(facts.biases), versions=dict(profile.versions), digest=profile.digest, filed=filed,
    )  # fmt: skip


def statement_out(one: Statement) -> StatementOut:
    policy = one.policy
    return StatementOut(
        **{name: getattr(one, name) for name in OF_STATEMENT}, **{name: getattr(policy, name) for name in OF_POLICY},
        legal=list(policy.legal), tax=list(policy.tax), ethical=list(policy.ethical), sentences=list(sentences(policy)),
    )  # fmt: skip


@router.get(
    OF_CLIENT + "/profile", operation_id="getProfile", dependencies=READS, responses=problem_responses(NoSuchClient)
)
def get_profile(client_no: PathCode, desk: Profiles, scope: Reach) -> ProfileOut:
    """Four dimensions with their evidence, confidence and age, as of today. Nothing is filed."""
    return profile_out(desk.make(client_no, scope.day, desk.habits(client_no, scope.day)))


@router.post(
    OF_CLIENT + "/profile", status_code=201, operation_id="fileProfile", dependencies=EDITS,
    responses=problem_responses(NoSuchClient),
)
def file_profile(client_no: PathCode, desk: Profiles, scope: Reach, stamp: Stamped) -> ProfileOut:
    """Make the profile as of today, and file it where it says anything new: checks read what is filed."""
    made = desk.make(client_no, scope.day, desk.habits(client_no, scope.day))
    return profile_out(made, filed=desk.file(made, stamp))


@router.get(
    OF_CLIENT + "/policy-statements", operation_id="listPolicyStatements", dependencies=READS,
    responses=problem_responses(NoSuchClient),
)
def list_statements(client_no: PathCode, desk: Profiles) -> StatementList:
    """All versions of the investment policy statement, newest first."""
    return StatementList(items=[statement_out(one) for one in desk.statements(client_no)])


@router.post(
    OF_CLIENT + "/policy-statements", status_code=201, operation_id="draftPolicyStatement", dependencies=EDITS,
    responses=problem_responses(NoSuchClient, StatementRefused),
)
def draft(
    client_no: PathCode, body: PolicyIn, response: Response, desk: Profiles, stamp: Stamped
) -> StatementOut:
    """A new version; the one that was confirmed before holds until this one is."""
    made = desk.draft(client_no, body.policy(), stamp)
    response.headers["Location"] = f"/api/v1/policy-statements/{made.id}"
    return statement_out(made)


@router.get(
    "/policy-statements/{statement_id}", operation_id="getPolicyStatement", dependencies=READS,
    responses=problem_responses(NoSuchStatement),
)
def get_statement(statement_id: PathId, desk: Profiles) -> StatementOut:
    """One version."""
    return statement_out(desk.statement(statement_id))


@router.post(
    "/policy-statements/{statement_id}/confirmation", operation_id="confirmPolicyStatement",
    dependencies=[needs(Verb.CLIENT_CONFIRM)],
    responses=problem_responses(NoSuchStatement, OnlyTheClientConfirms, ShownAnother, StatementSuperseded),
)
def confirm(statement_id: PathId, body: PolicyConfirmIn, desk: Profiles, stamp: Stamped) -> StatementOut:
    """The client confirms what was shown, by its digest. Twice is the same as once."""
    done = desk.confirm(
        statement_id, stamp, shown_digest=body.shown_digest, channel=body.channel, evidence=body.evidence or ""
    )
    return statement_out(done)
