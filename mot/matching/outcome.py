"""为何触发、为何没有: one outcome for each pair of event and scenario, in the order in which they are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from kit.labels import Labelled
from market.types import BoolArray, IntArray


class Why(Labelled):
    """结果"""

    FIRED = "FIRED", "触发"
    IN_FUTURE = "IN_FUTURE", "事件尚未发生"
    WINDOW_OVER = "WINDOW_OVER", "已过时限"
    EXPIRED = "EXPIRED", "事件已失效"
    NOT_MET = "NOT_MET", "条件不满足"
    NOT_KNOWN = "NOT_KNOWN", "条件所需的资料不全"
    COOLING = "COOLING", "距上次任务太近"
    SUPERSEDED = "SUPERSEDED", "同一事件已有更要紧的场景"
    HELD_OUT_GLOBAL = "HELD_OUT_GLOBAL", "在全局对照组"
    HELD_OUT = "HELD_OUT", "在本场景对照组"
    GATED = "GATED", "联系的闸门不放行"
    MERGED = "MERGED", "并入同一客户同日的任务"


WHYS: Final = tuple(Why)
"""The code of an outcome in a column is its place here."""
FIRED: Final = WHYS.index(Why.FIRED)


@dataclass(frozen=True)
class Matches:
    """Pairs of event and scenario, one entry each, in the order (client, event, scenario)."""

    event: IntArray  # row in the Events
    client: IntArray  # row in the ClientBook
    scenario: IntArray  # place among the scenarios that were asked
    why: IntArray  # place in WHYS
    into: IntArray  # row here of the pair that took its place (SUPERSEDED, MERGED), its own row otherwise

    def __len__(self) -> int:
        return len(self.event)

    @property
    def fired(self) -> BoolArray:
        return np.asarray(self.why == FIRED)

    def counts(self) -> dict[Why, int]:
        """How many pairs ended in each way; ways that none took are left out."""
        return _counted(self.why)

    def of_scenario(self, place: int) -> dict[Why, int]:
        """The same for one scenario."""
        return _counted(self.why[self.scenario == place])


def _counted(codes: IntArray) -> dict[Why, int]:
    found = np.bincount(codes, minlength=len(WHYS))
    return {why: int(found[place]) for place, why in enumerate(WHYS) if found[place]}


@dataclass(frozen=True, slots=True)
class Seen:
    """One comparison as it was found: the condition, the fact (None unknown), and the answer."""

    sentence: str
    value: Any
    met: bool | None
