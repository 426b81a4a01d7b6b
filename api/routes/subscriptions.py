"""服务订购: applied for after a suitability check, signed, paid, cancelled within five working days, or ended early."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.access import Who, needs
from api.contract.door import Door
from api.contract.etags import SeenVersion, set_etag
from api.contract.refusals import problem_responses
from api.desks import Stamped, Subscriptions
from api.routes.amounts import Digest, Yuan, money
from api.routes.service_shapes import QuoteOut, quote_out, text_or_none
from api.routes.services import DaysAsked, PlanAsked, SizeAsked
from api.routes.shapes import Ask, Code, Day, Line, PathCode, Reason
from clients.repository import NoSuchClient
from clients.staff.problems import ChangedMeanwhile, NoSuchStaff
from kit.access import Role, Verb
from market.services.problems import NoSuchPlan, NoSuchService, NotForSale, PriceAskRefused
from market.services.types import FeeBasis
from suitability.levels import AskedBy, Outcome
from suitability.matching.hearing import audience_for
from suitability.subscriptions.problems import (
    AdvisorNotRegistered,
    AlreadySubscribed,
    AssetsUnknown,
    CancellationOver,
    DisclosureNotSigned,
    NoSuchSubscription,
    NotMadeForClient,
    NotReadyToSign,
    PaymentRefused,
    SignedByOthers,
    StateRefused,
)
from suitability.subscriptions.service import SubscriptionDetail
from suitability.subscriptions.types import Subscription, SubscriptionAsk, SubscriptionEventKind, SubscriptionState

router = APIRouter(prefix="/clients/{client_no}/subscriptions", tags=["服务与价格"], route_class=Door)
READS = [needs(Verb.SUBSCRIPTION_READ)]
EDITS = [needs(Verb.SUBSCRIPTION_EDIT)]
PRICED = (NoSuchClient, NoSuchService, NoSuchPlan, NotForSale, PriceAskRefused, AssetsUnknown)


class ApplicationIn(Ask):
    """What is asked for. days: TERM and ASSETS; size: ASSETS (absent: assets on file), PER_USE, COMMISSION."""

    service: Code
    plan: Code
    asked_by: AskedBy
    days: Annotated[int | None, Field(ge=1, le=3660)] = None
    size: Yuan | None = None


class SigningIn(Ask):
    """signed_text: `disclosure.digest` as shown to the client; on_paper: the digest of the signed scan instead."""

    signed_text: Digest
    advisor_no: Annotated[str, Field(max_length=64, description="签约投顾的工号；投资顾问服务必填")] = ""
    on_paper: Annotated[bool, Field(description="同事登记客户在柜台签署的纸质文本")] = False


class PaymentIn(Ask):
    amount: Yuan
    reference: Annotated[Reason, Field(description="公司账户的入账流水号")]


class CancellationIn(Ask):
    """noticed_on: the day of the client's written notice where it is registered later, with its digest."""

    reason: Line = ""
    noticed_on: Day | None = None
    evidence: Digest | None = None


class TerminationIn(Ask):
    reason: Reason
    uses: Annotated[int | None, Field(ge=0, le=1_000_000, description="按次收费时已用的次数")] = None


class SubscriptionOut(BaseModel):
    """One subscription. fee, paid, refunded, due: yuan. cancel_until: the last day of free cancellation."""

    number: str
    version: int
    client_no: str
    service: str
    service_name: str
    plan: str
    plan_name: str
    plan_version: int
    basis: FeeBasis
    days: int | None
    size: str | None
    decision_id: str
    outcome: Outcome
    asked_by: AskedBy
    state: SubscriptionState
    state_label: str
    applied_on: date
    signed_on: date | None
    ends_on: date | None
    cancel_until: date | None
    advisor_no: str
    fee: str
    paid: str
    refunded: str
    due: str
    closed_on: date | None
    says: list[str]
    notes: list[str]
    refused_because: Annotated[list[str], Field(description="不受理的原因，用读者的话；受理的为空")]
    retain_until: date


