"""A client's category on a day: array-first, so that one client (a batch of one) and the book have one definition.

The newest granted decision in effect governs. Where it has ended or was revoked, the client is ordinary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kit.columns import UNKNOWN
from market.types import BoolArray, IntArray
from suitability.levels import InvestorCategory

CATEGORIES: Final = tuple(InvestorCategory)
"""The code of a category in a column is its place here; ORDINARY is 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Granted decisions of many clients in any order, shape (n,); days are ordinals, UNKNOWN where there is none."""

    client_id: IntArray
    id: IntArray
    category: IntArray
    effective_from: IntArray
    valid_through: IntArray
    revoked_from: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryColumns:
    """One entry a client with any decision in effect, ascending by client_id. Who has no entry is ordinary."""

    client_id: IntArray
    category: IntArray
    valid_through: IntArray  # UNKNOWN: without end, or ordinary
    decision: IntArray  # the governing decision, whether it still holds or not
    ended: BoolArray
    revoked: BoolArray


def category_standing(rows: Granted, day: int) -> CategoryColumns:
    begun = rows.effective_from <= day
    order = np.lexsort((rows.id, rows.effective_from, rows.client_id))
    order = order[begun[order]]
    client = rows.client_id[order]
    last = order[np.append(client[1:] != client[:-1], True)] if len(client) else order
    through, revoked_from = rows.valid_through[last], rows.revoked_from[last]
    ended = (through != UNKNOWN) & (through < day)
    revoked = (revoked_from != UNKNOWN) & (revoked_from <= day)
    holds = ~ended & ~revoked
    return CategoryColumns(
        client_id=rows.client_id[last], category=np.where(holds, rows.category[last], 0),
        valid_through=np.where(holds, through, UNKNOWN), decision=rows.id[last], ended=ended, revoked=revoked,
    )  # fmt: skip
