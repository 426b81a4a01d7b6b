"""谁在服务: to whose book something counts that happened with a client on a day. Pure, on arrays."""

from __future__ import annotations

import numpy as np

from advisors.facts import Stints
from market.types import IntArray


def serving(stints: Stints, client: IntArray, day: IntArray) -> tuple[IntArray, IntArray]:
    """(row, person) for each of the n occurrences (client, day) and each stint that covers it, by row and stint.

    An occurrence that nobody's stint covers counts for nobody; one with a manager and an adviser counts for both, who
    are graded apart.
    """
    order = np.argsort(stints.client, kind="stable")
    owner = stints.client[order]
    begin, end = np.searchsorted(owner, client, side="left"), np.searchsorted(owner, client, side="right")
    many = end - begin
    row = np.repeat(np.arange(len(client)), many)
    at = order[np.repeat(begin, many) + np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)]
    good = (stints.first[at] <= day[row]) & (day[row] <= stints.last[at])
    return row[good], stints.staff[at[good]]
