"""提供什么: products that fit a client today, each with a decision record that says ALLOW. Nothing else is named.

Looked for among those that the scenario asks for, the least risky first; a product that the event itself is about comes
alone. A marketing task never names what is rated above the client: the decision says so, and no product is asked about
that is above the level. A priced service is named only while on sale, made for such a client and not his already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlmodel import Session

from clients.staff.filing import Stamp
from kit.access import everything
from market.products.repository import ProductRepository
from market.products.types import Product, ProductKind
from market.services.service import Service, ServiceCatalogue
from mot.scenario.types import Offer, OfferKind, Scenario
from mot.tasks.rules import value_of
from mot.tasks.types import TaskOffer
from suitability.desk import KeptFacts
from suitability.facts import ClientFacts, Request
from suitability.levels import AskedBy, AssetType, OrderSide, Outcome
from suitability.matching.decision import Answer
from suitability.matching.service import MatchingDesk
from suitability.rating.service import RatingService
from suitability.subscriptions.fit import fit_notes, graded
from suitability.subscriptions.problems import NotMadeForClient
from suitability.subscriptions.repository import SubscriptionRepository

ABOUT_PRODUCT = ("NEW_ISSUE",)
"""Kinds of event whose business key is the product to be offered."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A financial product or service that may be looked at. rank: 1 to 5, 0 not rated."""

    code: str
    name: str
    rank: int
    asset_type: AssetType
    kind: ProductKind

    @property
    def service(self) -> bool:
        return self.kind.is_service


