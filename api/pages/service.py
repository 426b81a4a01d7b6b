"""服务 as pages: what is due next, one client's promises with the log of contacts, the load and its plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from api.access import Now, Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Contacts, ServicePromises, StaffDesk, Stamped
from api.pages.fields import Blank, Text
from api.pages.forms import DeskForm, FormCode, FormDay, Input, attempt, needed, options
from api.pages.service_words import client_path, due_said, hours, page_of, places, turned
from api.rendering import render
from api.routes.service import step_out
from api.routes.shapes import PathCode
from clients.complaints.mute import muted_by_complaint
from clients.contacts.problems import ContactRefused
from clients.contacts.service import ContactService
from clients.contacts.types import LONGEST_NOTE, Channel, Contact, ContactAsk, Purpose
from clients.repository import ClientRepository
from clients.service.agreed import LONGEST_REASON, Agreed, AgreedStep
from clients.service.plan import Measure, Step
from clients.service.service import ClientService, Load, ServiceDesk
from clients.service.types import PromiseKind
from clients.staff.service import StaffService
from diagnosis.wording import DASH
from kit.access import Actor, Scope, Verb, everything
from kit.clock import SHANGHAI
from reports.masking import mask_name

router = APIRouter(route_class=Door)
AHEAD: Final = {"7": 7, "30": 30, "": 30, "0": 0}
SHOWN: Final = 40
"""Promises on a page."""
STEPS: Final = 30
"""Steps of a plan on a page."""
LOAD: Final = "/service/load"
CONTACTS: Final = 50
NOTES: Final = {
    "recorded": "接触已登记。", "accepted": "已接受，下面的工时已按约定计算。",
    "undone": "已撤回，这一项重新排入方案。",
}  # fmt: skip


@router.get("/service", response_class=HTMLResponse, dependencies=[needs(Verb.CONTACT_READ)])
def due_page(
    desk: ServicePromises, scope: Reach, who: Who, within: Text = None, page: Text = None
) -> str:
    """What is due: the most overdue first; how far ahead and which page stand in the address bar."""
    ahead = AHEAD.get(within or "", 30)
    until, start = scope.day + timedelta(days=ahead), (page_of(page) - 1) * SHOWN
    lines, total, late = desk.due(until, limit=SHOWN, start=start)
    if start and not lines:  # beyond the last page
        start = (total - 1) // SHOWN * SHOWN if total else 0
        lines, _, _ = desk.due(until, limit=SHOWN, start=start)
    kept = {} if ahead == 30 else {"within": str(ahead)}
    chips = [
        {"label": label, "href": f"/service?within={days}" if days != "30" else "/service",
         "active": ahead == int(days), "count": None}
        for label, days in (("已逾期与今天", "0"), ("7 天内", "7"), ("30 天内", "30"))
    ]  # fmt: skip
    told = []
    for one in lines:
        said, passed = due_said(one.due_on, scope.day)
        told.append({
            "client_no": one.client_no, "name": mask_name(one.client_name), "href": client_path(one.client_no),
            "level": one.level.label, "high": one.level.value == "HIGH", "kind": one.kind.label,
            "last": one.last_on or "从未", "due": one.due_on, "said": said, "late": passed,
            "owner": one.staff_name or "无主办",
            "step_href": client_path(one.client_no, f"/contacts/new?purpose={_purpose(one.kind)}"),
        })  # fmt: skip
    return render(
        "pages/service_due.html", "service", places=places(who, "due"), lines=told, total=total, late=late,
        chips=chips, records=who.may(Verb.CONTACT_RECORD),
        **turned(total, start // SHOWN + 1, SHOWN, lambda n: f"/service?{urlencode({**kept, 'page': n})}"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """Which part of the load is looked at: people of a branch; steps of a measure, of a person; the page of them."""

    branch: str = ""
    measure: str = ""
    staff: str = ""
    page: int = 1

    def href(self, **changes: Any) -> str:
        """Another look at it; the first page of the steps unless told otherwise."""
        told = replace(self, **{"page": 1, **changes})
        query = urlencode([(name, value) for name, value in told.fields() if value])
        return f"{LOAD}?{query}" if query else LOAD

    def fields(self) -> tuple[tuple[str, str], ...]:
        """What a form brings back, and an address."""
        return ("branch", self.branch), ("measure", self.measure), ("staff", self.staff), (
            "page", str(self.page) if self.page > 1 else "",
        )  # fmt: skip

    def holds(self, load: Load, step: Step) -> bool:
        person = load.book.people[step.staff].staff_no
        return self.measure in ("", step.measure.value) and self.staff in ("", person)


def seen_of(branch: str | None, measure: str | None, staff: str | None, page: str | None) -> Seen:
    """A look as an address or a form says it; a page that is no number is the first."""
    return Seen(branch or "", measure if measure in set(Measure) else "", staff or "", page_of(page))


@router.get(LOAD, response_class=HTMLResponse, dependencies=[needs(Verb.LOAD_READ)])
def load_page(
    desk: ServicePromises, staff: StaffDesk, who: Who, branch: Text = None, measure: Text = None,
    person: Annotated[str | None, Blank, Query(alias="staff")] = None, page: Text = None, note: Text = None,
) -> str:  # fmt: skip
    """The hours that promises take week by week, and what is to be done where they do not fit."""
    return load_html(desk, staff, who, seen_of(branch, measure, person, page), note=NOTES.get(note or "", ""))


def load_html(
    desk: ServiceDesk, staff: StaffService, who: Actor, seen: Seen, *, note: str = "", fault: str = "",
    reason: str = "", picked: Set[str] = frozenset(),
) -> str:  # fmt: skip
    """The page of the load. fault, reason, picked: a refusal with what was typed and ticked."""
    branches = staff.branches()
    if seen.branch:
        staff.branch(seen.branch)
    load = desk.load(seen.branch or None)
    chips = [{"label": "全部", "href": LOAD, "active": not seen.branch, "count": None}] + [
        {"label": one.name, "href": Seen(one.branch_no).href(), "active": one.branch_no == seen.branch, "count": None}
        for one in branches
    ]  # fmt: skip
    return render(
        "pages/service_load.html", "service", *([note] if note else []), places=places(who, "load"),
        chips=chips if len(branches) > 1 else [], decides=who.may(Verb.LOAD_DECIDE), fault=fault, reason=reason,
        picked=picked, longest=LONGEST_REASON, seen=seen, **load_view(load, seen),
    )


@router.get("/clients/{client_no}/service", response_class=HTMLResponse, dependencies=[needs(Verb.SERVICE_READ)])
def client_service_page(
    client_no: PathCode, desk: ServicePromises, session: Database, scope: Reach, who: Who, note: Text = None
) -> str:
    """What one client is promised, why, when next; with the log of contacts for whoever may see it."""
    told = desk.of_client(client_no)
    contacts = contacts_of(session, scope, who, client_no)
    shown = NOTES.get(note or "")
    return render(
        "pages/service_client.html", "service", *([shown] if shown else []), places=places(who, "due"),
        path=client_path(client_no), staff=who.may(Verb.CONTACT_READ), records=who.may(Verb.CONTACT_RECORD),
        complains=who.may(Verb.COMPLAINT_WORK), muted=_muted(session, who, told), contacts=contacts,
        **client_view(told, scope),
    )  # fmt: skip


@router.get(
    "/clients/{client_no}/service/contacts/new", response_class=HTMLResponse,
    dependencies=[needs(Verb.CONTACT_RECORD)],
)  # fmt: skip
def new_contact_page(
    client_no: PathCode, session: Database, scope: Reach, who: Who, purpose: Text = None
) -> str:
    """The form of a contact."""
    ClientRepository(session, scope).client(client_no)
    return contact_form(client_no, scope, who, purpose or "").html()


class ContactFields(BaseModel):
    """What the browser sends. clock: HH:MM, empty for now or, of an earlier day, noon."""

    day: FormDay = None
    clock: Annotated[str, Field(max_length=5, pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^$")] = ""
    channel: FormCode = ""
    purpose: FormCode = ""
    staff_no: FormCode = ""
    reached: FormCode = ""
    note: Annotated[str, Field(max_length=4 * LONGEST_NOTE)] = ""

    def ask(self, client_no: str, now: datetime) -> ContactAsk:
        """Raises ContactRefused."""
        return ContactAsk(
            client_no=client_no, at=self._at(now), channel=_code(Channel, self.channel, "联系方式"),
            purpose=_code(Purpose, self.purpose, "目的"), staff_no=self.staff_no, reached=self.reached != "N",
            note=self.note.replace("\r\n", "\n").strip(),
        )  # fmt: skip

    def _at(self, now: datetime) -> datetime:
        day = needed(self.day, "接触日期")
        if not self.clock:
            return now if day == now.astimezone(SHANGHAI).date() else datetime.combine(day, time(12), SHANGHAI)
        return datetime.combine(day, time.fromisoformat(self.clock), SHANGHAI)


@router.post("/clients/{client_no}/service/contacts", dependencies=[needs(Verb.CONTACT_RECORD)])
def new_contact(
    client_no: PathCode, fields: Annotated[ContactFields, Form()], desk: Contacts, session: Database, scope: Reach,
    stamp: Stamped, at: Now,
) -> Response:  # fmt: skip
    """Append a contact."""
    ClientRepository(session, scope).client(client_no)
    return attempt(
        session, lambda: desk.record(fields.ask(client_no, at), stamp),
        lambda: contact_form(client_no, scope, stamp.actor, ""), fields, client_path(client_no, "?note=recorded"),
    )  # fmt: skip


def contact_form(client_no: str, scope: Scope, who: Actor, purpose: str) -> DeskForm:
    own = who.subject.removeprefix("staff:") if who.subject.startswith("staff:") else ""
    return DeskForm(
        title="登记接触", lead=f"客户 {client_no}。登记后不能改写；写错了再登记一条说明。", here="service",
        action=client_path(client_no, "/contacts"), submit="登记", back=client_path(client_no),
        inputs=(
            Input(name="day", label="日期", kind="date", value=scope.day.isoformat(), required=True),
            Input(name="clock", label="时间", kind="time", paired=True, hint="空着：今天为此刻，过去为中午"),
            Input(name="channel", label="方式", kind="choices", options=options(Channel), required=True),
            Input(name="purpose", label="目的", kind="choices", options=options(Purpose), required=True, value=purpose),
            Input(name="reached", label="结果", kind="choices", options=(("Y", "联系上了"), ("N", "没有联系上")),
                  value="Y", required=True, hint="没有联系上的不算兑现承诺"),
            Input(name="staff_no", label="谁联系的（工号）", value=own),
            Input(name="note", label="内容", kind="lines", longest=LONGEST_NOTE, hint="说了什么，约定了什么"),
        ),
    )  # fmt: skip


def client_view(told: ClientService, scope: Scope) -> dict[str, Any]:
    """One client's service in words."""
    promises = []
    for one in told.promises:
        said, passed = due_said(one.due_on, scope.day)
        agreed = told.agreed_of(one)
        promises.append({
            "label": one.kind.label, "every": f"每 {one.rhythm.every_days} 天一次", "last": one.last_on or "从未",
            "due": one.due_on, "said": said, "late": passed and agreed is None,
            "agreed": agreed_words(agreed, scope.day) if agreed else "",
        })  # fmt: skip
    grounds = [
        f"{one.title}：{one.label}" + (f"（{one.since} 起）" if one.since else "") for one in told.earned.grounds
    ]
    return {
        "client_no": told.client_no, "name": mask_name(told.client_name), "level": told.earned.level.label,
        "since": told.earned.since, "grounds": grounds, "promises": promises,
        "response": f"{told.rule.response_hours} 个营业小时内", "dedicated": told.rule.dedicated,
        "measures": [*told.rule.measures, *told.earned.measures],
        "main": f"{told.main.staff_name}（{told.main.staff_no}）" if told.main else "",
        "agreed": [agreed_line(AgreedStep(one)) | {"words": agreed_words(one, scope.day)} for one in told.agreed],
    }  # fmt: skip