class SubscriptionList(BaseModel):
    client_no: str
    items: list[SubscriptionOut]


class SubscriptionEventOut(BaseModel):
    version: int
    kind: SubscriptionEventKind
    label: str
    at: datetime
    day: date
    by: str
    amount: str
    note: str
    evidence: str
    detail: dict[str, Any]
    digest: str


class OpenDutyOut(BaseModel):
    """A duty of the decision: it is done under /suitability/decisions/{decision_id}/duties/{duty}."""

    duty: str
    title: str
    form: str
    done_at: datetime | None
    not_before: datetime | None


class DisclosureOut(BaseModel):
    """风险揭示书 that is signed today. digest: of exactly this text."""

    items: list[str]
    digest: str
    source: str
    confirmed: bool


class SubscriptionDetailOut(SubscriptionOut):
    duties: list[OpenDutyOut]
    disclosure: DisclosureOut
    events: list[SubscriptionEventOut]


def subscription_out(one: Subscription, role: Role) -> SubscriptionOut:
    return SubscriptionOut(**_plain(one, role))


def reasons(one: Subscription, role: Role) -> list[str]:
    """Why it was refused, in the reader's own words; empty where it was not."""
    return list(one.why.get(audience_for(role, None).value, ()))


def _plain(one: Subscription, role: Role) -> dict[str, Any]:
    same = (name for name in SubscriptionOut.model_fields if name not in ("state_label", "size", "refused_because"))
    told: dict[str, Any] = {name: getattr(one, name) for name in same}
    for name in ("fee", "paid", "refunded", "due"):
        told[name] = money(told[name])
    return {**told, "state_label": one.state.label, "size": text_or_none(one.size), "says": list(one.says),
            "notes": list(one.notes), "refused_because": reasons(one, role)}  # fmt: skip


def detail_out(response: Response, found: SubscriptionDetail, role: Role) -> SubscriptionDetailOut:
    set_etag(response, found.subscription.version)
    text = found.disclosure
    return SubscriptionDetailOut(
        **_plain(found.subscription, role),
        duties=[
            OpenDutyOut(duty=one.id, title=one.title, form=one.form, done_at=one.done_at, not_before=one.not_before)
            for one in found.duties
        ],
        disclosure=DisclosureOut(
            items=list(text.items), digest=text.digest, source=text.source, confirmed=text.confirmed
        ),
        events=[
            SubscriptionEventOut(
                version=one.version, kind=one.kind, label=one.kind.label, at=one.at, day=one.day, by=one.by,
                amount=money(one.amount), note=one.note, evidence=one.evidence, detail=dict(one.detail),
                digest=one.digest,
            )
            for one in found.events
        ],
    )  # fmt: skip


@router.get("", operation_id="listSubscriptions", dependencies=READS, responses=problem_responses(NoSuchClient))
def list_subscriptions(client_no: PathCode, desk: Subscriptions, who: Who) -> SubscriptionList:
    """Every subscription of the client, the newest first."""
    lines = [subscription_out(one, who.role) for one in desk.list(client_no)]
    return SubscriptionList(client_no=client_no, items=lines)


@router.get("/price", operation_id="priceForClient", dependencies=READS, responses=problem_responses(*PRICED))
def price_for_client(
    client_no: PathCode, desk: Subscriptions, service: Annotated[str, Query(min_length=1, max_length=32)],
    plan: PlanAsked, days: DaysAsked = None, size: SizeAsked = None,
) -> QuoteOut:  # fmt: skip
    """The price for this client today; by assets on file where no size is given."""
    ask = SubscriptionAsk(
        client_no=client_no, service=service, plan=plan, asked_by=AskedBy.CLIENT, days=days, size=size
    )
    return quote_out(desk.quote(ask))


