"""Forms of one person: name and capacity, post, leaving, registrations, absences; for those who keep the staff."""

from __future__ import annotations

from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from api.access import Reach, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Absences, Qualifications, StaffDesk, Stamped
from api.pages.forms import DeskForm, attempt, needed
from api.pages.staff_inputs import (
    AbsenceFields,
    LeaveFields,
    MoveFields,
    PersonFields,
    QualificationFields,
    absence_form,
    leave_form,
    move_form,
    person_form,
    qualification_form,
)
from api.pages.staff_view import LIST, staff_path
from api.routes.shapes import PathCode, PathId
from clients.staff.absences import AbsenceService
from clients.staff.problems import NoSuchAbsence, NoSuchQualification
from clients.staff.qualifications import QualificationService
from clients.staff.service import StaffService
from clients.staff.types import Absence, Qualification, Staff
from kit.access import Scope, Verb

router = APIRouter(prefix=f"{LIST}/{{staff_no}}", route_class=Door, dependencies=[needs(Verb.STAFF_EDIT)])
COLLEAGUES: Final = 200
One = TypeVar("One", Absence, Qualification)


def _back(staff_no: str) -> str:
    return staff_path(staff_no, note="saved")


@router.get("/edit", response_class=HTMLResponse)
def edit_page(staff_no: PathCode, desk: StaffDesk) -> str:
    return person_form(desk.get(staff_no)).html()


@router.post("/edit")
def edit(
    staff_no: PathCode, fields: Annotated[PersonFields, Form()], desk: StaffDesk, stamp: Stamped, session: Database
) -> Response:
    """Name and capacity as they shall be."""

    def change() -> None:
        desk.change_staff(
            staff_no, name=fields.name, capacity=fields.limit, expected_version=fields.version, stamp=stamp
        )

    return attempt(session, change, lambda: person_form(desk.get(staff_no)), fields, _back(staff_no))


@router.get("/move", response_class=HTMLResponse)
def move_page(staff_no: PathCode, desk: StaffDesk, scope: Reach) -> str:
    return move_form(desk.get(staff_no), desk.branches(), scope.day).html()


@router.post("/move")
def move(
    staff_no: PathCode,
    fields: Annotated[MoveFields, Form()],
    desk: StaffDesk,
    stamp: Stamped,
    session: Database,
    scope: Reach,
) -> Response:
    """Another post or branch from a day on."""

    def change() -> None:
        desk.move(
            staff_no, post=needed(fields.post, "新岗位"), branch_no=fields.branch_no or None,
            day=needed(fields.day, "调动日"), expected_version=fields.version, stamp=stamp,
        )  # fmt: skip

    def form() -> DeskForm:
        return move_form(desk.get(staff_no), desk.branches(), scope.day)

    return attempt(session, change, form, fields, _back(staff_no))


@router.get("/leave", response_class=HTMLResponse)
def leave_page(staff_no: PathCode, desk: StaffDesk, scope: Reach) -> str:
    return leave_form(desk.get(staff_no), scope.day).html()


@router.post("/leave")
def leave(
    staff_no: PathCode,
    fields: Annotated[LeaveFields, Form()],
    desk: StaffDesk,
    stamp: Stamped,
    session: Database,
    scope: Reach,
) -> Response:
    """The last day in post; refused while clients are left."""

    def change() -> None:
        last = needed(fields.last_day, "最后在岗日")
        desk.leave(staff_no, last_day=last, expected_version=fields.version, stamp=stamp)

    return attempt(session, change, lambda: leave_form(desk.get(staff_no), scope.day), fields, _back(staff_no))


@router.get("/qualifications/new", response_class=HTMLResponse)
def new_qualification_page(staff_no: PathCode, desk: StaffDesk) -> str:
    return qualification_form(desk.get(staff_no), None).html()


@router.post("/qualifications")
def new_qualification(
    staff_no: PathCode,
    fields: Annotated[QualificationFields, Form()],
    desk: StaffDesk,
    records: Qualifications,
    stamp: Stamped,
    session: Database,
) -> Response:
    """A new registration."""

    def form() -> DeskForm:
        return qualification_form(desk.get(staff_no), None)

    return attempt(session, lambda: records.add(staff_no, fields.ask(), stamp), form, fields, _back(staff_no))


