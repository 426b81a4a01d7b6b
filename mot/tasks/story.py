"""任务的来龙去脉 on one page: why now, what to say, what fits and why, what must not be offered, what to write down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import Session

from kit.access import everything
from kit.problems import Problem
from mot.events.kinds import event_kinds
from mot.events.repository import EventRepository
from mot.events.tables import EventRow
from mot.events.types import Source
from mot.scenario.loading import step_names
from mot.scenario.types import FeedbackOption, OfferKind, Scenario, StepId
from mot.tasks.offers import OfferDesk
from mot.tasks.recording import options_of
from mot.tasks.repository import TaskRepository
from mot.tasks.types import ServiceRecord, Task, TaskOffer
from suitability.facts import ClientFacts
from suitability.levels import Outcome, ProductLevel

LATELY: Final = 5


@dataclass(frozen=True, slots=True)
class Reason:
    """One event behind the task."""

    kind: str
    name: str
    occurred_on: date
    source: str
    confidence: int
    tentative: bool
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fitting:
    """One product of the task as it stands today. still: the answer of today is the one that it was made with."""

    offer: TaskOffer
    outcome: Outcome
    still: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What the adviser reads before the call.

    why: in the words of the scenario; reasons: the events; opening, points: what to say, lacking: figures to be filled
    in by hand; never: what must not be said or offered; too_risky: levels above the client's.
    """

    task: Task
    why: str
    when: str
    reasons: tuple[Reason, ...]
    opening: str
    points: tuple[str, ...]
    lacking: tuple[str, ...]
    questions: tuple[str, ...]
    materials: tuple[str, ...]
    fits: tuple[Fitting, ...]
    help: tuple[TaskOffer, ...]
    never: tuple[str, ...]
    client_level: str
    too_risky: tuple[str, ...]
    steps: tuple[str, ...]
    ways: tuple[tuple[str, str], ...]
    record_fields: tuple[tuple[str, str], ...]
    options: tuple[FeedbackOption, ...]
    success: str
    records: tuple[ServiceRecord, ...]
    step_names: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What suitability says of the client and of what the task names, asked anew on the day."""

    client: ClientFacts
    level: str
    too_risky: tuple[str, ...]
    fits: tuple[Fitting, ...]
    never: tuple[str, ...]


def standing_of(session: Session, task: Task, day: date) -> Standing:
    """Nothing is filed. Raises NoSuchClient."""
    desk = OfferDesk(session, day)
    facts = desk.client(task.client_no)
    level, above = _levels(facts)
    return Standing(facts, level, above, _fits(desk, task), _never(above))


def story_of(session: Session, task: Task, scenario: Scenario | None, read: TaskRepository, day: date) -> Story:
    """The story as it stands on the day: answers of suitability are asked anew, and nothing is filed."""
    now, records = standing_of(session, task, day), read.records_of_client(task.client_no, LATELY)
    return _story(session, task, scenario, day, records, now)


def telling_of(
    session: Session, task: Task, scenario: Scenario | None, records: tuple[ServiceRecord, ...], day: date
) -> Story:
    """The story without what suitability says today: levels and what fits are left open."""
    return _story(session, task, scenario, day, records, None)


def _story(
    session: Session, task: Task, scenario: Scenario | None, day: date, records: tuple[ServiceRecord, ...],
    now: Standing | None,
) -> Story:  # fmt: skip
    service = scenario.service if scenario else None
    told = task.told
    return Story(
        task=task, why=scenario.moment.why if scenario else task.notice,
        when=scenario.assignment.when if scenario else "", reasons=_reasons(session, task, day),
        opening=str(told.get("opening", "")), points=tuple(told.get("points", ())),
        lacking=tuple(told.get("lacking", ())), questions=scenario.needs.questions if scenario else (),
        materials=tuple(one.label for one in scenario.needs.materials) if scenario else (),
        fits=now.fits if now else (), help=tuple(one for one in task.offers if not one.product_code),
        never=(*(service.avoid if service else ()), *(now.never if now else ())),
        client_level=now.level if now else "", too_risky=now.too_risky if now else (),
        steps=scenario.action.steps if scenario else (),
        ways=tuple((one.value, one.label) for one in scenario.assignment.contact) if scenario else (),
        record_fields=tuple((one.value, one.label) for one in scenario.action.record) if scenario else (),
        options=options_of(scenario), success=scenario.review.success if scenario else "",
        records=records,
        step_names=tuple((step.value, step_names(day)[step]) for step in StepId),
    )  # fmt: skip


def _reasons(session: Session, task: Task, day: date) -> tuple[Reason, ...]:
    digests = list(task.told.get("events", [])) or ([task.event] if task.event else [])
    rows = EventRepository(session, everything(day)).rows(digests)
    return tuple(_reason(rows[one], day) for one in digests if one in rows)


def _reason(row: EventRow, day: date) -> Reason:
    kind = event_kinds(max(day, row.occurred_on)).get(row.kind)
    return Reason(
        row.kind, kind.name if kind else row.kind, row.occurred_on, Source(row.source).label, row.confidence,
        row.tentative, dict(row.facts),
    )  # fmt: skip


def _fits(desk: OfferDesk, task: Task) -> tuple[Fitting, ...]:
    named = [one for one in task.offers if one.product_code]
    found = []
    for one in named:
        try:
            answer = desk.asks(task.client_no, one.product_code)
        except Problem as problem:  # taken off the list since
            found.append(Fitting(one, Outcome.REFUSE, False, problem.detail))
            continue
        barred = desk.not_offered(task.client_no, one.product_code) if one.kind == OfferKind.SERVICE else ""
        if barred:  # suitable it may be, and is still not to be brought up
            found.append(Fitting(one, Outcome.REFUSE, False, barred))
            continue
        hit = next((verdict.title for verdict in answer.verdicts if verdict.hit), "")
        why = hit or f"产品等级 {one.level or '未评'} 不高于客户等级，各项规则均为“可以”"
        found.append(Fitting(one, answer.outcome, answer.outcome is Outcome.ALLOW, why))
    return tuple(found)


def _levels(facts: ClientFacts) -> tuple[str, tuple[str, ...]]:
    """The client's level, and the levels of products above it; nothing is above a professional investor."""
    if facts.category.professional:
        return facts.category.label, ()
    if facts.level is None:
        return "没有有效的风险测评", tuple(one.value for one in ProductLevel)
    return f"{facts.level.value} {facts.level.label}", tuple(
        one.value for one in ProductLevel if one.rank > facts.level.rank
    )


def _never(above: tuple[str, ...]) -> tuple[str, ...]:
    return (f"不得推介 {'、'.join(above)} 等级的产品。",) if above else ()
