"""Trading days 交易日 and calendar days 自然日: two types, one calendar an exchange, a horizon that is soft.

A calendar is data: weekdays without trading up to the last published day (`rules/closed_*.txt`), and the
exchange's own notices (`rules/notices.yaml`). Outside both, every weekday counts as a trading day and is
provisional.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any, Final, NewType, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kit.rulebook import Rule, RuleError, load_rulebook

Ordinals: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

TradingDay = NewType("TradingDay", date)
"""A day on which the exchange trades; only a calendar makes one. A plain `date` is a calendar day."""

EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2199, 12, 31)
"""The days that a calendar can speak of."""


class NoTradingDayError(ValueError):
    """A day was given as a trading day and is none: names the day and the calendar."""


@dataclass(frozen=True, eq=False)
class TradingCalendar:
    """The trading days of one exchange. Days are `date`; arrays are ordinals (date.toordinal()), int64."""

    name: str
    known_from: date
    horizon: date  # the last day that the exchange has announced
    open_days: Ordinals  # every trading day from EARLIEST to LATEST, ascending

    def sessions(self, first: date, last: date) -> Ordinals:
        """Trading days from `first` to `last`, both included, ascending; empty when there is none."""
        start, end = np.searchsorted(self.open_days, [first.toordinal(), last.toordinal() + 1])
        return self.open_days[start:end]

    def is_session(self, day: date) -> bool:
        return bool(self.are_sessions(np.array([day.toordinal()]))[0])

    def are_sessions(self, days: Ordinals) -> Mask:
        """Which of the days, shape (N,), are trading days. A vendor's file may hold one that never was."""
        place = np.minimum(np.searchsorted(self.open_days, days), len(self.open_days) - 1)
        return np.asarray(self.open_days[place] == days)

    def trading_day(self, day: date) -> TradingDay:
        """`day` as a trading day. Raises NoTradingDayError."""
        if not self.is_session(day):
            raise NoTradingDayError(f"{day} is no trading day of {self.name}")
        return TradingDay(day)

    def next(self, day: date, n: int = 1) -> TradingDay:
        """The n-th trading day after `day`, which itself need not be one."""
        after = int(np.searchsorted(self.open_days, day.toordinal(), side="right"))
        return self._at(after + _positive(n) - 1)

    def previous(self, day: date, n: int = 1) -> TradingDay:
        """The n-th trading day before `day`, which itself need not be one."""
        return self._at(int(np.searchsorted(self.open_days, day.toordinal())) - _positive(n))

    def on_or_after(self, day: date) -> TradingDay:
        return self.next(day - timedelta(days=1))

    def on_or_before(self, day: date) -> TradingDay:
        return self.previous(day + timedelta(days=1))

    def count(self, first: date, last: date) -> int:
        """Number of trading days from `first` to `last`, both included; 0 when last is before first."""
        return len(self.sessions(first, last))

    def moved_to_session(self, days: Ordinals) -> Ordinals:
        """Each day, or the next trading day where it is none (an ex-date on a holiday acts then)."""
        place = np.minimum(np.searchsorted(self.open_days, days), len(self.open_days) - 1)
        return self.open_days[place]

    def is_provisional(self, day: date) -> bool:
        """Whether the exchange has not announced this day: it counts as open on a weekday until then."""
        return not self.known_from <= day <= self.horizon

    def horizon_warning(self, last: date) -> str | None:
        """What to tell a reader whose period or deadline reaches `last`; None when all is announced."""
        if last <= self.horizon:
            return None
        return (
            f"交易日历已公布至{self.horizon.isoformat()}；此后至{last.isoformat()}暂按周一至周五计为交易日，"
            "交易所公布休市安排后以公布为准"
        )

    def _at(self, place: int) -> TradingDay:
        if not 0 <= place < len(self.open_days):
            raise ValueError(f"{self.name} knows days from {EARLIEST} to {LATEST} only")
        return TradingDay(date.fromordinal(int(self.open_days[place])))


def _positive(n: int) -> int:
    if n < 1:
        raise ValueError(f"n is a number of trading days from 1 up, not {n}")
    return n


@lru_cache
def calendar(name: str) -> TradingCalendar:
    """The calendar `name` (XSHG, XHKG, XMIL). Raises RuleError when no rule file knows it."""
    rule = load_rulebook("kit", "calendars")[f"CAL-{name}"]
    value = rule.values[-1][1]
    text = resources.files("kit").joinpath("rules", value["closed"]).read_text(encoding="utf-8")
    notices = [note for note in load_rulebook("kit", "notices") if note.applies_to.get("calendar") == name]
    return build_calendar(name, value["first"], value["last"], parse_closed(text), notices)


def build_calendar(
    name: str, first: date, last: date, closed: list[date], notices: list[Rule]
) -> TradingCalendar:
    """A calendar from its closed weekdays between `first` and `last`, and the exchange's later notices."""
    days = np.arange(EARLIEST.toordinal(), LATEST.toordinal() + 1, dtype=np.int64)
    weekdays = days[days % 7 % 6 != 0]  # 0001-01-01 was a Monday: rest 0 Sunday, 6 Saturday
    announced = [day for note in notices for span in note.values[-1][1] for day in _days_of(note.id, span)]
    shut = np.array([day.toordinal() for day in [*closed, *announced]], dtype=np.int64)
    return TradingCalendar(name, first, _horizon(last, notices), np.setdiff1d(weekdays, shut))


def _days_of(notice: str, span: list[date]) -> list[date]:
    first, last = span
    if last < first:
        raise RuleError(f"{notice}: {first} to {last} runs backwards")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _horizon(last: date, notices: list[Rule]) -> date:
    """The last day that is settled without a gap: a year counts once its own notice stands here."""
    years = {note.applies_to["year"] for note in notices if "year" in note.applies_to}
    while (last + timedelta(days=1)).year in years:
        last = date((last + timedelta(days=1)).year, 12, 31)
    return last


def parse_closed(text: str) -> list[date]:
    """Days of a closed file: a line a year, `1991 01-01 02-15 …`; `#` begins a comment."""
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return [date.fromisoformat(f"{year}-{day}") for year, *days in lines for day in days]


def published_closed(name: str, first: date, last: date) -> list[date]:
    """Weekdays without trading as exchange_calendars has them; imports it, so never on a request's path."""
    import exchange_calendars

    source: Any = exchange_calendars.get_calendar(name, start=first.isoformat(), end=last.isoformat())
    open_days = {session.date() for session in source.sessions}
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in span if day.weekday() < 5 and day not in open_days]


def closed_text(name: str, first: date, last: date) -> str:
    """The text of a closed file, made anew from what exchange_calendars publishes."""
    closed = published_closed(name, first, last)
    lines = [f"# {name}: weekdays without trading, {first} to {last}; from exchange_calendars (Apache-2.0)"]
    for year in range(first.year, last.year + 1):
        lines.append(" ".join([str(year), *(day.strftime("%m-%d") for day in closed if day.year == year)]))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    exchange, since, until = sys.argv[1:]
    sys.stdout.write(closed_text(exchange, date.fromisoformat(since), date.fromisoformat(until)))
