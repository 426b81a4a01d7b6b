"""候选任务: after the gate, one task for one client and day, with every event that it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from kit.days import TradingCalendar
from kit.digest import digest
from market.types import BoolArray, IntArray
from mot.events.columns import Events
from mot.events.types import EventKind, event_digest
from mot.features import ClientBook
from mot.matching.gate import PURPOSES
from mot.matching.match import led, yielded
from mot.matching.outcome import WHYS, Matches, Why
from mot.scenario.types import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One event that a task answers, under the scenario that asked for it."""

    scenario_id: str
    version: str
    event: str  # digest of the event
    event_row: int  # in the Events
    key: str  # permanent: client, scenario, version, event


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateTask:
    """候选任务: what is to be filed once, by the key of its first occurrence."""

    key: str
    client_no: str
    scenario_id: str
    version: str
    mandatory: bool
    priority: int
    made_on: date
    due_on: date
    occurrences: tuple[Occurrence, ...]  # the leading one first, then those merged into it


def purposes(matches: Matches, scenarios: Sequence[Scenario]) -> IntArray:
    """The purpose of each pair, for the contact gate."""
    codes = np.array([PURPOSES.index(one.purpose) for one in scenarios], dtype=np.int64)
    return codes[matches.scenario] if len(codes) else np.empty(0, np.int64)


def mandatories(matches: Matches, scenarios: Sequence[Scenario]) -> IntArray:
    """Flags of 必做 for each pair, for the contact gate."""
    flags = np.array([one.assignment.mandatory for one in scenarios], dtype=np.int64)
    return flags[matches.scenario] if len(flags) else np.empty(0, np.int64)


def gated(matches: Matches, passed: BoolArray) -> Matches:
    """With those that fired and do not pass the gate marked so. passed: (n,) for every pair."""
    code = np.where(matches.fired & ~passed, WHYS.index(Why.GATED), matches.why)
    return replace(matches, why=code)


def merged(
    matches: Matches, scenarios: Sequence[Scenario], events: Events, kinds: Mapping[int, EventKind]
) -> Matches:
    """One task for one client and day: all 选做 become one, led by the most urgent; each 必做 scenario keeps a task of
    its own (it has its own record and its own day), with all its events of the day in it."""
    rows = np.flatnonzero(matches.fired)
    if not len(rows):
        return matches
    which = matches.scenario[rows]
    mandatory = np.array([one.assignment.mandatory for one in scenarios])[which]
    groups = matches.client[rows] * (len(scenarios) + 1) + np.where(mandatory, which + 1, 0)
    urgency = np.array([one.assignment.priority for one in scenarios])[which]
    ids = np.argsort(np.argsort([one.id for one in scenarios]))[which]
    inborn = np.array([kinds[int(kind)].priority for kind in events.kind[matches.event[rows]]])
    some = events.take(matches.event[rows])
    leader = led(rows, groups, [urgency, ids, inborn, some.day, some.kind, some.ref])
    return yielded(matches, rows, leader, Why.MERGED)


def occurrence_key(client_no: str, scenario: Scenario, event: str) -> str:
    """The permanent key: the same event never makes a second task of the same version for the same client."""
    return digest({"client": client_no, "scenario": scenario.id, "version": scenario.version, "event": event})


def due_on(scenario: Scenario, kind: EventKind, occurred_on: date, day: date, calendar: TradingCalendar) -> date:
    """The last day for the task, counted from the day on which it is made; a duty from the day of its event (and never
    before the first trading day on which it can be done)."""
    n = scenario.assignment.due_trading_days
    since = occurred_on if kind.duty is not None else day
    last = calendar.on_or_after(since) if n == 0 else calendar.next(since, n)
    return max(last, calendar.on_or_after(day))


def tasks(
    matches: Matches, scenarios: Sequence[Scenario], events: Events, book: ClientBook, kinds: Mapping[int, EventKind],
    ref_of: Callable[[int, int], str], day: date, calendar: TradingCalendar,
) -> tuple[CandidateTask, ...]:  # fmt: skip
    """The tasks of the day, the mandatory first, then by priority and client.

    ref_of: the business key of an event from the codes of its kind and ref, "" without one.
    """
    joining: dict[int, list[int]] = {int(row): [int(row)] for row in np.flatnonzero(matches.fired)}
    for row in np.flatnonzero(matches.why == WHYS.index(Why.MERGED)):
        joining[int(matches.into[row])].append(int(row))
    made = []
    for lead, rows in joining.items():
        found = tuple(_occurrence(matches, row, scenarios, events, book, kinds, ref_of) for row in rows)
        scenario, event = scenarios[int(matches.scenario[lead])], int(matches.event[lead])
        kind, occurred = kinds[int(events.kind[event])], date.fromordinal(int(events.day[event]))
        made.append(CandidateTask(
            key=found[0].key, client_no=book.client_nos[int(matches.client[lead])], scenario_id=scenario.id,
            version=scenario.version, mandatory=scenario.assignment.mandatory, priority=scenario.assignment.priority,
            made_on=day, due_on=due_on(scenario, kind, occurred, day, calendar), occurrences=found,
        ))  # fmt: skip
    return tuple(sorted(made, key=lambda one: (not one.mandatory, one.priority, one.client_no, one.key)))


def _occurrence(
    matches: Matches, row: int, scenarios: Sequence[Scenario], events: Events, book: ClientBook,
    kinds: Mapping[int, EventKind], ref_of: Callable[[int, int], str],
) -> Occurrence:  # fmt: skip
    scenario, event = scenarios[int(matches.scenario[row])], int(matches.event[row])
    client_no, kind = book.client_nos[int(matches.client[row])], int(events.kind[event])
    ref = ref_of(kind, int(events.ref[event]))
    name = event_digest(client_no, kinds[kind].id, date.fromordinal(int(events.day[event])), ref)
    return Occurrence(
        scenario_id=scenario.id, version=scenario.version, event=name, event_row=event,
        key=occurrence_key(client_no, scenario, name),
    )  # fmt: skip
