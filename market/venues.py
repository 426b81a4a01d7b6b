"""What follows from a venue: calendar, zone, currency, code suffix, and when bought shares may be sold.

The facts stand in `rules/venues.yaml`; this module finds the one in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from kit.days import TradingCalendar, calendar
from kit.rulebook import RuleError, load_rulebook
from market.types import InstrumentKind, IntArray, Venue

NOT_CHECKED: Final = -1
"""In an array: the kind alone does not tell when the shares may be sold."""


@dataclass(frozen=True, slots=True)
class VenueFacts:
    """What follows from one venue. `sell_after`: trading days by kind; None is not told by the kind."""

    venue: Venue
    calendar_name: str
    zone: str
    currency: str
    suffix: str
    sell_after: dict[InstrumentKind, int | None]

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def calendar(self) -> TradingCalendar:
        return calendar(self.calendar_name)


@lru_cache
def venue_facts(venue: Venue) -> VenueFacts:
    """The latest facts of `venue`. Raises RuleError when the rule file is incomplete."""
    rule = load_rulebook("market", "venues")[f"VENUE-{venue.value}"]
    value: dict[str, Any] = rule.values[-1][1]
    lacking = [key for key in ("calendar", "zone", "currency", "suffix", "sell_after") if key not in value]
    if lacking:
        raise RuleError(f"{rule.id} lacks {', '.join(lacking)}")
    return VenueFacts(
        venue=venue, calendar_name=value["calendar"], zone=value["zone"], currency=value["currency"],
        suffix=value["suffix"], sell_after=_by_kind(rule.id, value["sell_after"]),
    )


def _by_kind(rule_id: str, stated: dict[str, int | None]) -> dict[InstrumentKind, int | None]:
    unknown = set(stated) - {"default"} - {kind.value for kind in InstrumentKind}
    if unknown or "default" not in stated:
        raise RuleError(f"{rule_id}: sell_after needs `default` and known kinds, not {sorted(unknown)}")
    return {kind: stated.get(kind.value, stated["default"]) for kind in InstrumentKind}


def calendar_of(venue: Venue) -> TradingCalendar:
    """The trading days of a venue."""
    return venue_facts(venue).calendar


def sell_after(venue: Venue, kind: InstrumentKind) -> int | None:
    """Trading days from purchase to first possible sale: 1 is T+1, 0 the same day, None is not checked."""
    return venue_facts(venue).sell_after[kind]


def sell_after_array(venues: tuple[Venue, ...], kinds: tuple[InstrumentKind, ...]) -> IntArray:
    """`sell_after` of S securities, NOT_CHECKED where the kind does not tell. Shape (S,)."""
    days = (sell_after(venue, kind) for venue, kind in zip(venues, kinds, strict=True))
    return np.array([NOT_CHECKED if lag is None else lag for lag in days], dtype=np.int64)


def first_sale_day(bought: date, venue: Venue, kind: InstrumentKind) -> date | None:
    """First day on which shares bought on `bought` may be sold, None where it is not told by the kind."""
    lag = sell_after(venue, kind)
    if lag is None:
        return None
    return bought if lag == 0 else calendar_of(venue).next(bought, lag)


@lru_cache
def venues_by_suffix() -> dict[str, Venue]:
    """SH → XSHG and so on. Raises RuleError when two venues share a suffix."""
    found = {venue_facts(venue).suffix: venue for venue in Venue}
    if len(found) != len(Venue):
        raise RuleError("market/rules/venues.yaml: two venues share a code suffix")
    return found
