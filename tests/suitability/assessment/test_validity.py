"""Validity and age: the last day is included; anniversaries count from their own day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.clock import day_of
from suitability.assessment.rules import books
from suitability.assessment.validity import (
    months_earlier,
    reminder_days,
    valid_through,
    whole_years,
    years_later,
)

BOOK = books().assessment
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
LAST_DAYS = [  # assessed on, last valid day; source: assessed_on + 2 years - 1 day, the day included
    (date(2026, 3, 10), date(2028, 3, 9)),
    (date(2026, 1, 1), date(2027, 12, 31)),
    (date(2026, 3, 1), date(2028, 2, 29)),
    (date(2024, 2, 29), date(2026, 2, 27)),
    (date(2025, 3, 1), date(2027, 2, 28)),
]
AGES = [  # born, day, whole years; 周岁 from the birthday on
    (date(2006, 3, 10), date(2026, 3, 9), 19),
    (date(2006, 3, 10), date(2026, 3, 10), 20),
    (date(2006, 3, 10), date(2026, 3, 11), 20),
    (date(2004, 2, 29), date(2022, 2, 28), 17),
    (date(2004, 2, 29), date(2022, 3, 1), 18),
    (date(2004, 2, 29), date(2024, 2, 29), 20),
]
MONTHS = [  # day, months, the same day earlier
    (date(2026, 3, 10), 12, date(2025, 3, 10)),
    (date(2024, 2, 29), 12, date(2023, 2, 28)),
    (date(2026, 3, 31), 1, date(2026, 2, 28)),
    (date(2026, 1, 15), 2, date(2025, 11, 15)),
]


@pytest.mark.parametrize(("assessed_on", "last"), LAST_DAYS)
def test_an_assessment_holds_for_two_years_less_a_day(assessed_on, last):
    assert valid_through(assessed_on, BOOK) == last


@pytest.mark.parametrize(("born", "day", "years"), AGES)
def test_whole_years(born, day, years):
    assert whole_years(born, day) == years


@pytest.mark.parametrize(("day", "months", "earlier"), MONTHS)
def test_months_earlier(day, months, earlier):
    assert months_earlier(day, months) == earlier


@given(day=DAYS, years=st.integers(0, 40))
def test_years_later_is_so_many_whole_years_or_a_leap_day_short(day, years):
    later = years_later(day, years)

    assert whole_years(day, later) == (years if later.day == day.day else years - 1)


@given(day=st.dates(date(2012, 12, 30), date(2090, 12, 31)))
def test_the_day_after_the_last_one_begins_the_third_year(day):
    through = valid_through(day, BOOK)

    assert (through - day).days in (728, 729, 730)


def test_reminders_come_sixty_thirty_and_seven_days_before():
    assert reminder_days(date(2026, 3, 10), BOOK) == (60, 30, 7)


@pytest.mark.parametrize(("at", "day"), [(15, date(2026, 3, 10)), (16, date(2026, 3, 11))])
def test_the_firms_day_begins_at_sixteen_hours_utc(at, day):
    assert day_of(datetime(2026, 3, 10, at, 0, tzinfo=UTC)) == day
