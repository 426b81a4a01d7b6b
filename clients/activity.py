"""What a client did up to a day. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Activity:
    """One client up to a day. bought_on: the first purchase; served: had a signed advisor by that day."""

    client_id: int
    client_no: str
    bought_on: date | None
    traded_on: date | None  # the last trade
    open_accounts: int
    served: bool