@router.post(
    "", status_code=201, operation_id="applySubscription", dependencies=EDITS,
    responses=problem_responses(*PRICED, AlreadySubscribed, NotMadeForClient, SignedByOthers),
)
def apply(
    client_no: PathCode, body: ApplicationIn, response: Response, desk: Subscriptions, stamp: Stamped
) -> SubscriptionDetailOut:
    """Check suitability and file the application: APPLIED where it may be signed, REFUSED where not."""
    made = desk.apply(SubscriptionAsk(client_no=client_no, **body.model_dump()), stamp)
    response.headers["Location"] = f"/api/v1/clients/{client_no}/subscriptions/{made.number}"
    return detail_out(response, desk.detail(client_no, made.number), stamp.actor.role)


@router.get(
    "/{number}", operation_id="getSubscription", dependencies=READS, responses=problem_responses(NoSuchSubscription)
)
def get_subscription(
    client_no: PathCode, number: PathCode, response: Response, desk: Subscriptions, who: Who
) -> SubscriptionDetailOut:
    """One subscription with its history, the duties that are open, and the disclosure to be signed."""
    return detail_out(response, desk.detail(client_no, number), who.role)


@router.post(
    "/{number}/signing", operation_id="signSubscription", dependencies=EDITS,
    responses=problem_responses(
        NoSuchSubscription, ChangedMeanwhile, StateRefused, SignedByOthers, DisclosureNotSigned, NotReadyToSign,
        AdvisorNotRegistered, NoSuchStaff, NotForSale,
    ),
)
def sign(
    client_no: PathCode, number: PathCode, body: SigningIn, response: Response, desk: Subscriptions, stamp: Stamped,
    seen: SeenVersion,
) -> SubscriptionDetailOut:  # fmt: skip
    """The client signs agreement and disclosure: the service begins, five working days of free cancellation run."""
    desk.sign(
        client_no, number, expected_version=seen, stamp=stamp, signed_text=body.signed_text,
        advisor_no=body.advisor_no, on_paper=body.on_paper,
    )  # fmt: skip
    return detail_out(response, desk.detail(client_no, number), stamp.actor.role)


@router.post(
    "/{number}/payments", operation_id="paySubscription", dependencies=[needs(Verb.SUBSCRIPTION_PAY)],
    responses=problem_responses(NoSuchSubscription, ChangedMeanwhile, StateRefused, PaymentRefused),
)
def pay(
    client_no: PathCode, number: PathCode, body: PaymentIn, response: Response, desk: Subscriptions, stamp: Stamped,
    seen: SeenVersion,
) -> SubscriptionDetailOut:  # fmt: skip
    """What came in on the firm's account."""
    desk.pay(client_no, number, body.amount, expected_version=seen, stamp=stamp, reference=body.reference)
    return detail_out(response, desk.detail(client_no, number), stamp.actor.role)


@router.post(
    "/{number}/cancellation", operation_id="cancelSubscription", dependencies=EDITS,
    responses=problem_responses(
        NoSuchSubscription, ChangedMeanwhile, StateRefused, SignedByOthers, CancellationOver
    ),
)
def cancel(
    client_no: PathCode, number: PathCode, body: CancellationIn, response: Response, desk: Subscriptions,
    stamp: Stamped, seen: SeenVersion,
) -> SubscriptionDetailOut:  # fmt: skip
    """Withdraw an application, or cancel within five working days of signing: everything paid is given back."""
    desk.cancel(
        client_no, number, expected_version=seen, stamp=stamp, reason=body.reason, noticed_on=body.noticed_on,
        evidence=body.evidence or "",
    )  # fmt: skip
    return detail_out(response, desk.detail(client_no, number), stamp.actor.role)


@router.post(
    "/{number}/termination", operation_id="terminateSubscription", dependencies=EDITS,
    responses=problem_responses(NoSuchSubscription, ChangedMeanwhile, StateRefused),
)
def terminate(
    client_no: PathCode, number: PathCode, body: TerminationIn, response: Response, desk: Subscriptions,
    stamp: Stamped, seen: SeenVersion,
) -> SubscriptionDetailOut:  # fmt: skip
    """End a running service after the days of cancellation: what was used is charged, the rest is given back."""
    desk.terminate(client_no, number, expected_version=seen, stamp=stamp, reason=body.reason, uses=body.uses)
    return detail_out(response, desk.detail(client_no, number), stamp.actor.role)
