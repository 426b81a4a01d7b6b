"""生命周期与日历: first things, terms that end, silence, grades, birthdays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from market.types import FloatArray, IntArray
from mot.derive.span import Span, begun, later, limits, shares
from mot.events.columns import NO_DAY, Events, events_of, joined
from mot.events.types import EventKind, Source

FIRSTS: Mapping[str, Source] = {
    "ACCOUNT_OPENED": Source.CALENDAR, "FIRST_DEPOSIT": Source.LEDGER, "FIRST_TRADE": Source.LEDGER,
    "FIRST_PRODUCT_BUY": Source.LEDGER, "PERMISSION_OPENED": Source.SUITABILITY,
}  # fmt: skip
"""Kinds that are a day on file, and where it is read."""


def firsts(
    kind: EventKind, client: IntArray, day: IntArray, span: Span, *,
    ref: IntArray | None = None, amount: FloatArray | None = None,
) -> Events:  # fmt: skip
    """A day on file that lies in the span: opened, first deposit, first trade, first product, permission."""
    rows = np.flatnonzero(span.holds(day))
    return events_of(
        kind, client[rows], day[rows], FIRSTS[kind.id], ref=None if ref is None else ref[rows],
        amount=None if amount is None else amount[rows],
    )  # fmt: skip


def no_first_deposit(
    kind: EventKind, client: IntArray, opened: IntArray, first_deposit: IntArray, span: Span
) -> Events:
    """开户首月无资金转入: so many days after the opening, the day itself included, no money had come."""
    days = int(limits("DEPOSIT-DAYS", span.last)["days"])
    at = later(opened, days)
    rows = np.flatnonzero(span.holds(at) & ((first_deposit == NO_DAY) | (first_deposit > at)))
    return events_of(kind, client[rows], at[rows], Source.LEDGER, usual=np.full(len(rows), float(days)))


def expiring(
    kind: EventKind, client: IntArray, last_day: IntArray, replaced_on: IntArray, ahead: Sequence[int], span: Span,
    source: Source, ref: IntArray | None = None,
) -> Events:  # fmt: skip
    """将到期: n calendar days before the last valid day, for each n, unless it had been replaced by then.

    last_day: of each assessment or document; replaced_on: the day on which a newer one took its place, NO_DAY none.
    """
    parts = []
    for n in ahead:
        at = later(last_day, -n)
        rows = np.flatnonzero(span.holds(at) & ((replaced_on == NO_DAY) | (replaced_on > at)))
        parts.append(events_of(
            kind, client[rows], at[rows], source, ref=None if ref is None else ref[rows], due=last_day[rows]
        ))  # fmt: skip
    return joined(parts)


def expired(kind: EventKind, client: IntArray, last_day: IntArray, replaced_on: IntArray, span: Span) -> Events:
    """已过期: the day after the last valid day, unless replaced by then."""
    at = later(last_day, 1)
    rows = np.flatnonzero(span.holds(at) & ((replaced_on == NO_DAY) | (replaced_on > at)))
    return events_of(kind, client[rows], at[rows], Source.SUITABILITY, due=last_day[rows])


def dormant(kind: EventKind, client: IntArray, active_on: IntArray, until: IntArray, span: Span) -> Events:
    """休眠: so many days have passed without a trade since the last one.

    client, active_on: one entry a client and day with a trade, any order. until: by row of client, the day on which
    the client was closed or is no longer looked at, NO_DAY none.
    """
    days = int(limits("DORMANT-DAYS", span.last)["days"])
    order = np.lexsort((active_on, client))
    who, when = client[order], active_on[order]
    following = np.full(len(when), NO_DAY, dtype=np.int64)
    same = who[1:] == who[:-1]
    following[:-1][same] = when[1:][same]
    at = when + days
    closed = until[who]
    quiet = ((following == NO_DAY) | (following > at)) & ((closed == NO_DAY) | (closed > at))
    rows = np.flatnonzero(span.holds(at) & quiet)
    return events_of(kind, who[rows], at[rows], Source.LEDGER, usual=np.full(len(rows), float(days)))


def churn(
    kind: EventKind, client: IntArray, days: IntArray, outflow: FloatArray, inflow: FloatArray, value: FloatArray,
    span: Span,
) -> Events:  # fmt: skip
    """流失预警: of the assets before the window, so much net has gone out within it.

    days: (T,) trading days, with those of the window and of the quiet time before the span. outflow, inflow: (N, T)
    external money of the day, yuan, at least 0; value: (N, T) assets at the end of the day.
    """
    rule = limits("CHURN", span.last)
    window = int(rule["days"])
    if len(days) <= window:
        return joined([])
    net = np.cumsum(outflow - inflow, axis=1)
    before = value[:, :-window]
    share = shares(net[:, window:] - net[:, :-window], before)
    on = (share >= rule["share"]) & (before >= rule["yuan"])
    who, t = np.nonzero(begun(on, int(rule["quiet"])) & span.holds(days[window:]))
    return events_of(kind, client[who], days[window:][t], Source.LEDGER, amount=share[who, t])


def grade_changes(
    up: EventKind, down: EventKind, client: IntArray, day: IntArray, rank: IntArray, scheme: IntArray, span: Span
) -> Events:
    """等级变化: each grade of a client against the one before it in the same scheme. A higher rank is a better grade.

    ref is the scheme; usual and amount are the ranks before and after.
    """
    order = np.lexsort((day, scheme, client))
    who, what, when, which = client[order], scheme[order], day[order], rank[order]
    step = np.zeros(len(who), dtype=np.int64)
    same = (who[1:] == who[:-1]) & (what[1:] == what[:-1])
    step[1:][same] = np.sign(np.diff(which))[same]
    parts = []
    for kind, sign in ((up, 1), (down, -1)):
        rows = np.flatnonzero((step == sign) & span.holds(when))
        parts.append(events_of(
            kind, who[rows], when[rows], Source.GRADES, ref=what[rows],
            amount=which[rows].astype(float), usual=which[rows - 1].astype(float),
        ))  # fmt: skip
    return joined(parts)


def birthdays(kind: EventKind, client: IntArray, born: IntArray, span: Span) -> Events:
    """生日: the day in the calendar; who was born on 29 February has it on the 28th in other years."""
    known = np.flatnonzero(born != NO_DAY)
    month_day = _month_days(born[known])
    parts = []
    for n in range((span.last - span.first).days + 1):
        day = span.first + timedelta(days=n)
        rows = known[np.isin(month_day, _kept_on(day)) & (born[known] < day.toordinal())]
        age = day.year - _years(born[rows])
        parts.append(events_of(
            kind, client[rows], np.full(len(rows), day.toordinal()), Source.CALENDAR, amount=age.astype(float)
        ))  # fmt: skip
    return joined(parts)


def reaching(kind: EventKind, client: IntArray, born: IntArray, span: Span) -> Events:
    """临近退休: reaches one of the ages in years in the span. Tentative: the client is asked before it is said."""
    ages = limits("RETIREMENT-AGE", span.last)["ages"]
    found = birthdays(kind, client, born, span)
    return found.take(np.isin(found.amount, ages))


def _kept_on(day: date) -> list[int]:
    own = [day.month * 100 + day.day]
    short = day.month == 2 and day.day == 28 and (day + timedelta(days=1)).month == 3
    return [*own, 229] if short else own


def _month_days(ordinals: IntArray) -> IntArray:
    day = (ordinals - date(1970, 1, 1).toordinal()).astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    return np.asarray((month.astype(np.int64) % 12 + 1) * 100 + (day - month).astype(np.int64) + 1)


def _years(ordinals: IntArray) -> IntArray:
    year = (ordinals - date(1970, 1, 1).toordinal()).astype("datetime64[D]").astype("datetime64[Y]")
    return np.asarray(year.astype(np.int64) + 1970)
