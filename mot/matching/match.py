"""Events × scenarios × clients → what fires. Array-first: a single event of a single client is a batch of one.

Order of judgement, each only over what the one before let through: time, condition, cooling, the more urgent
scenario of the same event, holdout, contact gate, merging by client. So a client in a holdout is left alone by the
event, not handed to the next scenario. What the gate holds back takes no place; where it does so for longer than the
moment lasts, the next scenario of the event has its turn (`handing`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

import numpy as np

from market.types import BoolArray, FloatArray, IntArray
from mot.events.columns import NO_DAY, Events
from mot.events.types import CERTAIN, EventKind
from mot.features import FEATURES, ClientBook, plain
from mot.matching.holdout import Holdout
from mot.matching.outcome import FIRED, WHYS, Matches, Seen, Why
from mot.scenario.predicate import FALSE, TRUE, UNKNOWN, Answers, comparisons, holds
from mot.scenario.types import Scenario


@dataclass(frozen=True)
class Recent:
    """The last day of a task, by scenario id: (N,) ordinals by row of the book, NO_DAY none."""

    last: Mapping[str, IntArray] = field(default_factory=dict)

    def of(self, scenario: Scenario, clients: IntArray) -> IntArray:
        found = self.last.get(scenario.id)
        return np.full(len(clients), NO_DAY, dtype=np.int64) if found is None else found[clients]

    def after(self, matches: Matches, scenarios: Sequence[Scenario], day: date, n: int) -> Recent:
        """With the tasks of the day: what a backtest carries to the next day."""
        last = dict(self.last)
        tasks = matches.fired | (matches.why == WHYS.index(Why.MERGED))
        for place, scenario in enumerate(scenarios):
            clients = matches.client[tasks & (matches.scenario == place)]
            if len(clients):
                column = last.get(scenario.id, np.full(n, NO_DAY, dtype=np.int64)).copy()
                column[clients] = day.toordinal()
                last[scenario.id] = column
        return Recent(last)


def match(
    events: Events, scenarios: Sequence[Scenario], book: ClientBook, kinds: Mapping[str, EventKind], day: date,
    holdout: Holdout, recent: Recent | None = None,
) -> Matches:  # fmt: skip
    """Every pair of event and scenario with its outcome, before the contact gate and before merging.

    scenarios: those that are in force; what is retired is not among them and can't fire. day: on which tasks are made.
    """
    parts = [
        _of_scenario(events, scenario, place, book, kinds, day, recent or Recent())
        for place, scenario in enumerate(scenarios)
    ]
    return ranked_and_held_out(_joined(parts), scenarios, book, holdout)


def ranked_and_held_out(
    matches: Matches, scenarios: Sequence[Scenario], book: ClientBook, holdout: Holdout
) -> Matches:
    """Of the pairs of one event that fire, the most urgent alone; and those left alone who are in a holdout."""
    return _held_out(_superseded(matches, _ranks(scenarios)), scenarios, book, holdout)


def _of_scenario(
    events: Events, scenario: Scenario, place: int, book: ClientBook, kinds: Mapping[str, EventKind], day: date,
    recent: Recent,
) -> Matches:  # fmt: skip
    rows = np.flatnonzero(np.isin(events.kind, [kinds[kind].place for kind in scenario.moment.events if kind in kinds]))
    some, today = events.take(rows), day.toordinal()
    answers = condition(scenario, some, book)
    since = today - recent.of(scenario, some.client)
    cooling = (recent.of(scenario, some.client) != NO_DAY) & (since < scenario.moment.cooldown_days)
    why = np.select(
        [
            some.day > today, today > some.expires, today > some.day + scenario.moment.window_days,
            answers == FALSE, answers == UNKNOWN, cooling,
        ],
        [WHYS.index(one) for one in (
            Why.IN_FUTURE, Why.EXPIRED, Why.WINDOW_OVER, Why.NOT_MET, Why.NOT_KNOWN, Why.COOLING
        )],
        FIRED,
    )  # fmt: skip
    places = np.full(len(rows), place, dtype=np.int64)
    return Matches(rows, some.client, places, why.astype(np.int64), np.arange(len(rows)))


def condition(scenario: Scenario, events: Events, book: ClientBook) -> Answers:
    """The scenario's condition for each event and its client."""
    return holds(scenario.moment.condition, lambda name: column_of(name, events, book), len(events))


