"""From what is on file to the book in columns: ledgers that moved are replayed, everything else is looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.ledger_marks import ledger_marks
from clients.repository import ClientFacts, ClientRepository
from clients.types import AccountFacts
from diagnosis.replay import replay
from diagnosis.service import DiagnosisService
from kit.access import everything
from kit.columns import UNKNOWN
from kit.memory import much_is_made
from kit.money import SCALE
from market.repository import MarketRepository
from market.types import FloatArray, Instrument, IntArray
from suitability.assessment.service import assessment_columns
from suitability.assessment.standing import AssessmentColumns
from suitability.category.service import category_columns
from suitability.gates.needed import gate_bits
from suitability.gates.service import GateService
from suitability.matching.cases import NO_LIMIT, NOT_KNOWN
from suitability.monitoring.book import Book, Columns
from suitability.monitoring.positions import Positions
from suitability.monitoring.repository import Columns as Numbers
from suitability.monitoring.state import places_in
from suitability.profile.facts import profile_columns
from suitability.profile.repository import ProfileColumns
from suitability.rating.facts import ProductColumns
from suitability.rating.service import RatingService

BLOCK: Final = 64  # accounts at a time
RECENT_DAYS: Final = 30  # calendar days in which most securities have a price


@dataclass(frozen=True)
class Held:
    """What clients hold, and what it is worth: nothing of it hangs on a rule."""

    client_id: IntArray  # (N,) every client, ascending
    total: FloatArray  # (N,) yuan of all that the client has, NaN where a part of it is not known
    instrument_id: IntArray  # (P,) what anybody holds, ascending
    client: IntArray  # (H,) place among the clients; with product, quantity and value, ascending by both places
    product: IntArray
    quantity: IntArray  # millionths, above 0
    value: FloatArray  # yuan, NaN without a price


@dataclass(frozen=True)
class Clients:
    """The clients' columns of the cases under the rules in force, and what they are made of."""

    columns: Columns
    category: IntArray  # (N,) code, 0 ordinary
    valid_through: IntArray  # (N,) ordinal, UNKNOWN
    assessed: AssessmentColumns
    profiles: ProfileColumns


@dataclass(frozen=True)
class Told:
    """What a reader of the result needs beside the columns."""

    clients: dict[int, ClientFacts]
    instruments: dict[int, Instrument]
    products: ProductColumns
    product_place: IntArray  # (P,) in `products`
    category: IntArray  # (N,) code, 0 ordinary
    valid_through: IntArray  # (N,) ordinal, UNKNOWN


