"""From events on file to tasks on file: one day of the engine over the book, and what became of every occurrence.

Events that were answered for good (a task, or a holdout) are not looked at again, in whatever version of a scenario:
the same day once more makes nothing new. What was held back is judged anew as long as its window is open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
from sqlmodel import Session

from clients.repository import ClientFacts
from clients.staff.filing import Stamp, file_change
from clients.staff.repository import StaffRepository
from kit.access import everything
from kit.clock import SHANGHAI
from kit.db import one_at_a_time
from market.types import IntArray
from mot.contact.facts import ContactFacts, ContactReader, way_of
from mot.contact.repository import NOTHING_SAID, SuppressionRepository
from mot.contact.tables import SuppressionRow
from mot.effect.registration import register, register_programme
from mot.events.columns import NO_DAY
from mot.events.desk import Filed, columns_of
from mot.events.kinds import by_place
from mot.events.repository import EventRepository, event_of
from mot.events.tables import EventRow
from mot.events.told import notice
from mot.features import ClientBook
from mot.matching.day import Engine, Judged, judge_day, tasks_of
from mot.matching.gate import gate_sentence
from mot.matching.holdout import Holdout
from mot.matching.match import Recent
from mot.matching.outcome import WHYS, Why
from mot.matching.tasks import CandidateTask, occurrence_key
from mot.matching.waiting import Held, next_allowed
from mot.scenario.speech import speech, values_of
from mot.scenario.types import Scenario
from mot.tasks.assignment import Servers, chosen
from mot.tasks.filing import created, push, push_of
from mot.tasks.gathering import Gathering
from mot.tasks.offers import OfferDesk, stored
from mot.tasks.ports import Outbox, PushReason
from mot.tasks.repository import TaskRepository
from mot.tasks.rules import house_calendar, immediate, lapses_on, needs_adviser
from mot.tasks.tables import JudgementRow, TaskRow
from mot.tasks.types import Assignee, Origin, Outcome, TaskState

MAKING: Final = "heshi.mot.making"
CREATE: Final = "CREATE"
FINAL: Final = (Outcome.FIRED, Outcome.HELD_OUT)
CAPS: Final = frozenset(("MOT-G11", "MOT-G12", "MOT-G13", "MOT-G14"))
QUIET: Final = frozenset(("MOT-G09", "MOT-G10"))
_OF_WHY: Final[Mapping[Why, Outcome]] = {
    Why.FIRED: Outcome.FIRED, Why.MERGED: Outcome.FIRED, Why.WINDOW_OVER: Outcome.LAPSED, Why.EXPIRED: Outcome.LAPSED,
    Why.NOT_MET: Outcome.NOT_MET, Why.NOT_KNOWN: Outcome.NOT_MET, Why.COOLING: Outcome.COOLING,
    Why.SUPERSEDED: Outcome.SUPERSEDED, Why.HELD_OUT: Outcome.HELD_OUT, Why.HELD_OUT_GLOBAL: Outcome.HELD_OUT,
}  # fmt: skip


def outcome_of(why: Why, rules: Sequence[str]) -> Outcome:
    """What became of an occurrence: the gate's rules say whether it was a cap, the hour, or the gate proper."""
    if why is not Why.GATED:
        return _OF_WHY[why]
    if set(rules) <= CAPS:
        return Outcome.CAPPED
    return Outcome.QUIET if set(rules) <= QUIET else Outcome.GATED


@dataclass(frozen=True)
class Made:
    """What a run came to. outcomes: occurrences by scenario and outcome; tasks: numbers of the new ones."""

    day: date
    events: int
    outcomes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    held_by: Mapping[str, int] = field(default_factory=dict)
    tasks: tuple[TaskRow, ...] = ()
    candidates: int = 0
    pushed: int = 0
    looked: tuple[Occurrence, ...] = ()  # of a dry run: what it saw, pair by pair

    @property
    def fired(self) -> int:
        return sum(one.get(Outcome.FIRED.value, 0) for one in self.outcomes.values())


