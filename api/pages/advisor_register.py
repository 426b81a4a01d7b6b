"""Page of the registers: breaches that were established, training and certificates; record one, take one back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from advisors.register.service import MOST_HOURS, ConductAsk, RegisterDesk, TrainingAsk, breaches
from advisors.register.types import EntryKind
from advisors.rules_in_force import advisor_rules
from api.access import Reach, Who, needs
from api.advisor_desks import Register
from api.contract.door import Door
from api.database import Database
from api.desks import Stamped
from api.pages.advisors_view import LIST, Longer, Short
from api.pages.fields import Text
from api.pages.forms import FormDay
from api.pages.suitability_list import moment
from api.rendering import render
from clients.grading.review.problems import ReviewRefused
from kit.access import Actor, Scope, Verb
from kit.access import Reach as Far
from kit.problems import Problem

router = APIRouter(route_class=Door)
READS, RECORDS = [needs(Verb.ADVISOR_GRADE_READ)], [needs(Verb.ADVISOR_GRADE_RUN)]
PLACE: Final = LIST + "/register"
MOST: Final = 100
NOTES: Final = {"recorded": "已登记。", "withdrawn": "已撤回：留档，不再计算。"}


class ConductFields(BaseModel):
    """A breach as it is typed."""

    form: Short = "conduct"
    staff_no: Short = ""
    code: Short = ""
    day: FormDay = None
    client_no: Short = ""
    note: Longer = ""


class TrainingFields(BaseModel):
    """Training or a certificate as it is typed; a code makes it a certificate."""

    form: Short = "training"
    staff_no: Short = ""
    code: Short = ""
    title: Short = ""
    day: FormDay = None
    hours: Annotated[str, Field(max_length=8)] = ""
    valid_to: FormDay = None


class TakeBackFields(BaseModel):
    form: Short = "withdraw"
    number: Short = ""
    reason: Longer = ""


Fields = ConductFields | TrainingFields | TakeBackFields


@router.get(PLACE, response_class=HTMLResponse, dependencies=READS)
def advisor_register_page(desk: Register, scope: Reach, who: Who, staff: Text = None, note: Text = None) -> str:
    """Both registers of whom the reach shows, or of one person."""
    return _html(desk, scope, who, staff=staff or "", note=NOTES.get(note or ""))


@router.post(PLACE + "/conduct", dependencies=RECORDS)
def record_conduct_page(
    fields: Annotated[ConductFields, Form()], desk: Register, stamp: Stamped, scope: Reach, session: Database
) -> Response:
    """登记一件查实的行为."""

    def deed() -> None:
        if fields.day is None:
            raise ReviewRefused("请填写日期")
        told = fields.model_dump(exclude={"form"})
        desk.record_conduct(ConductAsk(**told), stamp)

    return _attempt(deed, "recorded", fields, (desk, scope, stamp.actor), session)


@router.post(PLACE + "/training", dependencies=RECORDS)
def record_training_page(
    fields: Annotated[TrainingFields, Form()], desk: Register, stamp: Stamped, scope: Reach, session: Database
) -> Response:
    """登记培训或证书."""

    def deed() -> None:
        if fields.day is None:
            raise ReviewRefused("请填写日期")
        desk.record_training(
            TrainingAsk(
                staff_no=fields.staff_no, kind=EntryKind.CERTIFICATE if fields.code else EntryKind.TRAINING,
                day=fields.day, title=fields.title, code=fields.code, hours=_hours(fields.hours),
                valid_to=fields.valid_to,
            ),
            stamp,
        )  # fmt: skip

    return _attempt(deed, "recorded", fields, (desk, scope, stamp.actor), session)


@router.post(PLACE + "/withdraw", dependencies=RECORDS)
def withdraw_entry_page(
    fields: Annotated[TakeBackFields, Form()], desk: Register, stamp: Stamped, scope: Reach, session: Database
) -> Response:
    """撤回一条登记."""

    def deed() -> None:
        desk.withdraw(fields.number, fields.reason, stamp)

    return _attempt(deed, "withdrawn", fields, (desk, scope, stamp.actor), session)


def _hours(typed: str) -> float:
    try:
        return float(typed or 0)
    except ValueError:
        raise ReviewRefused(f"培训学时 {typed} 不是数字；应大于 0、不超过 {MOST_HOURS}") from None


def _attempt(
    deed: Callable[[], None], note: str, fields: Fields, reader: tuple[RegisterDesk, Scope, Actor], session: Session
) -> Response:
    """Do it and come back. A refusal writes nothing and is told above the form, with what was typed."""
    try:
        deed()
    except Problem as refused:
        session.rollback()
        return HTMLResponse(_html(*reader, fault=refused.detail, fields=fields), status_code=refused.status)
    return RedirectResponse(f"{PLACE}?note={note}", status_code=303)


def _html(
    desk: RegisterDesk, scope: Scope, who: Actor, *, staff: str = "", note: str | None = None, fault: str = "",
    fields: Fields | None = None,
) -> str:  # fmt: skip
    typed: dict[str, Any] = {"conduct": ConductFields(), "training": TrainingFields(), "withdraw": TakeBackFields()}
    if fields is not None:
        typed[fields.form] = fields
    return render(
        "pages/advisor_register.html", "advisors", *([note] if note else []), reader=who, place=PLACE, staff=staff,
        fault=fault, at=fields.form if fields else "", typed=typed, when=moment, most=MOST, today=scope.day,
        conduct=desk.conduct(staff_no=staff, limit=MOST), training=desk.training(staff_no=staff, limit=MOST),
        own=scope.reach is Far.OWN, records=who.may(Verb.ADVISOR_GRADE_RUN),
        breaches=sorted((code, title, severe) for code, (title, severe) in breaches(scope.day).items()),
        certificates=sorted(advisor_rules(scope.day).certificates),
    )  # fmt: skip


