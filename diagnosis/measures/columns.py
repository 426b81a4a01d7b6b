"""Measures in columns: for each id the values of A accounts, and for each account that has none, the reason.

A book of a hundred thousand accounts stays in arrays; `cells` makes the `Metric` objects of one account.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from diagnosis.conventions import conventions
from diagnosis.measures import kernels as k
from diagnosis.measures import ratios as q
from diagnosis.parameters import Parameters
from diagnosis.reasons import Reason, sentence
from diagnosis.timing import GAMMA, fits
from diagnosis.types import Metric
from market.types import BoolArray, FloatArray, IntArray

Gate = tuple[BoolArray, Reason]
"""Accounts that are refused the measure, and why."""


@dataclass
class Columns:
    """Values (A,) and reasons (A,) by id; a value is NaN exactly where its reason is not GIVEN."""

    parameters: Parameters
    n: IntArray  # (A,) periods with a return
    joint_n: IntArray  # (A,) of these, those with a benchmark return
    values: dict[str, FloatArray] = field(default_factory=dict)
    reasons: dict[str, IntArray] = field(default_factory=dict)

    def put(self, metric_id: str, values: FloatArray, otherwise: Reason, gates: list[Gate]) -> None:
        """Keep `values`, refused by the first gate that applies; what is still no number gets `otherwise`."""
        reason = np.where(np.isfinite(values), int(Reason.GIVEN), int(otherwise))
        for refused, why in reversed(gates):
            reason = np.where(refused, int(why), reason)
        self.values[metric_id] = np.where(reason == Reason.GIVEN, values, np.nan)
        self.reasons[metric_id] = reason.astype(np.int64)

    def refuse(self, metric_ids: tuple[str, ...], reason: Reason) -> None:
        """Withhold measures from every account."""
        for metric_id in metric_ids:
            self.put(metric_id, np.full(len(self.n), np.nan), reason, [])

    def cells(self, a: int, note: str = "") -> dict[str, Metric]:
        """The measures of account `a`; `note` is added to the convention of those that rest on flows."""
        return {metric_id: self._cell(metric_id, a, note) for metric_id in conventions() if metric_id in
        self.values}

    def _cell(self, metric_id: str, a: int, note: str) -> Metric:
        row = conventions()[metric_id]
        reason = self.reasons[metric_id].item(a)
        if reason:
            return Metric(None, row.unit, row.convention, self._sentence(metric_id, Reason(reason), a))
        told = row.convention + note if note and metric_id in RESTS_ON_FLOWS else row.convention
        return Metric(self.values[metric_id].item(a), row.unit, told)

    def _sentence(self, metric_id: str, reason: Reason, a: int) -> str:
        p = self.parameters
        timing = metric_id in ("tm_gamma", "hm_gamma")
        relative = reason in (Reason.SHORT_JOINT, Reason.PARTIAL_BENCHMARK)
        return sentence(
            reason,
            n=int((self.joint_n if relative else self.n)[a]),
            needed=p.min_points_timing if timing else p.min_points,
            side=p.min_side_points,
            days=p.min_days_xirr,
        )


RESTS_ON_FLOWS = ("twr", "annualised_return", "xirr", "profit", "excess_return")
PER_PERIOD = ("volatility", "downside_deviation", "max_drawdown", "sortino", "omega", "var_95", "cvar_95")
PER_YEAR = ("sharpe", "calmar")
RELATIVE = (
    "excess_return", "beta", "alpha", "correlation", "tracking_error", "information_ratio", "treynor",
    "up_capture", "down_capture", "tm_gamma", "hm_gamma",
)  # fmt: skip


@dataclass(frozen=True)
class Book:
    """What the return measures read. `years` (A,) is how long each account's returns last."""

    returns: FloatArray  # (A, T)
    benchmark: FloatArray | None  # (T,)
    risk_free: FloatArray  # (A,) per year
    years: FloatArray  # (A,)
    marks: bool  # returns between trades, not a series of equal periods


def return_columns(book: Book, parameters: Parameters) -> Columns:
    """Every measure that returns and a benchmark give, for all accounts at once."""
    sums = k.moments(book.returns, parameters.acceptable)
    n = sums[:, k.N].astype(np.int64)
    columns = Columns(parameters, n, np.zeros_like(n))
    annual = q.annualised(sums[:, k.GROWTH], book.years)
    empty: list[Gate] = [(n < 1, Reason.NOTHING), (sums[:, k.GROWTH] < 0, Reason.BELOW_ZERO)]
    under_year: Gate = (book.years < parameters.min_years, Reason.UNDER_YEAR)
    columns.put("twr", q.twr(sums), Reason.NOTHING, empty)
    columns.put("annualised_return", annual, Reason.NOTHING, [*empty, under_year])
    if book.marks:
        columns.refuse((*PER_PERIOD, *PER_YEAR, *RELATIVE), Reason.MARKS)
        return columns
    short: Gate = (n < parameters.min_points, Reason.SHORT)
    gates = [empty[0], short, empty[1]]
    _put_absolute(columns, book, sums, annual, gates, under_year)
    if book.benchmark is None:
        columns.refuse(RELATIVE, Reason.NO_BENCHMARK)
        return columns
    return _put_relative(columns, book, sums, annual, [*empty, under_year])


