"""Curves of one account: unit value, benchmark, worth, money put in, drawdown, position; falls and months."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np

from diagnosis.parameters import months_of_days, point_days
from diagnosis.types import Drawdown, History, Series
from market.types import BenchmarkSeries, BoolArray, FloatArray, IntArray, Venue
from market.venues import venue_facts

UNDER_WATER = -1e-12
"""A fall smaller than this is rounding."""


def series_of(history: History, a: int, benchmark: BenchmarkSeries | None = None) -> Series:
    """The curves of account `a` from its first point to its last; all empty for an account without any.

    `index` and `drawdown` start from the value 1 before the first return, so that the last of `index` less
    one is the time-weighted return. A benchmark point that is not known repeats the last one.
    """
    window = window_of(history, a)
    returns, value = np.nan_to_num(history.returns[a, window]), history.value[a, window]
    index: FloatArray = np.cumprod(1 + returns)
    bench: FloatArray = np.zeros(0) if benchmark is None else np.nan_to_num(benchmark.returns[window])
    invested = np.cumsum(history.inflow[a, window] - history.outflow[a, window])
    position: FloatArray = np.zeros(0)
    if history.has_cash[a]:
        held = value - history.cash[a, window]
        position = np.divide(held, value, out=np.zeros_like(value), where=value > 0)
    return Series(
        points=points_of(history, window),
        index=_floats(index),
        benchmark=_floats(np.cumprod(1 + bench).astype(np.float64)),
        value=_floats(np.nan_to_num(value)),
        invested=_floats(invested),
        drawdown=_floats(underwater(index)),
        position=_floats(position),
        months=months_of(history, window, history.returns[a]),
        benchmark_months=() if benchmark is None else months_of(history, window, benchmark.returns),
    )


def window_of(history: History, a: int) -> IntArray:
    """The points of account `a`, ascending; none for an empty account."""
    first, last = int(history.first[a]), int(history.last[a])
    return np.arange(first, last + 1) if 0 <= first <= last else np.zeros(0, dtype=np.int64)


def underwater(index: FloatArray) -> FloatArray:
    """Fall from the running peak, the start at 1 included; at most 0, same shape."""
    peak = np.maximum.accumulate(np.concatenate([[1.0], index]))[1:]
    fall: FloatArray = index / peak - 1
    return fall


def points_of(history: History, window: IntArray) -> tuple[str, ...]:
    """Days as YYYY-MM-DD; marks as moments in the time of their venue."""
    points = history.grid.points[window].tolist()
    if history.grid.granularity == "DAY":
        return tuple(date.fromordinal(point).isoformat() for point in points)
    securities = history.grid.securities
    zone = venue_facts(securities[0].venue if securities else Venue.XSHG).tz
    return tuple(datetime.fromtimestamp(point, UTC).astimezone(zone).isoformat() for point in points)


def months_of(history: History, window: IntArray, returns: FloatArray) -> tuple[tuple[str, float], ...]:
    """Returns compounded by calendar month, (YYYY-MM, return).

    Between marks a return may span a month's end and belongs to neither month: a month is given only where no
    return with anything at stake reaches into it or out of it.
    """
    if not window.size:
        return ()
    months = months_of_days(point_days(history)[window])
    labels, starts = np.unique(months, return_index=True)
    inside = returns[window]
    given = np.logical_or.reduceat(~np.isnan(inside), starts)
    inside = np.nan_to_num(inside)
    if history.grid.granularity != "DAY":
        crossed = np.flatnonzero((months[1:] != months[:-1]) & (inside[1:] != 0))
        given &= ~np.isin(labels, months[np.concatenate([crossed, crossed + 1])])
    growth = np.multiply.reduceat(1 + inside, starts) - 1
    return tuple(zip(labels[given].astype(str).tolist(), growth[given].tolist(), strict=True))


def drawdowns_of(history: History, a: int, least: float = 0.0) -> tuple[Drawdown, ...]:
    """Every fall of account `a` deeper than `least` (above 0), the worst first, in calendar days.

    Days only: between marks the depth is not known, and none is given. A fall that starts with the first
    return has its peak on the account's first day.
    """
    window = window_of(history, a)
    if history.grid.granularity != "DAY" or not window.size:
        return ()
    fall = underwater(np.cumprod(1 + np.nan_to_num(history.returns[a, window])))
    days = history.grid.points[window]
    found = [_drawdown(fall, days, start, stop) for start, stop in _stretches(fall < UNDER_WATER)]
    return tuple(sorted((one for one in found if -one.depth > least), key=lambda one: one.depth))


def _stretches(under: BoolArray) -> list[tuple[int, int]]:
    """First and last place of every unbroken run of True."""
    edges = np.diff(np.concatenate([[0], under.astype(np.int8), [0]]))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def _drawdown(fall: FloatArray, days: IntArray, start: int, stop: int) -> Drawdown:
    trough = start + int(np.argmin(fall[start : stop + 1]))
    peak_on = date.fromordinal(int(days[max(start - 1, 0)]))
    trough_on = date.fromordinal(int(days[trough]))
    recovered_on = date.fromordinal(int(days[stop + 1])) if stop + 1 < len(days) else None
    return Drawdown(
        peak_on=peak_on,
        trough_on=trough_on,
        recovered_on=recovered_on,
        depth=float(fall[trough]),
        days_to_trough=(trough_on - peak_on).days,
        days_to_recover=(recovered_on - trough_on).days if recovered_on else None,
    )


def _floats(values: FloatArray) -> tuple[float, ...]:
    return tuple(values.tolist())
