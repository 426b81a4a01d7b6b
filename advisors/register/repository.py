"""What the registers say up to the end of a period; entries that were withdrawn are not there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from advisors.register.tables import ConductRow, TrainingRow
from advisors.types import ConductEntry, Period, TrainingEntry

YEARS_BACK = 366


def conduct_entries(session: Session, first: date, last: date) -> tuple[ConductEntry, ...]:
    """Breaches from day to day, both included, by number."""
    row = ConductRow
    asked = _standing(row).where(col(row.day).between(first, last)).order_by(col(row.id))
    return tuple(
        ConductEntry(f"XW{one.id:07d}", one.staff_no, one.code, one.day, one.client_no, one.note)
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
        TrainingEntry(f"PX{one.id:07d}", one.staff_no, one.kind, one.code, one.title, one.day, one.hours, one.valid_to)
        for one in session.scalars(asked)
    )


def training_in_use(session: Session, day: date) -> bool:
    """Whether anything was registered by the day: an empty register says nothing about anybody."""
    return session.execute(select(col(TrainingRow.id)).where(col(TrainingRow.day) <= day).limit(1)).first() is not None


def _standing(row: Any) -> Any:
    """Entries that neither withdraw another one nor were withdrawn."""
    taken = select(col(row.withdraws)).where(col(row.withdraws).is_not(None))
    return select(row).where(col(row.withdraws).is_(None), col(row.id).not_in(taken))
