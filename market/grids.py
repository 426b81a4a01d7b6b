"""Grids put together: the points of a period, prices on them, dividends and share changes on ex-days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import numpy as np

from kit.days import TradingCalendar, calendar
from kit.money import SCALE
from market.types import ActionKind, CorporateAction, FloatArray, Instrument, IntArray
from market.venues import calendar_of, venue_facts

DAY: Final = "DAY"
MARK: Final = "MARK"
UNKNOWN: Final = -(2**63)
HOME_CALENDAR: Final = "XSHG"
LONGEST_CLOSURE: Final = timedelta(days=31)
"""An ex-date further back than this cannot have been moved into a period by holidays alone."""


def calendars_of(securities: Iterable[Instrument]) -> tuple[TradingCalendar, ...]:
    """The calendars of the securities' venues, Shanghai's when there are none; by name."""
    found = {calendar_of(one.venue).name: calendar_of(one.venue) for one in securities}
    return tuple(found[name] for name in sorted(found)) or (calendar(HOME_CALENDAR),)


def session_points(securities: Sequence[Instrument], first: date, last: date, lookback: int = 0) -> IntArray:
    """Trading days (ordinals) of the venues, `first` to `last`, and `lookback` of them before."""
    books = calendars_of(securities)
    points = np.unique(np.concatenate([book.sessions(first, last) for book in books]))
    if not lookback:
        return points
    start = min(book.previous(first, lookback) for book in books)
    before = np.unique(np.concatenate([book.sessions(start, first - timedelta(days=1)) for book in books]))
    return np.concatenate([before[-lookback:], points])


def places(points: IntArray, values: IntArray) -> IntArray:
    """Index of each value among the ascending points, -1 where it is none of them."""
    if not len(points):
        return np.full(len(values), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(points, values), len(points) - 1)
    return np.where(points[place] == values, place, -1)


def as_float(millionths: IntArray) -> FloatArray:
    """Millionths as float64, NaN where UNKNOWN."""
    return np.where(millionths == UNKNOWN, np.nan, millionths / SCALE)


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """Daily prices of one security: day (N,) ordinals, the others (N,) float64, NaN where not on file."""

    day: IntArray
    close: FloatArray
    high: FloatArray
    low: FloatArray
    volume: FloatArray


def histories_of(rows: Mapping[str, IntArray]) -> dict[int, PriceHistory]:
    """Histories by instrument id of price rows in millionths whose instruments stand together."""
    who = rows["instrument_id"]
    starts = np.flatnonzero(np.append(True, who[1:] != who[:-1])[: len(who)])
    prices = {name: as_float(rows[name]) for name in ("close", "high", "low", "volume")}
    found: dict[int, PriceHistory] = {}
    for start, end in zip(starts, np.append(starts[1:], len(who)), strict=False):
        own = {name: values[start:end] for name, values in prices.items()}
        found[int(who[start])] = PriceHistory(rows["day"][start:end], **own)
    return found


def price_grids(
    histories: Sequence[PriceHistory | None], points: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Close, high, low and volume (T, S) of S histories; days that are no point are left out."""
    shape = (len(points), len(histories))
    close, high, low, volume = (np.full(shape, np.nan) for _ in range(4))
    for column, one in enumerate(histories):
        if one is None:
            continue
        row = places(points, one.day)
        used = row >= 0
        row = row[used]
        close[row, column], high[row, column] = one.close[used], one.high[used]
        low[row, column], volume[row, column] = one.low[used], one.volume[used]
    return close, high, low, volume


def day_events(
    actions: Iterable[CorporateAction], securities: Sequence[Instrument], points: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Dividends and share ratios (T, S), each at its ex-day or at the next point where that is none.

    An action that took effect before the first point is left out.
    """

    def place(action: CorporateAction) -> int:
        acts_on = calendar_of(securities[action.security].venue).on_or_after(action.ex_date)
        return int(np.searchsorted(points, acts_on.toordinal())) if acts_on.toordinal() >= points[0] else -1

    return _events(actions, place, len(points), len(securities))


def mark_events(
    actions: Iterable[CorporateAction], securities: Sequence[Instrument], points: IntArray
) -> tuple[FloatArray, FloatArray]:
    """As `day_events` for moments: an ex-day acts at the first moment from its midnight on the venue's clock.

    What acted before or at the first moment is left out: no earlier price is on the grid.
    """

    def place(action: CorporateAction) -> int:
        zone = venue_facts(securities[action.security].venue).tz
        midnight = datetime.combine(action.ex_date, time(), tzinfo=zone).timestamp()
        return int(np.searchsorted(points, int(midnight))) or -1

    return _events(actions, place, len(points), len(securities))


def _events(
    actions: Iterable[CorporateAction], place: Callable[[CorporateAction], int], points: int, securities: int
) -> tuple[FloatArray, FloatArray]:
    dividend, ratio = np.zeros((points, securities)), np.ones((points, securities))
    bonus = np.zeros((points, securities))
    for action in actions:
        t = place(action)
        if not 0 <= t < points:
            continue
        if action.kind is ActionKind.CASH_DIVIDEND:
            dividend[t, action.security] += float(action.value)
        elif action.kind is ActionKind.BONUS:
            bonus[t, action.security] += float(action.value)
        elif action.kind is ActionKind.SPLIT:
            ratio[t, action.security] *= float(action.value)
    return dividend, ratio * (1.0 + bonus)
