"""市场事件: a shock of the market or of an industry, for the clients whom it concerns by what they hold."""

from __future__ import annotations

from datetime import date

import numpy as np

from market.types import FloatArray, IntArray
from mot.derive.span import Span, limits
from mot.events.columns import Events, events_of
from mot.events.types import EventKind, Source


def index_shocks(
    kind: EventKind, client: IntArray, exposure: FloatArray, days: IntArray, move: FloatArray, span: Span
) -> Events:
    """大盘急跌或急涨. exposure: (N, T) share of equities in the client's assets on the day before, NaN not known.

    days: (T,) trading days; move: (T,) return of the index on the day. amount is the move.
    """
    rule = limits("INDEX-SHOCK", span.last)
    shock = (np.abs(np.round(move, 9)) >= rule["move"]) & span.holds(days)
    who, t = np.nonzero(shock[None, :] & (exposure >= rule["exposure"]))
    return events_of(kind, client[who], days[t], Source.MARKET, amount=move[t])


def before_shocks(moves: FloatArray, days: IntArray, span: Span) -> IntArray:
    """Places of the days before those of the span on which some industry moves enough: what clients held then counts.

    moves: (T, G) returns of the day by industry, NaN not known; days: (T,) trading days.
    """
    def moved(t: int) -> bool:
        least = limits("SECTOR-SHOCK", date.fromordinal(int(days[t])))["move"]
        return bool((np.abs(np.round(np.nan_to_num(moves[t]), 9)) >= least).any())

    found = [t - 1 for t in np.flatnonzero(span.holds(days)).tolist() if t > 0 and moved(t)]
    return np.array(found, dtype=np.int64)


def sector_shocks(
    kind: EventKind, client: IntArray, industry: IntArray, exposure: FloatArray, day: int, move: FloatArray
) -> Events:
    """行业急跌或急涨 on one day, from one entry a client and industry held.

    industry: code, place in `move`; exposure: its share in the client's assets; move: by industry, the day's return,
    NaN not known. ref is the industry.
    """
    rule = limits("SECTOR-SHOCK", date.fromordinal(day))
    struck = np.abs(np.round(move[industry], 9)) >= rule["move"]
    rows = np.flatnonzero(struck & (exposure >= rule["exposure"]))
    return events_of(
        kind, client[rows], np.full(len(rows), day), Source.MARKET, ref=industry[rows], amount=move[industry[rows]]
    )

