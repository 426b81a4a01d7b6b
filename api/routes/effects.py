"""效果: what was registered for each scenario version, what its review found, and the daily series of AUM and MAU."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.database import Database
from api.desks import over
from api.routes.effect_shapes import EffectList, EffectOut, ReviewList, ReviewOut, SeriesList, SeriesOut
from api.routes.shapes import PRINTABLE, DayAsked, PathCode
from kit.access import Verb
from kit.problems import BadInput
from mot.effect.repository import SeriesRepository
from mot.effect.service import EffectDesk, NotRegistered
from mot.effect.telling import effect_content, review_content, series_content
from mot.effect.types import Level

router = APIRouter(tags=["效果"], route_class=Door)
READS = [needs(Verb.EFFECT_READ)]
Desk = Annotated[EffectDesk, over(EffectDesk)]
USUAL: Final = timedelta(days=90)
LONGEST: Final = timedelta(days=400)
Unit = Annotated[str | None, Query(max_length=64, pattern=PRINTABLE, description="营业部、人员或等级的编号")]


class SpanTooWide(BadInput):
    """一次查询的日子太多"""

    title = "Span too wide"


@router.get("/effects", operation_id="listEffects", dependencies=READS)
def list_effects(desk: Desk, scope: Reach) -> EffectList:
    """Every registered version: the plan, who takes part, the finding of the review day or what is missing for one."""
    return EffectList(items=[EffectOut(**effect_content(one)) for one in desk.list(scope.day)])


@router.get("/effects/programme", operation_id="listProgrammeEffects", dependencies=READS)
def list_programme(desk: Desk, scope: Reach) -> ReviewList:
    """All scenarios together against the global holdout, by metric: HELD_OUT are clients whom no scenario speaks to."""
    return ReviewList(items=[ReviewOut(**review_content(one)) for one in desk.programme_reviews(scope.day)])


@router.get("/effects/reviews", operation_id="listEffectReviews", dependencies=READS)
def list_reviews(desk: Desk, scope: Reach) -> ReviewList:
    """第七步复核 of the versions whose review day has come, with what should change."""
    return ReviewList(items=[ReviewOut(**review_content(one)) for one in desk.reviews(scope.day)])


@router.get(
    "/effects/{scenario_id}/versions/{digest}",
    operation_id="getEffect",
    dependencies=READS,
    responses=problem_responses(NotRegistered),
)
def get_effect(scenario_id: PathCode, digest: PathCode, desk: Desk, scope: Reach) -> ReviewOut:
    """One version with everything that its review looks at. digest: whole, or its first digits."""
    return ReviewOut(**review_content(desk.review(scenario_id, digest, scope.day)))


@router.get(
    "/platform-series",
    operation_id="listPlatformSeries",
    dependencies=[needs(Verb.SERIES_READ)],
    responses=problem_responses(SpanTooWide),
)
def list_series(
    session: Database, scope: Reach, first: DayAsked = None, last: DayAsked = None, level: Level | None = None,
    unit: Unit = None,
) -> SeriesList:  # fmt: skip
    """AUM and MAU by trading day, up to 400 calendar days; a supervisor sees the branch, an adviser the own book."""
    until = last or scope.day
    since = first or _back(until)
    if until - since > LONGEST:
        raise SpanTooWide(f"一次最多查 {LONGEST.days} 天；请分段查询")
    rows = SeriesRepository(session, scope).rows(since, until, level, unit)
    return SeriesList(items=[SeriesOut(**series_content(row)) for row in rows])


def _back(until: date) -> date:
    return until - USUAL
