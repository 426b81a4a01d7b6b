"""The measures of accounts: of their returns, their money and flows, their positions and industries."""

from __future__ import annotations

import numpy as np

from diagnosis.attribution import Effects, effects_of
from diagnosis.measures.columns import Book, Columns, Gate, return_columns
from diagnosis.parameters import Parameters, parameters_for, point_days, risk_free_of
from diagnosis.reasons import Reason
from diagnosis.types import History, IssueKind, Metric
from diagnosis.xirr import xirr
from market.types import BenchmarkSeries, BoolArray, FloatArray, IntArray

OPEN_CASH = frozenset({IssueKind.CASH_NOT_CLOSED, IssueKind.UNEXPLAINED_FLOW})
TRADES_ARE_FLOWS = "；没有资金流水，每笔成交视为资金进出，为所持证券的收益"
BLOCK = 4096
"""Accounts at a time, so that what is made on the way stays small."""


def metrics_of(
    history: History,
    benchmark: BenchmarkSeries | None = None,
    parameters: Parameters | None = None,
    effects: Effects | None = None,
) -> list[dict[str, Metric]]:
    """All measures of returns, flows and attribution, one dict by id for each account.

    `effects` may be given where the attribution was computed already. Nothing is NaN: a measure that cannot
    be given carries the reason.
    """
    columns = account_columns(history, benchmark, parameters, effects)
    return [
        columns.cells(a, "" if history.has_cash[a] else TRADES_ARE_FLOWS)
        for a in range(len(history.accounts))
    ]


def account_columns(
    history: History,
    benchmark: BenchmarkSeries | None = None,
    parameters: Parameters | None = None,
    effects: Effects | None = None,
) -> Columns:
    """The same in arrays, for a whole book."""
    chosen = parameters or parameters_for(history)
    marks = history.grid.granularity != "DAY"
    columns = return_columns(
        Book(
            returns=history.returns,
            benchmark=None if benchmark is None else benchmark.returns,
            risk_free=risk_free_of(history),
            years=_years(history, chosen, marks),
            marks=marks,
        ),
        chosen,
    )
    empty = (history.last < history.first) | (history.first < 0)
    columns.put("profit", profits(history), Reason.NO_ASSETS, [(empty, Reason.NO_ASSETS)])
    _put_xirr(columns, history, empty)
    positions = position_means(history)
    columns.put("position_mean", positions, Reason.NO_ASSETS, [(~history.has_cash, Reason.NO_CASH)])
    _put_brinson(columns, effects or effects_of(history, benchmark))
    return columns


def _years(history: History, parameters: Parameters, marks: bool) -> FloatArray:
    """Periods over periods per year; between marks, calendar days over 365."""
    if marks:
        days = _spans(history)
        return days / 365.0
    counted: FloatArray = np.count_nonzero(~np.isnan(history.returns), axis=1) / parameters.periods_per_year
    return counted


def _spans(history: History) -> IntArray:
    """Calendar days from each account's first point to its last, shape (A,)."""
    days = point_days(history)
    if not days.size:
        return np.zeros(len(history.accounts), dtype=np.int64)
    spans: IntArray = days[np.maximum(history.last, 0)] - days[np.maximum(history.first, 0)]
    return np.maximum(spans, 0)


def profits(history: History) -> FloatArray:
    """盈亏金额: closing value and all that was taken out, less all that was put in, shape (A,)."""
    accounts = np.arange(len(history.accounts))
    if not history.value.shape[1]:
        return np.full(len(accounts), np.nan)
    closing = history.value[accounts, np.maximum(history.last, 0)]
    gained: FloatArray = closing + np.nansum(history.outflow, axis=1) - np.nansum(history.inflow, axis=1)
    return gained


def position_means(history: History) -> FloatArray:
    """平均仓位: mean share of securities in the value, days without assets left out, shape (A,)."""
    out = np.full(len(history.accounts), np.nan)
    for start in range(0, len(out), BLOCK):
        part = slice(start, start + BLOCK)
        value, cash = history.value[part], history.cash[part]
        held = value > 0
        share = np.divide(value - cash, value, out=np.zeros_like(value), where=held)
        days = held.sum(axis=1)
        np.divide(share.sum(axis=1), days, out=out[part], where=days > 0)
    return out


def flows_of(history: History, a: int) -> tuple[IntArray, FloatArray]:
    """Days and amounts as the client sees them: money in below 0, money out and the closing value above 0."""
    days = point_days(history)
    net = history.outflow[a] - history.inflow[a]
    at = np.flatnonzero(net)
    last = int(history.last[a])
    end = slice(last, last + 1)
    return np.concatenate((days[at], days[end])), np.concatenate((net[at], history.value[a, end]))


def _put_xirr(columns: Columns, history: History, empty: BoolArray) -> None:
    unclosed = history.has_cash & np.array(
        [any(issue.kind in OPEN_CASH for issue in issues) for issues in history.issues], dtype=np.bool_
    )
    short = _spans(history) < columns.parameters.min_days_xirr
    refused = empty | unclosed | short
    rates = np.full(len(refused), np.nan)
    for a in np.flatnonzero(~refused):
        found = xirr(*flows_of(history, int(a)))
        rates[a] = np.nan if found is None else found
    columns.put("xirr", rates, Reason.NO_ROOT, [
        (empty, Reason.NO_ASSETS), (unclosed, Reason.CASH_NOT_CLOSED), (short, Reason.SHORT_XIRR),
    ])  # fmt: skip


def _put_brinson(columns: Columns, effects: Effects) -> None:
    columns.joint_n = np.maximum(columns.joint_n, effects.n)
    gates: list[Gate] = [(effects.reason == reason, reason) for reason in Reason if reason]
    for place, name in enumerate(("brinson_allocation", "brinson_selection", "brinson_interaction")):
        columns.put(name, effects.total[:, place], Reason.NOT_LINKABLE, gates)
