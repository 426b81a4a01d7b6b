"""Daily totals of what clients are worth, and the grading features that come of them. Owner: diagnosis."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from clients.grading.features import last_quarter
from clients.totals.types import (
    TotalsReader,
    between,
    calendar_sum,
    calendar_total,
    place_of,
    sampled,
    session_total,
    yuan,
)
from diagnosis.client_days import LOOK_BACK, STALE, ClientDays
from kit.money import SCALE
from market.types import FloatArray, IntArray

SESSIONS: Final = 20
YEAR, QUARTER_YEAR = 365, 90
LEAST_BEFORE: Final = 1_000.0  # yuan a year ago, below which growth says nothing
LEAST_AT_STAKE: Final = 0.01


def day_totals(days: ClientDays, points: IntArray) -> dict[str, IntArray]:
    """Columns by name, (n, T), at other sessions than the days' own: what the last own one left.

    days: from each client's beginning on. points: (T,) ordinals of sessions, ascending.
    """
    own = days.points

    def level(money: FloatArray) -> IntArray:
        return sampled(own, _millionths(money), points)

    def total(amounts: IntArray) -> IntArray:
        return sampled(own, np.cumsum(amounts, axis=1), points)

    assets, cash, wealth = level(days.assets), level(days.cash), level(days.wealth)
    growth, at_stake, ruined = _growth_paths(days)
    there = (days.assets != 0) | (days.inflow != 0)
    return {
        "assets": assets, "cash": cash, "wealth": wealth, "funds": level(days.funds), "bonds": level(days.bonds),
        "assets_sum": session_total(assets), "assets_days": calendar_total(points, assets),
        "cash_days": calendar_total(points, cash), "wealth_days": calendar_total(points, wealth),
        "net_out": total(_millionths(days.outflow) - _millionths(days.inflow)),
        "growth": sampled(own, growth, points), "at_stake": total(at_stake), "ruined": total(ruined),
        "unpriced": total(days.unpriced.astype(np.int64)),
        "seen": sampled(own, np.broadcast_to(own, days.assets.shape), points),
        "begun": sampled(own, _since(there, own), points),
        "whole": np.broadcast_to(days.whole[:, None], assets.shape).astype(np.int64),
    }  # fmt: skip


def day_features(totals: TotalsReader, day: date, turnover_year: FloatArray) -> dict[str, FloatArray]:
    """Features by name, (n,), NaN where unknown. turnover_year: yuan, of the same clients."""
    today = day.toordinal()
    now = place_of(totals, today)
    first, last = (one.toordinal() for one in last_quarter(day))
    recent, year = today - QUARTER_YEAR + 1, today - YEAR + 1
    peak = totals.most("assets", place_of(totals, recent - 1) + 1, now + 1)
    found = {
        "assets": yuan(totals.at("assets", now)),
        "assets_sessions_20": _sessions_mean(totals, now),
        "assets_quarter": _calendar_mean(totals, "assets", "assets_days", first, last),
        "cash_quarter": _calendar_mean(totals, "cash", "cash_days", first, last),
        "wealth_quarter": _calendar_mean(totals, "wealth", "wealth_days", first, last),
        "fund_value": yuan(totals.at("funds", now)), "bond_balance": yuan(totals.at("bonds", now)),
        "assets_peak_90": yuan(peak),
        "outflow_share_90": _outflow_share(between(totals, "net_out", recent, today), peak),
        "assets_growth_year": _growth(totals, today, now),
        "return_year": _return(totals, year, today),
        "turnover_rate_year": _rate(turnover_year, _mean_since_begun(totals, year, today, now)),
    }  # fmt: skip
    known = _known(totals, today, now)
    return {name: np.where(known, column, np.nan) for name, column in found.items()}


def _known(totals: TotalsReader, today: int, now: int) -> np.ndarray:
    """Whole money, a recent day, and a price for all that was held for as long as features look back."""
    priced = between(totals, "unpriced", today - LOOK_BACK, today) == 0
    known: np.ndarray = (totals.at("whole", now) > 0) & (totals.at("seen", now) > today - STALE) & priced
    return known


def _sessions_mean(totals: TotalsReader, place: int) -> FloatArray:
    """Mean of the 20 sessions that end at one, down to the millionth: days before the beginning count as nothing."""
    with np.errstate(over="ignore"):
        gained = totals.at("assets_sum", place) - totals.at("assets_sum", max(place - SESSIONS, -1))
    mean: FloatArray = gained // SESSIONS / SCALE
    return mean


def _calendar_mean(totals: TotalsReader, level: str, days: str, first: int, last: int) -> FloatArray:
    """Mean over calendar days, down to the millionth of a yuan: it never rises over a bound by rounding."""
    with np.errstate(over="ignore"):
        gained = calendar_sum(totals, level, days, last) - calendar_sum(totals, level, days, first - 1)
    mean: FloatArray = gained // (last - first + 1) / SCALE
    return mean


def _outflow_share(net_out: IntArray, peak: IntArray) -> FloatArray:
    return np.where(peak > 0, np.maximum(net_out, 0) / np.where(peak > 0, peak, 1), 0.0)


def _growth(totals: TotalsReader, today: int, now: int) -> FloatArray:
    """The mean of 20 sessions against that of the 20 sessions up to a year before."""
    then, mean = _sessions_mean(totals, place_of(totals, today - YEAR)), _sessions_mean(totals, now)
    enough = then >= LEAST_BEFORE
    return np.where(enough, mean / np.where(enough, then, 1) - 1, np.nan)


def _return(totals: TotalsReader, first: int, last: int) -> FloatArray:
    """Time-weighted return of all accounts as one: money in at the start of a day, money out at its end."""
    grown = [1.0 + totals.at("growth", place_of(totals, day)).view(np.float64) for day in (first - 1, last)]
    found = np.where(between(totals, "ruined", first, last) > 0, -1.0, grown[1] / grown[0] - 1)
    return np.where(between(totals, "at_stake", first, last) > 0, found, np.nan)


def _mean_since_begun(totals: TotalsReader, first: int, last: int, now: int) -> FloatArray:
    """Mean assets over the sessions of a window on which the client had begun."""
    begun = totals.at("begun", now)
    since = np.searchsorted(totals.points, np.maximum(begun, first))
    count = np.where(begun > 0, now + 1 - since, 0)
    total = between(totals, "assets_sum", first, last)
    return np.where(count > 0, total // np.maximum(count, 1) / SCALE, 0.0)


def _rate(turnover: FloatArray, mean: FloatArray) -> FloatArray:
    enough = mean > LEAST_AT_STAKE
    return np.where(enough, turnover / np.where(enough, mean, 1), np.nan)


# from days to columns


def _millionths(money: FloatArray) -> IntArray:
    rounded: IntArray = np.rint(money * SCALE).astype(np.int64)
    return rounded


def _growth_paths(days: ClientDays) -> tuple[IntArray, IntArray, IntArray]:
    """(n, T) each: growth since the beginning less 1 as bits of a float64, days with money at stake, days of ruin.

    A day on which all was lost leaves growth where it was: nothing can be multiplied back from nought.
    """
    stake = days.inflow.copy()
    stake[:, 1:] += days.assets[:, :-1]
    result = days.assets + days.outflow
    real = stake > LEAST_AT_STAKE
    lost = real & (result <= 0)
    grown = np.divide(result, stake, out=np.ones_like(stake), where=real & ~lost)
    growth = np.ascontiguousarray(np.cumprod(grown, axis=1) - 1.0).view(np.int64)
    return growth, real.astype(np.int64), lost.astype(np.int64)


def _since(there: np.ndarray, points: IntArray) -> IntArray:
    """The first of the days on which it was so, from that day on; 0 before."""
    begun = np.logical_or.accumulate(there, axis=1)
    if not len(points):
        return np.zeros(there.shape, dtype=np.int64)
    first = points[np.argmax(there, axis=1)]
    return np.where(begun, first[:, None], 0)
