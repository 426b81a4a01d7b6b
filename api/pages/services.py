"""Pages of the service catalogue: every service apart with its price plans, and one with its history."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.desks import Catalogue, Ratings
from api.pages.fields import Blank, Text
from api.pages.services_view import LIST, card_of, plan_card, service_path
from api.pages.subscription_inputs import amount_typed, days_typed
from api.rendering import render
from api.routes.shapes import FIRST_DAY, LAST_DAY, PathCode
from kit.access import Verb
from kit.problems import Problem
from market.services.problems import PriceAskRefused
from market.services.service import Service, ServiceCatalogue
from suitability.subscriptions.rules import disclosure

router = APIRouter(prefix=LIST, route_class=Door, dependencies=[needs(Verb.MARKET_READ)])
PUBLISHED: Final = "已发布；自所写的那一天起生效。"
PageDay = Annotated[date | None, Blank, Query(ge=FIRST_DAY, le=LAST_DAY)]


@router.get("", response_class=HTMLResponse)
def services_page(
    desk: Catalogue, ratings: Ratings, scope: Reach, who: Who, day: PageDay = None
) -> str:
    """The catalogue of a day; for whoever publishes, also services that have no card yet."""
    asked = day or scope.day
    found = desk.list(asked)
    levels = ratings.levels_of([one.product for one in found], asked)
    cards = [card_of(one, levels.get(one.product.code)) for one in found]
    publishes = who.may(Verb.SERVICE_PUBLISH)
    waiting = desk.without_card() if publishes else ()
    return render(
        "pages/services.html", "services", cards=cards, day=asked, today=scope.day, publishes=publishes,
        waiting=[(f"{service_path(one.code)}/card/new", f"{one.name}（{one.code}）") for one in waiting],
    )  # fmt: skip


@router.get("/{code}", response_class=HTMLResponse)
def service_page(
    code: PathCode, desk: Catalogue, ratings: Ratings, scope: Reach, who: Who, plan: Text = None, days: Text = None,
    size: Text = None, note: Text = None,
) -> str:  # fmt: skip
    """One service: content, price plans, what it would cost, every version that was published."""
    found = desk.get(code, scope.day)
    level = ratings.levels_of([found.product], scope.day).get(code)
    _, versions = desk.history(code)
    return render(
        "pages/service.html", "services", *([PUBLISHED] if note == "published" else []),
        publishes=who.may(Verb.SERVICE_PUBLISH), card=card_of(found, level),
        asked={"plan": plan, "days": days, "size": size},
        quote=_quoted(desk, found, plan, days, size) if plan else None,
        text=disclosure(found.product.kind, scope.day), versions=[plan_card(one) for one in reversed(versions)],
    )  # fmt: skip


def _quoted(
    desk: ServiceCatalogue, found: Service, plan: str, days: str | None, size: str | None
) -> dict[str, object]:
    """The price with its steps, or why there is none."""
    try:
        quote = desk.price(
            found.product.code, plan, found.day, days=days_typed(days or "", PriceAskRefused),
            size=amount_typed(size or "", PriceAskRefused),
        )  # fmt: skip
    except Problem as refused:
        return {"fault": refused.detail, "amount": "", "says": (), "saved": None}
    return {"fault": "", "amount": f"{quote.amount:,}", "says": quote.says, "saved": quote.saved}