class TaskMaker:
    """Judges events and makes tasks over one session, on one day; the commit belongs to the caller."""

    def __init__(
        self, session: Session, stamp: Stamp, day: date, *, clients: Sequence[ClientFacts], book: ClientBook,
        servers: Servers, scenarios: Sequence[Scenario], holdout: Holdout, outbox: Outbox | None,
    ) -> None:  # fmt: skip
        """book: of these very clients, in their order."""
        self._session, self._stamp, self._day = session, stamp, day
        self._clients, self._book, self._servers = clients, book, servers
        self._holdout, self._outbox = holdout, outbox
        self._scenarios = tuple(sorted(scenarios, key=lambda one: one.id))
        self._row_of = {one.client_no: row for row, one in enumerate(clients)}
        self._calendar = house_calendar()
        self._read = TaskRepository(session, everything(day))
        self._offers = OfferDesk(session, day)

    def run(self, *, client_no: str | None = None, at_once: bool = False, dry: bool = False) -> Made:
        """Judge what is pending. client_no: of this client alone; at_once: only scenarios whose task is made in the
        request that tells the event; dry: nothing is filed."""
        if not dry:
            one_at_a_time(self._session, MAKING)
            register(self._session, self._scenarios, self._day, self._stamp)
            register_programme(self._session, self._holdout.share, self._day, self._stamp)
        scenarios = tuple(one for one in self._scenarios if not at_once or immediate(one, self._day))
        rows = EventRepository(self._session, everything(self._day)).pending(self._day, client_no)
        asked_for = {kind for one in scenarios for kind in one.moment.events}
        filed = columns_of([row for row in rows if row.kind in asked_for], self._row_of, self._day)
        if not len(filed.events):
            return Made(self._day, 0)
        known = ContactReader(self._session, self._day).of(self._clients, self._closed())
        load = self._read.load()
        about = [(row.kind, row.ref) for row in filed.rows]
        gathering = Gathering(self._book, self._servers, self._offers, self._calendar, self._day)
        engine = Engine(
            scenarios=scenarios, holdout=self._holdout, calendar=self._calendar, ref_of=filed.ref_of,
            facts_of=lambda found, some, _: gathering.facts(found, some, about, known, load),
        )  # fmt: skip
        judged = judge_day(engine, filed.events, self._book, self._day, self._recent(scenarios))
        candidates = tasks_of(engine, judged, filed.events, self._book)
        outcomes = _counted(judged, scenarios)
        if dry:
            looked = tuple(_occurrences(judged, scenarios, filed, self._book))
            return Made(self._day, len(filed.events), outcomes, judged.held_by(), (), len(candidates), looked=looked)
        made = self._file_tasks(candidates, scenarios, filed, known, load)
        self._file_judgements(judged, scenarios, filed, candidates, made, known)
        new = tuple(made.values())
        pushed = self._push(new, scenarios)
        if new:
            self._trail(new, outcomes)
        return Made(self._day, len(filed.events), outcomes, judged.held_by(), new, len(candidates), pushed)

    # facts

    def _closed(self) -> frozenset[str]:
        column = self._book.column("account_open")
        return frozenset(one.client_no for one, flag in zip(self._clients, column, strict=True) if flag == 0)

    def _recent(self, scenarios: Sequence[Scenario]) -> Recent:
        last: dict[str, IntArray] = {}
        wanted = {one.id for one in scenarios if one.moment.cooldown_days}
        for (scenario, client), on in self._read.last_made(self._day).items():
            if scenario in wanted and client in self._row_of:
                column = last.setdefault(scenario, np.full(len(self._clients), NO_DAY, dtype=np.int64))
                column[self._row_of[client]] = on.toordinal()
        return Recent(last)

    # filing

    def _file_tasks(
        self, candidates: Sequence[CandidateTask], scenarios: Sequence[Scenario], filed: Filed, known: ContactFacts,
        load: dict[str, int],
    ) -> dict[str, TaskRow]:  # fmt: skip
        """New tasks by their permanent key."""
        by_id = {one.id: one for one in scenarios}
        on_file = self._read.keys([one.key for one in candidates])
        names = self._branch_names()
        made: dict[str, TaskRow] = {}
        for one in candidates:
            if one.key in on_file:
                continue
            scenario, event = by_id[one.scenario_id], filed.rows[one.occurrences[0].event_row]
            owner = chosen(self._servers, scenario, one.client_no, load, self._day)
            row = self._task(one, scenario, event, owner, known, names)
            detail = {"events": [occurrence.event for occurrence in one.occurrences], "scenario": scenario.version}
            created(self._session, row, self._stamp, self._day, detail)
            if owner is not None:
                load[owner.staff_no] = load.get(owner.staff_no, 0) + 1
            made[one.key] = row
        return made

    def _branch_names(self) -> dict[str, str]:
        branches = StaffRepository(self._session, everything(self._day)).branches()
        return {one.branch_no: one.name for one in branches}

    def _task(
        self, one: CandidateTask, scenario: Scenario, event: EventRow, owner: Assignee | None, known: ContactFacts,
        names: Mapping[str, str],
    ) -> TaskRow:  # fmt: skip
        kinds = by_place(self._day)
        kind = next(found for found in kinds.values() if found.id == event.kind)
        client = self._clients[self._row_of[one.client_no]]
        happened = event_of(event)
        who = owner or Assignee("", "", "")
        people = {
            "client_name": client.name, "advisor_name": who.name, "branch_name": names.get(who.branch_no, ""),
        }  # fmt: skip
        values = values_of(happened, kind, self._day, {name: said for name, said in people.items() if said},
                           self._book, self._row_of[one.client_no])  # fmt: skip
        said = speech(scenario, values)
        must = kind.duty is not None
        way = way_of(known.wishes.get(one.client_no, NOTHING_SAID), scenario.assignment.contact)
        offers = self._offers.filed(scenario, one.client_no, event.kind, event.ref, self._stamp)
        return TaskRow(
            key=one.key, origin=Origin.SCENARIO.value, client_no=one.client_no, client_name=client.name,
            scenario_id=scenario.id, scenario_digest=scenario.version, name=scenario.name,
            family=scenario.family.value, purpose=scenario.purpose.value, event=event.digest, event_kind=event.kind,
            occurred_on=event.occurred_on, notice=notice(happened, kind, client.name)[:400], mandatory=one.mandatory,
            priority=one.priority, evidence=scenario.action.evidence or bool(kind.duty and kind.duty.evidence),
            compliance_copy=scenario.action.compliance_copy or bool(kind.duty and kind.duty.compliance_copy),
            must_contact=must, needs_adviser=needs_adviser(scenario, self._day),
            state=(TaskState.ASSIGNED if owner else TaskState.CREATED).value, owner_no=who.staff_no,
            owner_name=who.name, branch_no=who.branch_no or self._home_branch(one.client_no), made_on=self._day,
            due_on=one.due_on,
            expires_on=lapses_on(one.due_on, self._day, mandatory=one.mandatory, must_contact=must),
            told={
                "opening": said.opening, "points": list(said.points), "lacking": list(said.lacking),
                "way": way.value if way else "", "events": [found.event for found in one.occurrences],
                "stand_in_for": who.stand_in_for,
            },
            offers=stored(offers), created_at=self._stamp.at,
        )  # fmt: skip

    def _home_branch(self, client_no: str) -> str:
        """The branch that serves the client, for a task that waits for somebody."""
        return next((one.who.branch_no for one in self._servers.get(client_no, ()) if one.who.branch_no), "")

    def _file_judgements(
        self, judged: Judged, scenarios: Sequence[Scenario], filed: Filed, candidates: Sequence[CandidateTask],
        made: Mapping[str, TaskRow], known: ContactFacts,
    ) -> None:  # fmt: skip
        task_of = {
            occurrence.key: made[one.key].id for one in candidates if one.key in made for occurrence in one.occurrences
        }
        found = [one for one in _occurrences(judged, scenarios, filed, self._book) if one.outcome is not None]
        on_file = self._read.judgements([one.key for one in found])
        suppressed = SuppressionRepository(self._session, everything(self._day))
        known_rows = suppressed.known(self._day, CREATE)
        fresh, held_back = [], []
        for one in found:
            told = self._told(one, known)
            row = on_file.get(one.key)
            if row is None:
                fresh.append(JudgementRow(
                    key=one.key, client_no=one.client_no, scenario_id=one.scenario.id,
                    scenario_digest=one.scenario.version, event=one.event, first_on=self._day,
                    task_id=task_of.get(one.key), **told,
                ))  # fmt: skip
            elif row.outcome not in FINAL and one.outcome is not Outcome.LAPSED:
                if one.key in task_of:
                    row.task_id = task_of[one.key]
                for name, value in told.items():
                    setattr(row, name, value)
            if one.rules and (one.key, told["rules"]) not in known_rows:
                held_back.append(self._suppression(one, told))
        self._read.add_all(fresh)
        suppressed.add_all(held_back)

    def _told(self, one: Occurrence, known: ContactFacts) -> dict[str, Any]:
        assert one.outcome is not None
        rules = ",".join(one.rules)
        reason = self._sentences(one.rules) or one.why.label
        if one.behind is not None:
            reason = f"让位于“{one.behind.name}”" + (
                f"，它暂时不能联系：{self._sentences(one.waits)}；开闸后先办它" if one.waits else ""
            )
        at, held_by = None, one.rules or one.waits
        if held_by:
            days = known.marketing.get(one.client_no, ())
            at = next_allowed(Held(
                at=self._stamp.at.astimezone(SHANGHAI), rules=held_by,
                quiet_until=known.quiet_until.get(one.client_no),
                bereaved_on=known.bereaved_on.get(one.client_no), oldest_marketing_on=days[0] if days else None,
            ), self._calendar)  # fmt: skip
        return {
            "outcome": one.outcome.value, "why": one.why.value, "rules": rules[:128], "reason": reason[:600],
            "next_allowed_at": at, "day": self._day,
        }  # fmt: skip

    def _sentences(self, rules: Sequence[str]) -> str:
        return "；".join(gate_sentence(rule, self._day) for rule in rules)

    def _suppression(self, one: Occurrence, told: Mapping[str, Any]) -> SuppressionRow:
        return SuppressionRow(
            subject=one.key, stage=CREATE, client_no=one.client_no, scenario_id=one.scenario.id,
            scenario_digest=one.scenario.version, day=self._day, at=self._stamp.at, rules=told["rules"],
            reason=told["reason"], next_allowed_at=told["next_allowed_at"],
        )  # fmt: skip

    def _push(self, new: Sequence[TaskRow], scenarios: Sequence[Scenario]) -> int:
        channels = {one.id: one.assignment.push for one in scenarios}
        return push(self._session, self._outbox, [
            push_of(row, PushReason.NEW, self._stamp.at, channels[row.scenario_id]) for row in new
        ])  # fmt: skip

    def _trail(self, new: Sequence[TaskRow], outcomes: Mapping[str, Mapping[str, int]]) -> None:
        file_change(
            self._session, self._stamp, "mot.judge", "mot_day", self._day.isoformat(), tasks=len(new),
            outcomes={name: dict(one) for name, one in outcomes.items()},
        )


