"""Staff and their books over a period, for whoever grades them: posts, levels and relations, each in one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select
from sqlmodel import Session, col

from clients.staff.periods import ALWAYS, OPEN
from clients.staff.tables import BranchRow, LevelRow, PostRow, RelationRow, StaffRow
from clients.staff.types import Post, RelationRole
from clients.tables import ClientRow
from clients.visibility import on_day, shown, visible_staff
from kit.access import Scope


@dataclass(frozen=True, slots=True)
class Posted:
    """Somebody in post on a day. joined_on: None where no file tells. level: the newest published one by that day."""

    id: int
    staff_no: str
    name: str
    post: Post
    branch_no: str
    branch_name: str
    joined_on: date | None
    capacity: int | None
    level: str


@dataclass(frozen=True, slots=True)
class RelationSpan:
    """One relation as far as it lies in a period; both days included."""

    client_id: int
    client_no: str
    staff_id: int
    role: RelationRole
    first: date
    last: date


def posted(session: Session, scope: Scope, day: date, posts: Sequence[Post]) -> list[Posted]:
    """Who holds one of these posts on the day, of those whom the scope shows, by number."""
    joined = (
        select(func.min(col(PostRow.valid_from)))
        .where(col(PostRow.staff_id) == col(StaffRow.id))
        .correlate(StaffRow)
        .scalar_subquery()
    )
    level = (
        select(col(LevelRow.level))
        .where(col(LevelRow.staff_id) == col(StaffRow.id), col(LevelRow.valid_from) <= day)
        .order_by(col(LevelRow.valid_from).desc(), col(LevelRow.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    asked = (
        select(
            col(StaffRow.id), col(StaffRow.staff_no), col(StaffRow.name), col(PostRow.post), col(BranchRow.branch_no),
            col(BranchRow.name), joined, col(StaffRow.capacity), level,
        )
        .join(PostRow, and_(col(PostRow.staff_id) == col(StaffRow.id), *on_day(PostRow, day)))
        .outerjoin(BranchRow, col(BranchRow.id) == col(PostRow.branch_id))
        .where(col(PostRow.post).in_([one.value for one in posts]), *shown(StaffRow.id, visible_staff, scope))
        .order_by(col(StaffRow.staff_no))
    )  # fmt: skip
    return [
        Posted(
            row[0], row[1], row[2], Post(row[3]), row[4] or "", row[5] or "", None if row[6] == ALWAYS else row[6],
            row[7], row[8] or "",
        )
        for row in session.execute(asked)
    ]  # fmt: skip


def relation_spans(session: Session, first: date, last: date, staff_ids: Sequence[int]) -> list[RelationSpan]:
    """Every relation of these people that has a day in the period, cut to it, by client, first day and person."""
    asked = (
        select(
            col(RelationRow.client_id), col(ClientRow.client_no), col(RelationRow.staff_id), col(RelationRow.role),
            col(RelationRow.valid_from), col(RelationRow.valid_to),
        )
        .join(ClientRow, col(ClientRow.id) == col(RelationRow.client_id))
        .where(col(RelationRow.valid_from) <= last, col(RelationRow.valid_to) >= first)
        .order_by(col(ClientRow.client_no), col(RelationRow.valid_from), col(RelationRow.staff_id))
    )  # fmt: skip
    wanted = set(staff_ids)
    return [
        RelationSpan(row[0], row[1], row[2], RelationRole(row[3]), max(row[4], first), min(row[5] or OPEN, last))
        for row in session.execute(asked)
        if row[2] in wanted
    ]
