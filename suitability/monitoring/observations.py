"""From what a run changed to what the desk of cases is told: one observation a client and product, with its facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import numpy as np

from kit.columns import UNKNOWN
from kit.money import from_scaled
from market.types import IntArray
from suitability.cases.types import Cause, Observation
from suitability.category.standing import CATEGORIES
from suitability.levels import ClientLevel, Gate, ProductLevel
from suitability.matching.cases import GATE_BITS
from suitability.monitoring.book import LEVEL, Book, pair_of
from suitability.monitoring.causes import GATE, OWN, Moment, cause_of, rules_in, split
from suitability.monitoring.reader import Told
from suitability.monitoring.state import State, Step
from suitability.rating.classes import plain_name

CENT: Final = Decimal("0.01")
SOLD: Final = "SOLD"


@dataclass(frozen=True)
class Seen:
    """A run with everything that is needed to say what it saw."""

    old: State
    step: Step
    book: Book
    told: Told
    known_clients: frozenset[int]  # looked at before this run
    rules_changed: bool

    def observations(self, *, everything: bool) -> list[Observation]:
        """Of every pair whose verdict, quantity or facts changed; `everything`: of all that hit a rule."""
        after, changed = self.step.after, self.step.changed(self.old)
        pairs = np.flatnonzero((changed | everything) & ((after.hits != 0) | (self._hits_before() != 0)))
        found = [one for place in pairs.tolist() if (one := self._of_pair(place)) is not None]
        sold = (place for place in self.step.gone.tolist() if split(int(self.old.hits[place]))["product"])
        found += [self._of_gone(place) for place in sold]
        return [*found, *self._of_clients(everything, changed)]

    def mismatched(self) -> set[tuple[str, str]]:
        """Client and product of everything that hits a rule now, as cases know them."""
        keys = set()
        for place in np.flatnonzero(self.step.after.hits).tolist():
            part = split(int(self.step.after.hits[place]))
            client, code = self._names(int(self.step.after.key[place]))
            keys |= {key for key, hit in (((client, code), part["product"]), ((client, ""), part["client"])) if hit}
        return keys

    # within

    def _hits_before(self) -> IntArray:
        if not len(self.old):
            return np.zeros(len(self.step.after), dtype=np.int64)
        known = self.step.before >= 0
        return np.where(known, self.old.hits[np.maximum(self.step.before, 0)], 0)

    def _of_pair(self, place: int) -> Observation | None:
        after, before = self._moments(place, "product")
        had = before.hits if before is not None else 0
        if not after.hits and not had:
            return None
        client, instrument = (int(one) for one in pair_of(self.step.after.key[place]))
        client_no, code = self._names(int(self.step.after.key[place]))
        if not after.hits:
            facts = {"why": self._cure(before, after), "quantity": _shares(after.quantity)}
            return Observation(client_no=client_no, product_code=code, facts=facts)
        value = float(self.book.value[place])
        rank, name = after.product_rank, plain_name(self.told.instruments[instrument].name, self.book.day)
        return Observation(
            client_no=client_no, product_code=code, client_name=self.told.clients[client].name,
            product_name=name, client_class=self._class(place),
            product_level=ProductLevel.of_rank(rank).value if rank else "", rules=rules_in(after.hits),
            gap=_gap(after), cause=self._cause(before, after, client),
            value=None if np.isnan(value) else Decimal(repr(value)).quantize(CENT),
            facts=self._facts(place, after), measures=self._measures(place),
        )

    def _of_gone(self, place: int) -> Observation:
        client_no, code = self._names(int(self.old.key[place]))
        return Observation(client_no=client_no, product_code=code, facts={"why": SOLD, "quantity": "0"})

    def _of_clients(self, everything: bool, changed: Any) -> Iterator[Observation]:
        """One of each client whose own case (no valid assessment) begins, ends or changes."""
        after, old = self.step.after, self.old
        own = {name: _by_client(part) for name, part in (("now", after), ("then", old))}
        moved = {*pair_of(after.key[changed])[0].tolist(), *pair_of(old.key[self.step.gone])[0].tolist()}
        asked = (set(own["now"]) | set(own["then"])) if everything else moved
        for client in sorted(asked):
            now, then = own["now"].get(client, (0, -1)), own["then"].get(client, (0, -1))
            if now[0] and (everything or now[0] != then[0] or client in moved):
                yield self._of_client(client, now)
            elif then[0] and not now[0]:
                why = {"why": "ASSESSED" if client in set(pair_of(after.key)[0].tolist()) else SOLD}
                yield Observation(client_no=self.told.clients[client].client_no, product_code="", facts=why)

    def _of_client(self, client: int, now: tuple[int, int]) -> Observation:
        hits, place = now
        after, before = self._moments(place, "client")
        through = int(self.told.valid_through[self.book.client[place]])
        facts = {"valid_through": None if through == UNKNOWN else date.fromordinal(through).isoformat()}
        return Observation(
            client_no=self.told.clients[client].client_no, product_code="", client_class=self._class(place),
            client_name=self.told.clients[client].name, rules=rules_in(hits),
            cause=self._cause(before, after, client), facts=facts,
        )  # fmt: skip

    def _moments(self, place: int, part: str) -> tuple[Moment, Moment | None]:
        """The pair now and before, with the hits of one part alone."""
        before = int(self.step.before[place])
        now = _moment(self.step.after, place, part)
        return now, None if before < 0 else _moment(self.old, before, part)

    def _cause(self, before: Moment | None, after: Moment, client: int) -> Cause:
        return cause_of(
            before, after, client_known=client in self.known_clients, rules_changed=self.rules_changed
        )

    def _cure(self, before: Moment | None, after: Moment) -> str:
        if before is None:
            return ""
        for name, moved in (
            ("REDUCED", after.quantity < before.quantity), ("CLIENT", after.client_mark != before.client_mark),
            ("PRODUCT", after.product_mark != before.product_mark), ("RULES", self.rules_changed),
        ):
            if moved:
                return name
        return "MARKET"

    def _class(self, place: int) -> str:
        """C1_LOWEST, C1 to C5, NONE without a level, PROFESSIONAL."""
        who = self.book.client[place]
        if not self.book.clients["ordinary"][who]:
            return "PROFESSIONAL"
        rank = int(self.book.clients["client_rank"][who])
        if not rank:
            return "NONE"
        lowest = rank == 1 and bool(self.book.clients["lowest"][who])
        return "C1_LOWEST" if lowest else ClientLevel.of_rank(rank).value

    def _facts(self, place: int, after: Moment) -> dict[str, Any]:
        who, what = self.book.client[place], self.book.product[place]
        lacking = int(self.book.products["gate"][what]) & ~int(self.book.clients["opened"][who])
        through = int(self.told.valid_through[who])
        told: dict[str, Any] = {
            "category": CATEGORIES[int(self.told.category[who])].value,
            "client_level": ClientLevel.of_rank(after.client_rank).value if after.client_rank else None,
            "valid_through": None if through == UNKNOWN else date.fromordinal(through).isoformat(),
            "rating_version": self.told.products.versions[int(self.told.product_place[what])],
            "quantity": _shares(after.quantity),
        }
        if GATE in rules_in(after.hits):
            told["gates"] = [gate.value for gate in Gate if lacking & GATE_BITS[gate]]
        return told

    def _measures(self, place: int) -> dict[str, Any]:
        """What moves with the market: the price's day is the run's."""
        total, value = float(self.book.total[self.book.client[place]]), float(self.book.value[place])
        told: dict[str, Any] = {"day": self.book.day.isoformat()}
        if np.isfinite(total) and np.isfinite(value) and total > 0:
            told["share"] = round(value / total, 6)
        return told

    def _names(self, key: int) -> tuple[str, str]:
        client, instrument = (int(one[0]) for one in pair_of(np.array([key])))
        return self.told.clients[client].client_no, self.told.instruments[instrument].code


def _moment(state: State, place: int, part: str) -> Moment:
    return Moment(
        quantity=int(state.quantity[place]), hits=split(int(state.hits[place]))[part],
        client_mark=int(state.client_mark[place]), product_mark=int(state.product_mark[place]),
        client_rank=int(state.client_rank[place]), product_rank=int(state.product_rank[place]),
        flags=int(state.flags[place]),
    )


def _by_client(state: State) -> dict[int, tuple[int, int]]:
    """The bits of each client's own case, and the place of a pair that has them."""
    own = state.hits & OWN
    places = np.flatnonzero(own)
    clients, first = np.unique(pair_of(state.key[places])[0], return_index=True)
    chosen = places[first]
    return dict(zip(clients.tolist(), zip(own[chosen].tolist(), chosen.tolist(), strict=True), strict=True))


def _gap(after: Moment) -> int:
    """Levels above the client's, where that is what does not fit."""
    hit = rules_in(after.hits)
    return after.product_rank - after.client_rank if any(rule in hit for rule in LEVEL) else 0


def _shares(quantity: int) -> str:
    return format(from_scaled(quantity).normalize(), "f")


def by_cause(told: Iterable[Observation]) -> dict[str, int]:
    """Mismatches by their cause."""
    found: dict[str, int] = {}
    for one in told:
        if one.rules:
            found[one.cause.value] = found.get(one.cause.value, 0) + 1
    return dict(sorted(found.items()))