@dataclass(frozen=True)
class Occurrence:
    """One pair of event and scenario, as it was judged."""

    key: str
    client_no: str
    scenario: Scenario
    event: str
    why: Why
    rules: tuple[str, ...]
    outcome: Outcome | None  # None: not to be kept
    behind: Scenario | None = None  # the more urgent one of the same event
    waits: tuple[str, ...] = ()  # by which rules that one is held back for now


def _occurrences(
    judged: Judged, scenarios: Sequence[Scenario], filed: Filed, book: ClientBook
) -> list[Occurrence]:
    found = []
    for place in range(len(judged.matches)):
        why = WHYS[int(judged.matches.why[place])]
        scenario, row = scenarios[int(judged.matches.scenario[place])], filed.rows[int(judged.matches.event[place])]
        rules = judged.gate.reasons(place) if why is Why.GATED else ()
        lead = int(judged.matches.into[place])
        behind = scenarios[int(judged.matches.scenario[lead])] if why is Why.SUPERSEDED else None
        waits = behind is not None and int(judged.matches.why[lead]) == WHYS.index(Why.GATED)
        client_no = book.client_nos[int(judged.matches.client[place])]
        found.append(Occurrence(
            occurrence_key(client_no, scenario, row.digest), client_no, scenario, row.digest, why, rules,
            None if why is Why.IN_FUTURE else outcome_of(why, rules), behind,
            judged.gate.reasons(lead) if waits else (),
        ))  # fmt: skip
    return found


def _counted(judged: Judged, scenarios: Sequence[Scenario]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for place in range(len(judged.matches)):
        why = WHYS[int(judged.matches.why[place])]
        if why is Why.IN_FUTURE:
            continue
        rules = judged.gate.reasons(place) if why is Why.GATED else ()
        mine = found.setdefault(scenarios[int(judged.matches.scenario[place])].id, Counter())
        mine[outcome_of(why, rules).value] += 1
    return {name: dict(counter) for name, counter in sorted(found.items())}
