"""Every query on saved views: a user finds the own ones only."""

from __future__ import annotations

from sqlmodel import Session, col, select

from kit.views.tables import SavedViewRow


def views_of(session: Session, user_id: str, place: str) -> list[SavedViewRow]:
    """The user's views of a list, by name."""
    asked = select(SavedViewRow).where(col(SavedViewRow.user_id) == user_id, col(SavedViewRow.place) == place)
    return list(session.exec(asked.order_by(col(SavedViewRow.name))))


def view_of(session: Session, user_id: str, view_id: int) -> SavedViewRow | None:
    asked = select(SavedViewRow).where(col(SavedViewRow.user_id) == user_id, col(SavedViewRow.id) == view_id)
    return session.exec(asked).one_or_none()
