"""效果 as pages: the platform's two figures with their series, and what each scenario version changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.pages.effect_view import review_lines, series_section, share_text, unit_line, version_line
from api.pages.fields import Blank, Text
from api.rendering import render
from api.routes.shapes import PathCode
from diagnosis.wording import DASH, yuan
from kit.access import Verb
from mot.effect.repository import SeriesRepository
from mot.effect.service import EffectDesk
from mot.effect.tables import SeriesRow
from mot.effect.types import Level
from mot.scenario.types import MetricId
from reports.html import section_context

router = APIRouter(prefix="/effect", route_class=Door)
SPANS: Final = (30, 90, 365)
LevelAsked = Annotated[Level | None, Blank, Query()]
Days = Annotated[int, Query(ge=1, le=400)]


@router.get("", response_class=HTMLResponse, dependencies=[needs(Verb.SERIES_READ)])
def effect_page(
    session: Database, scope: Reach, who: Who, level: LevelAsked = None, unit: Text = None, days: Days = SPANS[1]
) -> str:
    """AUM and MAU of one unit over time, all units of the newest day, and what scenarios changed for who may see it."""
    read = SeriesRepository(session, scope)
    newest = read.newest(scope.day)
    on_file = [] if newest is None else read.on(newest)
    chosen = _chosen(on_file, level, unit)
    asked = {"level": chosen.level if chosen else "", "unit": chosen.unit if chosen else "", "days": str(days)}
    rows: Sequence[SeriesRow] = []
    if newest is not None and chosen is not None:
        rows = read.rows(newest - timedelta(days=days - 1), newest, Level(chosen.level), chosen.unit)
    desk, may_review = EffectDesk(session), who.may(Verb.EFFECT_READ)
    views, whole = (desk.list(scope.day), desk.programme(scope.day)) if may_review else ((), ())
    return render(
        "pages/effect.html", "effect", newest=newest, chosen=chosen, figures=_figures(chosen), asked=asked,
        levels=_levels(on_file, asked), spans=_spans(asked), units=_units(on_file, chosen, asked),
        versions=[version_line(one) for one in views], programme=[version_line(one) for one in whole],
        may_review=may_review,
        due=sum(one.due for one in views),
        **section_context(series_section(rows, chosen.name if chosen else "")),
    )  # fmt: skip


@router.get("/scenarios/{scenario_id}/{digest}", response_class=HTMLResponse, dependencies=[needs(Verb.EFFECT_READ)])
def effect_version_page(scenario_id: PathCode, digest: PathCode, session: Database, scope: Reach) -> str:
    """One version: what was registered, what was found or is missing, and what should change."""
    one = EffectDesk(session).review(scenario_id, digest, scope.day)
    plan = one.view.registered.plan
    return render(
        "pages/effect_version.html", "effect", one=one, plan=plan, registered=one.view.registered,
        finding=one.view.finding, metric=MetricId(plan.metric).label, **review_lines(one),
    )  # fmt: skip


def _chosen(rows: Sequence[SeriesRow], level: Level | None, unit: str | None) -> SeriesRow | None:
    """The unit that is asked for, else the widest that the scope shows."""
    order = [one.value for one in Level]
    ranked = sorted(rows, key=lambda row: (order.index(row.level), row.unit))
    wanted = [row for row in ranked if level is None or row.level == level.value]
    return next((row for row in wanted if unit is not None and row.unit == unit), None) or next(iter(wanted), None)


def _figures(row: SeriesRow | None) -> list[tuple[str, str, str]]:
    if row is None:
        return []
    unknown = row.clients - row.known
    return [
        ("AUM", yuan(float(row.aum)) if row.known else DASH, f"另有 {unknown:,} 人资产不明，未计入" if unknown else ""),
        ("MAU", f"{row.mau:,} 人", f"占 {row.clients:,} 位客户的 {share_text(row)}"),
        ("当日净流入", yuan(float(row.flow), signed=True), ""),
        ("当日市场损益", yuan(float(row.market), signed=True), ""),
    ]  # fmt: skip


def _href(asked: dict[str, str], **changes: str) -> str:
    return "/effect?" + urlencode({name: value for name, value in {**asked, **changes}.items() if value})


def _levels(rows: Sequence[SeriesRow], asked: dict[str, str]) -> list[dict[str, Any]]:
    there = {row.level for row in rows}
    return [
        {"label": one.label, "href": _href({"days": asked["days"]}, level=one.value),
         "active": one.value == asked["level"]}
        for one in Level if one.value in there
    ]  # fmt: skip


def _spans(asked: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"label": f"近 {one} 天", "href": _href(asked, days=str(one)), "active": str(one) == asked["days"]}
        for one in SPANS
    ]  # fmt: skip


def _units(rows: Sequence[SeriesRow], chosen: SeriesRow | None, asked: dict[str, str]) -> list[dict[str, Any]]:
    """All units of the chosen level."""
    if chosen is None or chosen.level == Level.FIRM.value:
        return []
    mine = [row for row in rows if row.level == chosen.level]
    return [unit_line(row, _href(asked, unit=row.unit)) for row in mine]
