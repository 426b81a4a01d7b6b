"""归因: what made the account differ from its benchmark, by Brinson-Fachler for each industry and each day.

Weights are those at the start of the day, money that came in that day included; an industry's return is
that of the shares held at the start, untouched. Cash, trading inside the day, costs and the rest are parts
of their own, linked over the days by Carino's factors, so that all parts sum to the excess return. An
industry that the benchmark lacks has benchmark weight 0 and is all allocation. Sources: Brinson & Fachler
(1985); Carino (1999); Bacon (2008).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnosis import attribution_kernel as k
from diagnosis.parameters import latest, months_of_days
from diagnosis.reasons import Reason, sentence
from diagnosis.types import Attribution, History, IndustryPart
from market.types import BenchmarkSeries, FloatArray, IntArray

LINKING = "Carino (1999)"
UNNAMED = "未分类"
BLOCK = 512
MOST_MONTHS = 36
"""A longer period is told by years: nobody reads ten years of months."""
NAMES = ("allocation", "selection", "interaction", "cash", "trading", "costs", "other")


@dataclass(frozen=True)
class Effects:
    """Linked parts of A accounts. `total` (A, 7) by NAMES sums to `excess`; NaN where `reason` is not 0."""

    industries: tuple[str, ...]
    n: IntArray  # (A,) days counted
    portfolio: FloatArray  # (A,)
    benchmark: FloatArray
    total: FloatArray
    selection_t: FloatArray  # (A,) NaN where it does not exist
    reason: IntArray

    @property
    def excess(self) -> FloatArray:
        """Arithmetic excess return over the days counted, shape (A,)."""
        difference: FloatArray = self.portfolio - self.benchmark
        return difference


@dataclass(frozen=True)
class _Inputs:
    """A history laid out for the loop."""

    history: History
    benchmark: BenchmarkSeries
    industries: tuple[str, ...]
    slot_industry: IntArray
    weight: FloatArray
    industry_return: FloatArray
    window: IntArray

    def days(self, start: int, stop: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The loop over accounts start to stop."""
        h = self.history
        columns = (h.quantity, h.price, h.bought, h.sold, h.fees, h.income, h.moved_in, h.moved_out)
        return k.parts_of_days(
            start, stop, h.slot_offsets, self.slot_industry, h.slot_security, tuple(map(_plain, columns)),
            _plain(h.grid.ratio), tuple(map(_plain, (h.value, h.inflow, h.returns))), self.window,
            _plain(self.benchmark.returns), self.weight, self.industry_return,
        )  # fmt: skip


