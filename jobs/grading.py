"""The features of the book put together from their owners, for grading: from totals on file or by replay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import numpy as np
from sqlmodel import Session

from clients.grading.features import FEATURES, Values, Window, last_quarter, values_of
from clients.grading.ledger_features import commission_shares, ledger_features, year_of
from clients.grading.repository import GradeRepository
from clients.repository import ClientFacts, ClientRepository
from clients.service.features import service_features
from clients.totals.types import TotalsReader
from clients.types import AccountFacts, ClientKind
from diagnosis.day_totals import day_features
from diagnosis.totals import TotalsMaker, batches, stored_totals
from kit.access import Scope
from market.repository import MarketRepository
from market.types import FloatArray, IntArray
from suitability.subscriptions.sources import information_sources

Columns = dict[str, FloatArray]


class FeatureReader:
    """Features of the clients that a scope shows, as of a day."""

    def __init__(
        self, session: Session, scope: Scope, day: date, progress: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        """progress: told how many of how many clients are done."""
        self._session, self._scope, self._day, self._progress = session, scope, day, progress
        self._clients = ClientRepository(session, scope)
        self._maker = TotalsMaker(session, scope, day)

    def book(self) -> tuple[Values, IntArray]:
        """All clients of the scope by number, and their ids. Totals on file are read where they are of this day."""
        stored = stored_totals(self._session, self._day, self._clients.import_version())
        ids, numbers, institution = self._clients.columns()
        if stored is None or ids.max(initial=-1) >= stored.n:
            return self._replayed(self._clients.clients(), self._maker.accounts())
        found = features_of(stored, self._day)
        columns = {name: column[ids] for name, column in found.items()}
        self._progress(len(ids), len(ids))
        return self._values(ids, numbers, institution, columns)

    def client(self, client_no: str) -> tuple[Values, IntArray]:
        """One client, a book of one. Raises NoSuchClient."""
        accounts = self._maker.opened(self._clients.accounts_of_client(client_no))
        return self._replayed([self._clients.client(client_no)], {client_no: accounts})

    def require(self, client_no: str) -> None:
        """Raises NoSuchClient for one that is not there or not shown."""
        self._clients.client(client_no)

    def _replayed(
        self, clients: Sequence[ClientFacts], accounts: Mapping[str, list[AccountFacts]]
    ) -> tuple[Values, IntArray]:
        parts: list[Columns] = []
        done = 0
        for some in batches(clients, accounts):
            parts.append(features_of(self._maker.totals(some, accounts), self._day))
            done += len(some)
            self._progress(done, len(clients))
        columns = {name: np.concatenate([part[name] for part in parts]) for name in (parts[0] if parts else {})}
        ids = np.array([one.id for one in clients], dtype=np.int64)
        institution = np.array([one.kind is not ClientKind.NATURAL for one in clients], dtype=np.bool_)
        return self._values(ids, [one.client_no for one in clients], institution, columns)

    def _values(
        self, ids: IntArray, numbers: Sequence[str], institution: np.ndarray, columns: Columns
    ) -> tuple[Values, IntArray]:
        if columns:
            total = GradeRepository(self._session, self._scope).commission(*year_of(self._day))
            columns["commission_share_year"] = commission_shares(columns["commission_year"], total)
        columns["institution"] = institution.astype(np.float64)
        columns |= service_features(self._session, self._day, ids, columns)
        columns |= information_sources(self._session, self._day, numbers)
        missing = self._missing_quarter()
        kept = {name: column for name, column in columns.items() if name not in missing}
        return values_of(self._day, numbers, kept, withheld=missing), ids

    def _missing_quarter(self) -> dict[str, str]:
        """Features of the quarter, with the reason, where prices do not cover it: a mean would be of a part."""
        first, last = last_quarter(self._day)
        unpriced = MarketRepository(self._session).unpriced_sessions(first, last)
        if not unpriced:
            return {}
        said = f"{first} 至 {last} 缺 {len(unpriced)} 个交易日的行情（自 {unpriced[0]} 起），季日均不计算；请补导行情"
        return {one.name: said for one in FEATURES.values() if one.window is Window.QUARTER}


def features_of(totals: TotalsReader, day: date) -> Columns:
    """What ledger and days give, by name, in the order of the totals."""
    found = ledger_features(totals, day)
    return {**found, **day_features(totals, day, found["turnover_year"])}
