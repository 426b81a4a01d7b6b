"""Investor categories as they are asked and sent: documents, applications, tests, decisions, the nine items."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api.routes.amounts import Digest, Yuan, plain
from api.routes.shapes import Ask, Day, Line, Reason
from suitability.category.types import (
    Application,
    Decision,
    Direction,
    Evidence,
    EvidenceKind,
    InformationItem,
    InformationSource,
    ItemState,
    Standing,
    TrialKind,
)
from suitability.levels import InvestorCategory

EvidenceId = Annotated[int, Field(ge=1, le=2**31 - 1)]


class EvidenceIn(Ask):
    """One document: what it shows, as of when, and its digest. amount for assets and income, since for experience."""

    kind: EvidenceKind
    as_of: Day
    document: Digest
    amount: Yuan | None = None
    since: Day | None = None
    valid_through: Day | None = None
    note: Line = ""


class EvidenceOut(BaseModel):
    id: int | None
    kind: EvidenceKind
    as_of: date
    document: str
    amount: str | None
    since: date | None
    valid_through: date | None
    note: str


class EvidenceList(BaseModel):
    items: list[EvidenceOut]


class ApplicationIn(Ask):
    """Recognition or conversion by a row of the rules (`PRO_III_NATURAL`, …). document: digest of the written form."""

    test: Annotated[str, Field(min_length=1, max_length=32)]
    evidence: Annotated[list[EvidenceId], Field(max_length=50)]
    document: Digest
    risk_acknowledged: Annotated[bool, Field(description="转化须有自主承担风险和后果的书面声明")] = False


class ReturnIn(Ask):
    """The client's written notice to be an ordinary investor again."""

    document: Digest


class TrialIn(Ask):
    """A knowledge test or simulated trading."""

    kind: TrialKind
    score: Annotated[int, Field(ge=0, le=100)]
    taken_on: Day
    document: Digest


class TrialOut(BaseModel):
    kind: TrialKind
    score: int
    taken_on: date
    document: str


class CategoryDecisionIn(Ask):
    granted: bool
    reason: Reason
    effective_from: Day | None = None


class RevocationIn(Ask):
    reason: Reason
    effective_from: Day | None = None


class CategoryDecisionOut(BaseModel):
    granted: bool
    category: InvestorCategory
    effective_from: date
    valid_through: date | None
    reasons: list[str]
    decided_by: str
    decided_at: datetime
    revoked_from: date | None
    revoked_why: str


class ApplicationOut(BaseModel):
    """One application with its documents, tests, and what was decided; decision is empty while it is open."""

    id: int
    client_no: str
    direction: Direction
    test: str
    applied_on: date
    applied_by: str
    risk_acknowledged: bool
    evidence: list[EvidenceOut]
    trials: list[TrialOut]
    decision: CategoryDecisionOut | None


class ApplicationList(BaseModel):
    items: list[ApplicationOut]


class StandingOut(BaseModel):
    """The category today. lapsed: why an earlier professional category holds no more."""

    client_no: str
    day: date
    category: InvestorCategory
    category_label: str
    since: date | None
    valid_through: date | None
    lapsed: str


class InformationIn(Ask):
    """One of the nine items, as stated on a day, with the digest of what states it."""

    item: InformationItem
    as_of: Day
    source: InformationSource
    document: Digest
    note: Line = ""


class InformationItemOut(BaseModel):
    """One of the nine items: on file, how old, missing or stale."""

    item: InformationItem
    label: str
    needed: bool
    as_of: date | None
    age_days: int | None
    stale: bool
    missing: bool
    source: InformationSource | None


class InformationOut(BaseModel):
    client_no: str
    day: date
    items: list[InformationItemOut]


def evidence_out(one: Evidence) -> EvidenceOut:
    return EvidenceOut(
        id=one.id, kind=one.kind, as_of=one.as_of, document=one.document, amount=plain(one.amount), since=one.since,
        valid_through=one.valid_through, note=one.note,
    )  # fmt: skip


def application_out(one: Application) -> ApplicationOut:
    return ApplicationOut(
        id=one.id, client_no=one.client_no, direction=one.direction, test=one.test, applied_on=one.applied_on,
        applied_by=one.applied_by, risk_acknowledged=one.risk_acknowledged,
        evidence=[evidence_out(each) for each in one.evidence],
        trials=[
            TrialOut(kind=each.kind, score=each.score, taken_on=each.taken_on, document=each.document)
            for each in one.trials
        ],
        decision=None if one.decision is None else decision_out(one.decision),
    )  # fmt: skip


def decision_out(one: Decision) -> CategoryDecisionOut:
    told = {name: getattr(one, name) for name in CategoryDecisionOut.model_fields if name != "reasons"}
    return CategoryDecisionOut(**told, reasons=list(one.reasons))


def standing_out(one: Standing) -> StandingOut:
    told = {name: getattr(one, name) for name in StandingOut.model_fields if name != "category_label"}
    return StandingOut(**told, category_label=one.category.label)


def items_out(client_no: str, day: date, items: tuple[ItemState, ...]) -> InformationOut:
    names = [name for name in InformationItemOut.model_fields if name != "label"]
    told = [InformationItemOut(**{name: getattr(one, name) for name in names}, label=one.item.label) for one in items]
    return InformationOut(client_no=client_no, day=day, items=told)