def agreed_words(one: Agreed, day: date) -> str:
    """What was agreed of a promise, as its client may read it too: when it is done, and whether others do it."""
    done = "由同事办理，" if one.to_staff_no else ""
    if one.until < day:
        return f"{done}约定 {one.to_on} 一周，已过未兑现"
    return f"{done}约定 {one.to_on} 一周"


def load_view(load: Load, seen: Seen) -> dict[str, Any]:
    """The load in words: figures, people with their weeks, branches, the page of the steps."""
    plan = load.plan
    place = {one.staff_no: at for at, one in enumerate(load.book.people)}
    people = []
    for one in load.people:
        at = place[one.person.staff_no]
        weeks = [
            {"demand": hours(plan.demand[at, week]), "room": hours(plan.capacity[at, week]),
             "over": bool(plan.demand[at, week] > plan.capacity[at, week] + 1e-9)}
            for week in range(plan.weeks)
        ]
        limit = f" / {one.person.limit}" if one.person.limit is not None else ""
        people.append({
            "staff_no": one.person.staff_no, "name": one.person.name, "branch": one.person.branch_name or "总部",
            "clients": f"{one.clients}{limit}", "over_limit": one.over_limit, "demand": hours(one.demand),
            "capacity": hours(one.capacity), "unplaced": hours(one.unplaced) if one.unplaced else DASH,
            "weeks": weeks, "weeks_over": one.weeks_over,
            "steps": "、".join(f"{m.label} {one.steps[m.value]}" for m in Measure if one.steps.get(m.value)) or DASH,
            "href": f"/staff/{one.person.staff_no}",
            "steps_href": seen.href(staff=one.person.staff_no, measure="") + "#plan" if one.steps else "",
        })  # fmt: skip
    wanted = [one for one in plan.steps if seen.holds(load, one)]
    paged = turned(len(wanted), seen.page, STEPS, lambda n: seen.href(page=n) + "#plan")
    start, steps = paged["start"], []
    for raw in wanted[start : start + STEPS]:
        step = step_out(load, raw)
        later = "之后" if step.measure is Measure.DOWNGRADE else DASH
        to = f"{step.to_week:%m-%d} 一周" if step.to_week else later
        steps.append({
            "client_no": step.client_no, "href": client_path(step.client_no), "kind": step.kind.label,
            "level": step.level.label, "measure": step.measure.label, "bad": step.measure is Measure.UNPLACED,
            "staff": step.staff_no, "week": f"{step.week:%m-%d} 一周", "to": to, "to_staff": step.to_staff_no or "",
            "hours": hours(step.hours), "reason": step.reason, "pick": step_value(load, raw),
        })  # fmt: skip
    demand, capacity = float(plan.demand.sum()), float(plan.capacity.sum())
    return {
        "weeks": [plan.week_of(one) for one in range(plan.weeks)], "people": people, "steps": steps,
        "demand": hours(demand), "capacity": hours(capacity), "unplaced": float(plan.unplaced.sum()),
        "unplaced_text": hours(float(plan.unplaced.sum())), "overdue": load.overdue,
        "steps_total": len(plan.steps), "found": len(wanted), **paged,
        "sieves": _step_sieves(load, seen), "can_accept": sum(bool(one["pick"]) for one in steps),
        "nobody": plan.nobody_items, "nobody_hours": hours(plan.nobody), "day": load.book.day,
        "agreed": [agreed_line(one) for one in load.agreed],
        "any": bool(len(load.book)), "full_weeks": sum(one.weeks_over for one in load.people),
    }  # fmt: skip


