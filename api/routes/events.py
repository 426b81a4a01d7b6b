"""关键时刻的事件: told one by one, tasks of immediate scenarios made in the same request; what clients agreed to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.database import Database
from api.desks import Stamped
from api.links import next_link
from api.routes.shapes import PRINTABLE, Ask, Code, Cursor, Day, DayAsked, Limit, PathCode
from clients.repository import NoSuchClient
from kit.access import Role, Verb
from kit.problems import BadInput
from mot.contact.wishes import WishAsk, WishDesk
from mot.delivery.outbox import DeliveryOutbox
from mot.events.desk import EventAsk, EventDesk, EventKnown
from mot.events.problems import (
    EventFactsWrong,
    EventInFuture,
    EventTooOld,
    SourceNotAllowed,
    UnknownEventKind,
    WrongFamily,
)
from mot.events.tables import EventRow
from mot.events.types import Family, Source
from mot.house import answer_event
from mot.scenario.types import ContactWay
from mot.tasks.types import task_number

router = APIRouter(tags=["关键时刻"], route_class=Door)
_SOURCE_OF: Final = {Role.CLIENT: Source.CLIENT, Role.ADVISOR: Source.ADVISOR, Role.SUPERVISOR: Source.ADVISOR}
Fact = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE)]
_DAYS: Final = ("due_on",)
_NUMBERS: Final = ("amount_yuan", "age", "days", "weekly_trades", "usual_weekly_trades")


class BadFact(BadInput):
    """事件的要素写得不对"""

    title = "Bad fact"


class EventIn(Ask):
    """One event. family: checked where it is named; facts: by the names that the kind declares, numbers and days as
    text; the source follows from who tells."""

    client_no: Code
    kind: Code
    occurred_on: Day
    family: Family | None = None
    ref: Annotated[str, StringConstraints(max_length=64, pattern=PRINTABLE)] = ""
    facts: Annotated[dict[Code, Fact], Field(max_length=10)] = Field(default_factory=dict)
    confidence: Annotated[int | None, Field(ge=1, le=100)] = None


class EventOut(BaseModel):
    event: str
    client_no: str
    kind: str
    family: str
    occurred_on: date
    ref: str
    source: str
    confidence: int
    tentative: bool
    expires_on: date
    facts: dict[str, Any]
    filed_at: datetime


class EventAnswer(EventOut):
    """The event, what became of it under the scenarios that act at once, and the tasks that were made."""

    outcomes: dict[str, dict[str, int]]
    tasks: list[str]


class EventPage(BaseModel):
    items: list[EventOut]
    next: str | None


class WishIn(Ask):
    """What the client says from a day on; what is left out stays as it was."""

    valid_from: Day | None = None
    consent_service: bool | None = None
    consent_marketing: bool | None = None
    do_not_disturb: bool | None = None
    deceased: bool | None = None
    refused_ways: Annotated[list[ContactWay] | None, Field(max_length=6)] = None
    evidence: Annotated[str, StringConstraints(max_length=80, pattern=PRINTABLE)] = ""


class WishOut(BaseModel):
    client_no: str
    consent_service: bool | None
    consent_marketing: bool | None
    do_not_disturb: bool | None
    deceased: bool | None
    refused_ways: list[ContactWay]


@router.post(
    "/events", status_code=201, operation_id="tellEvent", dependencies=[needs(Verb.EVENT_TELL)],
    responses=problem_responses(
        NoSuchClient, EventKnown, UnknownEventKind, WrongFamily, EventInFuture, EventTooOld, SourceNotAllowed,
        EventFactsWrong, BadFact,
    ),
)
def tell_event(
    body: EventIn, session: Database, scope: Reach, who: Who, stamp: Stamped
) -> EventAnswer:
    """Tell an event of a client. A task of a scenario that acts at once stands in the inbox when this answers."""
    row = EventDesk(session, scope).tell(
        EventAsk(
            client_no=body.client_no, kind=body.kind, occurred_on=body.occurred_on,
            source=_SOURCE_OF.get(who.role, Source.API), family=body.family, ref=body.ref, facts=_facts(body.facts),
            confidence=body.confidence,
        ),
        stamp,
    )  # fmt: skip
    made = answer_event(session, body.client_no, stamp, DeliveryOutbox())
    return EventAnswer(
        **_told(row), outcomes={name: dict(one) for name, one in made.outcomes.items()},
        tasks=[task_number(one.id or 0) for one in made.tasks],
    )


@router.get("/events", operation_id="listEvents", dependencies=[needs(Verb.EVENT_READ)])
def list_events(
    request: Request,
    response: Response,
    session: Database,
    scope: Reach,
    client_no: Annotated[str | None, Query(max_length=64)] = None,
    kind: Annotated[str | None, Query(max_length=32)] = None,
    family: Family | None = None,
    first: DayAsked = None,
    last: DayAsked = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> EventPage:
    """Events of the clients within reach, told and derived, newest first."""
    rows = EventDesk(session, scope).read.page(
        client_no=client_no, kind=kind, family=family.value if family else None, first=first, last=last,
        before=number_of(cursor), limit=limit + 1,
    )  # fmt: skip
    following = str(rows[limit - 1].id) if len(rows) > limit else None
    next_link(request, response, following)
    return EventPage(items=[EventOut(**_told(row)) for row in rows[:limit]], next=following)


@router.get(
    "/clients/{client_no}/contact-wishes", operation_id="getContactWishes", dependencies=[needs(Verb.WISH_READ)],
    responses=problem_responses(NoSuchClient),
)
def get_wishes(client_no: PathCode, session: Database, scope: Reach) -> WishOut:
    """Consent, no-disturb and refused ways as they stand today."""
    return _wishes(client_no, WishDesk(session, scope))


@router.post(
    "/clients/{client_no}/contact-wishes", status_code=201, operation_id="recordContactWishes",
    dependencies=[needs(Verb.WISH_EDIT)], responses=problem_responses(NoSuchClient),
)
def record_wishes(client_no: PathCode, body: WishIn, session: Database, scope: Reach, stamp: Stamped) -> WishOut:
    """Record what the client says; the history stays."""
    desk = WishDesk(session, scope)
    ways = None if body.refused_ways is None else tuple(body.refused_ways)
    desk.record(client_no, WishAsk(**body.model_dump(exclude={"refused_ways"}), refused_ways=ways), stamp)
    return _wishes(client_no, desk)


def _wishes(client_no: str, desk: WishDesk) -> WishOut:
    said = desk.on(client_no)
    return WishOut(
        client_no=client_no, consent_service=said.consent_service, consent_marketing=said.consent_marketing,
        do_not_disturb=said.do_not_disturb, deceased=said.deceased, refused_ways=sorted(said.refused_ways),
    )


def _facts(told: dict[str, str]) -> dict[str, Any]:
    """Facts as the texts take them: days and numbers from their text. Raises BadFact."""
    found: dict[str, Any] = {}
    for name, value in told.items():
        try:
            if name in _DAYS:
                found[name] = date.fromisoformat(value)
            elif name in _NUMBERS:
                found[name] = float(value)
            else:
                found[name] = value
        except ValueError as fault:
            expected = "日期（如 2026-01-31）" if name in _DAYS else "数"
            raise BadFact(f"要素 {name} 的值 {value!r} 不是{expected}") from fault
    return found


def _told(row: EventRow) -> dict[str, Any]:
    return {
        "event": row.digest, "client_no": row.client_no, "kind": row.kind, "family": row.family,
        "occurred_on": row.occurred_on, "ref": row.ref, "source": row.source, "confidence": row.confidence,
        "tentative": row.tentative, "expires_on": row.expires_on, "facts": dict(row.facts), "filed_at": row.filed_at,
    }  # fmt: skip


def number_of(cursor: str | None) -> int | None:
    """The id in a cursor; None for none, or for one that is not ours (the list begins anew)."""
    return int(cursor) if cursor and cursor.isascii() and cursor.isdigit() and len(cursor) <= 18 else None
