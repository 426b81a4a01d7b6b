"""站内信: one's own messages, how many are unread, and reading them. A message is the delivery that has arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from kit.access import Actor
from mot.delivery.problems import NoSuchMessage
from mot.delivery.tables import DeliveryRow

MOST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxMessage:
    """One message as its reader sees it. id: its number in the inbox, ascending by arrival."""

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
        self._arrived = (
            col(DeliveryRow.recipient).in_(recipients_of(actor)), col(DeliveryRow.inbox_no).is_not(None),
        )  # fmt: skip

    def page(self, *, unread: bool = False, before: int | None = None, most: int = 50) -> list[InboxMessage]:
        """Newest first, those with an id below `before`."""
        wanted = select(DeliveryRow).where(*self._arrived)
        if unread:
            wanted = wanted.where(col(DeliveryRow.read_at).is_(None))
        if before is not None:
            wanted = wanted.where(col(DeliveryRow.inbox_no) < before)
        rows = self._session.exec(wanted.order_by(col(DeliveryRow.inbox_no).desc()).limit(min(most, MOST + 1)))
        return [_message(row) for row in rows]

    def since(self, after: int, most: int = MOST) -> list[InboxMessage]:
        """Oldest first, those with an id above `after`."""
        wanted = select(DeliveryRow).where(*self._arrived, col(DeliveryRow.inbox_no) > after)
        return [_message(row) for row in self._session.exec(wanted.order_by(col(DeliveryRow.inbox_no)).limit(most))]

    def unread(self) -> int:
        wanted = select(func.count()).select_from(DeliveryRow).where(*self._arrived, col(DeliveryRow.read_at).is_(None))
        return int(self._session.execute(wanted).scalar_one())

    def read(self, message_id: int, now: datetime) -> InboxMessage:
        """Mark one as read; the first reading counts. Raises NoSuchMessage for one that is not there or not mine."""
        own = (*self._arrived, col(DeliveryRow.inbox_no) == message_id)
        self._session.execute(update(DeliveryRow).where(*own, col(DeliveryRow.read_at).is_(None)).values(read_at=now))
        row = self._session.exec(
            select(DeliveryRow).where(*own).execution_options(populate_existing=True)
        ).one_or_none()
        if row is None:
            raise NoSuchMessage(f"没有编号为 {message_id} 的站内信")
        return _message(row)


def _message(row: DeliveryRow) -> InboxMessage:
    assert row.inbox_no is not None
    assert row.ended_at is not None
    return InboxMessage(
        id=row.inbox_no, category=row.category, title=row.title, body=row.body, link=row.link, sent_at=row.ended_at,
        read_at=row.read_at,
    )  # fmt: skip
