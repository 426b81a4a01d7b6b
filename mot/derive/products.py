"""产品事件: terms that end, dividends, a net value at its warning line, a rating that moved, for those who hold it."""

from __future__ import annotations

import numpy as np

from kit.days import TradingCalendar
from market.types import FloatArray, IntArray
from mot.derive.span import Span, limits
from mot.events.columns import NO_DAY, Events, events_of
from mot.events.types import EventKind, Source


def trading_days_before(calendar: TradingCalendar, days: IntArray, n: int) -> IntArray:
    """The n-th trading day before each day, which itself need not be one; n = 0 is the day or the last one before."""
    place = np.searchsorted(calendar.open_days, days, side="right" if n == 0 else "left")
    return calendar.open_days[np.maximum(place - max(n, 1), 0)]


def ending(
    kind: EventKind, client: IntArray, product: IntArray, ends_on: IntArray, gone_on: IntArray,
    calendar: TradingCalendar, span: Span,
) -> Events:  # fmt: skip
    """到期、锁定期结束、分红: so many trading days before the day, for who still holds it then.

    One entry a client and product. ends_on: maturity, end of lock-up or ex-date; gone_on: the day on which it was
    sold or redeemed, NO_DAY still held. ref is the product, due the day itself.
    """
    ahead = int(limits("PRODUCT-DAYS", span.last)[kind.id])
    dated = np.flatnonzero(ends_on != NO_DAY)
    at = trading_days_before(calendar, ends_on[dated], ahead)
    held = (gone_on[dated] == NO_DAY) | (gone_on[dated] > at)
    keep = span.holds(at) & held
    rows = dated[keep]
    return events_of(kind, client[rows], at[keep], Source.MARKET, ref=product[rows], due=ends_on[rows])


def nav_alerts(
    kind: EventKind, client: IntArray, product: IntArray, days: IntArray, nav: FloatArray, line: FloatArray, span: Span
) -> Events:
    """净值预警: the net value reaches the product's warning line, coming from above it.

    client, product: one entry a holder and product; product is a row of `nav` (P, T), NaN without a value on the day;
    line: (P,) NaN where the product has none. amount is the net value, usual the line.
    """
    last_known = _carried(nav)
    under = nav <= line[:, None]
    fell = np.zeros(nav.shape, dtype=bool)
    fell[:, 1:] = under[:, 1:] & ~(last_known[:, :-1] <= line[:, None])
    hit = fell & span.holds(days)[None, :]
    holder, t = np.nonzero(hit[product])
    what = product[holder]
    return events_of(
        kind, client[holder], days[t], Source.MARKET, ref=what, amount=nav[what, t], usual=line[what]
    )


def _carried(rows: FloatArray) -> FloatArray:
    """Each value, or the last known one before it."""
    place = np.where(np.isnan(rows), -1, np.arange(rows.shape[1])[None, :])
    seen = np.maximum.accumulate(place, axis=1)
    return np.where(seen >= 0, np.take_along_axis(rows, np.maximum(seen, 0), axis=1), np.nan)


def rating_changes(
    kind: EventKind, product: IntArray, day: IntArray, rank: IntArray, holder: IntArray, held: IntArray,
    since: IntArray, gone_on: IntArray, span: Span,
) -> Events:  # fmt: skip
    """产品风险等级变化, told to who holds the product on that day (《办法》第二十一条).

    product, day, rank: the ratings on file, one entry each; holder, held, since, gone_on: one entry a client, product
    and time of holding. ref is the product; usual and amount are the ranks before and after.
    """
    order = np.lexsort((day, product))
    what, when, which = product[order], day[order], rank[order]
    moved = np.zeros(len(what), dtype=bool)
    moved[1:] = (np.diff(what) == 0) & (np.diff(which) != 0)
    rows = np.flatnonzero(moved & span.holds(when))
    change, line = _pairs(what[rows], held)
    at = when[rows][change]
    has = (since[line] <= at) & ((gone_on[line] == NO_DAY) | (gone_on[line] > at))
    changed, line = rows[change[has]], line[has]
    return events_of(
        kind, holder[line], when[changed], Source.SUITABILITY, ref=what[changed],
        amount=which[changed].astype(float), usual=which[changed - 1].astype(float),
    )  # fmt: skip


def _pairs(left: IntArray, right: IntArray) -> tuple[IntArray, IntArray]:
    """All (i, j) with left[i] == right[j]."""
    order = np.argsort(right, kind="stable")
    start, end = np.searchsorted(right[order], left, "left"), np.searchsorted(right[order], left, "right")
    n = end - start
    first = np.repeat(np.arange(len(left)), n)
    within = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    return first, order[np.repeat(start, n) + within]
