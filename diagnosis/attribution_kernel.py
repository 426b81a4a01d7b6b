"""The loop under the attribution: every account, every day, every held slot, once.

A day's gain of a slot is split into what the shares held at the start earned untouched (by industry,
dividends in), what buying and selling inside the day added against the close (trading), and fees (costs).
What the ledger adds beyond (interest, unpriced shares, a benchmark whose industries do not add up to it) is
other: the day closes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from market.types import FloatArray, IntArray

ALLOCATION, SELECTION, INTERACTION, CASH, TRADING, COSTS, OTHER = range(7)
"""Columns of a day's parts."""

PARTS = 7
WEIGHT, BENCH_WEIGHT, GROWTH, BENCH_GROWTH, HELD, G_ALLOCATION, G_SELECTION, G_INTERACTION = range(8)
"""Columns of an industry's line: sums of weights, products of 1 + r, days held, linked effects."""

COUNT, PORTFOLIO, BENCHMARK, TOTALS = range(4)
"""Columns of an account's head; the linked parts follow from TOTALS on."""


def effects(weight: Any, bench_weight: Any, r: Any, b: Any, total: Any) -> tuple[Any, Any, Any]:
    """Allocation, selection, interaction by Brinson-Fachler (1985); numbers or arrays alike."""
    active = weight - bench_weight
    return active * (b - total), bench_weight * (r - b), active * (r - b)


def carino(r: float, b: float) -> float:
    """(ln(1 + r) − ln(1 + b)) / (r − b), its limit where both are equal; NaN where either lost everything."""
    if r <= -1.0 or b <= -1.0:
        return np.nan
    ratio = (r - b) / (1.0 + b)
    scale: float = np.log1p(ratio) / ratio if ratio != 0.0 else 1.0
    return scale / (1.0 + b)


_effects: Callable[..., Any] = njit(cache=True)(effects)
link_of: Callable[[float, float], float] = njit(cache=True)(carino)
"""Carino's factor, compiled."""


def _links(returns: FloatArray, benchmark: FloatArray) -> FloatArray:
    out = np.empty(returns.size)
    for i in range(returns.size):
        out[i] = link_of(returns[i], benchmark[i])
    return out


_links_compiled: Callable[[FloatArray, FloatArray], FloatArray] = njit(cache=True)(_links)


def links_of(returns: FloatArray, benchmark: FloatArray) -> FloatArray:
    """Carino's factor of each pair, shape (n,)."""
    return _links_compiled(returns, benchmark)


def _slots(
    slots: IntArray, industry: IntArray, security: IntArray, columns: tuple[FloatArray, ...],
    ratio: FloatArray, first: int, last: int, held: FloatArray, gain: FloatArray, side: FloatArray,
) -> None:  # fmt: skip
    """Sum one account's slots into held (T, G), gain (T, G) and side (T, 2): trading and fees."""
    quantity, price, bought, sold, fees, income, moved_in, moved_out = columns
    for k in range(slots[0], slots[1]):
        g = industry[k]
        for t in range(first, last + 1):
            side[t, 1] += fees[k, t]
            before = quantity[k, t - 1] if t > 0 else 0.0
            now, mark = quantity[k, t], price[k, t]
            if np.isnan(mark):
                continue
            moved = sold[k, t] - bought[k, t] + moved_out[k, t] - moved_in[k, t]
            if before == 0.0:
                side[t, 0] += now * mark + moved
                continue
            mark_before = price[k, t - 1]
            if np.isnan(mark_before):
                continue
            kept = before * ratio[t, security[k]]
            held[t, g] += before * mark_before
            gain[t, g] += kept * mark - before * mark_before + income[k, t]
            side[t, 0] += (now - kept) * mark + moved


_sum_slots: Callable[..., None] = njit(cache=True)(_slots)


def _days(
    start: int, stop: int, offsets: IntArray, industry: IntArray, security: IntArray,
    columns: tuple[FloatArray, ...], ratio: FloatArray, money: tuple[FloatArray, FloatArray, FloatArray],
    window: IntArray, bench: FloatArray, bench_weight: FloatArray, bench_return: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:  # fmt: skip
    value, inflow, returns = money
    points, groups = bench_weight.shape
    days = np.full((stop - start, points, PARTS), np.nan)
    lines = np.zeros((stop - start, groups, 8))
    heads = np.zeros((stop - start, TOTALS + PARTS))
    held, gain, side = np.zeros((points, groups)), np.zeros((points, groups)), np.zeros((points, 2))
    for a in range(start, stop):
        first, last = window[a, 0], window[a, 1]
        out, line, head = days[a - start], lines[a - start], heads[a - start]
        line[:, GROWTH] = line[:, BENCH_GROWTH] = 1.0
        growth, bench_growth, n = 1.0, 1.0, 0
        for t in range(first, last + 1):
            if not np.isnan(returns[a, t]) and not np.isnan(bench[t]):
                n += 1
                growth *= 1.0 + returns[a, t]
                bench_growth *= 1.0 + bench[t]
        whole = link_of(growth - 1.0, bench_growth - 1.0)
        head[COUNT], head[PORTFOLIO], head[BENCHMARK] = n, growth - 1.0, bench_growth - 1.0
        held[:] = 0.0
        gain[:] = 0.0
        side[:] = 0.0
        _sum_slots(offsets[a : a + 2], industry, security, columns, ratio, first, last, held, gain, side)
        for t in range(first, last + 1):
            total = bench[t]
            if np.isnan(returns[a, t]) or np.isnan(total):
                continue
            base = (value[a, t - 1] if t > 0 else 0.0) + inflow[a, t]
            scale = 1.0 / base if base > 0.0 else 0.0
            link = link_of(returns[a, t], total) / whole
            invested, sums = 0.0, np.zeros(3)
            for g in range(groups):
                weight, bench_share = held[t, g] * scale, bench_weight[t, g]
                b = bench_return[t, g]
                if np.isnan(b):
                    b = total
                r = gain[t, g] / held[t, g] if weight != 0.0 else b
                if bench_share == 0.0:
                    b = r
                parts = _effects(weight, bench_share, r, b, total)
                invested += weight
                for i in range(3):
                    sums[i] += parts[i]
                    line[g, G_ALLOCATION + i] += link * parts[i]
                line[g, WEIGHT] += weight
                line[g, BENCH_WEIGHT] += bench_share
                line[g, BENCH_GROWTH] *= 1.0 + b
                if weight != 0.0:
                    line[g, HELD] += 1
                    line[g, GROWTH] *= 1.0 + r
            out[t, ALLOCATION], out[t, SELECTION], out[t, INTERACTION] = sums[0], sums[1], sums[2]
            out[t, CASH] = -(1.0 - invested) * total
            out[t, TRADING], out[t, COSTS] = side[t, 0] * scale, -side[t, 1] * scale
            out[t, OTHER] = returns[a, t] - total - out[t, :OTHER].sum()
            head[TOTALS:] += link * out[t]
    return days, lines, heads


parts_of_days: Callable[..., tuple[FloatArray, FloatArray, FloatArray]] = njit(cache=True)(_days)
"""Daily parts (A, T, 7) unlinked, industry lines (A, G, 8) linked, and heads (A, 10)."""
