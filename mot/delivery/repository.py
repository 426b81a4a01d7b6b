"""Every query of sending but the claims themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from kit.db import one_at_a_time
from mot.channels.types import Channel
from mot.delivery.claims import NAMES, delivery_of, note
from mot.delivery.tables import ChannelWindowRow, DeliveryAttemptRow, DeliveryRow
from mot.delivery.types import (
    IN_INBOX_WORD,
    Attempt,
    Delivery,
    DeliveryState,
    Happening,
    NewDelivery,
    SubjectKind,
)

OPEN: Final = (DeliveryState.PENDING.value, DeliveryState.HELD.value)


def _value(row: DeliveryRow) -> Delivery:
    return delivery_of([getattr(row, name) for name in NAMES])


class DeliveryRepository:
    """Reads and writes over one session; the commit belongs to the caller."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, wanted: Sequence[NewDelivery], now: datetime) -> int:
        """Write those whose key is not there yet, and return how many."""
        if not wanted:
            return 0
        kind: Any = postgresql if self._session.get_bind().dialect.name == "postgresql" else sqlite
        statement = kind.insert(DeliveryRow).on_conflict_do_nothing(index_elements=["key"]).returning(DeliveryRow.id)
        rows = [_columns(one, now) for one in wanted]
        fresh = len(self._session.execute(statement, rows).scalars().all())
        if fresh < len(rows):  # what waits for a new fact is asked about again
            self._session.execute(update(DeliveryRow).where(
                col(DeliveryRow.key).in_([one["key"] for one in rows]),
                col(DeliveryRow.state) == DeliveryState.HELD.value, col(DeliveryRow.ready_at).is_(None),
            ).values(ready_at=now))  # fmt: skip
        return fresh

    def one(self, delivery_id: int, *, hold: bool = False) -> Delivery | None:
        row = self._row(delivery_id, hold)
        return _value(row) if row else None

    def _row(self, delivery_id: int, hold: bool) -> DeliveryRow | None:
        wanted = select(DeliveryRow).where(col(DeliveryRow.id) == delivery_id)
        wanted = wanted.execution_options(populate_existing=True)
        if hold and self._session.get_bind().dialect.name == "postgresql":
            wanted = wanted.with_for_update()
        return self._session.exec(wanted).one_or_none()

    def set_by_hand(self, delivery_id: int, state: DeliveryState, reason: str, ready_at: datetime | None,
                    ended_at: datetime | None) -> None:  # fmt: skip
        """The state as a person decided; a worker that still holds an older claim can file nothing any more."""
        self._session.execute(update(DeliveryRow).where(col(DeliveryRow.id) == delivery_id).values(
            state=state.value, reason=reason, ready_at=ready_at, ended_at=ended_at, began_at=None,
            fence=DeliveryRow.fence + 1,
        ))  # fmt: skip

    def restart(self, delivery_id: int, now: datetime) -> None:
        """Tried from the beginning again: attempts and age count anew, the history stays."""
        self._session.execute(update(DeliveryRow).where(col(DeliveryRow.id) == delivery_id).values(
            attempts=0, uncertain=0, created_at=now
        ))  # fmt: skip

    def attempts(self, delivery_id: int) -> list[Attempt]:
        """The history, oldest first. That a message came into the inbox is told by the message itself."""
        wanted = select(DeliveryAttemptRow).where(col(DeliveryAttemptRow.delivery_id) == delivery_id)
        rows = self._session.exec(wanted.order_by(col(DeliveryAttemptRow.id)))
        found = [
            Attempt(place, row.fence, row.worker, row.at, Happening(row.happening), row.detail)
            for place, row in enumerate(rows, 1)
        ]
        arrived = select(DeliveryRow.ended_at, DeliveryRow.fence, DeliveryRow.worker).where(
            col(DeliveryRow.id) == delivery_id, col(DeliveryRow.inbox_no).is_not(None)
        )
        for at, fence, worker in self._session.exec(arrived):
            assert at is not None
            found.append(Attempt(len(found) + 1, fence - 1, worker, at, Happening.SENT, IN_INBOX_WORD))
        return found

    def page(
        self, *, states: Iterable[DeliveryState] = (), channel: Channel | None = None, recipient: str | None = None,
        subject_id: str | None = None, before: int | None = None, most: int = 50,
    ) -> list[Delivery]:  # fmt: skip
        """Newest first, those with an id below `before`."""
        wanted = select(DeliveryRow)
        among = [one.value for one in states]
        if among:
            wanted = wanted.where(col(DeliveryRow.state).in_(among))
        if channel is not None:
            wanted = wanted.where(col(DeliveryRow.channel) == channel.value)
        if recipient:
            wanted = wanted.where(col(DeliveryRow.recipient) == recipient)
        if subject_id:
            wanted = wanted.where(col(DeliveryRow.subject_id) == subject_id)
        if before is not None:
            wanted = wanted.where(col(DeliveryRow.id) < before)
        return [_value(row) for row in self._session.exec(wanted.order_by(col(DeliveryRow.id).desc()).limit(most))]

    def counts(self) -> dict[DeliveryState, int]:
        """How many stand in each state."""
        wanted = select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)
        told = {state: int(n) for state, n in self._session.execute(wanted)}
        return {state: told.get(state.value, 0) for state in DeliveryState}

    def overdue(self, before: datetime) -> int:
        """How many could have been claimed since before that moment, and were not."""
        wanted = select(func.count()).select_from(DeliveryRow).where(
            col(DeliveryRow.ready_at) < before, col(DeliveryRow.state) != DeliveryState.CLAIMED.value
        )
        return int(self._session.execute(wanted).scalar_one())

    def begun(self, guard: str, since: datetime, channel: Channel | None = None, but: int = 0) -> int:
        """Deliveries of one guard that were sent since, or whose push is on its way or uncertain: what a cap counts.

        but: the one that is asked about; sent again after an uncertain push, it takes no second place.
        """
        begun = col(DeliveryRow.began_at).is_not(None) | (col(DeliveryRow.uncertain) > 0)
        wanted = select(func.count()).select_from(DeliveryRow).where(
            col(DeliveryRow.guard) == guard, col(DeliveryRow.guard) != "",  # the index holds no others
            col(DeliveryRow.id) != but,
            (col(DeliveryRow.ended_at) >= since) & (col(DeliveryRow.state) == DeliveryState.SENT.value) | begun,
        )  # fmt: skip
        if channel is not None:
            wanted = wanted.where(col(DeliveryRow.channel) == channel.value)
        return int(self._session.execute(wanted).scalar_one())

    def cancel_open(self, kind: SubjectKind, subject_id: str, reason: str, now: datetime) -> list[int]:
        """Withdraw what waits for this subject; what is on its way is asked about again before it is sent."""
        mine = select(DeliveryRow.id).where(
            col(DeliveryRow.subject_kind) == kind.value, col(DeliveryRow.subject_id) == subject_id,
            col(DeliveryRow.state).in_(OPEN),
        ).with_for_update(skip_locked=True)  # fmt: skip
        done = self._session.execute(update(DeliveryRow).where(col(DeliveryRow.id).in_(mine)).values(
            state=DeliveryState.CANCELLED.value, reason=reason, ready_at=None, ended_at=now,
            fence=DeliveryRow.fence + 1,
        ).returning(col(DeliveryRow.id)))  # fmt: skip
        return [int(one) for one in done.scalars() if one is not None]

    def bury(self, before: datetime, reason: str, now: datetime) -> int:
        """What waits or is held since before that moment is dead, with a row of history each; returns how many."""
        done = self._session.execute(update(DeliveryRow).where(
            col(DeliveryRow.state).in_(OPEN), col(DeliveryRow.created_at) < before,
        ).values(
            state=DeliveryState.DEAD.value, reason=reason, ready_at=None, ended_at=now, fence=DeliveryRow.fence + 1,
        ).returning(col(DeliveryRow.id)))  # fmt: skip
        found = [int(one) for one in done.scalars() if one is not None]
        for one in found:
            note(self._session, one, 0, "clock", now, Happening.EXPIRED, reason)
        return len(found)

    def window(self, address: str) -> ChannelWindowRow:
        """The window of an address, held until the transaction ends."""
        one_at_a_time(self._session, f"heshi.channel.{address}")
        wanted = select(ChannelWindowRow).where(col(ChannelWindowRow.address) == address)
        row = self._session.exec(wanted.execution_options(populate_existing=True)).one_or_none()
        if row is None:
            self._session.execute(insert(ChannelWindowRow).values(address=address, pushes=[], closed_until=None))
            row = self._session.exec(wanted).one()
        return row

    def set_window(self, address: str, **values: Any) -> None:
        self._session.execute(update(ChannelWindowRow).where(col(ChannelWindowRow.address) == address).values(**values))


def _columns(one: NewDelivery, now: datetime) -> dict[str, Any]:
    return {
        "key": one.key, "subject_kind": one.subject_kind.value, "subject_id": one.subject_id,
        "channel": one.channel.value, "recipient": one.recipient, "address": one.address, "client_no": one.client_no,
        "guard": one.guard, "category": one.category, "priority": one.priority, "title": one.title, "body": one.body,
        "link": one.link, "state": DeliveryState.PENDING.value, "reason": "", "ready_at": one.not_before or now,
        "fence": 0, "worker": "", "began_at": None, "attempts": 0, "uncertain": 0, "created_at": now,
        "expires_at": one.expires_at, "ended_at": None,
    }  # fmt: skip
