"""The numbers of a whole batch in arrays: replayed, measured, judged; the survey and one report read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from clients.types import Ledger
from diagnosis.attribution import Effects, effects_of
from diagnosis.behaviour import HabitNumbers, habit_numbers
from diagnosis.behaviour.flags import Universe
from diagnosis.findings import Facts, facts_of_book, judge
from diagnosis.holdings import slot_profit
from diagnosis.measures import Columns, account_columns
from diagnosis.parameters import parameters_for, risk_free_of
from diagnosis.replay import replay
from diagnosis.series import underwater
from diagnosis.sums import totals
from diagnosis.timing import GAMMA_T, N, fits
from diagnosis.trades import trade_values
from diagnosis.types import History
from market.types import BenchmarkSeries, CorporateAction, FloatArray, Grid


@dataclass(frozen=True)
class BookNumbers:
    """A accounts over T points: the history and every number that findings and lists are made from."""

    history: History
    ledger: Ledger
    benchmark: BenchmarkSeries | None
    effects: Effects
    columns: Columns  # measures of returns, by id
    habits: HabitNumbers

    def measures(self) -> dict[str, FloatArray]:
        """Every measure by id, each (A,), NaN where withheld."""
        return measures_of(self.columns, self.habits)


def measures_of(columns: Columns, habits: HabitNumbers) -> dict[str, FloatArray]:
    """Measures of returns and of trades by id, each (A,), NaN where withheld."""
    traded = {}
    for name, (values, refusals) in trade_values(habits).items():
        given = np.isfinite(values)
        for refused, _ in refusals:
            given &= ~refused
        traded[name] = np.where(given, values, np.nan)
    return {**columns.values, **traded}


def numbers_of(
    ledger: Ledger,
    grid: Grid,
    actions: Sequence[CorporateAction],
    benchmark: BenchmarkSeries | None,
    universe: Universe | None = None,
    *,
    first: date | None = None,
    last: date | None = None,
) -> BookNumbers:
    """Replay a batch and measure it. `benchmark` stands on the grid's points; a period is cut as `replay` does."""
    history = replay(ledger, grid, actions, first=first, last=last)
    return measured(history, ledger, on_points(benchmark, grid, history.grid), universe)


def measured(
    history: History, ledger: Ledger, benchmark: BenchmarkSeries | None, universe: Universe | None = None
) -> BookNumbers:
    """The numbers of a history that was replayed already; `benchmark` stands on its points."""
    effects = effects_of(history, benchmark)
    columns = account_columns(history, benchmark, effects=effects)
    habits = habit_numbers(history, ledger, benchmark, universe)
    return BookNumbers(history, ledger, benchmark, effects, columns, habits)


def on_points(benchmark: BenchmarkSeries | None, whole: Grid, part: Grid) -> BenchmarkSeries | None:
    """The benchmark of `whole` on the run of its points that `part` kept; its first return there is 0."""
    if benchmark is None or part.points.size == whole.points.size:
        return benchmark
    start = int(np.searchsorted(whole.points, part.points[0])) if part.points.size else 0
    cut = slice(start, start + part.points.size)
    returns = benchmark.returns[cut].copy()
    returns[:1] = np.where(np.isnan(returns[:1]), np.nan, 0.0)
    return BenchmarkSeries(
        benchmark.code, benchmark.name, benchmark.composition, returns, benchmark.industries,
        None if benchmark.weight is None else benchmark.weight[cut],
        None if benchmark.industry_return is None else benchmark.industry_return[cut],
    )  # fmt: skip


def weights_of(numbers: BookNumbers, day: date) -> dict[str, FloatArray]:
    """Weight (A,) of every finding in force on `day`, 0 where it does not fire."""
    return judge(facts(numbers), day)


def facts(numbers: BookNumbers) -> Facts:
    """All that findings look at, for the whole batch."""
    history, effects = numbers.history, numbers.effects
    more = {
        **measures_of(numbers.columns, numbers.habits),
        "gross_profit": gross_profits(history),
        "selection": effects.total[:, 1] + effects.total[:, 2],
        "selection_t": effects.selection_t,
        "timing_t": timing_ts(history, numbers.benchmark),
        "benchmark_drawdown": benchmark_drawdowns(history, numbers.benchmark),
    }
    return facts_of_book(numbers.habits, more)


def gross_profits(history: History) -> FloatArray:
    """Profit of the securities before fees with dividends, and interest of the account, (A,)."""
    accounts = len(history.accounts)
    owner = np.repeat(np.arange(accounts), np.diff(history.slot_offsets))
    before_fees = slot_profit(history, slice(0, len(owner))) + history.fees.sum(axis=1)
    found: FloatArray = totals(owner, before_fees, accounts) + history.other_income.sum(axis=1)
    return found


def timing_ts(history: History, benchmark: BenchmarkSeries | None) -> FloatArray:
    """`findings.timing_t` of each account: the weaker t where both models agree in sign, 0 where they do not."""
    none = np.full(len(history.accounts), np.nan)
    if benchmark is None or history.grid.granularity != "DAY":
        return none
    parameters = parameters_for(history)
    table = fits(history.returns, benchmark.returns, parameters.per_period(risk_free_of(history)))
    enough = table[:, :, N] >= parameters.min_points_timing
    t = np.where(enough, table[:, :, GAMMA_T], np.nan)
    known = np.isfinite(t)
    tm, hm = np.where(known[:, 0], t[:, 0], t[:, 1]), np.where(known[:, 1], t[:, 1], t[:, 0])
    weaker = np.where(np.abs(tm) <= np.abs(hm), tm, hm)
    return np.where(known.any(axis=1), np.where(tm * hm > 0, weaker, 0.0), np.nan)


def benchmark_drawdowns(history: History, benchmark: BenchmarkSeries | None) -> FloatArray:
    """Largest fall of the benchmark over each account's own points, at most 0, (A,); NaN without a benchmark."""
    out = np.full(len(history.accounts), np.nan)
    if benchmark is None or not benchmark.returns.size:
        return out
    spans = np.column_stack([history.first, history.last])
    for first, last in np.unique(spans, axis=0).tolist():
        if 0 <= first <= last:
            index: FloatArray = np.cumprod(1 + np.nan_to_num(benchmark.returns[first : last + 1])).astype(np.float64)
            out[(spans == (first, last)).all(axis=1)] = underwater(index).min()
    return out
