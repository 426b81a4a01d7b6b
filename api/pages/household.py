"""The household of a client: both sides of its balance sheet, goals and what-if, declared items, members; its forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Clients, Households, Stamped
from api.pages.fields import Text
from api.pages.forms import DeskForm, Versioned, attempt
from api.pages.household_inputs import (
    ItemFields,
    MemberFields,
    StartFields,
    first_member,
    free_number,
    item_form,
    member_form,
    member_of,
    start_form,
)
from api.pages.household_view import household_path, item_lines, member_line
from api.rendering import render
from api.routes.shapes import PathCode
from clients.household.problems import HouseholdRefused, NoSuchHousehold
from clients.household.service import HouseholdService
from clients.household.types import Household, Item, ItemKind
from clients.staff.filing import Stamp
from kit.access import Verb
from reports.around import AroundReader
from reports.html import section_context
from reports.masking import mask_name
from reports.sections.household import tell

router = APIRouter(prefix="/clients/{client_no}/household", route_class=Door)
READS = [needs(Verb.HOUSEHOLD_READ)]
EDITS = [needs(Verb.HOUSEHOLD_EDIT)]
NOTES: Final = {
    "saved": "已保存；以前的说法仍留在档案里。",
    "started": "家庭已登记，请逐项登记资产、负债、收支与目标。",
}
NOTHING: Final = Decimal(0)


@router.get("", response_class=HTMLResponse, dependencies=READS)
def household_page(
    client_no: PathCode,
    clients: Clients,
    desk: Households,
    session: Database,
    scope: Reach,
    who: Who,
    note: Text = None,
) -> str:
    """The whole household on one page; without one, what would fill it."""
    client = clients.client(client_no)
    family = AroundReader(session, scope).today(client_no, scope.day)
    path, edits = household_path(client_no), who.may(Verb.HOUSEHOLD_EDIT)
    given = {
        "client_no": client_no, "client": mask_name(client.name), "path": path, "edits": edits,
        "profile": f"/clients/{quote(client_no, safe='')}/profile" if who.may(Verb.PROFILE_READ) else None,
        "kinds": [(one.value, one.label) for one in ItemKind] if edits else [],
    }  # fmt: skip
    if family is not None:
        household = family.household
        versions = desk.item_versions(household.household_no)
        given |= {
            **section_context(tell(family)), "household_no": household.household_no,
            "items": item_lines(household, versions, path),
            "members": [member_line(one, path) for one in household.members],
        }  # fmt: skip
    return render("pages/household.html", "accounts", *_notes(note), **given)


@router.get("/start", response_class=HTMLResponse, dependencies=EDITS)
def start_household_page(client_no: PathCode, clients: Clients) -> str:
    return start_form(client_no, household_path(client_no), clients.client(client_no).birth_date).html()


@router.post("", dependencies=EDITS)
def start_household(
    client_no: PathCode,
    fields: Annotated[StartFields, Form()],
    clients: Clients,
    desk: Households,
    stamp: Stamped,
    session: Database,
    scope: Reach,
) -> Response:
    """The household begins today with the client as its first member."""
    client = clients.client(client_no)

    def start() -> None:
        member = first_member(fields, client_no, client.birth_date)
        desk.add(f"H-{client_no}"[:64], [member], scope.day, stamp)

    def form() -> DeskForm:
        return start_form(client_no, household_path(client_no), client.birth_date)

    return attempt(session, start, form, fields, household_path(client_no, "started"))


@router.get("/members/new", response_class=HTMLResponse, dependencies=EDITS)
def new_member_page(client_no: PathCode, desk: Households, scope: Reach) -> str:
    household = held_by(desk, client_no, scope.day)
    return member_form(household_path(client_no), household, desk.version(household.household_no)).html()


@router.post("/members", dependencies=EDITS)
def new_member(
    client_no: PathCode,
    fields: Annotated[MemberFields, Form()],
    desk: Households,
    stamp: Stamped,
    session: Database,
    scope: Reach,
) -> Response:
    """Somebody who is no client, known by role alone."""
    household = held_by(desk, client_no, scope.day)
    number = household.household_no

    def add() -> None:
        member = member_of(fields, household)
        desk.add_member(number, member, scope.day, expected_version=fields.version, stamp=stamp)

    def form() -> DeskForm:
        return member_form(household_path(client_no), household, desk.version(number))

    return attempt(session, add, form, fields, household_path(client_no, "saved"))


@router.get("/items/new", response_class=HTMLResponse, dependencies=EDITS)
def new_item_page(client_no: PathCode, desk: Households, scope: Reach, kind: Text = None) -> str:
    return item_form(household_path(client_no), held_by(desk, client_no, scope.day), _kind(kind), None, 0).html()


@router.post("/items", dependencies=EDITS)
def new_item(
    client_no: PathCode,
    fields: Annotated[ItemFields, Form()],
    desk: Households,
    stamp: Stamped,
    session: Database,
    scope: Reach,
    kind: Text = None,
) -> Response:
    """The first word on a new item, under a number made from what it is."""
    household, of_kind = held_by(desk, client_no, scope.day), _kind(kind)

    def record() -> None:
        taken = set(desk.item_versions(household.household_no))
        number = free_number(f"{of_kind.value}-{fields.category}", taken)
        item = fields.item(of_kind, number, scope.day)
        desk.record(household.household_no, item, stamp, expected_version=0)

    def form() -> DeskForm:
        return item_form(household_path(client_no), household, of_kind, None, 0)

    return attempt(session, record, form, fields, household_path(client_no, "saved"))


@router.get("/items/{item_no}", response_class=HTMLResponse, dependencies=EDITS)
def item_page(client_no: PathCode, item_no: PathCode, desk: Households, scope: Reach) -> str:
    return _item_form(desk, client_no, item_no, scope.day)().html()


@router.post("/items/{item_no}", dependencies=EDITS)
def change_item(
    client_no: PathCode,
    item_no: PathCode,
    fields: Annotated[ItemFields, Form()],
    desk: Households,
    stamp: Stamped,
    session: Database,
    scope: Reach,
) -> Response:
    """A new word on an item; what was said before stays."""
    household, item = _item(desk, client_no, item_no, scope.day)

    def record() -> None:
        told = replace(fields.item(item.kind, item_no, scope.day), growth=item.growth)
        desk.record(household.household_no, told, stamp, expected_version=fields.version)

    form = _item_form(desk, client_no, item_no, scope.day)
    return attempt(session, record, form, fields, household_path(client_no, "saved"))


@router.post("/items/{item_no}/end", dependencies=EDITS)
def end_item(
    client_no: PathCode,
    item_no: PathCode,
    fields: Annotated[Versioned, Form()],
    desk: Households,
    stamp: Stamped,
    session: Database,
    scope: Reach,
) -> Response:
    """The item is no more from today on; what was said before stays."""
    household, item = _item(desk, client_no, item_no, scope.day)

    def end() -> None:
        _end(desk, household, item, fields.version, scope.day, stamp)

    form = _item_form(desk, client_no, item_no, scope.day)
    return attempt(session, end, form, fields, household_path(client_no, "saved"))


def _end(desk: HouseholdService, household: Household, item: Item, version: int, day: date, stamp: Stamp) -> None:
    over = replace(item, amount=NOTHING, as_of=max(day, item.as_of))
    desk.record(household.household_no, over, stamp, expected_version=version)


def held_by(desk: HouseholdService, client_no: str, day: date) -> Household:
    """The client's household on the day. Raises NoSuchHousehold."""
    found = desk.of_client(client_no, day)
    if found is None:
        raise NoSuchHousehold(f"客户 {client_no} 没有登记家庭；请先登记家庭与成员")
    return found


def _item(desk: HouseholdService, client_no: str, item_no: str, day: date) -> tuple[Household, Item]:
    household = held_by(desk, client_no, day)
    for item in household.items:
        if item.item_no == item_no:
            return household, item
    raise NoSuchHousehold(f"家庭 {household.household_no} 没有项目 {item_no}；请从家庭页面选择")


def _item_form(desk: HouseholdService, client_no: str, item_no: str, day: date) -> Callable[[], DeskForm]:
    """Read when it is shown: somebody else may have said something in the meantime."""

    def form() -> DeskForm:
        household, item = _item(desk, client_no, item_no, day)
        version = desk.item_versions(household.household_no)[item_no]
        return item_form(household_path(client_no), household, item.kind, item, version)

    return form


def _kind(code: str | None) -> ItemKind:
    if code not in set(ItemKind):
        raise HouseholdRefused(f"没有这类家庭项目；可选：{'、'.join(one.label for one in ItemKind)}")
    return ItemKind(code)


def _notes(note: str | None) -> tuple[str, ...]:
    return (NOTES[note],) if note in NOTES else ()
