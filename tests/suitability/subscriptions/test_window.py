"""五个工作日: never less for the client, over weekends, holidays, days of exchange, and days nobody has announced."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.days import calendar
from suitability.subscriptions.rules import cancel_terms
from suitability.subscriptions.window import cancel_until, last_day, still_open

XSHG = calendar("XSHG")
NEAR = replace(XSHG, open_days=XSHG.sessions(date(2026, 1, 1), date(2029, 12, 31)))
DAYS = [  # signed, the last day, why
    (date(2026, 3, 10), date(2026, 3, 17), "Tuesday: Wed, Thu, Fri, Mon, Tue"),
    (date(2026, 3, 13), date(2026, 3, 20), "Friday: the whole next week"),
    (date(2026, 3, 14), date(2026, 3, 20), "Saturday: the next week"),
    (date(2026, 3, 15), date(2026, 3, 20), "Sunday"),
    (date(2026, 2, 13), date(2026, 3, 2), "the last day before 春节: 24, 25, 26, 27 February, 2 March"),
    (date(2026, 2, 18), date(2026, 3, 2), "on a holiday: the same five days"),
    (date(2026, 9, 30), date(2026, 10, 14), "before 国庆: 8, 9, 12, 13, 14 October"),
    (date(2026, 10, 10), date(2026, 10, 16), "a Saturday that is worked in exchange: no trading day, so not counted"),
    (date(2025, 9, 28), date(2025, 10, 13), "a Sunday worked in exchange: 29, 30 September, 9, 10, 13 October"),
    (date(2024, 2, 8), date(2024, 2, 23), "9 to 18 February closed"),
]


@pytest.mark.parametrize(("signed", "last", "why"), DAYS)
def test_the_fifth_working_day(signed, last, why):
    assert cancel_until(signed) == last, why


@given(st.dates(date(2011, 1, 1), date(2026, 12, 15)))
def test_the_client_never_has_less_than_five_working_days(signed):
    last = cancel_until(signed)

    assert XSHG.count(signed + timedelta(days=1), last) >= 5
    assert last > signed


def test_where_all_is_announced_there_are_exactly_five():
    days = (date(2024, 1, 1) + timedelta(days=n) for n in range(1_000))
    settled = [day for day in days if not XSHG.is_provisional(cancel_until(day))]

    assert len(settled) > 990
    assert {XSHG.count(day + timedelta(days=1), cancel_until(day)) for day in settled} == {5}


@given(signed=st.dates(XSHG.horizon - timedelta(days=6), XSHG.horizon + timedelta(days=400)), start=st.integers(0, 12))
def test_beyond_the_announced_days_the_longest_holiday_still_leaves_five(signed, start):
    """Whatever eight weekdays in a row turn out to be closed, the window that was told has five working days."""
    terms, last = cancel_terms(signed), cancel_until(signed)
    after = [int(day) for day in XSHG.sessions(signed + timedelta(days=1), signed + timedelta(days=60))]
    unknown = [day for day in after if day > XSHG.horizon.toordinal()]
    closed = unknown[start : start + terms.reserve]
    announced = replace(XSHG, open_days=np.setdiff1d(NEAR.open_days, closed))

    assert announced.count(signed + timedelta(days=1), last) >= 5
    assert last >= last_day(signed, terms, replace(announced, horizon=date(2199, 12, 31)))


def test_the_reserve_covers_every_holiday_of_twenty_years():
    first, last = date(2004, 1, 1).toordinal(), XSHG.horizon.toordinal() - 30
    signed = np.arange(first, last)
    ends = XSHG.open_days[np.searchsorted(XSHG.open_days, signed, side="right") + 4]
    epoch = date(1970, 1, 1).toordinal()
    days = [(one - epoch + 1).astype("datetime64[D]") for one in (signed, ends)]
    longest = int(np.busday_count(*days).max())

    assert longest == 13
    assert cancel_terms(date(2026, 1, 1)).reserve == longest - 5


def test_what_the_client_was_told_stays_where_the_calendar_becomes_shorter():
    assert still_open(date(2026, 3, 10), date(2026, 3, 30), date(2026, 3, 30))
    assert still_open(date(2026, 3, 10), date(2026, 3, 11), date(2026, 3, 17))
    assert not still_open(date(2026, 3, 10), date(2026, 3, 11), date(2026, 3, 18))
