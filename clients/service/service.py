"""The desk of service: what a client is promised and when; who is due next; load and plan of the book, and what of the
plan was accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlmodel import Session, col

from clients.contacts.repository import counted_from, last_days
from clients.repository import ClientRepository
from clients.satisfaction.repository import last_answer_of
from clients.service.agreed import LONGEST_REASON, Agreed, AgreedStep, settle
from clients.service.book import ServiceBook, capacity_of, hours_of, read_book
from clients.service.earning import earned
from clients.service.plan import NOBODY, Items, Measure, Plan, Step, items_of, plan
from clients.service.problems import NoSuchStep, PlanMovedOn, StepRefused
from clients.service.repository import Person, ServiceRepository
from clients.service.rules import kept_by, level_rules, plan_rule
from clients.service.standing import UNKNOWN, standings_of
from clients.service.tables import ServiceStepRow, ServiceStepUndoRow
from clients.service.types import KINDS, LEVELS, Earned, LevelRule, Promise, PromiseKind, ServiceLevel, due_after
from clients.staff.filing import Stamp, file_change
from clients.staff.relation_repository import RelationRepository
from clients.staff.tables import RelationRow
from clients.staff.types import Relation, RelationRole
from kit.access import Scope
from kit.db import one_at_a_time
from market.types import IntArray


@dataclass(frozen=True, slots=True)
class ClientService:
    """What one client earns and is promised on a day. main: who serves it, None where no one does.

    agreed: accepted steps of the load plan for promises that are owed now or later.
    """

    client_no: str
    client_name: str
    day: date
    earned: Earned
    rule: LevelRule
    promises: tuple[Promise, ...]
    main: Relation | None
    agreed: tuple[Agreed, ...] = ()

    def agreed_of(self, promise: Promise) -> Agreed | None:
        """What was agreed of a promise as it is owed next."""
        return next((one for one in self.agreed if (one.kind, one.owed_on) == (promise.kind, promise.due_on)), None)


@dataclass(frozen=True, slots=True)
class Due:
    """One promise in a list of what is due."""

    client_no: str
    client_name: str
    level: ServiceLevel
    kind: PromiseKind
    last_on: date | None
    due_on: date
    staff_no: str
    staff_name: str


@dataclass(frozen=True, slots=True)
class PersonLoad:
    """One person over the weeks looked at, in hours. demand: as due; load: after the plan; peak: the fullest week's
    demand by its capacity, None without any capacity. steps: by measure code, how many of the person's promises.
    """

    person: Person
    clients: int
    demand: float
    capacity: float
    load: float
    unplaced: float
    weeks_over: int
    peak: float | None
    steps: dict[str, int]

    @property
    def over_limit(self) -> bool:
        """More clients than the person's own limit."""
        return self.person.limit is not None and self.clients > self.person.limit


@dataclass(frozen=True, slots=True)
class StepAsk:
    """One step of a plan as its reader saw it. to_on: the first day of the week in which it is done instead."""

    client_no: str
    kind: PromiseKind
    owed_on: date
    measure: Measure
    to_staff_no: str
    to_on: date


@dataclass(frozen=True, eq=False)
class Load:
    """The whole of a scope: its book, items and plan, people with a load, and branches as sums of them."""

    book: ServiceBook
    items: Items
    plan: Plan
    people: tuple[PersonLoad, ...]
    branches: tuple[tuple[str, str, float, float, float], ...]  # number, name, demand, capacity, unplaced
    overdue: int
    counts: dict[str, int]  # clients by level code
    stretch: int  # of PlanRule
    agreed: tuple[AgreedStep, ...]  # accepted before, of promises that fall due within the weeks

    def ask_of(self, step: Step) -> StepAsk:
        """What a reader of this plan accepts with a step of it."""
        at, plan = step.item, self.plan
        due = int(self.items.due[at]) + int(self.items.every[at]) * (self.stretch - 1)
        to_on = date.fromordinal(due) if step.to_week is None else plan.week_of(step.to_week)
        to_staff = "" if step.to_staff is None else self.book.people[step.to_staff].staff_no
        return StepAsk(
            self.book.client_no[int(self.items.client[at])], KINDS[int(self.items.kind[at])],
            date.fromordinal(int(self.items.owed[at])), step.measure, to_staff, to_on,
        )  # fmt: skip


