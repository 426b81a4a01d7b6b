"""演练: every scenario on the real book of a day, with an event told of a client for whom it applies; nothing is kept.

For whom would it fire, and what would hold it back? A scenario that applies to nobody, or that nothing can hold back,
is seen here before it is approved. The caller's transaction must be rolled back: what is told here never happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching
from sqlmodel import Session

from clients.staff.filing import Stamp
from market.types import BoolArray
from mot.contact.repository import PreferenceRepository
from mot.contact.wishes import WishAsk, preference_row
from mot.events.desk import put_on_file
from mot.events.kinds import event_kind
from mot.events.types import make_event
from mot.features import FEATURES
from mot.house import DayRead, holdout_on
from mot.matching.gate import gate_sentence
from mot.scenario.predicate import TRUE, holds
from mot.scenario.types import Scenario
from mot.tasks.assignment import servers_on
from mot.tasks.making import Occurrence, TaskMaker
from mot.tasks.offers import ABOUT_PRODUCT, OfferDesk
from mot.tasks.types import Outcome

ROUNDS: Final = 12
AHEAD: Final = timedelta(days=5)
"""From the event to what it announces."""
FACTS: Final[dict[str, Any]] = {"amount_yuan": 1_000_000.0}


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One scenario. able: clients who meet its condition; fired, held: one client each, "" nobody; why: what held."""

    scenario: Scenario
    able: int
    fired: str = ""
    held: str = ""
    why: str = ""


@dataclass
class _Found:
    fired: dict[str, str] = field(default_factory=dict)
    held: dict[str, tuple[str, str]] = field(default_factory=dict)


