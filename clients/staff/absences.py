"""离岗与代岗: who is away from when to when, and who stands in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from clients.staff.checks import why_not
from clients.staff.filing import Stamp, changed, file_change, held
from clients.staff.periods import Period, last_or_none, period
from clients.staff.problems import NoSuchAbsence, NotInPost, NotQualified, PeriodTaken, StaffRefused
from clients.staff.repository import StaffRepository
from clients.staff.rules import allowed, demanded
from clients.staff.tables import AbsenceRow, StaffRow
from clients.staff.types import Absence, AbsenceKind, RelationRole
from kit.access import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceAsk:
    """An absence as it shall be. valid_to None: until further notice; stand_in None: nobody stands in."""

    kind: AbsenceKind
    valid_from: date
    valid_to: date | None = None
    stand_in: str | None = None
    note: str = ""


class AbsenceService:
    """Absences of the staff that a scope shows; the commit belongs to the caller.

    Nobody stands in while away, and whoever stands in does not go away: the place taken is always filled by somebody
    present, so that there are no chains.
    """

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._read = StaffRepository(session, scope)

    def list(self, staff_no: str) -> tuple[Absence, ...]:
        """Newest first. Raises NoSuchStaff."""
        person = self._read.row(staff_no)
        rows = self._read.absence_rows(_id(person))
        names = self._read.staff_nos(row.stand_in_id for row in rows if row.stand_in_id)
        return tuple(
            _as_absence(row, staff_no, names[row.stand_in_id][0] if row.stand_in_id else None) for row in rows
        )

    def add(self, staff_no: str, ask: AbsenceAsk, stamp: Stamp) -> Absence:
        """Raises NoSuchStaff, StaffRefused, PeriodTaken, NotInPost, NotQualified."""
        person = self._read.row(staff_no)
        during, stand_in = self._checked(person, ask, None)
        row = AbsenceRow(
            staff_id=_id(person), kind=ask.kind.value, valid_from=during.first, valid_to=during.last,
            stand_in_id=None if stand_in is None else stand_in.id, note=ask.note,
        )
        self._session.add(row)
        self._file(stamp, "staff.absence.add", person, row, stand_in=ask.stand_in)
        return _as_absence(row, staff_no, ask.stand_in)

    def change(
        self, staff_no: str, absence_id: int, ask: AbsenceAsk, *, expected_version: int, stamp: Stamp
    ) -> Absence:
        """As it shall be. Raises what `add` raises, NoSuchAbsence, ChangedMeanwhile."""
        person = self._read.row(staff_no)
        if all(row.id != absence_id for row in self._read.absence_rows(_id(person))):
            raise NoSuchAbsence(f"{staff_no} 没有编号为 {absence_id} 的离岗记录")
        during, stand_in = self._checked(person, ask, absence_id)
        row = held(self._session, AbsenceRow, absence_id, expected_version, f"{staff_no} 的离岗记录")
        told = changed(row, {
            "kind": ask.kind.value, "valid_from": during.first, "valid_to": during.last,
            "stand_in_id": None if stand_in is None else stand_in.id, "note": ask.note,
        })
        if told:
            self._file(stamp, "staff.absence.change", person, row, stand_in=ask.stand_in)
        return _as_absence(row, staff_no, ask.stand_in)

    def _checked(self, person: StaffRow, ask: AbsenceAsk, own_id: int | None) -> tuple[Period, StaffRow | None]:
        if len(ask.note) > 256:
            raise StaffRefused("说明最多 256 个字符")
        try:
            during = period(ask.valid_from, ask.valid_to)
        except ValueError as fault:
            raise StaffRefused(str(fault)) from fault
        for other in self._read.absences_meeting(during, of=_id(person)):
            if other.id != own_id:
                when = Period(other.valid_from, other.valid_to).text
                raise PeriodTaken(f"{person.staff_no} 在 {when} 已有离岗记录；请修改已有的一条")
        self._refuse_standing_in(person, during)
        stand_in = None if ask.stand_in is None else self._read.row(ask.stand_in)
        if stand_in is not None:
            self._refuse_stand_in(person, stand_in, during)
        return during, stand_in

    def _refuse_standing_in(self, person: StaffRow, during: Period) -> None:
        """Whoever stands in for a colleague does not go away in the meantime."""
        for other in self._read.absences_meeting(during, stand_in=_id(person)):
            whom = self._read.staff_nos([other.staff_id])[other.staff_id][0]
            when = Period(other.valid_from, other.valid_to).text
            raise PeriodTaken(f"{person.staff_no} 在 {when} 为 {whom} 代岗；请先给 {whom} 另定代岗人")

    def _refuse_stand_in(self, person: StaffRow, stand_in: StaffRow, during: Period) -> None:
        """A stand-in is another person, present and in post, and may do what the absent one's post demands."""
        if stand_in.id == person.id:
            raise StaffRefused("代岗人不能是本人")
        for other in self._read.absences_meeting(during, of=_id(stand_in)):
            when = Period(other.valid_from, other.valid_to).text
            raise PeriodTaken(f"代岗人 {stand_in.staff_no} 在 {when} 也不在岗；请另定代岗人")
        posting, absent_post = (self._read.posting(_id(one), during.first) for one in (stand_in, person))
        if posting is None:
            raise NotInPost(f"代岗人 {stand_in.staff_no} 在 {during.first} 没有任职；请另定代岗人")
        on_file = self._read.held([_id(stand_in)])[_id(stand_in)]
        post = None if absent_post is None else absent_post.post
        lacking = demanded(post, RelationRole.MAIN, during.first) - allowed(on_file, during.first)
        if lacking:
            raise NotQualified(f"代岗人 {stand_in.staff_no} {why_not(lacking, on_file, during.first)}；请另定代岗人")

    def _file(self, stamp: Stamp, action: str, person: StaffRow, row: AbsenceRow, **detail: Any) -> None:
        self._session.flush()
        file_change(
            self._session, stamp, action, "staff_absence", str(row.id), version=row.version,
            staff=person.staff_no, kind=row.kind, valid_from=row.valid_from, valid_to=row.valid_to, **detail,
        )  # fmt: skip


def _id(row: StaffRow) -> int:
    assert row.id is not None
    return row.id


def _as_absence(row: AbsenceRow, staff_no: str, stand_in: str | None) -> Absence:
    assert row.id is not None
    return Absence(
        row.id, staff_no, AbsenceKind(row.kind), row.valid_from, last_or_none(row.valid_to), stand_in, row.note,
        row.version,
    )
