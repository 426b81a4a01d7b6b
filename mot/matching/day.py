"""One day of the engine, and many: what a scheduler runs and what a backtest runs is the same function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from kit.days import TradingCalendar
from market.types import IntArray
from mot.events.columns import Events
from mot.events.kinds import by_place, event_kinds
from mot.features import ClientBook
from mot.matching import handing
from mot.matching.gate import Contacts, Gated, contacts, gate
from mot.matching.holdout import Holdout
from mot.matching.match import Recent, match, ranked_and_held_out
from mot.matching.outcome import WHYS, Matches, Why
from mot.matching.tasks import CandidateTask, gated, mandatories, merged, purposes, tasks
from mot.scenario.types import Scenario


def no_facts(matches: Matches, scenarios: Sequence[Scenario], day: date) -> Contacts:
    """Contacts of which nothing is known that could hold them back: for a look at conditions alone."""
    return contacts(purposes(matches, scenarios), day, mandatory=mandatories(matches, scenarios))


def no_ref(_kind: int, ref: int) -> str:
    """Business keys by their bare code, where the caller has no words for them."""
    return "" if ref < 0 else str(ref)


@dataclass(frozen=True, kw_only=True)
class Engine:
    """All that stays the same from day to day.

    scenarios: those in force. facts_of: what is known of the contacts, one entry for each pair of `Matches` (called
    with the matches, the scenarios and the day). ref_of: the business key of an event, from its kind's and ref's codes.
    """

    scenarios: tuple[Scenario, ...]
    holdout: Holdout
    calendar: TradingCalendar
    facts_of: Callable[[Matches, Sequence[Scenario], date], Contacts] = no_facts
    ref_of: Callable[[int, int], str] = no_ref


@dataclass(frozen=True)
class Judged:
    """One day: every pair with its outcome, and the gate's reasons by pair."""

    day: date
    matches: Matches
    gate: Gated

    def held_by(self) -> dict[str, int]:
        """How many tasks each rule of the gate held back; one that two rules hold counts for both."""
        asked = self.matches.why == WHYS.index(Why.GATED)
        return {rule: int((held & asked).sum()) for rule, held in self.gate.held.items() if (held & asked).any()}


def judge_day(engine: Engine, events: Events, book: ClientBook, day: date, recent: Recent | None = None) -> Judged:
    """What fires on the day, and why everything else does not."""
    scenarios = engine.scenarios
    found = match(events, scenarios, book, event_kinds(day), day, engine.holdout, recent)
    cases = engine.facts_of(found, scenarios, day)
    judged = gate(cases, day)
    while (those := handing.lost(found, judged, cases, events, scenarios, day)).any():
        found = ranked_and_held_out(handing.handed_on(found, those), scenarios, book, engine.holdout)
        cases = engine.facts_of(found, scenarios, day)
        judged = handing.kept(judged, gate(cases, day), found)
    kept = merged(gated(found, judged.passed), scenarios, events, by_place(day))
    return Judged(day, kept, judged)


def tasks_of(engine: Engine, judged: Judged, events: Events, book: ClientBook) -> tuple[CandidateTask, ...]:
    """The tasks of a day that was judged, to be filed each once by its key."""
    day = judged.day
    return tasks(judged.matches, engine.scenarios, events, book, by_place(day), engine.ref_of, day, engine.calendar)


@dataclass
class Backtest:
    """What many days came to. tasks_by_client: (N,) by row of the book."""

    tasks_by_client: IntArray
    days: int = 0
    outcomes: dict[str, dict[Why, int]] = field(default_factory=dict)  # by scenario id
    held_by: dict[str, int] = field(default_factory=dict)  # by rule of the gate

    @property
    def tasks(self) -> int:
        return int(self.tasks_by_client.sum())

    def add(self, judged: Judged, scenarios: Sequence[Scenario]) -> None:
        self.days += 1
        for place, scenario in enumerate(scenarios):
            mine = self.outcomes.setdefault(scenario.id, {})
            for why, n in judged.matches.of_scenario(place).items():
                mine[why] = mine.get(why, 0) + n
        for rule, n in judged.held_by().items():
            self.held_by[rule] = self.held_by.get(rule, 0) + n
        fired = judged.matches.client[judged.matches.fired]
        self.tasks_by_client += np.bincount(fired, minlength=len(self.tasks_by_client))


def over_days(
    engine: Engine, days: Iterable[date], events_of: Callable[[date], Events], book_of: Callable[[date], ClientBook],
    recent: Recent | None = None,
) -> Iterator[Judged]:  # fmt: skip
    """Day after day through the real engine, each with the tasks of those before behind it.

    Every book has the same clients in the same rows. An event that was held back comes again only where `events_of`
    gives it again, within its window.
    """
    known = recent or Recent()
    for day in days:
        book = book_of(day)
        judged = judge_day(engine, events_of(day), book, day, known)
        known = known.after(judged.matches, engine.scenarios, day, len(book))
        yield judged


def backtest(
    engine: Engine, days: Iterable[date], events_of: Callable[[date], Events], book_of: Callable[[date], ClientBook],
    n: int,
) -> Backtest:  # fmt: skip
    """Counts over the days for a book of n clients: fired, held out, gated, cooling, not met, by scenario and rule."""
    found = Backtest(np.zeros(n, dtype=np.int64))
    for judged in over_days(engine, days, events_of, book_of):
        found.add(judged, engine.scenarios)
    return found
