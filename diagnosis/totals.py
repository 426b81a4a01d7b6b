"""Daily totals of the book: computed by replay some accounts at a time, or those on file. Owner: diagnosis.

The night's run that files them is `jobs.totals`. Totals on file are always those that a replay of the same data gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.repository import ClientFacts, ClientRepository
from clients.totals.ledger_totals import HOME, Owners, ledger_totals
from clients.totals.repository import StoredTotals, TotalsRepository
from clients.totals.types import Totals
from clients.types import AccountFacts, Ledger
from diagnosis.client_days import ClientDays, client_days, nothing_known
from diagnosis.day_totals import day_totals
from diagnosis.replay import replay
from diagnosis.service import DiagnosisService
from kit.access import Scope
from market.grids import session_points

ACCOUNTS: Final = 64  # at a time, those of a client together
LEAST: Final = 40  # calendar days that totals in memory cover at least, so that there is a session


class TotalsMaker:
    """Computes totals of clients up to a day."""

    def __init__(self, session: Session, scope: Scope, day: date) -> None:
        self._clients = ClientRepository(session, scope)
        self._diagnosis = DiagnosisService(session, scope)
        self._day = day

    def accounts(self) -> dict[str, list[AccountFacts]]:
        """Accounts that were open by the day, by client number."""
        found: dict[str, list[AccountFacts]] = {}
        for account in self.opened(self._clients.accounts()):
            found.setdefault(account.client_no, []).append(account)
        return found

    def opened(self, accounts: Sequence[AccountFacts]) -> list[AccountFacts]:
        return [one for one in accounts if one.opened_on is None or one.opened_on <= self._day]

    def totals(self, clients: Sequence[ClientFacts], accounts: Mapping[str, list[AccountFacts]]) -> Totals:
        """Totals of these clients, in their order, at the sessions from their first row to the day."""
        place = {one.client_no: at for at, one in enumerate(clients)}
        own = [account for one in clients for account in accounts.get(one.client_no, ())]
        ledger = self._clients.ledger([one.account_no for one in own])
        owners = Owners(np.array([place[one.client_no] for one in own], dtype=np.int64), len(clients))
        points = session_points((), min(_begun(ledger), self._day - timedelta(days=LEAST)), self._day)
        days = day_totals(self._days(ledger, owners), points)
        return Totals(points, {**ledger_totals(ledger, owners, points), **days}, len(clients))

    def _days(self, ledger: Ledger, owners: Owners) -> ClientDays:
        """Clients with money abroad are unknown whole, so only accounts in the home currency are replayed."""
        home = [a for a, account in enumerate(ledger.accounts) if account.currency == HOME]
        if not home:
            return nothing_known(owners.n)
        part = ledger
        if len(home) < len(ledger.accounts):
            part = self._clients.ledger([ledger.accounts[a].account_no for a in home])
        setting = self._diagnosis.setting(part, self._day, None)
        if setting.grid.granularity != "DAY" or not setting.grid.points.size:
            return nothing_known(owners.n)
        history = replay(part, setting.grid, setting.actions, last=self._day)
        days = client_days(history, owners.client[home], owners.n, self._day, look_back=None)
        days.whole[np.delete(owners.client, home)] = False
        return days


def _begun(ledger: Ledger) -> date:
    days = [int(rows.day.min()) for rows in (ledger.trades, ledger.cashflows) if len(rows.day)]
    return date.fromordinal(min(days)) if days else date.max


def batches(clients: Sequence[ClientFacts], accounts: Mapping[str, list[AccountFacts]]) -> Iterator[list[ClientFacts]]:
    """Clients in their order, so many that their accounts make a batch."""
    some: list[ClientFacts] = []
    held = 0
    for one in clients:
        own = len(accounts.get(one.client_no, ())) or 1
        if some and held + own > ACCOUNTS:
            yield some
            some, held = [], 0
        some.append(one)
        held += own
    if some:
        yield some


def stored_totals(session: Session, day: date, data_version: str) -> StoredTotals | None:
    """The totals on file where they are those of the day and of the newest data, else None."""
    return _stored(session, day, day, day, data_version)


def totals_over(session: Session, first: date, last: date, data_version: str) -> StoredTotals | None:
    """The totals on file where they reach over all of these days and are of the newest data, else None."""
    return _stored(session, first, last, date.max, data_version)


def _stored(session: Session, first: date, last: date, latest: date, data_version: str) -> StoredTotals | None:
    repository = TotalsRepository(session)
    run = repository.newest_run()
    if run is None or run.data_version != data_version or not (run.first <= first and last <= run.day <= latest):
        return None
    return StoredTotals(repository, session_points((), run.first, run.day))