def _put_absolute(
    columns: Columns, book: Book, sums: FloatArray, annual: FloatArray, gates: list[Gate], under_year: Gate
) -> None:
    p = columns.parameters
    deviation = q.volatility(sums, p.periods_per_year)
    tail = k.tails(book.returns, p.tail)
    unrated: Gate = (np.isnan(book.risk_free), Reason.NO_RISK_FREE)
    columns.put("volatility", deviation, Reason.SHORT, gates)
    columns.put("downside_deviation", q.downside_deviation(sums), Reason.SHORT, gates)
    columns.put("max_drawdown", q.max_drawdown(sums), Reason.SHORT, gates)
    columns.put("sortino", q.sortino(sums, p.acceptable), Reason.NO_SHORTFALL, gates)
    columns.put("omega", q.omega(sums), Reason.NO_SHORTFALL, gates)
    columns.put("var_95", tail[:, 0], Reason.SHORT, gates)
    columns.put("cvar_95", tail[:, 1], Reason.SHORT, gates)
    yearly = [*gates, under_year]
    columns.put("sharpe", q.sharpe(annual, book.risk_free, deviation), Reason.NO_SPREAD, [*yearly, unrated])
    columns.put("calmar", q.calmar(annual, sums), Reason.NO_DRAWDOWN, yearly)


def _put_relative(
    columns: Columns, book: Book, sums: FloatArray, annual: FloatArray, gates: list[Gate]
) -> Columns:
    assert book.benchmark is not None
    p = columns.parameters
    pair = k.joint(book.returns, book.benchmark)
    joint_n = pair[:, k.JOINT_N].astype(np.int64)
    columns = replace(columns, joint_n=joint_n)
    apart: list[Gate] = [gates[0], (joint_n < 1, Reason.NO_OVERLAP)]
    partial: Gate = (joint_n < columns.n, Reason.PARTIAL_BENCHMARK)
    common: list[Gate] = [*apart, (joint_n < p.min_points, Reason.SHORT_JOINT), gates[1]]
    yearly: list[Gate] = [*common, partial, gates[2]]
    rated: list[Gate] = [*yearly, (np.isnan(book.risk_free), Reason.NO_RISK_FREE)]
    slope, error = q.beta(pair), q.tracking_error(pair, p.periods_per_year)
    bench_growth = pair[:, k.BENCH_GROWTH]
    bench_annual = q.annualised(bench_growth, book.years)
    alpha = q.alpha(annual, bench_annual, book.risk_free, slope)
    flat: Gate = (np.isnan(slope), Reason.FLAT_BENCHMARK)
    excess = q.twr(sums) - (bench_growth - 1)
    columns.put("excess_return", excess, Reason.NOTHING, [*apart, gates[1], partial])
    columns.put("beta", slope, Reason.FLAT_BENCHMARK, common)
    columns.put("alpha", alpha, Reason.FLAT_BENCHMARK, rated)
    columns.put("correlation", q.correlation(pair), Reason.NO_SPREAD, [*common, flat])
    columns.put("tracking_error", error, Reason.SHORT_JOINT, common)
    ratio = q.information_ratio(annual, bench_annual, error)
    columns.put("information_ratio", ratio, Reason.SAME_AS_BENCHMARK, yearly)
    treynor = q.treynor(annual, book.risk_free, slope)
    columns.put("treynor", treynor, Reason.BETA_NOT_POSITIVE, [*rated, flat])
    _put_captures(columns, pair, common)
    _put_timing(columns, book, common)
    return columns


def _put_captures(columns: Columns, pair: FloatArray, gates: list[Gate]) -> None:
    least = columns.parameters.min_side_points
    up = q.capture(pair[:, k.UP_GROWTH], pair[:, k.UP_BENCH])
    down = q.capture(pair[:, k.DOWN_GROWTH], pair[:, k.DOWN_BENCH])
    few_up: Gate = (pair[:, k.UP_N] < least, Reason.FEW_UP)
    few_down: Gate = (pair[:, k.DOWN_N] < least, Reason.FEW_DOWN)
    columns.put("up_capture", up, Reason.FLAT_BENCHMARK, [*gates, few_up])
    columns.put("down_capture", down, Reason.FLAT_BENCHMARK, [*gates, few_down])


def _put_timing(columns: Columns, book: Book, gates: list[Gate]) -> None:
    assert book.benchmark is not None
    p = columns.parameters
    table = fits(book.returns, book.benchmark, p.per_period(book.risk_free))
    short: Gate = (columns.joint_n < p.min_points_timing, Reason.SHORT_JOINT)
    unrated: Gate = (np.isnan(book.risk_free), Reason.NO_RISK_FREE)
    for place, metric_id in enumerate(("tm_gamma", "hm_gamma")):
        gamma = table[:, place, GAMMA]
        columns.put(metric_id, gamma, Reason.NOT_SEPARABLE, [*gates[:2], short, gates[-1], unrated])
