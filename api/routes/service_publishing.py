"""服务的发布: a new version of a catalogue card and of price plans, checked first and, when asked, filed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.access import needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.database import Database
from api.desks import Stamped
from api.routes.amounts import Yuan
from api.routes.shapes import FIRST_DAY, LAST_DAY, PRINTABLE, Ask, PathCode
from kit.access import Verb
from market.products.repository import NoSuchProduct
from market.products.types import PriceSignal
from market.services.problems import (
    DraftMalformed,
    FalseDiscount,
    NoSuchPlan,
    NoSuchService,
    PlanOverlap,
    SignalRefused,
    TiersRefused,
    TooLate,
)
from market.services.reading import LONGEST_TEXT, MOST_PLANS, draft_from
from market.services.service import Result, ServiceCatalogue
from market.services.service import Stamped as Publisher
from market.services.types import Draft, FeeBasis, TierMode
from suitability.subscriptions.repository import paid_of

router = APIRouter(prefix="/services", tags=["服务与价格"], route_class=Door)
MOST_LINES: int = 50
Code = Annotated[str, Field(min_length=1, max_length=32, pattern=PRINTABLE)]
Name = Annotated[str, Field(min_length=1, max_length=128, pattern=PRINTABLE)]
Words = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT, pattern=PRINTABLE)]
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
Days = Annotated[int, Field(ge=1, le=3_660)]


class CardIn(Ask):
    """What the service is. styles, levels: codes of those it is made for; none is all."""

    summary: Words
    contents: Annotated[list[Words], Field(min_length=1, max_length=MOST_LINES)]
    delivery: Words
    styles: list[Code] = Field(default_factory=list, max_length=MOST_LINES)
    levels: list[Code] = Field(default_factory=list, max_length=MOST_LINES)
    valid_from: Day


class TermIn(Ask):
    """What one term of so many calendar days costs in all, yuan."""

    days: Days
    price: Yuan


class TierIn(Ask):
    """From `floor` (included) to `ceiling` (excluded, absent without end). price: a yearly rate, yuan a use, or a rate
    of turnover, by the basis.
    """

    floor: Yuan
    ceiling: Yuan | None = None
    price: Yuan


class ReferenceIn(Ask):
    """原价: what the plan's price is compared with, and the plan and term under which it was paid."""

    price: Yuan
    plan: Code
    days: Days | None = None


class PlanIn(Ask):
    """A price plan. terms for TERM alone; mode and tiers for every other basis."""

    code: Code
    name: Name
    basis: FeeBasis
    valid_from: Day
    valid_to: Day | None = None
    terms: list[TermIn] = Field(default_factory=list, max_length=MOST_LINES)
    mode: TierMode = TierMode.WHOLE
    tiers: list[TierIn] = Field(default_factory=list, max_length=MOST_LINES)
    least: Yuan | None = None
    most: Yuan | None = None
    monotone: bool = False
    signal: PriceSignal = PriceSignal.NONE
    signal_detail: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    reference: ReferenceIn | None = None
    replaces: Annotated[int, Field(ge=1, le=10_000)] | None = None


class PublishIn(Ask):
    """A card, plans, or both. dry_run: check all and file nothing."""

    card: CardIn | None = None
    plans: list[PlanIn] = Field(default_factory=list, max_length=MOST_PLANS)
    dry_run: bool = False


class PublishedOut(BaseModel):
    """made: new versions; known: what stands there already; evidence: by plan, payments of its reference price."""

    service: str
    made: list[str]
    known: list[str]
    notes: list[str]
    evidence: dict[str, dict[str, Any]]
    dry_run: bool


def publish(session: Database, draft: Draft, stamp: Stamped) -> Result:
    """Check and append; the commit is the caller's. Raises as `ServiceCatalogue.publish`."""
    who = Publisher(stamp.actor, stamp.at, stamp.origin)
    return ServiceCatalogue(session).publish(draft, who, lambda *asked: paid_of(session, *asked))


@router.post(
    "/{code}/versions", operation_id="publishService", dependencies=[needs(Verb.SERVICE_PUBLISH)],
    responses=problem_responses(
        NoSuchProduct, NoSuchService, NoSuchPlan, DraftMalformed, TiersRefused, SignalRefused, PlanOverlap,
        FalseDiscount, TooLate,
    ),
)  # fmt: skip
def publish_service(code: PathCode, body: PublishIn, session: Database, stamp: Stamped) -> PublishedOut:
    """Publish new versions; the same content again changes nothing, and what is published is never rewritten."""
    done = publish(session, draft_from(_raw(code, body)), stamp)
    if body.dry_run:
        session.rollback()
    return PublishedOut(
        service=done.code, made=list(done.made), known=list(done.known), notes=list(done.notes),
        evidence=done.evidence, dry_run=body.dry_run,
    )  # fmt: skip


def _raw(code: str, body: PublishIn) -> dict[str, Any]:
    """The body as a service file has it."""
    plans = []
    for one in body.plans:
        told = one.model_dump(exclude_none=True, exclude={"tiers"})
        tiers = [{"from": tier.floor, "to": tier.ceiling, "price": tier.price} for tier in one.tiers]
        plans.append(told | {"tiers": tiers, "basis": one.basis.value, "signal": one.signal.value,
                             "mode": one.mode.value})  # fmt: skip
    return {"code": code, "card": None if body.card is None else body.card.model_dump(), "plans": plans}
