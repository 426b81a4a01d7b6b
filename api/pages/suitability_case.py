"""The page of one mismatch case and its forms: each is a deed under the version that its reader saw."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import MismatchCases, StaffDesk, Stamped
from api.pages.fields import Text
from api.pages.forms import FormDay, FormLine, Versioned
from api.pages.suitability_case_view import (
    broken,
    client_level,
    facts_of,
    may_do,
    meanwhile,
    product_level,
    timeline,
    ways_out,
    why_not,
)
from api.pages.suitability_list import LIST, case_path, code, due_words, pair_of
from api.rendering import render
from api.routes.shapes import PathCode
from clients.staff.problems import ChangedMeanwhile
from clients.staff.service import StaffService
from diagnosis.wording import DASH, yuan
from kit.access import Actor, Verb
from kit.problems import Problem
from reports.masking import mask_name
from suitability.cases.problems import ReasonMissing
from suitability.cases.service import LONGEST_NOTE, CaseService
from suitability.cases.types import Case, CaseAction, CaseStatus, ContactChannel, Resolution, Severity

router = APIRouter(prefix=f"{LIST}/{{number}}", route_class=Door)
WORK: Final = [needs(Verb.CASE_WORK)]
SECOND: Final = [needs(Verb.CASE_APPROVE)]
COLLEAGUES: Final = 200
NOTES: Final = {
    "assign": "已分派。", "escalate": "已上报合规。", "contact": "联系已记录。", "note": "说明已记录。",
    "resolve": "案件已了结。", "propose": "了结已提议，等另一人复核。", "approve": "已同意，案件了结。",
    "reject": "已退回，案件继续处理。", "reopen": "案件已重开，期限从今天另起。",
}  # fmt: skip


class CaseFields(Versioned):
    """Every form of a case: what was typed. evidence: the digest of a recording or a signed text."""

    note: Annotated[str, Field(max_length=4 * LONGEST_NOTE)] = ""
    evidence: Annotated[str, Field(max_length=128)] = ""
    name: FormLine = ""
    staff_no: FormLine = ""
    channel: FormLine = ""
    resolution: FormLine = ""
    happened_on: FormDay = None

    @property
    def digest(self) -> str:
        """The evidence as it is kept. Raises ReasonMissing for what is no digest."""
        told = self.evidence.strip().lower().removeprefix("sha256:")
        if told and (len(told) != 64 or set(told) - set("0123456789abcdef")):
            raise ReasonMissing("证据摘要须为文件的 SHA-256（64 位十六进制）；选择文件即可自动计算")
        return f"sha256:{told}" if told else ""


Fields = Annotated[CaseFields, Form()]


@router.get("", response_class=HTMLResponse, dependencies=[needs(Verb.CASE_READ)])
def case_page(
    number: PathCode, desk: MismatchCases, staff: StaffDesk, scope: Reach, who: Who, note: Text = None
) -> str:
    """One case: what does not fit, what may be done, what has happened."""
    return _page(desk, staff, number, scope.day, who, note=NOTES.get(note or ""))


@router.post("/assign", dependencies=WORK)
def assign_case(
    number: PathCode, fields: Fields, desk: MismatchCases, staff: StaffDesk, scope: Reach, stamp: Stamped,
    session: Database,
) -> Response:  # fmt: skip
    """Give the case to a person in post."""

    def deed() -> Case:
        if not fields.staff_no:
            raise ReasonMissing("请填写办理人的工号")
        return desk.assign(
            number, fields.staff_no, expected_version=fields.version, stamp=stamp, note=fields.note.strip()
        )

    return _attempt(desk, staff, session, number, "assign", deed, fields, scope.day, stamp.actor)


@router.post("/escalate", dependencies=WORK)
def escalate_case(
    number: PathCode, fields: Fields, desk: MismatchCases, staff: StaffDesk, scope: Reach, stamp: Stamped,
    session: Database,
) -> Response:  # fmt: skip
    """Report the case to compliance."""

    def deed() -> Case:
        return desk.escalate(number, note=fields.note, expected_version=fields.version, stamp=stamp)

    return _attempt(desk, staff, session, number, "escalate", deed, fields, scope.day, stamp.actor)


@router.post("/contact", dependencies=WORK)
def contact_client(
    number: PathCode, fields: Fields, desk: MismatchCases, staff: StaffDesk, scope: Reach, stamp: Stamped,
    session: Database,
) -> Response:  # fmt: skip
    """What was said to the client, how and when."""

    def deed() -> Case:
        channel = code(ContactChannel, fields.channel)
        if channel is None:
            raise ReasonMissing("请选择联系方式")
        return desk.contact(
            number, channel, fields.note, expected_version=fields.version, stamp=stamp, evidence=fields.digest,
            happened_on=fields.happened_on,
        )  # fmt: skip

    return _attempt(desk, staff, session, number, "contact", deed, fields, scope.day, stamp.actor)


@router.post("/note", dependencies=WORK)
def note_case(
    number: PathCode, fields: Fields, desk: MismatchCases, staff: StaffDesk, scope: Reach, stamp: Stamped,
    session: Database,
) -> Response:  # fmt: skip
    """A word or a paper for the file."""

    def deed() -> Case:
        return desk.note(
            number, fields.note, expected_version=fields.version, stamp=stamp, evidence=fields.digest, name=fields.name
        )

    return _attempt(desk, staff, session, number, "note", deed, fields, scope.day, stamp.actor)


@router.post("/resolve", dependencies=WORK)
def resolve_case(
    number: PathCode, fields: Fields, desk: MismatchCases, staff: StaffDesk, scope: Reach, stamp: Stamped,
    session: Database,
) -> Response:  # fmt: skip
    """End the case; a grave one waits for another person."""

    def deed() -> Case:
        resolution = code(Resolution, fields.resolution)
        if resolution is None:
            raise ReasonMissing("请选择了结的方式")
        return desk.resolve(
            number, resolution, fields.note, expected_version=fields.version, stamp=stamp, evidence=fields.digest
        )

    return _attempt(desk, staff, session, number, "resolve", deed, fields, scope.day, stamp.actor)


@router.post("/approve", dependencies=SECOND)
def approve_case(
    number: PathCode, fields: Fields, desk: MismatchCases, staff: StaffDesk, scope: Reach, stamp: Stamped,
    session: Database,
) -> Response:  # fmt: skip
    """Another person agrees that the case ends."""

    def deed() -> Case:
        return desk.approve(number, note=fields.note, expected_version=fields.version, stamp=stamp)

    return _attempt(desk, staff, session, number, "approve", deed, fields, scope.day, stamp.actor)


@router.post("/reject", dependencies=SECOND)
def reject_case(
    number: PathCode, fields: Fields, desk: MismatchCases, staff: StaffDesk, scope: Reach, stamp: Stamped,
    session: Database,
) -> Response:  # fmt: skip
    """Another person sends the case back."""

    def deed() -> Case:
        return desk.reject(number, note=fields.note, expected_version=fields.version, stamp=stamp)

    return _attempt(desk, staff, session, number, "reject", deed, fields, scope.day, stamp.actor)


@router.post("/reopen", dependencies=WORK)
def reopen_case(
    number: PathCode, fields: Fields, desk: MismatchCases, staff: StaffDesk, scope: Reach, stamp: Stamped,
    session: Database,
) -> Response:  # fmt: skip
    """Take up a closed case again."""

    def deed() -> Case:
        return desk.reopen(number, note=fields.note, expected_version=fields.version, stamp=stamp)

    return _attempt(desk, staff, session, number, "reopen", deed, fields, scope.day, stamp.actor)


def _attempt(
    desk: CaseService, staff: StaffService, session: Database, number: str, act: str, deed: Callable[[], Case],
    fields: CaseFields, day: date, who: Actor,
) -> Response:  # fmt: skip
    """Do it and come back to the case. A refusal writes nothing; what was typed stays, under the version of now.

    Where somebody else was faster, the page says what they did, so that the same words can be sent again knowingly.
    """
    desk.get(number)  # what the reader may not see is not there, whatever was typed
    try:
        case = deed()
    except Problem as refused:
        session.rollback()
        seen = fields.version if isinstance(refused, ChangedMeanwhile) else None
        shown = _page(desk, staff, number, day, who, act=act, fields=fields, fault=refused.detail, seen=seen)
        return HTMLResponse(shown, status_code=refused.status)
    done = "propose" if act == "resolve" and case.status is CaseStatus.CLOSING else act
    return RedirectResponse(f"{case_path(case.number)}?note={done}", status_code=303)


def _page(
    desk: CaseService, staff: StaffService, number: str, day: date, who: Actor, *, note: str | None = None,
    act: str = "", fields: CaseFields | None = None, fault: str = "", seen: int | None = None,
) -> str:  # fmt: skip
    detail = desk.detail(number)
    case, acts = detail.case, may_do(detail, who)
    near = case.branch_no or None
    colleagues = staff.list(branch_no=near, in_post=True, limit=COLLEAGUES) if CaseAction.ASSIGN in acts else ()
    return render(
        "pages/mismatch_case.html", "suitability", *([note] if note else []), reader=who, case=case, today=day,
        client=mask_name(case.client_name), client_level=client_level(case), product_level=product_level(case),
        pair=pair_of(case), due=due_words(case, day), late=case.overdue(day),
        grave=case.severity is Severity.SEVERE, value=DASH if case.value is None else yuan(float(case.value)),
        broken=broken(detail, day), facts=facts_of(case), ways=ways_out(detail, day), second=detail.second_needed,
        acts=[one.value for one in acts], why_not=why_not(detail, who) if who.may(Verb.CASE_WORK) else "",
        events=timeline(detail.events), colleagues=colleagues,
        channels=[(one.value, one.label) for one in ContactChannel], action=case_path(case.number),
        act=act or _first(acts, case), fields=fields or CaseFields(), fault=fault,
        meanwhile=[] if seen is None else meanwhile(detail.events, seen),
        decisions=f"/suitability/decisions?client={case.client_no}&product={case.product_code}",
        accounts=f"/accounts?q={case.client_no}" if who.may(Verb.ACCOUNT_READ) else "",
        profile=f"/clients/{case.client_no}/profile" if who.may(Verb.PROFILE_READ) else "",
    )  # fmt: skip


def _first(acts: tuple[CaseAction, ...], case: Case) -> str:
    """The form that stands open: what is due in this state."""
    due = {
        CaseStatus.OPEN: CaseAction.ASSIGN,
        CaseStatus.ASSIGNED: CaseAction.CONTACT,
        CaseStatus.CONTACTED: CaseAction.RESOLVE,
        CaseStatus.CLOSING: CaseAction.APPROVE,
        CaseStatus.REOPENED: CaseAction.CONTACT,
    }.get(case.status)
    return due.value.lower() if due in acts and due is not None else ""
