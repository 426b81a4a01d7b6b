"""How long an assessment holds, and when the client is reminded. Days are calendar days, the last one included."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from kit.rulebook import Rulebook


def years_later(day: date, years: int) -> date:
    """The same day of a later (or earlier) year; 29 February becomes the 28th where there is none."""
    last = calendar.monthrange(day.year + years, day.month)[1]
    return day.replace(year=day.year + years, day=min(day.day, last))


def months_earlier(day: date, months: int) -> date:
    """The same day `months` earlier, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def whole_years(since: date, day: date) -> int:
    """Whole years (周岁, 满几年) from `since` to `day`; an anniversary counts from its own day on."""
    return day.year - since.year - ((day.month, day.day) < (since.month, since.day))


def valid_through(assessed_on: date, book: Rulebook) -> date:
    """The last valid day: assessed_on + the years in force on that day − 1 day (ASSESS-001)."""
    return years_later(assessed_on, book.on("ASSESS-001", assessed_on)["years"]) - timedelta(days=1)


def reminder_days(day: date, book: Rulebook) -> tuple[int, ...]:
    """How many days before the last valid day a client is reminded (ASSESS-002), the earliest first."""
    return tuple(sorted(book.on("ASSESS-002", day)["days"], reverse=True))
