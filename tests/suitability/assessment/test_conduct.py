"""Too fast, along one line, too often, a leap upwards: on, below and above each limit (house rules, unconfirmed)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from suitability.assessment.conduct import capped, conduct, longest_run, seconds_per_question
from suitability.assessment.rules import books
from suitability.assessment.types import Consequence, Past, Sheet
from suitability.levels import ClientLevel
from tests.suitability.questionnaire.forms import form, question

BOOK = books().assessment
DAY = date(2026, 3, 10)
START = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
TWENTY = form(*(question(number, [0, 1, 2]) for number in range(1, 21)))


def sheet(answers, *, made=TWENTY, seconds=600.0, prefilled=()):
    started = None if seconds is None else START
    return Sheet(
        form=made, answers=answers, prefilled=frozenset(prefilled), started_at=started,
        finished_at=START + timedelta(seconds=seconds or 0), day=DAY,
    )


def varied(count=20):
    return {f"q{number}": ("ABC"[number % 3],) for number in range(1, count + 1)}


def rules(one, past=(), level=ClientLevel.C3):
    return {finding.rule: finding for finding in conduct(one, past, level, BOOK)}


PACE = [(20 * 2 - 1, True), (20 * 2, False), (20 * 2 + 1, False), (None, False)]  # seconds for 20 questions; 2 each


@pytest.mark.parametrize(("seconds", "applies"), PACE)
def test_less_than_two_seconds_a_question_is_too_fast(seconds, applies):
    found = rules(sheet(varied(), seconds=seconds))

    assert ("ASSESS-020" in found) is applies
    assert not applies or found["ASSESS-020"].consequence is Consequence.BLOCK


def test_what_was_filled_in_by_the_firm_took_the_client_no_time():
    one = sheet(varied(), seconds=30, prefilled=[f"q{number}" for number in range(11, 21)])

    assert seconds_per_question(one) == 3
    assert "ASSESS-020" not in rules(one)


def line(run):
    """The first `run` answers at one place, the next ones at changing places."""
    return {f"q{number}": ("A",) if number <= run else ("BC"[number % 2],) for number in range(1, 21)}


@pytest.mark.parametrize(("run", "applies"), [(9, False), (10, True), (11, True)])
def test_ten_in_a_row_at_one_place_must_be_confirmed(run, applies):
    found = rules(sheet(line(run)))

    assert ("ASSESS-021" in found) is applies
    if applies:
        one = found["ASSESS-021"]
        assert (one.consequence, len(one.questions)) == (Consequence.CONFIRM, run)


def test_multi_choice_and_prefilled_questions_do_not_break_or_lengthen_a_run():
    made = form(*(question(number, [0, 1], multi=number == 3) for number in range(1, 7)))
    answers = {f"q{number}": ("A",) for number in range(1, 7)}

    assert longest_run(sheet(answers, made=made, prefilled=["q5"])) == ("q1", "q2", "q4", "q6")


def past(day, level="C1", counts=True):
    return Past(day, ClientLevel(level), counts)


CLIMBS = [  # earlier results (days ago, level), level now, review; two levels within 30 days
    ([(0, "C2")], "C4", True),
    ([(0, "C3")], "C4", False),
    ([(30, "C2")], "C4", True),
    ([(31, "C2")], "C4", False),
    ([(29, "C2")], "C5", True),
    ([(5, "C4")], "C2", False),
    ([(20, "C2"), (10, "C3")], "C4", True),
    ([(-1, "C1")], "C5", False),
    ([], "C5", False),
]


@pytest.mark.parametrize(("earlier", "level", "applies"), CLIMBS)
def test_a_climb_of_two_levels_within_thirty_days_is_reviewed(earlier, level, applies):
    before = [past(DAY - timedelta(days=ago), was) for ago, was in earlier]
    found = rules(sheet(varied()), before, ClientLevel(level))

    assert ("ASSESS-022" in found) is applies
    assert not applies or found["ASSESS-022"].consequence is Consequence.REVIEW


TODAY = [(0, False), (1, False), (2, True), (3, True)]  # assessments made today already; two a day


@pytest.mark.parametrize(("made", "applies"), TODAY)
def test_two_assessments_a_day(made, applies):
    found = {one.rule for one in capped([past(DAY)] * made, DAY, BOOK)}

    assert ("ASSESS-010" in found) is applies


WITHIN_A_YEAR = [(7, False), (8, True), (9, True)]  # eight within twelve months


@pytest.mark.parametrize(("made", "applies"), WITHIN_A_YEAR)
def test_eight_assessments_within_twelve_months(made, applies):
    before = [past(DAY - timedelta(days=20 * number)) for number in range(1, made + 1)]
    found = {one.rule for one in capped(before, DAY, BOOK)}

    assert ("ASSESS-011" in found) is applies


@pytest.mark.parametrize(("first", "applies"), [(date(2025, 3, 10), False), (date(2025, 3, 11), True)])
def test_the_twelve_months_begin_on_the_day_after_the_same_day_of_the_year_before(first, applies):
    before = [past(first), *[past(date(2025, 9, 1))] * 7]

    assert ("ASSESS-011" in {one.rule for one in capped(before, DAY, BOOK)}) is applies


def test_what_came_to_no_result_does_not_count():
    assert capped([past(DAY, counts=False)] * 9, DAY, BOOK) == ()
