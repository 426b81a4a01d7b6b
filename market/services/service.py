"""The catalogue desk: list and show services, price them, publish new versions of cards and plans.

What was paid is known to a higher room: whoever publishes gives `paid`, the payments of a service between two days.
The commit belongs to the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlmodel import Session

from kit.access import Actor
from kit.clock import day_of
from kit.db import one_at_a_time
from kit.digest import digest
from kit.trail.entry import Entry, Origin
from kit.trail.service import record
from market.products.repository import ProductRepository
from market.products.types import Product, ProductKind
from market.services.checks import check_apart, check_days, check_plan, idle_days
from market.services.pricing import Quote, price_of
from market.services.problems import NoSuchPlan, NoSuchService, NotForSale, TooLate
from market.services.reading import card_content, plan_content
from market.services.repository import ServiceRepository, card_on, plan_on
from market.services.signals import check_reference, check_signal, window
from market.services.tables import ServiceCardRow, ServicePlanRow
from market.services.types import Draft, Paid, Plan, PublishedCard, PublishedPlan, ServiceCard

MOST_SERVICES: Final = 200  # of one kind
PaidOf = Callable[[str, date, date], Sequence[Paid]]
"""Payments of a service between two days, both included."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service on a day: its product, its card in force, the plans in force by code."""

    product: Product
    card: PublishedCard
    plans: tuple[PublishedPlan, ...]
    day: date

    def plan(self, code: str) -> PublishedPlan:
        """Raises NoSuchPlan."""
        found = next((one for one in self.plans if one.plan.code == code), None)
        if found is None:
            told = "、".join(one.plan.code for one in self.plans) or "无"
            raise NoSuchPlan(f"服务 {self.product.code} 在 {self.day} 没有方案 {code}；有：{told}")
        return found


