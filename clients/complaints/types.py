"""What is said of a complaint: codes with their labels, and a complaint as read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from kit.labels import Labelled


class Way(Labelled):
    """受理渠道"""

    PHONE = "PHONE", "电话"
    COUNTER = "COUNTER", "现场"
    ONLINE = "ONLINE", "网上与 App"
    LETTER = "LETTER", "信函"
    REGULATOR = "REGULATOR", "监管或协会转办"


class Complainant(Labelled):
    """投诉人"""

    CLIENT = "CLIENT", "客户本人"
    AGENT = "AGENT", "代理人"
    FAMILY = "FAMILY", "家属"
    OTHER = "OTHER", "其他人"


class Topic(Labelled):
    """投诉事项"""

    SERVICE = "SERVICE", "服务态度与响应"
    FEE = "FEE", "佣金与费用"
    SALES = "SALES", "产品推介与适当性"
    TRADING = "TRADING", "交易与系统"
    MARKETING = "MARKETING", "营销打扰"
    PRIVACY = "PRIVACY", "个人信息"
    CONDUCT = "CONDUCT", "从业人员行为"
    OTHER = "OTHER", "其他"


class Severity(Labelled):
    """轻重, rising"""

    ORDINARY = "ORDINARY", "一般"
    SERIOUS = "SERIOUS", "较重"
    MAJOR = "MAJOR", "重大"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class ComplaintStatus(Labelled):
    """状态"""

    RECEIVED = "RECEIVED", "待分派"
    WORKING = "WORKING", "处理中"
    CLOSING = "CLOSING", "待复核"
    CLOSED = "CLOSED", "已办结"


class Conclusion(Labelled):
    """结论"""

    UPHELD = "UPHELD", "属实"
    PARTLY = "PARTLY", "部分属实"
    UNFOUNDED = "UNFOUNDED", "不属实"
    SETTLED = "SETTLED", "达成和解"
    WITHDRAWN = "WITHDRAWN", "客户撤回"


class ComplaintAct(Labelled):
    """办理: what is done to a complaint, and what its file says of it"""

    RECEIVE = "RECEIVE", "受理"
    ASSIGN = "ASSIGN", "分派"
    NOTE = "NOTE", "记录进展"
    REGRADE = "REGRADE", "改定轻重"
    EXTEND = "EXTEND", "延期"
    CONCLUDE = "CONCLUDE", "提出结论"
    APPROVE = "APPROVE", "复核同意"
    REJECT = "REJECT", "复核退回"
    REOPEN = "REOPEN", "重开"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintAsk:
    """What is told when a complaint comes in. about_staff_no: the person it is about, empty where it is about none."""

    client_no: str
    received_on: date
    way: Way
    complainant: Complainant
    topic: Topic
    severity: Severity
    content: str
    about_staff_no: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One complaint as it stands. due_on: the last day for a conclusion, included."""

    number: str
    version: int
    client_no: str
    client_name: str
    received_on: date
    way: Way
    complainant: Complainant
    topic: Topic
    severity: Severity
    content: str
    about_staff_no: str
    status: ComplaintStatus
    owner_no: str
    owner_name: str
    due_on: date
    extended: int
    conclusion: Conclusion | None
    conclusion_note: str
    lesson: str
    proposed_by: str
    proposed_by_id: str
    closed_on: date | None
    retain_until: date

    def is_overdue(self, day: date) -> bool:
        """Not yet closed after its last day."""
        return self.status is not ComplaintStatus.CLOSED and day > self.due_on


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintEvent:
    """One thing that was done to a complaint: who, when, to what state, with which words."""

    version: int
    act: ComplaintAct
    at: datetime
    by_name: str
    status: ComplaintStatus
    note: str
    detail: dict[str, Any] = field(default_factory=dict)
    digest: str = ""


def complaint_number(row_id: int) -> str:
    """TS0000012"""
    return f"TS{row_id:07d}"


def row_id_of(number: str) -> int | None:
    """The id in a number, None where it is none."""
    digits = number[2:] if number[:2].upper() == "TS" else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None
