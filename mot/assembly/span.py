"""What was read for a span, ready for the derivations and for the book of each of its days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.repository import ClientFacts, ClientRepository
from clients.types import AccountFacts
from kit.access import everything
from kit.days import TradingCalendar
from market.products.repository import ProductRepository
from market.products.types import Product
from market.repository import MarketRepository
from market.types import BenchmarkSeries, Grid, Instrument, IntArray
from mot.assembly.facts import Standing, book_on, standing_of
from mot.assembly.ledger import BEFORE, LedgerReader, LedgerSpan
from mot.assembly.paths import Holdings
from mot.derive.market import before_shocks
from mot.derive.span import Span
from mot.events.columns import NO_DAY
from mot.features import ClientBook
from mot.tasks.rules import house_calendar
from suitability.holdings import HoldingReader
from suitability.monitoring.positions import standing
from suitability.monitoring.reader import BookReader
from suitability.monitoring.repository import WatchRepository

ALWAYS: Final = date(1900, 1, 1).toordinal()


@dataclass(frozen=True)
class ReadSpan:
    """N clients over a span; rows are places in `clients`."""

    span: Span
    calendar: TradingCalendar
    clients: tuple[ClientFacts, ...]
    accounts: tuple[AccountFacts, ...]
    row_of: Mapping[str, int]
    ledger: LedgerSpan
    holdings: Holdings
    instruments: Mapping[int, Instrument]  # of what is held, bought first or largest
    products: Mapping[str, Product]  # financial products by code
    benchmark: BenchmarkSeries | None  # on ledger.paths.days
    standing: Standing

    @property
    def client_nos(self) -> tuple[str, ...]:
        return tuple(one.client_no for one in self.clients)

    def book(self, day: date) -> ClientBook:
        """The book of a day of the span."""
        return book_on(self.clients, self.standing, self.ledger, day, self._products_held(day))

    def _products_held(self, day: date) -> dict[int, int]:
        """How many financial products each row holds on the day."""
        products = {one for one, what in self.instruments.items() if what.code in self.products}
        held, today = self.holdings, day.toordinal()
        on = (held.since <= today) & ((held.gone_on == NO_DAY) | (held.gone_on > today))
        found: dict[int, int] = {}
        for row, what in zip(held.client[on].tolist(), held.instrument[on].tolist(), strict=True):
            if what in products:
                found[row] = found.get(row, 0) + 1
        return found


class SpanReader:
    """Reads the whole book, or some clients, over a span on one session; the house's own work."""

    def __init__(self, session: Session, span: Span) -> None:
        self._session = session
        self._span = span
        self._scope = everything(span.last)
        self._clients = ClientRepository(session, self._scope)
        self._market = MarketRepository(session, self._clients.import_version())

    def read(self, client_nos: Sequence[str] | None = None) -> ReadSpan:
        """client_nos: None reads everybody. Raises NoSuchClient."""
        if client_nos is None:
            clients, accounts = self._clients.clients(), self._clients.accounts()
        else:
            clients = tuple(self._clients.client(one) for one in sorted(set(client_nos)))
            accounts = tuple(one for no in clients for one in self._clients.accounts_of_client(no.client_no))
        accounts = tuple(one for one in accounts if one.opened_on is None or one.opened_on <= self._span.last)
        row_of = {one.client_no: row for row, one in enumerate(clients)}
        calendar = house_calendar()
        days = calendar.sessions(calendar.previous(self._span.first, BEFORE), self._span.last)
        benchmark = self._benchmark(days)
        industries = {name: place for place, name in enumerate(benchmark.industries)} if benchmark else {}
        reader = LedgerReader(self._session, self._span.last)
        ledger = reader.span(self._span.first, days, accounts, row_of, industries, self._before_shocks(benchmark, days))
        one_day = self._span.first == self._span.last
        holdings = self._held_now(row_of, client_nos) if one_day else ledger.holdings
        largest = ledger.paths.top[ledger.paths.top >= 0]
        ids = np.unique(np.concatenate([holdings.instrument, ledger.first_buys[1], largest]))
        return ReadSpan(
            span=self._span, calendar=calendar, clients=clients, accounts=accounts, row_of=row_of, ledger=ledger,
            holdings=holdings, instruments=self._market.instruments(ids.tolist()),
            products=ProductRepository(self._session).products(), benchmark=benchmark,
            standing=standing_of(self._session, clients, accounts, self._span.last),
        )  # fmt: skip

    def _before_shocks(self, benchmark: BenchmarkSeries | None, days: IntArray) -> IntArray:
        if benchmark is None or benchmark.industry_return is None:
            return np.empty(0, dtype=np.int64)
        return before_shocks(benchmark.industry_return, days, self._span)

    def _benchmark(self, days: IntArray) -> BenchmarkSeries | None:
        """The first benchmark that has data on these days, as the diagnosis takes it."""
        none = np.empty((len(days), 0))
        grid = Grid("DAY", days, (), none, None, None, None, none, none)
        for code in self._market.benchmark_codes():
            series = self._market.benchmark(code, grid)
            if series is not None:
                return series
        return None

    def _held_now(self, row_of: Mapping[str, int], client_nos: Sequence[str] | None) -> Holdings:
        """What is held on the one day, as the watch read it last and anew where a ledger has moved since."""
        if client_nos is not None:
            return self._held_by(row_of, client_nos)
        kept, reader = WatchRepository(self._session), BookReader(self._session, self._span.last)
        positions = standing(reader, kept.accounts(), kept.holdings()).positions
        owner = reader.owner_ids[np.searchsorted(reader.account_ids, positions.account_id)]
        row = np.array([row_of.get(reader.clients[one].client_no, -1) for one in owner.tolist()], dtype=np.int64)
        on = (positions.quantity > 0) & (row >= 0)
        return _since_ever(row[on], positions.instrument_id[on])

    def _held_by(self, row_of: Mapping[str, int], client_nos: Sequence[str]) -> Holdings:
        reader, rows, codes = HoldingReader(self._session, self._scope), [], []
        for one in client_nos:
            for code, quantity in reader.of_client(one, self._span.last).quantity.items():
                if quantity > 0:
                    rows.append(row_of[one])
                    codes.append(code)
        ids = self._market.instrument_ids(codes)
        return _since_ever(
            np.array(rows, dtype=np.int64), np.array([ids[code] for code in codes], dtype=np.int64)
        )


def _since_ever(row: IntArray, instrument: IntArray) -> Holdings:
    keys = np.unique(np.column_stack([row, instrument]), axis=0).reshape(-1, 2)
    n = len(keys)
    return Holdings(keys[:, 0], keys[:, 1], np.full(n, ALWAYS, np.int64), np.full(n, NO_DAY, np.int64))
