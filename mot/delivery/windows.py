"""频率限制: when one address may be pushed to, by every worker together. Pure.

A window slides: no stretch of its length, wherever it begins, holds more pushes than the limit.
"""

from __future__ import annotations

from collections.abc import Sequence

from mot.channels.specs import Limit

_MARGIN = 0.05
"""Seconds on top: the receiver counts arrivals, and two pushes may draw nearer to each other on the way."""


def recent(pushes: Sequence[float], limits: Sequence[Limit], now: float) -> list[float]:
    """What still counts. A moment ahead of the clock (which was set back) counts as just now."""
    longest = max((one.seconds for one in limits), default=0) + _MARGIN
    return sorted(min(at, now) for at in pushes if min(at, now) > now - longest)


def open_at(pushes: Sequence[float], limits: Sequence[Limit], now: float) -> float:
    """The first moment at which one more push keeps every limit; `now` where it is already."""
    earliest = now
    for limit in limits:
        inside = recent(pushes, [limit], now)
        if len(inside) >= limit.pushes:
            earliest = max(earliest, inside[-limit.pushes] + limit.seconds + _MARGIN)
    return earliest


def room(pushes: Sequence[float], limits: Sequence[Limit], now: float) -> int | None:
    """How many pushes may be made at this moment; None without a limit."""
    left = [one.pushes - len(recent(pushes, [one], now)) for one in limits]
    return max(min(left), 0) if left else None