def _step_sieves(load: Load, seen: Seen) -> list[tuple[str, list[dict[str, Any]]]]:
    """Chips of the steps: how they are done, and of whom; the counts of each are those within the other."""
    people = load.book.people

    def chips(name: str, options: list[tuple[str, str]], own: list[str]) -> list[dict[str, Any]]:
        counted = Counter(own)
        every = {"label": "全部", "href": seen.href(**{name: ""}) + "#plan", "active": not getattr(seen, name),
                 "count": f"{len(own):,}"}  # fmt: skip
        return [every] + [
            {"label": label, "href": seen.href(**{name: code}) + "#plan", "active": getattr(seen, name) == code,
             "count": f"{counted[code]:,}"}
            for code, label in options if counted[code] or getattr(seen, name) == code
        ]  # fmt: skip

    of_staff = [one for one in load.plan.steps if replace(seen, measure="").holds(load, one)]
    of_measure = [one for one in load.plan.steps if replace(seen, staff="").holds(load, one)]
    with_steps = {one.staff for one in load.plan.steps}
    names = [(one.staff_no, f"{one.staff_no} {one.name}") for at, one in enumerate(people) if at in with_steps]
    measures = [(one.value, one.label) for one in Measure]
    return [
        ("调整", chips("measure", measures, [one.measure.value for one in of_staff])),
        ("人员", chips("staff", names, [people[one.staff].staff_no for one in of_measure])),
    ]  # fmt: skip


