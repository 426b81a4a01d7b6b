"""From when to when clients had a mismatch, for whoever measures whether it was healed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from suitability.cases.tables import MismatchCaseRow

_AT_ONCE: Final = 500


def mismatch_spells(session: Session, client_nos: Sequence[str]) -> Iterator[tuple[str, date, date | None]]:
    """Client number, first day and day of settlement (None: not settled) of each case as it stands on file now."""
    row = MismatchCaseRow
    for start in range(0, len(client_nos), _AT_ONCE):
        some = list(client_nos[start : start + _AT_ONCE])
        asked = select(col(row.client_no), col(row.opened_on), col(row.resolved_on)).where(col(row.client_no).in_(some))
        for client, opened, resolved in session.execute(asked):
            yield str(client), opened, resolved
