"""The firm's day 营业日期: that of Shanghai, on whatever machine and in whatever zone the program runs.

A server in UTC and one in Shanghai must not disagree for eight hours of every day on whether a rule is in
force, so nothing else asks for the date.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


def day_of(at: datetime) -> date:
    """The day in Shanghai of a moment that names its zone."""
    return at.astimezone(SHANGHAI).date()


def today() -> date:
    """The day in Shanghai now."""
    return day_of(datetime.now(UTC))
