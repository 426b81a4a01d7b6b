"""Survey files into their table. A second answer of a client to a round is refused by name."""

from __future__ import annotations

from typing import Any

from sqlmodel import select

from clients.satisfaction.imports import answer_line
from clients.satisfaction.service import answer_fault, answer_values
from clients.satisfaction.tables import SurveyAnswerRow, SurveyRoundRow
from clients.satisfaction.types import AnswerAsk
from clients.service.intake import IMPORTED, ServiceIntake
from kit.imports.result import Refused
from kit.imports.rows import Cells


class SurveysIntake(ServiceIntake):
    """Answers to rounds that are registered."""

    table = SurveyAnswerRow

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._rounds = {row.code: row for row in self.session.exec(select(SurveyRoundRow))}
        self._known: dict[tuple[int, int], tuple[int, int | None]] = {
            (one.round_id, one.client_id): (one.score, one.recommend)
            for one in self.session.exec(select(SurveyAnswerRow))
        }
        self._here: dict[tuple[int, int], int] = {}

    def row(self, cells: Cells) -> None:
        ask = answer_line(cells, self.now)
        client_id = self.client_id(ask.client_no)
        round_row = self._rounds.get(ask.round_code)
        if round_row is None or round_row.id is None:
            raise Refused("round", ask.round_code, "没有这一轮调查：请先登记这一轮（heshi surveys open）")
        fault = answer_fault(ask, round_row)
        if fault:
            raise Refused(fault[0], cells.text(fault[0]), fault[1])
        key = (round_row.id, client_id)
        if key in self._known:
            self._again(key, ask)
            return
        self._known[key], self._here[key] = (ask.score, ask.recommend), cells.line
        self.add(answer_values(ask, round_row.id, client_id, IMPORTED, self.batch_id))

    def _again(self, key: tuple[int, int], ask: AnswerAsk) -> None:
        """The same answers of a file that comes twice change nothing; a second answer is refused. Raises Refused."""
        if key in self._here:
            raise Refused("client_no", ask.client_no, f"这一轮已有答卷（本文件第 {self._here[key]} 行），一轮只收一份")
        if self._known[key] != (ask.score, ask.recommend):
            raise Refused("client_no", ask.client_no, "这一轮已有另一份答卷，一轮只收一份，不能改写")
        self.counts.known += 1
