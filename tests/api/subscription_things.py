"""A published service with price plans, and one application of each client, for tests that only ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from clients.staff.filing import Stamp
from kit.access import everything
from market.products.tables import ProductRow
from market.services.reading import draft_from
from market.services.service import ServiceCatalogue, Stamped
from suitability.levels import AskedBy
from suitability.subscriptions.service import SubscriptionService
from suitability.subscriptions.types import SubscriptionAsk

SERVICE = "SV01"
LED_TO = "SVP1"


def publish(session: Session, stamp: Stamp, day: date) -> None:
    """One advice service that leads to a product of low risk, by term, by assets and by use."""
    factors = dict.fromkeys((
        "liquidity", "maturity", "leverage", "structural_complexity", "min_ticket", "investment_scope",
        "offering_method", "issuer_credit", "track_record", "other",
    ), 1)  # fmt: skip
    session.add(ProductRow(code=LED_TO, name="示例现金", kind="MONEY_FUND", leads_to="", factors_on=day, **factors))
    session.add(ProductRow(code=SERVICE, name="示例投顾服务", kind="ADVICE", leads_to=LED_TO))
    session.flush()
    since = {"valid_from": day.isoformat()}
    card = {
        "summary": "每周一份说明，买卖由您自己决定", "contents": ["每周说明", "调整提醒"], "delivery": "APP", **since,
    }
    plans = [
        {"code": "TERM", "name": "按期限", "basis": "TERM", "monotone": True, "signal": "ODD_ENDING", **since,
         "terms": [{"days": 30, "price": "99"}, {"days": 360, "price": "999"}]},
        {"code": "ASSETS", "name": "按资产年费", "basis": "ASSETS", "mode": "MARGINAL", "most": "20000", **since,
         "tiers": [{"from": 0, "to": 500_000, "price": "0.005"}, {"from": 500_000, "price": "0.0035"}]},
        {"code": "USES", "name": "按次", "basis": "PER_USE", "tiers": [{"from": 0, "price": "300"}], **since},
    ]  # fmt: skip
    draft = draft_from({"code": SERVICE, "card": card, "plans": plans})
    ServiceCatalogue(session).publish(draft, Stamped(stamp.actor, stamp.at, stamp.origin), lambda *_: ())


def lay_out_subscriptions(
    session: Session, client_nos: Sequence[str], stamp: Stamp, day: date
) -> dict[str, dict[str, str]]:
    """Number of one application by client."""
    publish(session, stamp, day)
    desk = SubscriptionService(session, everything(day))
    made = {}
    for client_no in client_nos:
        ask = SubscriptionAsk(
            client_no=client_no, service=SERVICE, plan="TERM", asked_by=AskedBy.CLIENT, days=30
        )
        made[client_no] = {"subscription": desk.apply(ask, stamp).number}
    return made
