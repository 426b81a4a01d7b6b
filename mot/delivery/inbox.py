"""站内信: one's own messages, how many are unread, and reading them. A message is the delivery that has arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import Session, col

from kit.access import Actor
from mot.delivery.problems import NoSuchMessage
from mot.delivery.tables import DeliveryRow, StandingRow

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
            col(StandingRow.recipient).in_(recipients_of(actor)), col(StandingRow.inbox_no).is_not(None),
        )  # fmt: skip

    def page(self, *, unread: bool = False, before: int | None = None, most: int = 50) -> list[InboxMessage]:
        """Newest first, those with an id below `before`."""
        among: list[ColumnElement[bool]] = [*self._arrived]
        if unread:
            among.append(col(StandingRow.read_at).is_(None))
        if before is not None:
            among.append(col(StandingRow.inbox_no) < before)
        return self._found(among, col(StandingRow.inbox_no).desc(), min(most, MOST + 1))

    def since(self, after: int, most: int = MOST) -> list[InboxMessage]:
        """Oldest first, those with an id above `after`."""
        return self._found([*self._arrived, col(StandingRow.inbox_no) > after], col(StandingRow.inbox_no), most)

    def unread(self) -> int:
        wanted = select(func.count()).select_from(StandingRow).where(*self._arrived, col(StandingRow.read_at).is_(None))
        return int(self._session.execute(wanted).scalar_one())

    def read(self, message_id: int, now: datetime) -> InboxMessage:
        """Mark one as read; the first reading counts. Raises NoSuchMessage for one that is not there or not mine."""
        own = [*self._arrived, col(StandingRow.inbox_no) == message_id]
        self._session.execute(update(StandingRow).where(*own, col(StandingRow.read_at).is_(None)).values(read_at=now))
        found = self._found(own, col(StandingRow.inbox_no), 1)
        if not found:
            raise NoSuchMessage(f"没有编号为 {message_id} 的站内信")
        return found[0]

    def _found(self, among: Sequence[ColumnElement[bool]], order: Any, most: int) -> list[InboxMessage]:
        wanted = select(*_SHOWN).join(StandingRow, col(StandingRow.delivery_id) == DeliveryRow.id).where(*among)
        rows = self._session.execute(wanted.order_by(order).limit(most))
        return [
            InboxMessage(
                id=number, category=category, title=title, body=body, link=link, sent_at=sent_at, read_at=read_at
            )
            for number, category, title, body, link, sent_at, read_at in rows
        ]


_SHOWN: Final[Any] = (
    StandingRow.inbox_no, DeliveryRow.category, DeliveryRow.title, DeliveryRow.body, DeliveryRow.link,
    StandingRow.ended_at, StandingRow.read_at,
)  # fmt: skip
