"""What happened to each client inside the client's own window, array-first. Pure.

n clients, each with the day on which the group was decided and the last day of the window; days are ordinals. An event
counts when it is after the first and up to the last: what happened on the day itself may have been the occasion.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from market.types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Windows:
    """client_nos: (n,) each once; start, end: (n,)."""

    client_nos: tuple[str, ...]
    start: IntArray
    end: IntArray

    def __len__(self) -> int:
        return len(self.client_nos)

    @property
    def row_of(self) -> dict[str, int]:
        return {one: row for row, one in enumerate(self.client_nos)}

    def hit(self, happened: Iterable[tuple[str, int]]) -> BoolArray:
        """(n,) whether anything happened inside the window. happened: client and day; other clients are passed over."""
        found, row_of = np.zeros(len(self), dtype=bool), self.row_of
        for client, day in happened:
            row = row_of.get(client)
            if row is not None and self.start[row] < day <= self.end[row]:
                found[row] = True
        return found

    def before(self) -> Windows:
        """The windows of the same length that end on the day of the decision."""
        return Windows(self.client_nos, 2 * self.start - self.end, self.start)


def summed(days: IntArray, values: FloatArray, windows: Windows) -> FloatArray:
    """(n,) the sum inside the window; NaN where a day of it is not known or lies outside what was read.

    days: (T,) ascending. values: (n, T), NaN not known.
    """
    total = np.concatenate([np.zeros((len(values), 1)), np.nan_to_num(values).cumsum(axis=1)], axis=1)
    gaps = np.concatenate([np.zeros((len(values), 1)), np.isnan(values).cumsum(axis=1)], axis=1)
    rows = np.arange(len(windows))
    low, high = np.searchsorted(days, windows.start, "right"), np.searchsorted(days, windows.end, "right")
    whole = (gaps[rows, high] == gaps[rows, low]) & _read(days, windows)
    return np.where(whole, total[rows, high] - total[rows, low], np.nan)


def at(days: IntArray, values: FloatArray, on: IntArray) -> FloatArray:
    """(n,) the value on the last of `days` up to each client's day; NaN where none was read."""
    place = np.searchsorted(days, on, "right") - 1
    return np.where(place >= 0, values[np.arange(len(values)), np.maximum(place, 0)], np.nan)


def _read(days: IntArray, windows: Windows) -> BoolArray:
    if not len(days):
        return np.zeros(len(windows), dtype=bool)
    return np.asarray((windows.start >= days[0] - 1) & (windows.end > windows.start))


def kept(first: FloatArray, last: FloatArray, share: float) -> FloatArray:
    """1 where the last value is at least this share of the first, 0 below, NaN where either is not known or the first
    is not above 0."""
    known = np.isfinite(first) & np.isfinite(last) & (np.nan_to_num(first) > 0)
    return np.where(known, (np.nan_to_num(last) >= share * np.nan_to_num(first)).astype(np.float64), np.nan)


def healed(windows: Windows, spells: Iterable[tuple[str, int, int | None]]) -> FloatArray:
    """1 where whatever stood at the start is settled by the end and nothing stands then, 0 where something does, NaN
    for whoever had nothing to heal. spells: client, first day, day of settlement."""
    by_client: dict[str, list[tuple[int, int | None]]] = {}
    for client, opened, settled in spells:
        by_client.setdefault(client, []).append((opened, settled))
    found = np.full(len(windows), np.nan)
    for row, client in enumerate(windows.client_nos):
        start, end = int(windows.start[row]), int(windows.end[row])
        had = by_client.get(client, [])
        if any(_stands(one, start) for one in had):
            found[row] = float(not any(_stands(one, end) for one in had))
    return found


def _stands(spell: tuple[int, int | None], day: int) -> bool:
    opened, settled = spell
    return opened <= day and (settled is None or settled > day)


def as_share(hit: BoolArray) -> FloatArray:
    return hit.astype(np.float64)
