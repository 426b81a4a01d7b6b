"""What a server counts for those who watch it: answers by route and status, how long they took, the calendar's horizon.

Names of routes, never addresses: no number of a client or an account is ever a label. Each worker counts its own.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from kit.days import calendar

REGISTRY: Final = CollectorRegistry()
ANSWERS: Final = Counter(
    "heshi_http_answers", "Answers by method, route and status", ("method", "route", "status"), registry=REGISTRY
)
SECONDS: Final = Histogram(
    "heshi_http_seconds", "Seconds from request to answer", ("method", "route"), registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
HORIZON: Final = Gauge(
    "heshi_calendar_horizon_days", "Days until trading days are no longer published", ("calendar",), registry=REGISTRY
)
CALENDARS: Final = ("XSHG", "XHKG", "XMIL")


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer."""
    ANSWERS.labels(method, route, str(status)).inc()
    SECONDS.labels(method, route).observe(seconds)


def exposition(today: date) -> bytes:
    """All of it in the text format of Prometheus."""
    for name in CALENDARS:
        HORIZON.labels(name).set((calendar(name).horizon - today).days)
    return generate_latest(REGISTRY)
