"""Pages of reviews: the list, one review step by step with its three lists, one client's line with its form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Stamped
from api.grade_desks import Appeals, Reviews
from api.pages.fields import Text
from api.pages.forms import FormDay
from api.pages.grade_review_view import LINE_FIELDS, LIST, OpenFields, asked_of, line_html, list_html, review_html
from api.routes.grade_reviews import get_sheet
from api.routes.imports import LARGEST_BODY, saved
from clients.grading.review.appeals import AppealDesk
from clients.grading.review.intake import take_sheet
from clients.grading.review.service import ReviewDesk
from clients.grading.review.types import Edit, Review
from kit.access import Actor, Scope, Verb
from kit.problems import Problem
from reports.masking import mask_name

router = APIRouter(route_class=Door)
READS, EDITS = [needs(Verb.GRADE_READ)], [needs(Verb.GRADE_REVIEW)]
RUNS, APPROVES = [needs(Verb.GRADE_RUN)], [needs(Verb.GRADE_APPROVE)]
NOTES: Final = {
    "opened": "评定已开启：各营业部可以初评。", "convened": "复评会已召集，现有等级定为初评。",
    "submitted": "已提请批准。",
    "approved": "已批准，自生效日起为客户的等级。", "returned": "已退回复评。", "cancelled": "已撤销，留档。",
    "changed": "已登记。", "appealed": "申诉已登记，须由另一人裁定。", "decided": "申诉已裁定。",
}  # fmt: skip
Longer = Annotated[str, Field(max_length=2_000)]
Short = Annotated[str, Field(max_length=64)]


class StepFields(BaseModel):
    """A step under the version that was read."""

    version: int = 0
    reason: Longer = ""
    effective_from: FormDay = None


class LineFields(BaseModel):
    """One client's line; grades come under `grade.SCHEME`."""

    model_config = ConfigDict(extra="allow")
    version: int = 0
    plan: Longer = ""
    policy_action: Short = ""
    policy: Longer = ""
    settlement_action: Short = ""
    settlement: Longer = ""
    reason: Longer = ""


class AppealFields(BaseModel):
    client_no: Short = ""
    scheme: Short = ""
    wanted: Short = ""
    reason: Longer = ""


class DecisionFields(BaseModel):
    version: int = 0
    upheld: Short = ""
    reason: Longer = ""


Line = Annotated[LineFields, Form()]
Opened = Annotated[OpenFields, Form()]
Stepped = Annotated[StepFields, Form()]
Appealed = Annotated[AppealFields, Form()]
Decided = Annotated[DecisionFields, Form()]


@router.get(LIST, response_class=HTMLResponse, dependencies=READS)
def reviews_page(desk: Reviews, scope: Reach, who: Who) -> str:
    """Reviews, the newest first, and the form of a new one."""
    return list_html(desk, scope, who)


@router.post(LIST, dependencies=RUNS)
def open_page(
    fields: Opened, desk: Reviews, stamp: Stamped, scope: Reach, session: Database
) -> Response:
    """Open a review; a refusal is told above the form."""
    try:
        if fields.event:
            named = fields.clients.replace("，", " ").replace(",", " ").split() or None
            made = desk.open_event(fields.event, scope.day, stamp, reason=fields.reason, client_nos=named)
        else:
            made = desk.open_annual(scope.day.year, scope.day, stamp, reason=fields.reason)
    except Problem as refused:
        session.rollback()
        return HTMLResponse(list_html(desk, scope, stamp.actor, refused.detail, fields), status_code=refused.status)
    return RedirectResponse(f"{LIST}/{made.number}?note=opened", status_code=303)


@router.get(LIST + "/{number}", response_class=HTMLResponse, dependencies=READS)
def review_page(
    number: str, desk: Reviews, appeals: Appeals, scope: Reach, who: Who, request: Request, note: Text = None,
) -> str:  # fmt: skip
    """One review: where it stands, the lists, the clients, what may be done now."""
    return review_html(desk, appeals, number, scope, who, asked=asked_of(request), note=NOTES.get(note or ""))


@router.get(LIST + "/{number}/sheet.xlsx", dependencies=READS)
def sheet_file(number: str, desk: Reviews, scope: Reach) -> Response:
    """The 评估表 of the clients within reach."""
    return get_sheet(number, desk, scope)


@router.post(LIST + "/{number}/sheet", dependencies=EDITS, max_body_size=LARGEST_BODY)
def take_sheet_page(
    number: str, file: Annotated[UploadFile, File()], desk: Reviews, appeals: Appeals, stamp: Stamped, scope: Reach,
    session: Database, strict: Annotated[str, Form(max_length=8)] = "",
) -> Response:  # fmt: skip
    """Take a filled sheet back; what was refused is listed row by row."""
    review = desk.get(number)
    try:
        with TemporaryDirectory(prefix="heshi-sheet-") as folder:
            taken = take_sheet(
                saved(file, Path(folder)), review, desk, stamp, naming=mask_name, strict=bool(strict)
            )
    except Problem as refused:
        session.rollback()
        told = review_html(desk, appeals, number, scope, stamp.actor, fault=refused.detail)
        return HTMLResponse(told, status_code=refused.status)
    return HTMLResponse(review_html(desk, appeals, number, scope, stamp.actor, taken=taken))


