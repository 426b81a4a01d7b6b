"""投诉 as pages: the list, a new one, one with its forms; each step under the version that its reader saw."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field, ValidationError

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Complaints, Stamped
from api.pages.fields import Text
from api.pages.forms import DeskForm, FormCode, FormDay, Input, Versioned, needed, options
from api.pages.service_words import client_path, due_said, places
from api.rendering import render
from api.routes.complaints import ActIn, after_of, done
from api.routes.shapes import PathCode
from clients.complaints.problems import ComplaintRefused
from clients.complaints.repository import ComplaintFilter
from clients.complaints.service import LONGEST_CONTENT, LONGEST_NOTE, ComplaintDetail, ComplaintService
from clients.complaints.types import (
    Complainant,
    Complaint,
    ComplaintAct,
    ComplaintAsk,
    ComplaintEvent,
    ComplaintStatus,
    Conclusion,
    Severity,
    Topic,
    Way,
)
from kit.access import Actor, Role, Scope, Verb
from kit.clock import SHANGHAI
from kit.problems import Problem
from reports.masking import mask_name
from reports.paging import write_cursor

LIST: Final = "/complaints"
router = APIRouter(prefix=LIST, route_class=Door)
READ: Final = [needs(Verb.COMPLAINT_READ)]
WORK: Final = [needs(Verb.COMPLAINT_WORK)]
PAGE: Final = 50
NOTES: Final = {
    "new": "投诉已登记；办结前不向这位客户营销。", "ASSIGN": "已分派。", "NOTE": "进展已记录。",
    "REGRADE": "轻重已改定，期限重新计算。", "EXTEND": "期限已延长。", "CONCLUDE": "结论已登记。",
    "REOPEN": "已重开，期限从今天另起。", "review": "复核已登记。",
}  # fmt: skip
_HEADS: Final = (Role.SUPERVISOR, Role.COMPLIANCE)
_OF_HEADS: Final = frozenset({ComplaintAct.ASSIGN, ComplaintAct.REGRADE, ComplaintAct.EXTEND, ComplaintAct.REOPEN})
_REVIEW: Final = frozenset({ComplaintAct.APPROVE, ComplaintAct.REJECT})


@router.get("", response_class=HTMLResponse, dependencies=READ)
def complaints_page(
    desk: Complaints, scope: Reach, who: Who, show: Text = None, severity: Text = None, q: Text = None,
    cursor: Text = None,
) -> str:  # fmt: skip
    """The list, the nearest deadline first; open ones unless asked for otherwise."""
    grave = next((one for one in Severity if one.value == severity), None)
    wanted = ComplaintFilter(
        unsettled=show not in ("all", "closed"), status=ComplaintStatus.CLOSED if show == "closed" else None,
        overdue=show == "overdue", severity=grave, text=(q or "")[:64],
    )
    found, after = desk.page(wanted, after=after_of(cursor), limit=PAGE)
    following = None
    if after is not None:
        following = _href(show=show, severity=severity, q=q, cursor=write_cursor(after[0].isoformat(), str(after[1])))
    counts = desk.counts()
    waiting = sum(counts[one.value] for one in ComplaintStatus if one is not ComplaintStatus.CLOSED)
    shows = [("", "未办结", waiting), ("overdue", "逾期", counts["overdue"]), ("closed", "已办结", counts["CLOSED"]),
             ("all", "全部", None)]  # fmt: skip
    return render(
        "pages/complaints.html", "service", places=places(who, "complaints"), waiting=waiting, counts=counts,
        lines=[line_of(one, scope.day) for one in found], any=bool(waiting + counts["CLOSED"]),
        shows=[{"label": label, "href": _href(show=name, severity=severity, q=q), "active": (show or "") == name,
                "count": n} for name, label, n in shows],
        severities=[{"label": one.label, "active": one is grave, "count": None,
                     "href": _href(show=show, severity=None if one is grave else one.value, q=q)} for one in Severity],
        kept={name: value for name, value in (("show", show), ("severity", severity)) if value}, q=q or "",
        works=who.may(Verb.COMPLAINT_WORK), first=_href(show=show, severity=severity, q=q) if cursor else None,
        following=following,
    )  # fmt: skip


@router.get("/new", response_class=HTMLResponse, dependencies=WORK)
def new_complaint_page(scope: Reach, client: Text = None) -> str:
    """The form of a new complaint."""
    return complaint_form(scope, (client or "")[:64]).html()


class ComplaintFields(Versioned):
    """What the browser sends."""

    client_no: FormCode = ""
    received_on: FormDay = None
    way: FormCode = ""
    complainant: FormCode = ""
    topic: FormCode = ""
    severity: FormCode = ""
    about_staff_no: FormCode = ""
    content: Annotated[str, Field(max_length=2 * LONGEST_CONTENT)] = ""

    def ask(self) -> ComplaintAsk:
        """Raises ComplaintRefused, StaffRefused for what was left open."""
        return ComplaintAsk(
            client_no=needed(self.client_no, "客户号"), received_on=needed(self.received_on, "受理日期"),
            way=_code(Way, self.way, "受理渠道"), complainant=_code(Complainant, self.complainant, "投诉人"),
            topic=_code(Topic, self.topic, "投诉事项"), severity=_code(Severity, self.severity, "轻重"),
            content=self.content.replace("\r\n", "\n"), about_staff_no=self.about_staff_no,
        )


@router.post("", dependencies=WORK)
def new_complaint(
    fields: Annotated[ComplaintFields, Form()], desk: Complaints, session: Database, stamp: Stamped, scope: Reach
) -> Response:
    """Register a complaint."""
    try:
        made = desk.receive(fields.ask(), stamp)
    except Problem as refused:
        session.rollback()
        form = complaint_form(scope, "").filled(fields.model_dump(mode="json", exclude={"version"}))
        return HTMLResponse(form.html(refused.detail), status_code=refused.status)
    return RedirectResponse(f"{LIST}/{made.number}?note=new", status_code=303)


@router.get("/{number}", response_class=HTMLResponse, dependencies=READ)
def complaint_page(number: PathCode, desk: Complaints, scope: Reach, who: Who, note: Text = None) -> str:
    """One complaint: what it is about, what may be done, what has been done."""
    return _page(desk, number, scope.day, who, note=NOTES.get(note or ""))


class ActFields(Versioned):
    """Any step of the work, as typed."""

    act: FormCode = ""
    note: Annotated[str, Field(max_length=2 * LONGEST_NOTE)] = ""
    lesson: Annotated[str, Field(max_length=2 * LONGEST_NOTE)] = ""
    staff_no: FormCode = ""
    severity: FormCode = ""
    conclusion: FormCode = ""
    days: FormCode = ""


@router.post("/{number}/acts", dependencies=WORK)
def work_complaint_page(
    number: PathCode, fields: Annotated[ActFields, Form()], desk: Complaints, session: Database, stamp: Stamped,
    scope: Reach,
) -> Response:  # fmt: skip
    """One step of the work."""

    def deed() -> Complaint:
        return done(desk, number, body_of(fields), fields.version, stamp)

    return _attempt(desk, session, number, fields, deed, scope.day, stamp.actor, fields.act)


@router.post("/{number}/review", dependencies=[needs(Verb.COMPLAINT_APPROVE)])
def review_complaint_page(
    number: PathCode, fields: Annotated[ActFields, Form()], desk: Complaints, session: Database, stamp: Stamped,
    scope: Reach,
) -> Response:  # fmt: skip
    """Another person's word on a conclusion."""

    def deed() -> Complaint:
        act = desk.approve if fields.act == ComplaintAct.APPROVE else desk.reject
        return act(number, fields.note, expected_version=fields.version, stamp=stamp)

    return _attempt(desk, session, number, fields, deed, scope.day, stamp.actor, "review")


