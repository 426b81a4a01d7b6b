"""The promises of every client of a scope in arrays, and the hours of everybody who keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlmodel import Session

from clients.contacts.repository import counted_from, last_days
from clients.satisfaction.repository import last_answers
from clients.service.plan import NOBODY, WEEK
from clients.service.repository import Person, Served, ServiceRepository
from clients.service.rules import capacity_rule, kept_by, level_rules
from clients.service.standing import UNKNOWN, BookLevels, book_levels
from clients.service.types import KINDS, LEVELS, PromiseKind
from kit.access import Scope
from kit.days import calendar
from market.types import FloatArray, IntArray

CALENDAR = "XSHG"


@dataclass(frozen=True, eq=False)
class ServiceBook:
    """n clients by number with p people by number.

    staff: (n,) place among the people, NOBODY. level: (n,) place in LEVELS. last, due: (n, kinds) day ordinals,
    UNKNOWN where never kept, or where the level has no such promise.
    """

    day: date
    client_id: IntArray
    client_no: tuple[str, ...]
    staff: IntArray
    level: IntArray
    since: IntArray
    last: IntArray
    due: IntArray
    people: tuple[Person, ...]

    def __len__(self) -> int:
        return len(self.client_no)


def read_book(session: Session, scope: Scope) -> ServiceBook:
    """The book of a scope as of its day."""
    read = ServiceRepository(session, scope)
    people, served = read.people(), read.served()
    client_id = np.array([one.client_id for one in served], dtype=np.int64)
    place = {one.id: at for at, one in enumerate(people)}
    staff = np.array([place.get(one.staff_id or 0, NOBODY) for one in served], dtype=np.int64)
    level, since = _levels(book_levels(session, scope, scope.day), client_id)
    last = _last(session, scope.day, client_id)
    floor = counted_from(session, scope.day).toordinal()
    due = due_days(scope.day, level, since, last, _begun(served, scope.day), floor)
    return ServiceBook(
        scope.day, client_id, tuple(one.client_no for one in served), staff, level, since, last, due, tuple(people)
    )


def due_days(
    day: date, level: IntArray, since: IntArray, last: IntArray, begun: IntArray, floor: int
) -> IntArray:
    """When each promise is due next, (n, kinds); UNKNOWN where the level has no such promise. See types.due_after.

    begun: (n,) from when a promise counts that was never kept, to a client whose level has no day. floor: the day
    before which nothing counts.
    """
    rules = level_rules(day)
    found = np.full((len(level), len(KINDS)), UNKNOWN, dtype=np.int64)
    for at, kind in enumerate(KINDS):
        every = np.array([rules[one].promises[kind].every_days if kind in rules[one].promises else 0 for one in LEVELS])
        base = np.maximum(last[:, at], since)
        base = np.maximum(np.where(base == UNKNOWN, begun, base), floor)
        found[:, at] = np.where(every[level] > 0, base + every[level], UNKNOWN)
    return found


def hours_of(day: date) -> tuple[IntArray, FloatArray]:
    """every_days and hours by level and kind, (levels, kinds); 0 where there is no such promise."""
    rules = level_rules(day)
    every = np.zeros((len(LEVELS), len(KINDS)), dtype=np.int64)
    hours = np.zeros((len(LEVELS), len(KINDS)))
    for row, level in enumerate(LEVELS):
        for at, kind in enumerate(KINDS):
            rhythm = rules[level].promises.get(kind)
            if rhythm is not None:
                every[row, at], hours[row, at] = rhythm.every_days, rhythm.hours
    return every, hours


def capacity_of(session: Session, scope: Scope, people: tuple[Person, ...], weeks: int) -> FloatArray:
    """Hours of each person in each week: trading days in post and not away, for posts that keep promises."""
    rule, first = capacity_rule(scope.day), scope.day
    last = first + timedelta(days=weeks * WEEK - 1)
    sessions = calendar(CALENDAR).sessions(first, last)
    week = (sessions - first.toordinal()) // WEEK
    read = ServiceRepository(session, scope)
    away, ends = read.absences(first, last), read.posts_end(last)
    found = np.zeros((len(people), weeks))
    for at, person in enumerate(people):
        if person.post not in rule.posts:
            continue
        here = np.ones(len(sessions), dtype=np.bool_)
        for begin, end in away.get(person.id, ()):
            here &= (sessions < begin.toordinal()) | (sessions > end.toordinal())
        if person.id in ends:
            here &= sessions <= ends[person.id].toordinal()
        found[at] = np.bincount(week[here], minlength=weeks) * rule.hours_per_session
    return found


def _levels(graded: BookLevels, client_id: IntArray) -> tuple[IntArray, IntArray]:
    """Level and since in the order of the clients; who was never graded has 基础."""
    level = np.zeros(len(client_id), dtype=np.int64)
    since = np.full(len(client_id), UNKNOWN, dtype=np.int64)
    if len(graded.client_id):
        at = np.minimum(np.searchsorted(graded.client_id, client_id), len(graded.client_id) - 1)
        known = graded.client_id[at] == client_id
        level[known], since[known] = graded.level[at[known]], graded.since[at[known]]
    return level, since


def _last(session: Session, day: date, client_id: IntArray) -> IntArray:
    reached, answered = last_days(session, day), last_answers(session, day)
    keeping = kept_by(day)
    found = np.full((len(client_id), len(KINDS)), UNKNOWN, dtype=np.int64)
    place = {int(one): at for at, one in enumerate(client_id.tolist())}
    for client, purposes in reached.items():
        at = place.get(client)
        if at is None:
            continue
        for column, kind in enumerate(KINDS):
            days = [last.toordinal() for purpose, last in purposes.items() if purpose in keeping.get(kind, ())]
            found[at, column] = max(days, default=UNKNOWN)
    column = KINDS.index(PromiseKind.SURVEY)
    for client, last in answered.items():
        if client in place:
            found[place[client], column] = max(found[place[client], column], last.toordinal())
    return found


def _begun(served: list[Served], day: date) -> IntArray:
    """From when a promise counts that was never kept: since somebody serves the client, else from the day itself."""
    return np.array([(one.since or day).toordinal() for one in served], dtype=np.int64)
