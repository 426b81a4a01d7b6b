"""分派: who works a task, by the service relations of the day, then the published grade, then how much is on the desk.

A colleague who stands in takes the place of the absent one. What is advice goes to a registered investment adviser
alone. Where nobody fits, the task waits for the supervisor (CREATED).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session

from clients.staff.relation_repository import RelationRepository
from clients.staff.repository import StaffRepository
from clients.staff.rules import allowed
from clients.staff.service import StaffService
from clients.staff.types import Act, Post, RelationRole
from kit.access import everything
from mot.scenario.types import Scenario
from mot.tasks.rules import needs_adviser, value_of
from mot.tasks.types import Assignee

NO_GRADE: Final = 99


@dataclass(frozen=True, slots=True)
class Server:
    """A person who serves a client on the day, in a role. grade: place in TASK-GRADES, the best 0."""

    role: RelationRole
    who: Assignee
    grade: int


Servers = Mapping[str, tuple[Server, ...]]
"""By client number."""


def servers_on(session: Session, day: date, client_nos: Iterable[str] | None = None) -> Servers:
    """Who serves each client on the day and is present: of these clients, or of the whole book."""
    relations, staff = RelationRepository(session, everything(day)), StaffRepository(session, everything(day))
    wanted = None if client_nos is None else set(client_nos)
    rows = relations.on(day, client_nos=wanted)
    ids = relations.ids_of_staff({one.staff_no for one in rows})
    away = relations.stand_ins(ids.values(), day)
    people = {*ids.values(), *(one for one in away.values() if one is not None)}
    known = _people(session, staff, people, day)
    found: dict[str, list[Server]] = {}
    for one in rows:
        person = ids[one.staff_no]
        present = away.get(person, person) if person in away else person
        if present is None:
            continue  # away, and nobody stands in
        who, grade = known[present]
        if present != person:
            who = Assignee(who.staff_no, who.name, who.branch_no, who.may_advise, one.staff_no)
        found.setdefault(one.client_no, []).append(Server(one.role, who, grade))
    return {client: tuple(some) for client, some in found.items()}


def _people(
    session: Session, staff: StaffRepository, people: Iterable[int], day: date
) -> dict[int, tuple[Assignee, int]]:
    names, on_file = staff.staff_nos(people), staff.held(people)
    service, order = StaffService(session, everything(day)), list(value_of("GRADES", day)["order"])
    found = {}
    for person, (number, name) in names.items():
        posting, level = staff.posting(person, day), service.level_of(number, day)
        grade = order.index(level.level) if level is not None and level.level in order else NO_GRADE
        advises = Act.ADVISE in allowed(on_file[person], day)
        branch = "" if posting is None else posting.branch_no or ""
        found[person] = Assignee(number, name, branch, advises), grade
    return found


def pick(
    servers: Sequence[Server], roles: Sequence[RelationRole], load: Mapping[str, int], *, adviser: bool,
    mandatory: bool, full: int,
) -> Assignee | None:  # fmt: skip
    """The one who works it: the roles in order of preference, any other who serves behind them.

    load: open tasks by staff number. full: from so many on, optional tasks go to the next who serves the client.
    """
    fit = [one for one in servers if one.who.may_advise or not adviser]
    if not fit:
        return None

    def rank(one: Server) -> tuple[bool, int, int, int, str]:
        on_desk = load.get(one.who.staff_no, 0)
        place = roles.index(one.role) if one.role in roles else len(roles)
        return not mandatory and on_desk >= full, place, one.grade, on_desk, one.who.staff_no

    return min(fit, key=rank).who


def chosen(
    servers: Servers, scenario: Scenario, client_no: str, load: Mapping[str, int], day: date
) -> Assignee | None:
    """Who works the task of a scenario for a client."""
    return pick(
        servers.get(client_no, ()), scenario.assignment.roles, load, adviser=needs_adviser(scenario, day),
        mandatory=scenario.assignment.mandatory, full=int(value_of("LOAD", day)["open"]),
    )  # fmt: skip


def person_on(session: Session, staff_no: str, day: date, *, away_too: bool = False) -> Assignee | None:
    """A member of staff in post on the day; None where they are not, or are away. Raises NoSuchStaff."""
    staff = StaffRepository(session, everything(day))
    row = staff.row(staff_no)
    assert row.id is not None
    posting = staff.posting(row.id, day)
    away = row.id in RelationRepository(session, everything(day)).stand_ins([row.id], day)
    if posting is None or (away and not away_too):
        return None
    advises = Act.ADVISE in allowed(staff.held([row.id])[row.id], day)
    return Assignee(row.staff_no, row.name, posting.branch_no or "", advises)


def supervisors_of(session: Session, branch_no: str, day: date) -> tuple[Assignee, ...]:
    """The supervisors posted in a branch on the day, by number."""
    staff = StaffService(session, everything(day)).list(branch_no=branch_no, post=Post.SUPERVISOR)
    return tuple(Assignee(one.staff_no, one.name, branch_no) for one in staff)