def body_of(fields: ActFields) -> ActIn:
    """The step as the API takes it. Raises ComplaintRefused for what is no step."""
    told: dict[str, Any] = {name: value for name, value in fields.model_dump(exclude={"version"}).items() if value}
    told |= {name: told[name].replace("\r\n", "\n") for name in ("note", "lesson") if name in told}
    try:
        return ActIn(**told)
    except ValidationError as fault:
        names = {"act": "办理方式", "days": "延期的营业日数（1 至 60）", "severity": "轻重", "conclusion": "结论",
                 "note": "说明（最多 1000 字）", "lesson": "教训（最多 1000 字）"}  # fmt: skip
        wrong = "、".join(names.get(str(one["loc"][0]), str(one["loc"][0])) for one in fault.errors())
        raise ComplaintRefused(f"请检查{wrong}") from fault


def _attempt(
    desk: ComplaintService, session: Database, number: str, fields: ActFields, deed: Callable[[], Complaint],
    day: date, who: Actor, noted: str,
) -> Response:  # fmt: skip
    """Do it and come back. A refusal writes nothing; what was typed stays, under the version of now."""
    desk.get(number)
    try:
        deed()
    except Problem as refused:
        session.rollback()
        shown = _page(desk, number, day, who, fields=fields, fault=refused.detail)
        return HTMLResponse(shown, status_code=refused.status)
    return RedirectResponse(f"{LIST}/{number}?note={noted}", status_code=303)


