"""服务: what a client is promised and when it is due next, the log of contacts, the load of the book and its plan."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from api.access import needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Contacts, ServicePromises, StaffDesk, Stamped
from api.links import next_link
from api.routes.service_steps import AgreedOut, step_agreed_out
from api.routes.shapes import PRINTABLE, Ask, Code, Cursor, Limit, PathCode
from clients.contacts.problems import ContactKnown, ContactRefused
from clients.contacts.types import LONGEST_NOTE, Channel, ContactAsk, ContactSource, Purpose
from clients.repository import NoSuchClient
from clients.service.agreed import Agreed
from clients.service.plan import Measure, Step
from clients.service.service import ClientService, Load, PersonLoad
from clients.service.types import KINDS, LEVELS, PromiseKind, ServiceLevel
from clients.staff.problems import NoSuchBranch, NoSuchStaff
from kit.access import Verb
from reports.paging import read_number, write_cursor

router = APIRouter(tags=["服务"], route_class=Door)
OF_CLIENT = "/clients/{client_no}"


class GroundOut(BaseModel):
    """The class that earns the level; since: from when on."""

    scheme: str
    title: str
    grade: str
    label: str
    since: date | None


class PromiseAgreedOut(BaseModel):
    """What was agreed where the promise did not fit. to_on: first day of the week in which it is done instead."""

    measure: Measure
    to_on: date
    by_colleague: bool


class PromiseOut(BaseModel):
    """last_on: kept last, null where never. due_on: by when next, included. agreed: what the load made of it."""

    kind: PromiseKind
    label: str
    every_days: int
    last_on: date | None
    due_on: date
    overdue_days: int
    agreed: PromiseAgreedOut | None = None


class ClientServiceOut(BaseModel):
    """What the client's grades earn today. An empty `grounds` means 基础 for want of a higher class."""

    client_no: str
    day: date
    level: ServiceLevel
    level_label: str
    since: date | None
    grounds: list[GroundOut]
    dedicated: bool
    response_hours: int = Field(description="首次答复的营业小时")
    measures: list[str]
    promises: list[PromiseOut]
    staff_no: str | None = Field(description="主办")
    staff_name: str | None


class ContactIn(Ask):
    """One contact. reached: the client was really spoken with, or answered."""

    at: AwareDatetime
    channel: Channel
    purpose: Purpose
    staff_no: Code | None = None
    reached: bool = True
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    source_ref: Annotated[str, Field(max_length=64, pattern=PRINTABLE)] = ""


class ContactMade(BaseModel):
    id: int


class ContactOut(BaseModel):
    id: int
    client_no: str
    staff_no: str
    staff_name: str
    at: datetime
    day: date
    channel: Channel
    purpose: Purpose
    reached: bool
    note: str
    source: ContactSource
    source_ref: str
    recorded_by: str


class ContactPage(BaseModel):
    items: list[ContactOut]
    next: str | None


class PersonLoadOut(BaseModel):
    """Hours over the weeks looked at. steps: how many of the person's promises by measure."""

    staff_no: str
    name: str
    branch_no: str
    clients: int
    client_limit: int | None
    demand: float
    capacity: float
    load: float
    unplaced: float
    weeks_over: int
    steps: dict[str, int]


class StepOut(BaseModel):
    """One promise that is not kept as it stood. to_week: null for after the weeks looked at, or never.

    owed_on: the day of the promise itself. to_on: the first day of the week in which it is done instead; null for
    never.
    """

    client_no: str
    kind: PromiseKind
    level: ServiceLevel
    measure: Measure
    hours: float
    staff_no: str
    week: date
    to_staff_no: str | None
    to_week: date | None
    owed_on: date
    to_on: date | None
    reason: str


class LoadOut(BaseModel):
    """clients: by level. overdue: promises past their day. nobody_hours: owed to clients whom nobody serves.

    agreed: steps that were accepted before, of promises that fall due within the weeks; they are in the hours already.
    """

    day: date
    weeks: int
    clients: dict[str, int]
    demand: float
    capacity: float
    unplaced: float
    overdue: int
    nobody_hours: float
    nobody_promises: int
    people: list[PersonLoadOut]
    steps: list[StepOut]
    steps_total: int
    agreed: list[AgreedOut]


def _agreed_out(one: Agreed | None) -> PromiseAgreedOut | None:
    if one is None:
        return None
    return PromiseAgreedOut(measure=one.measure, to_on=one.to_on, by_colleague=bool(one.to_staff_no))


