"""产品与评级: what can be bought, how it is rated and why; rated by the rules, overridden by two persons."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Products, Ratings, Stamped
from api.links import next_link
from api.routes.amounts import Digest, plain
from api.routes.shapes import Ask, Cursor, Limit, PathCode, PathId, Reason, RuleDay
from kit.access import Verb
from market.products.repository import NoSuchProduct
from market.products.types import Factor, Product, ProductKind
from reports.paging import read_cursor, write_cursor
from suitability.facts import ProductFacts
from suitability.levels import AssetType, Gate, ProductLevel
from suitability.rating.problems import (
    AlreadyDecided,
    EvidenceFromLater,
    NoSuchProposal,
    NotRateable,
    OverrideRefused,
    OverrideTooLow,
    RatingOutOfOrder,
    SecondPersonNeeded,
)
from suitability.rating.repository import Proposal
from suitability.rating.standing import Rating, Standing

router = APIRouter(tags=["产品与评级"], route_class=Door)
READS = [needs(Verb.MARKET_READ)]
EDITS = [needs(Verb.RATING_EDIT)]


class ProductBrief(BaseModel):
    """One product or service with the level that is used today; no level where it is not rated."""

    code: str
    name: str
    kind: ProductKind
    issuer: str | None
    level: ProductLevel | None


class ProductPage(BaseModel):
    items: list[ProductBrief]
    next: str | None


class TermsOut(BaseModel):
    """What the matching reads of a product or security today."""

    asset_type: AssetType
    term_days: int | None = Field(description="空为不定期")
    lockup_days: int
    min_amount: str | None
    expected_return_low: float | None
    expected_return_high: float | None
    gates: list[Gate] = Field(description="须先开通的权限")
    complex: bool


class ProductOut(BaseModel):
    """A product, service or security: the level that is used today, from where, and its terms. A security takes the
    level of its board and kind unless it is rated itself.
    """

    code: str
    name: str
    kind: ProductKind | None = Field(description="证券没有产品种类")
    issuer: str | None
    level: ProductLevel | None
    rated_on: date | None
    rating_version: str | None
    grounds: list[str]
    missing: str | None = Field(description="没有等级的原因")
    factors: dict[Factor, int]
    factors_on: date | None
    terms: TermsOut


class RatingOut(BaseModel):
    """One filed rating, in force from its day until the next one. basis: everything that it rests on."""

    code: str
    level: ProductLevel
    derived: ProductLevel | None = Field(description="按规则推导的等级")
    score: int | None = Field(description="百分之一分，100 至 500")
    effective_from: date
    review_on: date
    basis: dict[str, Any]
    rule_version: str
    version: str
    proposal_id: int | None = Field(description="人工调整的提议")
    reason: str
    rated_by: str
    rated_at: datetime


class RatingList(BaseModel):
    items: list[RatingOut]


class RateIn(Ask):
    """By the rules, in force from a day (today by default)."""

    day: RuleDay | None = None


class ProposalIn(Ask):
    """Another level than the rules give, with the reason; never below the list in force or the issuer's own level."""

    level: ProductLevel
    reason: Reason
    effective_from: RuleDay
    review_on: RuleDay | None = None


class VerdictIn(Ask):
    """digest: of the proposal that was seen."""

    approve: bool
    reason: Reason
    digest: Digest


class ProposalOut(BaseModel):
    """A proposal; approved is empty while another person has not decided."""

    id: int
    code: str
    level: ProductLevel
    derived: ProductLevel | None
    reason: str
    effective_from: date
    review_on: date
    digest: str
    proposed_by: str
    proposed_at: datetime
    approved: bool | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None


class ProposalList(BaseModel):
    items: list[ProposalOut]


def product_out(product: Product | None, standing: Standing, facts: ProductFacts) -> ProductOut:
    terms = TermsOut(
        asset_type=facts.asset_type, term_days=facts.term_days, lockup_days=facts.lockup_days,
        min_amount=plain(facts.min_amount), expected_return_low=facts.expected_return_low,
        expected_return_high=facts.expected_return_high, gates=sorted(facts.gates), complex=facts.complex,
    )  # fmt: skip
    return ProductOut(
        code=facts.code, name=facts.name, kind=None if product is None else product.kind, issuer=facts.issuer,
        level=standing.level, rated_on=standing.rated_on, rating_version=standing.version,
        grounds=list(standing.grounds), missing=standing.missing, terms=terms,
        factors={} if product is None else dict(product.factors),
        factors_on=None if product is None else product.factors_on,
    )  # fmt: skip