def _page(
    desk: ComplaintService, number: str, day: date, who: Actor, *, note: str | None = None,
    fields: ActFields | None = None, fault: str = "",
) -> str:  # fmt: skip
    detail = desk.detail(number)
    one = detail.complaint
    said, late = due_said(one.due_on, day)
    closed = one.status is ComplaintStatus.CLOSED
    return render(
        "pages/complaint.html", "service", *([note] if note else []), places=places(who, "complaints"), one=one,
        name=mask_name(one.client_name), client=client_path(one.client_no), due=said, late=late and not closed,
        closed=closed, grave=one.severity is Severity.MAJOR, acts={act.value for act in may_do(detail, who)},
        second=detail.second_needed, action=f"{LIST}/{number}", fields=fields or ActFields(), fault=fault,
        events=[event_line(event) for event in reversed(detail.events)],
        severities=options(Severity), conclusions=options(Conclusion), own=_own(who, one),
    )  # fmt: skip


def may_do(detail: ComplaintDetail, who: Actor) -> list[ComplaintAct]:
    """What this reader may do next: what is open, the verb and the person allow."""
    one, found = detail.complaint, []
    for act in detail.acts:
        if act in _REVIEW:
            if who.may(Verb.COMPLAINT_APPROVE) and one.proposed_by_id != who.user_id and not _own(who, one):
                found.append(act)
        elif who.may(Verb.COMPLAINT_WORK) and (act not in _OF_HEADS or who.role in _HEADS):
            found += [act] if act is ComplaintAct.NOTE or not _own(who, one) else []
    return found


def _own(who: Actor, one: Complaint) -> bool:
    """Whether it is about the reader."""
    return bool(one.about_staff_no) and who.subject == f"staff:{one.about_staff_no}"


def line_of(one: Complaint, day: date) -> dict[str, Any]:
    """A complaint as a line of the list."""
    said, late = due_said(one.due_on, day)
    closed = one.status is ComplaintStatus.CLOSED
    told = f"{one.closed_on} 办结" if closed else f"{one.due_on}"
    return {
        "number": one.number, "href": f"{LIST}/{one.number}", "client_no": one.client_no,
        "name": mask_name(one.client_name), "topic": one.topic.label, "severity": one.severity.label,
        "grave": one.severity is Severity.MAJOR, "status": one.status.label, "received": one.received_on,
        "due": told, "said": "" if closed else said, "late": late and not closed, "owner": one.owner_name or "未分派",
        "content": one.content if len(one.content) <= 60 else one.content[:60] + "…",
        "step": {"RECEIVED": "分派", "WORKING": "办理", "CLOSING": "复核"}.get(one.status.value, "查看"),
        "muted": closed,
    }  # fmt: skip


def event_line(one: ComplaintEvent) -> dict[str, Any]:
    return {
        "title": one.act.label, "by": one.by_name, "when": f"{one.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        "note": one.note, "status": one.status.label, "loud": one.act is not ComplaintAct.NOTE,
        "digest": one.digest,
    }  # fmt: skip


def complaint_form(scope: Scope, client_no: str) -> DeskForm:
    return DeskForm(
        title="登记投诉", lead="登记后按轻重计算期限；办结前不向这位客户营销。", here="service", action=LIST,
        submit="登记", back=LIST,
        inputs=(
            Input(name="client_no", label="客户号", value=client_no, required=True),
            Input(name="received_on", label="受理日期", kind="date", value=scope.day.isoformat(), required=True,
                  paired=True),
            Input(name="way", label="受理渠道", kind="choices", options=options(Way), required=True),
            Input(name="complainant", label="投诉人", kind="choices", options=options(Complainant), required=True,
                  value=Complainant.CLIENT.value),
            Input(name="topic", label="事项", kind="choices", options=options(Topic), required=True),
            Input(name="severity", label="轻重", kind="choices", options=options(Severity), required=True,
                  hint="重大投诉的结论须另一人复核"),
            Input(name="about_staff_no", label="涉及的人员（工号）", hint="没有具体人员时空着；涉及的人不能办理或复核"),
            Input(name="content", label="内容", kind="lines", required=True, longest=LONGEST_CONTENT,
                  hint="客户说了什么、要求什么；不写证件号与电话"),
        ),
    )  # fmt: skip


def _href(**parts: str | None) -> str:
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"{LIST}?{query}" if query else LIST


def _code(codes: Any, said: str, label: str) -> Any:
    """Raises ComplaintRefused."""
    if said not in set(codes):
        raise ComplaintRefused(f"请选择{label}")
    return codes(said)


