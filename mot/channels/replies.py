"""A whole HTTP answer read as the channel's data say: a 200 whose body names an error is a failure. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from kit.http import Reply
from mot.channels.specs import ChannelSpec
from mot.channels.types import Answer, Verdict

PASSING: Final = (408, 425, 429)
MOVED: Final = range(300, 400)
LONGEST_WAIT: Final = 86_400.0
SHOWN: Final = 200


def answer_of(reply: Reply, spec: ChannelSpec, now: datetime) -> Answer:
    """What the reply means for the letter."""
    if 200 <= reply.status < 300:
        return _by_body(reply, spec) if spec.code else Answer(Verdict.SENT, f"对方已收下（HTTP {reply.status}）")
    told = f"HTTP {reply.status}"
    if reply.status in spec.uncertain_statuses:
        return Answer(Verdict.UNCERTAIN, f"{told}：中间网关没有得到回答")
    if reply.status in PASSING or reply.status >= 500:
        busy = "对方请稍后再试" if reply.status in PASSING else "对方出错"
        return Answer(Verdict.FAILED, f"{told}：{busy}", retry_after(reply.headers, now))
    if reply.status in MOVED:
        return Answer(Verdict.REFUSED, f"{told}：对方要求转到别处，不跟随；请核对地址")
    return Answer(Verdict.REFUSED, f"{told}：对方不接受这个地址或内容")


def _by_body(reply: Reply, spec: ChannelSpec) -> Answer:
    code, said = _code(reply.body, spec)
    if code is None:
        return Answer(Verdict.UNCERTAIN, f"HTTP {reply.status}，返回体不完整或无法识别")
    told = f"结果码 {code} {said}".rstrip()
    if code in spec.good:
        return Answer(Verdict.SENT, told)
    if code in spec.refused:
        return Answer(Verdict.REFUSED, told)
    return Answer(Verdict.FAILED, told, spec.retry.get(code))


def _code(body: bytes, spec: ChannelSpec) -> tuple[int | None, str]:
    try:
        told: Any = json.loads(body)
    except ValueError:
        return None, ""
    if not isinstance(told, Mapping) or type(told.get(spec.code)) is not int:
        return None, ""
    return told[spec.code], str(told.get(spec.message, ""))[:SHOWN]


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds of a `Retry-After` header, given as seconds or as a date; None without a good one."""
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    try:
        seconds = float(told) if told.isdigit() else (parsedate_to_datetime(told) - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else None
