"""What a run of the watch refuses, with the way out."""

from __future__ import annotations

from kit.problems import Conflict


class DayBehind(Conflict):
    """早于最近一次核对的日期"""

    title = "A day before the last run"