def client_service_out(one: ClientService) -> ClientServiceOut:
    return ClientServiceOut(
        client_no=one.client_no, day=one.day, level=one.earned.level, level_label=one.earned.level.label,
        since=one.earned.since, dedicated=one.rule.dedicated, response_hours=one.rule.response_hours,
        grounds=[GroundOut(scheme=g.scheme, title=g.title, grade=g.code, label=g.label, since=g.since)
                 for g in one.earned.grounds],
        measures=[*one.rule.measures, *one.earned.measures],
        promises=[
            PromiseOut(kind=p.kind, label=p.kind.label, every_days=p.rhythm.every_days, last_on=p.last_on,
                       due_on=p.due_on, overdue_days=p.overdue_days(one.day), agreed=_agreed_out(one.agreed_of(p)))
            for p in one.promises
        ],
        staff_no=one.main.staff_no if one.main else None, staff_name=one.main.staff_name if one.main else None,
    )  # fmt: skip


@router.get(
    OF_CLIENT + "/service", operation_id="getClientService", dependencies=[needs(Verb.SERVICE_READ)],
    responses=problem_responses(NoSuchClient),
)
def get_client_service(client_no: PathCode, desk: ServicePromises) -> ClientServiceOut:
    """What the client is promised, why, and when it is due next."""
    return client_service_out(desk.of_client(client_no))


@router.get(
    OF_CLIENT + "/contacts", operation_id="listClientContacts", dependencies=[needs(Verb.CONTACT_READ)],
    responses=problem_responses(NoSuchClient),
)
def list_contacts(
    client_no: PathCode, request: Request, response: Response, desk: Contacts, cursor: Cursor = None, limit: Limit = 50
) -> ContactPage:
    """A client's contacts, the newest first."""
    found = desk.of_client(client_no, before=read_number(cursor), limit=limit + 1)
    following = write_cursor(str(found[limit - 1].id)) if len(found) > limit else None
    next_link(request, response, following)
    items = [ContactOut(**{name: getattr(one, name) for name in ContactOut.model_fields}) for one in found[:limit]]
    return ContactPage(items=items, next=following)


@router.post(
    OF_CLIENT + "/contacts", status_code=201, operation_id="recordClientContact",
    dependencies=[needs(Verb.CONTACT_RECORD)],
    responses=problem_responses(NoSuchClient, NoSuchStaff, ContactKnown, ContactRefused),
)
def record_contact(client_no: PathCode, body: ContactIn, desk: Contacts, stamp: Stamped) -> ContactMade:
    """Append a contact; it is never changed."""
    told = body.model_dump(exclude={"staff_no"})
    return ContactMade(id=desk.record(ContactAsk(client_no=client_no, staff_no=body.staff_no or "", **told), stamp))


@router.get(
    "/service/load", operation_id="getServiceLoad", dependencies=[needs(Verb.LOAD_READ)],
    responses=problem_responses(NoSuchBranch),
)
def get_load(
    desk: ServicePromises,
    staff: StaffDesk,
    branch_no: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 100,
) -> LoadOut:
    """The hours that the promises take, whom it does not fit, and what is to be done; up to `limit` steps."""
    if branch_no is not None:
        staff.branch(branch_no)
    return load_out(desk.load(branch_no), limit)


def load_out(load: Load, limit: int) -> LoadOut:
    made = load.plan
    return LoadOut(
        day=load.book.day, weeks=made.weeks, clients=load.counts, demand=_hours(made.demand.sum()),
        capacity=_hours(made.capacity.sum()), unplaced=_hours(made.unplaced.sum()), overdue=load.overdue,
        nobody_hours=_hours(made.nobody), nobody_promises=made.nobody_items,
        people=[_person(one) for one in load.people], steps=[step_out(load, one) for one in made.steps[:limit]],
        steps_total=len(made.steps), agreed=[step_agreed_out(one) for one in load.agreed],
    )  # fmt: skip


def step_out(load: Load, step: Step) -> StepOut:
    items, people, plan, ask = load.items, load.book.people, load.plan, load.ask_of(step)
    return StepOut(
        client_no=load.book.client_no[int(items.client[step.item])], kind=KINDS[int(items.kind[step.item])],
        level=LEVELS[int(items.level[step.item])], measure=step.measure, hours=_hours(items.hours[step.item]),
        staff_no=people[step.staff].staff_no, week=plan.week_of(step.week),
        to_staff_no=None if step.to_staff is None else people[step.to_staff].staff_no,
        to_week=None if step.to_week is None else plan.week_of(step.to_week), owed_on=ask.owed_on,
        to_on=None if step.measure is Measure.UNPLACED else ask.to_on, reason=step.reason,
    )  # fmt: skip


def _person(one: PersonLoad) -> PersonLoadOut:
    return PersonLoadOut(
        staff_no=one.person.staff_no, name=one.person.name, branch_no=one.person.branch_no, clients=one.clients,
        client_limit=one.person.limit, demand=_hours(one.demand), capacity=_hours(one.capacity),
        load=_hours(one.load), unplaced=_hours(one.unplaced), weeks_over=one.weeks_over, steps=one.steps,
    )  # fmt: skip


def _hours(value: float) -> float:
    return round(float(value), 2)


