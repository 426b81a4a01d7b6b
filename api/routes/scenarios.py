"""场景: versions, drafts, previews over past days, approval by a second person, retirement."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, StringConstraints
from sqlmodel import Session

from api.access import Reach as Scoped
from api.access import Who, needs
from api.contract.door import Door
from api.contract.etags import SeenVersion, set_etag
from api.contract.refusals import problem_responses
from api.database import Database
from api.desks import Stamped, over
from api.routes.shapes import Ask, Day, PathCode
from clients.repository import ClientRepository
from clients.staff.problems import ChangedMeanwhile
from kit.access import Actor, Reach, Verb, reach_of
from mot.backtest import TOP, Backtester, SpanTooLong
from mot.events.types import Family
from mot.scenario.desk import ReasonNeeded, SameDrafter, ScenarioDesk, ScenarioNotOpen, Version
from mot.scenario.problems import ScenarioMalformed, UnknownScenario

router = APIRouter(prefix="/scenarios", tags=["场景"], route_class=Door)
READS, EDITS, APPROVES = [needs(Verb.SCENARIO_READ)], [needs(Verb.SCENARIO_EDIT)], [needs(Verb.SCENARIO_APPROVE)]
Desk = Annotated[ScenarioDesk, over(ScenarioDesk)]
ONE = "/{scenario_id}/versions/{digest}"
_LINES = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
Text = Annotated[str, StringConstraints(min_length=1, max_length=40_000, pattern=_LINES)]
Why = Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=_LINES)]


class VersionOut(BaseModel):
    """One version of a scenario. `digest` is over its content, `version` counts the steps of its life."""

    scenario_id: str
    name: str
    digest: str
    version: int
    family: str
    purpose: str
    status: str
    mandatory: bool
    events: list[str]
    drafted_by: str
    drafted_at: datetime
    previewed_at: datetime | None
    approved_by: str
    approved_at: datetime | None
    in_force_from: date | None
    retired_on: date | None
    retired_why: str
    open_for: str


class VersionWhole(VersionOut):
    text: str
    preview: dict[str, Any]


class VersionList(BaseModel):
    items: list[VersionOut]


class DraftIn(Ask):
    """The text of a scenario file (YAML), all seven steps."""

    text: Text


class SpanIn(Ask):
    first: Day
    last: Day


class NoteIn(Ask):
    note: Why


class BacktestOut(BaseModel):
    """What the days would have come to. Nothing is filed. Clients and staff are named to who may see their tasks."""

    first: date
    last: date
    clients: int
    events: int
    tasks: int
    clients_with_task: int
    outcomes: dict[str, dict[str, int]]
    held_by: dict[str, int]
    by_day: dict[str, int]
    daily: dict[str, dict[str, int]]
    most_per_client: dict[str, int]
    by_staff: dict[str, int]


@router.get("", operation_id="listScenarios", dependencies=READS)
def list_scenarios(desk: Desk, family: Family | None = None) -> VersionList:
    """All versions, by scenario and then the newest first."""
    return VersionList(items=[version_out(one) for one in desk.list(family=family)])


@router.post(
    "",
    status_code=201,
    operation_id="draftScenario",
    dependencies=EDITS,
    responses=problem_responses(ScenarioMalformed),
)
def draft(body: DraftIn, response: Response, desk: Desk, stamp: Stamped) -> VersionWhole:
    """Draft a version; every fault of the text is named with its line."""
    return _told(desk.draft(body.text, stamp), response, stamp.actor)


@router.get(ONE, operation_id="getScenario", dependencies=READS, responses=problem_responses(UnknownScenario))
def get_scenario(scenario_id: PathCode, digest: PathCode, response: Response, desk: Desk, who: Who) -> VersionWhole:
    """One version with its text and what its preview found. digest: whole, or its first digits."""
    return _told(desk.get(scenario_id, digest), response, who)


@router.post(
    ONE + "/backtest",
    operation_id="backtestScenario",
    dependencies=READS,
    responses=problem_responses(UnknownScenario, SpanTooLong),
)
def backtest(
    scenario_id: PathCode, digest: PathCode, body: SpanIn, desk: Desk, session: Database, who: Who, scope: Scoped
) -> BacktestOut:
    """What this version would have done on past days, through the real engine. Nothing is filed."""
    scenario = desk.get(scenario_id, digest).scenario
    found = Backtester(session, body.first, body.last).run([scenario])
    content = told_to(found.content(), who)
    content["most_per_client"] = dict(named_clients(session, who, found.clients, scope.day)[:TOP])
    return BacktestOut(**content)


@router.post(
    ONE + "/preview",
    operation_id="previewScenario",
    dependencies=EDITS,
    responses=problem_responses(UnknownScenario, SpanTooLong, ScenarioNotOpen, ChangedMeanwhile),
)
def preview(
    scenario_id: PathCode, digest: PathCode, body: SpanIn, response: Response, desk: Desk, session: Database,
    stamp: Stamped, seen: SeenVersion,
) -> VersionWhole:  # fmt: skip
    """Backtest a draft and keep the result with it, for who approves."""
    one = desk.get(scenario_id, digest)
    desk.check_preview(scenario_id, one.scenario.version, expected_version=seen)
    result = Backtester(session, body.first, body.last).run([one.scenario]).content()
    kept = desk.previewed(scenario_id, one.scenario.version, result, expected_version=seen, stamp=stamp)
    return _told(kept, response, stamp.actor)


@router.post(
    ONE + "/approval",
    operation_id="approveScenario",
    dependencies=APPROVES,
    responses=problem_responses(UnknownScenario, ScenarioNotOpen, SameDrafter, ReasonNeeded, ChangedMeanwhile),
)
def approve(
    scenario_id: PathCode, digest: PathCode, body: NoteIn, response: Response, desk: Desk, stamp: Stamped,
    seen: SeenVersion,
) -> VersionWhole:  # fmt: skip
    """Put a previewed version in force; the one before it is retired."""
    one = desk.get(scenario_id, digest)
    done = desk.approve(scenario_id, one.scenario.version, note=body.note, expected_version=seen, stamp=stamp)
    return _told(done, response, stamp.actor)


@router.post(
    ONE + "/retirement",
    operation_id="retireScenario",
    dependencies=EDITS,
    responses=problem_responses(UnknownScenario, ScenarioNotOpen, ReasonNeeded, ChangedMeanwhile),
)
def retire(
    scenario_id: PathCode, digest: PathCode, body: NoteIn, response: Response, desk: Desk, stamp: Stamped,
    seen: SeenVersion,
) -> VersionWhole:  # fmt: skip
    """Take a version out of force for good."""
    one = desk.get(scenario_id, digest)
    done = desk.retire(scenario_id, one.scenario.version, why=body.note, expected_version=seen, stamp=stamp)
    return _told(done, response, stamp.actor)


def sees_everybody(who: Actor) -> bool:
    """Whether the tasks of every client and adviser are this reader's to see."""
    return reach_of(who.role, Verb.TASK_READ) is Reach.ALL


