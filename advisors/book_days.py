"""资产与结果 of clients from their daily totals: what a stint began with, what flowed, who did well. Pure.

Totals on file and those of a replay are the same numbers, so a figure does not depend on where they lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from clients.totals.types import TotalsReader, place_of, yuan
from diagnosis.client_days import STALE
from market.types import BoolArray, FloatArray, IntArray

YUAN: Final = 1.0
LEAST_DAYS: Final = 60  # trading days with a return, for a result that may be compared
_TINY: Final = 1e-8
_WALKED: Final = ("growth", "at_stake", "ruined")


@dataclass(frozen=True, eq=False)
class Yardstick:
    """业绩基准 of a year by session: ordinals and returns, (T,)."""

    days: IntArray
    returns: FloatArray


@dataclass(frozen=True, eq=False)
class StintMoney:
    """(n,) each, NaN not known: assets before the first day, net inflow within, assets on the last day."""

    opening: FloatArray
    inflow: FloatArray
    closing: FloatArray


class BookDays:
    """What the totals say of days between `since` and `last` (ordinals). Rows are places in the totals."""

    def __init__(self, totals: TotalsReader, since: int, last: int) -> None:
        self._totals = totals
        now, before = place_of(totals, last), place_of(totals, since - 1)
        unpriced = totals.at("unpriced", now) - totals.at("unpriced", before)
        self._whole: BoolArray = (totals.at("whole", now) > 0) & (unpriced == 0)

    def stints(self, row: IntArray, first: IntArray, last: IntArray) -> StintMoney:
        """row: place of each stint's client. first, last: ordinals."""
        opening, closing = self._on("assets", row, first - 1), self._on("assets", row, last)
        flowed = self._on("net_out", row, first - 1) - self._on("net_out", row, last)
        return StintMoney(opening, np.where(np.isfinite(opening), flowed, np.nan), closing)

    def opening(self, row: IntArray, day: int) -> tuple[FloatArray, FloatArray]:
        """(n,) assets before the day, and the share of them in securities; NaN not known, or nothing there."""
        before = np.full(len(row), day - 1)
        assets, cash = self._on("assets", row, before), self._on("cash", row, before)
        share = np.divide(assets - cash, assets, out=np.full(len(row), np.nan), where=np.nan_to_num(assets) > YUAN)
        return assets, np.clip(share, 0.0, 1.0)

    def not_below(self, row: IntArray, yardstick: Yardstick) -> FloatArray:
        """(n,) 1 where a client's Sharpe ratio was not below the benchmark's over the client's own days, else 0.

        That is M² ≥ 0 (Modigliani and Modigliani 1997) at a rate of nought. NaN with fewer than LEAST_DAYS days, and
        where nothing moved: who holds money alone took no risk that could be adjusted for.
        """
        totals = self._totals
        sums = _Sums(totals.n)
        its = {int(day): float(one) for day, one in zip(yardstick.days, yardstick.returns, strict=True)}
        first, stop = (int(np.searchsorted(totals.points, one)) for one in (yardstick.days[0], yardstick.days[-1] + 1))
        then = [totals.once(name, first - 1) for name in _WALKED]
        for place in range(first, stop):
            now = [totals.once(name, place) for name in _WALKED]
            benchmark = its.get(int(totals.points[place]), np.nan)
            if np.isfinite(benchmark):
                sums.add(_grown(then, now), benchmark, (now[1] > then[1]) & self._whole)
            then = now
        return sums.not_below()[row]

    def _on(self, name: str, row: IntArray, days: IntArray) -> FloatArray:
        """Yuan at the end of each row's day. Before a client's beginning it is nought, and known."""
        found = np.full(len(row), np.nan)
        for day in np.unique(days).tolist():
            mine = np.flatnonzero(days == day)
            place = place_of(self._totals, day)
            known = self._whole & (
                (self._totals.at("begun", place) == 0) | (self._totals.at("seen", place) > day - STALE)
            )
            some = row[mine]
            found[mine] = np.where(known[some], yuan(self._totals.at(name, place)[some]), np.nan)
        return found


def _grown(then: list[IntArray], now: list[IntArray]) -> FloatArray:
    """Each client's return of a session; -1 where all was lost, which leaves the growth where it was."""
    growth = (1.0 + now[0].view(np.float64)) / (1.0 + then[0].view(np.float64))
    return np.where(now[2] > then[2], -1.0, growth - 1)


class _Sums:
    """Sums of returns, client by client, session by session: their own and the benchmark's on the same days."""

    def __init__(self, n: int) -> None:
        self._days = np.zeros(n)
        self._own, self._own2, self._its, self._its2 = (np.zeros(n) for _ in range(4))

    def add(self, own: FloatArray, its: float, known: BoolArray) -> None:
        own = np.where(known, own, 0.0)
        self._days += known
        self._own += own
        self._own2 += own * own
        self._its += its * known
        self._its2 += its * its * known

    def not_below(self) -> FloatArray:
        own, its = _ratio(self._own, self._own2, self._days), _ratio(self._its, self._its2, self._days)
        good = (self._days >= LEAST_DAYS) & np.isfinite(own) & np.isfinite(its)
        return np.where(good, (own >= its).astype(np.float64), np.nan)


def _ratio(total: FloatArray, squares: FloatArray, days: FloatArray) -> FloatArray:
    """Mean over deviation, NaN where nothing moved."""
    count = np.maximum(days, 1)
    mean = total / count
    spread = np.sqrt(np.maximum(squares - count * mean * mean, 0.0) / np.maximum(count - 1, 1))
    found: FloatArray = np.divide(mean, spread, out=np.full(len(mean), np.nan), where=spread > _TINY)
    return found
