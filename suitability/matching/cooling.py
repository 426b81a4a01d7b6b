"""冷静期: when it ends. It ends by itself; nobody records it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

FORM: Final = "WAIT"
STARTS: Final = ("WRITTEN_WARNING", "CARE_HIGH_RISK")
"""It runs from the written warning, or from what was told where no warning is due."""


def ends_at(terms: Mapping[str, Any], done: Mapping[str, datetime]) -> datetime | None:
    """terms: of the duty; done: when each duty of the decision was done. None: no cooling-off, or not begun."""
    if terms["form"] != FORM:
        return None
    started = next((done[duty] for duty in STARTS if duty in done), None)
    return started + timedelta(hours=int(terms["hours"])) if started else None
