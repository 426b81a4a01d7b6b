"""What the ledger says of a client for an application: mean assets, and the first trade at the latest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.repository import ClientRepository
from clients.types import MOVEMENTS, AccountFacts, Ledger, Movement
from diagnosis.replay import replay
from diagnosis.service import DiagnosisService
from diagnosis.types import History
from kit.access import Scope
from suitability.gates.assets import MeanAssets, assets_on, mean_assets

_CLIENTS_AT_ONCE: Final = 64
_TRADED: Final = tuple(MOVEMENTS.index(kind) for kind in (Movement.BUY, Movement.SELL, Movement.ALLOTMENT))


@dataclass(frozen=True)
class LedgerFacts:
    """One client. first_trade_by: the first trade on file; there may have been earlier ones elsewhere."""

    assets: MeanAssets | None  # None: no account or nothing on file
    assets_today: MeanAssets | None
    first_trade_by: date | None


class LedgerReader:
    """Reads ledgers within a scope, replays them and averages."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._clients = ClientRepository(session, scope)
        self._diagnosis = DiagnosisService(session, scope)

    def of_client(self, client_no: str, day: date, window: int) -> LedgerFacts:
        """All accounts of one client before `day`. Raises NoSuchClient."""
        accounts = self._clients.accounts_of_client(client_no)
        if not accounts:
            return LedgerFacts(None, None, None)
        ledger = self._clients.ledger([one.account_no for one in accounts])
        history = self._history(ledger, day)
        return LedgerFacts(mean_assets(history, day, window), assets_on(history, day), first_trade_by(ledger, day))

    def of_book(self, day: date, window: int = 20) -> Iterator[MeanAssets]:
        """Means of every client of the scope, some clients at a time."""
        by_client = sorted(self._clients.accounts(), key=lambda one: one.client_no)
        grouped = [tuple(own) for _, own in groupby(by_client, key=lambda one: one.client_no)]
        for start in range(0, len(grouped), _CLIENTS_AT_ONCE):
            some = [account for own in grouped[start : start + _CLIENTS_AT_ONCE] for account in own]
            yield mean_assets(self._history(self._ledger(some), day), day, window)

    def _ledger(self, accounts: Sequence[AccountFacts]) -> Ledger:
        return self._clients.ledger([one.account_no for one in accounts])

    def _history(self, ledger: Ledger, day: date) -> History:
        """The history up to `day` at most: an application's own day is not in the window, but in its assets."""
        setting = self._diagnosis.setting(ledger, day, None)
        return replay(ledger, setting.grid, setting.actions, last=day)


def first_trade_by(ledger: Ledger, day: date) -> date | None:
    """The first trade on file up to `day`, in any account; shares that were only moved in are no trade."""
    trades = ledger.trades
    days = trades.day[np.isin(trades.kind, _TRADED) & (trades.day <= day.toordinal())]
    return date.fromordinal(int(days.min())) if days.size else None


def amount(value: float | None) -> Decimal | None:
    """A mean as an exact number of at most six decimals."""
    return None if value is None else Decimal(repr(value)).quantize(Decimal("0.000001")).normalize() + 0


__all__ = ["LedgerFacts", "LedgerReader", "amount", "first_trade_by"]
