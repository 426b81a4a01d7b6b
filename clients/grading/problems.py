"""What grading refuses, in words for the reader."""

from __future__ import annotations

from kit.problems import Conflict, NotFound
from kit.rulebook import RuleError


class SchemeError(RuleError):
    """A scheme that cannot be trusted: names the file, the line and the fault."""

    def __init__(self, name: str, line: int, fault: str) -> None:
        super().__init__(f"{name}:{line}: {fault}")
        self.line = line


class NoSuchScheme(NotFound):
    """没有这个分级方案"""

    title = "No such grading scheme"


class GradedLater(Conflict):
    """已有更晚一日的分级结果"""

    title = "A later day is graded already"
