"""Logs of a server: one JSON object a line on standard error, with the request's id and without personal data."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from kit.trail.entry import cleaned


class Lines:
    """Writes to whatever standard error is at that moment."""

    def msg(self, message: str) -> None:
        print(message, file=sys.stderr, flush=True)

    debug = info = warning = error = critical = exception = msg


def without_personal_data(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Members whose name says secret are left out; what looks like an identity or phone number is masked."""
    found: MutableMapping[str, Any] = cleaned(event)
    return found


def configure(level: str = "INFO") -> None:
    """Set how this process logs."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_personal_data,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: Lines(),
        cache_logger_on_first_use=False,
    )
