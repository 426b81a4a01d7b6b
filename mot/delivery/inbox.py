"""站内信: one's own messages, how many are unread, and reading them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from kit.access import Actor
from mot.delivery.problems import NoSuchMessage
from mot.delivery.tables import InboxRow

MOST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxMessage:
    """One message as its reader sees it."""

    id: int
    category: str
    title: str
    body: str
    link: str
    sent_at: datetime
    read_at: datetime | None


def recipients_of(actor: Actor) -> tuple[str, ...]:
    """Whose messages are this actor's own: the person served by the subject, and the user."""
    return tuple(one for one in (actor.subject, f"user:{actor.user_id}" if actor.user_id else "") if one)


class Inbox:
    """The messages of one actor."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self._session = session
        self._mine = recipients_of(actor)

    def page(self, *, unread: bool = False, before: int | None = None, most: int = 50) -> list[InboxMessage]:
        """Newest first, those with an id below `before`."""
        wanted = select(InboxRow).where(col(InboxRow.recipient).in_(self._mine))
        if unread:
            wanted = wanted.where(col(InboxRow.read_at).is_(None))
        if before is not None:
            wanted = wanted.where(col(InboxRow.id) < before)
        rows = self._session.exec(wanted.order_by(col(InboxRow.id).desc()).limit(min(most, MOST + 1)))
        return [_message(row) for row in rows]

    def since(self, after: int, most: int = MOST) -> list[InboxMessage]:
        """Oldest first, those with an id above `after`."""
        wanted = select(InboxRow).where(col(InboxRow.recipient).in_(self._mine), col(InboxRow.id) > after)
        return [_message(row) for row in self._session.exec(wanted.order_by(col(InboxRow.id)).limit(most))]

    def unread(self) -> int:
        wanted = select(func.count()).select_from(InboxRow)
        mine = col(InboxRow.recipient).in_(self._mine)
        return int(self._session.execute(wanted.where(mine, col(InboxRow.read_at).is_(None))).scalar_one())

    def read(self, message_id: int, now: datetime) -> InboxMessage:
        """Mark one as read; the first reading counts. Raises NoSuchMessage for one that is not there or not mine."""
        own = (col(InboxRow.id) == message_id, col(InboxRow.recipient).in_(self._mine))
        self._session.execute(update(InboxRow).where(*own, col(InboxRow.read_at).is_(None)).values(read_at=now))
        row = self._session.exec(
            select(InboxRow).where(*own).execution_options(populate_existing=True)
        ).one_or_none()
        if row is None:
            raise NoSuchMessage(f"没有编号为 {message_id} 的站内信")
        return _message(row)


def _message(row: InboxRow) -> InboxMessage:
    assert row.id is not None
    return InboxMessage(
        id=row.id, category=row.category, title=row.title, body=row.body, link=row.link, sent_at=row.sent_at,
        read_at=row.read_at,
    )  # fmt: skip
