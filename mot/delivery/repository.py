"""Every query of sending but the claims themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from kit.db import one_at_a_time
from mot.channels.types import Channel
from mot.delivery.claims import NAMES, STANDS, delivery_of, note
from mot.delivery.tables import ChannelWindowRow, DeliveryAttemptRow, DeliveryRow, StandingRow
from mot.delivery.types import Attempt, Delivery, DeliveryState, Happening, NewDelivery, SubjectKind

OPEN: Final = (DeliveryState.PENDING.value, DeliveryState.HELD.value)
_TOLD: Final = [getattr(StandingRow if name in STANDS else DeliveryRow, name) for name in NAMES]


def _deliveries() -> Select[Any]:
    return select(*_TOLD).join(StandingRow, col(StandingRow.delivery_id) == DeliveryRow.id)


class DeliveryRepository:
    """Reads and writes over one session; the commit belongs to the caller."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, wanted: Sequence[NewDelivery], now: datetime) -> int:
        """Write those whose key is not there yet, and return how many."""
        if not wanted:
            return 0
        kind: Any = postgresql if self._session.get_bind().dialect.name == "postgresql" else sqlite
        statement = kind.insert(DeliveryRow).on_conflict_do_nothing(index_elements=["key"])
        rows = {one.key: one for one in wanted}
        fresh = self._session.execute(
            statement.returning(DeliveryRow.key, DeliveryRow.id), [_said(one, now) for one in rows.values()]
        ).all()
        if fresh:
            standing = [_standing(number, rows[key], now) for key, number in fresh]
            self._session.execute(insert(StandingRow), standing)
        if len(fresh) < len(rows):  # what waits for a new fact is asked about again
            known = select(col(DeliveryRow.id)).where(col(DeliveryRow.key).in_(rows))
            self._session.execute(update(StandingRow).where(
                col(StandingRow.delivery_id).in_(known), col(StandingRow.state) == DeliveryState.HELD.value,
                col(StandingRow.ready_at).is_(None),
            ).values(ready_at=now))  # fmt: skip
        return len(fresh)

    def one(self, delivery_id: int, *, hold: bool = False) -> Delivery | None:
        wanted = _deliveries().where(col(DeliveryRow.id) == delivery_id)
        if hold and self._session.get_bind().dialect.name == "postgresql":
            wanted = wanted.with_for_update(of=StandingRow)
        row = self._session.execute(wanted).one_or_none()
        return delivery_of(row) if row else None

    def set_by_hand(self, delivery_id: int, state: DeliveryState, reason: str, ready_at: datetime | None,
                    ended_at: datetime | None) -> None:  # fmt: skip
        """The state as a person decided; a worker that still holds an older claim can file nothing any more."""
        self._session.execute(update(StandingRow).where(col(StandingRow.delivery_id) == delivery_id).values(
            state=state.value, reason=reason, ready_at=ready_at, ended_at=ended_at, began_at=None,
            fence=StandingRow.fence + 1,
        ))  # fmt: skip

    def restart(self, delivery_id: int, now: datetime) -> None:
        """Tried from the beginning again: attempts and age count anew, when it was written and the history stay."""
        self._session.execute(update(StandingRow).where(col(StandingRow.delivery_id) == delivery_id).values(
            attempts=0, uncertain=0, since=now
        ))  # fmt: skip

    def attempts(self, delivery_id: int) -> list[Attempt]:
        """The history, oldest first. That a worker sent it is told by the delivery itself."""
        wanted = select(DeliveryAttemptRow).where(col(DeliveryAttemptRow.delivery_id) == delivery_id)
        rows = self._session.scalars(wanted.order_by(col(DeliveryAttemptRow.id))).all()
        found = [(row.at, row.fence, row.worker, Happening(row.happening), row.detail) for row in rows]
        sent = select(
            col(StandingRow.ended_at), col(StandingRow.fence), col(StandingRow.worker), col(StandingRow.reason),
            col(StandingRow.inbox_no),
        ).where(col(StandingRow.delivery_id) == delivery_id, col(StandingRow.state) == DeliveryState.SENT.value)
        if not {Happening.SENT, Happening.CONFIRMED} & {one[3] for one in found}:
            for at, fence, worker, reason, inbox_no in self._session.execute(sent):
                found.append((at, fence - (inbox_no is not None), worker, Happening.SENT, reason))
        found.sort(key=lambda one: (one[0], one[3] is Happening.LATE))
        return [Attempt(place, fence, who, at, what, why) for place, (at, fence, who, what, why) in enumerate(found, 1)]

    def page(
        self, *, states: Iterable[DeliveryState] = (), channel: Channel | None = None, recipient: str | None = None,
        subject_id: str | None = None, before: int | None = None, most: int = 50,
    ) -> list[Delivery]:  # fmt: skip
        """Newest first, those with an id below `before`."""
        wanted = _deliveries()
        among = [one.value for one in states]
        if among:
            wanted = wanted.where(col(StandingRow.state).in_(among))
        if channel is not None:
            wanted = wanted.where(col(DeliveryRow.channel) == channel.value)
        if recipient:
            wanted = wanted.where(col(DeliveryRow.recipient) == recipient)
        if subject_id:
            wanted = wanted.where(col(DeliveryRow.subject_id) == subject_id)
        if before is not None:
            wanted = wanted.where(col(DeliveryRow.id) < before)
        rows = self._session.execute(wanted.order_by(col(DeliveryRow.id).desc()).limit(most))
        return [delivery_of(row) for row in rows]

    def counts(self) -> dict[DeliveryState, int]:
        """How many stand in each state."""
        wanted = select(col(StandingRow.state), func.count()).group_by(StandingRow.state)
        told = {state: int(n) for state, n in self._session.execute(wanted)}
        return {state: told.get(state.value, 0) for state in DeliveryState}

    def overdue(self, before: datetime) -> int:
        """How many could have been claimed since before that moment, and were not."""
        wanted = select(func.count()).select_from(StandingRow).where(
            col(StandingRow.ready_at) < before, col(StandingRow.state) != DeliveryState.CLAIMED.value
        )
        return int(self._session.execute(wanted).scalar_one())

    def begun(self, guard: str, since: datetime, channel: Channel | None = None, but: int = 0) -> int:
        """Deliveries of one guard that were sent since, or whose push is on its way or uncertain: what a cap counts.

        but: the one that is asked about; sent again after an uncertain push, it takes no second place.
        """
        begun = col(StandingRow.began_at).is_not(None) | (col(StandingRow.uncertain) > 0)
        counted = select(func.count()).select_from(DeliveryRow)
        wanted = counted.join(StandingRow, col(StandingRow.delivery_id) == DeliveryRow.id).where(
            col(DeliveryRow.guard) == guard, col(DeliveryRow.guard) != "",  # the index holds no others
            col(DeliveryRow.id) != but,
            (col(StandingRow.ended_at) >= since) & (col(StandingRow.state) == DeliveryState.SENT.value) | begun,
        )  # fmt: skip
        if channel is not None:
            wanted = wanted.where(col(DeliveryRow.channel) == channel.value)
        return int(self._session.execute(wanted).scalar_one())

    def cancel_open(self, kind: SubjectKind, subject_id: str, reason: str, now: datetime) -> list[int]:
        """Withdraw what waits for this subject; what is on its way is asked about again before it is sent."""
        standing = select(col(StandingRow.delivery_id))
        mine = standing.join(DeliveryRow, col(DeliveryRow.id) == StandingRow.delivery_id).where(
            col(DeliveryRow.subject_kind) == kind.value, col(DeliveryRow.subject_id) == subject_id,
            col(StandingRow.state).in_(OPEN),
        ).with_for_update(skip_locked=True, of=StandingRow)  # fmt: skip
        return self._end(col(StandingRow.delivery_id).in_(mine), DeliveryState.CANCELLED, reason, now)

    def bury(self, before: datetime, reason: str, now: datetime) -> int:
        """What waits or is held since before that moment is dead, with a row of history each; returns how many."""
        old = col(StandingRow.state).in_(OPEN) & (col(StandingRow.since) < before)
        found = self._end(old, DeliveryState.DEAD, reason, now)
        for one in found:
            note(self._session.connection(), one, 0, "clock", now, Happening.EXPIRED, reason)
        return len(found)

    def _end(self, which: ColumnElement[bool], state: DeliveryState, reason: str, now: datetime) -> list[int]:
        done = self._session.execute(update(StandingRow).where(which).values(
            state=state.value, reason=reason, ready_at=None, ended_at=now, fence=StandingRow.fence + 1,
        ).returning(col(StandingRow.delivery_id)))  # fmt: skip
        return list(done.scalars())

    def window(self, address: str) -> ChannelWindowRow:
        """The window of an address, held until the transaction ends."""
        one_at_a_time(self._session, f"heshi.channel.{address}")
        wanted = select(ChannelWindowRow).where(col(ChannelWindowRow.address) == address)
        row = self._session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
        if row is None:
            self._session.execute(insert(ChannelWindowRow).values(address=address, pushes=[], closed_until=None))
            row = self._session.scalars(wanted).one()
        return row

    def closed_until(self, address: str) -> datetime | None:
        """Until when the receiver asked to be left alone; not held, for an address without a limit."""
        wanted = select(col(ChannelWindowRow.closed_until)).where(col(ChannelWindowRow.address) == address)
        return self._session.execute(wanted).scalar_one_or_none()

    def set_window(self, address: str, **values: Any) -> None:
        self._session.execute(update(ChannelWindowRow).where(col(ChannelWindowRow.address) == address).values(**values))


def _said(one: NewDelivery, now: datetime) -> dict[str, Any]:
    return {
        "key": one.key, "subject_kind": one.subject_kind.value, "subject_id": one.subject_id,
        "channel": one.channel.value, "recipient": one.recipient, "address": one.address, "client_no": one.client_no,
        "guard": one.guard, "category": one.category, "priority": one.priority, "title": one.title, "body": one.body,
        "link": one.link, "created_at": now, "expires_at": one.expires_at,
    }  # fmt: skip


def _standing(delivery_id: int, one: NewDelivery, now: datetime) -> dict[str, Any]:
    return {
        "delivery_id": delivery_id, "priority": one.priority, "outward": one.channel is not Channel.INBOX,
        "recipient": one.recipient, "state": DeliveryState.PENDING.value, "reason": "",
        "ready_at": one.not_before or now, "fence": 0, "worker": "", "attempts": 0, "uncertain": 0, "since": now,
    }  # fmt: skip
