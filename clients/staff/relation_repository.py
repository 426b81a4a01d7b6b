"""Every read of service relations, within a scope: only relations of clients whom the scope shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select, union
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from clients.repository import NoSuchClient
from clients.staff.checks import Stretch
from clients.staff.periods import Period, last_or_none
from clients.staff.problems import NoSuchRelation
from clients.staff.tables import AbsenceRow, BranchRow, PostRow, RelationRow, StaffRow
from clients.staff.types import Relation, RelationRole
from clients.tables import ClientRow
from clients.visibility import on_day, shown, visible_clients
from kit.access import Scope


class RelationRepository:
    """Reads relations on one session. Whatever lies outside the scope answers as if not there."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    def client_id(self, client_no: str) -> int:
        """Raises NoSuchClient."""
        wanted = select(col(ClientRow.id)).where(
            col(ClientRow.client_no) == client_no, *shown(ClientRow.id, visible_clients, self._scope)
        )
        found = self._session.execute(wanted).scalar()
        if found is None:
            raise NoSuchClient.called(client_no)
        return int(found)

    def relation(self, relation_id: int) -> Relation:
        """Raises NoSuchRelation."""
        found = self.relations(col(RelationRow.id) == relation_id)
        if not found:
            raise NoSuchRelation(f"没有服务关系 {relation_id}")
        return found[0]

    def relations(self, *where: ColumnElement[bool], after: int = 0, limit: int | None = None) -> tuple[Relation, ...]:
        """Relations that meet the conditions, by id after `after`."""
        asked = self._select().where(col(RelationRow.id) > after, *where).order_by(col(RelationRow.id)).limit(limit)
        return tuple(_relation(row) for row in self._session.execute(asked))

    def on(
        self, day: date, *where: ColumnElement[bool], client_nos: Iterable[str] | None = None
    ) -> tuple[Relation, ...]:
        """Relations in force on the day of staff in post on it, by client, role and person; of these clients alone."""
        if client_nos is not None:
            where = (*where, col(ClientRow.client_no).in_(sorted(client_nos)))
        in_post = select(col(PostRow.staff_id)).where(*on_day(PostRow, day))
        asked = self._select().where(*on_day(RelationRow, day), col(RelationRow.staff_id).in_(in_post), *where)
        found = (_relation(row) for row in self._session.execute(asked))
        return tuple(sorted(found, key=lambda one: (one.client_no, _ORDER[one.role], one.staff_no)))

    def branches_on(self, day: date) -> dict[int, str]:
        """The branch (its name) that serves each client on the day, by client id: that of the main relation first."""
        asked = (
            select(col(RelationRow.client_id), col(RelationRow.role), col(RelationRow.id), col(BranchRow.name))
            .join(PostRow, col(PostRow.staff_id) == col(RelationRow.staff_id))
            .join(BranchRow, col(BranchRow.id) == col(PostRow.branch_id))
            .where(
                *on_day(RelationRow, day), *on_day(PostRow, day),
                *shown(RelationRow.client_id, visible_clients, self._scope),
            )
        )
        rows = sorted(self._session.execute(asked).all(), key=lambda row: (_ORDER[RelationRole(row[1])], row[2]))
        return {client_id: name for client_id, _, _, name in reversed(rows)}

    def stretches(self, client_id: int) -> list[Stretch]:
        """All relations of one client, whoever serves: what a new one is checked against."""
        asked = (
            select(RelationRow, col(StaffRow.staff_no), col(StaffRow.name))
            .join(StaffRow, col(StaffRow.id) == col(RelationRow.staff_id))
            .where(col(RelationRow.client_id) == client_id)
        )
        return [
            Stretch(row.id, no, name, RelationRole(row.role), Period(row.valid_from, row.valid_to))
            for row, no, name in self._session.execute(asked)
        ]

    def stand_ins(self, staff_ids: Iterable[int], day: date) -> dict[int, int | None]:
        """By the id of whoever is absent on the day, the id of the stand-in in post, None without one."""
        in_post, standing = aliased(PostRow), col(AbsenceRow.stand_in_id)
        asked = (
            select(col(AbsenceRow.staff_id), col(in_post.staff_id))
            .outerjoin(in_post, and_(col(in_post.staff_id) == standing, *on_day(in_post, day)))
            .where(col(AbsenceRow.staff_id).in_(list(staff_ids)), *on_day(AbsenceRow, day))
        )
        return {row[0]: row[1] for row in self._session.execute(asked)}

    def replaced_by(self, staff_id: int, day: date) -> Sequence[int]:
        """Ids of the absent colleagues in whose place a person stands on the day; none unless in post."""
        in_post = select(col(PostRow.staff_id)).where(*on_day(PostRow, day))
        asked = select(col(AbsenceRow.staff_id)).where(
            col(AbsenceRow.stand_in_id) == staff_id, col(AbsenceRow.stand_in_id).in_(in_post),
            *on_day(AbsenceRow, day),
        )
        return list(self._session.scalars(asked))

    def numbers_worked(self, staff_no: str, day: date) -> list[str]:
        """The number of a person on file, and those of the absent colleagues in whose place they stand on the day."""
        person, absent = aliased(StaffRow), aliased(StaffRow)
        in_post = select(col(PostRow.staff_id)).where(*on_day(PostRow, day))
        standing = (
            select(col(absent.staff_no))
            .join(AbsenceRow, col(AbsenceRow.staff_id) == col(absent.id))
            .join(person, col(person.id) == col(AbsenceRow.stand_in_id))
            .where(col(person.staff_no) == staff_no, col(person.id).in_(in_post), *on_day(AbsenceRow, day))
        )
        own = select(col(StaffRow.staff_no)).where(col(StaffRow.staff_no) == staff_no)
        found = set(self._session.scalars(union(own, standing)))
        return sorted(found) if staff_no in found else []

    def ids_of_staff(self, staff_nos: Iterable[str]) -> dict[str, int]:
        rows = self._session.execute(
            select(col(StaffRow.staff_no), col(StaffRow.id)).where(col(StaffRow.staff_no).in_(list(staff_nos)))
        )
        return {row[0]: row[1] for row in rows}

    def _select(self) -> Select[*tuple[Any, ...]]:
        return (
            select(
                RelationRow, col(ClientRow.client_no), col(ClientRow.name), col(StaffRow.staff_no), col(StaffRow.name)
            )
            .join(ClientRow, col(ClientRow.id) == col(RelationRow.client_id))
            .join(StaffRow, col(StaffRow.id) == col(RelationRow.staff_id))
            .where(*shown(RelationRow.client_id, visible_clients, self._scope))
        )


_ORDER = {role: place for place, role in enumerate(RelationRole)}


def _relation(found: Any) -> Relation:
    row, client_no, client_name, staff_no, staff_name = found
    return Relation(
        id=row.id, client_no=client_no, client_name=client_name, staff_no=staff_no, staff_name=staff_name,
        role=RelationRole(row.role), valid_from=row.valid_from, valid_to=last_or_none(row.valid_to),
        reason=row.reason, ended_reason=row.ended_reason, version=row.version,
    )