class BookReader:
    """Reads the whole book as of a day; it is the house's own work and has no narrower scope."""

    def __init__(self, session: Session, day: date) -> None:
        self._session = session
        self._day = day
        self._clients = ClientRepository(session, everything(day))
        self._diagnosis = DiagnosisService(session, everything(day))
        self._market = MarketRepository(session, self._clients.import_version())
        self._accounts = self._clients.account_columns()
        self.account_ids, self.owner_ids = self._accounts.id, self._accounts.client_id
        with much_is_made():
            self.clients = {one.id: one for one in self._clients.clients()}

    # ledgers

    def marks(self, holdings: Numbers) -> IntArray:
        """A mark of each account's ledger and of the corporate actions on what it holds, up to the day."""
        marks = self._ledger_marks
        held = np.unique(holdings["instrument_id"])
        counts = np.zeros(len(held), dtype=np.int64)
        for action in self._market.actions(held.tolist(), date.min, self._day):
            counts[action.security] += 1
        place = np.searchsorted(self.account_ids, holdings["account_id"])
        more = np.zeros(len(marks), dtype=np.int64)
        np.add.at(more, place, counts[np.searchsorted(held, holdings["instrument_id"])])
        with np.errstate(over="ignore"):
            mixed: IntArray = marks ^ (more * 0x9E3779B97F4A7C1)
        return mixed

    @cached_property
    def _ledger_marks(self) -> IntArray:
        return ledger_marks(self._session, self._day, self.account_ids)

    def positions(self, places: Sequence[int]) -> Positions:
        """Replay the ledgers of the accounts at these places."""
        wanted = self._clients.accounts_of_ids(self.account_ids[list(places)].tolist())
        chosen = sorted(wanted, key=lambda one: (one.currency, one.account_no))
        found: list[tuple[int, int, int]] = []
        cash: dict[int, int] = {}
        for some in _blocks(chosen):
            self._replay(some, found, cash)
        rows = np.array(sorted(found), dtype=np.int64).reshape(-1, 3)
        owner = np.array(sorted(cash), dtype=np.int64)
        return Positions(
            rows[:, 0], rows[:, 1], rows[:, 2], owner, np.array([cash[one] for one in owner.tolist()], dtype=np.int64)
        )

    def _replay(self, some: list[AccountFacts], found: list[tuple[int, int, int]], cash: dict[int, int]) -> None:
        ledger = self._clients.ledger([one.account_no for one in some])
        setting = self._diagnosis.setting(ledger, self._day, None)
        history = replay(ledger, setting.grid, setting.actions, last=self._day)
        cash.update({one.id: 0 for one in some})
        if not history.grid.points.size:
            return
        held = np.rint(history.quantity[:, -1] * SCALE).astype(np.int64)
        for a, account in enumerate(history.accounts):
            cash[account.id] = int(np.rint(np.nan_to_num(history.cash[a, -1]) * SCALE))
            for slot in range(int(history.slot_offsets[a]), int(history.slot_offsets[a + 1])):
                if held[slot] > 0:
                    found.append((account.id, ledger.securities[int(history.slot_security[slot])], int(held[slot])))

    # the book

    def book(self, positions: Positions, before: IntArray) -> tuple[Book, Told]:
        """The book in columns: every client, every security that anybody holds. before: ids of what was held then."""
        held = self.held(positions)
        clients = self.client_columns(held.client_id)
        instruments = self.instruments(np.union1d(held.instrument_id, before))
        columns = RatingService(self._session).product_columns(self._day)
        at = {code: place for place, code in enumerate(columns.codes)}
        chosen = np.array([at[instruments[one].code] for one in held.instrument_id.tolist()], dtype=np.int64)
        book = Book(
            day=self._day, client_id=held.client_id, clients=clients.columns, total=held.total,
            instrument_id=held.instrument_id,
            products={name: column[chosen] for name, column in columns.as_cases().items()}, client=held.client,
            product=held.product, quantity=held.quantity, value=held.value,
        )
        told = Told(self.clients, instruments, columns, chosen, clients.category, clients.valid_through)
        return book, told

    def held(self, positions: Positions) -> Held:
        """What every client holds and has in all."""
        client_id = np.array(sorted(self.clients), dtype=np.int64)
        instrument_id = np.unique(positions.instrument_id)
        owner = self.owner_ids[np.searchsorted(self.account_ids, positions.account_id)]
        client, product, quantity = _grouped(owner, positions, client_id, instrument_id)
        value = quantity / SCALE * self._prices(instrument_id)[product]
        total = self._totals(client_id, positions, client, value)
        return Held(client_id, total, instrument_id, client, product, quantity, value)

    def instruments(self, ids: IntArray) -> dict[int, Instrument]:
        """Securities by id."""
        return self._market.instruments(ids.tolist())

    def _prices(self, ids: IntArray) -> FloatArray:
        """The last close up to the day, NaN for what never had a daily price."""
        price = np.full(len(ids), np.nan)
        wanted = ids.tolist()
        span = self._market.price_span(wanted) if wanted else None
        if span is None or span[0] > self._day:
            return price
        last = min(span[1], self._day)
        for first in (max(span[0], date.fromordinal(last.toordinal() - RECENT_DAYS)), span[0]):
            missing = np.flatnonzero(np.isnan(price))
            if not len(missing):
                break
            close = self._market.daily_grid(ids[missing].tolist(), first, last).close
            price[missing] = _last_known(close)
        return price

    def _totals(self, client_id: IntArray, positions: Positions, client: IntArray, value: FloatArray) -> FloatArray:
        """What each client has in all; NaN where a part of it is not known: no price, no cash statement, two moneys."""
        total = np.zeros(len(client_id))
        account = np.searchsorted(self.account_ids, positions.owner_id)
        owner = np.searchsorted(client_id, self.owner_ids[account])
        np.add.at(total, owner, positions.cash / SCALE)
        np.add.at(total, client, value)
        money = self._accounts.money[account]
        first, last = np.full(len(total), money.max(initial=0)), np.zeros(len(total), dtype=np.int64)
        np.minimum.at(first, owner, money)
        np.maximum.at(last, owner, money)
        total[owner[~self._accounts.with_cash[account] | (first[owner] != last[owner])]] = np.nan
        return total

    def client_columns(self, client_id: IntArray) -> Clients:
        """The clients' columns of the cases under the rules in force; the age is left out: no watched rule reads it."""
        n, day = len(client_id), self._day
        held, category = assessment_columns(self._session, day), category_columns(self._session, day)
        at, of = places_in(held.client_id, client_id), places_in(category.client_id, client_id)
        code = taken(category.category, of, 0)
        through = taken(held.valid_through, at, UNKNOWN)
        profile = profile_columns(self._session, day)
        own = places_in(profile.client_id, client_id)
        columns: Columns = {
            "ordinary": code == 0,
            "client_rank": profile.lower(client_id, taken(held.level, at, 0)),
            "lowest": taken(held.lowest, at, 0).astype(np.bool_),
            "expired": (through != UNKNOWN) & (through < day.toordinal()),
            "term_rank": taken(held.term, at, 0), "type_rank": taken(held.types, at, 0),
            "age": np.full(n, NOT_KNOWN, dtype=np.int64),
            "expected_return": taken(profile.expected_return, own, np.nan),
            "lock_limit": taken(profile.lock_limit, own, NO_LIMIT),
            "reserve_months": taken(profile.reserve_months, own, np.nan),
            "opened": self._opened(client_id), "biases": taken(profile.biases, own, 0),
        }
        return Clients(columns, code, through, held, profile)

    def _opened(self, client_id: IntArray) -> IntArray:
        opened = np.zeros(len(client_id), dtype=np.int64)
        gates = GateService(self._session, everything(self._day)).gates_of_book(self._day)
        if gates:
            place = {self.clients[one].client_no: at for at, one in enumerate(client_id.tolist())}
            for client_no in gates.keys() & place.keys():
                opened[place[client_no]] = gate_bits(gates[client_no])
        return opened


