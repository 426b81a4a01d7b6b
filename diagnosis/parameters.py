"""What the house chose for the measures: least data, thresholds, risk-free rate (`rules/measures.yaml`)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np

from diagnosis.types import History
from kit.rulebook import NotInForce, Rulebook, load_rulebook
from market.types import FloatArray, IntArray

UNIX_EPOCH = date(1970, 1, 1).toordinal()
"""The day that numpy and the clocks count from."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Numbers that the measures need besides the returns themselves."""

    periods_per_year: float
    acceptable: float  # 最低可接受收益, per period
    tail: float  # share of the worst periods, 0.05 for 95 %
    min_points: int
    min_points_timing: int
    min_side_points: int
    min_years: float
    min_days_xirr: int

    def per_period(self, annual: FloatArray) -> FloatArray:
        """Annual rates as rates per period, compounded."""
        rate: FloatArray = (1 + annual) ** (1 / self.periods_per_year) - 1
        return rate


def rulebook() -> Rulebook:
    """The rules that hold the parameters, for the versions of a report."""
    return load_rulebook("diagnosis", "measures")


def latest(rule_id: str) -> Any:
    """The value of `rule_id` that was set last."""
    return rulebook()[rule_id].values[-1][1]


def parameters(periods_per_year: float | None = None, acceptable: float | None = None) -> Parameters:
    """The house's parameters; the two that a caller may know better can be given."""
    return Parameters(
        periods_per_year=_or(periods_per_year, latest("PERIODS-PER-YEAR")["default"]),
        acceptable=_or(acceptable, latest("ACCEPTABLE-RETURN")),
        tail=1 - float(latest("TAIL-LEVEL")),
        min_points=int(latest("MIN-POINTS")),
        min_points_timing=int(latest("MIN-POINTS-TIMING")),
        min_side_points=int(latest("MIN-SIDE-POINTS")),
        min_years=float(latest("MIN-YEARS")),
        min_days_xirr=int(latest("MIN-DAYS-XIRR")),
    )


def _or(given: float | None, default: float) -> float:
    return float(default if given is None else given)


def parameters_for(history: History) -> Parameters:
    """The parameters for a book: periods per year follow the venue that most of its securities trade on."""
    by_venue: dict[str, float] = latest("PERIODS-PER-YEAR")
    venues = Counter(instrument.venue.value for instrument in history.grid.securities)
    venue = venues.most_common(1)[0][0] if venues else "default"
    return parameters(periods_per_year=by_venue.get(venue, by_venue["default"]))


def risk_free_of(history: History) -> FloatArray:
    """Annual risk-free rate of each account on its last day, shape (A,); NaN where none is on file."""
    days = point_days(history)
    if not days.size:
        return np.full(len(history.accounts), np.nan)
    last = days[np.maximum(history.last, 0)].tolist()
    rates = (risk_free_on(account.currency, day) for account, day in zip(history.accounts, last, strict=True))
    return np.fromiter(rates, dtype=np.float64, count=len(last))


@lru_cache(maxsize=4096)
def risk_free_on(currency: str, day: int) -> float:
    """Annual risk-free rate in `currency` on a day given as ordinal; NaN where none is on file."""
    rule = "RISK-FREE-CNY" if currency == "CNY" else "RISK-FREE-OTHER"
    try:
        return float(rulebook().on(rule, date.fromordinal(day)))
    except NotInForce:
        return float("nan")


def point_days(history: History) -> IntArray:
    """The grid's points as date ordinals, shape (T,); moments are taken at UTC."""
    points = history.grid.points
    if history.grid.granularity == "DAY":
        return points
    return points // 86_400 + UNIX_EPOCH


def months_of_days(days: IntArray) -> np.ndarray[tuple[int, ...], np.dtype[np.datetime64]]:
    """The calendar month of each ordinal; its text is YYYY-MM."""
    return (days - UNIX_EPOCH).astype("datetime64[D]").astype("datetime64[M]")
