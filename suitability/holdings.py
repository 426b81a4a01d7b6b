"""What a client holds on a day, by code and in all: for concentration, and for orders that reduce risk.

A replay of the client's accounts; kept in this process until the next import, for a check must answer at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.repository import ClientRepository
from diagnosis.behaviour.book import days_of
from diagnosis.replay import replay
from diagnosis.service import DiagnosisService
from diagnosis.types import History
from kit.access import Scope
from kit.kept import Kept

CENT: Final = Decimal("0.01")


@dataclass(frozen=True)
class Held:
    """Value and quantity by code, the value of everything, and the last day they are of; all in yuan."""

    value: dict[str, Decimal]
    quantity: dict[str, Decimal]
    total: Decimal | None  # None: no account on file
    as_of: date | None


NOTHING: Final = Held({}, {}, None, None)
_HELD: Final[Kept[Held]] = Kept(5_000)


class HoldingReader:
    """Reads holdings of clients within a scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope
        self._clients = ClientRepository(session, scope)

    @cached_property
    def _place(self) -> tuple[str, str]:
        """The database and what was imported last; asked once, and only for who has an account."""
        return str(self._session.get_bind().engine.url), self._clients.import_version()

    def of_client(self, client_no: str, day: date) -> Held:
        """All accounts of one client at the end of `day`. Raises NoSuchClient."""
        return self.of_accounts(self._clients.client_and_accounts(client_no)[1], day)

    def of_accounts(self, numbers: tuple[str, ...], day: date) -> Held:
        """These accounts together; all of one client, by number."""
        if not numbers:
            return NOTHING
        key = (*self._place, numbers, day)
        known = _HELD.get(key)
        if known is None:
            ledger = self._clients.ledger(numbers)
            setting = DiagnosisService(self._session, self._scope).setting(ledger, day, None)
            known = held_of(replay(ledger, setting.grid, setting.actions, last=day))
            _HELD.put(key, known)
        return known


def held_of(history: History) -> Held:
    """What the accounts of a history hold together at its last point."""
    if not history.grid.points.size:
        return NOTHING
    quantity = history.quantity[:, -1]
    worth = np.nan_to_num(quantity * history.price[:, -1])
    value: dict[str, Decimal] = {}
    shares: dict[str, Decimal] = {}
    for slot in np.flatnonzero(quantity > 0).tolist():
        code = history.grid.securities[int(history.slot_security[slot])].code
        value[code] = value.get(code, Decimal(0)) + _money(float(worth[slot]))
        shares[code] = shares.get(code, Decimal(0)) + Decimal(repr(float(quantity[slot])))
    total = _money(float(history.value[:, -1].sum()))
    return Held(value, shares, total, date.fromordinal(int(days_of(history.grid)[-1])))


def _money(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(CENT)
