"""The delivery desk: enqueue in the caller's transaction, look, and act by hand on what got stuck."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from clients.staff.filing import Stamp, file_change
from mot.channels.types import Channel
from mot.delivery.claims import note
from mot.delivery.machine import check_cancel, check_confirm, check_replay
from mot.delivery.problems import ChannelNotForClients, MessageIncomplete, NoSuchDelivery
from mot.delivery.repository import DeliveryRepository
from mot.delivery.types import Attempt, Delivery, DeliveryState, Happening, NewDelivery, SubjectKind

FOR_CLIENTS: Final = (Channel.INBOX, Channel.WEBHOOK)
STUCK: Final = (DeliveryState.DEAD, DeliveryState.UNCERTAIN)
WIDTHS: Final = {"subject_id": 80, "recipient": 128, "address": 64, "client_no": 64, "guard": 128, "category": 32,
                 "title": 200, "link": 400}  # fmt: skip
LONGEST_BODY: Final = 10_000
PATIENCE: Final = timedelta(minutes=1)


def check_new(one: NewDelivery) -> None:
    """Raises ChannelNotForClients, MessageIncomplete."""
    if one.recipient.startswith("client:") and one.channel not in FOR_CLIENTS:
        raise ChannelNotForClients(
            f"{one.subject_kind.label} {one.subject_id}：不能用{one.channel.label}直接发给客户；"
            "请改用站内信，或交公司自己的发送系统（签名回调）"
        )
    if not (one.subject_id and one.recipient and one.title) or (one.channel is not Channel.INBOX and not one.address):
        raise MessageIncomplete(
            f"{one.subject_kind.label} {one.subject_id or '（无编号）'}：事由、收件人、标题、地址缺一不可"
        )
    long = [name for name, width in WIDTHS.items() if len(getattr(one, name)) > width]
    if long or len(one.body) > LONGEST_BODY:
        raise MessageIncomplete(f"{one.subject_kind.label} {one.subject_id}：{'、'.join(long) or 'body'} 过长")


def enqueue(session: Session, wanted: Sequence[NewDelivery], now: datetime) -> int:
    """Write deliveries in the caller's transaction, each once for ever by its key; returns how many are new.

    The state that they tell of, its effect and these rows are kept together or not at all.
    Raises ChannelNotForClients, MessageIncomplete.
    """
    for one in wanted:
        check_new(one)
    return DeliveryRepository(session).add(wanted, now)


class DeliveryDesk:
    """One session's business with deliveries; the caller commits."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read = DeliveryRepository(session)

    def page(
        self, *, states: Iterable[DeliveryState] = (), channel: Channel | None = None, recipient: str | None = None,
        subject_id: str | None = None, before: int | None = None, most: int = 50,
    ) -> list[Delivery]:  # fmt: skip
        return self._read.page(
            states=states, channel=channel, recipient=recipient, subject_id=subject_id, before=before, most=most
        )

    def counts(self) -> dict[DeliveryState, int]:
        return self._read.counts()

    def overdue(self, now: datetime) -> int:
        """How many wait for a worker longer than one needs where it runs."""
        return self._read.overdue(now - PATIENCE)

    def get(self, delivery_id: int) -> Delivery:
        """Raises NoSuchDelivery."""
        return self._found(delivery_id, hold=False)

    def attempts(self, delivery_id: int) -> list[Attempt]:
        """The history, oldest first. Raises NoSuchDelivery."""
        self.get(delivery_id)
        return self._read.attempts(delivery_id)

    def replay(self, delivery_id: int, reason: str, stamp: Stamp) -> Delivery:
        """Send a dead, uncertain or held one again, under the same message id. Raises NoSuchDelivery, NotOpen."""
        one = self._found(delivery_id)
        check_replay(one)
        self._read.restart(delivery_id, stamp.at)
        return self._by_hand(one, DeliveryState.PENDING, Happening.REPLAYED, reason, stamp, stamp.at, None)

    def confirm(self, delivery_id: int, reason: str, stamp: Stamp) -> Delivery:
        """A person saw that an uncertain one arrived. Raises NoSuchDelivery, NotOpen."""
        one = self._found(delivery_id)
        check_confirm(one)
        return self._by_hand(one, DeliveryState.SENT, Happening.CONFIRMED, reason, stamp, None, stamp.at)

    def cancel(self, delivery_id: int, reason: str, stamp: Stamp) -> Delivery:
        """Withdraw what has not arrived and is not on its way. Raises NoSuchDelivery, NotOpen."""
        one = self._found(delivery_id)
        check_cancel(one)
        return self._by_hand(one, DeliveryState.CANCELLED, Happening.CANCELLED, reason, stamp, None, stamp.at)

    def cancel_subject(self, kind: SubjectKind, subject_id: str, reason: str, now: datetime) -> int:
        """Withdraw all that waits for a task or notice, for the owner of that subject; returns how many."""
        done = self._read.cancel_open(kind, subject_id, reason, now)
        for one in done:
            note(self._session.connection(), one, 0, "subject", now, Happening.CANCELLED, reason)
        return len(done)

    def _found(self, delivery_id: int, *, hold: bool = True) -> Delivery:
        found = self._read.one(delivery_id, hold=hold)
        if found is None:
            raise NoSuchDelivery(f"没有编号为 {delivery_id} 的发送记录")
        return found

    def _by_hand(
        self, one: Delivery, state: DeliveryState, happening: Happening, reason: str, stamp: Stamp,
        ready_at: datetime | None, ended_at: datetime | None,
    ) -> Delivery:  # fmt: skip
        if not reason.strip():
            raise MessageIncomplete(f"请写明{happening.label}的理由")
        self._read.set_by_hand(one.id, state, reason[:400], ready_at, ended_at)
        who = stamp.actor.name or "本机操作者"
        note(self._session.connection(), one.id, one.fence, who, stamp.at, happening, reason)
        file_change(
            self._session, stamp, f"delivery.{happening.value.lower()}", "delivery", str(one.id), purpose=reason[:200],
            version=one.fence + 1, subject=f"{one.subject_kind.value}:{one.subject_id}", channel=one.channel.value,
            recipient=one.recipient, before=one.state.value, after=state.value,
        )  # fmt: skip
        return self._found(one.id)
