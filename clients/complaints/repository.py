"""Every query on complaints, within a scope: what lies outside is not there. Nothing here deletes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlmodel import Session, col

from clients.complaints.problems import NoSuchComplaint
from clients.complaints.tables import ComplaintEventRow, ComplaintRow
from clients.complaints.types import (
    Complainant,
    Complaint,
    ComplaintAct,
    ComplaintEvent,
    ComplaintStatus,
    Conclusion,
    Severity,
    Topic,
    Way,
    complaint_number,
    row_id_of,
)
from clients.open_items import OpenItem
from clients.tables import ClientRow
from clients.visibility import shown, visible_clients
from kit.access import Scope

_R: Final = ComplaintRow
_SAME: Final = (
    "version", "received_on", "content", "about_staff_no", "owner_no", "owner_name", "due_on", "extended",
    "conclusion_note", "lesson", "proposed_by", "proposed_by_id", "closed_on", "retain_until",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintFilter:
    """Which complaints: those that meet all that is set. text: a part of number, client or name."""

    status: ComplaintStatus | None = None
    severity: Severity | None = None
    topic: Topic | None = None
    owner_no: str | None = None
    client_no: str | None = None
    unsettled: bool = False
    overdue: bool = False
    text: str = ""


class ComplaintRepository:
    """Complaints of the clients that a scope shows; "overdue" is as of the scope's day."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._day = scope.day
        self._shown = shown(_R.client_id, visible_clients, scope)

    def row(self, number: str) -> ComplaintRow:
        """Raises NoSuchComplaint."""
        row_id = row_id_of(number)
        found = None
        if row_id is not None:
            found = self._session.scalars(select(_R).where(col(_R.id) == row_id, *self._shown)).first()
        if found is None:
            raise NoSuchComplaint(f"没有投诉 {number[:20]}")
        return found

    def get(self, number: str) -> Complaint:
        """Raises NoSuchComplaint."""
        row = self.row(number)
        client = self._session.get_one(ClientRow, row.client_id)
        return complaint_of(row, client.client_no, client.name)

    def page(
        self, filters: ComplaintFilter, after: tuple[date, int] | None, limit: int
    ) -> tuple[list[Complaint], tuple[date, int] | None]:
        """Up to `limit`, the nearest deadline first, and what the next page begins after, None on the last."""
        asked = (
            select(_R, col(ClientRow.client_no), col(ClientRow.name))
            .join(ClientRow, col(ClientRow.id) == col(_R.client_id))
            .where(*self._where(filters))
        )
        if after is not None:
            due, row_id = after
            asked = asked.where(or_(col(_R.due_on) > due, and_(col(_R.due_on) == due, col(_R.id) > row_id)))
        rows = list(self._session.execute(asked.order_by(col(_R.due_on), col(_R.id)).limit(limit + 1)))
        last = rows[limit - 1][0] if len(rows) > limit else None
        following = None if last is None else (last.due_on, int(last.id))
        return [complaint_of(*row) for row in rows[:limit]], following

    def counts(self) -> dict[str, int]:
        """All that the scope shows, by status code; `overdue` beside them, and `MAJOR` for grave ones not closed."""
        late = case((self._overdue(), 1), else_=0)
        grave = and_(col(_R.severity) == Severity.MAJOR.value, col(_R.status) != ComplaintStatus.CLOSED.value)
        asked = (
            select(col(_R.status), func.count(), func.sum(late), func.sum(case((grave, 1), else_=0)))
            .where(*self._shown)
            .group_by(col(_R.status))
        )
        found = {one.value: 0 for one in ComplaintStatus} | {"overdue": 0, Severity.MAJOR.value: 0}
        for status, number, overdue, major in self._session.execute(asked):
            found[status] = int(number)
            found["overdue"] += int(overdue)
            found[Severity.MAJOR.value] += int(major)
        return found

    def events(self, row_id: int) -> tuple[ComplaintEvent, ...]:
        """The file, oldest first."""
        asked = select(ComplaintEventRow).where(col(ComplaintEventRow.complaint_id) == row_id)
        return tuple(event_of(row) for row in self._session.scalars(asked.order_by(col(ComplaintEventRow.version))))

    def lessons(self, first: date, last: date) -> list[Complaint]:
        """Closed from day to day, both included: what was learnt, the newest first."""
        asked = (
            select(_R, col(ClientRow.client_no), col(ClientRow.name))
            .join(ClientRow, col(ClientRow.id) == col(_R.client_id))
            .where(col(_R.closed_on).between(first, last), *self._shown)
            .order_by(col(_R.closed_on).desc(), col(_R.id))
        )
        return [complaint_of(*row) for row in self._session.execute(asked)]

    def _overdue(self) -> ColumnElement[bool]:
        return and_(col(_R.due_on) < self._day, col(_R.status) != ComplaintStatus.CLOSED.value)

    def _where(self, filters: ComplaintFilter) -> list[ColumnElement[bool]]:
        where = [*self._shown]
        for name in ("status", "severity", "topic", "owner_no"):
            if (value := getattr(filters, name)) is not None:
                where.append(getattr(_R, name) == str(value))
        if filters.client_no is not None:
            where.append(col(ClientRow.client_no) == filters.client_no)
        if filters.unsettled:
            where.append(col(_R.status) != ComplaintStatus.CLOSED.value)
        if filters.overdue:
            where.append(self._overdue())
        text = filters.text.strip()
        if text:
            parts = [col(one).contains(text, autoescape=True) for one in (ClientRow.client_no, ClientRow.name)]
            row_id = row_id_of(text)
            where.append(or_(*parts, *([] if row_id is None else [col(_R.id) == row_id])))
        return where


