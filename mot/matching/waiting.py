"""何时可以: the next moment at which a suppressed contact may be tried again, as far as the calendar alone decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, cast

from kit.days import TradingCalendar
from kit.rulebook import Rulebook
from mot.matching.gate import contact_book

NEXT_DAY: Final = ("MOT-G11", "MOT-G12", "MOT-G14")
"""Caps by calendar day: full today, open tomorrow."""
PASSING: Final = frozenset((*NEXT_DAY, "MOT-G08", "MOT-G09", "MOT-G10", "MOT-G13", "MOT-G16"))
"""Rules that time alone ends; the others wait for a new fact."""


@dataclass(frozen=True, slots=True)
class Held:
    """One suppressed contact: when it was tried (with the client's zone), by which rules it was held, what they read.

    oldest_marketing_on: the first marketing contact inside the days of MOT-G13, None not known.
    """

    at: datetime
    rules: tuple[str, ...]
    quiet_until: date | None = None  # the last quiet day after a complaint
    bereaved_on: date | None = None
    oldest_marketing_on: date | None = None


def next_allowed(held: Held, calendar: TradingCalendar, book: Rulebook | None = None) -> datetime | None:
    """The earliest time at which none of these rules holds any more; None while only a new fact can open the gate.

    A lower bound: by then another rule may hold, so the gate is asked again.
    """
    rules = book or contact_book()
    free = [_free_from(rule, held, rules, calendar) for rule in held.rules]
    if any(one is None for one in free):
        return None
    return _awake(max([held.at, *cast(list[datetime], free)]), rules, calendar, "MOT-G10" in held.rules)


def _free_from(rule: str, held: Held, rules: Rulebook, calendar: TradingCalendar) -> datetime | None:
    value, today = rules.on(rule, held.at.date()), held.at.date()
    if rule in NEXT_DAY:
        return _start(held, today + timedelta(days=1))
    if rule == "MOT-G08":
        return _after(held, held.quiet_until, 1)
    if rule == "MOT-G16":
        return _after(held, held.bereaved_on, value["days"] + 1)
    if rule == "MOT-G13":
        return _after(held, held.oldest_marketing_on, value["days"])
    if rule == "MOT-G10":
        return _start(held, calendar.next(today))
    return held.at if rule in PASSING else None  # MOT-G09: its hours are looked at last


def _after(held: Held, since: date | None, days: int) -> datetime | None:
    return None if since is None else _start(held, since + timedelta(days=days))


def _start(held: Held, day: date) -> datetime:
    return datetime.combine(day, time.min, held.at.tzinfo)


def _awake(at: datetime, rules: Rulebook, calendar: TradingCalendar, trading: bool) -> datetime:
    """Out of the quiet hours, and on a trading day where that is asked."""
    quiet: Any = rules.on("MOT-G09", at.date())
    start, end = time.fromisoformat(quiet["start"]), time.fromisoformat(quiet["end"])
    clock = at.timetz().replace(tzinfo=None)
    if start > end and clock >= start:
        at = datetime.combine(at.date() + timedelta(days=1), end, at.tzinfo)
    elif clock < end and (start > end or clock >= start):
        at = datetime.combine(at.date(), end, at.tzinfo)
    if trading and not calendar.is_session(at.date()):
        at = datetime.combine(calendar.next(at.date()), end, at.tzinfo)
    return at
