"""发送记录: one delivery a task or notice, channel and recipient; its states and what happened on the way. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from kit.digest import digest
from kit.labels import Labelled
from mot.channels.types import Channel


class DeliveryState(Labelled):
    """状态"""

    PENDING = "PENDING", "待发送"
    CLAIMED = "CLAIMED", "发送中"
    SENT = "SENT", "已送达"
    UNCERTAIN = "UNCERTAIN", "不确定"
    HELD = "HELD", "暂缓"
    DEAD = "DEAD", "死信"
    CANCELLED = "CANCELLED", "已取消"


class Happening(Labelled):
    """一次经过"""

    SENT = "SENT", "送达"
    FAILED = "FAILED", "失败"
    REFUSED = "REFUSED", "被拒绝"
    UNCERTAIN = "UNCERTAIN", "没有回答"
    LATE = "LATE", "租约已失，回答作废"
    HELD = "HELD", "暂缓"
    CANCELLED = "CANCELLED", "取消"
    EXPIRED = "EXPIRED", "过期"
    REPLAYED = "REPLAYED", "人工重发"
    CONFIRMED = "CONFIRMED", "人工确认已送达"


class SubjectKind(Labelled):
    """所为何事"""

    TASK = "TASK", "任务"
    NOTICE = "NOTICE", "通知"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """What is to be sent. The key is permanent: the same subject, channel and recipient is never a second delivery.

    address: the name of an allowed address, "" for the inbox. guard: what the gates count by, such as `client:C0001`;
    deliveries of one guard are rechecked one at a time. not_before: None at once. occasion: what tells several
    messages about one subject apart. expires_at: after it the message is worth nothing.
    """

    subject_kind: SubjectKind
    subject_id: str
    channel: Channel
    recipient: str
    title: str
    body: str
    address: str = ""
    link: str = ""
    category: str = ""
    priority: int = 5
    client_no: str = ""
    guard: str = ""
    not_before: datetime | None = None
    expires_at: datetime | None = None
    occasion: str = ""

    @property
    def key(self) -> str:
        return digest({
            "kind": self.subject_kind.value, "id": self.subject_id, "channel": self.channel.value,
            "recipient": self.recipient, "address": self.address, "occasion": self.occasion,
        })  # fmt: skip


class Delivery(NamedTuple):
    """One delivery as it stands. fence: how often it was claimed; only the holder of the newest claim may file.

    since: its age counts from here; later than created_at where a person had it sent again. A tuple, for a worker
    makes hundreds of them a turn out of rows.
    """

    subject_kind: SubjectKind
    channel: Channel
    state: DeliveryState
    id: int
    key: str
    subject_id: str
    recipient: str
    address: str
    client_no: str
    guard: str
    category: str
    priority: int
    title: str
    body: str
    link: str
    created_at: datetime
    expires_at: datetime | None
    reason: str
    ready_at: datetime | None
    fence: int
    worker: str
    began_at: datetime | None
    attempts: int
    uncertain: int
    since: datetime
    ended_at: datetime | None

    @property
    def message_id(self) -> str:
        """What a receiver knows the message by, at every attempt the same."""
        return self.key.removeprefix("sha256:")[:40]


IN_INBOX_WORD: Final = "已写入收件箱"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One row of the history."""

    number: int
    fence: int
    worker: str
    at: datetime
    happening: Happening
    detail: str


class Word(Labelled):
    """发送前的复核结论"""

    GO = "GO", "可以发送"
    HOLD = "HOLD", "暂缓"
    CANCEL = "CANCEL", "取消"


@dataclass(frozen=True, slots=True)
class Recheck:
    """The gates' answer before sending. next_at: when to ask again; None waits for a new fact or a person.

    title, body: the words of this moment, where they are to be sent instead.
    """

    word: Word = Word.GO
    reason: str = ""
    next_at: datetime | None = None
    title: str = ""
    body: str = ""


GO = Recheck()
Gate = Callable[[Any, Delivery, datetime], Recheck]
"""recheck(session, delivery, now): asked in the transaction in which the sending begins, its guard held."""


def always(_session: Any, _delivery: Delivery, _now: datetime) -> Recheck:
    """For notices that no gate concerns."""
    return GO
