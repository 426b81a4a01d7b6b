"""执业登记 of staff: what they are registered for, from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from clients.staff.filing import Stamp, changed, file_change, held
from clients.staff.periods import Period, last_or_none, period
from clients.staff.problems import NoSuchQualification, PeriodTaken, StaffRefused
from clients.staff.repository import StaffRepository
from clients.staff.rules import Held, at_odds
from clients.staff.tables import QualificationRow, StaffRow
from clients.staff.types import Licence, Qualification
from kit.access import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationAsk:
    """A registration as it shall be. valid_to None: until further notice."""

    licence: Licence
    number: str | None = None
    valid_from: date
    valid_to: date | None = None


class QualificationService:
    """Registrations of the staff that a scope shows; the commit belongs to the caller."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._read = StaffRepository(session, scope)

    def list(self, staff_no: str) -> tuple[Qualification, ...]:
        """By kind and first day. Raises NoSuchStaff."""
        person = self._read.row(staff_no).id
        assert person is not None
        return tuple(as_qualification(row) for row in self._read.qualification_rows(person))

    def add(self, staff_no: str, ask: QualificationAsk, stamp: Stamp) -> Qualification:
        """Raises NoSuchStaff, StaffRefused, PeriodTaken."""
        person = self._read.row(staff_no)
        assert person.id is not None
        during = _checked(ask)
        _refuse_clash(staff_no, ask.licence, during, self._read.qualification_rows(person.id))
        row = QualificationRow(
            staff_id=person.id, licence=ask.licence.value, number=ask.number, valid_from=during.first,
            valid_to=during.last,
        )
        self._session.add(row)
        self._file(stamp, "staff.qualification.add", person, row)
        return as_qualification(row)

    def change(
        self, staff_no: str, qualification_id: int, ask: QualificationAsk, *, expected_version: int, stamp: Stamp
    ) -> Qualification:
        """As it shall be; whatever was inferred is told from now on.

        Raises NoSuchStaff, NoSuchQualification, ChangedMeanwhile, StaffRefused, PeriodTaken.
        """
        person = self._read.row(staff_no)
        assert person.id is not None
        on_file = self._read.qualification_rows(person.id)
        if all(row.id != qualification_id for row in on_file):
            raise NoSuchQualification(f"{staff_no} 没有编号为 {qualification_id} 的执业登记")
        during = _checked(ask)
        _refuse_clash(staff_no, ask.licence, during, [row for row in on_file if row.id != qualification_id])
        row = held(self._session, QualificationRow, qualification_id, expected_version, f"{staff_no} 的执业登记")
        told = changed(row, {
            "licence": ask.licence.value, "number": ask.number, "valid_from": during.first, "valid_to": during.last,
            "inferred": False,
        })
        if told:
            self._file(stamp, "staff.qualification.change", person, row, changes=told)
        return as_qualification(row)

    def _file(self, stamp: Stamp, action: str, person: StaffRow, row: QualificationRow, **detail: Any) -> None:
        self._session.flush()
        file_change(
            self._session, stamp, action, "staff_qualification", str(row.id), version=row.version,
            staff=person.staff_no, licence=row.licence, valid_from=row.valid_from, valid_to=row.valid_to, **detail,
        )  # fmt: skip


def _checked(ask: QualificationAsk) -> Period:
    """Raises StaffRefused."""
    if ask.number is not None and len(ask.number) > 64:
        raise StaffRefused("登记编号最多 64 个字符")
    try:
        return period(ask.valid_from, ask.valid_to)
    except ValueError as fault:
        raise StaffRefused(str(fault)) from fault


def _refuse_clash(staff_no: str, licence: Licence, during: Period, others: list[QualificationRow]) -> None:
    """Raises PeriodTaken for the same kind on a common day, StaffRefused for kinds that exclude one another."""
    on_file: list[Held] = [(Licence(row.licence), Period(row.valid_from, row.valid_to)) for row in others]
    for other, when in on_file:
        if other is licence and when.meets(during):
            raise PeriodTaken(f"{staff_no} 的{licence.label}登记与已有的一段（{when.text}）重叠；请修改已有的一条")
    odd = at_odds(licence, during, on_file)
    if odd is not None:
        raise StaffRefused(f"{licence.label}与{odd.label}不得同时登记；请先注销 {staff_no} 的{odd.label}登记")


def as_qualification(row: QualificationRow) -> Qualification:
    assert row.id is not None
    return Qualification(
        row.id, Licence(row.licence), row.number, row.valid_from, last_or_none(row.valid_to), row.inferred, row.version
    )
