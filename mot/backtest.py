"""回溯: scenarios over past days through the real engine, on the stored book. Nothing is filed.

Events are derived anew from the ledgers of those days, and what was told is read; an event that was held back comes
again on the following days of its window, as it does in the day's run. Wishes, complaints and service relations are
those on file for the last day: what they were on each past day is not kept apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from sqlmodel import Session

from kit.access import everything
from kit.problems import BadInput
from market.types import IntArray
from mot.assembly.derived import derived
from mot.assembly.span import ReadSpan, SpanReader
from mot.contact.facts import ContactFacts, ContactReader, marketing_days
from mot.derive.span import Span
from mot.events.columns import Events, joined
from mot.events.desk import columns_of
from mot.events.kinds import by_place, event_kinds
from mot.events.repository import EventRepository
from mot.features import ClientBook
from mot.house import holdout_on
from mot.matching.day import Engine, Judged, over_days
from mot.matching.outcome import WHYS, Matches, Why
from mot.scenario.types import Purpose, Scenario
from mot.tasks.assignment import servers_on
from mot.tasks.gathering import Gathering
from mot.tasks.making import FINAL, outcome_of
from mot.tasks.offers import OfferDesk
from mot.tasks.rules import house_calendar
from mot.tasks.types import Outcome

MOST_DAYS: Final = 120
TOP: Final = 10
Progress = Callable[[int, int], None]


class SpanTooLong(BadInput):
    """回溯的日子太多"""

    title = "Span too long"


@dataclass
class Backtested:
    """What the days came to. outcomes: occurrences by scenario and outcome; clients, staff: tasks of each.

    daily: the same occurrences by the day on which their last word was first said, and by outcome.
    """

    first: date
    last: date
    clients_read: int
    events: int = 0
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)
    held_by: dict[str, int] = field(default_factory=dict)
    by_day: dict[str, int] = field(default_factory=dict)
    daily: dict[str, dict[str, int]] = field(default_factory=dict)
    clients: Counter[str] = field(default_factory=Counter)
    staff: Counter[str] = field(default_factory=Counter)

    @property
    def tasks(self) -> int:
        return sum(self.clients.values())

    def content(self) -> dict[str, Any]:
        """As plain data: what a preview keeps and what is printed."""
        return {
            "first": self.first.isoformat(), "last": self.last.isoformat(), "clients": self.clients_read,
            "events": self.events, "tasks": self.tasks, "clients_with_task": len(self.clients),
            "outcomes": self.outcomes, "held_by": self.held_by, "by_day": self.by_day,
            "daily": {day: counts for day, counts in sorted(self.daily.items()) if counts},
            "most_per_client": dict(self.clients.most_common(TOP)), "by_staff": dict(sorted(self.staff.items())),
        }  # fmt: skip


class Backtester:
    """Backtests over one session; reads the book once for all scenarios that are asked about."""

    def __init__(self, session: Session, first: date, last: date) -> None:
        """Raises SpanTooLong."""
        if last < first:
            raise SpanTooLong(f"起始日 {first} 晚于截止日 {last}；请调换")
        if (last - first).days >= MOST_DAYS:
            raise SpanTooLong(f"一次最多回溯 {MOST_DAYS} 天，此处 {(last - first).days + 1} 天；请分段")
        self._session, self._span = session, Span(first, last)
        self._read: ReadSpan = SpanReader(session, self._span).read()
        self._events, self._refs = self._gathered()

    def run(self, scenarios: Sequence[Scenario], progress: Progress = lambda *_: None) -> Backtested:
        """Every scenario as if it had been in force on each of the days."""
        span, session = self._span, self._session
        days = [span.first + timedelta(days=n) for n in range((span.last - span.first).days + 1)]
        ordered = tuple(sorted(scenarios, key=lambda one: one.id))
        run = _Run(self, ordered)
        engine = Engine(
            scenarios=ordered, holdout=holdout_on(session, span.last), calendar=house_calendar(),
            ref_of=self.ref_of, facts_of=run.facts,
        )  # fmt: skip
        for done, judged in enumerate(over_days(engine, days, run.events_of, run.book_of), start=1):
            run.take(judged)
            progress(done, len(days))
        return run.found

    @property
    def read(self) -> ReadSpan:
        return self._read

    @property
    def session(self) -> Session:
        return self._session

    @property
    def events(self) -> Events:
        return self._events

    @property
    def span(self) -> Span:
        return self._span

    def ref_of(self, _kind: int, ref: int) -> str:
        return "" if ref < 0 else self._refs[ref]

    def _gathered(self) -> tuple[Events, tuple[str, ...]]:
        """Derived and told events of the span in one space of business keys, each once."""
        made, codes = derived(self._session, self._read)
        kinds = event_kinds(self._span.last)
        longest = max(kind.window_days for kind in kinds.values())
        read = EventRepository(self._session, everything(self._span.last))
        rows = read.told_between(self._span.first - timedelta(days=longest), self._span.last)
        told = columns_of(rows, self._read.row_of, self._span.last)
        keys = [codes.ref_of(int(kind), int(ref)) for kind, ref in zip(made.kind, made.ref, strict=True)]
        refs = tuple(sorted({*(key for key in keys if key), *told.refs}))
        code = {ref: place for place, ref in enumerate(refs)}
        theirs = told.events.ref.tolist()
        told_refs = np.array([code[told.refs[one]] if one >= 0 else -1 for one in theirs], dtype=np.int64)
        own_refs = np.array([code.get(key, -1) for key in keys], dtype=np.int64)
        return joined([replace(made, ref=own_refs), replace(told.events, ref=told_refs)]), refs


class _Run:
    """One pass over the days: what is still open of the events, and what was found."""

    def __init__(self, tester: Backtester, scenarios: Sequence[Scenario]) -> None:
        self._tester, self._scenarios = tester, scenarios
        self._read, self._events = tester.read, tester.events
        self._kinds = by_place(tester.span.last)
        wanted = {kind.place for kind in self._kinds.values() for one in scenarios if kind.id in one.moment.events}
        self._open = np.isin(self._events.kind, sorted(wanted))
        self._offers: dict[date, OfferDesk] = {}
        self._servers = servers_on(tester.session, tester.span.last)
        self._known: ContactFacts = ContactReader(tester.session, tester.span.last).of(self._read.clients)
        self._marketing: dict[str, list[date]] = {}
        self._today: IntArray = np.empty(0, dtype=np.int64)
        self._day = tester.span.first
        self._gathering: Gathering | None = None
        self._last: dict[tuple[str, int], tuple[Outcome, str]] = {}
        self._book: ClientBook | None = None
        self.found = Backtested(
            tester.span.first, tester.span.last, len(self._read.clients), events=int(self._open.sum())
        )

    def book_of(self, day: date) -> ClientBook:
        self._day, self._book = day, self._read.book(day)
        return self._book

    def events_of(self, day: date) -> Events:
        """What has happened, is not over and not answered."""
        today = day.toordinal()
        rows = np.flatnonzero(self._open & (self._events.day <= today) & (self._events.expires >= today))
        self._today = rows
        return self._events.take(rows)

    def facts(self, found: Matches, scenarios: Sequence[Scenario], day: date) -> Any:
        assert self._book is not None
        offers = self._offers.setdefault(day, OfferDesk(self._tester.session, day))
        self._gathering = Gathering(self._book, self._servers, offers, house_calendar(), day)
        about = [
            (self._kinds[int(self._events.kind[row])].id, self._tester.ref_of(0, int(self._events.ref[row])))
            for row in self._today.tolist()
        ]  # fmt: skip
        known = replace(
            self._known, day=day, client_today={}, way_today={}, staff_today={}, marketing=self._lately(day)
        )
        return self._gathering.facts(found, scenarios, about, known, {})

    def _lately(self, day: date) -> Mapping[str, tuple[date, ...]]:
        since = day - timedelta(days=marketing_days(day) - 1)
        return {client: tuple(one for one in days if one >= since) for client, days in self._marketing.items()}

    def _note(self, scenario: str, event: int, outcome: Outcome) -> None:
        """The last word on each occurrence counts; that its time is over is no reason where there was one before."""
        before = self._last.get((scenario, event))
        if before is not None and (outcome is Outcome.LAPSED or outcome is before[0]):
            return
        day = self._day.isoformat()
        self._last[scenario, event] = outcome, day
        mine = self.found.outcomes.setdefault(scenario, {})
        if before is not None:
            _less(mine, before[0])
            _less(self.found.daily[before[1]], before[0])
        for counts in (mine, self.found.daily.setdefault(day, {})):
            counts[outcome.value] = counts.get(outcome.value, 0) + 1

    def take(self, judged: Judged) -> None:
        found, owners = self.found, self._gathering.owners if self._gathering else []
        for place in range(len(judged.matches)):
            why = WHYS[int(judged.matches.why[place])]
            if why is Why.IN_FUTURE:
                continue
            rules = judged.gate.reasons(place) if why is Why.GATED else ()
            outcome = outcome_of(why, rules)
            scenario = self._scenarios[int(judged.matches.scenario[place])]
            client = self._read.clients[int(judged.matches.client[place])].client_no
            if outcome in FINAL:
                self._open[self._today[int(judged.matches.event[place])]] = False
            self._note(scenario.id, int(self._today[int(judged.matches.event[place])]), outcome)
            if why is Why.FIRED:
                found.clients[client] += 1
                found.staff[owners[place] or "（无人）"] += 1
                day = judged.day.isoformat()
                found.by_day[day] = found.by_day.get(day, 0) + 1
                if scenario.purpose is Purpose.MARKETING:
                    self._marketing.setdefault(client, []).append(judged.day)
        for rule, n in judged.held_by().items():
            found.held_by[rule] = found.held_by.get(rule, 0) + n


def _less(counts: dict[str, int], outcome: Outcome) -> None:
    """One less; a count of none is not kept."""
    counts[outcome.value] -= 1
    if not counts[outcome.value]:
        del counts[outcome.value]
