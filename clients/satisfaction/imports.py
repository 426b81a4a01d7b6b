"""Survey files (kind `surveys`): which columns they have, and what one row means."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from clients.contacts.imports import moment
from clients.satisfaction.types import LONGEST_COMMENT, AnswerAsk, SurveyChannel
from clients.service.words import coded_by
from kit.clock import SHANGHAI
from kit.imports.headings import KindColumns
from kit.imports.result import Refused
from kit.imports.rows import Cells

SURVEYS: Final = KindColumns(
    "surveys", "满意度答卷", ("round", "client_no", "answered_at", "score"), ("recommend", "comment", "channel")
)


def answer_line(cells: Cells, now: datetime) -> AnswerAsk:
    """Raises Refused."""
    cells.need("client_no")
    at = moment(cells.when("answered_at", SHANGHAI))
    if at > now:
        raise Refused("answered_at", cells.text("answered_at"), "填答时间晚于现在")
    return AnswerAsk(
        client_no=cells.short("client_no", 64), round_code=cells.need("round"), answered_at=at,
        score=_whole("score", cells.need("score")), recommend=_maybe(cells, "recommend"),
        comment=cells.short("comment", LONGEST_COMMENT),
        channel=coded_by(cells, "channel", SurveyChannel, SurveyChannel.APP),
    )  # fmt: skip


def _maybe(cells: Cells, column: str) -> int | None:
    text = cells.text(column)
    return _whole(column, text) if text else None


def _whole(column: str, text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,3}", text):  # what is outside the scale is told with the scale
        raise Refused(column, text, "应为不带小数的数")
    return int(text)