@router.get("/qualifications/{qualification_id}", response_class=HTMLResponse)
def qualification_page(
    staff_no: PathCode, qualification_id: PathId, desk: StaffDesk, records: Qualifications
) -> str:
    return _qualification(staff_no, qualification_id, desk, records).html()


@router.post("/qualifications/{qualification_id}")
def change_qualification(
    staff_no: PathCode,
    qualification_id: PathId,
    fields: Annotated[QualificationFields, Form()],
    desk: StaffDesk,
    records: Qualifications,
    stamp: Stamped,
    session: Database,
) -> Response:
    """The registration as it shall be."""

    def change() -> None:
        records.change(staff_no, qualification_id, fields.ask(), expected_version=fields.version, stamp=stamp)

    def form() -> DeskForm:
        return _qualification(staff_no, qualification_id, desk, records)

    return attempt(session, change, form, fields, _back(staff_no))


@router.get("/absences/new", response_class=HTMLResponse)
def new_absence_page(staff_no: PathCode, desk: StaffDesk, scope: Reach) -> str:
    return absence_form(desk.get(staff_no), None, _colleagues(desk, staff_no), scope.day).html()


@router.post("/absences")
def new_absence(
    staff_no: PathCode,
    fields: Annotated[AbsenceFields, Form()],
    desk: StaffDesk,
    records: Absences,
    stamp: Stamped,
    session: Database,
    scope: Reach,
) -> Response:
    """Away from a day to a day, with who stands in."""

    def form() -> DeskForm:
        return absence_form(desk.get(staff_no), None, _colleagues(desk, staff_no), scope.day)

    return attempt(session, lambda: records.add(staff_no, fields.ask(), stamp), form, fields, _back(staff_no))


@router.get("/absences/{absence_id}", response_class=HTMLResponse)
def absence_page(staff_no: PathCode, absence_id: PathId, desk: StaffDesk, records: Absences, scope: Reach) -> str:
    return _absence(staff_no, absence_id, desk, records, scope).html()


@router.post("/absences/{absence_id}")
def change_absence(
    staff_no: PathCode,
    absence_id: PathId,
    fields: Annotated[AbsenceFields, Form()],
    desk: StaffDesk,
    records: Absences,
    stamp: Stamped,
    session: Database,
    scope: Reach,
) -> Response:
    """The absence as it shall be."""

    def change() -> None:
        records.change(staff_no, absence_id, fields.ask(), expected_version=fields.version, stamp=stamp)

    def form() -> DeskForm:
        return _absence(staff_no, absence_id, desk, records, scope)

    return attempt(session, change, form, fields, _back(staff_no))


def _qualification(
    staff_no: str, qualification_id: int, desk: StaffService, records: QualificationService
) -> DeskForm:
    person = desk.get(staff_no)
    found = next((one for one in records.list(staff_no) if one.id == qualification_id), None)
    if found is None:
        raise NoSuchQualification(f"{staff_no} 没有编号为 {qualification_id} 的执业登记")
    return qualification_form(person, found)


def _absence(
    staff_no: str, absence_id: int, desk: StaffService, records: AbsenceService, scope: Scope
) -> DeskForm:
    person = desk.get(staff_no)
    found = next((one for one in records.list(staff_no) if one.id == absence_id), None)
    if found is None:
        raise NoSuchAbsence(f"{staff_no} 没有编号为 {absence_id} 的离岗记录")
    return absence_form(person, found, _colleagues(desk, staff_no), scope.day)


def _colleagues(desk: StaffService, staff_no: str) -> list[Staff]:
    """Who may stand in: the same branch's people in post, first by number."""
    branch_no = desk.get(staff_no).branch_no
    found = desk.list(branch_no=branch_no, in_post=True, limit=COLLEAGUES)
    return [one for one in found if one.staff_no != staff_no]