def rating_out(rating: Rating) -> RatingOut:
    return RatingOut(**{name: getattr(rating, name) for name in RatingOut.model_fields})


def proposal_out(proposal: Proposal) -> ProposalOut:
    return ProposalOut(**{name: getattr(proposal, name) for name in ProposalOut.model_fields})


@router.get("/products", operation_id="listProducts", dependencies=READS)
def list_products(
    request: Request,
    response: Response,
    shelf: Products,
    ratings: Ratings,
    scope: Reach,
    kind: ProductKind | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ProductPage:
    """Products and services by code, with the level that is used today."""
    after = read_cursor(cursor, 1)[0] if cursor is not None else ""
    found = shelf.page(after=after, kind=kind, limit=limit + 1)
    following = write_cursor(found[limit - 1].code) if len(found) > limit else None
    next_link(request, response, following)
    levels = ratings.levels_of(found[:limit], scope.day)
    items = [
        ProductBrief(code=one.code, name=one.name, kind=one.kind, issuer=one.issuer, level=levels[one.code])
        for one in found[:limit]
    ]
    return ProductPage(items=items, next=following)


@router.get(
    "/products/{code}", operation_id="getProduct", dependencies=READS, responses=problem_responses(NoSuchProduct)
)
def get_product(code: PathCode, shelf: Products, ratings: Ratings, scope: Reach) -> ProductOut:
    """One product, service or security by its code."""
    facts = ratings.product_facts(code, scope.day)
    return product_out(shelf.products([code]).get(code), ratings.rating_on(code, scope.day), facts)


@router.get(
    "/products/{code}/ratings", operation_id="listRatings", dependencies=READS,
    responses=problem_responses(NoSuchProduct),
)
def list_ratings(code: PathCode, ratings: Ratings, scope: Reach) -> RatingList:
    """Every rating that was filed, newest first."""
    ratings.rating_on(code, scope.day)
    return RatingList(items=[rating_out(one) for one in ratings.history(code)])


@router.post(
    "/products/{code}/ratings", status_code=201, operation_id="rateProduct", dependencies=EDITS,
    responses=problem_responses(NoSuchProduct, NotRateable, EvidenceFromLater, RatingOutOfOrder),
)
def rate(code: PathCode, body: RateIn, ratings: Ratings, scope: Reach, stamp: Stamped) -> RatingOut:
    """File the level that the rules give. Refused without factors: no level is guessed."""
    return rating_out(ratings.rate(code, body.day or scope.day, stamp))


@router.post(
    "/products/{code}/rating-proposals", status_code=201, operation_id="proposeRating", dependencies=EDITS,
    responses=problem_responses(NoSuchProduct, OverrideRefused, OverrideTooLow, RatingOutOfOrder),
)
def propose(code: PathCode, body: ProposalIn, response: Response, ratings: Ratings, stamp: Stamped) -> ProposalOut:
    """Propose another level; another person has to approve it."""
    made = ratings.propose_override(
        code, body.level, reason=body.reason, effective_from=body.effective_from, review_on=body.review_on, stamp=stamp
    )
    response.headers["Location"] = f"/api/v1/rating-proposals/{made.id}"
    return proposal_out(made)


@router.get("/rating-proposals", operation_id="listRatingProposals", dependencies=EDITS)
def list_proposals(
    ratings: Ratings,
    code: Annotated[str | None, Query(max_length=64)] = None,
    open_only: Annotated[bool, Query(alias="open", description="只看还没有结论的")] = False,
) -> ProposalList:
    """Proposals, newest first."""
    return ProposalList(items=[proposal_out(one) for one in ratings.proposals(open_only=open_only, code=code)])


@router.get(
    "/rating-proposals/{proposal_id}", operation_id="getRatingProposal", dependencies=EDITS,
    responses=problem_responses(NoSuchProposal),
)
def get_proposal(proposal_id: PathId, ratings: Ratings) -> ProposalOut:
    """One proposal."""
    return proposal_out(ratings.proposal(proposal_id))


@router.post(
    "/rating-proposals/{proposal_id}/decision", operation_id="decideRating", dependencies=EDITS,
    responses=problem_responses(
        NoSuchProposal, AlreadyDecided, SecondPersonNeeded, OverrideRefused, OverrideTooLow, RatingOutOfOrder
    ),
)
def decide(proposal_id: PathId, body: VerdictIn, ratings: Ratings, stamp: Stamped) -> ProposalOut:
    """Another person approves what was proposed (the same digest), or refuses it."""
    ratings.decide(
        proposal_id, approve=body.approve, reason=body.reason, stamp=stamp, expected_digest=body.digest
    )
    return proposal_out(ratings.proposal(proposal_id))
