"""兑现: which promises fell due in a period, and which of them were kept in time. Pure, on arrays.

A promise that is kept is due again a rhythm after the last contact that kept it; one that is missed, a rhythm after the
day on which it was due.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clients.service.standing import UNKNOWN
from market.types import BoolArray, IntArray


@dataclass(frozen=True, eq=False)
class Due:
    """One entry a promise that fell due: place of the client, of the kind, the day, and whether it was kept."""

    client: IntArray
    kind: IntArray
    day: IntArray
    kept: BoolArray


def due_within(due: IntArray, every: IntArray, kept: list[tuple[IntArray, IntArray]], first: int, last: int) -> Due:
    """due: (n, kinds) ordinals as of the first day, UNKNOWN where there is no such promise. every: (n, kinds) days.

    kept: of each kind, client places and days of the contacts that keep it, up to the last day. A promise that was
    overdue on the first day falls due on it.
    """
    parts: list[tuple[IntArray, IntArray, IntArray, BoolArray]] = []
    for kind in range(due.shape[1]):
        client, when = kept[kind]
        widest = max(int(last) + 1, int(when.max(initial=0)) + 1)
        keys = np.sort(client * widest + when)
        who = np.flatnonzero((due[:, kind] != UNKNOWN) & (every[:, kind] > 0))
        now = np.maximum(due[who, kind], first)
        while len(who):
            within = now <= last
            who, now = who[within], now[within]
            if not len(who):
                break
            at = np.searchsorted(keys, who * widest + now, side="right") - 1
            there = (at >= 0) & (keys[np.maximum(at, 0)] // widest == who) if len(keys) else np.zeros(len(who), bool)
            contact = np.where(there, keys[np.maximum(at, 0)] % widest if len(keys) else 0, 0)
            rhythm = every[who, kind]
            good = there & (contact > now - rhythm)
            parts.append((who, np.full(len(who), kind, dtype=np.int64), now, good))
            now = np.where(good, np.maximum(contact + rhythm, now + 1), now + rhythm)
    columns = [np.concatenate([np.empty(0, dtype=np.int64), *(part[at] for part in parts)]) for at in range(3)]
    flags = np.concatenate([np.empty(0, dtype=np.bool_), *(part[3] for part in parts)])
    return Due(columns[0], columns[1], columns[2], flags)