def step_value(load: Load, step: Step) -> str:
    """What a ticked step sends; empty for what nobody can do."""
    ask = load.ask_of(step)
    if ask.measure is Measure.UNPLACED:
        return ""
    said = (ask.client_no, ask.kind.value, ask.owed_on, ask.measure.value, ask.to_staff_no, ask.to_on)
    return "|".join(map(str, said))


def agreed_line(one: AgreedStep) -> dict[str, Any]:
    told = one.agreed
    return {
        "number": told.number, "client_no": told.client_no, "href": client_path(told.client_no),
        "kind": told.kind.label, "owed": told.owed_on, "measure": told.measure.label, "staff": told.staff_no,
        "to_staff": told.to_staff_no, "to": told.to_on, "reason": told.reason, "by": told.accepted_by,
        "at": told.accepted_at.astimezone(SHANGHAI).date(), "fault": one.fault,
        "undo": f"/service/load/steps/{told.number}/undo",
    }  # fmt: skip


def _purpose(kind: PromiseKind) -> str:
    return {PromiseKind.CONTACT: Purpose.CARE, PromiseKind.REPORT: Purpose.REPORT}.get(kind, Purpose.SURVEY).value


def contacts_of(session: Session, scope: Scope, who: Actor, client_no: str) -> list[dict[str, Any]]:
    """The newest contacts, for whoever may see them: what staff noted down is not for the client."""
    if not who.may(Verb.CONTACT_READ):
        return []
    found = ContactService(session, who.scope(Verb.CONTACT_READ, scope.day)).of_client(client_no, limit=CONTACTS)
    return [contact_line(one) for one in found]


def _muted(session: Session, who: Actor, told: ClientService) -> str:
    """The complaint for which nothing is marketed to the client; only for those who may see complaints."""
    if not who.may(Verb.COMPLAINT_READ):
        return ""
    client = ClientRepository(session, everything(told.day)).client(told.client_no)
    return muted_by_complaint(session, [client.id], told.day).get(client.id, "")


def _code(codes: Any, said: str, label: str) -> Any:
    """Raises ContactRefused."""
    if said not in set(codes):
        raise ContactRefused(f"请选择{label}")
    return codes(said)


def contact_line(one: Contact) -> dict[str, Any]:
    return {
        "day": one.day, "when": f"{one.at.astimezone(SHANGHAI):%H:%M}", "channel": one.channel.label,
        "purpose": one.purpose.label, "reached": one.reached, "note": one.note,
        "staff": one.staff_name or one.recorded_by, "source": one.source.label,
    }  # fmt: skip