@router.post(LIST + "/{number}/convene", dependencies=RUNS)
def convene_page(
    number: str, fields: Stepped, desk: Reviews, appeals: Appeals, stamp: Stamped, scope: Reach, session: Database
) -> Response:
    """召集复评会."""

    def deed() -> Review:
        return desk.convene(number, expected_version=fields.version, stamp=stamp)

    return _attempt(deed, "convened", desk, appeals, number, scope, stamp.actor, session)


@router.post(LIST + "/{number}/submit", dependencies=RUNS)
def submit_page(
    number: str, fields: Stepped, desk: Reviews, appeals: Appeals, stamp: Stamped, scope: Reach, session: Database
) -> Response:
    """汇总，提请批准."""

    def deed() -> Review:
        return desk.submit(number, expected_version=fields.version, stamp=stamp)

    return _attempt(deed, "submitted", desk, appeals, number, scope, stamp.actor, session)


@router.post(LIST + "/{number}/approve", dependencies=APPROVES)
def approve_page(
    number: str, fields: Stepped, desk: Reviews, appeals: Appeals, stamp: Stamped, scope: Reach, session: Database
) -> Response:
    """批准，自某日生效."""

    def deed() -> Review:
        since = fields.effective_from or scope.day
        return desk.approve(
            number, effective_from=since, reason=fields.reason, expected_version=fields.version, stamp=stamp
        )

    return _attempt(deed, "approved", desk, appeals, number, scope, stamp.actor, session)


@router.post(LIST + "/{number}/return", dependencies=APPROVES)
def return_page(
    number: str, fields: Stepped, desk: Reviews, appeals: Appeals, stamp: Stamped, scope: Reach, session: Database
) -> Response:
    """退回复评."""

    def deed() -> Review:
        return desk.send_back(number, reason=fields.reason, expected_version=fields.version, stamp=stamp)

    return _attempt(deed, "returned", desk, appeals, number, scope, stamp.actor, session)


@router.post(LIST + "/{number}/cancel", dependencies=RUNS)
def cancel_page(
    number: str, fields: Stepped, desk: Reviews, appeals: Appeals, stamp: Stamped, scope: Reach, session: Database
) -> Response:
    """撤销."""

    def deed() -> Review:
        return desk.cancel(number, reason=fields.reason, expected_version=fields.version, stamp=stamp)

    return _attempt(deed, "cancelled", desk, appeals, number, scope, stamp.actor, session)


@router.post(LIST + "/{number}/appeals", dependencies=EDITS)
def appeal_page(
    number: str, fields: Appealed, desk: Reviews, appeals: Appeals, stamp: Stamped, scope: Reach, session: Database
) -> Response:
    """代客户申诉."""

    def deed() -> object:
        return appeals.file(number, fields.client_no.strip(), fields.scheme, fields.wanted, fields.reason, stamp)

    return _attempt(deed, "appealed", desk, appeals, number, scope, stamp.actor, session)


@router.post(LIST + "/{number}/appeals/{appeal_id}/decide", dependencies=APPROVES)
def decide_page(
    number: str, appeal_id: int, fields: Decided, desk: Reviews, appeals: Appeals, stamp: Stamped, scope: Reach,
    session: Database,
) -> Response:  # fmt: skip
    """裁定申诉."""

    def deed() -> object:
        return appeals.decide(
            appeal_id, upheld=fields.upheld == "yes", reason=fields.reason, expected_version=fields.version,
            stamp=stamp,
        )  # fmt: skip

    return _attempt(deed, "decided", desk, appeals, number, scope, stamp.actor, session)


@router.get(LIST + "/{number}/lines/{client_no}", response_class=HTMLResponse, dependencies=READS)
def line_page(number: str, client_no: str, desk: Reviews, who: Who, note: Text = None) -> str:
    """One client: grades step by step, the form, what was changed."""
    return line_html(desk, number, client_no, who, note=NOTES.get(note or ""))


@router.post(LIST + "/{number}/lines/{client_no}", dependencies=EDITS)
def change_line_page(
    number: str, client_no: str, fields: Line, desk: Reviews, stamp: Stamped, session: Database
) -> Response:
    """Change one client's line; a refusal is told above what was typed."""
    grades = {
        name.removeprefix("grade."): str(value) or None
        for name, value in (fields.model_extra or {}).items() if name.startswith("grade.")
    }  # fmt: skip
    typed = {name: getattr(fields, name) for name in LINE_FIELDS}
    edit = Edit(client_no=client_no, expected_version=fields.version, grades=grades, **typed)
    desk.line(number, client_no)
    try:
        desk.change(number, edit, stamp)
    except Problem as refused:
        session.rollback()
        said = {**typed, **{f"grade.{code}": grade or "" for code, grade in grades.items()}}
        shown = line_html(desk, number, client_no, stamp.actor, fault=refused.detail, typed=said)
        return HTMLResponse(shown, status_code=refused.status)
    return RedirectResponse(f"{LIST}/{number}/lines/{client_no}?note=changed", status_code=303)


def _attempt(
    deed: Callable[[], object], note: str, desk: ReviewDesk, appeals: AppealDesk, number: str, scope: Scope,
    who: Actor, session: Session,
) -> Response:  # fmt: skip
    """Do it and come back. A refusal writes nothing and is told at the top of the page."""
    desk.get(number)
    try:
        deed()
    except Problem as refused:
        session.rollback()
        told = review_html(desk, appeals, number, scope, who, fault=refused.detail)
        return HTMLResponse(told, status_code=refused.status)
    return RedirectResponse(f"{LIST}/{number}?note={note}", status_code=303)
