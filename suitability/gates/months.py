"""Calendar months: a month is full on the day of the same number, or on the month's last day where there is none."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

import numpy as np

from market.types import IntArray

_EPOCH = date(1970, 1, 1).toordinal()


def plus_months(day: date, months: int) -> date:
    """The day `months` later; the last of the month where it has no day of that number."""
    place = day.year * 12 + day.month - 1 + months
    year, month = divmod(place, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_between(first: IntArray, day: date) -> IntArray:
    """Full calendar months from each day to `day`; ordinals (n,). Days after `day` give 0.

    From 2022-08-31 six months are full on 2023-02-28 (民法典第二百零二条: 没有对应日的，月末日为期间的最后一日).
    """
    apart, full_on = _apart(first, day)
    return np.asarray(np.maximum(apart - (day.day < full_on), 0), dtype=np.int64)


def months_begun(first: IntArray, day: date) -> IntArray:
    """Months from each day to `day`, a month that has begun counted: 24 up to the day on which 24 are full, then 25."""
    apart, full_on = _apart(first, day)
    return np.asarray(np.maximum(apart + (day.day > full_on), 0), dtype=np.int64)


def _apart(first: IntArray, day: date) -> tuple[IntArray, IntArray]:
    """By how many the months of the calendar differ, and on which day of the last one they are full."""
    days = (np.asarray(first, dtype=np.int64) - _EPOCH).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    numbers = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    here = day.year * 12 + day.month - 1 - 1970 * 12
    return here - months.astype(np.int64), np.minimum(numbers, monthrange(day.year, day.month)[1])


def years_between(born: IntArray, day: date) -> IntArray:
    """Whole years (周岁) on `day` of each day of birth; a birthday counts from its own day on.

    Who was born on 29 February is a year older on 1 March where the year has no such day.
    """
    days = (np.asarray(born, dtype=np.int64) - _EPOCH).astype("datetime64[D]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    months = days.astype("datetime64[M]").astype(np.int64) % 12 + 1
    numbers = (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    before = (months > day.month) | ((months == day.month) & (numbers > day.day))
    return np.asarray(np.maximum(day.year - years - before, 0), dtype=np.int64)
