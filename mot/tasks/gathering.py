"""What the contact gate reads of the pairs of one day: the same for the day's run and for a backtest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from kit.days import TradingCalendar
from market.types import IntArray
from mot.contact.facts import Asked, ContactFacts, contacts_of
from mot.features import ClientBook
from mot.matching.gate import Contacts
from mot.matching.outcome import Matches
from mot.matching.tasks import mandatories, purposes
from mot.scenario.types import Scenario
from mot.tasks.assignment import Servers, chosen
from mot.tasks.offers import OfferDesk

About = Sequence[tuple[str, str]]
"""Kind and business key of each event, in the order of the columns."""


class Gathering:
    """Facts of one day over a book; who works a task and what it offers are asked only of pairs that fire."""

    def __init__(
        self, book: ClientBook, servers: Servers, offers: OfferDesk, calendar: TradingCalendar, day: date
    ) -> None:
        self._book, self._servers, self._offers = book, servers, offers
        self._calendar, self._day = calendar, day
        self.owners: list[str] = []  # staff number of each pair of the last call, "" where it does not fire

    def facts(
        self, found: Matches, scenarios: Sequence[Scenario], about: About, known: ContactFacts, load: Mapping[str, int]
    ) -> Contacts:
        numbers = [self._book.client_nos[int(row)] for row in found.client]
        self.owners = self._owners(found, scenarios, numbers, load)
        asked = Asked(
            client_nos=numbers, purpose=purposes(found, scenarios), mandatory=mandatories(found, scenarios),
            ways=[scenarios[int(one)].assignment.contact for one in found.scenario],
            staff_today=self._staff_places(found, scenarios, known),
            suitable=self._suitable(found, scenarios, about, numbers),
        )  # fmt: skip
        return contacts_of(asked, known, self._calendar)

    def _owners(
        self, found: Matches, scenarios: Sequence[Scenario], numbers: Sequence[str], load: Mapping[str, int]
    ) -> list[str]:
        names = [""] * len(found)
        for place in np.flatnonzero(found.fired).tolist():
            scenario = scenarios[int(found.scenario[place])]
            who = chosen(self._servers, scenario, numbers[place], load, self._day)
            names[place] = who.staff_no if who else ""
        return names

    def _staff_places(self, found: Matches, scenarios: Sequence[Scenario], known: ContactFacts) -> IntArray:
        """Optional tasks of the person before this one: those of the day on file, and those of this run before it.

        All optional occurrences of one client become one task, so a client counts once.
        """
        before = np.zeros(len(found), dtype=np.int64)
        optional = [
            place for place in np.flatnonzero(found.fired).tolist()
            if self.owners[place] and not scenarios[int(found.scenario[place])].assignment.mandatory
        ]  # fmt: skip
        optional.sort(key=lambda place: (
            scenarios[int(found.scenario[place])].assignment.priority, scenarios[int(found.scenario[place])].id,
            int(found.client[place]),
        ))  # fmt: skip
        places: dict[str, dict[int, int]] = {}
        for place in optional:
            owner, client = self.owners[place], int(found.client[place])
            mine = places.setdefault(owner, {})
            mine.setdefault(client, len(mine))
            before[place] = known.staff_today.get(owner, 0) + mine[client]
        return before

    def _suitable(
        self, found: Matches, scenarios: Sequence[Scenario], about: About, numbers: Sequence[str]
    ) -> IntArray:
        fit = np.full(len(found), -1, dtype=np.int64)
        for place in np.flatnonzero(found.fired).tolist():
            scenario = scenarios[int(found.scenario[place])]
            if scenario.service.needs_decision:
                kind, ref = about[int(found.event[place])]
                fit[place] = int(bool(self._offers.fitting(scenario, numbers[place], kind, ref)))
        return fit
