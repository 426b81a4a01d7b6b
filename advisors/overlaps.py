"""重叠的服务段: two people of one scale in charge of one client on one day. Whose client it was is then not known."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from advisors.facts import BookFacts, Stints
from advisors.types import Scale
from market.types import BoolArray, IntArray

_SCALES: Final = tuple(Scale)
_MOST_NAMED: Final = 5


def without_overlaps(facts: BookFacts) -> BookFacts:
    """The facts without the stints that overlap on one scale: they count for neither, and a note names the clients.

    Managers and advisers are graded apart, so a client may well have one of each.
    """
    if not len(facts.stints):
        return facts
    bad = overlapping(facts)
    if not bad.any():
        return facts
    names = sorted({facts.client_no[at] for at in facts.stints.client[bad].tolist()})
    told = "、".join(names[:_MOST_NAMED]) + (f" 等 {len(names)} 位" if len(names) > _MOST_NAMED else "")
    note = f"服务关系在同一天重叠，两段都不计入：客户 {told}"
    return replace(facts, stints=only(facts.stints, ~bad), notes=(*facts.notes, note))


def overlapping(facts: BookFacts) -> BoolArray:
    """Which stints share a day with another one of the same client on the same scale. Shape (n,)."""
    stints = facts.stints
    scale = np.array([_SCALES.index(one.scale) for one in facts.people], dtype=np.int64)[stints.staff]
    group = stints.client * len(_SCALES) + scale
    order = np.lexsort((stints.last, stints.first, group))
    bad = np.zeros(len(stints), dtype=np.bool_)
    bad[order] = _meets(group[order], stints.first[order], stints.last[order])
    return bad


def _meets(group: IntArray, first: IntArray, last: IntArray) -> BoolArray:
    """The same for stints by group and first day: one meets an earlier one, or a later one meets it."""
    base = group - group.min()
    widest = int(last.max() - first.min()) + 2
    offset = base * widest - int(first.min())
    reach = np.maximum.accumulate(last + offset)  # how far any earlier one of the group reaches
    earlier = np.zeros(len(group), dtype=np.bool_)
    earlier[1:] = first[1:] + offset[1:] <= reach[:-1]
    back = np.minimum.accumulate((first + offset)[::-1])[::-1]  # from where any later one of the group starts
    later = np.zeros(len(group), dtype=np.bool_)
    later[:-1] = (last + offset)[:-1] >= back[1:]
    return earlier | later


def only(stints: Stints, good: BoolArray) -> Stints:
    """Some of them, in their order."""
    return Stints(
        stints.staff[good], stints.client[good], stints.first[good], stints.last[good], stints.months[good],
        stints.active[good], stints.opening[good], stints.inflow[good], stints.held[good], stints.kept[good],
    )  # fmt: skip
