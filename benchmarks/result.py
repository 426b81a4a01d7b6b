"""What a measurement says: one line of the table each, with its budget and its peer of the same run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

AT_MOST, AT_LEAST = "≤", "≥"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure against its budget. `value` and `budget` are in `unit`; without a budget it is information."""

    work: str
    value: float
    unit: str
    budget: float | None = None
    bound: str = AT_MOST
    peer: str = ""  # what the peer is, and its own figure
    ratio: float | None = None  # how many times better than the peer
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the budget is kept; None without one."""
        if self.budget is None:
            return None
        return self.value <= self.budget if self.bound == AT_MOST else self.value >= self.budget


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a run is: the budgets' own size, or a sanity run of seconds whose figures mean nothing."""

    quick: bool = False

    def of(self, whole: int, quick: int) -> int:
        return quick if self.quick else whole


def seconds(work: Callable[[], Any]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(values: Sequence[float]) -> float:
    return float(np.median(values))


def p95(values: Sequence[float]) -> float:
    """95th percentile, the next greater value that was measured."""
    return float(np.quantile(values, 0.95, method="higher"))
