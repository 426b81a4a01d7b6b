"""The whole book for a preview, read from the database: who, what, what is held, and each side's columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final

import numpy as np
from sqlmodel import Session

from clients.repository import ClientRepository
from clients.staff.relation_repository import RelationRepository
from clients.types import ClientKind
from diagnosis.replay import replay
from diagnosis.service import DiagnosisService
from kit.access import everything
from kit.columns import UNKNOWN
from market.types import BoolArray, IntArray
from suitability.assessment.rebanding import would_rise
from suitability.assessment.service import assessment_columns, bands_moved
from suitability.category.service import category_columns
from suitability.changes.impact import Book, Side
from suitability.changes.in_force import rules_of
from suitability.gates.service import GateService
from suitability.matching.cases import GATE_BITS, NO_LIMIT, NOT_KNOWN, age_on
from suitability.matching.service import house_rules
from suitability.profile.facts import profile_columns
from suitability.rating.service import RatingService

NO_BRANCH: Final = "未分配"
_CLIENTS_AT_ONCE: Final = 256


@dataclass(frozen=True)
class People:
    """Clients ascending by id: what does not hang on any rule file."""

    ids: IntArray
    client_nos: tuple[str, ...]
    branches: tuple[str, ...]
    branch: IntArray
    age: IntArray


def read_people(session: Session, day: date) -> People:
    """Every client of the firm on `day`."""
    clients = sorted(ClientRepository(session, everything(day)).clients(), key=lambda one: one.id)
    served = RelationRepository(session, everything(day)).branches_on(day)
    names = [served.get(one.id, NO_BRANCH) for one in clients]
    branches = tuple(sorted(set(names)))
    place = {name: number for number, name in enumerate(branches)}
    ages = [age_on(one.birth_date, day) if one.kind is ClientKind.NATURAL else NOT_KNOWN for one in clients]
    return People(
        np.array([one.id for one in clients], dtype=np.int64), tuple(one.client_no for one in clients), branches,
        np.array([place[name] for name in names], dtype=np.int64), np.array(ages, dtype=np.int64),
    )  # fmt: skip


def read_side(session: Session, people: People, day: date) -> tuple[Side, tuple[str, ...]]:
    """The book under the rule files that are in force for this session on `day`, and the products' codes."""
    with rules_of(session, day):
        products = RatingService(session).product_columns(day)
        rules = house_rules().matching
        clients, rising = _clients(session, people, day)
    return Side(clients, products.as_cases(), rules, rising), products.codes


def _clients(session: Session, people: People, day: date) -> tuple[Mapping[str, Any], BoolArray]:
    assessed, profiles = assessment_columns(session, day), profile_columns(session, day)
    categories = category_columns(session, day)
    level = _taken(people.ids, assessed.client_id, profiles.lower(assessed.client_id, assessed.level), 0)
    through = _taken(people.ids, assessed.client_id, assessed.valid_through, UNKNOWN)
    rising = _taken(people.ids, assessed.client_id, would_rise(assessed, bands_moved(session, day)), np.False_)
    of_profile = {
        name: _taken(people.ids, profiles.client_id, getattr(profiles, name), nothing)
        for name, nothing in (
            ("expected_return", np.nan), ("lock_limit", NO_LIMIT), ("reserve_months", np.nan), ("biases", 0)
        )
    }
    columns = {
        "ordinary": _taken(people.ids, categories.client_id, categories.category, 0) == 0,
        "client_rank": level,
        "lowest": _taken(people.ids, assessed.client_id, assessed.lowest, np.False_),
        "expired": (through != UNKNOWN) & (through < day.toordinal()),
        "term_rank": _taken(people.ids, assessed.client_id, assessed.term, 0),
        "type_rank": _taken(people.ids, assessed.client_id, assessed.types, 0),
        "age": people.age,
        "opened": _opened(session, people, day),
        **of_profile,
    }
    return columns, rising


def _opened(session: Session, people: People, day: date) -> IntArray:
    """Bits of the gates that are open."""
    held = GateService(session, everything(day)).gates_of_book(day)
    return np.array([sum(GATE_BITS[gate] for gate in held.get(no, ())) for no in people.client_nos], dtype=np.int64)


def _taken(wanted: IntArray, ids: IntArray, values: Any, nothing: Any) -> Any:
    """The value of each wanted id, `nothing` where it has none; `ids` ascend."""
    if not len(ids):
        return np.full(len(wanted), nothing)
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[place] == wanted, values[place], nothing)


def read_book(session: Session, people: People, codes: tuple[str, ...], day: date) -> Book:
    """Whom and what to look at, with everything that is held at the end of `day`."""
    client = {no: place for place, no in enumerate(people.client_nos)}
    product = {code: place for place, code in enumerate(codes)}
    held = sorted({
        (client[no], product[code]) for no, code in _held(session, day) if no in client and code in product
    })  # fmt: skip
    pairs = np.array(held, dtype=np.int64).reshape(-1, 2)
    return Book(people.client_nos, people.branches, people.branch, codes, pairs[:, 0], pairs[:, 1])


def _held(session: Session, day: date) -> Iterator[tuple[str, str]]:
    """(client, security) of every holding, some clients at a time."""
    clients, diagnosis = ClientRepository(session, everything(day)), DiagnosisService(session, everything(day))
    accounts = sorted(clients.accounts(), key=lambda one: one.client_no)
    grouped = [tuple(own) for _, own in groupby(accounts, key=lambda one: one.client_no)]
    for start in range(0, len(grouped), _CLIENTS_AT_ONCE):
        some = [account for own in grouped[start : start + _CLIENTS_AT_ONCE] for account in own]
        ledger = clients.ledger([one.account_no for one in some])
        setting = diagnosis.setting(ledger, day, None)
        history = replay(ledger, setting.grid, setting.actions, last=day)
        if not history.grid.points.size:
            continue
        held = np.flatnonzero(history.quantity[:, -1] > 0)
        account = np.searchsorted(history.slot_offsets, held, side="right") - 1
        for slot, own in zip(held.tolist(), account.tolist(), strict=True):
            yield some[own].client_no, history.grid.securities[int(history.slot_security[slot])].code
