"""Days from a first to a last, both included; a period without an end runs until further notice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

ALWAYS: Final = date(1990, 12, 19)
"""起始日 where a file tells none: the day on which the first exchange opened."""
OPEN: Final = date(9999, 12, 31)
"""终止日 of what runs until further notice, as the tables keep it."""


@dataclass(frozen=True, slots=True)
class Period:
    """起止日, both included."""

    first: date
    last: date = OPEN

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last

    def meets(self, other: Period) -> bool:
        """Whether any day lies in both."""
        return self.first <= other.last and other.first <= self.last

    def holds(self, other: Period) -> bool:
        """Whether every day of `other` lies in this one."""
        return self.first <= other.first and other.last <= self.last

    @property
    def text(self) -> str:
        """As people write it: 2024-01-02 至 2024-12-31."""
        return f"{self.first} 起" if self.last == OPEN else f"{self.first} 至 {self.last}"


def period(first: date | None, last: date | None) -> Period:
    """With what was left open filled in. Raises ValueError where it ends before it begins."""
    made = Period(first or ALWAYS, last or OPEN)
    if made.last < made.first:
        raise ValueError(f"终止日 {made.last} 早于起始日 {made.first}")
    return made


def last_or_none(last: date) -> date | None:
    """The last day as people see it: none while it runs until further notice."""
    return None if last == OPEN else last


def day_before(day: date) -> date:
    return day - timedelta(days=1)
