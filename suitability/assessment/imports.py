"""Answer sheets as files (kind `answers`): which columns they have, and what one row means. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from clients.imports import fingerprint
from clients.imports import words as client_words
from kit.imports.headings import KindColumns
from kit.imports.result import Refused
from kit.imports.rows import Cells
from kit.rulebook import load_rulebook
from suitability.assessment.types import Channel, EnteredBy
from suitability.questionnaire.problems import OptionRefused
from suitability.questionnaire.types import Question, Questionnaire

MOST_QUESTIONS: Final = 40
MOST_OTHERS: Final = 9
QUESTION_COLUMNS: Final = (
    *(f"q{number}" for number in range(1, MOST_QUESTIONS + 1)),
    *(f"{letter}{number}" for letter in "sh" for number in range(1, MOST_OTHERS + 1)),
)
"""The question ids that a file may have as columns: q1 to q40, supplements s1 to s9, hidden ones h1 to h9."""

ANSWERS: Final = KindColumns(
    "answers",
    "风险承受能力评估答卷",
    ("client_no", "questionnaire", "answered_at", "entered_by"),
    ("channel", "started_at", "confirmed_at", *QUESTION_COLUMNS),
)
_NEWEST: Final = date(2100, 1, 1)
_SPLIT: Final = re.compile(r"[,、;/\s|]+")


@dataclass(frozen=True, slots=True)
class AnswersLine:
    """One sheet as the file tells it. answers: the cells that say something, by question id."""

    client_no: str
    questionnaire: str
    started_at: datetime | None
    finished_at: datetime
    confirmed_at: datetime | None
    day: date
    entered_by: EnteredBy
    entered_by_name: str
    channel: Channel
    answers: Mapping[str, str]

    @property
    def key(self) -> str:
        """What makes two rows the same sheet: client, questionnaire, moment."""
        return fingerprint(self.client_no, self.questionnaire, int(self.finished_at.timestamp()))[:16]

    @property
    def content(self) -> str:
        """What the same sheet must say again."""
        return fingerprint(self.entered_by, *(f"{one}={said}" for one, said in sorted(self.answers.items())))[:16]


def answers_line(cells: Cells, zone: ZoneInfo, now: datetime) -> AnswersLine:
    """Raises Refused for a missing client, form or person, and for moments that cannot be."""
    cells.need("client_no")
    cells.need("questionnaire")
    finished, day = _moment(cells, "answered_at", zone, now)
    started = _moment(cells, "started_at", zone, now)[0] if cells.text("started_at") else None
    confirmed = _moment(cells, "confirmed_at", zone, now)[0] if cells.text("confirmed_at") else None
    if started is not None and started > finished:
        raise Refused("started_at", cells.text("started_at"), "开始作答的时间晚于完成的时间")
    if confirmed is not None and confirmed < finished:
        raise Refused("confirmed_at", cells.text("confirmed_at"), "确认结果的时间早于完成作答的时间")
    said = cells.need("entered_by")
    return AnswersLine(
        cells.short("client_no", 64), cells.short("questionnaire", 64), started, finished, confirmed, day,
        entered_by(said), said[:64], _channel(cells),
        {name: found for name in QUESTION_COLUMNS if (found := cells.text(name))},
    )  # fmt: skip


def _moment(cells: Cells, column: str, zone: ZoneInfo, now: datetime) -> tuple[datetime, date]:
    """A day without a time counts from its beginning in the firm's zone."""
    found = cells.when(column, zone)
    at = found.at or datetime.combine(found.day, time(), tzinfo=zone).astimezone(UTC)
    if found.day.isoformat() in client_words("WORD-SENTINEL-DATE"):
        raise Refused(column, cells.text(column), "是占位日期，不是真实的时间")
    if at > now:
        raise Refused(column, cells.text(column), "晚于导入的时间")
    return at, found.day


def _channel(cells: Cells) -> Channel:
    said = cells.text("channel")
    if not said:
        return Channel.IMPORT
    for channel in Channel:
        if said in (channel.value, channel.label):
            return channel
    raise Refused("channel", said, f"应为 {'、'.join(f'{one.value} {one.label}' for one in Channel)} 之一")


@lru_cache
def words(rule_id: str) -> frozenset[str]:
    """The words of one WORD rule of this package."""
    return frozenset(str(word) for word in load_rulebook("suitability", "headings").on(rule_id, _NEWEST))


def entered_by(said: str) -> EnteredBy:
    """Who is meant; words that nobody knows are nobody's."""
    if said.upper() in words("WORD-ENTERED-CLIENT"):
        return EnteredBy.CLIENT
    return EnteredBy.STAFF if said.upper() in words("WORD-ENTERED-STAFF") else EnteredBy.UNKNOWN


def cell_codes(question: Question, cell: str) -> tuple[str, ...]:
    """The codes in a cell: `A`, `A,C`, `A、C`, or `AC` where every letter is an option."""
    parts = tuple(part for part in _SPLIT.split(cell.upper()) if part)
    if len(parts) == 1 and parts[0] not in question.codes and set(parts[0]) <= set(question.codes):
        return tuple(parts[0])
    return parts


def stated_answers(form: Questionnaire, line: AnswersLine) -> dict[str, tuple[str, ...]]:
    """Codes by question, in the form's order. Raises OptionRefused for a column that the form does not ask."""
    foreign = [name for name in line.answers if name not in form.by_id]
    if foreign:
        raise OptionRefused(f"问卷 {form.version} 没有第 {'、'.join(foreign)} 题", question=foreign[0])
    return {
        question.id: cell_codes(question, line.answers[question.id])
        for question in form.questions
        if question.id in line.answers
    }
