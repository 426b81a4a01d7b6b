"""Queries on logins of the whole book."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session, col

from clients.logins.tables import LoginRow


def last_logins(session: Session, day: date) -> dict[int, date]:
    """The last day up to `day` on which each client logged in, by client id; clients without one are not there."""
    row = LoginRow
    asked = select(col(row.client_id), func.max(col(row.day))).where(col(row.day) <= day).group_by(col(row.client_id))
    return {int(client): last for client, last in session.execute(asked)}
