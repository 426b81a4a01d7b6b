"""What is said of a contact: codes with their labels, and a contact as read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from kit.labels import Labelled

LONGEST_NOTE: Final = 512


class Channel(Labelled):
    """联系方式"""

    PHONE = "PHONE", "电话"
    MEETING = "MEETING", "面谈"
    WECHAT = "WECHAT", "企业微信"
    MESSAGE = "MESSAGE", "短信"
    APP = "APP", "App 消息"
    EMAIL = "EMAIL", "邮件"
    OTHER = "OTHER", "其他"


class Purpose(Labelled):
    """目的"""

    CARE = "CARE", "关怀与回访"
    REPORT = "REPORT", "送达或解读报告"
    SURVEY = "SURVEY", "满意度调查"
    TASK = "TASK", "服务任务"
    COMPLAINT = "COMPLAINT", "投诉处理"
    MARKETING = "MARKETING", "营销推介"
    OTHER = "OTHER", "其他"


class ContactSource(Labelled):
    """来源"""

    DESK = "DESK", "手工登记"
    IMPORT = "IMPORT", "文件导入"
    TASK = "TASK", "任务记录"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAsk:
    """One contact as told. reached: the client was really spoken with, or answered (有效接触).

    staff_no: who spoke, empty where the file does not say. source_ref: its number where it came from; the same
    reference of the same source is the same contact.
    """

    client_no: str
    at: datetime
    channel: Channel
    purpose: Purpose
    staff_no: str = ""
    reached: bool = True
    note: str = ""
    source: ContactSource = ContactSource.DESK
    source_ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One contact on file."""

    id: int
    client_no: str
    staff_no: str
    staff_name: str
    at: datetime
    day: date
    channel: Channel
    purpose: Purpose
    reached: bool
    note: str
    source: ContactSource
    source_ref: str
    recorded_by: str