class ServiceDesk:
    """Service within a scope, as of the scope's day."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._read = ServiceRepository(session, scope)

    def of_client(self, client_no: str) -> ClientService:
        """Raises NoSuchClient."""
        day = self._scope.day
        client = ClientRepository(self._session, self._scope).client(client_no)
        got = earned(standings_of(self._session, self._scope, client.id, client_no, day), day)
        rule = level_rules(day)[got.level]
        relations = RelationRepository(self._session, self._scope).on(
            day, col(RelationRow.client_id) == client.id, col(RelationRow.role) == RelationRole.MAIN.value
        )
        main = relations[0] if relations else None
        last = self._kept(client.id, day)
        begun, floor = main.valid_from if main is not None else day, counted_from(self._session, day)
        promises = tuple(
            Promise(kind, rhythm, last.get(kind), due_after(rhythm, last.get(kind), got.since, begun, floor))
            for kind, rhythm in rule.promises.items()
        )
        owed = {one.kind: one.due_on for one in promises}
        agreed = tuple(  # of a promise that was kept since the day owed is another, and what was agreed is done with
            one for one in self._read.agreed(client.id)
            if one.kind in owed and one.owed_on >= owed[one.kind]
        )  # fmt: skip
        return ClientService(client_no, client.name, day, got, rule, promises, main, agreed)

    def due(self, until: date, *, limit: int = 200, start: int = 0) -> tuple[list[Due], int, int]:
        """Promises due by a day, included, the most overdue first, high levels before low, from the place `start` on;
        how many there are, and how many of them are overdue.
        """
        book = read_book(self._session, self._scope)
        rows, kinds = np.nonzero((book.due != UNKNOWN) & (book.due <= until.toordinal()))
        when = book.due[rows, kinds]
        order = np.lexsort((kinds, rows, -book.level[rows], when))[start : start + limit]
        numbers = [book.client_no[one] for one in rows[order].tolist()]
        names = ClientRepository(self._session, self._scope).clients_by_no(numbers)
        found = [
            self._due(book, int(row), int(kind), names[book.client_no[row]].name)
            for row, kind in zip(rows[order].tolist(), kinds[order].tolist(), strict=True)
        ]
        return found, len(rows), int((when < self._scope.day.toordinal()).sum())

    def load(self, branch_no: str | None = None) -> Load:
        """The book of the scope, or of the clients whom one branch serves, against the hours that there are."""
        book = read_book(self._session, self._scope)
        if branch_no is not None:
            book = _of_branch(book, branch_no)
        day, rule = self._scope.day, plan_rule(self._scope.day)
        every, hours = hours_of(day)
        rows, kinds = np.nonzero(book.due != UNKNOWN)
        level = book.level[rows]
        items = items_of(
            day, rule, rows, kinds, level, book.staff[rows], book.due[rows, kinds], every[level, kinds],
            hours[level, kinds],
        )  # fmt: skip
        place = {one.staff_no: at for at, one in enumerate(book.people)}
        items, agreed = settle(items, self._read.agreed(), book.client_no, place, day, rule.weeks)
        capacity = capacity_of(self._session, self._scope, book.people, rule.weeks)
        branches = sorted({one.branch_no for one in book.people})
        branch = np.array([branches.index(one.branch_no) for one in book.people], dtype=np.int64)
        made = plan(day, rule, items, capacity, branch, book.client_no, [one.name for one in book.people])
        people = _people(book, made)
        late = int(((book.due != UNKNOWN) & (book.due < day.toordinal())).sum())
        by_level = np.bincount(book.level, minlength=len(LEVELS))
        counts = {one.value: int(by_level[at]) for at, one in enumerate(LEVELS)}
        return Load(book, items, made, people, _branches(people), late, counts, rule.stretch, agreed)

    def accept(self, asks: Sequence[StepAsk], reason: str, stamp: Stamp) -> tuple[Agreed, ...]:
        """File steps of the plan as accepted, all of them or none. They stand in the next plan.

        Raises StepRefused without a reason or for what nobody can do, PlanMovedOn where the plan has no such step now.
        """
        one_at_a_time(self._session, "heshi.service.plan")
        told = _reason(reason)
        load = self.load()
        there = {ask: (step, load.book.people[step.staff].staff_no) for step in load.plan.steps
                 if (ask := load.ask_of(step))}  # fmt: skip
        if not asks:
            raise StepRefused("请至少选择一项调整")
        return tuple(self._accept(ask, there.get(ask), told, load, stamp) for ask in dict.fromkeys(asks))

    def undo(self, number: int, reason: str, stamp: Stamp) -> None:
        """Take an accepted step back; what was filed stays. Raises StepRefused, NoSuchStep."""
        one_at_a_time(self._session, "heshi.service.plan")
        told = _reason(reason)
        if all(one.number != number for one in self._read.agreed()):
            raise NoSuchStep(f"没有第 {number} 项已接受的调整，或已撤回")
        self._read.add(ServiceStepUndoRow(
            step_id=number, reason=told, at=stamp.at, by_id=stamp.actor.user_id, by_name=stamp.actor.name[:64]
        ))  # fmt: skip
        file_change(self._session, stamp, "service.step.undo", "service_step", str(number), version=2, reason=told)

    def _accept(
        self, ask: StepAsk, there: tuple[Step, str] | None, reason: str, load: Load, stamp: Stamp
    ) -> Agreed:
        if ask.measure is Measure.UNPLACED:
            raise StepRefused(f"{ask.client_no} 的{ask.kind.label}无人可办，没有可以接受的调整；请增加人手或改定主办")
        if there is None:
            raise PlanMovedOn(
                f"{ask.client_no} {ask.owed_on} 的{ask.kind.label}在现在的方案里没有这样一项调整；请刷新后再选"
            )
        step, staff_no = there
        row = ServiceStepRow(
            client_id=int(load.book.client_id[int(load.items.client[step.item])]), kind=ask.kind.value,
            owed_on=ask.owed_on, measure=ask.measure.value, staff_no=staff_no, to_staff_no=ask.to_staff_no,
            to_on=ask.to_on, reason=reason, at=stamp.at, by_id=stamp.actor.user_id, by_name=stamp.actor.name[:64],
        )  # fmt: skip
        number = self._read.add(row)
        file_change(
            self._session, stamp, "service.step.accept", "service_step", str(number), client_no=ask.client_no,
            kind=ask.kind.value, owed_on=ask.owed_on, measure=ask.measure.value, to_staff_no=ask.to_staff_no,
            to_on=ask.to_on, reason=reason,
        )  # fmt: skip
        return Agreed(
            number, ask.client_no, ask.kind, ask.owed_on, ask.measure, staff_no, ask.to_staff_no, ask.to_on, reason,
            row.by_name, stamp.at,
        )  # fmt: skip

    def _kept(self, client_id: int, day: date) -> dict[PromiseKind, date]:
        """When each promise was kept last."""
        reached = last_days(self._session, day, [client_id]).get(client_id, {})
        found = {}
        for kind, purposes in kept_by(day).items():
            days = [last for purpose, last in reached.items() if purpose in purposes]
            if days:
                found[kind] = max(days)
        answered = last_answer_of(self._session, client_id, day)
        if answered is not None:
            found[PromiseKind.SURVEY] = max(answered, found.get(PromiseKind.SURVEY, answered))
        return found

    @staticmethod
    def _due(book: ServiceBook, row: int, kind: int, name: str) -> Due:
        place = int(book.staff[row])
        person = None if place == NOBODY else book.people[place]
        return Due(
            book.client_no[row], name, LEVELS[int(book.level[row])], KINDS[kind], _day(book.last[row, kind]),
            date.fromordinal(int(book.due[row, kind])), person.staff_no if person else "",
            person.name if person else "",
        )  # fmt: skip


def _reason(reason: str) -> str:
    """Raises StepRefused without one."""
    told = reason.strip()
    if not told or len(told) > LONGEST_REASON:
        raise StepRefused(f"请写明理由，至多 {LONGEST_REASON} 字")
    return told


def _day(ordinal: int) -> date | None:
    return None if ordinal == UNKNOWN else date.fromordinal(int(ordinal))


def _of_branch(book: ServiceBook, branch_no: str) -> ServiceBook:
    """Only the people of one branch, and the clients whom they serve."""
    kept = [at for at, one in enumerate(book.people) if one.branch_no == branch_no]
    into: IntArray = np.full(len(book.people) + 1, NOBODY, dtype=np.int64)
    into[kept] = np.arange(len(kept))
    staff = into[book.staff]  # NOBODY finds the last
    rows = np.flatnonzero(staff != NOBODY)
    return ServiceBook(
        book.day, book.client_id[rows], tuple(book.client_no[one] for one in rows.tolist()), staff[rows],
        book.level[rows], book.since[rows], book.last[rows], book.due[rows], tuple(book.people[one] for one in kept),
    )  # fmt: skip


def _people(book: ServiceBook, made: Plan) -> tuple[PersonLoad, ...]:
    """Those who serve somebody or have hours, the fullest first."""
    clients = np.bincount(book.staff[book.staff != NOBODY], minlength=len(book.people))
    steps: dict[int, dict[str, int]] = {}
    for step in made.steps:
        counted = steps.setdefault(step.staff, {})
        counted[step.measure.value] = counted.get(step.measure.value, 0) + 1
    found = []
    for at, person in enumerate(book.people):
        demand, capacity = made.demand[at], made.capacity[at]
        if not clients[at] and not capacity.sum():
            continue
        ratio = np.divide(demand, capacity, out=np.zeros_like(demand), where=capacity > 0)
        found.append(PersonLoad(
            person, int(clients[at]), float(demand.sum()), float(capacity.sum()), float(made.load[at].sum()),
            float(made.unplaced[at]), int((demand > capacity + 1e-9).sum()),
            float(ratio.max()) if capacity.sum() else None, steps.get(at, {}),
        ))  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.unplaced, -one.weeks_over, -one.demand, one.person.staff_no)))


def _branches(people: tuple[PersonLoad, ...]) -> tuple[tuple[str, str, float, float, float], ...]:
    sums: dict[str, list[float]] = {}
    names = {one.person.branch_no: one.person.branch_name for one in people}
    for one in people:
        own = sums.setdefault(one.person.branch_no, [0.0, 0.0, 0.0])
        for at, value in enumerate((one.demand, one.capacity, one.unplaced)):
            own[at] += value
    return tuple((no, names[no], *told) for no, told in sorted(sums.items()))  # type: ignore[misc]
