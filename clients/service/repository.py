"""Queries of service over the whole book: who serves whom, who is in post with which capacity, who is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, select
from sqlmodel import Session, col

from clients.service.agreed import Agreed
from clients.service.plan import Measure
from clients.service.tables import ServiceStepRow, ServiceStepUndoRow
from clients.service.types import PromiseKind
from clients.staff.tables import AbsenceRow, BranchRow, PostRow, RelationRow, StaffRow
from clients.staff.types import Post, RelationRole
from clients.tables import ClientRow
from clients.visibility import on_day, shown, visible_clients, visible_staff
from kit.access import Scope


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in post on the day. limit: 服务客户上限, None without one."""

    id: int
    staff_no: str
    name: str
    post: Post
    branch_no: str
    branch_name: str
    limit: int | None


@dataclass(frozen=True, slots=True)
class Served:
    """A client and who serves it as the main person, None where no one in post does."""

    client_id: int
    client_no: str
    staff_id: int | None
    since: date | None


class ServiceRepository:
    """Reads within a scope, as of its day."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    def people(self) -> list[Person]:
        """Everybody in post whom the scope shows, by number."""
        asked = (
            select(
                col(StaffRow.id), col(StaffRow.staff_no), col(StaffRow.name), col(PostRow.post),
                col(BranchRow.branch_no), col(BranchRow.name), col(StaffRow.capacity),
            )
            .join(PostRow, and_(col(PostRow.staff_id) == col(StaffRow.id), *on_day(PostRow, self._scope.day)))
            .outerjoin(BranchRow, col(BranchRow.id) == col(PostRow.branch_id))
            .where(*shown(StaffRow.id, visible_staff, self._scope))
            .order_by(col(StaffRow.staff_no))
        )
        return [
            Person(one, no, name, Post(post), branch or "", branch_name or "", limit)
            for one, no, name, post, branch, branch_name, limit in self._session.execute(asked)
        ]

    def served(self) -> list[Served]:
        """Every client that the scope shows, by number, with its main person in post on the day."""
        in_post = select(col(PostRow.staff_id)).where(*on_day(PostRow, self._scope.day))
        main = and_(
            col(RelationRow.client_id) == col(ClientRow.id), col(RelationRow.role) == RelationRole.MAIN.value,
            *on_day(RelationRow, self._scope.day), col(RelationRow.staff_id).in_(in_post),
        )
        asked = (
            select(
                col(ClientRow.id), col(ClientRow.client_no), col(RelationRow.staff_id), col(RelationRow.valid_from)
            )
            .outerjoin(RelationRow, main)
            .where(*shown(ClientRow.id, visible_clients, self._scope))
            .order_by(col(ClientRow.client_no))
        )
        return [Served(*row) for row in self._session.execute(asked)]

    def agreed(self, client_id: int | None = None) -> list[Agreed]:
        """Accepted steps of the clients whom the scope shows, or of one, that were not taken back, the oldest first."""
        row, undone = ServiceStepRow, select(col(ServiceStepUndoRow.step_id))
        asked = (
            select(row, col(ClientRow.client_no))
            .join(ClientRow, col(ClientRow.id) == col(row.client_id))
            .where(col(row.id).not_in(undone), *shown(row.client_id, visible_clients, self._scope))
            .order_by(col(row.id))
        )
        if client_id is not None:
            asked = asked.where(col(row.client_id) == client_id)
        return [_agreed(one, number) for one, number in self._session.execute(asked)]

    def add(self, row: ServiceStepRow | ServiceStepUndoRow) -> int:
        self._session.add(row)
        self._session.flush()
        assert row.id is not None
        return row.id

    def absences(self, first: date, last: date) -> dict[int, list[tuple[date, date]]]:
        """Stretches of absence that meet the days, by the id of the person."""
        asked = select(col(AbsenceRow.staff_id), col(AbsenceRow.valid_from), col(AbsenceRow.valid_to)).where(
            col(AbsenceRow.valid_from) <= last, col(AbsenceRow.valid_to) >= first
        )
        found: dict[int, list[tuple[date, date]]] = {}
        for person, begin, end in self._session.execute(asked):
            found.setdefault(int(person), []).append((begin, end))
        return found

    def posts_end(self, last: date) -> dict[int, date]:
        """The last day in post of those who leave by `last`, by id."""
        asked = select(col(PostRow.staff_id), col(PostRow.valid_to)).where(
            *on_day(PostRow, self._scope.day), col(PostRow.valid_to) < last
        )
        return {int(person): end for person, end in self._session.execute(asked)}


def _agreed(row: ServiceStepRow, client_no: str) -> Agreed:
    assert row.id is not None
    return Agreed(
        row.id, client_no, PromiseKind(row.kind), row.owed_on, Measure(row.measure), row.staff_no, row.to_staff_no,
        row.to_on, row.reason, row.by_name, row.at,
    )  # fmt: skip
