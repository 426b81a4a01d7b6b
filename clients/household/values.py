"""Present values in float64: years between days, growing annuities, flows at times. Pure; the laws stand in the tests.

Convention: payments fall at the ends of years 1, 2, … from today; the payment of year k is today's amount grown k - 1
times. Source: growing annuity; human capital as the present value of future labour income.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from market.types import FloatArray


def anniversary(day: date, years: int) -> date:
    """The same day `years` later; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def years_between(first: date, last: date) -> float:
    """Whole anniversaries, and the rest as a part of the year it lies in; below 0 where `last` comes first."""
    if last < first:
        return -years_between(last, first)
    whole = last.year - first.year
    if anniversary(first, whole) > last:
        whole -= 1
    begun = anniversary(first, whole)
    return whole + (last - begun).days / (anniversary(first, whole + 1) - begun).days


def growing_annuity(
    amount: float, *, growth: float, discount: float, payments: int, deferred: int = 0
) -> float:
    """Worth today of `payments` yearly payments, the first one at the end of year `deferred` + 1.

    amount: in today's money; year k pays amount * (1 + growth)^(k - 1). growth, discount: above -1, a year.
    Raises ValueError for rates of -1 or less and for negative counts.
    """
    if growth <= -1 or discount <= -1 or payments < 0 or deferred < 0:
        raise ValueError("rates must be above -1 and counts not negative")
    step = (growth - discount) / (1 + discount)  # (1+g)/(1+r) - 1, kept small where g is near r
    log_step = math.log1p(step)
    series = math.expm1(payments * log_step) / step if step else float(payments)
    return amount * math.exp(deferred * log_step) * series / (1 + discount)


def human_capital(income: float, *, growth: float, discount: float, years: int) -> float:
    """人力资本: Y(1-((1+g)/(1+r))^n)/(r-g), or nY/(1+r) where r = g."""
    return growing_annuity(income, growth=growth, discount=discount, payments=years)


@dataclass(frozen=True, slots=True)
class Flows:
    """Money at times (years from today, ascending or not); amounts in the money of their time. Both of shape (n,)."""

    times: FloatArray
    amounts: FloatArray

    def worth(self, discount: float) -> float:
        """Present value."""
        return float((self.amounts / (1 + discount) ** self.times).sum())


NOTHING = Flows(np.empty(0), np.empty(0))


def stream(a_year: float, growth: float, start: float, end: float) -> Flows:
    """A flow that runs from `start` to `end` (years from today): each year pays the part of it that is covered.

    What lies before today is left out. Whole years give the growing annuity exactly.
    """
    first, last = math.floor(max(start, 0.0)), math.ceil(max(end, 0.0))
    year = np.arange(first + 1, last + 1, dtype=np.float64)
    if not len(year) or end <= start:
        return NOTHING
    covered = np.minimum(year, end) - np.maximum(year - 1, max(start, 0.0))
    return Flows(year, a_year * np.maximum(covered, 0.0) * (1 + growth) ** (year - 1))


def once(amount: float, growth: float, at: float) -> Flows:
    """One payment `at` years from today, grown until then; one that is due already is due today."""
    when = max(at, 0.0)
    return Flows(np.array([when]), np.array([amount * (1 + growth) ** when]))


def together(flows: list[Flows]) -> Flows:
    """All flows in the order of time."""
    if not flows:
        return NOTHING
    times = np.concatenate([one.times for one in flows])
    order = np.argsort(times, kind="stable")
    return Flows(times[order], np.concatenate([one.amounts for one in flows])[order])


def negative(flows: Flows) -> Flows:
    return Flows(flows.times, -flows.amounts)
