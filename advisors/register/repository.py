"""Every query on the registers. Grading reads what stands; people read entries that were withdrawn as well."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session, col

from advisors.register.tables import ConductRow, TrainingRow
from advisors.types import ConductEntry, Period, TrainingEntry
from clients.staff.tables import StaffRow
from clients.visibility import shown, visible_staff_nos
from kit.access import Scope

YEARS_BACK: Final = 366
PREFIX: Final = {ConductRow: "XW", TrainingRow: "PX"}
"""How the number of an entry begins, by its register (行为, 培训)."""


def number_of(row: ConductRow | TrainingRow) -> str:
    """The number by which an entry is called everywhere."""
    return f"{PREFIX[type(row)]}{row.id:07d}"


def page_of(
    session: Session, scope: Scope, table: type[Any], *, staff_no: str = "", before: int | None = None, limit: int = 50
) -> list[Any]:
    """Entries of a register within the scope, the newest first; rows that withdraw others are not entries."""
    asked = select(table).where(col(table.withdraws).is_(None), *shown(table.staff_no, visible_staff_nos, scope))
    if staff_no:
        asked = asked.where(col(table.staff_no) == staff_no)
    if before is not None:
        asked = asked.where(col(table.id) < before)
    return list(session.scalars(asked.order_by(col(table.id).desc()).limit(limit)))


def withdrawals(session: Session, table: type[Any], entries: list[int]) -> dict[int, Any]:
    """The rows that took entries back, by the entry."""
    asked = select(table).where(col(table.withdraws).in_(entries))
    return {row.withdraws: row for row in session.scalars(asked)}


def names_of(session: Session, staff_nos: set[str]) -> dict[str, str]:
    asked = select(col(StaffRow.staff_no), col(StaffRow.name)).where(col(StaffRow.staff_no).in_(staff_nos))
    return {one.staff_no: one.name for one in session.execute(asked)}


def conduct_entries(session: Session, first: date, last: date) -> tuple[ConductEntry, ...]:
    """Breaches from day to day, both included, by number."""
    row = ConductRow
    asked = _standing(row).where(col(row.day).between(first, last)).order_by(col(row.id))
    return tuple(
        ConductEntry(number_of(one), one.staff_no, one.code, one.day, one.client_no, one.note)
        for one in session.scalars(asked)
    )


def training_entries(session: Session, period: Period) -> tuple[TrainingEntry, ...]:
    """Certificates up to the period's end, and the training of the year before it, by number."""
    row = TrainingRow
    since = period.last - timedelta(days=YEARS_BACK)
    asked = (
        _standing(row)
        .where(col(row.day) <= period.last, (col(row.kind) == "CERTIFICATE") | (col(row.day) >= since))
        .order_by(col(row.id))
    )
    return tuple(
        TrainingEntry(number_of(one), one.staff_no, one.kind, one.code, one.title, one.day, one.hours, one.valid_to)
        for one in session.scalars(asked)
    )


def training_in_use(session: Session, day: date) -> bool:
    """Whether anything was registered by the day: an empty register says nothing about anybody."""
    return session.execute(select(col(TrainingRow.id)).where(col(TrainingRow.day) <= day).limit(1)).first() is not None


def _standing(row: Any) -> Any:
    """Entries that neither withdraw another one nor were withdrawn."""
    taken = select(col(row.withdraws)).where(col(row.withdraws).is_not(None))
    return select(row).where(col(row.withdraws).is_(None), col(row.id).not_in(taken))
