"""The demo's catalogue of services, and some clients who subscribed: paid, discounted, cancelled, waiting, refused.

Published and signed on days counted back from the demo's day, by the same desks as everybody uses; every price and name
is made up. A discount is published only after somebody paid the price that it is compared with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from typing import Any, Final

import yaml
from sqlmodel import Session

from clients.staff.filing import Stamp
from clients.staff.relations import RelationService
from demo.assessments import Planted
from demo.products import MAKER
from kit.access import Actor, Role, everything
from kit.problems import Problem
from kit.trail.entry import Origin
from market.services.reading import draft_from
from market.services.service import ServiceCatalogue, Stamped
from suitability.assessment.types import Channel
from suitability.desk import matching_desk
from suitability.levels import AskedBy, ClientLevel, Outcome
from suitability.matching.service import PROVEN
from suitability.subscriptions.repository import paid_of
from suitability.subscriptions.service import SubscriptionService
from suitability.subscriptions.types import Subscription, SubscriptionAsk, SubscriptionState

SINCE: Final = 120  # days before the demo's day on which the catalogue begins
MOST: Final = 24  # clients who are asked
PROMOTED: Final = 33  # and on which the discount begins
CASHIER: Final = Actor("demo-cashier", "示例结算岗", Role.SERVICE)
SCAN: Final = "sha256:" + "5" * 64
PROMOTION: Final[dict[str, Any]] = {
    "code": "PROMO", "name": "首月体验", "basis": "TERM", "terms": [{"days": 30, "price": 58}], "signal": "PROMOTION",
    "signal_detail": "新客首月，每人一次", "reference": {"price": 88, "plan": "TERM", "days": 30},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """Who asks for what, how many days ago, and how far it goes: APPLIED, SIGNED, PAID or CANCELLED."""

    ago: int
    service: str
    plan: str
    days: int | None
    end: str


WISHES: Final = (
    Wish(38, "S002", "TERM", 30, "PAID"), Wish(36, "S002", "TERM", 30, "PAID"), Wish(25, "S002", "PROMO", 30, "PAID"),
    Wish(20, "S001", "YEAR", 365, "PAID"), Wish(12, "S005", "TERM", 365, "CANCELLED"),
    Wish(2, "S002", "TERM", 90, "SIGNED"), Wish(1, "S001", "YEAR", 365, "PAID"), Wish(0, "S002", "TERM", 30, "APPLIED"),
)  # fmt: skip


def load_services(session: Session, client_nos: Sequence[str], day: date) -> dict[str, int]:
    """Publish the catalogue and file subscriptions of some of these clients; how many are in each state."""
    publish_catalogue(session, day)
    promoted = False
    found: dict[str, int] = {}
    waiting = iter(client_nos[:MOST])
    for wish in WISHES:
        if wish.ago < PROMOTED and not promoted:
            publish_promotion(session, day)
            promoted = True
        for one in _granted(session, waiting, wish, day):
            found[one.state.value] = found.get(one.state.value, 0) + 1
    return found


def able(assessed: Sequence[Planted]) -> list[str]:
    """Clients of the synthetic book whose level in force is high enough for most services, by number."""
    levels = (ClientLevel.C4, ClientLevel.C5)
    return sorted({one.client_no for one in assessed if one.level in levels and one.client_no.startswith("C")})


def publish_catalogue(session: Session, day: date) -> None:
    """Every service of the catalogue, in force from its first day on."""
    since = day - timedelta(days=SINCE)
    text = resources.files("demo").joinpath("data", "synthetic-services", "catalogue.yaml").read_text(encoding="utf-8")
    for told in yaml.safe_load(text):
        dated = {"valid_from": since}
        draft = {
            "code": told["code"], "card": {**told["card"], **dated},
            "plans": [{**plan, **dated} for plan in told["plans"]],
        }
        _publish(session, draft, since)


def publish_promotion(session: Session, day: date) -> None:
    """The discount; its reference was paid in the days before, or it would be refused."""
    first = day - timedelta(days=PROMOTED)
    plan = {**PROMOTION, "valid_from": first, "valid_to": day + timedelta(days=30)}
    try:
        _publish(session, {"code": "S002", "plans": [plan]}, first)
    except Problem:  # nobody of so small a book could subscribe: then there is no discount either
        return


def _publish(session: Session, draft: dict[str, Any], day: date) -> None:
    by = Stamped(MAKER, _at(day, 9), Origin())
    ServiceCatalogue(session).publish(draft_from(draft), by, lambda *asked: paid_of(session, *asked))


def _granted(session: Session, waiting: Iterator[str], wish: Wish, day: date) -> Iterator[Subscription]:
    """What came of the wish: of the first client for whom it is suitable; those before stay refused."""
    when = day - timedelta(days=wish.ago)
    for client_no in waiting:
        desk = SubscriptionService(session, everything(when))
        ask = SubscriptionAsk(
            client_no=client_no, service=wish.service, plan=wish.plan, asked_by=AskedBy.CLIENT, days=wish.days
        )
        try:
            one = desk.apply(ask, Stamp(_client(client_no), _at(when, 10)))
        except Problem:
            continue
        if one.outcome is Outcome.ALLOW:
            yield _carried(session, desk, one, wish, when)
            return
        yield one


def _carried(
    session: Session, desk: SubscriptionService, one: Subscription, wish: Wish, when: date
) -> Subscription:
    """As far as the wish goes; an application stays where a duty or the adviser is missing."""
    adviser = next(
        (one.staff_no for one in RelationService(session, everything(when)).serving(one.client_no, when)
         if one.may_advise), ""
    )  # fmt: skip
    if wish.end == "APPLIED":
        return one
    client = _client(one.client_no)
    matching = matching_desk(session, everything(when))
    try:
        for duty in matching.duties(one.decision_id):
            matching.complete(
                one.decision_id, duty.id, Stamp(client, _at(when, 11)), channel=Channel.APP.value,
                evidence=SCAN if duty.form in PROVEN else "",
            )  # fmt: skip
        one = desk.sign(
            one.client_no, one.number, expected_version=one.version, stamp=Stamp(client, _at(when, 12)),
            signed_text=desk.disclosure(one.service).digest, advisor_no=adviser,
        )  # fmt: skip
    except Problem:
        return one
    if wish.end in ("PAID", "CANCELLED") and one.due:
        one = desk.pay(
            one.client_no, one.number, one.due, expected_version=one.version, stamp=Stamp(CASHIER, _at(when, 13)),
            reference=f"RZ{when:%Y%m%d}",
        )  # fmt: skip
    if wish.end == "CANCELLED" and one.state is SubscriptionState.ACTIVE:
        later = when + timedelta(days=1)
        one = desk.cancel(
            one.client_no, one.number, expected_version=one.version, stamp=Stamp(client, _at(later, 10)),
            reason="用不上这么多条件",
        )  # fmt: skip
    return one


def _client(client_no: str) -> Actor:
    return Actor(f"demo-{client_no}", f"客户 {client_no}", Role.CLIENT, f"client:{client_no}")


def _at(day: date, hour: int) -> datetime:
    """An hour of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 8)