def brinson_fachler(
    weight: FloatArray, bench_weight: FloatArray, r: FloatArray, b: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Allocation, selection and interaction of one period by industry; they sum to R − B. Shapes (G,)."""
    return k.effects(weight, bench_weight, r, b, bench_weight @ b)


def effects_of(history: History, benchmark: BenchmarkSeries | None) -> Effects:
    """The linked parts of every account, a block at a time: what a whole book needs."""
    accounts = len(history.accounts)
    reason = _reasons(history, benchmark)
    n, head = np.zeros(accounts, dtype=np.int64), np.full((accounts, 2), np.nan)
    total, t_value = np.full((accounts, k.PARTS), np.nan), np.full(accounts, np.nan)
    industries: tuple[str, ...] = ()
    if benchmark is not None and not (reason > 0).all():
        inputs = _inputs(history, benchmark)
        industries = inputs.industries
        for start in range(0, accounts, BLOCK):
            part = slice(start, min(start + BLOCK, accounts))
            days, _, heads = inputs.days(part.start, part.stop)
            n[part], head[part] = heads[:, k.COUNT].astype(np.int64), heads[:, k.PORTFOLIO : k.TOTALS]
            total[part], t_value[part] = heads[:, k.TOTALS :], _t_values(days)
    short = (reason == 0) & (n < int(latest("MIN-POINTS")))
    reason[short] = np.where(n[short] > 0, Reason.SHORT_JOINT, Reason.NO_OVERLAP)
    reason[(reason == 0) & ~np.isfinite(total).all(axis=1)] = Reason.NOT_LINKABLE
    total[reason > 0], t_value[reason > 0] = np.nan, np.nan
    return Effects(industries, n, head[:, 0], head[:, 1], total, t_value, reason)


def attributions_of(
    history: History, benchmark: BenchmarkSeries | None, effects: Effects | None = None
) -> list[Attribution]:
    """The attribution of each account as shown: totals, industries, months; withheld with the reason.

    `effects` may be given where they were computed already.
    """
    effects = effects or effects_of(history, benchmark)
    if benchmark is None or (effects.reason > 0).all():
        return [_withheld(_sentence(effects, a)) for a in range(len(history.accounts))]
    inputs = _inputs(history, benchmark)
    return [
        _withheld(_sentence(effects, a)) if effects.reason[a] else _shown(inputs, effects, a)
        for a in range(len(history.accounts))
    ]


def _reasons(history: History, benchmark: BenchmarkSeries | None) -> IntArray:
    reason = np.zeros(len(history.accounts), dtype=np.int64)
    reason[history.last < history.first] = Reason.NOTHING
    reason[~history.has_cash] = Reason.NO_CASH
    if benchmark is None:
        reason[:] = Reason.NO_BENCHMARK
    elif not benchmark.industries or benchmark.weight is None or benchmark.industry_return is None:
        reason[:] = Reason.NO_INDUSTRIES
    if history.grid.granularity != "DAY":
        reason[:] = Reason.MARKS
    return reason


def _plain(values: FloatArray) -> FloatArray:
    return np.ascontiguousarray(values, dtype=np.float64)


def _inputs(history: History, benchmark: BenchmarkSeries) -> _Inputs:
    """Industries of the benchmark first, then those that only the accounts hold."""
    assert benchmark.weight is not None
    assert benchmark.industry_return is not None
    named = [instrument.industry or UNNAMED for instrument in history.grid.securities]
    used = sorted({named[security] for security in history.slot_security} - set(benchmark.industries))
    industries = (*benchmark.industries, *used)
    place = {name: i for i, name in enumerate(industries)}
    of_security = np.array([place.get(name, 0) for name in named], dtype=np.int64)
    wide = ((0, 0), (0, len(used)))
    first, last = np.maximum(history.first, 0), history.last
    return _Inputs(
        history, benchmark, industries,
        of_security[history.slot_security] if named else np.zeros(0, dtype=np.int64),
        np.pad(np.nan_to_num(benchmark.weight), wide),
        np.pad(benchmark.industry_return, wide, constant_values=np.nan),
        np.column_stack([first, last]).astype(np.int64),
    )  # fmt: skip


def _t_values(days: FloatArray) -> FloatArray:
    """t value of the mean daily selection with interaction, shape (n,)."""
    picked = days[:, :, k.SELECTION] + days[:, :, k.INTERACTION]
    there = ~np.isnan(picked)
    n = np.maximum(there.sum(axis=1), 2)
    mean = np.where(there, picked, 0.0).sum(axis=1) / n
    squares = np.where(there, (picked - mean[:, None]) ** 2, 0.0).sum(axis=1)
    error = np.sqrt(squares / (n - 1) / n)
    t_value: FloatArray = np.full(len(days), np.nan)
    np.divide(mean, error, out=t_value, where=error > 1e-15)
    return t_value


def _sentence(effects: Effects, a: int) -> str:
    return sentence(Reason(int(effects.reason[a])), n=int(effects.n[a]), needed=int(latest("MIN-POINTS")))


def _withheld(reason: str) -> Attribution:
    return Attribution(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, LINKING, (), withheld=reason)


def _shown(inputs: _Inputs, effects: Effects, a: int) -> Attribution:
    days, lines, _ = inputs.days(a, a + 1)
    allocation, selection, interaction, cash, trading, costs, other = effects.total[a].tolist()
    t_value = float(effects.selection_t[a])
    return Attribution(
        portfolio_return=float(effects.portfolio[a]),
        benchmark_return=float(effects.benchmark[a]),
        excess=float(effects.excess[a]),
        allocation=allocation,
        selection=selection,
        interaction=interaction,
        cash=cash,
        trading=trading,
        costs=costs,
        other=other,
        linking=LINKING,
        industries=_industries(inputs.industries, lines[0], int(effects.n[a])),
        selection_t=t_value if np.isfinite(t_value) else None,
        months=_months(inputs, a, days[0]),
    )


def _industries(names: tuple[str, ...], lines: FloatArray, n: int) -> tuple[IndustryPart, ...]:
    """Every industry that was held or stands in the benchmark; weights are means over the days counted."""
    return tuple(
        IndustryPart(
            industry=name,
            weight=float(line[k.WEIGHT] / n),
            benchmark_weight=float(line[k.BENCH_WEIGHT] / n),
            portfolio_return=float(line[k.GROWTH] - 1) if line[k.HELD] else None,
            benchmark_return=float(line[k.BENCH_GROWTH] - 1) if line[k.BENCH_WEIGHT] else None,
            allocation=float(line[k.G_ALLOCATION]),
            selection=float(line[k.G_SELECTION]),
            interaction=float(line[k.G_INTERACTION]),
        )
        for name, line in zip(names, lines, strict=True)
        if line[k.HELD] or line[k.BENCH_WEIGHT]
    )


def _months(inputs: _Inputs, a: int, days: FloatArray) -> tuple[dict[str, float | str], ...]:
    """One row a calendar month (year, where there are many), linked within it: its parts sum to its own excess."""
    counted = np.flatnonzero(~np.isnan(days[:, 0]))
    spans = months_of_days(inputs.history.grid.points[counted])
    if len(np.unique(spans)) > MOST_MONTHS:
        spans = spans.astype("datetime64[Y]")
    labels, starts = np.unique(spans, return_index=True)
    returns, bench = inputs.history.returns[a, counted], inputs.benchmark.returns[counted]
    total = np.multiply.reduceat(1 + returns, starts) - 1
    bench_total = np.multiply.reduceat(1 + bench, starts) - 1
    linked = np.add.reduceat(k.links_of(returns, bench)[:, None] * days[counted], starts, axis=0)
    parts = linked / k.links_of(total, bench_total)[:, None]
    heads = np.column_stack([total, bench_total, total - bench_total, parts]).tolist()
    names = ("portfolio", "benchmark", "excess", *NAMES)
    return tuple(
        {"month": str(label)} | dict(zip(names, row, strict=True))
        for label, row in zip(labels, heads, strict=True)
    )
