"""Services, plans and prices as the API tells them; money and rates as decimal text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from api.routes.amounts import money
from market.products.types import PriceSignal, ProductKind
from market.services.pricing import Quote
from market.services.rules import levels, styles
from market.services.service import Service
from market.services.types import FOREVER, FeeBasis, PublishedPlan, TierMode
from suitability.levels import ProductLevel


class ServiceBrief(BaseModel):
    """One service of the catalogue. level: its risk level, that of what it leads to; null where it is not rated."""

    code: str
    name: str
    kind: ProductKind
    level: ProductLevel | None = Field(description="服务的风险等级；空为没有评级，不得销售")
    summary: str
    styles: list[str] = Field(description="面向的决策风格；空为不限")
    levels: list[str] = Field(description="面向的客户等级；空为不限")
    plans: list[str] = Field(description="当日有效的价格方案")


class ServiceList(BaseModel):
    day: date
    items: list[ServiceBrief]


class TierOut(BaseModel):
    """From `floor` (included) to `ceiling` (excluded, null without end)."""

    floor: str
    ceiling: str | None
    price: str = Field(description="年费率、每次元数或成交金额费率，依收费方式")


class TermOut(BaseModel):
    days: int
    price: str = Field(description="整期的价格，元")


class ReferenceOut(BaseModel):
    """The price that the plan is compared with, and where it was paid."""

    price: str
    plan: str
    days: int | None


class PlanOut(BaseModel):
    """One published version of a price plan. evidence: what was looked at before it was published."""

    code: str
    name: str
    version: int
    basis: FeeBasis
    basis_label: str
    valid_from: date
    valid_to: date | None = Field(description="最后一天；空为长期")
    terms: list[TermOut]
    mode: TierMode | None
    tiers: list[TierOut]
    least: str | None
    most: str | None
    monotone: bool
    signal: PriceSignal
    signal_detail: str
    reference: ReferenceOut | None
    evidence: dict[str, Any]
    digest: str


class ServiceOut(ServiceBrief):
    """One service on a day, with its plans in force."""

    day: date
    contents: list[str]
    delivery: str
    version: int
    prices: list[PlanOut]


class QuoteOut(BaseModel):
    """A price to the cent with how it was made."""

    service: str
    plan: str
    plan_name: str
    version: int
    basis: FeeBasis
    day: date
    days: int | None
    size: str | None
    amount: str
    reference: str | None
    saved: str | None
    says: list[str]


def brief(service: Service, level: ProductLevel | None) -> dict[str, Any]:
    card = service.card.card
    return {
        "code": service.product.code, "name": service.product.name, "kind": service.product.kind, "level": level,
        "summary": card.summary, "styles": [styles(service.day)[one] for one in card.styles],
        "levels": [levels(service.day)[one] for one in card.levels],
        "plans": [one.plan.code for one in service.plans],
    }


def service_out(service: Service, level: ProductLevel | None) -> ServiceOut:
    card = service.card
    return ServiceOut(
        **brief(service, level), day=service.day, contents=list(card.card.contents), delivery=card.card.delivery,
        version=card.on_file.version, prices=[plan_out(one) for one in service.plans],
    )


def plan_out(one: PublishedPlan) -> PlanOut:
    plan, ends = one.plan, one.on_file.ends_on
    said = plan.reference
    return PlanOut(
        code=plan.code, name=plan.name, version=one.on_file.version, basis=plan.basis, basis_label=plan.basis.label,
        valid_from=plan.valid_from, valid_to=None if ends == FOREVER else ends,
        terms=[TermOut(days=term.days, price=money(term.price)) for term in plan.terms],
        mode=plan.mode if plan.tiers else None,
        tiers=[
            TierOut(floor=text(tier.floor), ceiling=text_or_none(tier.ceiling), price=text(tier.price))
            for tier in plan.tiers
        ],
        least=text_or_none(plan.least), most=text_or_none(plan.most), monotone=plan.monotone, signal=plan.signal,
        signal_detail=plan.signal_detail, digest=one.on_file.digest, evidence=one.evidence,
        reference=None if said is None else ReferenceOut(price=money(said.price), plan=said.plan, days=said.days),
    )  # fmt: skip


def quote_out(quote: Quote) -> QuoteOut:
    return QuoteOut(
        service=quote.code, plan=quote.plan, plan_name=quote.plan_name, version=quote.version, basis=quote.basis,
        day=quote.day, days=quote.days, size=text_or_none(quote.size), amount=money(quote.amount),
        reference=None if quote.reference is None else money(quote.reference),
        saved=None if quote.saved is None else money(quote.saved), says=list(quote.says),
    )  # fmt: skip


def text(value: Decimal) -> str:
    """A number as text, without needless zeros."""
    return format(value.normalize(), "f")


def text_or_none(value: Decimal | None) -> str | None:
    return None if value is None else text(value)
