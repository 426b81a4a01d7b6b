"""What is refused about surveys, each with its way out."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound


class NoSuchRound(NotFound):
    """没有这一轮调查"""

    title = "No such survey round"


class RoundExists(Conflict):
    """调查编号已被使用"""

    title = "Survey code in use"


class AnsweredAlready(Conflict):
    """这位客户在这一轮已经答过"""

    title = "Answered already"


class SurveyRefused(BadInput):
    """调查资料不完整或自相矛盾"""

    title = "Survey data refused"
