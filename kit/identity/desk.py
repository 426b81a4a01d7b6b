"""What every act of identity has at hand: the transaction, the moment, the origin, and the way into the trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from kit.access import Actor, Role, Verb
from kit.clock import day_of
from kit.identity import repository
from kit.identity.policy import Policy, policy_of
from kit.identity.problems import UnknownUser
from kit.identity.tables import UserRow
from kit.identity.types import Act, User
from kit.trail.entry import Entry, Origin
from kit.trail.service import record

NOBODY = Actor("", "未登录", Role.SERVICE)  # someone at the door who could not be identified
HOUSE = Actor("", "本机操作者", Role.SERVICE)  # the one who founds a database


class Desk:
    """One request's or command's business with identity; the caller commits."""

    def __init__(self, session: Session, *, now: datetime, origin: Origin) -> None:
        self._session = session
        self._now = now
        self._origin = origin
        self.policy: Policy = policy_of(now)

    def _record(
        self, who: Actor, act: Act, kind: str, record_id: str, *, version: str = "", purpose: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        entry = Entry(
            actor=who, at=self._now, origin=self._origin, action=act.value, record_kind=kind, record_id=record_id,
            record_version=version, purpose=purpose or act.label, detail=detail or {},
        )  # fmt: skip
        record(self._session, entry)

    def _record_user(self, who: Actor, act: Act, row: UserRow, detail: Mapping[str, Any], purpose: str = "") -> None:
        self._record(who, act, "user", row.id, version=str(row.version), purpose=purpose, detail=detail)

    def _found(self, user: str) -> UserRow:
        """A user by id or name. Raises UnknownUser."""
        row = repository.user(self._session, user) or repository.user_named(self._session, user.strip().lower())
        if row is None:
            raise UnknownUser(f"没有用户 {user}；可用 heshi user list 查看")
        return row

    def _must_manage(self, actor: Actor) -> None:
        """Raises NotAllowed for anyone but those who manage users."""
        actor.scope(Verb.USER_MANAGE, day_of(self._now))


def as_user(row: UserRow) -> User:
    return User(
        id=row.id, name=row.name, role=Role(row.role), subject=row.subject, version=row.version,
        must_change_password=row.must_change_password, created_at=row.created_at, signed_in_at=row.signed_in_at,
        disabled_at=row.disabled_at, locked_until=row.locked_until,
    )  # fmt: skip
