"""The desk of complaints: received, owned, worked, concluded; every change is an event and a row of the trail.

Read within the scope of `Verb.COMPLAINT_READ`; changed within that of `COMPLAINT_WORK` or, to approve or reject a
conclusion, `COMPLAINT_APPROVE`. Every change takes the version that the caller saw (412 where it has moved on). The
commit belongs to the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import Session

from clients.complaints import rules
from clients.complaints.machine import check_person, next_status, open_acts
from clients.complaints.problems import ComplaintNeedsAnother, ComplaintRefused
from clients.complaints.repository import ComplaintFilter, ComplaintRepository, complaint_of, open_complaints
from clients.complaints.tables import ComplaintEventRow, ComplaintRow
from clients.complaints.types import (
    Complaint,
    ComplaintAct,
    ComplaintAsk,
    ComplaintEvent,
    ComplaintStatus,
    Conclusion,
    Severity,
    complaint_number,
)
from clients.open_items import register_open_items
from clients.repository import ClientRepository
from clients.staff.filing import Stamp, file_change, held
from clients.staff.problems import NotInPost
from clients.staff.repository import StaffRepository
from clients.staff.types import Staff
from clients.tables import ClientRow
from kit.access import NotAllowed, Role, Scope, everything
from kit.clock import day_of
from kit.digest import digest

LONGEST_NOTE: Final = 1000
LONGEST_CONTENT: Final = 2000
_DISPOSERS: Final = (Role.SUPERVISOR, Role.COMPLIANCE)
_OLDEST: Final = date(2000, 1, 1)

register_open_items("complaint", "未办结的投诉", open_complaints)


@dataclass(frozen=True, slots=True)
class ComplaintDetail:
    """One complaint whole: its file (oldest first), what may be done next, whether its end takes another person."""

    complaint: Complaint
    events: tuple[ComplaintEvent, ...]
    acts: tuple[ComplaintAct, ...]
    second_needed: bool


class ComplaintService:
    """Complaints within a scope over one session."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._read = ComplaintRepository(session, scope)

    # reading

    def page(
        self, filters: ComplaintFilter | None = None, *, after: tuple[date, int] | None = None, limit: int = 50
    ) -> tuple[list[Complaint], tuple[date, int] | None]:
        """Up to `limit`, the nearest deadline first, and what the next page begins after."""
        return self._read.page(filters or ComplaintFilter(), after, max(1, min(limit, 200)))

    def counts(self) -> dict[str, int]:
        """By status code, and `overdue`."""
        return self._read.counts()

    def get(self, number: str) -> Complaint:
        """Raises NoSuchComplaint."""
        return self._read.get(number)

    def detail(self, number: str) -> ComplaintDetail:
        """Raises NoSuchComplaint."""
        row, complaint = self._read.row(number), self._read.get(number)
        second = rules.needs_second(complaint.severity, self._scope.day)
        assert row.id is not None
        return ComplaintDetail(complaint, self._read.events(row.id), open_acts(complaint), second)

    def lessons(self, first: date, last: date) -> list[Complaint]:
        """Closed from day to day: what was learnt, the newest first."""
        return self._read.lessons(first, last)

    # changing

    def receive(self, ask: ComplaintAsk, stamp: Stamp) -> Complaint:
        """Register a complaint. Raises NoSuchClient, NoSuchStaff, ComplaintRefused."""
        client = ClientRepository(self._session, self._scope).client(ask.client_no)
        day = day_of(stamp.at)
        _check_text(ask.content, "投诉内容", LONGEST_CONTENT)
        if not _OLDEST <= ask.received_on <= day:
            raise ComplaintRefused(f"受理日期 {ask.received_on} 应在 {_OLDEST} 至今天 {day} 之间")
        if ask.about_staff_no:
            StaffRepository(self._session, everything(day)).row(ask.about_staff_no)
        row = ComplaintRow(
            client_id=client.id, received_on=ask.received_on, way=ask.way.value, complainant=ask.complainant.value,
            topic=ask.topic.value, severity=ask.severity.value, content=ask.content.strip(),
            about_staff_no=ask.about_staff_no, status=ComplaintStatus.RECEIVED.value,
            due_on=rules.due_on(ask.severity, ask.received_on), retain_until=rules.retain_until(ask.received_on),
        )  # fmt: skip
        self._session.add(row)
        self._session.flush()
        self._file(row, ComplaintAct.RECEIVE, stamp, "", {"content": digest(row.content), "due_on": row.due_on})
        return self._of(row)

    # what the following raise beside what is named: NoSuchComplaint, ChangedMeanwhile, ComplaintNotOpen,
    # ComplaintNeedsAnother

    def assign(self, number: str, staff_no: str, *, expected_version: int, stamp: Stamp, note: str = "") -> Complaint:
        """Give it to a person in post whom it is not about. Raises NotInPost, NotAllowed for others than a head."""
        _check_role(stamp, "分派")
        row, complaint, status = self._open(number, ComplaintAct.ASSIGN, expected_version, stamp)
        owner = self._in_post(staff_no, day_of(stamp.at))
        if owner.staff_no == complaint.about_staff_no:
            raise ComplaintNeedsAnother(f"投诉 {number} 涉及 {owner.staff_no} 本人，不能由其办理；请改派他人")
        before, row.owner_no, row.owner_name = row.owner_no, owner.staff_no, owner.name
        return self._done(row, ComplaintAct.ASSIGN, status, stamp, note, {"from": before, "to": owner.staff_no})

    def note(self, number: str, note: str, *, expected_version: int, stamp: Stamp) -> Complaint:
        """What was done and said meanwhile. Raises ComplaintRefused without a word."""
        _check_text(note, "进展")
        row, _, status = self._open(number, ComplaintAct.NOTE, expected_version, stamp)
        return self._done(row, ComplaintAct.NOTE, status, stamp, note, {})

    def regrade(self, number: str, severity: Severity, note: str, *, expected_version: int, stamp: Stamp) -> Complaint:
        """Another severity; the deadline follows from the day of receipt, later than before or sooner.

        Raises ComplaintRefused without a reason; NotAllowed for others than a head.
        """
        _check_role(stamp, "改定轻重")
        _check_text(note, "改定轻重的理由")
        row, complaint, status = self._open(number, ComplaintAct.REGRADE, expected_version, stamp)
        row.severity, row.due_on, row.extended = severity.value, rules.due_on(severity, row.received_on), 0
        told = {"from": complaint.severity.value, "to": severity.value, "due_on": row.due_on}
        return self._done(row, ComplaintAct.REGRADE, status, stamp, note, told)

    def extend(self, number: str, days: int, note: str, *, expected_version: int, stamp: Stamp) -> Complaint:
        """So many working days more. Raises ComplaintRefused beyond what the rule allows; NotAllowed."""
        _check_role(stamp, "延期")
        _check_text(note, "延期的理由")
        row, _, status = self._open(number, ComplaintAct.EXTEND, expected_version, stamp)
        times, most = rules.extension(day_of(stamp.at))
        if row.extended >= times or not 1 <= days <= most:
            raise ComplaintRefused(f"投诉最多延期 {times} 次，每次 1 至 {most} 个营业日；此件已延期 {row.extended} 次")
        row.due_on, row.extended = rules.extended_to(row.due_on, days), row.extended + 1
        return self._done(row, ComplaintAct.EXTEND, status, stamp, note, {"days": days, "due_on": row.due_on})

    def conclude(
        self, number: str, conclusion: Conclusion, note: str, lesson: str, *, expected_version: int, stamp: Stamp
    ) -> Complaint:
        """Propose how it ends and what was learnt; it ends at once unless it is so grave that another must agree.

        Raises ComplaintRefused without the ground or the lesson.
        """
        _check_text(note, "结论的依据与答复内容")
        _check_text(lesson, "从中学到什么、怎样避免再发生")
        row, _, status = self._open(number, ComplaintAct.CONCLUDE, expected_version, stamp)
        row.conclusion, row.conclusion_note, row.lesson = conclusion.value, note.strip(), lesson.strip()
        row.proposed_by_id, row.proposed_by = stamp.actor.user_id, stamp.actor.name
        told = {"conclusion": conclusion.value, "lesson": digest(row.lesson)}
        return self._done(row, ComplaintAct.CONCLUDE, status, stamp, note, told)

    def approve(self, number: str, note: str, *, expected_version: int, stamp: Stamp) -> Complaint:
        """Another person agrees, and the complaint is closed."""
        _check_text(note, "复核意见")
        row, _, status = self._open(number, ComplaintAct.APPROVE, expected_version, stamp)
        return self._done(row, ComplaintAct.APPROVE, status, stamp, note, {})

    def reject(self, number: str, note: str, *, expected_version: int, stamp: Stamp) -> Complaint:
        """Another person sends it back."""
        _check_text(note, "退回的理由")
        row, _, status = self._open(number, ComplaintAct.REJECT, expected_version, stamp)
        row.conclusion = row.proposed_by_id = row.proposed_by = ""
        return self._done(row, ComplaintAct.REJECT, status, stamp, note, {})

    def reopen(self, number: str, note: str, *, expected_version: int, stamp: Stamp) -> Complaint:
        """Take it up again; its days run anew from today. Raises NotAllowed for others than a head."""
        _check_role(stamp, "重开")
        _check_text(note, "重开的理由")
        row, complaint, status = self._open(number, ComplaintAct.REOPEN, expected_version, stamp)
        row.closed_on, row.conclusion, row.proposed_by_id, row.proposed_by = None, "", "", ""
        row.due_on, row.extended = rules.due_on(complaint.severity, day_of(stamp.at)), 0
        return self._done(row, ComplaintAct.REOPEN, status, stamp, note, {"due_on": row.due_on})

    def _open(
        self, number: str, act: ComplaintAct, expected_version: int, stamp: Stamp
    ) -> tuple[ComplaintRow, Complaint, ComplaintStatus]:
        """The row held under its version, as it stands, and where the act leads."""
        row = held(self._session, ComplaintRow, self._read.row(number).id, expected_version, f"投诉 {number}")
        complaint = self._of(row)
        status = next_status(complaint, act, day_of(stamp.at))
        check_person(complaint, act, stamp.actor.user_id, stamp.actor.subject)
        return row, complaint, status

    def _done(
        self, row: ComplaintRow, act: ComplaintAct, status: ComplaintStatus, stamp: Stamp, note: str,
        detail: dict[str, Any],
    ) -> Complaint:  # fmt: skip
        row.version += 1
        row.status = status.value
        if status is ComplaintStatus.CLOSED and row.closed_on is None:
            row.closed_on = day_of(stamp.at)
        self._file(row, act, stamp, note, detail)
        return self._of(row)

    def _file(self, row: ComplaintRow, act: ComplaintAct, stamp: Stamp, note: str, detail: dict[str, Any]) -> None:
        """The event of the version that the row has now, and its row of the trail."""
        assert row.id is not None
        told = {name: value.isoformat() if isinstance(value, date) else value for name, value in detail.items()}
        number, note = complaint_number(row.id), note.strip()[:LONGEST_NOTE]
        said = {
            "complaint": number, "version": row.version, "act": act.value, "at": stamp.at, "by": stamp.actor.user_id,
            "status": row.status, "note": note, "detail": told,
        }
        event = ComplaintEventRow(
            complaint_id=row.id, version=row.version, act=act.value, at=stamp.at, by_id=stamp.actor.user_id,
            by_name=stamp.actor.name, status=row.status, note=note, detail=told, digest=digest(said),
        )
        self._session.add(event)
        file_change(
            self._session, stamp, f"complaint.{act.value.lower()}", "complaint", number, version=row.version,
            digest=event.digest, status=row.status, severity=row.severity, topic=row.topic,
        )  # fmt: skip

    def _of(self, row: ComplaintRow) -> Complaint:
        client = self._session.get_one(ClientRow, row.client_id)
        return complaint_of(row, client.client_no, client.name)

    def _in_post(self, staff_no: str, day: date) -> Staff:
        found = StaffRepository(self._session, everything(day)).staff(staff_no=staff_no, limit=1, in_post=True)
        if not found:
            raise NotInPost(f"{staff_no[:64]} 在 {day} 不在岗；请改派在岗的同事")
        return found[0]


def _check_text(text: str, what: str, longest: int = LONGEST_NOTE) -> None:
    if not text.strip():
        raise ComplaintRefused(f"请写明{what}")
    if len(text) > longest:
        raise ComplaintRefused(f"{what}最多 {longest} 个字符，此处 {len(text)} 个")


def _check_role(stamp: Stamp, act: str) -> None:
    if stamp.actor.role not in _DISPOSERS:
        raise NotAllowed(f"投诉由营业部主管或合规{act}")