def column_of(name: str, events: Events, book: ClientBook) -> FloatArray | IntArray:
    """A feature for each event: of the client, or of the event itself."""
    if not FEATURES[name].of_event:
        return book.column(name)[events.client]
    if name == "event_amount":
        return events.amount
    if name == "event_confidence":
        return events.confidence.astype(np.float64)
    if name == "event_tentative":
        return (events.confidence < CERTAIN).astype(np.int64)
    return np.where(events.due == NO_DAY, np.nan, (events.due - events.day).astype(np.float64))


def seen(scenario: Scenario, events: Events, book: ClientBook, place: int) -> tuple[Seen, ...]:
    """Why fired or not: every comparison of the condition for one event, with what was found."""
    one = events.take(np.array([place]))
    found = []
    for comparison in comparisons(scenario.moment.condition):
        answer = int(holds(comparison, lambda name: column_of(name, one, book), 1)[0])
        value = plain(FEATURES[comparison.feature], column_of(comparison.feature, one, book)[0])
        found.append(Seen(comparison.sentence, value, None if answer == UNKNOWN else answer == TRUE))
    return tuple(found)


def _ranks(scenarios: Sequence[Scenario]) -> IntArray:
    """The order of urgency: 必做 first, then priority, then id."""
    keys = [(not one.assignment.mandatory, one.assignment.priority, one.id) for one in scenarios]
    order = {key: place for place, key in enumerate(sorted(keys))}
    if len(order) < len(keys):
        raise ValueError("a scenario stands twice: one version of each is in force")
    return np.array([order[key] for key in keys], dtype=np.int64)


def _joined(parts: Sequence[Matches]) -> Matches:
    names = ("event", "client", "scenario", "why")
    columns = [np.concatenate([np.empty(0, np.int64), *(getattr(part, name) for part in parts)]) for name in names]
    event, client, scenario, why = columns
    order = np.lexsort((scenario, event, client))
    return Matches(event[order], client[order], scenario[order], why[order], np.arange(len(order)))


def led(rows: IntArray, groups: IntArray, rank: Sequence[IntArray]) -> IntArray:
    """For each of the rows, the row that leads its group: the least by `rank`, the first key weighing most."""
    order = np.lexsort((*reversed(rank), groups))
    starts = np.concatenate(([True], np.diff(groups[order]) != 0)) if len(order) else np.empty(0, dtype=bool)
    leaders = order[starts][np.cumsum(starts) - 1]
    found = np.empty(len(rows), dtype=np.int64)
    found[order] = rows[leaders]
    return found


def yielded(matches: Matches, rows: IntArray, leader: IntArray, why: Why) -> Matches:
    """With those rows that another one leads marked so."""
    into, code = matches.into.copy(), matches.why.copy()
    behind = leader != rows
    into[rows[behind]], code[rows[behind]] = leader[behind], WHYS.index(why)
    return replace(matches, into=into, why=code)


def _superseded(matches: Matches, ranked: IntArray) -> Matches:
    rows = np.flatnonzero(matches.fired)
    rank = ranked[matches.scenario[rows]] if len(ranked) else np.empty(0, np.int64)
    return yielded(matches, rows, led(rows, matches.event[rows], [rank]), Why.SUPERSEDED)


def _held_out(
    matches: Matches, scenarios: Sequence[Scenario], book: ClientBook, holdout: Holdout
) -> Matches:
    code = matches.why.copy()
    may = np.array([one.may_hold_out for one in scenarios], dtype=bool)
    rows = np.flatnonzero(matches.fired)
    rows = rows[may[matches.scenario[rows]]] if len(rows) else rows
    everywhere = _asked(matches.client[rows], book, holdout.held_globally)
    code[rows[everywhere]] = WHYS.index(Why.HELD_OUT_GLOBAL)
    for place in np.unique(matches.scenario[rows]):
        own = rows[(matches.scenario[rows] == place) & ~everywhere]
        held = _asked(matches.client[own], book, partial(holdout.held, scenarios[int(place)]))
        code[own[held]] = WHYS.index(Why.HELD_OUT)
    return replace(matches, why=code)


def _asked(clients: IntArray, book: ClientBook, ask: Callable[[Sequence[str]], BoolArray]) -> BoolArray:
    """The answer for each entry, asked once a client."""
    rows, back = np.unique(clients, return_inverse=True)
    return np.asarray(ask([book.client_nos[int(row)] for row in rows])[back], dtype=bool)
