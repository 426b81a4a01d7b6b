"""Whom a period grades: managers and advisers in post on its last day, with what they may do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from sqlmodel import Session

from advisors.facts import Person
from advisors.types import Period, Scale
from clients.staff.repository import StaffRepository
from clients.staff.roster import Posted, posted
from clients.staff.rules import Held, acts_of
from clients.staff.types import Act, Post
from kit.access import Scope, everything

SCALES: Final = {Post.CLIENT_MANAGER: Scale.MANAGER, Post.ADVISOR: Scale.ADVISOR}
LONG: Final = 600  # months, where no file tells since when


def read_people(session: Session, scope: Scope, period: Period) -> list[tuple[int, Person]]:
    """Staff id and person, by number. Who left before the last day is not graded."""
    found = posted(session, scope, period.last, tuple(SCALES))
    held = StaffRepository(session, everything(period.last)).held_by([one.staff_no for one in found])
    return [(one.id, _person(one, held.get(one.staff_no, []), period)) for one in found]


def _person(one: Posted, held: Iterable[Held], period: Period) -> Person:
    return Person(
        staff_no=one.staff_no, name=one.name, branch_no=one.branch_no, branch_name=one.branch_name,
        scale=SCALES[one.post], months=months_between(one.joined_on, period.last), standing=one.level,
        licensed=advising(held), capacity=one.capacity,
    )  # fmt: skip


def advising(held: Iterable[Held]) -> tuple[tuple[int, int], ...]:
    """Spells (first, last ordinal) of the registrations that allow advice."""
    return tuple(sorted(
        (during.first.toordinal(), during.last.toordinal())
        for licence, during in held
        if Act.ADVISE in acts_of(licence, during.first)
    ))  # fmt: skip


def months_between(first: date | None, last: date) -> int:
    """Whole months from the first day to the end of the last one."""
    if first is None:
        return LONG
    over = last + timedelta(days=1)
    months = (over.year - first.year) * 12 + over.month - first.month - (over.day < first.day)
    return max(0, min(months, LONG))
