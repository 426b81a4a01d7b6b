"""负荷与调整: what promises put on each person week by week, and what is done where it does not fit. Pure.

Every promise first stands in the week in which it is due. Where a person's week holds more hours than there are, the
lightest promises (low level first) are taken out of it and
 1 spread: done in another week of the same person, later or earlier, within the days that the level allows;
 2 moved: done by a colleague of the branch with room, where the level allows that;
 3 kept less often: put off by another rhythm, where the level allows that; it needs the supervisor's word;
 4 or named as what cannot be kept with the staff there is.
What was agreed before stands where it was agreed and is not moved again.
The same input gives the same plan: ties go by client number and promise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import Final

import numpy as np

from clients.service.rules import PlanRule
from clients.service.types import KINDS, LEVELS, PromiseKind, ServiceLevel
from kit.labels import Labelled
from market.types import BoolArray, FloatArray, IntArray

WEEK: Final = 7
NOBODY: Final = -1
_ROOM: Final = 1e-9


class Measure(Labelled):
    """调整方式"""

    SPREAD = "SPREAD", "错峰"
    MOVE = "MOVE", "同事代办"
    DOWNGRADE = "DOWNGRADE", "降频"
    UNPLACED = "UNPLACED", "无人可办"


@dataclass(frozen=True, eq=False)
class Items:
    """m promises that fall due within the weeks, one entry each. client: a place in the book's clients.

    staff: a place in the book's people, NOBODY where no one serves the client. due: day ordinal, never before the day
    of the plan; late: it was overdue on that day. owed: the day of the promise itself. fixed: it stands where it was
    agreed, and is not moved.
    """

    client: IntArray
    kind: IntArray  # place in KINDS
    level: IntArray  # place in LEVELS
    staff: IntArray
    due: IntArray
    late: IntArray
    every: IntArray  # its rhythm in days
    hours: FloatArray
    owed: IntArray
    fixed: BoolArray

    def __len__(self) -> int:
        return len(self.client)

    def at(self, places: IntArray) -> Items:
        """These alone."""
        return Items(**{one.name: getattr(self, one.name)[places] for one in fields(self)})


@dataclass(frozen=True, slots=True)
class Step:
    """One promise that is not done as it stood. week and to_week: places; to_week None: after the weeks looked at.

    to_staff: who does it instead, None where the person stays the same or nobody does.
    """

    item: int
    measure: Measure
    staff: int
    week: int
    to_staff: int | None
    to_week: int | None
    reason: str


@dataclass(frozen=True, eq=False)
class Plan:
    """demand, load: hours (people, weeks) before and after. unplaced: hours by person that nobody can do."""

    first: date
    weeks: int
    capacity: FloatArray
    demand: FloatArray
    load: FloatArray
    unplaced: FloatArray
    nobody: float  # hours of promises to clients whom no one serves
    nobody_items: int
    steps: tuple[Step, ...] = field(default_factory=tuple)

    def week_of(self, place: int) -> date:
        """The first day of a week."""
        return self.first + timedelta(days=WEEK * place)


def items_of(
    day: date, rule: PlanRule, client: IntArray, kind: IntArray, level: IntArray, staff: IntArray, due: IntArray,
    every: IntArray, hours: FloatArray,
) -> Items:  # fmt: skip
    """What falls due within the weeks: each promise once, then again after every rhythm. Arrays of one entry a promise.

    What is overdue counts as due on the day, and its next one a rhythm after that.
    """
    today = day.toordinal()
    end = today + rule.weeks * WEEK
    begin = np.maximum(due, today)
    times = np.where(begin < end, (end - 1 - begin) // every + 1, 0)
    place = np.repeat(np.arange(len(due)), times)
    nth = np.arange(len(place)) - np.repeat(np.cumsum(times) - times, times)
    late = ((due < today)[place] & (nth == 0)).astype(np.int64)
    return Items(
        client[place], kind[place], level[place], staff[place], begin[place] + nth * every[place], late, every[place],
        hours[place], due[place] + nth * every[place], np.zeros(len(place), dtype=np.bool_),
    )  # fmt: skip


def plan(
    day: date, rule: PlanRule, items: Items, capacity: FloatArray, branch: IntArray, client_no: Sequence[str],
    names: Sequence[str],
) -> Plan:  # fmt: skip
    """capacity: hours (people, weeks). branch: (people,) one number for those of one branch. names: (people,)."""
    return _Planner(day, rule, items, capacity, branch, client_no, names).made()


class _Planner:
    """One plan in the making."""

    def __init__(
        self, day: date, rule: PlanRule, items: Items, capacity: FloatArray, branch: IntArray,
        client_no: Sequence[str], names: Sequence[str],
    ) -> None:  # fmt: skip
        self.day, self.rule, self.items, self.capacity, self.branch = day, rule, items, capacity, branch
        self.client_no, self.names = client_no, names
        self.week = (items.due - day.toordinal()) // WEEK
        served = items.staff != NOBODY
        shape = capacity.shape
        flat = np.bincount(
            items.staff[served] * rule.weeks + self.week[served], weights=items.hours[served],
            minlength=shape[0] * rule.weeks,
        )  # fmt: skip
        self.demand: FloatArray = flat.reshape(shape).astype(np.float64)
        self.load: FloatArray = self.demand.copy()
        self.steps: list[Step] = []
        self.unplaced = np.zeros(shape[0])

    def made(self) -> Plan:
        left = [item for person in range(len(self.names)) for item in self._spread(person)]
        left = [item for item in left if not self._move(item)]
        for item in left:
            if not self._downgrade(item):
                self._give_up(item)
        alone = self.items.staff == NOBODY
        return Plan(
            self.day, self.rule.weeks, self.capacity, self.demand, self.load, self.unplaced,
            float(self.items.hours[alone].sum()), int(alone.sum()), tuple(self.steps),
        )  # fmt: skip

    def _spread(self, person: int) -> list[int]:
        """Put what overflows a week into others of the same person; what found no room."""
        over = np.flatnonzero(self.load[person] > self.capacity[person] + _ROOM)
        if not len(over):
            return []
        own = np.flatnonzero((self.items.staff == person) & ~self.items.fixed)
        left = []
        for week in over.tolist():
            for item in self._lightest(own[self.week[own] == week]):
                if self.load[person, week] <= self.capacity[person, week] + _ROOM:
                    break
                self.load[person, week] -= self.items.hours[item]
                to = self._week_with_room(person, item)
                if to is None:
                    left.append(item)
                else:
                    self._place(item, Measure.SPREAD, person, None, to, self._full(person, week))
        return left

    def _lightest(self, items: IntArray) -> list[int]:
        """Low level first, not overdue before overdue, the last numbers first: what may best wait."""
        told = self.items
        return sorted(
            items.tolist(),
            key=lambda one: (
                int(told.level[one]), int(told.late[one]), self.client_no[int(told.client[one])], int(told.kind[one])
            ),
        )

    def _window(self, item: int) -> tuple[int, int]:
        """First and last week in which it may be done; of what is overdue, the days it may wait run from now on."""
        level = LEVELS[self.items.level[item]]
        since = int(self.items.due[item]) - self.day.toordinal()
        first = max(0, since - self.rule.early_days.get(level, 0)) // WEEK
        last = min(self.rule.weeks - 1, (since + self.rule.late_days.get(level, 0)) // WEEK)
        return first, max(first, last)

    def _week_with_room(self, person: int, item: int) -> int | None:
        """The nearest other week within the window: later ones first, then earlier ones."""
        first, last = self._window(item)
        week = int(self.week[item])
        for one in (*range(week + 1, last + 1), *range(week - 1, first - 1, -1)):
            if self._room(person, one) + _ROOM >= float(self.items.hours[item]):
                return int(one)
        return None

    def _room(self, person: int, week: int) -> float:
        return float(self.capacity[person, week] - self.load[person, week])

    def _move(self, item: int) -> bool:
        """To the colleague of the branch with the most room, in the week it is due or the nearest of its window."""
        level, kind = self._said(item)
        if kind not in self.rule.movable.get(level, frozenset()):
            return False
        person = int(self.items.staff[item])
        first, last = self._window(item)
        week = int(self.week[item])
        colleagues = [
            one for one in np.flatnonzero(self.branch == self.branch[person]).tolist() if one != person
        ]
        for to in sorted(range(first, last + 1), key=lambda one: (abs(one - week), one)):
            best = max(colleagues, key=lambda one: (self._room(one, to), -one), default=None)
            if best is not None and self._room(best, to) + _ROOM >= self.items.hours[item]:
                self._place(item, Measure.MOVE, person, best, to, f"{self.names[person]} 允许的几周都已排满")
                return True
        return False

    def _downgrade(self, item: int) -> bool:
        """Put off by another rhythm: into a later week with room, or after the weeks looked at."""
        level, _ = self._said(item)
        if level not in self.rule.downgrade or self.rule.stretch < 2:
            return False
        person = int(self.items.staff[item])
        wait = int(self.items.every[item]) * (self.rule.stretch - 1)
        begin = (int(self.items.due[item]) - self.day.toordinal() + wait) // WEEK
        need = self.items.hours[item]
        to = next((one for one in range(begin, self.rule.weeks) if self._room(person, one) + _ROOM >= need), None)
        reason = f"本人与同营业部同事都排不下；每 {self.items.every[item]} 天一次改为每 {self._longer(item)} 天一次"
        self._place(item, Measure.DOWNGRADE, person, None, to, reason)
        return True

    def _longer(self, item: int) -> int:
        return int(self.items.every[item]) * self.rule.stretch

    def _give_up(self, item: int) -> None:
        person = int(self.items.staff[item])
        level, kind = self._said(item)
        self.unplaced[person] += self.items.hours[item]
        reason = f"{level.label}客户的{kind.label}不降频，本人排满，{self._why_not_moved(level, kind)}"
        self.steps.append(Step(item, Measure.UNPLACED, person, int(self.week[item]), None, None, reason))

    def _why_not_moved(self, level: ServiceLevel, kind: PromiseKind) -> str:
        movable = kind in self.rule.movable.get(level, frozenset())
        return "同营业部同事也没有空余工时" if movable else "也不转同事"

    def _place(self, item: int, how: Measure, person: int, to_staff: int | None, to: int | None, why: str) -> None:
        if to is not None:
            self.load[person if to_staff is None else to_staff, to] += self.items.hours[item]
        self.steps.append(Step(item, how, person, int(self.week[item]), to_staff, to, why))

    def _said(self, item: int) -> tuple[ServiceLevel, PromiseKind]:
        return LEVELS[self.items.level[item]], KINDS[self.items.kind[item]]

    def _full(self, person: int, week: int) -> str:
        asked, there = self.demand[person, week], self.capacity[person, week]
        return f"{self.names[person]} 这一周需 {asked:.1f} 小时，只有 {there:.1f} 小时"