@dataclass(frozen=True, slots=True)
class Stamped:
    """Who publishes, when, and from where."""

    actor: Actor
    at: datetime
    origin: Origin


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a draft: versions made, parts that stand there already, what a reader should know."""

    code: str
    made: tuple[str, ...]
    known: tuple[str, ...]
    notes: tuple[str, ...]
    evidence: dict[str, dict[str, Any]]


class ServiceCatalogue:
    """Published services over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read = ServiceRepository(session)
        self._products = ProductRepository(session)

    def list(self, day: date) -> tuple[Service, ...]:
        """Services with a card in force on the day, by code."""
        cards, plans = self._read.cards(), self._read.plans()
        products = self._products.products(sorted(cards))
        found = []
        for code, versions in sorted(cards.items()):
            card = card_on(versions, day)
            if card is not None and code in products:
                found.append(Service(products[code], card, _in_force(plans.get(code, {}), day), day))
        return tuple(found)

    def without_card(self) -> tuple[Product, ...]:
        """Services of which nothing was ever published, by code."""
        known = self._read.cards()
        kinds = [kind for kind in ProductKind if kind.is_service]
        found = [one for kind in kinds for one in self._products.page(kind=kind, limit=MOST_SERVICES)]
        return tuple(sorted((one for one in found if one.code not in known), key=lambda one: one.code))

    def get(self, code: str, day: date) -> Service:
        """Raises NoSuchService where nothing of it was ever published, NotForSale outside its days."""
        versions = self._read.cards([code]).get(code, ())
        if not versions:
            raise NoSuchService(f"没有已发布的服务 {code}；请核对代码，或先发布（heshi services publish）")
        card = card_on(versions, day)
        if card is None:
            raise NotForSale(f"服务 {code} 自 {versions[0].card.valid_from} 起提供，{day} 还没有")
        plans = self._read.plans([code]).get(code, {})
        return Service(self._products.product(code), card, _in_force(plans, day), day)

    def history(self, code: str) -> tuple[tuple[PublishedCard, ...], tuple[PublishedPlan, ...]]:
        """Every version of the card and of each plan, the oldest first. Raises NoSuchService."""
        cards = self._read.cards([code]).get(code, ())
        if not cards:
            raise NoSuchService(f"没有已发布的服务 {code}")
        plans = self._read.plans([code]).get(code, {})
        return cards, tuple(one for versions in plans.values() for one in versions)

    def price(
        self, code: str, plan_code: str, day: date, *, days: int | None = None, size: Decimal | None = None
    ) -> Quote:
        """Raises NoSuchService, NoSuchPlan, NotForSale, PriceAskRefused."""
        versions = self._read.plans([code]).get(code, {}).get(plan_code, ())
        found = plan_on(versions, day)
        if found is None and versions:
            told = "；".join(one.days_text for one in versions)
            raise NotForSale(f"服务 {code} 的方案 {plan_code} 在 {day} 没有有效的价格；有效期：{told}")
        return price_of(found or self.get(code, day).plan(plan_code), day, days=days, size=size)

    def publish(self, draft: Draft, stamp: Stamped, paid: PaidOf) -> Result:
        """Check and append. What stands there already is left alone: the same file twice changes nothing.

        Raises NoSuchProduct, NoSuchService, NoSuchPlan, TooLate, TiersRefused, SignalRefused, PlanOverlap,
        FalseDiscount with its evidence.
        """
        one_at_a_time(self._session, f"heshi.service.{draft.code}")
        product = self._products.product(draft.code)
        if not product.kind.is_service:
            raise NoSuchService(f"{draft.code}（{product.kind.label}）不是服务，不能按服务发布")
        made: list[str] = []
        known: list[str] = []
        if draft.card is not None:
            (made if self._publish_card(product, draft.card, stamp) else known).append("目录")
        elif not self._read.cards([draft.code]):
            raise NoSuchService(f"服务 {draft.code} 还没有目录；请在同一文件里写 card")
        check_apart(draft.plans)
        evidence: dict[str, dict[str, Any]] = {}
        for plan in sorted(draft.plans, key=lambda one: (one.code, one.valid_from)):
            new, seen = self._publish_plan(product, plan, stamp, paid)
            name = f"方案 {plan.code}"
            (made if new else known).append(f"{name} 第 {new} 版" if new else name)
            evidence |= {plan.code: seen} if seen else {}
        versions = self._read.plans([draft.code]).get(draft.code, {})
        notes = tuple(note for one in versions.values() for note in idle_days(one))
        return Result(draft.code, tuple(made), tuple(known), notes, evidence)

    def _publish_card(self, product: Product, card: ServiceCard, stamp: Stamped) -> bool:
        content = card_content(card)
        versions = self._read.cards([product.code]).get(product.code, ())
        if versions and versions[-1].on_file.digest == digest(content):
            return False
        _in_time(f"服务 {product.code} 的目录", card.valid_from, stamp)
        if versions and card.valid_from <= versions[-1].card.valid_from:
            raise TooLate(f"服务 {product.code} 的目录已有 {versions[-1].card.valid_from} 起的一版；新版须更晚生效")
        row = ServiceCardRow(
            code=product.code, version=len(versions) + 1, valid_from=card.valid_from, content=content,
            digest=digest(content), **_by(stamp),
        )  # fmt: skip
        self._append(row, "service.card", product.code, stamp)
        return True

    def _publish_plan(
        self, product: Product, plan: Plan, stamp: Stamped, paid: PaidOf
    ) -> tuple[int, dict[str, Any]]:
        """Number of the new version, 0 where it stands there already; the evidence of its reference price."""
        content = plan_content(plan)
        versions = self._read.plans([product.code]).get(product.code, {}).get(plan.code, ())
        same = next((one for one in versions if one.on_file.digest == digest(content)), None)
        if same is not None:
            return 0, {}
        _in_time(f"方案 {plan.code}", plan.valid_from, stamp)
        check_plan(product.kind, plan)
        check_signal(plan)
        check_days(plan, versions)
        seen = self._check_discount(product.code, plan, paid)
        row = ServicePlanRow(
            code=product.code, plan_code=plan.code, version=len(versions) + 1, valid_from=plan.valid_from,
            valid_to=plan.valid_to, replaces=plan.replaces, content=content, evidence=seen, digest=digest(content),
            **_by(stamp),
        )  # fmt: skip
        self._append(row, "service.plan", f"{product.code}/{plan.code}", stamp)
        return row.version, seen

    def _check_discount(self, code: str, plan: Plan, paid: PaidOf) -> dict[str, Any]:
        if plan.reference is None:
            return {}
        if plan.reference.plan not in self._read.plans([code]).get(code, {}):
            raise NoSuchPlan(f"方案 {plan.code} 的原价指向 {plan.reference.plan}，服务 {code} 没有这个方案")
        first, last, _ = window(plan)
        return check_reference(plan, paid(code, first, last))

    def _append(self, row: ServiceCardRow | ServicePlanRow, kind: str, number: str, stamp: Stamped) -> None:
        self._read.add(row)
        record(self._session, Entry(
            actor=stamp.actor, at=stamp.at, origin=stamp.origin, action=f"{kind}.publish", record_kind=kind,
            record_id=number, record_version=str(row.version), digest=row.digest,
            detail={"service": row.code, "valid_from": row.valid_from},
        ))  # fmt: skip


def _in_force(plans: dict[str, tuple[PublishedPlan, ...]], day: date) -> tuple[PublishedPlan, ...]:
    found = (plan_on(versions, day) for versions in plans.values())
    return tuple(one for one in found if one is not None)


def _in_time(what: str, valid_from: date, stamp: Stamped) -> None:
    day = day_of(stamp.at)
    if valid_from < day:
        raise TooLate(f"{what}自 {valid_from} 起，早于发布日 {day}；价格与目录不能追溯，请改为 {day} 或以后")


def _by(stamp: Stamped) -> dict[str, Any]:
    return {
        "published_by_id": stamp.actor.user_id, "published_by": stamp.actor.name[:64], "published_at": stamp.at,
    }
