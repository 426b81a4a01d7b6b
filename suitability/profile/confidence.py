"""可信度 0 to 100: where a word comes from, and how old it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any


def aged(start: float, as_of: date, day: date, terms: Mapping[str, Any]) -> int:
    """Whole while fresh, then falling in a line to a share of it. A word from the future is as good as one of today."""
    age = max((day - as_of).days, 0)
    fresh, stale, share = terms["fresh_days"], terms["stale_days"], terms["stale_share"]
    gone = min(max((age - fresh) / (stale - fresh), 0.0), 1.0)
    return bounded(start * (1 - gone * (1 - share)))


def bounded(value: float) -> int:
    """A whole score, 0 to 100."""
    return round(min(max(value, 0.0), 100.0))
