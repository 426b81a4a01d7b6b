"""What the tasks ask of the deliveries, and what the deliveries ask of the tasks. Each side knows only this file.

Tasks → deliveries: `Outbox.enqueue`, in the very transaction that made or moved the task, so that both exist or
neither. Deliveries → tasks: `mot.tasks.rechecking.recheck_before_sending`, in the transaction that sends, so that
nothing goes out on an answer of yesterday; its answer has the words of the moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlmodel import Session

from kit.labels import Labelled
from mot.scenario.types import PushChannel


class PushReason(Labelled):
    """为何推送"""

    NEW = "NEW", "新任务"
    REASSIGNED = "REASSIGNED", "转派"
    ESCALATED = "ESCALATED", "上报主管"
    CHANGED = "CHANGED", "内容变更"
    DUE = "DUE", "今日到期"


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One message to one member of staff about one task. Heshi pushes to staff only, never to the client.

    key: permanent; the same key never makes a second delivery of a channel. Titles and texts hold no phone or identity
    number and no amounts of money. not_before: with time zone; the gate is asked again when it is sent.
    """

    key: str  # task number, reason and version of the task
    task_id: int
    task_no: str
    reason: PushReason
    staff_no: str
    channels: tuple[PushChannel, ...]
    title: str
    text: str
    mandatory: bool
    priority: int  # 1 is the most urgent
    made_on: date
    due_on: date
    not_before: datetime
    expires_at: datetime | None  # after it the message is worth nothing


class Outbox(Protocol):
    """待发: files one delivery row for each push and channel, in the caller's transaction. It commits nothing."""

    def enqueue(self, session: Session, pushes: Sequence[Push]) -> int:
        """How many rows are new; a key and channel that is on file already is passed over."""
        ...


class Verdict(Labelled):
    """发送前复查的结论"""

    SEND = "SEND", "照发"
    CHANGED = "CHANGED", "内容已变更，按新内容发送"
    HOLD = "HOLD", "暂缓"
    DROP = "DROP", "不再发送"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recheck:
    """The answer to a delivery that is about to go out.

    SEND and CHANGED: with the title and text of this moment. HOLD: not before `next_allowed_at`; None: only a new fact
    opens the gate, and the day's run asks again. DROP: the task has ended, or is somebody else's.
    """

    verdict: Verdict
    reason: str = ""
    next_allowed_at: datetime | None = None
    title: str = ""
    text: str = ""


class Keeping:
    """An outbox that keeps pushes in memory: for previews, which send nothing, and for tests."""

    def __init__(self) -> None:
        self.pushes: list[Push] = []

    def enqueue(self, session: Session, pushes: Sequence[Push]) -> int:  # noqa: ARG002
        known = {one.key for one in self.pushes}
        fresh = [one for one in pushes if one.key not in known]
        self.pushes += fresh
        return len(fresh)


