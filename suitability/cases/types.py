"""案件的词与值: what does not fit, how grave it is, where a case stands, what is done to it, how it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kit.labels import Labelled
from suitability.levels import Ranked


class Dimension(Labelled):
    """错配的方面"""

    LOWEST = "LOWEST", "最低类别持有更高等级"
    ACCESS = "ACCESS", "没有所需权限"
    LEVEL = "LEVEL", "产品等级高于客户"
    ASSESSMENT = "ASSESSMENT", "没有有效评估"
    CONCENTRATION = "CONCENTRATION", "单一产品过于集中"
    TERM = "TERM", "期限不匹配"
    TYPE = "TYPE", "品种不匹配"
    GOAL = "GOAL", "目标不匹配"
    LIQUIDITY = "LIQUIDITY", "流动性不匹配"


class Severity(Ranked):
    """轻重"""

    LOW = "LOW", "一般"
    MEDIUM = "MEDIUM", "较重"
    SEVERE = "SEVERE", "严重"


class Cause(Labelled):
    """错配的成因: of a mismatch when it was seen first, or of what made it worse or better since."""

    FOUND = "FOUND", "首次核对时已存在"
    CREATED = "CREATED", "买入造成"
    INCREASED = "INCREASED", "买入加重"
    UNCHANGED = "UNCHANGED", "没有变化"
    REDUCED = "REDUCED", "卖出减轻"
    MARKET_DRIFT = "MARKET_DRIFT", "市值或资产变动"
    CLIENT_DOWNGRADED = "CLIENT_DOWNGRADED", "客户等级或类别下调"
    CLIENT_CHANGED = "CLIENT_CHANGED", "客户的期限、品种或目标变化"
    PRODUCT_RERATED = "PRODUCT_RERATED", "产品等级上调"
    PRODUCT_CHANGED = "PRODUCT_CHANGED", "产品条款或准入变化"
    ASSESSMENT_EXPIRED = "ASSESSMENT_EXPIRED", "评估过期"
    PERMISSION_CLOSED = "PERMISSION_CLOSED", "权限关闭"
    RULES_CHANGED = "RULES_CHANGED", "规则变化"


class CaseStatus(Labelled):
    """案件状态"""

    OPEN = "OPEN", "待分派"
    ASSIGNED = "ASSIGNED", "待联系"
    CONTACTED = "CONTACTED", "已联系"
    CLOSING = "CLOSING", "待复核"
    RESOLVED = "RESOLVED", "已了结"
    REOPENED = "REOPENED", "已重开"


class CaseAction(Labelled):
    """对案件的动作"""

    ASSIGN = "ASSIGN", "分派"
    ESCALATE = "ESCALATE", "上报合规"
    CONTACT = "CONTACT", "记录联系"
    NOTE = "NOTE", "补充说明与证据"
    RESOLVE = "RESOLVE", "了结"
    APPROVE = "APPROVE", "同意了结"
    REJECT = "REJECT", "退回了结"
    REOPEN = "REOPEN", "重开"


class EventKind(Labelled):
    """案件经过的种类"""

    OPENED = "OPENED", "发现并立案"
    CHANGED = "CHANGED", "错配变化"
    EASED = "EASED", "错配减轻"
    GONE = "GONE", "错配已消失"
    ASSIGNED = "ASSIGNED", "分派"
    ESCALATED = "ESCALATED", "上报合规"
    CONTACTED = "CONTACTED", "联系客户"
    NOTED = "NOTED", "说明与证据"
    PROPOSED = "PROPOSED", "提议了结"
    REJECTED = "REJECTED", "退回了结"
    RESOLVED = "RESOLVED", "了结"
    REOPENED = "REOPENED", "重开"


class Resolution(Labelled):
    """了结的方式"""

    CURED = "CURED", "已消除"
    ACCEPTED = "ACCEPTED", "客户知情确认"
    FALSE_ALARM = "FALSE_ALARM", "误报"


class ContactChannel(Labelled):
    """联系方式"""

    PHONE = "PHONE", "电话"
    COUNTER = "COUNTER", "临柜"
    APP = "APP", "App 消息"
    LETTER = "LETTER", "书面函件"
    OTHER = "OTHER", "其他"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What the watch says of one client and product: a mismatch with its facts, or (`rules` empty) that it is gone.

    facts: plain data for the record; measures: those that move with the market, and make no new fact by themselves.
    value: yuan, None not known.
    """

    client_no: str
    product_code: str  # "": the client's assessment itself
    client_name: str = ""
    product_name: str = ""
    client_class: str = ""
    product_level: str = ""
    rules: tuple[str, ...] = ()
    gap: int = 0
    cause: Cause = Cause.UNCHANGED
    value: Decimal | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    measures: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.client_no, self.product_code


@dataclass(frozen=True, slots=True)
class Owner:
    """办理人: who serves the client on the day, or whom the case was given to."""

    staff_no: str
    name: str
    branch_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """案件: as it stands."""

    id: int
    version: int
    client_no: str
    client_name: str
    product_code: str
    product_name: str
    client_class: str
    product_level: str
    dimensions: tuple[Dimension, ...]
    gap: int
    severity: Severity
    origin: Cause
    status: CaseStatus
    present: bool
    value: Decimal | None
    facts: dict[str, Any]
    owner_no: str
    owner_name: str
    branch_no: str
    escalated: bool
    contacts: int
    opened_on: date
    due_on: date
    seen_on: date
    proposed_by_id: str
    proposed_by: str
    resolution: Resolution | None
    resolved_on: date | None
    retain_until: date

    @property
    def number(self) -> str:
        """案件编号"""
        return case_number(self.id)

    @property
    def subject(self) -> str:
        """What it is about, for the reader."""
        return self.product_name or "风险承受能力评估"

    def overdue(self, day: date) -> bool:
        """Not closed, and the last day for it is over."""
        return self.status is not CaseStatus.RESOLVED and day > self.due_on


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One entry of a case's timeline."""

    version: int
    kind: EventKind
    at: datetime
    day: date
    by_id: str
    by_name: str
    status: CaseStatus
    note: str
    channel: ContactChannel | None
    evidence: str
    detail: dict[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class ClientCases:
    """One client's cases rolled up: one call is about all of them. value: yuan of what has a price, None: nothing."""

    client_no: str
    client_name: str
    owner_name: str
    client_class: str
    cases: int
    severity: Severity  # the gravest
    due_on: date  # the next
    value: Decimal | None
    overdue: int


def case_number(case_id: int) -> str:
    """M0000012: what people call a case by."""
    return f"M{case_id:07d}"
