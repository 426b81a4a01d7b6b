"""The desk of surveys: rounds opened, answers taken, results by advisor, branch and grade."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from sqlmodel import Session, col, select

from clients.repository import ClientRepository
from clients.satisfaction.intervals import GroupResult, results
from clients.satisfaction.problems import AnsweredAlready, RoundExists, SurveyRefused
from clients.satisfaction.repository import Comment, SurveyRepository, round_of
from clients.satisfaction.tables import SurveyAnswerRow, SurveyRoundRow
from clients.satisfaction.types import HIGHEST, LONGEST_COMMENT, LOWEST, MOST_LIKELY, AnswerAsk, SurveyRound
from clients.service.rules import survey_rule, value_on
from clients.service.standing import BookClasses
from clients.staff.filing import Stamp, file_change
from kit.access import Scope, everything
from kit.clock import day_of
from kit.db import one_at_a_time
from market.types import IntArray

COMMENTS: Final = 100
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
UNGRADED: Final = ("", "未分级")


@dataclass(frozen=True, slots=True)
class RoundResult:
    """A round within a scope. least: groups with fewer answers are not shown, and their number stands in `withheld`.

    level: of confidence. response_rate: answers by invited, None where that is unknown or the scope shows a part only.
    """

    round: SurveyRound
    level: float
    least: int
    whole: GroupResult
    by_advisor: tuple[GroupResult, ...]
    by_branch: tuple[GroupResult, ...]
    by_grade: tuple[GroupResult, ...]
    withheld: int
    response_rate: float | None


class SurveyService:
    """Surveys over one session, answers within a scope; the commit belongs to the caller."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._read = SurveyRepository(session, scope)

    def rounds(self) -> list[SurveyRound]:
        """The newest first, with the number of answers that the scope shows."""
        return self._read.rounds()

    def comments(self, code: str) -> list[Comment]:
        """What was written, the least satisfied first. Raises NoSuchRound."""
        row = self._read.round_row(code)
        assert row.id is not None
        return self._read.comments(row.id, COMMENTS)

    def result(self, code: str) -> RoundResult:
        """Raises NoSuchRound."""
        row = self._read.round_row(code)
        assert row.id is not None
        day = self._scope.day
        level, least = survey_rule(day)
        found = self._read.answers_of(row.id)
        n = len(found.score)
        (whole,) = results(
            found.score, found.recommend, np.zeros(n, dtype=np.int64), [("", "全部")], level
        )
        grade, grades = self._grades(found.client_id, min(day, row.last_on))
        parts = [
            results(found.score, found.recommend, group, labels, level)
            for group, labels in (
                (found.advisor, found.advisors), (found.branch, found.branches), (grade, grades)
            )
        ]
        shown = [tuple(one for one in part if one.satisfied.n >= least) for part in parts]
        withheld = sum(len(part) - len(kept) for part, kept in zip(parts, shown, strict=True))
        rate = n / row.invited if row.invited and not self._narrow() else None
        return RoundResult(
            round_of(row, n), level, least, whole, shown[0], shown[1], shown[2], withheld, rate
        )  # fmt: skip

    def open_round(
        self, code: str, title: str, first_on: date, last_on: date, stamp: Stamp, invited: int | None = None
    ) -> SurveyRound:
        """Raises RoundExists, SurveyRefused."""
        if not _CODE.fullmatch(code):
            raise SurveyRefused("调查编号用字母、数字、点、横线，最多 32 位，如 2026-Q4")
        if not title.strip() or len(title) > 128:
            raise SurveyRefused("调查名称不能为空，最多 128 个字符")
        if last_on < first_on:
            raise SurveyRefused(f"截止日 {last_on} 早于开始日 {first_on}")
        if invited is not None and invited < 1:
            raise SurveyRefused("发出份数至少 1；不清楚时留空")
        one_at_a_time(self._session, "survey_round")
        taken = select(SurveyRoundRow.id).where(col(SurveyRoundRow.code) == code)
        if self._session.exec(taken).first() is not None:
            raise RoundExists(f"调查 {code} 已登记；请改用别的编号")
        row = SurveyRoundRow(
            code=code, title=title.strip(), first_on=first_on, last_on=last_on, invited=invited,
            opened_by=stamp.actor.name, opened_at=stamp.at,
        )
        self._session.add(row)
        file_change(
            self._session, stamp, "survey.open", "survey_round", code, title=title, first_on=first_on, last_on=last_on,
            invited=invited,
        )  # fmt: skip
        return round_of(row, 0)

    def answer(self, ask: AnswerAsk, stamp: Stamp) -> None:
        """Take one client's answers. Raises NoSuchRound, NoSuchClient, AnsweredAlready, SurveyRefused."""
        row = self._read.round_row(ask.round_code)
        client = ClientRepository(self._session, self._scope).client(ask.client_no)
        fault = answer_fault(ask, row)
        if fault:
            raise SurveyRefused(fault[1])
        assert row.id is not None
        if self._read.answered(row.id, client.id):
            raise AnsweredAlready(f"客户 {ask.client_no} 在调查 {ask.round_code} 已有答卷；一轮只收一份，不能改写")
        self._session.add(SurveyAnswerRow(**answer_values(ask, row.id, client.id, stamp.actor.name)))
        file_change(
            self._session, stamp, "survey.answer", "survey_round", ask.round_code, client=ask.client_no,
            channel=ask.channel,
        )  # fmt: skip

    def _narrow(self) -> bool:
        return self._scope.reach != everything(self._scope.day).reach

    def _grades(self, client_id: IntArray, day: date) -> tuple[IntArray, list[tuple[str, str]]]:
        """The A to D class of each on a day as a place in labels."""
        scheme = str(value_on("SERVICE-MEASURES", day)["scheme"])
        book = BookClasses(self._session, self._scope, day)
        own, names, _ = book.of(scheme)
        labels = sorted(names)
        place = [labels.index(name) for name in names] + [len(labels)]
        known = dict(zip(book.client_id.tolist(), (place[one] for one in own.tolist()), strict=True))
        found = np.array([known.get(one, len(labels)) for one in client_id.tolist()], dtype=np.int64)
        return found, [*((one, f"{one} 级") for one in labels), UNGRADED]


def answer_fault(ask: AnswerAsk, row: SurveyRoundRow) -> tuple[str, str] | None:
    """(column, what is wrong) of an answer, None for a good one."""
    day = day_of(ask.answered_at)
    if not row.first_on <= day <= row.last_on:
        return "answered_at", f"填答日 {day} 不在调查 {row.code} 的 {row.first_on} 至 {row.last_on} 之内"
    if not LOWEST <= ask.score <= HIGHEST:
        return "score", f"满意度应为 {LOWEST} 至 {HIGHEST} 的整数，5 为很满意"
    if ask.recommend is not None and not 0 <= ask.recommend <= MOST_LIKELY:
        return "recommend", f"推荐意愿应为 0 至 {MOST_LIKELY} 的整数，未答时留空"
    if len(ask.comment) > LONGEST_COMMENT:
        return "comment", f"意见最多 {LONGEST_COMMENT} 个字符"
    return None


def answer_values(
    ask: AnswerAsk, round_id: int, client_id: int, entered_by: str, batch_id: int | None = None
) -> dict[str, Any]:
    """What the row holds."""
    return {
        "round_id": round_id, "client_id": client_id, "answered_at": ask.answered_at, "day": day_of(ask.answered_at),
        "score": ask.score, "recommend": ask.recommend, "comment": ask.comment.strip(), "channel": ask.channel.value,
        "entered_by": entered_by, "batch_id": batch_id,
    }  # fmt: skip
