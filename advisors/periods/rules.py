"""What the house decides about periods: how long an appeal may come, when peers may be compared. Read from data."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from kit.rulebook import load_rulebook

FILE: Final = "periods"


def last_appeal_day(published_on: date) -> date:
    """The last day on which an appeal against a level published on that day is taken."""
    return published_on + timedelta(days=int(load_rulebook("advisors", FILE).on("ADVISOR-PERIOD-APPEAL", published_on)))


def fewest_peers(day: date) -> int:
    """How many colleagues a group must have before a person is shown how it stands."""
    return int(load_rulebook("advisors", FILE).on("ADVISOR-PERIOD-PEERS", day))
