"""Trading days: what the exchanges published, laws for every day, and a horizon that breaks nothing."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.days import (
    EARLIEST,
    LATEST,
    NoTradingDayError,
    build_calendar,
    calendar,
    parse_closed,
    published_closed,
)
from kit.rulebook import Rule, RuleError, load_rulebook

NAMES = ["XSHG", "XHKG", "XMIL"]
ANY_DAY = st.dates(date(1991, 1, 1), date(2035, 12, 31))

FACTS = [  # calendar, day, open, source
    ("XSHG", "2024-02-09", False, "2024年休市安排: 除夕"),
    ("XSHG", "2024-02-19", True, "2024年休市安排: first day after the Spring Festival"),
    ("XSHG", "2017-05-30", False, "2017年休市安排: 端午节; a vendor's file has prices on it"),
    ("XSHG", "2017-05-31", True, "2017年休市安排: open again"),
    ("XSHG", "2021-02-20", False, "2021年休市安排: a working Saturday is no trading day"),
    ("XSHG", "2020-01-31", False, "2020: the Spring Festival closure was extended"),
    ("XSHG", "2020-02-03", True, "2020: the first day after it"),
    ("XSHG", "2026-12-31", True, "2026年休市安排: the last published day"),
    ("XMIL", "2018-08-15", False, "Ferragosto"),
    ("XMIL", "2018-10-01", True, "Milan trades on the first day of October"),
    ("XHKG", "2024-07-01", False, "Hong Kong SAR Establishment Day"),
    ("XHKG", "2024-10-02", True, "open while the mainland rests"),
]


@pytest.mark.parametrize(("name", "day", "is_open", "source"), FACTS)
def test_known_days(name, day, is_open, source):
    assert is_open == calendar(name).is_session(date.fromisoformat(day)), source


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
@pytest.mark.parametrize("name", NAMES)
def test_the_committed_file_is_what_exchange_calendars_publishes(name):
    value = load_rulebook("kit", "calendars")[f"CAL-{name}"].values[-1][1]
    published = published_closed(name, value["first"], value["last"])
    days = calendar(name).sessions(value["first"], value["last"])
    span = np.arange(value["first"].toordinal(), value["last"].toordinal() + 1)
    closed = [date.fromordinal(int(n)) for n in np.setdiff1d(span, days)]

    assert published == [day for day in closed if day.weekday() < 5]


@pytest.mark.parametrize("note", list(load_rulebook("kit", "notices")), ids=lambda note: note.id)
def test_a_notice_closes_exactly_the_weekdays_that_the_calendar_has_closed_in_its_year(note):
    year, name = note.applies_to["year"], note.applies_to["calendar"]
    days = calendar(name)
    spans = note.values[-1][1]
    announced = {first + timedelta(days=n) for first, last in spans for n in range((last - first).days + 1)}
    weekdays = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
    closed = {day for day in weekdays if day.weekday() < 5 and not days.is_session(day)}

    assert closed == {day for day in announced if day.weekday() < 5}


SESSIONS_A_YEAR = [(2023, 242), (2024, 242), (2025, 243), (2026, 242)]  # published yearly counts


@pytest.mark.parametrize(("year", "expected"), SESSIONS_A_YEAR)
def test_sessions_a_year(year, expected):
    assert expected == calendar("XSHG").count(date(year, 1, 1), date(year, 12, 31))


STEPS = [  # method, day, n, expected, why
    ("next", "2024-09-30", 1, "2024-10-08", "over the National Day week"),
    ("next", "2024-10-03", 1, "2024-10-08", "from inside a holiday"),
    ("next", "2024-09-27", 2, "2024-10-08", "two days on"),
    ("previous", "2024-10-08", 1, "2024-09-30", "back over the week"),
    ("previous", "2024-10-03", 19, "2024-09-02", "September 2024 had nineteen"),
    ("on_or_after", "2024-10-08", None, "2024-10-08", "a trading day is itself"),
    ("on_or_after", "2024-10-01", None, "2024-10-08", "a holiday moves on"),
    ("on_or_before", "2024-10-07", None, "2024-09-30", "a holiday moves back"),
    ("next", "2026-12-31", 1, "2027-01-01", "beyond the horizon: weekdays, provisional"),
]


@pytest.mark.parametrize(("method", "day", "n", "expected", "why"), STEPS)
def test_steps(method, day, n, expected, why):
    step = getattr(calendar("XSHG"), method)
    given_day = date.fromisoformat(day)

    assert date.fromisoformat(expected) == (step(given_day) if n is None else step(given_day, n)), why


@pytest.mark.parametrize("n", [0, -1])
def test_a_step_is_from_one_up(n):
    with pytest.raises(ValueError, match="from 1 up"):
        calendar("XSHG").next(date(2024, 1, 2), n)


def test_a_day_before_the_earliest_is_refused_by_name():
    with pytest.raises(ValueError, match="XSHG knows days from"):
        calendar("XSHG").previous(EARLIEST)
    with pytest.raises(ValueError, match="XSHG knows days from"):
        calendar("XSHG").next(LATEST)


def test_a_calendar_day_is_no_trading_day():
    with pytest.raises(NoTradingDayError, match="2017-05-30 is no trading day of XSHG"):
        calendar("XSHG").trading_day(date(2017, 5, 30))

    assert date(2017, 5, 31) == calendar("XSHG").trading_day(date(2017, 5, 31))


@pytest.mark.parametrize(("day", "provisional"), [
    (date(1990, 12, 31), True),
    (date(1991, 1, 1), False),
    (date(2026, 12, 31), False),
    (date(2027, 1, 1), True),
])
def test_provisional_days(day, provisional):
    assert provisional == calendar("XSHG").is_provisional(day)


def test_the_horizon_is_a_warning_and_never_a_failure():
    days = calendar("XSHG")

    assert days.horizon_warning(date(2026, 12, 31)) is None
    assert "2026-12-31" in (days.horizon_warning(date(2027, 1, 4)) or "")
    assert len(days.sessions(date(2027, 1, 1), date(2027, 1, 29))) == 21


def notice(year, *spans):
    applies = {"calendar": "TEST"} | ({} if year is None else {"year": year})
    published = date(2026, 12, 1)
    return Rule(f"N-{year}", "休市安排", "通知", ((published, list(spans)),), True, published, applies)


HORIZONS = [  # notices, horizon, why
    ([], date(2026, 12, 31), "no notice"),
    ([notice(2027, [date(2027, 1, 1), date(2027, 1, 3)])], date(2027, 12, 31), "next year is announced"),
    ([notice(2028)], date(2026, 12, 31), "a year between is missing"),
    ([notice(2028), notice(2027)], date(2028, 12, 31), "two years, in any order"),
    ([notice(None, [date(2026, 5, 6), date(2026, 5, 6)])], date(2026, 12, 31), "an extra closure only"),
]


@pytest.mark.parametrize(("notices", "horizon", "why"), HORIZONS)
def test_a_notice_moves_the_horizon(notices, horizon, why):
    assert horizon == build_calendar("TEST", date(2026, 1, 1), date(2026, 12, 31), [], notices).horizon, why


def test_a_notice_closes_its_days():
    extra = notice(None, [date(2026, 5, 6), date(2026, 5, 7)])
    days = build_calendar("TEST", date(2026, 1, 1), date(2026, 12, 31), [date(2026, 1, 1)], [extra])

    asked = (date(2026, 1, 1), date(2026, 5, 6), date(2026, 5, 7), date(2026, 5, 8))

    assert [days.is_session(day) for day in asked] == [False, False, False, True]


def test_a_notice_that_runs_backwards_is_refused():
    backwards = notice(2027, [date(2027, 1, 3), date(2027, 1, 1)])

    with pytest.raises(RuleError, match="runs backwards"):
        build_calendar("T", date(2026, 1, 1), date(2026, 12, 31), [], [backwards])


def test_a_closed_file_is_a_line_a_year():
    text = "# note\n2024 01-01 02-09\n2025 01-01\n2026\n"

    assert parse_closed(text) == [date(2024, 1, 1), date(2024, 2, 9), date(2025, 1, 1)]


def test_an_unknown_calendar_is_refused_by_name():
    with pytest.raises(RuleError, match="CAL-MOON"):
        calendar("MOON")


@given(day=ANY_DAY, n=st.integers(1, 300), name=st.sampled_from(NAMES))
def test_next_and_previous_undo_each_other(day, n, name):
    days = calendar(name)
    start = days.on_or_after(day)

    assert start == days.previous(days.next(start, n), n)


@given(first=ANY_DAY, middle=ANY_DAY, last=ANY_DAY)
def test_counts_of_adjoining_spans_add_up(first, middle, last):
    first, middle, last = sorted((first, middle, last))
    days = calendar("XSHG")

    assert days.count(first, last) == days.count(first, middle) + days.count(middle + timedelta(days=1), last)


@given(day=ANY_DAY, n=st.integers(1, 300))
def test_n_steps_cross_n_sessions(day, n):
    days = calendar("XSHG")

    assert n == days.count(day + timedelta(days=1), days.next(day, n))


@given(days=st.lists(ANY_DAY, max_size=20))
def test_arrays_say_what_single_days_say(days):
    ordinals = np.array([day.toordinal() for day in days], dtype=np.int64)
    book = calendar("XSHG")

    assert [book.is_session(day) for day in days] == list(book.are_sessions(ordinals))
    assert [book.on_or_after(day).toordinal() for day in days] == list(book.moved_to_session(ordinals))


def test_a_span_that_ends_before_it_begins_is_empty():
    assert calendar("XSHG").count(date(2024, 2, 1), date(2024, 1, 1)) == 0


def test_asking_a_calendar_does_not_import_the_slow_library():
    code = (
        "import sys; from datetime import date; from kit.days import calendar;"
        "calendar('XSHG').next(date(2024, 1, 2)); sys.exit('exchange_calendars' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
