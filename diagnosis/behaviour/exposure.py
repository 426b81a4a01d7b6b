"""What was held, averaged over time: concentration, industries, leverage, lottery stocks. One pass for the
book.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnosis.behaviour.compiled import compiled
from diagnosis.types import History
from market.types import BoolArray, FloatArray, Grid, InstrumentKind, IntArray

SINGLE = (
    InstrumentKind.STOCK,
    InstrumentKind.CONVERTIBLE,
    InstrumentKind.LEVERAGED,
    InstrumentKind.CERTIFICATE,
    InstrumentKind.OTHER,
)
"""Kinds that stand for one name; a fund holds many and counts as spread."""
GEARED = (InstrumentKind.LEVERAGED, InstrumentKind.CERTIFICATE)
CASH_LIKE = (InstrumentKind.MONEY_ETF, InstrumentKind.REPO, InstrumentKind.INDEX)
"""Kinds that are no investment decision about a price."""

FIELDS = (
    "points",
    "hhi",
    "hhi_single",
    "top_share",
    "top_of_assets",
    "holdings",
    "leverage_share",
    "top_industry_share",
    "industries",
    "lottery_share",
)


@dataclass(frozen=True)
class Exposure:
    """Means over the points at which securities were held; all (A,) and NaN where none were.

    hhi: Σ w² of all securities. hhi_single: Σ w² of single names only, a fund adds nothing. top_share:
    largest single name over securities; top_of_assets: over the account's value. lottery_share is NaN
    without flags.
    """

    points: FloatArray  # number of points with holdings
    hhi: FloatArray
    hhi_single: FloatArray
    top_share: FloatArray
    top_of_assets: FloatArray
    holdings: FloatArray
    leverage_share: FloatArray
    top_industry_share: FloatArray
    industries: FloatArray
    lottery_share: FloatArray
    industry_names: tuple[str, ...]
    industry_share: FloatArray  # (A, G)


def kind_mask(grid: Grid, kinds: tuple[InstrumentKind, ...]) -> BoolArray:
    """(S,) True where the security is of one of `kinds`."""
    return np.array([security.kind in kinds for security in grid.securities], dtype=np.bool_)


def industry_codes(grid: Grid) -> tuple[tuple[str, ...], IntArray]:
    """Names of the industries and the code (S,) of each security's, -1 where it has none."""
    names = tuple(sorted({security.industry for security in grid.securities if security.industry}))
    place = {name: code for code, name in enumerate(names)}
    return names, np.array([place.get(s.industry or "", -1) for s in grid.securities], dtype=np.int64)


def exposure_of(history: History, flags: IntArray, weights: FloatArray) -> Exposure:
    """Exposure of A accounts. flags: (T, S) 1 lottery stock, 0 not, -1 unknown, or (0, 0); weights: (T,) of
    points.
    """
    grid = history.grid
    names, codes = industry_codes(grid)
    means, industry = _scan(
        history.slot_offsets,
        history.slot_security,
        history.quantity,
        history.price,
        history.value,
        history.first,
        history.last,
        kind_mask(grid, SINGLE),
        kind_mask(grid, GEARED),
        codes,
        flags,
        weights,
        max(len(names), 1),
    )
    columns = {name: means[:, place] for place, name in enumerate(FIELDS)}
    return Exposure(**columns, industry_names=names, industry_share=industry[:, : len(names)])


