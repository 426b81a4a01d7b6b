"""The features of the book put together from their owners, for grading: some clients at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.grading.features import Values, values_of
from clients.grading.ledger_features import HOME, Owners, commission_shares, ledger_features, year_of
from clients.grading.repository import GradeRepository
from clients.repository import ClientFacts, ClientRepository
from clients.service.features import service_features
from clients.types import AccountFacts, ClientKind, Ledger
from diagnosis.client_days import ClientDays, client_days, day_features, nothing_known
from diagnosis.replay import replay
from diagnosis.service import DiagnosisService
from kit.access import Scope
from market.types import FloatArray, IntArray

BLOCK: Final = 64  # accounts at a time, those of a client together
Columns = dict[str, FloatArray]


class FeatureReader:
    """Features of the clients that a scope shows, as of a day."""

    def __init__(
        self, session: Session, scope: Scope, day: date, progress: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        """progress: told how many of how many clients are done."""
        self._session, self._scope, self._day, self._progress = session, scope, day, progress
        self._clients = ClientRepository(session, scope)
        self._diagnosis = DiagnosisService(session, scope)

    def book(self) -> tuple[Values, IntArray]:
        """All clients of the scope by number, and their ids."""
        by_client: dict[str, list[AccountFacts]] = {}
        for account in self._open(self._clients.accounts()):
            by_client.setdefault(account.client_no, []).append(account)
        return self._values(self._clients.clients(), by_client)

    def client(self, client_no: str) -> tuple[Values, IntArray]:
        """One client, a book of one. Raises NoSuchClient."""
        accounts = self._open(self._clients.accounts_of_client(client_no))
        return self._values([self._clients.client(client_no)], {client_no: accounts})

    def _open(self, accounts: Sequence[AccountFacts]) -> list[AccountFacts]:
        """Those that were opened by the day; the others were not there yet."""
        return [one for one in accounts if one.opened_on is None or one.opened_on <= self._day]

    def require(self, client_no: str) -> None:
        """Raises NoSuchClient for one that is not there or not shown."""
        self._clients.client(client_no)

    def _values(
        self, clients: Sequence[ClientFacts], accounts: Mapping[str, list[AccountFacts]]
    ) -> tuple[Values, IntArray]:
        total = GradeRepository(self._session, self._scope).commission(*year_of(self._day))
        parts: list[Columns] = []
        done = 0
        for some in blocks(clients, accounts):
            parts.append(self._block(some, accounts))
            done += len(some)
            self._progress(done, len(clients))
        columns = {name: np.concatenate([part[name] for part in parts]) for name in (parts[0] if parts else {})}
        if columns:
            columns["commission_share_year"] = commission_shares(columns["commission_year"], total)
        columns["institution"] = np.array([float(one.kind is not ClientKind.NATURAL) for one in clients])
        ids = np.array([one.id for one in clients], dtype=np.int64)
        columns |= service_features(self._session, self._day, ids, columns)
        return values_of(self._day, [one.client_no for one in clients], columns), ids

    def _block(self, clients: Sequence[ClientFacts], accounts: Mapping[str, list[AccountFacts]]) -> Columns:
        place = {one.client_no: at for at, one in enumerate(clients)}
        own = [account for one in clients for account in accounts.get(one.client_no, ())]
        ledger = self._clients.ledger([one.account_no for one in own])
        owners = Owners(np.array([place[one.client_no] for one in own], dtype=np.int64), len(clients))
        found = ledger_features(ledger, owners, self._day)
        return {**found, **day_features(self._days(ledger, owners), self._day, found["turnover_year"])}

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
        days = client_days(history, owners.client[home], owners.n, self._day)
        days.known[np.delete(owners.client, home)] = False
        return days


def blocks(
    clients: Sequence[ClientFacts], accounts: Mapping[str, list[AccountFacts]]
) -> Iterator[list[ClientFacts]]:
    """Clients in their order, so many that their accounts make a block."""
    some: list[ClientFacts] = []
    held = 0
    for one in clients:
        own = len(accounts.get(one.client_no, ())) or 1
        if some and held + own > BLOCK:
            yield some
            some, held = [], 0
        some.append(one)
        held += own
    if some:
        yield some
