"""客户的每日轨迹: assets, money in and out, the largest holding and equity by trading day, array-first. Pure.

Values are known only where the client's whole money is (see `diagnosis.client_days`) and a price is not older than the
longest holidays; everything else is NaN, and what is NaN makes no event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from diagnosis.client_days import STALE, ClientDays
from diagnosis.types import History
from market.types import BoolArray, FloatArray, Instrument, InstrumentKind, IntArray
from mot.events.columns import NO_DAY

LEAST_AT_STAKE: Final = 1.0
_EQUITY: Final = InstrumentKind.STOCK


@dataclass(frozen=True)
class Paths:
    """N clients over T trading days, yuan; NaN not known."""

    days: IntArray  # (T,) ordinals
    assets: FloatArray  # (N, T)
    cash: FloatArray
    inflow: FloatArray  # external, net of moves between accounts of one client
    outflow: FloatArray
    equity: FloatArray  # value of shares
    top_value: FloatArray  # of the largest holding
    top: IntArray  # (N, T) its instrument id, -1 none
    industry: FloatArray  # (N, G, D) value by industry on `industry_at`: whole, it would outweigh all the rest
    industry_at: IntArray  # (D,) places in `days`

    @property
    def returns(self) -> FloatArray:
        """(N, T) of the day: money in at its start, out at its end; NaN where nothing was at stake."""
        before = np.full_like(self.assets, np.nan)
        before[:, 1:] = self.assets[:, :-1]
        stake = before + np.nan_to_num(self.inflow)
        result = self.assets + np.nan_to_num(self.outflow)
        out = np.full_like(self.assets, np.nan)
        return np.asarray(np.divide(result, stake, out=out, where=stake > LEAST_AT_STAKE)) - 1


@dataclass(frozen=True)
class Holdings:
    """Times of holding, one entry a client, instrument and run of days. Days are ordinals."""

    client: IntArray
    instrument: IntArray  # id
    since: IntArray  # first day held inside what was read
    gone_on: IntArray  # first day not held any more, NO_DAY still held


def no_paths(n: int, days: IntArray, industries: int = 0, industry_at: IntArray | None = None) -> Paths:
    """Clients of whose days nothing is known."""
    nothing = np.full((n, len(days)), np.nan)
    at = np.empty(0, dtype=np.int64) if industry_at is None else industry_at
    return Paths(
        days, nothing, nothing.copy(), nothing.copy(), nothing.copy(), nothing.copy(), nothing.copy(),
        np.full((n, len(days)), -1, dtype=np.int64), np.full((n, industries, len(at)), np.nan),
        at,
    )  # fmt: skip


def put(
    paths: Paths, rows: IntArray, own: ClientDays, history: History, owner: IntArray, industries: dict[str, int]
) -> None:
    """Write a batch of clients into the columns.

    rows: (n,) their rows; own: their days; owner: (A,) the place in `rows` of each account of the history.
    """
    if not len(own.points):
        return
    at, fresh = _last_point(own.points, paths.days)
    chosen = np.flatnonzero(own.known)
    if not len(chosen) or not fresh.any():
        return
    exact = fresh & (own.points[np.maximum(at, 0)] == paths.days)
    for name, flow in (("assets", False), ("cash", False), ("inflow", True), ("outflow", True)):
        column = getattr(own, name)[chosen][:, np.maximum(at, 0)]
        value = np.where(exact, column, 0.0) if flow else column
        getattr(paths, name)[rows[chosen]] = np.where(fresh, value, np.nan)
    since = len(history.grid.points) - len(own.points)
    held = (history.quantity * np.nan_to_num(history.price))[:, since:][:, np.maximum(at, 0)]
    slots = np.repeat(owner, np.diff(history.slot_offsets))
    kinds = [history.grid.securities[int(one)] for one in history.slot_security]
    _shares_and_top(paths, rows, chosen, held, slots, history, fresh)
    _by_industry(paths, rows, chosen, held, slots, kinds, industries, fresh)


def _last_point(points: IntArray, days: IntArray) -> tuple[IntArray, BoolArray]:
    """For each day the last point up to it, and whether that is recent enough to speak of the day."""
    at = np.searchsorted(points, days, side="right") - 1
    return at, np.asarray((at >= 0) & (days - points[np.maximum(at, 0)] < STALE))


def _shares_and_top(
    paths: Paths, rows: IntArray, chosen: IntArray, held: FloatArray, slots: IntArray, history: History,
    fresh: BoolArray,
) -> None:  # fmt: skip
    securities = history.grid.securities
    shares = np.array([securities[int(one)].kind is _EQUITY for one in history.slot_security], dtype=bool)
    n = len(rows)
    equity = np.zeros((n, held.shape[1]))
    np.add.at(equity, slots[shares], held[shares])
    key, inverse = np.unique(slots * (len(securities) + 1) + history.slot_security, return_inverse=True)
    by_security = np.zeros((len(key), held.shape[1]))
    np.add.at(by_security, inverse, held)
    client, security = key // (len(securities) + 1), key % (len(securities) + 1)
    for one in chosen.tolist():
        mine = np.flatnonzero(client == one)
        row = int(rows[one])
        paths.equity[row] = np.where(fresh, equity[one], np.nan)
        if not len(mine):
            paths.top_value[row] = np.where(fresh, 0.0, np.nan)
            continue
        best = np.argmax(by_security[mine], axis=0)
        value = by_security[mine][best, np.arange(held.shape[1])]
        paths.top_value[row] = np.where(fresh, value, np.nan)
        paths.top[row] = np.where(fresh & (value > 0), security[mine][best], -1)


def _by_industry(
    paths: Paths, rows: IntArray, chosen: IntArray, held: FloatArray, slots: IntArray, kinds: list[Instrument],
    industries: dict[str, int], fresh: BoolArray,
) -> None:  # fmt: skip
    at = paths.industry_at
    if not industries or not len(at):
        return
    held, fresh = held[:, at], fresh[at]
    code = np.array([industries.get(one.industry or "", -1) for one in kinds], dtype=np.int64)
    value = np.zeros((len(rows), len(industries), held.shape[1]))
    known = code >= 0
    np.add.at(value, (slots[known], code[known]), held[known])
    for one in chosen.tolist():
        paths.industry[int(rows[one])] = np.where(fresh[None, :], value[one], np.nan)


def holdings_of(history: History, owner: IntArray, securities: tuple[int, ...]) -> Holdings:
    """Runs of days on which each account held something. owner: (A,) row of each account's client.

    securities: the ids behind the history's. Only grids by day.
    """
    empty = np.empty(0, dtype=np.int64)
    if history.grid.granularity != "DAY" or not history.grid.points.size:
        return Holdings(empty, empty, empty, empty)
    points = history.grid.points
    on = history.quantity > 0
    starts = on.copy()
    starts[:, 1:] &= ~on[:, :-1]
    ends = ~on
    ends[:, 1:] &= on[:, :-1]
    ends[:, 0] = False
    slot, first = np.nonzero(starts)
    end_slot, end = np.nonzero(ends)
    gone = np.full(len(slot), NO_DAY, dtype=np.int64)
    # runs and ends alternate within a slot: the k-th end of a slot closes its k-th run
    order_of = {(int(s), k): int(points[e]) for s, k, e in _numbered(end_slot, end)}
    for place, (s, k, _) in enumerate(_numbered(slot, first)):
        gone[place] = order_of.get((int(s), k), NO_DAY)
    who = np.repeat(owner, np.diff(history.slot_offsets))[slot]
    what = np.array(securities, dtype=np.int64)[history.slot_security[slot]]
    return Holdings(who, what, points[first], gone)


def _numbered(slot: IntArray, at: IntArray) -> list[tuple[int, int, int]]:
    """Each entry with how many of its slot came before it."""
    found: list[tuple[int, int, int]] = []
    seen: dict[int, int] = {}
    for one, where in zip(slot.tolist(), at.tolist(), strict=True):
        k = seen.get(one, 0)
        seen[one] = k + 1
        found.append((one, k, where))
    return found



