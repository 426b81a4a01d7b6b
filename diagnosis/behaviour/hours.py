"""下单时段: when in the session orders are dealt, where the moment is known. Neither good nor bad by
itself.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from clients.types import UNKNOWN
from diagnosis.behaviour.book import BUY, SELL, Book
from diagnosis.behaviour.habit import Column, column, divide, rule, told
from diagnosis.types import Habit, HabitId
from diagnosis.wording import number, percent
from market.types import FloatArray, IntArray

FEW_TIMES = "成交时间已知的买卖不足 {n} 笔，暂不计算"
MIDNIGHT_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).toordinal()


@lru_cache(maxsize=8192)
def midnight(zone: str, ordinal: int) -> int:
    """Epoch seconds of the local midnight that starts the day."""
    day = date.fromordinal(ordinal)
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp())


def session_bins(minutes: IntArray, sessions: list[list[int]], width: int) -> IntArray:
    """Half-hour bin of the session that each minute of the day falls into; -1 outside. A session's end is
    inside it.
    """
    out = np.full(minutes.size, -1, np.int64)
    offset = 0
    for opening, close in sessions:
        size = -(-(close - opening) // width)
        inside = (minutes >= opening) & (minutes <= close)
        out[inside] = offset + np.minimum((minutes[inside] - opening) // width, size - 1)
        offset += size
    return out


def bin_labels(sessions: list[list[int]], width: int) -> tuple[str, ...]:
    """Labels of the bins: 09:30-10:00."""
    labels = []
    for opening, close in sessions:
        for start in range(opening, close, width):
            end = min(start + width, close)
            labels.append(f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}")
    return tuple(labels)


def chi_square_z(counts: FloatArray, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
    """χ² of counts (A, B) against expected shares (B,), and its z by Wilson and Hilferty (1931); each (A,)."""
    expected = counts.sum(axis=1, keepdims=True) * shares
    with np.errstate(invalid="ignore", divide="ignore"):
        chi = np.where(expected > 0, (counts - expected) ** 2 / expected, 0.0).sum(axis=1)
    freedom = max(int((shares > 0).sum()) - 1, 1)
    z = ((chi / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / np.sqrt(2 / (9 * freedom))
    return chi, z


def main_venue(book: Book, rows: IntArray, venues: dict[str, Any]) -> str | None:
    """The venue with most of the timed trades, one that we know the hours of."""
    codes = np.array([s.venue.value for s in book.history.grid.securities])
    names, n = np.unique(codes[book.ledger.trades.security[rows]], return_counts=True)
    known = [(int(total), str(name)) for name, total in zip(names, n, strict=True) if name in venues]
    return max(known)[1] if known else None


def histogram(book: Book) -> tuple[FloatArray, tuple[str, ...], FloatArray]:
    """Counts (A, B) by half hour of the session, the bins' labels, and the share (B,) of session time of
    each.
    """
    trades, terms = book.ledger.trades, rule("BEH-110", book.day)
    dealt = ((trades.kind == BUY) | (trades.kind == SELL)) & (book.trade_point >= 0) & (trades.at != UNKNOWN)
    rows = np.flatnonzero(dealt)
    venues = rule("BEH-120", book.day)
    venue = main_venue(book, rows, venues) if rows.size else None
    if venue is None:
        return np.zeros((book.n_accounts, 0)), (), np.zeros(0)
    zone, sessions, width = venues[venue]["zone"], venues[venue]["sessions"], int(terms["bin_minutes"])
    days, place = np.unique(trades.day[rows], return_inverse=True)
    start = np.array([midnight(zone, int(day)) for day in days], dtype=np.int64)
    bins = session_bins((trades.at[rows] - start[place]) // 60, sessions, width)
    labels = bin_labels(sessions, width)
    inside = bins >= 0
    key = book.trade_account[rows[inside]] * len(labels) + bins[inside]
    counts = np.bincount(key, minlength=book.n_accounts * len(labels)).reshape(-1, len(labels))
    spans = np.array(
        [min(width, close - at) for opening, close in sessions for at in range(opening, close, width)]
    )
    return counts.astype(np.float64), labels, spans / spans.sum()


def measure(book: Book) -> Column:
    """Largest half hour's share of the timed trades, tested against an even spread over the session."""
    terms = rule("BEH-110", book.day)
    counts, labels, shares = histogram(book)
    n = counts.sum(axis=1).astype(np.int64)
    if not labels:
        top, z, chi = np.full(n.size, np.nan), np.full(n.size, np.nan), np.full(n.size, np.nan)
    else:
        top = divide(counts.max(axis=1), n)
        chi, z = chi_square_z(counts, shares)
    seen = (top >= terms["top_share"]) & (z >= terms["z"])
    return column(
        HabitId.TIME_OF_DAY,
        "ratio",
        seen=seen,
        n=n,
        statistic=top,
        t=z,
        refusals=((n < terms["min_trades"], FEW_TIMES.format(n=terms["min_trades"])),),
        figures={"top_share": top, "chi_square": np.where(n > 0, chi, np.nan)},
        working=(counts, labels),
    )


def tell(_: Book, data: Column, a: int) -> Habit:
    """In words: the half hour with most deals."""
    counts, labels = data.working
    text = ""
    if labels and np.isfinite(data.statistic[a]):
        text = f"成交时间已知的 {number(int(data.n[a]), 0)} 笔中，{percent(data.statistic[a], 1)} 集中在 "
        text += f"{labels[int(np.argmax(counts[a]))]}。"
    return told(data, a, text)
