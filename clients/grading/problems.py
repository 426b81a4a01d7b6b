"""What grading refuses, in words for the reader."""

from __future__ import annotations

from datetime import date

from kit.problems import BadInput, Conflict, NotFound
from kit.rulebook import RuleError


class SchemeError(RuleError):
    """A scheme that cannot be trusted: names the file, the line and the fault."""

    def __init__(self, name: str, line: int, fault: str) -> None:
        super().__init__(f"{name}:{line}: {fault}")
        self.line = line


class NoSuchScheme(NotFound):
    """没有这个分级方案"""

    title = "No such grading scheme"


class DayAhead(BadInput):
    """这一天还没有到"""

    title = "The day has not come"


def check_come(day: date, today: date) -> None:
    """A reader asks for grades of a day that has come: nothing is known of a later one. Raises DayAhead."""
    if day > today:
        raise DayAhead(f"{day} 还没有到，等级只知道到今天（{today}）；请改为不晚于今天的日子")


class GradedLater(Conflict):
    """已有更晚一日的分级结果"""

    title = "A later day is graded already"