def named_clients(session: Session, who: Actor, found: Counter[str], day: date) -> list[tuple[str, int]]:
    """Clients of a backtest whom the reader may see, with their tasks, the most first."""
    ranked = found.most_common()
    if sees_everybody(who):
        return ranked
    if not who.may(Verb.TASK_READ):
        return []
    shown = ClientRepository(session, who.scope(Verb.TASK_READ, day)).clients_by_no(sorted(found))
    return [(client, n) for client, n in ranked if client in shown]


def told_to(content: dict[str, Any], who: Actor) -> dict[str, Any]:
    """What days came to without the names that are not this reader's to see."""
    hidden = () if sees_everybody(who) else ("most_per_client", "by_staff")
    return {name: {} if name in hidden else value for name, value in content.items()}


def _told(one: Version, response: Response, who: Actor) -> VersionWhole:
    set_etag(response, one.version)
    return VersionWhole(**_fields(one), text=one.scenario.text, preview=told_to(dict(one.preview), who))


def version_out(one: Version) -> VersionOut:
    return VersionOut(**_fields(one))


def _fields(one: Version) -> dict[str, Any]:
    scenario = one.scenario
    return {
        "scenario_id": scenario.id, "name": scenario.name, "digest": scenario.version, "version": one.version,
        "family": scenario.family.value, "purpose": scenario.purpose.value, "status": one.status.value,
        "mandatory": scenario.assignment.mandatory, "events": list(scenario.moment.events),
        "drafted_by": one.drafted_by, "drafted_at": one.drafted_at, "previewed_at": one.previewed_at,
        "approved_by": one.approved_by, "approved_at": one.approved_at, "in_force_from": one.in_force_from,
        "retired_on": one.retired_on, "retired_why": one.retired_why, "open_for": one.open_for,
    }  # fmt: skip