def counts_between(session: Session, first: date, last: date) -> dict[int, int]:
    """How many complaints came in from day to day, both included, by client id; the whole book."""
    asked = (
        select(col(_R.client_id), func.count())
        .where(col(_R.received_on).between(first, last))
        .group_by(col(_R.client_id))
    )
    return {int(client): int(number) for client, number in session.execute(asked)}


def in_use(session: Session, day: date) -> bool:
    """Whether anything was registered by the day: an empty register is no evidence of contentment."""
    return session.execute(select(col(_R.id)).where(col(_R.received_on) <= day).limit(1)).first() is not None


def open_complaints(session: Session, client_ids: Sequence[int], day: date) -> list[OpenItem]:
    """未办结的投诉 of these clients, for a handover."""
    asked = (
        select(_R, col(ClientRow.client_no))
        .join(ClientRow, col(ClientRow.id) == col(_R.client_id))
        .where(
            col(_R.client_id).in_(client_ids), col(_R.status) != ComplaintStatus.CLOSED.value,
            col(_R.received_on) <= day,
        )
    )
    return [
        OpenItem(
            "complaint", complaint_number(row.id), client_no,
            f"{Topic(row.topic).label}（{Severity(row.severity).label}）", row.due_on,
        )
        for row, client_no in session.execute(asked)
    ]  # fmt: skip


def complaint_of(row: ComplaintRow, client_no: str, client_name: str) -> Complaint:
    assert row.id is not None
    return Complaint(
        number=complaint_number(row.id), client_no=client_no, client_name=client_name, way=Way(row.way),
        complainant=Complainant(row.complainant), topic=Topic(row.topic), severity=Severity(row.severity),
        status=ComplaintStatus(row.status), conclusion=Conclusion(row.conclusion) if row.conclusion else None,
        **_same(row),
    )  # fmt: skip


def _same(row: ComplaintRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SAME}


def event_of(row: ComplaintEventRow) -> ComplaintEvent:
    return ComplaintEvent(
        version=row.version, act=ComplaintAct(row.act), at=row.at, by_name=row.by_name,
        status=ComplaintStatus(row.status), note=row.note, detail=dict(row.detail), digest=row.digest,
    )
