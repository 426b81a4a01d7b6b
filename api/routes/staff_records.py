"""执业登记与离岗: what a person is registered for and when away, each with dates and the version one has seen."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from fastapi import APIRouter, Response
from pydantic import BaseModel

from api.access import needs
from api.contract.door import Door
from api.contract.etags import SeenVersion, set_etag
from api.contract.refusals import problem_responses
from api.desks import Absences, Qualifications, Stamped
from api.routes.shapes import Ask, Code, Day, Line, PathCode, PathId
from clients.staff.absences import AbsenceAsk
from clients.staff.problems import (
    ChangedMeanwhile,
    NoSuchAbsence,
    NoSuchQualification,
    NoSuchStaff,
    NotInPost,
    NotQualified,
    PeriodTaken,
    StaffRefused,
)
from clients.staff.qualifications import QualificationAsk
from clients.staff.types import Absence, AbsenceKind, Licence, Qualification
from kit.access import Verb

router = APIRouter(prefix="/staff/{staff_no}", tags=["人员"], route_class=Door)
READS = [needs(Verb.STAFF_READ)]
EDITS = [needs(Verb.STAFF_EDIT)]
QUALIFICATION = (NoSuchStaff, StaffRefused, PeriodTaken)
ABSENCE = (NoSuchStaff, StaffRefused, PeriodTaken, NotInPost, NotQualified)


class QualificationIn(Ask):
    """A registration as it shall be; without a last day it runs until further notice."""

    licence: Licence
    number: Code | None = None
    valid_from: Day
    valid_to: Day | None = None


class QualificationOut(BaseModel):
    id: int
    licence: Licence
    number: str | None
    valid_from: date
    valid_to: date | None
    inferred: bool
    version: int


class QualificationList(BaseModel):
    items: list[QualificationOut]


class AbsenceIn(Ask):
    """An absence as it shall be; `stand_in` serves the clients meanwhile."""

    kind: AbsenceKind
    valid_from: Day
    valid_to: Day | None = None
    stand_in: Code | None = None
    note: Line = ""


class AbsenceOut(BaseModel):
    id: int
    staff_no: str
    kind: AbsenceKind
    valid_from: date
    valid_to: date | None
    stand_in: str | None
    note: str
    version: int


class AbsenceList(BaseModel):
    items: list[AbsenceOut]


def qualification_out(response: Response, one: Qualification) -> QualificationOut:
    set_etag(response, one.version)
    return QualificationOut(**asdict(one))


def absence_out(response: Response, one: Absence) -> AbsenceOut:
    set_etag(response, one.version)
    return AbsenceOut(**asdict(one))


@router.get(
    "/qualifications", operation_id="listQualifications", dependencies=READS, responses=problem_responses(NoSuchStaff)
)
def list_qualifications(staff_no: PathCode, desk: Qualifications) -> QualificationList:
    """By kind and first day. The version of each is its ETag."""
    return QualificationList(items=[QualificationOut(**asdict(one)) for one in desk.list(staff_no)])


@router.post(
    "/qualifications", status_code=201, operation_id="addQualification", dependencies=EDITS,
    responses=problem_responses(*QUALIFICATION),
)
def add_qualification(
    staff_no: PathCode, body: QualificationIn, response: Response, desk: Qualifications, stamp: Stamped
) -> QualificationOut:
    """A new registration."""
    return qualification_out(response, desk.add(staff_no, QualificationAsk(**body.model_dump()), stamp))


@router.put(
    "/qualifications/{qualification_id}", operation_id="changeQualification", dependencies=EDITS,
    responses=problem_responses(*QUALIFICATION, NoSuchQualification, ChangedMeanwhile),
)
def change_qualification(
    staff_no: PathCode,
    qualification_id: PathId,
    body: QualificationIn,
    response: Response,
    desk: Qualifications,
    stamp: Stamped,
    seen: SeenVersion,
) -> QualificationOut:
    """The registration as it shall be."""
    ask = QualificationAsk(**body.model_dump())
    return qualification_out(
        response, desk.change(staff_no, qualification_id, ask, expected_version=seen, stamp=stamp)
    )


@router.get("/absences", operation_id="listAbsences", dependencies=READS, responses=problem_responses(NoSuchStaff))
def list_absences(staff_no: PathCode, desk: Absences) -> AbsenceList:
    """Newest first. The version of each is its ETag."""
    return AbsenceList(items=[AbsenceOut(**asdict(one)) for one in desk.list(staff_no)])


@router.post(
    "/absences", status_code=201, operation_id="addAbsence", dependencies=EDITS,
    responses=problem_responses(*ABSENCE),
)
def add_absence(
    staff_no: PathCode, body: AbsenceIn, response: Response, desk: Absences, stamp: Stamped
) -> AbsenceOut:
    """Away from a day to a day, with who stands in."""
    return absence_out(response, desk.add(staff_no, AbsenceAsk(**body.model_dump()), stamp))


@router.put(
    "/absences/{absence_id}", operation_id="changeAbsence", dependencies=EDITS,
    responses=problem_responses(*ABSENCE, NoSuchAbsence, ChangedMeanwhile),
)
def change_absence(
    staff_no: PathCode,
    absence_id: PathId,
    body: AbsenceIn,
    response: Response,
    desk: Absences,
    stamp: Stamped,
    seen: SeenVersion,
) -> AbsenceOut:
    """The absence as it shall be."""
    ask = AbsenceAsk(**body.model_dump())
    return absence_out(response, desk.change(staff_no, absence_id, ask, expected_version=seen, stamp=stamp))
