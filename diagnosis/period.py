"""From and to: cut a ledger at a day, and let a history begin on a day with what was held as its opening."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any, TypeVar

import numpy as np

from clients.types import UNKNOWN, Cashflows, Ledger, Snapshots, Trades
from diagnosis.movements import Timeline, account_of_rows
from diagnosis.types import History, Lots
from market.types import BoolArray, Grid, IntArray

Rows = TypeVar("Rows", Trades, Cashflows, Snapshots)

_SLOT_COLUMNS = (
    "quantity", "price", "stale", "average_cost", "bought", "sold", "fees", "income", "moved_in", "moved_out",
)
_ACCOUNT_COLUMNS = ("cash", "other_income", "inflow", "outflow", "value", "returns")
_FLOWS = ("bought", "sold", "fees", "income", "moved_out", "other_income", "outflow")


def cut_grid(grid: Grid, start: int, stop: int) -> Grid:
    """The points start..stop-1 of a grid."""
    def part(column: Any) -> Any:
        return None if column is None else column[start:stop]

    return replace(grid, **{
        name: part(getattr(grid, name))
        for name in ("points", "close", "high", "low", "volume", "dividend", "ratio")
    })


def ledger_until(ledger: Ledger, timeline: Timeline, last: date | None) -> tuple[Ledger, IntArray]:
    """The ledger up to `last` and up to the last price; and how many rows up to `last` no price reaches,
    (A,).
    """
    until = 10**7 if last is None else last.toordinal()
    end = len(timeline.points)
    trades, cash, shots = ledger.trades, ledger.cashflows, ledger.snapshots
    reached = (timeline.of_trades(trades.day, trades.at) < end) & bool(end)
    served = (timeline.of_days(cash.day) < end) & bool(end)
    beyond = np.zeros(len(ledger.accounts), dtype=np.int64)
    np.add.at(beyond, account_of_rows(trades.offsets)[~reached & (trades.day <= until)], 1)
    np.add.at(beyond, account_of_rows(cash.offsets)[~served & (cash.day <= until)], 1)
    seen = shots.day <= min(until, int(timeline.days[-1]) if end else -1)
    keep_trades, keep_cash = reached & (trades.day <= until), served & (cash.day <= until)
    if keep_trades.all() and keep_cash.all() and seen.all():
        return ledger, beyond
    return replace(
        ledger, trades=rows_of(trades, keep_trades), cashflows=rows_of(cash, keep_cash),
        snapshots=rows_of(shots, seen),
    ), beyond


def rows_of(rows: Rows, keep: BoolArray) -> Rows:
    """The rows where `keep`, with offsets that fit."""
    kept = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(keep, dtype=np.int64)))
    columns = {f.name: getattr(rows, f.name)[keep] for f in fields(rows) if f.name != "offsets"}
    return replace(rows, offsets=kept[rows.offsets], **columns)


def owned(ledger: Ledger) -> Ledger:
    """The ledger with columns that a compiled loop takes as they are (contiguous, writeable, int64 or
    bool).
    """

    def rows(part: Rows) -> Rows:
        return replace(part, **{
            f.name: np.require(
                getattr(part, f.name), np.bool_ if f.name == "inferred" else np.int64, ["C", "W", "A"]
            )
            for f in fields(part)
        })

    return replace(
        ledger, trades=rows(ledger.trades), cashflows=rows(ledger.cashflows), snapshots=rows(ledger.snapshots)
    )


def active_span(active: BoolArray) -> tuple[IntArray, IntArray]:
    """First and last True of each row (A, T); 0 and -1 for a row without any."""
    if not active.size:
        return np.zeros(len(active), dtype=np.int64), np.full(len(active), -1, dtype=np.int64)
    some = active.any(axis=1)
    last = active.shape[1] - 1 - np.argmax(active[:, ::-1], axis=1)
    return np.where(some, np.argmax(active, axis=1), 0), np.where(some, last, -1)


def from_day(history: History, first: date) -> History:
    """The history from the last point before `first` on; holdings and cash enter there at market value."""
    place = int(np.searchsorted(Timeline.of(history.grid).days, first.toordinal(), side="left"))
    start = max(place - 1, 0)
    if start == 0:
        return history
    columns = _SLOT_COLUMNS + _ACCOUNT_COLUMNS
    cut: dict[str, Any] = {name: getattr(history, name)[:, start:].copy() for name in columns}
    for name in _FLOWS:
        cut[name][:, :1] = 0.0
    price = np.nan_to_num(cut["price"][:, :1])
    cut["moved_in"][:, :1] = cut["quantity"][:, :1] * price
    opening = cut["value"][:, :1]
    cut["inflow"][:, :1] = np.maximum(opening, 0.0)
    cut["outflow"][:, :1] = np.maximum(-opening, 0.0)
    begin, end = active_span((cut["value"] != 0) | (cut["inflow"] != 0) | (cut["outflow"] != 0))
    points = np.arange(cut["value"].shape[1])
    cut["returns"][(points < begin[:, None]) | (points > end[:, None])] = np.nan
    cut["returns"][:, 0] = np.nan
    first_day = int(Timeline.of(history.grid).days[start])
    return replace(
        history, grid=cut_grid(history.grid, start, len(history.grid.points)), first=begin, last=end,
        closed=_closed_after(history.closed, first_day), **cut,
    )


def _closed_after(closed: Lots, day: int) -> Lots:
    """Lots closed after the evening of `day`."""
    keep = (closed.close_day > day) & (closed.close_day != UNKNOWN)
    return Lots(**{f.name: getattr(closed, f.name)[keep] for f in fields(closed)})