@compiled
def _scan(
    offsets: IntArray,
    security: IntArray,
    quantity: FloatArray,
    price: FloatArray,
    value: FloatArray,
    first: IntArray,
    last: IntArray,
    single: BoolArray,
    geared: BoolArray,
    industry: IntArray,
    flags: IntArray,
    weights: FloatArray,
    n_industries: int,
) -> tuple[FloatArray, FloatArray]:  # pragma: no cover - compiled
    n_accounts = offsets.size - 1
    out = np.full((n_accounts, 10), np.nan)
    shares = np.zeros((n_accounts, n_industries))
    by_industry = np.zeros(n_industries)
    for a in range(n_accounts):
        total_weight, flag_weight, points = 0.0, 0.0, 0.0
        sums = np.zeros(10)
        for t in range(first[a], last[a] + 1):
            held = 0.0
            for k in range(offsets[a], offsets[a + 1]):
                if quantity[k, t] > 0.0 and price[k, t] > 0.0:
                    held += quantity[k, t] * price[k, t]
            if held <= 0.0:
                continue
            by_industry[:] = 0.0
            square, square_single, top, lever, lottery, stocks, known = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            n_held = 0.0
            for k in range(offsets[a], offsets[a + 1]):
                if not (quantity[k, t] > 0.0 and price[k, t] > 0.0):
                    continue
                s = security[k]
                w = quantity[k, t] * price[k, t] / held
                n_held += 1.0
                square += w * w
                if single[s]:
                    square_single += w * w
                    top = max(top, w)
                    stocks += w
                if geared[s]:
                    lever += w
                if industry[s] >= 0:
                    by_industry[industry[s]] += w
                if flags.shape[0] > 0 and flags[t, s] >= 0:
                    known += w
                    lottery += w * flags[t, s]
            best, n_industry = 0.0, 0.0
            for g in range(n_industries):
                shares[a, g] += weights[t] * by_industry[g]
                best = max(best, by_industry[g])
                n_industry += 1.0 if by_industry[g] > 0.0 else 0.0
            base = max(value[a, t], held)
            sums[1] += weights[t] * square
            sums[2] += weights[t] * square_single
            sums[3] += weights[t] * top
            sums[4] += weights[t] * top * held / base
            sums[5] += weights[t] * n_held
            sums[6] += weights[t] * lever
            sums[7] += weights[t] * best
            sums[8] += weights[t] * n_industry
            if known > 0.0:
                sums[9] += weights[t] * lottery / known
                flag_weight += weights[t]
            total_weight += weights[t]
            points += 1.0
        out[a, 0] = points
        if total_weight > 0.0:
            for place in range(1, 9):
                out[a, place] = sums[place] / total_weight
            for g in range(n_industries):
                shares[a, g] /= total_weight
        if flag_weight > 0.0:
            out[a, 9] = sums[9] / flag_weight
    return out, shares


def normalised_variance(history: History, growth: FloatArray, window: int, every: int = 20) -> FloatArray:
    """Goetzmann-Kumar normalised variance (A,): variance of the holdings' past returns over the mean
    variance of one.

    growth: (T, S) daily total returns. At every 20th point with at least two priced holdings the weights of
    that point are applied to the past `window` days; the mean over those points. NaN where there is none.
    """
    return _normalised(
        history.slot_offsets,
        history.slot_security,
        history.quantity,
        history.price,
        history.first,
        history.last,
        growth,
        window,
        every,
    )


@compiled
def _normalised(
    offsets: IntArray,
    security: IntArray,
    quantity: FloatArray,
    price: FloatArray,
    first: IntArray,
    last: IntArray,
    growth: FloatArray,
    window: int,
    every: int,
) -> FloatArray:  # pragma: no cover - compiled
    n_accounts = offsets.size - 1
    out = np.full(n_accounts, np.nan)
    mixed = np.zeros(window)
    for a in range(n_accounts):
        total, times = 0.0, 0.0
        start = max(first[a], window)
        for t in range(start, last[a] + 1, every):
            mixed[:] = 0.0
            held, n_held, variances = 0.0, 0.0, 0.0
            for k in range(offsets[a], offsets[a + 1]):
                if not (quantity[k, t] > 0.0 and price[k, t] > 0.0):
                    continue
                s = security[k]
                mean, square = 0.0, 0.0
                for d in range(window):
                    r = growth[t - window + 1 + d, s]
                    mean += r
                    square += r * r
                if not np.isfinite(mean):
                    continue
                w = quantity[k, t] * price[k, t]
                for d in range(window):
                    mixed[d] += w * growth[t - window + 1 + d, s]
                variances += square / window - (mean / window) ** 2
                held += w
                n_held += 1.0
            if n_held < 2.0 or variances <= 0.0:
                continue
            mean, square = 0.0, 0.0
            for d in range(window):
                mean += mixed[d] / held
                square += (mixed[d] / held) ** 2
            total += (square / window - (mean / window) ** 2) / (variances / n_held)
            times += 1.0
        if times > 0.0:
            out[a] = total / times
    return out
