"""Rounds and answers as values, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from kit.labels import Labelled

LOWEST: Final = 1
HIGHEST: Final = 5
"""The scale of satisfaction: 1 很不满意 to 5 很满意."""
MOST_LIKELY: Final = 10
LONGEST_COMMENT: Final = 512


class SurveyChannel(Labelled):
    """填答方式"""

    APP = "APP", "App"
    WECHAT = "WECHAT", "微信"
    MESSAGE = "MESSAGE", "短信"
    PHONE = "PHONE", "电话回访"
    COUNTER = "COUNTER", "现场"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyRound:
    """One round: answers from first_on to last_on, both included. invited: how many were asked, None where unknown."""

    code: str
    title: str
    first_on: date
    last_on: date
    invited: int | None
    answers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerAsk:
    """One client's answers. score: 1 to 5. recommend: 0 to 10, None where it was not answered."""

    client_no: str
    round_code: str
    answered_at: datetime
    score: int
    recommend: int | None = None
    comment: str = ""
    channel: SurveyChannel = SurveyChannel.APP


def points(score: int) -> float:
    """满意度评分 0 to 100: 1 is 0, 5 is 100."""
    return (score - LOWEST) / (HIGHEST - LOWEST) * 100
