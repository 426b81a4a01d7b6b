"""How the sheet was filled in: too fast, along one line, too often, or with a leap upwards. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from kit.rulebook import Rulebook
from suitability.assessment.rules import value_on
from suitability.assessment.types import Consequence, Finding, Past, Sheet
from suitability.assessment.validity import months_earlier
from suitability.levels import ClientLevel

CAP_DAY: Final = "ASSESS-010"
CAP_MONTHS: Final = "ASSESS-011"
PACE: Final = "ASSESS-020"
STRAIGHT_LINE: Final = "ASSESS-021"
CLIMB: Final = "ASSESS-022"


def conduct(sheet: Sheet, past: Sequence[Past], level: ClientLevel, book: Rulebook) -> tuple[Finding, ...]:
    """Everything about the manner of this sheet, by id of the rule."""
    day = sheet.day
    return (
        *capped(past, day, book),
        *_pace(sheet, value_on(book, PACE, day)),
        *_straight_line(sheet, value_on(book, STRAIGHT_LINE, day)),
        *_climb(past, level, day, value_on(book, CLIMB, day)),
    )


def capped(past: Sequence[Past], day: date, book: Rulebook) -> tuple[Finding, ...]:
    """Caps that one more assessment on this day would pass."""
    found = []
    daily, yearly = value_on(book, CAP_DAY, day), value_on(book, CAP_MONTHS, day)
    if daily:
        today = sum(one.counts and one.day == day for one in past)
        if today >= daily["most"]:
            found.append(_finding(CAP_DAY, daily, {"assessments_today": str(today)}))
    if yearly:
        since = months_earlier(day, yearly["months"])
        recent = sum(one.counts and since < one.day <= day for one in past)
        if recent >= yearly["most"]:
            found.append(_finding(CAP_MONTHS, yearly, {"assessments_since": str(since), "count": str(recent)}))
    return tuple(found)


def seconds_per_question(sheet: Sheet) -> float | None:
    """Mean time for one question that the client answered; None where the beginning was not recorded."""
    asked = len(set(sheet.answers) - sheet.prefilled)
    if sheet.started_at is None or not asked:
        return None
    return (sheet.finished_at - sheet.started_at).total_seconds() / asked


def _pace(sheet: Sheet, value: Mapping[str, Any] | None) -> Iterator[Finding]:
    mean = seconds_per_question(sheet)
    if value and mean is not None and mean < value["seconds_below"]:
        yield _finding(PACE, value, {"seconds_per_question": f"{mean:.1f}"})


def longest_run(sheet: Sheet) -> tuple[str, ...]:
    """The longest run of single-choice questions, one after the other, with the option at the same place."""
    best: tuple[str, ...] = ()
    run: list[str] = []
    last: int | None = None
    for question in sheet.form.proper:
        codes = sheet.answers.get(question.id)
        if codes is None or question.multi or question.id in sheet.prefilled:
            continue
        place = question.codes.index(codes[0])
        run = [*run, question.id] if place == last else [question.id]
        last = place
        best = tuple(run) if len(run) > len(best) else best
    return best


def _straight_line(sheet: Sheet, value: Mapping[str, Any] | None) -> Iterator[Finding]:
    run = longest_run(sheet)
    if value and len(run) >= value["questions"]:
        yield _finding(STRAIGHT_LINE, value, {"questions_in_a_row": str(len(run))}, run)


def _climb(past: Sequence[Past], level: ClientLevel, day: date, value: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Against the lowest result inside the window, so that a climb in two steps is seen too."""
    if not value:
        return
    since = day - timedelta(days=value["days"])
    recent = [one for one in past if one.level is not None and since <= one.day <= day]
    if not recent:
        return
    lowest = min(recent, key=lambda one: one.level.rank if one.level else 0)
    if lowest.level is not None and level.rank - lowest.level.rank >= value["levels"]:
        yield _finding(CLIMB, value, {"earlier_level": str(lowest.level), "earlier_day": str(lowest.day)})


def _finding(
    rule: str, value: Mapping[str, Any], facts: Mapping[str, str], questions: tuple[str, ...] = ()
) -> Finding:
    consequence = Consequence(value["consequence"])
    return Finding(rule, consequence, value["sentence"], questions, facts)
