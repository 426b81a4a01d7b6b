"""服务目录: services as products of their own, each with its price plans; what one costs on a day."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Catalogue, Ratings
from api.routes.amounts import Yuan
from api.routes.service_shapes import QuoteOut, ServiceBrief, ServiceList, ServiceOut, brief, quote_out, service_out
from api.routes.shapes import DayAsked, PathCode
from kit.access import Verb
from market.services.problems import NoSuchPlan, NoSuchService, NotForSale, PriceAskRefused

router = APIRouter(prefix="/services", tags=["服务与价格"], route_class=Door, dependencies=[needs(Verb.MARKET_READ)])
PlanAsked = Annotated[str, Query(min_length=1, max_length=32, description="价格方案的代码")]
DaysAsked = Annotated[int | None, Query(ge=1, le=3660, description="期限，天；按期限与按资产规模收费时必填")]
SizeAsked = Annotated[
    Yuan | None, Query(description="资产（元）、次数或成交金额（元），依收费方式；按期限收费时不填")
]


@router.get("", operation_id="listServices")
def list_services(desk: Catalogue, ratings: Ratings, scope: Reach, day: DayAsked = None) -> ServiceList:
    """The catalogue of a day, each service apart, with its risk level and the plans in force."""
    asked = day or scope.day
    found = desk.list(asked)
    known = ratings.levels_of([one.product for one in found], asked)
    return ServiceList(day=asked, items=[ServiceBrief(**brief(one, known.get(one.product.code))) for one in found])


@router.get(
    "/{code}", operation_id="getService", responses=problem_responses(NoSuchService, NotForSale)
)
def get_service(code: PathCode, desk: Catalogue, ratings: Ratings, scope: Reach, day: DayAsked = None) -> ServiceOut:
    """One service on a day: content, for whom, every price plan in force with its tiers and evidence."""
    asked = day or scope.day
    found = desk.get(code, asked)
    return service_out(found, ratings.levels_of([found.product], asked).get(code))


@router.get(
    "/{code}/price", operation_id="priceService",
    responses=problem_responses(NoSuchService, NoSuchPlan, NotForSale, PriceAskRefused),
)
def price_service(
    code: PathCode, desk: Catalogue, scope: Reach, plan: PlanAsked, days: DaysAsked = None, size: SizeAsked = None,
    day: DayAsked = None,
) -> QuoteOut:  # fmt: skip
    """The price of one plan on a day, to the cent, with every step."""
    return quote_out(desk.price(code, plan, day or scope.day, days=days, size=size))
