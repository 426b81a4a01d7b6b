"""What is sent, by which channel, and what came back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from kit.labels import Labelled


class Channel(Labelled):
    """渠道"""

    INBOX = "INBOX", "站内信"
    WECOM = "WECOM", "企业微信机器人"
    DINGTALK = "DINGTALK", "钉钉机器人"
    FEISHU = "FEISHU", "飞书机器人"
    WEBHOOK = "WEBHOOK", "签名回调"
    EMAIL = "EMAIL", "邮件"
    CONSOLE = "CONSOLE", "控制台"
    OUTBOX = "OUTBOX", "发件文件"


class Verdict(Labelled):
    """对方的回答"""

    SENT = "SENT", "已送达"
    FAILED = "FAILED", "未送达，可以重试"
    REFUSED = "REFUSED", "被拒绝，重试无用"
    UNCERTAIN = "UNCERTAIN", "没有得到回答，不知是否送达"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it leaves. message_id: the same each time that it is sent, so that a receiver knows it again."""

    message_id: str
    recipient: str
    title: str
    body: str
    at: datetime
    link: str = ""
    category: str = ""
    merged: tuple[str, ...] = ()  # of a digest: the message ids that are in it


@dataclass(frozen=True, slots=True)
class Answer:
    """detail: for a person, without any secret. retry_after: seconds that the receiver asks for."""

    verdict: Verdict
    detail: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One allowed address by its name; what is secret never shows in a log or a message."""

    name: str
    channel: Channel
    url: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    recipients: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict, repr=False)


class Sender(Protocol):
    """What sends a letter. Never raises for what a receiver does."""

    def send(self, letter: Letter, address: Address) -> Answer: ...
