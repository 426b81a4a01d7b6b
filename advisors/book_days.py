"""资产与结果 of clients from their daily paths: what a stint began with, what flowed, who did well. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from market.types import BoolArray, FloatArray, IntArray
from mot.assembly.paths import Paths

YUAN: Final = 1.0
LEAST_DAYS: Final = 60  # trading days with a return, for a result that may be compared
_TINY: Final = 1e-9


@dataclass(frozen=True, eq=False)
class StintMoney:
    """(n,) each, NaN not known: assets before the first day, net inflow within, assets on the last day."""

    opening: FloatArray
    inflow: FloatArray
    closing: FloatArray


def stint_money(paths: Paths, row: IntArray, first: IntArray, last: IntArray) -> StintMoney:
    """row: place of each stint's client in the paths. first, last: ordinals."""
    before = np.searchsorted(paths.days, first, side="left") - 1  # the last session before the stint
    until = np.searchsorted(paths.days, last, side="right") - 1
    known = (before >= 0) & (until >= before)
    net = np.cumsum(paths.inflow - paths.outflow, axis=1)  # unknown from the first unknown day on
    opening = np.where(known, paths.assets[row, np.maximum(before, 0)], np.nan)
    closing = np.where(known, paths.assets[row, np.maximum(until, 0)], np.nan)
    flowed = net[row, np.maximum(until, 0)] - net[row, np.maximum(before, 0)]
    return StintMoney(opening, np.where(known & np.isfinite(opening), flowed, np.nan), closing)


def opening_of(paths: Paths, day: int) -> tuple[FloatArray, FloatArray]:
    """(n,) assets before the day, and the share of them in securities; NaN not known, or nothing there."""
    at = int(np.searchsorted(paths.days, day, side="left")) - 1
    if at < 0:
        nothing = np.full(len(paths.assets), np.nan)
        return nothing, nothing.copy()
    assets, cash = paths.assets[:, at], paths.cash[:, at]
    share = np.divide(assets - cash, assets, out=np.full(len(assets), np.nan), where=np.nan_to_num(assets) > YUAN)
    return assets.copy(), np.clip(share, 0.0, 1.0)


def not_below(returns: FloatArray, benchmark: FloatArray) -> FloatArray:
    """(n,) 1 where a client's Sharpe ratio was not below the benchmark's over the client's own days, 0 where below.

    That is M² ≥ 0 (Modigliani and Modigliani 1997) at a rate of nought. NaN with fewer than LEAST_DAYS days, and where
    nothing moved: who holds money alone took no risk that could be adjusted for.
    """
    known = np.isfinite(returns) & np.isfinite(benchmark)[None, :]
    days = known.sum(axis=1)
    own, its = _ratio(returns, known, days), _ratio(np.broadcast_to(benchmark, returns.shape), known, days)
    good = (days >= LEAST_DAYS) & np.isfinite(own) & np.isfinite(its)
    return np.where(good, (own >= its).astype(np.float64), np.nan)


def _ratio(values: FloatArray, known: BoolArray, days: IntArray) -> FloatArray:
    """Mean over deviation of the known days, NaN where there is none."""
    count = np.maximum(days, 1)
    mean = np.where(known, values, 0.0).sum(axis=1) / count
    square = np.where(known, (values - mean[:, None]) ** 2, 0.0).sum(axis=1) / np.maximum(count - 1, 1)
    spread = np.sqrt(square)
    found: FloatArray = np.divide(mean, spread, out=np.full(len(mean), np.nan), where=spread > _TINY)
    return found