class OfferDesk:
    """Finds and files what fits, on one day; the house's own work."""

    def __init__(self, session: Session, day: date) -> None:
        self._session = session
        self._day = day
        self._facts = KeptFacts(session, everything(day))
        self._desk = MatchingDesk(session, everything(day), self._facts)
        self._answers: dict[tuple[str, str], Answer] = {}
        self._grades: dict[str, dict[str, str | None]] = {}
        self._limits = value_of("PRODUCTS", day)

    def fitting(self, scenario: Scenario, client_no: str, event_kind: str, ref: str) -> tuple[Candidate, ...]:
        """Products that may be named to the client today, at most as many as a task names; nothing is filed."""
        found: list[Candidate] = []
        for one in self._asked(scenario, client_no, event_kind, ref):
            if one.service and self.not_offered(client_no, one.code):
                continue
            if self._answer(client_no, one.code).outcome is Outcome.ALLOW:
                found.append(one)
            if len(found) >= int(self._limits["named"]):
                break
        return tuple(found)

    def filed(
        self, scenario: Scenario, client_no: str, event_kind: str, ref: str, stamp: Stamp
    ) -> tuple[TaskOffer, ...]:
        """The offers of a task: help and reports as they stand, products with their decisions on file."""
        plain = [
            TaskOffer(kind=one.kind.value, name=one.name)
            for one in scenario.service.offers if not one.kind.needs_decision
        ]  # fmt: skip
        if not scenario.service.needs_decision:
            return tuple(plain)
        fitting = self.fitting(scenario, client_no, event_kind, ref)
        return (*plain, *(self.decided(client_no, one, stamp) for one in fitting))

    def decided(self, client_no: str, one: Candidate, stamp: Stamp) -> TaskOffer:
        """One product with the decision that allows it, filed."""
        made = self._desk.decide(self._request(client_no, one.code), stamp)
        said = made.verdicts[0].title if made.verdicts else ""
        return TaskOffer(
            kind=(OfferKind.SERVICE if one.service else OfferKind.PRODUCT).value, name=one.name,
            product_code=one.code, level=f"R{one.rank}" if one.rank else "", decision_id=made.id,
            outcome=made.outcome.value, reason="" if made.outcome is Outcome.ALLOW else said,
        )  # fmt: skip

    def client(self, client_no: str) -> ClientFacts:
        """What is known of the client on this day. Raises NoSuchClient."""
        return self._facts.client(client_no, self._day)

    def asks(self, client_no: str, code: str) -> Answer:
        """The answer of this day about one product; nothing is filed. Raises NoSuchClient, NoSuchProduct."""
        return self._answer(client_no, code)

    def decide(self, client_no: str, code: str, stamp: Stamp) -> tuple[str, Outcome]:
        """File the decision of this day; its number and outcome. Raises NoSuchClient, NoSuchProduct."""
        made = self._desk.decide(self._request(client_no, code), stamp)
        return made.id, made.outcome

    def not_offered(self, client_no: str, code: str) -> str:
        """Why the firm may not bring up a service to the client today, whatever the suitability; "" where it may, and
        for all that is no service."""
        known = next((one for one in self._candidates if one.code == code), None)
        if known is None or not known.service:
            return ""
        service = self._services.get(code)
        if service is None or not service.plans:
            return "没有在售的目录与价格"
        if SubscriptionRepository(self._session, everything(self._day)).live(client_no, code, self._day) is not None:
            return "客户已经订购"
        try:
            fit_notes(service.card.card, self._graded(client_no), AskedBy.FIRM, self._day)
        except NotMadeForClient as refused:
            return refused.detail
        return ""

    def sold(self) -> tuple[str, ...]:
        """Codes of what is sold on the day, the least risky first."""
        return tuple(one.code for one in self._candidates)

    def _answer(self, client_no: str, code: str) -> Answer:
        key = (client_no, code)
        if key not in self._answers:
            self._answers[key] = self._desk.answer(self._request(client_no, code))
        return self._answers[key]

    def _request(self, client_no: str, code: str) -> Request:
        return Request(
            client_no=client_no, product_code=code, asked_by=AskedBy.FIRM, side=OrderSide.BUY, day=self._day
        )

    def _asked(self, scenario: Scenario, client_no: str, event_kind: str, ref: str) -> Iterator[Candidate]:
        """What is worth asking about: never above the client's level, the least risky first."""
        client = self._facts.client(client_no, self._day)
        highest = 5 if client.category.professional else (client.level.rank if client.level else 0)
        wanted = [one for one in scenario.service.offers if one.kind.needs_decision]
        if event_kind in ABOUT_PRODUCT:
            mine = [one for one in self._candidates if one.code == ref]
        else:
            mine = [one for one in self._candidates if any(_meant(offer, one) for offer in wanted)]
        fit = [one for one in mine if 0 < one.rank <= highest]
        yield from fit[: int(self._limits["asked"])]

    def _graded(self, client_no: str) -> dict[str, str | None]:
        if client_no not in self._grades:
            self._grades[client_no] = graded(self._session, everything(self._day), client_no, self._day)
        return self._grades[client_no]

    @cached_property
    def _services(self) -> Mapping[str, Service]:
        """Published services of the day by code."""
        return {one.product.code: one for one in ServiceCatalogue(self._session).list(self._day)}

    @cached_property
    def _candidates(self) -> tuple[Candidate, ...]:
        """Products and services that are sold on the day, by rank and code."""
        columns = RatingService(self._session).product_columns(self._day)
        place = {code: at for at, code in enumerate(columns.codes)}
        found = [
            Candidate(code, one.name, int(columns.rank[place[code]]),
                      AssetType(AssetType.of_rank(int(columns.asset_type[place[code]]))), one.kind)
            for code, one in ProductRepository(self._session).products().items()
            if code in place and _sold(one, self._day)
        ]  # fmt: skip
        return tuple(sorted(found, key=lambda one: (one.rank, one.code)))


def _sold(product: Product, day: date) -> bool:
    begun = product.launched_on is None or product.launched_on <= day
    return begun and (product.matures_on is None or product.matures_on > day)


def _meant(offer: Offer, one: Candidate) -> bool:
    if offer.kind is OfferKind.SERVICE:
        return one.kind in offer.service_kinds
    return not one.service and one.asset_type in offer.asset_types


def stored(offers: Sequence[TaskOffer]) -> list[dict[str, Any]]:
    """Offers as a task keeps them."""
    return [asdict(one) for one in offers]


def offers_of(kept: Sequence[Mapping[str, Any]]) -> tuple[TaskOffer, ...]:
    return tuple(TaskOffer(**one) for one in kept)


def named_products(offers: Sequence[TaskOffer]) -> tuple[TaskOffer, ...]:
    """Those that stand there with a decision."""
    return tuple(one for one in offers if one.product_code)



