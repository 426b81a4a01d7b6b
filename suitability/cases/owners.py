"""办理人: who works the case of a client, by the service relations of a day; a stand-in in the place of the absent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session

from clients.staff.relation_repository import RelationRepository
from clients.staff.repository import StaffRepository
from clients.staff.types import Relation
from kit.access import everything
from suitability.cases.types import Owner


def owners_on(session: Session, day: date) -> dict[str, Owner]:
    """By client number: the main person of the day or, where there is none, the first who serves; who stands in for an
    absent one. A client without an entry is served by nobody.
    """
    relations, staff = RelationRepository(session, everything(day)), StaffRepository(session, everything(day))
    first: dict[str, Relation] = {}
    for one in relations.on(day):  # by client and role, the main one first
        first.setdefault(one.client_no, one)
    ids = relations.ids_of_staff({one.staff_no for one in first.values()})
    away = relations.stand_ins(ids.values(), day)
    names = staff.staff_nos({*ids.values(), *(one for one in away.values() if one is not None)})
    branch = {person: _branch(staff, person, day) for person in names}
    return {client: _owner(ids[one.staff_no], away, names, branch) for client, one in first.items()}


def owner_named(session: Session, staff_no: str, day: date) -> Owner | None:
    """The person of this number as an owner; None where they hold no post on the day. Raises NoSuchStaff."""
    staff = StaffRepository(session, everything(day))
    row = staff.row(staff_no)
    assert row.id is not None
    posting = staff.posting(row.id, day)
    return None if posting is None else Owner(row.staff_no, row.name, posting.branch_no or "")


def _owner(
    person: int, away: Mapping[int, int | None], names: Mapping[int, tuple[str, str]], branch: Mapping[int, str]
) -> Owner:
    serving = away.get(person) or person
    number, name = names[serving]
    return Owner(number, name, branch[serving])


def _branch(staff: StaffRepository, person: int, day: date) -> str:
    posting = staff.posting(person, day)
    return "" if posting is None else posting.branch_no or ""
