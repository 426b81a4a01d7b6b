"""Members of a household by hand: changed as they shall be, or ended from a day on; what was said before stays."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from api.access import Reach, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Households, Stamped
from api.pages.forms import DeskForm, FormDay, Versioned, attempt
from api.pages.household import held_by
from api.pages.household_inputs import MemberFields, changed_member, end_member_form, member_change_form
from api.pages.household_view import household_path
from api.routes.shapes import PathCode
from clients.household.problems import HouseholdRefused, NoSuchMember
from clients.household.service import HouseholdService
from clients.household.types import Household, Member
from kit.access import Verb

router = APIRouter(
    prefix="/clients/{client_no}/household/members/{member_no}", route_class=Door,
    dependencies=[needs(Verb.HOUSEHOLD_EDIT)],
)  # fmt: skip


class EndFields(Versioned):
    last_day: FormDay = None


@router.get("", response_class=HTMLResponse)
def member_page(client_no: PathCode, member_no: PathCode, desk: Households, scope: Reach) -> str:
    """The form of one member, with what is on file."""
    household, member = found(desk, client_no, member_no, scope.day)
    return member_change_form(household_path(client_no), member, desk.version(household.household_no)).html()


@router.post("")
def change_member(
    client_no: PathCode, member_no: PathCode, fields: Annotated[MemberFields, Form()], desk: Households,
    stamp: Stamped, session: Database, scope: Reach,
) -> Response:  # fmt: skip
    """The member as typed; who the client is does not change."""
    household, member = found(desk, client_no, member_no, scope.day)
    number = household.household_no

    def change() -> object:
        told = changed_member(fields, member)
        return desk.change_member(number, told, expected_version=fields.version, stamp=stamp)

    def form() -> DeskForm:
        now = found(desk, client_no, member_no, scope.day)[1]
        return member_change_form(household_path(client_no), now, desk.version(number))

    return attempt(session, change, form, fields, household_path(client_no, "saved"))


@router.get("/end", response_class=HTMLResponse)
def end_member_page(client_no: PathCode, member_no: PathCode, desk: Households, scope: Reach) -> str:
    household, member = found(desk, client_no, member_no, scope.day)
    version = desk.version(household.household_no)
    return end_member_form(household_path(client_no), member, version, scope.day).html()


@router.post("/end")
def end_member(
    client_no: PathCode, member_no: PathCode, fields: Annotated[EndFields, Form()], desk: Households, stamp: Stamped,
    session: Database, scope: Reach,
) -> Response:  # fmt: skip
    """The last day on which the member belongs to the household; no day of the future."""
    household, member = found(desk, client_no, member_no, scope.day)
    number = household.household_no

    def end() -> object:
        if fields.last_day is None or fields.last_day > scope.day:
            raise HouseholdRefused(f"请填写最后一天，不晚于今天 {scope.day}")
        return desk.end_member(number, member_no, fields.last_day, expected_version=fields.version, stamp=stamp)

    return attempt(
        session, end, lambda: end_member_form(household_path(client_no), member, desk.version(number), scope.day),
        fields, household_path(client_no, "saved"),
    )  # fmt: skip


def found(desk: HouseholdService, client_no: str, member_no: str, day: date) -> tuple[Household, Member]:
    """Raises NoSuchHousehold, NoSuchMember."""
    household = held_by(desk, client_no, day)
    member = household.member(member_no)
    if member is None:
        raise NoSuchMember(f"家庭 {household.household_no} 没有成员 {member_no}；请从家庭页面选择")
    return household, member
