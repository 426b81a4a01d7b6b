"""Every query on users, sessions and refresh tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import CursorResult, Row, Select, Table, func, select, update
from sqlmodel import Session, SQLModel, col

from kit.access import Role
from kit.identity.tables import RefreshTokenRow, SessionRow, UserRow

_USER: Final[Table] = SQLModel.metadata.tables[str(UserRow.__tablename__)]
_SESSION: Final[Table] = SQLModel.metadata.tables[str(SessionRow.__tablename__)]
_HOLDER: Final[Select[Any]] = select(
    _SESSION.c.id.label("session_id"), _SESSION.c.door, _SESSION.c.used_at, _SESSION.c.expires_at, _SESSION.c.ended_at,
    _USER.c.id, _USER.c.name, _USER.c.role, _USER.c.subject, _USER.c.disabled_at, _USER.c.must_change_password,
).join(_USER, _USER.c.id == _SESSION.c.user_id)  # fmt: skip


def user(session: Session, user_id: str, *, fresh: bool = False) -> UserRow | None:
    return session.get(UserRow, user_id, populate_existing=fresh)


def user_named(session: Session, name: str) -> UserRow | None:
    return session.scalars(select(UserRow).where(col(UserRow.name) == name)).first()


def user_of_subject(session: Session, subject: str) -> UserRow | None:
    return session.scalars(select(UserRow).where(col(UserRow.subject) == subject)).first()


def users(session: Session, after: str, most: int) -> Sequence[UserRow]:
    """By name, those behind `after`."""
    statement = select(UserRow).where(col(UserRow.name) > after).order_by(col(UserRow.name)).limit(most)
    return session.scalars(statement).all()


def any_user(session: Session) -> bool:
    return session.scalars(select(_USER.c.id).limit(1)).first() is not None


def administrators(session: Session) -> int:
    """How many may still act."""
    statement = select(func.count()).where(
        col(UserRow.role) == Role.ADMINISTRATOR.value, col(UserRow.disabled_at).is_(None)
    )
    return session.scalars(statement).one()


def hold(session: Session, user_id: str) -> UserRow:
    """The user as it is now, and nobody else changes it until this transaction ends: the same on both databases."""
    session.connection().execute(update(UserRow).where(col(UserRow.id) == user_id).values(version=UserRow.version))
    found = user(session, user_id, fresh=True)
    if found is None:
        raise LookupError(f"user {user_id} is gone")
    return found


def live_sessions(session: Session, user_id: str, now: datetime) -> Sequence[SessionRow]:
    """Sessions that still let in, newest first."""
    statement = (
        select(SessionRow)
        .where(col(SessionRow.user_id) == user_id, col(SessionRow.ended_at).is_(None), col(SessionRow.expires_at) > now)
        .order_by(col(SessionRow.created_at).desc(), col(SessionRow.id))
    )
    return session.scalars(statement).all()


def session_row(session: Session, session_id: str) -> SessionRow | None:
    return session.get(SessionRow, session_id, populate_existing=True)


def end_sessions(
    session: Session, now: datetime, by: str, reason: str, *, user_id: str = "", session_id: str = "", spare: str = ""
) -> int:
    """End the live sessions of a user, or one of them; returns how many ended now."""
    statement = update(SessionRow).where(col(SessionRow.ended_at).is_(None), col(SessionRow.id) != spare)
    if session_id:
        statement = statement.where(col(SessionRow.id) == session_id)
    else:
        statement = statement.where(col(SessionRow.user_id) == user_id)
    return _rows(session, statement.values(ended_at=now, ended_by=by, end_reason=reason))


def use_session(session: Session, session_id: str, now: datetime) -> bool:
    """Note that a live session was used, and hold it; false where it has ended."""
    statement = update(SessionRow).where(
        col(SessionRow.id) == session_id, col(SessionRow.ended_at).is_(None), col(SessionRow.expires_at) > now
    )
    return _rows(session, statement.values(used_at=now)) == 1


def refresh_token(session: Session, hashed: str) -> RefreshTokenRow | None:
    return session.get(RefreshTokenRow, hashed, populate_existing=True)


def claim_refresh_token(session: Session, hashed: str, now: datetime) -> bool:
    """Use a token up; true for one caller only, however many try at once."""
    statement = update(RefreshTokenRow).where(
        col(RefreshTokenRow.token_hash) == hashed, col(RefreshTokenRow.used_at).is_(None)
    )
    return _rows(session, statement.values(used_at=now)) == 1


def holder(session: Session, session_id: str) -> Row[Any] | None:
    """A session and its user in one query by primary key."""
    return session.connection().execute(_HOLDER.where(_SESSION.c.id == session_id)).first()


def holder_of_cookie(session: Session, cookie_hash: str) -> Row[Any] | None:
    return session.connection().execute(_HOLDER.where(_SESSION.c.cookie_hash == cookie_hash)).first()


def _rows(session: Session, statement: Any) -> int:
    done: CursorResult[Any] = session.connection().execute(statement)
    return done.rowcount
