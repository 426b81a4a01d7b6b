"""The whole book for a preview: the reader of the watch, asked once for what is held and once for each side's columns.

So both look at the same positions, and a preview replays only the ledgers that have moved since the last run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from sqlmodel import Session

from clients.repository import ClientFacts
from clients.staff.relation_repository import RelationRepository
from clients.types import ClientKind
from kit.access import everything
from market.types import IntArray
from suitability.assessment.rebanding import would_rise
from suitability.assessment.service import bands_moved
from suitability.changes.impact import Book, Side
from suitability.changes.in_force import rules_of
from suitability.matching.cases import NOT_KNOWN, age_on
from suitability.matching.service import house_rules
from suitability.monitoring.positions import standing
from suitability.monitoring.reader import BookReader, Clients, taken
from suitability.monitoring.repository import WatchRepository
from suitability.monitoring.state import places_in
from suitability.rating.service import RatingService

NO_BRANCH: Final = "未分配"


@dataclass(frozen=True)
class People:
    """Clients ascending by id: what does not hang on any rule file."""

    ids: IntArray
    client_nos: tuple[str, ...]
    branches: tuple[str, ...]
    branch: IntArray
    age: IntArray


@dataclass(frozen=True)
class Read:
    """One side, the codes of its products, and what its clients' columns are made of."""

    side: Side
    codes: tuple[str, ...]
    clients: Clients


class PreviewReader:
    """Reads the book of one day for both sides of a preview."""

    def __init__(self, session: Session, day: date) -> None:
        self._session = session
        self._day = day
        self._reader = BookReader(session, day)
        self.people = self._people([one for _, one in sorted(self._reader.clients.items())])

    def side(self) -> Read:
        """The book under the rule files that are in force for this session on the day."""
        with rules_of(self._session, self._day):
            products = RatingService(self._session).product_columns(self._day)
            rules = house_rules().matching
            clients = self._reader.client_columns(self.people.ids)
            rise = would_rise(clients.assessed, bands_moved(self._session, self._day))
        at = places_in(clients.assessed.client_id, self.people.ids)
        columns = {**clients.columns, "age": self.people.age}
        side = Side(columns, products.as_cases(), rules, taken(rise, at, 0).astype(np.bool_))
        return Read(side, products.codes, clients)

    def book(self, codes: Sequence[str]) -> Book:
        """Whom and what to look at, with everything that is held at the end of the day and what it is worth."""
        kept = WatchRepository(self._session)
        held = self._reader.held(standing(self._reader, kept.accounts(), kept.holdings()).positions)
        names, place = self._reader.instruments(held.instrument_id), {code: at for at, code in enumerate(codes)}
        product = np.array([place[names[one].code] for one in held.instrument_id.tolist()], dtype=np.int64)
        people = self.people
        return Book(
            people.client_nos, people.branches, people.branch, codes, held.client, product[held.product], held.value,
            held.total,
        )  # fmt: skip

    def _people(self, clients: Sequence[ClientFacts]) -> People:
        served = RelationRepository(self._session, everything(self._day)).branches_on(self._day)
        names = [served.get(one.id, NO_BRANCH) for one in clients]
        branches = tuple(sorted(set(names)))
        place = {name: number for number, name in enumerate(branches)}
        return People(
            _whole([one.id for one in clients]), tuple(one.client_no for one in clients), branches,
            _whole([place[name] for name in names]), _whole([self._age(one) for one in clients]),
        )  # fmt: skip

    def _age(self, client: ClientFacts) -> int:
        return age_on(client.birth_date, self._day) if client.kind is ClientKind.NATURAL else NOT_KNOWN


def _whole(values: Sequence[Any]) -> IntArray:
    return np.array(values, dtype=np.int64)