class Rehearsal:
    """Tells, judges and looks, over one session that the caller rolls back."""

    def __init__(self, session: Session, read: DayRead, stamp: Stamp, scenarios: Sequence[Scenario]) -> None:
        self._session, self._read, self._stamp = session, read, stamp
        self._scenarios = sorted(scenarios, key=lambda one: one.id)
        self._book = read.read.book(read.day)
        self._clients = read.read.clients
        self._holdout = holdout_on(session, read.day)
        self._able = np.array([self._meets(one) for one in self._scenarios]).reshape(-1, len(self._clients))
        self._told = 0
        self._offers = OfferDesk(session, read.day)

    def run(self) -> tuple[Rehearsed, ...]:
        """First for whom each fires; then the same once more of those who may no longer be contacted at all."""
        found, open_ = _Found(), self._able & ~self._left_alone()
        for _ in range(ROUNDS):
            pairs = self._pairs(open_, found)
            if not pairs:
                break
            self._play(pairs, found)
            for scenario, client in pairs:
                open_[scenario, client] = False
        again = [(place, self._row(found.fired[one.id])) for place, one in enumerate(self._scenarios)
                 if one.id in found.fired and one.id not in found.held]  # fmt: skip
        for some in _apart(again):
            self._play(some, found, buried=True)
        return tuple(
            Rehearsed(one, int(able.sum()), found.fired.get(one.id, ""), *found.held.get(one.id, ("", "")))
            for one, able in zip(self._scenarios, self._able, strict=True)
        )

    def _meets(self, scenario: Scenario) -> BoolArray:
        n = len(self._clients)
        of_event = {"event_amount": FACTS["amount_yuan"], "event_confidence": 100.0, "event_tentative": 0.0,
                    "event_days_ahead": float(AHEAD.days)}  # fmt: skip

        def column(name: str) -> Any:
            return np.full(n, of_event[name]) if FEATURES[name].of_event else self._book.column(name)

        met: BoolArray = holds(scenario.moment.condition, column, n) == TRUE
        return met

    def _left_alone(self) -> BoolArray:
        """Pairs in a holdout: they say nothing about the scenario."""
        numbers = [one.client_no for one in self._clients]
        everywhere = self._holdout.held_globally(numbers)
        return np.array([
            (everywhere | self._holdout.held(one, numbers)) if one.may_hold_out else np.zeros(len(numbers), dtype=bool)
            for one in self._scenarios
        ]).reshape(self._able.shape)  # fmt: skip

    def _pairs(self, open_: BoolArray, found: _Found) -> list[tuple[int, int]]:
        """A client of its own for as many of the scenarios that have not fired as can be."""
        wanted = open_.copy()
        wanted[[place for place, one in enumerate(self._scenarios) if one.id in found.fired]] = False
        chosen = maximum_bipartite_matching(csr_array(wanted), perm_type="column")
        return [(scenario, int(client)) for scenario, client in enumerate(chosen) if client >= 0]

    def _row(self, client_no: str) -> int:
        return self._read.read.client_nos.index(client_no)

    def _play(self, pairs: Sequence[tuple[int, int]], found: _Found, *, buried: bool = False) -> None:
        """Tell one event for each pair, judge the day, and take back what was told."""
        nested = self._session.begin_nested()
        try:
            if buried:
                self._bury([client for _, client in pairs])
            self._judge(pairs, found)
        finally:
            nested.rollback()

    def _judge(self, pairs: Sequence[tuple[int, int]], found: _Found) -> None:
        told = {}
        for scenario, client in pairs:
            digest = self._tell(self._scenarios[scenario], self._clients[client].client_no)
            told[digest] = self._scenarios[scenario].id, self._clients[client].client_no
        day = self._read.day
        judged = TaskMaker(
            self._session, self._stamp, day, clients=self._clients, book=self._book,
            servers=servers_on(self._session, day), scenarios=self._scenarios, holdout=self._holdout, outbox=None,
        ).run(dry=True)  # fmt: skip
        for one in judged.looked:
            if told.get(one.event) != (one.scenario.id, one.client_no):
                continue
            if one.outcome is Outcome.FIRED:
                found.fired.setdefault(one.scenario.id, one.client_no)
            elif one.outcome is not None:
                found.held.setdefault(one.scenario.id, (one.client_no, self._why(one)))

    def _why(self, one: Occurrence) -> str:
        return "；".join(gate_sentence(rule, self._read.day) for rule in one.rules) or one.why.label

    def _tell(self, scenario: Scenario, client_no: str) -> str:
        day = self._read.day
        kind = event_kind(scenario.moment.events[0], day)
        self._told += 1
        facts = {name: FACTS.get(name, "示例") for name in kind.facts if name != "due_on"}
        if "due_on" in kind.facts:
            facts["due_on"] = day + AHEAD
        ref = f"演练-{self._told:04d}"
        if kind.id in ABOUT_PRODUCT:  # one that may be named to the client, where there is any: else nothing fires
            sold = self._offers.sold()
            fits = (one for one in sold if self._offers.fitting(scenario, client_no, kind.id, one))
            ref = next(fits, sold[0] if sold else "")
        event = make_event(kind, client_no, day, kind.sources[0], ref=ref, facts=facts)
        return put_on_file(self._session, event, day, self._stamp)

    def _bury(self, clients: Sequence[int]) -> None:
        """Nobody speaks to the dead, whatever the purpose: the one fact that holds back every scenario."""
        day = self._read.day
        PreferenceRepository(self._session).add_all([
            preference_row(self._clients[client].id, WishAsk(valid_from=day, deceased=True), self._stamp)
            for client in sorted(set(clients))
        ])  # fmt: skip


def _apart(pairs: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Pairs in groups in which no client stands twice: two tasks of one client on a day are made one."""
    groups: list[dict[int, tuple[int, int]]] = []
    for scenario, client in pairs:
        group = next((one for one in groups if client not in one), None)
        if group is None:
            groups.append(group := {})
        group[client] = scenario, client
    return [list(one.values()) for one in groups]


def rehearse(session: Session, read: DayRead, stamp: Stamp, scenarios: Sequence[Scenario]) -> tuple[Rehearsed, ...]:
    """Every scenario on the book of a day. The caller rolls back."""
    return Rehearsal(session, read, stamp, scenarios).run()