def taken(column: np.ndarray, place: IntArray, nothing: float) -> np.ndarray:
    """The value at each place, `nothing` where the place is -1."""
    if not len(column):
        return np.full(len(place), nothing)
    return np.where(place >= 0, column[np.maximum(place, 0)], nothing)


def _grouped(
    owner: IntArray, positions: Positions, client_id: IntArray, instrument_id: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Pairs of client and security by place, ascending, with what all accounts hold together."""
    client, product = np.searchsorted(client_id, owner), np.searchsorted(instrument_id, positions.instrument_id)
    keys, inverse = np.unique(client * max(len(instrument_id), 1) + product, return_inverse=True)
    quantity = np.zeros(len(keys), dtype=np.int64)
    np.add.at(quantity, inverse, positions.quantity)
    return keys // max(len(instrument_id), 1), keys % max(len(instrument_id), 1), quantity


def _last_known(close: FloatArray) -> FloatArray:
    """The last finite value of each column, NaN where there is none."""
    if not len(close):
        return np.full(close.shape[1], np.nan)
    known = np.isfinite(close)
    last = len(close) - 1 - np.argmax(known[::-1], axis=0)
    return np.where(known.any(axis=0), close[last, np.arange(close.shape[1])], np.nan)


def _blocks(accounts: list[AccountFacts]) -> list[list[AccountFacts]]:
    """Some accounts of one currency at a time."""
    found: list[list[AccountFacts]] = []
    for one in accounts:
        if not found or len(found[-1]) == BLOCK or found[-1][0].currency != one.currency:
            found.append([])
        found[-1].append(one)
    return found
