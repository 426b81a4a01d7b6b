"""Pages of scenarios: the list by family, one with its seven steps, draft, preview, backtest, approval, retirement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Stamped, over
from api.pages.fields import First, Last, Text
from api.pages.forms import FormDay, Versioned
from api.pages.scenarios_view import (
    LAST_DAYS,
    LIST,
    STATES,
    TONES,
    WAITING,
    Came,
    address,
    by_family,
    came_of,
    charts_of,
    event_names,
    history_of,
    holdout_words,
    listed,
    state_of,
    steps_of,
)
from api.pages.suitability_list import code, moment
from api.rendering import render
from api.routes.scenarios import named_clients, sees_everybody
from api.routes.shapes import PathCode
from kit.access import Actor, Verb
from kit.problems import Problem
from mot.backtest import Backtester
from mot.events.types import Family
from mot.scenario.desk import ScenarioDesk, Version
from mot.scenario.problems import ScenarioMalformed
from mot.scenario.status import ScenarioStatus
from mot.tasks.judged import judged_between
from reports.html import section_context

router = APIRouter(prefix=LIST, route_class=Door)
READS: Final = [needs(Verb.SCENARIO_READ)]
EDITS: Final = [needs(Verb.SCENARIO_EDIT)]
APPROVES: Final = [needs(Verb.SCENARIO_APPROVE)]
Desk = Annotated[ScenarioDesk, over(ScenarioDesk)]
ONE: Final = "/{scenario_id}/versions/{digest}"
LONGEST: Final = 40_000
BACKTEST_DAYS: Final = 90
NOTES: Final = {
    "drafted": "草稿已登记。先预演，再由另一人批准。", "previewed": "已预演，结果与草稿放在一起，供批准的人看。",
    "approved": "已批准，自今日起生效；此前的版本已停用。", "retired": "已停用，不再触发，也不能恢复。",
}  # fmt: skip


class DraftFields(BaseModel):
    """The text of a scenario file."""

    text: Annotated[str, Field(max_length=LONGEST)] = ""
    base: Annotated[str, Field(max_length=64)] = ""


class SpanFields(Versioned):
    """The days of a preview, both included."""

    first: FormDay = None
    last: FormDay = None


class NoteFields(Versioned):
    """Why a person decides."""

    note: Annotated[str, Field(max_length=400)] = ""


@router.get("", response_class=HTMLResponse, dependencies=READS)
def scenarios_page(
    desk: Desk, session: Database, scope: Reach, who: Who, family: Text = None, state: Text = None
) -> str:
    """Every scenario by family, with what it did in the last days."""
    versions = listed(desk.list())
    chosen, asked = code(Family, family or ""), state if state in dict(STATES) else ""
    shown = [one for one in versions if asked in ("", state_of(one)) and chosen in (None, one.scenario.family)]
    counts = judged_between(session, scope.day - timedelta(days=LAST_DAYS - 1), scope.day)
    return render(
        "pages/scenarios.html", "scenarios", reader=who, families=by_family(shown, counts, scope.day),
        chips=_chips(versions, chosen, asked or ""), narrowed=bool(asked or chosen), any=bool(versions),
        in_force=sum(one.status is ScenarioStatus.APPROVED for one in versions), days=LAST_DAYS,
        waiting=sum(one.status is ScenarioStatus.PREVIEWED for one in versions),
    )  # fmt: skip


@router.get("/new", response_class=HTMLResponse, dependencies=EDITS)
def scenario_draft_page(desk: Desk, who: Who, base: Text = None) -> str:
    """The form of a draft, filled with the text of a version on file."""
    text = ""
    if base:
        scenario_id, _, digest = base.partition("@")
        text = desk.get(scenario_id, digest).scenario.text
    return _draft(DraftFields(text=text, base=base or ""), who)


@router.post("", dependencies=EDITS)
def draft_scenario_page(
    fields: Annotated[DraftFields, Form()], desk: Desk, stamp: Stamped, session: Database
) -> Response:
    """File the draft; every fault is told with its line above what was typed."""
    try:
        made = desk.draft(fields.text.replace("\r\n", "\n"), stamp)
    except Problem as refused:
        session.rollback()
        faults = refused.faults if isinstance(refused, ScenarioMalformed) else ()
        shown = _draft(fields, stamp.actor, refused.detail, [(one.line, one.text) for one in faults])
        return HTMLResponse(shown, status_code=refused.status)
    return RedirectResponse(f"{address(made)}?note=drafted", status_code=303)


@router.get("/{scenario_id}", response_class=HTMLResponse, dependencies=READS)
def scenario_page(scenario_id: PathCode, desk: Desk, session: Database, scope: Reach, who: Who) -> str:
    """The version in force, or the newest."""
    return _page(desk, session, desk.get(scenario_id), scope.day, who)


@router.get(ONE, response_class=HTMLResponse, dependencies=READS)
def scenario_version_page(
    scenario_id: PathCode, digest: PathCode, desk: Desk, session: Database, scope: Reach, who: Who, note: Text = None
) -> str:
    """One version: its seven steps, what a preview found, who decided."""
    return _page(desk, session, desk.get(scenario_id, digest), scope.day, who, note=NOTES.get(note or ""))


@router.get(ONE + "/backtest", response_class=HTMLResponse, dependencies=READS)
def backtest_page(
    scenario_id: PathCode, digest: PathCode, desk: Desk, session: Database, scope: Reach, who: Who, first: First = None,
    last: Last = None,
) -> Response:  # fmt: skip
    """What this version would have done on past days, through the real engine; files nothing."""
    one = desk.get(scenario_id, digest)
    if first is None or last is None:
        days = (scope.day - timedelta(days=BACKTEST_DAYS - 1), scope.day)
        return HTMLResponse(_backtest(one, who, (first or days[0], last or days[1]), None, ()))
    try:
        found = Backtester(session, first, last).run([one.scenario])
    except Problem as refused:
        page = _backtest(one, who, (first, last), None, (), refused.detail)
        return HTMLResponse(page, status_code=refused.status)
    clients = named_clients(session, who, found.clients, scope.day)
    return HTMLResponse(_backtest(one, who, (first, last), found.content(), clients))


@router.post(ONE + "/preview", dependencies=EDITS)
def preview_scenario_page(
    scenario_id: PathCode, digest: PathCode, fields: Annotated[SpanFields, Form()], desk: Desk, stamp: Stamped,
    scope: Reach, session: Database,
) -> Response:  # fmt: skip
    """Run a draft over past days and keep the result with it."""
    one = desk.get(scenario_id, digest)
    last = fields.last or scope.day
    first = fields.first or last

    def deed() -> Version:
        desk.check_preview(scenario_id, one.scenario.version, expected_version=fields.version)
        result = Backtester(session, first, last).run([one.scenario]).content()
        return desk.previewed(scenario_id, one.scenario.version, result, expected_version=fields.version, stamp=stamp)

    return _attempt(desk, one, deed, "previewed", scope.day, stamp.actor, session)


@router.post(ONE + "/approve", dependencies=APPROVES)
def approve_scenario_page(
    scenario_id: PathCode, digest: PathCode, fields: Annotated[NoteFields, Form()], desk: Desk, stamp: Stamped,
    scope: Reach, session: Database,
) -> Response:  # fmt: skip
    """Another person puts exactly the previewed content in force."""
    one = desk.get(scenario_id, digest)

    def deed() -> Version:
        return desk.approve(
            scenario_id, one.scenario.version, note=fields.note, expected_version=fields.version, stamp=stamp
        )

    return _attempt(desk, one, deed, "approved", scope.day, stamp.actor, session, fields.note)


@router.post(ONE + "/retire", dependencies=EDITS)
def retire_scenario_page(
    scenario_id: PathCode, digest: PathCode, fields: Annotated[NoteFields, Form()], desk: Desk, stamp: Stamped,
    scope: Reach, session: Database,
) -> Response:  # fmt: skip
    """Take a version out of force for good."""
    one = desk.get(scenario_id, digest)

    def deed() -> Version:
        return desk.retire(
            scenario_id, one.scenario.version, why=fields.note, expected_version=fields.version, stamp=stamp
        )

    return _attempt(desk, one, deed, "retired", scope.day, stamp.actor, session, fields.note)


def _attempt(
    desk: ScenarioDesk, one: Version, deed: Callable[[], Version], note: str, day: date, who: Actor, session: Database,
    typed: str = "",
) -> Response:  # fmt: skip
    """Do it and come back to the version. A refusal writes nothing and is told above what was typed."""
    try:
        made = deed()
    except Problem as refused:
        session.rollback()
        now = desk.get(one.scenario.id, one.scenario.version)
        page = _page(desk, session, now, day, who, fault=refused.detail, typed=typed)
        return HTMLResponse(page, status_code=refused.status)
    return RedirectResponse(f"{address(made)}?note={note}", status_code=303)


def _page(
    desk: ScenarioDesk, session: Database, one: Version, day: date, who: Actor, *, note: str | None = None,
    fault: str = "", typed: str = "",
) -> str:  # fmt: skip
    scenario = one.scenario
    own = bool(one.drafted_by_id) and one.drafted_by_id == who.user_id
    since = day - timedelta(days=LAST_DAYS - 1)
    open_for_preview = one.status in WAITING and who.may(Verb.SCENARIO_EDIT)
    return render(
        "pages/scenario.html", "scenarios", *([note] if note else []), reader=who, one=one, scenario=scenario,
        steps=steps_of(scenario, day), tone=TONES[one.status], drafted=moment(one.drafted_at),
        events=event_names(scenario, day), holdout=holdout_words(scenario),
        judged=judged_between(session, since, day).get(scenario.id), days=LAST_DAYS,
        history=[history_of(each) for each in desk.list(scenario_id=scenario.id)], place=address(one),
        **_came(one.preview, None, sees_everybody(who)),
        previewed=moment(one.previewed_at) if one.previewed_at else "", approved=moment(one.approved_at) if
        one.approved_at else "", retired=moment(one.retired_at) if one.retired_at else "", fault=fault, typed=typed,
        may_edit=who.may(Verb.SCENARIO_EDIT), may_preview=open_for_preview, own=own,
        may_approve=one.status is ScenarioStatus.PREVIEWED and not own and who.may(Verb.SCENARIO_APPROVE),
        may_retire=one.status is not ScenarioStatus.RETIRED and who.may(Verb.SCENARIO_EDIT),
        first=since, last=day,
    )  # fmt: skip


def _came(
    content: Mapping[str, Any] | None, clients: Sequence[tuple[str, int]] | None, everybody: bool
) -> dict[str, Any]:
    """What some days came to, with its charts, for a template."""
    came: Came | None = None
    charts = None
    if content is not None:
        known = list(content.get("most_per_client", {}).items()) if clients is None and everybody else clients
        came, charts = came_of(content, known, everybody), charts_of(content)
    return {"came": came, "charts": charts, **({} if charts is None else section_context(charts))}


def _backtest(
    one: Version, who: Actor, days: tuple[date, date], content: Mapping[str, Any] | None,
    clients: Sequence[tuple[str, int]], fault: str = "",
) -> str:  # fmt: skip
    return render(
        "pages/scenario_backtest.html", "scenarios", reader=who, one=one, scenario=one.scenario, first=days[0],
        last=days[1], fault=fault, place=address(one), tone=TONES[one.status],
        **_came(content, clients, sees_everybody(who)),
    )  # fmt: skip


def _draft(fields: DraftFields, who: Actor, fault: str = "", faults: Sequence[tuple[int, str]] = ()) -> str:
    return render(
        "pages/scenario_draft.html", "scenarios", reader=who, fields=fields, fault=fault, faults=faults, longest=LONGEST
    )


def _chips(versions: Sequence[Version], family: Family | None, state: str) -> dict[str, list[dict[str, Any]]]:
    """Filters as addresses, each with how many it would show."""

    def href(**changes: str) -> str:
        asked = {"family": family.value if family else "", "state": state} | changes
        kept = "&".join(f"{name}={value}" for name, value in asked.items() if value)
        return f"{LIST}?{kept}" if kept else LIST

    in_state = [one for one in versions if state in ("", state_of(one))]
    in_family = [one for one in versions if family in (None, one.scenario.family)]
    states = [("", "全部"), *STATES]
    families = [(None, "全部"), *((one, one.label) for one in Family)]
    return {
        "states": [
            {"label": label, "href": href(state=name), "active": state == name,
             "count": sum(name in ("", state_of(one)) for one in in_family)} for name, label in states
        ],
        "families": [
            {"label": label, "href": href(family=one.value if one else ""), "active": family is one,
             "count": sum(one in (None, each.scenario.family) for each in in_state)} for one, label in families
        ],
    }  # fmt: skip
