"""Until when, who looks twice, how long it mutes, how long it is kept: the rule data of complaints, read for a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from clients.complaints.types import Severity
from kit.days import calendar
from kit.rulebook import load_rulebook

CALENDAR: Final = "XSHG"
FIRST_DAY: Final = date(2017, 7, 1)


def value_on(rule_id: str, day: date) -> Any:
    return load_rulebook("clients", "complaints").on(rule_id, max(day, FIRST_DAY))


def due_on(severity: Severity, received_on: date) -> date:
    """The last day for a conclusion: so many working days after the day of receipt."""
    return calendar(CALENDAR).next(received_on, int(value_on("COMPLAINT-DEADLINE", received_on)[severity.value]))


def extended_to(due: date, days: int) -> date:
    """The last day after an extension by so many working days."""
    return calendar(CALENDAR).next(due, days)


def extension(day: date) -> tuple[int, int]:
    """How often a complaint may be extended, and by how many working days at most each time."""
    value = value_on("COMPLAINT-EXTENSION", day)
    return int(value["times"]), int(value["days"])


def needs_second(severity: Severity, day: date) -> bool:
    """Whether its conclusion takes another person."""
    return severity.value in value_on("COMPLAINT-SECOND-PERSON", day)


def quiet_days(day: date) -> Mapping[Severity, int]:
    """By severity that mutes marketing while open: for how many calendar days after the day of its end."""
    return {Severity(code): int(days) for code, days in (value_on("COMPLAINT-MUTE", day) or {}).items()}


def retain_until(received_on: date) -> date:
    """The day up to which the record is kept; of 29 February, 28 February."""
    year = received_on.year + int(value_on("COMPLAINT-KEEP", received_on))
    leap = received_on.month == 2 and received_on.day == 29
    return received_on.replace(year=year, day=28) if leap else received_on.replace(year=year)
