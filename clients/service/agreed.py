"""已接受的调整: a promise stands where it was agreed to be done, and no later plan moves it again. Pure.

A promise is known by its client, its kind and the day on which it is owed, which stays the same until it is kept; so
what was agreed lapses by itself once the promise is kept, or its rhythm gives it another day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from clients.service.plan import WEEK, Items, Measure
from clients.service.types import KINDS, PromiseKind

LONGEST_REASON: Final = 500
Key = tuple[str, PromiseKind, date]


@dataclass(frozen=True, slots=True)
class Agreed:
    """One accepted step. to_staff_no: empty where the person stays the same. to_on: first day of the agreed week."""

    number: int
    client_no: str
    kind: PromiseKind
    owed_on: date
    measure: Measure
    staff_no: str
    to_staff_no: str
    to_on: date
    reason: str
    accepted_by: str
    accepted_at: datetime

    @property
    def key(self) -> Key:
        return self.client_no, self.kind, self.owed_on

    @property
    def until(self) -> date:
        """The last day of the agreed week."""
        return self.to_on + timedelta(days=WEEK - 1)


@dataclass(frozen=True, slots=True)
class AgreedStep:
    """An accepted step in a plan. fault: why it does not hold there, empty where it does."""

    agreed: Agreed
    fault: str = ""


def settle(
    items: Items, agreed: Sequence[Agreed], client_no: Sequence[str], staff: Mapping[str, int], day: date, weeks: int
) -> tuple[Items, tuple[AgreedStep, ...]]:
    """The items with every accepted step done, and what became of each. What is agreed for after the weeks is left out.

    client_no: of the places in `items.client`. staff: places of people by number. Steps of promises that are not among
    the items (kept, or owed later) are not told.
    """
    if not agreed:
        return items, ()
    wanted = {one.key: one for one in agreed}
    clients = {one.client_no for one in agreed}
    some = np.array([number in clients for number in client_no], dtype=np.bool_)
    due, who, fixed = items.due.copy(), items.staff.copy(), items.fixed.copy()
    today, found = day.toordinal(), []
    for at in np.flatnonzero(some[items.client]).tolist():
        key = (client_no[int(items.client[at])], KINDS[int(items.kind[at])], date.fromordinal(int(items.owed[at])))
        one = wanted.get(key)
        if one is None:
            continue
        place = staff.get(one.to_staff_no) if one.to_staff_no else int(who[at])
        if place is None:
            found.append(AgreedStep(one, f"{one.to_staff_no} 已不在岗，须另行安排"))
            continue
        due[at], who[at], fixed[at] = max(one.until.toordinal(), today), place, True
        found.append(AgreedStep(one, f"约定的一周已过，{day} 仍未兑现" if one.until < day else ""))
    within = due < today + weeks * WEEK
    told = replace(items, due=due, staff=who, fixed=fixed)
    return told.at(np.flatnonzero(within)), tuple(sorted(found, key=lambda step: step.agreed.number))
