"""任务的词与值: where a task comes from, where it stands, what is done to it, and what became of an occurrence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from kit.labels import Labelled
from mot.scenario.types import ContactWay, Effect, Purpose


class Origin(Labelled):
    """任务来源"""

    SCENARIO = "SCENARIO", "关键时刻"
    FOLLOW_UP = "FOLLOW_UP", "跟进"
    OWN = "OWN", "自建"


class TaskState(Labelled):
    """任务状态"""

    CREATED = "CREATED", "待分派"
    ASSIGNED = "ASSIGNED", "待接收"
    ACCEPTED = "ACCEPTED", "已接收"
    IN_PROGRESS = "IN_PROGRESS", "进行中"
    DONE = "DONE", "已完成"
    SKIPPED = "SKIPPED", "已跳过"
    EXPIRED = "EXPIRED", "已过期"
    CANCELLED = "CANCELLED", "已撤销"


OPEN_STATES: Final = (TaskState.CREATED, TaskState.ASSIGNED, TaskState.ACCEPTED, TaskState.IN_PROGRESS)


class TaskAction(Labelled):
    """对任务的动作"""

    CREATE = "CREATE", "生成"
    ASSIGN = "ASSIGN", "分派"
    ACCEPT = "ACCEPT", "接收"
    START = "START", "开始"
    RECORD = "RECORD", "服务记录"
    SKIP = "SKIP", "跳过"
    CANCEL = "CANCEL", "撤销"
    EXPIRE = "EXPIRE", "过期"
    ESCALATE = "ESCALATE", "上报主管"
    COVER = "COVER", "代岗转派"
    CHANGE = "CHANGE", "内容变更"
    HOLD = "HOLD", "暂缓推送"
    RELEASE = "RELEASE", "恢复推送"


class Outcome(Labelled):
    """一次判断的结果"""

    FIRED = "FIRED", "生成任务"
    GATED = "GATED", "闸门挡下"
    CAPPED = "CAPPED", "次数已满"
    QUIET = "QUIET", "安静时段或非交易日"
    HELD_OUT = "HELD_OUT", "对照组"
    COOLING = "COOLING", "间隔未到"
    SUPERSEDED = "SUPERSEDED", "让位于更要紧的场景"
    NOT_MET = "NOT_MET", "条件不满足"
    LAPSED = "LAPSED", "已过时限"


@dataclass(frozen=True, slots=True)
class Assignee:
    """办理人: a person in post. branch_no "" where the posting names no branch."""

    staff_no: str
    name: str
    branch_no: str
    may_advise: bool = False
    stand_in_for: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOffer:
    """One thing that the task names. A product or priced service stands here only with its decision.

    kind: OfferKind. outcome: of the decision, "" where none is needed. blocked: why it must not be offered, "" if it
    may.
    """

    kind: str
    name: str
    product_code: str = ""
    level: str = ""
    decision_id: str = ""
    outcome: str = ""
    reason: str = ""
    blocked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """任务: as it stands."""

    id: int
    version: int
    key: str
    origin: Origin
    client_no: str
    client_name: str
    scenario_id: str
    scenario_digest: str
    name: str
    family: str
    purpose: Purpose
    event: str
    event_kind: str
    occurred_on: date | None
    notice: str
    mandatory: bool
    priority: int
    evidence: bool
    compliance_copy: bool
    must_contact: bool
    needs_adviser: bool
    state: TaskState
    owner_no: str
    owner_name: str
    branch_no: str
    made_on: date
    due_on: date
    expires_on: date | None
    escalated_on: date | None
    ended_on: date | None
    feedback: str
    held_why: str
    held_until: datetime | None
    parent_id: int | None
    told: Mapping[str, Any] = field(default_factory=dict)
    offers: tuple[TaskOffer, ...] = ()
    created_at: datetime

    @property
    def number(self) -> str:
        """任务编号"""
        return task_number(self.id)

    @property
    def open(self) -> bool:
        return self.state in OPEN_STATES

    def overdue(self, day: date) -> bool:
        """Still open, and the last day for it is over."""
        return self.open and day > self.due_on


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStep:
    """One entry of a task's history."""

    version: int
    action: TaskAction
    state: TaskState
    at: datetime
    day: date
    by_id: str
    by_name: str
    note: str
    detail: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """附件: known by the sha256 of its bytes; the file itself is kept elsewhere."""

    digest: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAsk:
    """A service record as it is told. feedback: code of one of the task's options; products: codes spoken of."""

    way: ContactWay
    contacted_at: datetime
    content: str
    feedback: str
    client_words: str = ""
    next_step: str = ""
    products: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRecord:
    """服务记录, as filed"""

    id: int
    task_no: str
    client_no: str
    staff_no: str
    way: ContactWay
    contacted_at: datetime
    day: date
    reached: bool
    content: str
    client_words: str
    feedback: str
    effect: Effect
    next_step: str
    products: tuple[Mapping[str, str], ...]
    attachments: tuple[Attachment, ...]
    compliance_copy: bool
    filed_at: datetime
    filed_by: str
    digest: str


def task_number(task_id: int) -> str:
    """T0000012: what people call a task by."""
    return f"T{task_id:07d}"


def task_id_of(number: str) -> int | None:
    """The id in a task number, None where it is none."""
    digits = number[1:] if number[:1] in ("T", "t") else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None
