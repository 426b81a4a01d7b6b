"""Every read of staff, posts, registrations, absences and levels, within a scope and as of a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, distinct, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from clients.staff.periods import ALWAYS, Period, last_or_none
from clients.staff.problems import NoSuchBranch, NoSuchStaff
from clients.staff.rules import Held
from clients.staff.tables import (
    AbsenceRow,
    BranchRow,
    LevelRow,
    PostRow,
    QualificationRow,
    RelationRow,
    StaffRow,
)
from clients.staff.types import Absence, AbsenceKind, Branch, Level, Licence, Post, Posting, Staff
from clients.visibility import on_day, shown, visible_staff
from kit.access import Reach, Scope


class StaffRepository:
    """Reads staff on one session. Whoever lies outside the scope answers as if not there."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    def row(self, staff_no: str) -> StaffRow:
        """Raises NoSuchStaff."""
        wanted = select(StaffRow).where(col(StaffRow.staff_no) == staff_no, *self._shown(StaffRow.id))
        found = self._session.scalars(wanted).first()
        if found is None:
            raise NoSuchStaff(f"没有人员 {staff_no}")
        return found

    def branch_row(self, branch_no: str) -> BranchRow:
        """Raises NoSuchBranch."""
        wanted = select(BranchRow).where(col(BranchRow.branch_no) == branch_no, *self._branches_shown())
        found = self._session.scalars(wanted).first()
        if found is None:
            raise NoSuchBranch(f"没有营业部 {branch_no}")
        return found

    def branches(self) -> tuple[Branch, ...]:
        """By number: all, or those in which the staff that the scope shows hold a post on its day."""
        rows = self._session.scalars(
            select(BranchRow).where(*self._branches_shown()).order_by(col(BranchRow.branch_no))
        )
        return tuple(Branch(row.branch_no, row.name, row.version) for row in rows)

    def staff(
        self, *, after: str = "", limit: int = 50, matching: str = "", branch_no: str | None = None,
        post: Post | None = None, staff_no: str | None = None, in_post: bool = False,
    ) -> tuple[Staff, ...]:  # fmt: skip
        """Up to `limit` staff after a number, by number, as of the scope's day.

        matching: a part of number or name. branch_no, post, in_post: those who hold such a post, or any, on the day.
        """
        asked = self._staff_select().where(*self._shown(StaffRow.id), col(StaffRow.staff_no) > after)
        if staff_no is not None:
            asked = asked.where(col(StaffRow.staff_no) == staff_no)
        if matching:
            columns = (StaffRow.staff_no, StaffRow.name)
            asked = asked.where(or_(*(col(one).contains(matching, autoescape=True) for one in columns)))
        if branch_no is not None:
            asked = asked.where(col(BranchRow.branch_no) == branch_no)
        if post is not None:
            asked = asked.where(col(PostRow.post) == post.value)
        if in_post:
            asked = asked.where(col(PostRow.id).is_not(None))
        rows = self._session.execute(asked.order_by(col(StaffRow.staff_no)).limit(limit))
        return tuple(_staff(row) for row in rows)

    def headcount(self) -> dict[tuple[str | None, Post], int]:
        """Staff in post on the scope's day, by branch and post."""
        places = (col(BranchRow.branch_no), col(PostRow.post))
        asked = (
            select(*places, func.count())
            .select_from(PostRow)
            .outerjoin(BranchRow, col(BranchRow.id) == col(PostRow.branch_id))
            .where(*on_day(PostRow, self._scope.day), *self._shown(PostRow.staff_id))
            .group_by(*places)
        )
        return {(branch, Post(post)): number for branch, post, number in self._session.execute(asked)}

    def posts(self, staff_id: int) -> list[PostRow]:
        """All posts of a person, oldest first."""
        wanted = select(PostRow).where(col(PostRow.staff_id) == staff_id).order_by(col(PostRow.valid_from))
        return list(self._session.scalars(wanted))

    def posting(self, staff_id: int, day: date) -> Posting | None:
        """Post and branch on the day, None where the person holds none."""
        wanted = (
            select(col(PostRow.post), col(BranchRow.branch_no), col(BranchRow.name))
            .outerjoin(BranchRow, col(BranchRow.id) == col(PostRow.branch_id))
            .where(col(PostRow.staff_id) == staff_id, *on_day(PostRow, day))
        )
        found = self._session.execute(wanted).first()
        return None if found is None else Posting(Post(found[0]), found[1], found[2])

    def branch_no_of(self, staff_no: str, day: date) -> str | None:
        """The branch in which a person is posted on the day; None where they are in none, or not on file."""
        wanted = (
            select(col(BranchRow.branch_no))
            .join(PostRow, col(PostRow.branch_id) == col(BranchRow.id))
            .join(StaffRow, col(StaffRow.id) == col(PostRow.staff_id))
            .where(col(StaffRow.staff_no) == staff_no, *on_day(PostRow, day))
        )
        return self._session.execute(wanted).scalar()

    def qualification_rows(self, staff_id: int) -> list[QualificationRow]:
        """By kind and first day."""
        wanted = (
            select(QualificationRow)
            .where(col(QualificationRow.staff_id) == staff_id)
            .order_by(col(QualificationRow.licence), col(QualificationRow.valid_from))
        )
        return list(self._session.scalars(wanted))

    def held(self, staff_ids: Iterable[int]) -> dict[int, list[Held]]:
        """Registrations with their days, by staff id; an entry for each asked."""
        found: dict[int, list[Held]] = {one: [] for one in staff_ids}
        wanted = select(QualificationRow).where(col(QualificationRow.staff_id).in_(list(found)))
        for row in self._session.scalars(wanted):
            found[row.staff_id].append((Licence(row.licence), Period(row.valid_from, row.valid_to)))
        return found

    def held_by(self, staff_nos: Iterable[str]) -> dict[str, list[Held]]:
        """The same by number."""
        found: dict[str, list[Held]] = {one: [] for one in staff_nos}
        wanted = (
            select(col(StaffRow.staff_no), QualificationRow)
            .join(QualificationRow, col(QualificationRow.staff_id) == col(StaffRow.id))
            .where(col(StaffRow.staff_no).in_(list(found)), *self._shown(StaffRow.id))
            .order_by(col(QualificationRow.licence), col(QualificationRow.valid_from))
        )
        for staff_no, row in self._session.execute(wanted):
            found[staff_no].append((Licence(row.licence), Period(row.valid_from, row.valid_to)))
        return found

    def absence_rows(self, staff_id: int) -> list[AbsenceRow]:
        """A person's absences, newest first."""
        wanted = (
            select(AbsenceRow)
            .where(col(AbsenceRow.staff_id) == staff_id)
            .order_by(col(AbsenceRow.valid_from).desc(), col(AbsenceRow.id).desc())
        )
        return list(self._session.scalars(wanted))

    def away(self) -> tuple[Absence, ...]:
        """Absences that cover the scope's day, of the staff that it shows, by number; with who stands in."""
        stand_in = aliased(StaffRow)
        asked = (
            select(AbsenceRow, col(StaffRow.staff_no), col(stand_in.staff_no))
            .join(StaffRow, col(StaffRow.id) == col(AbsenceRow.staff_id))
            .outerjoin(stand_in, col(stand_in.id) == col(AbsenceRow.stand_in_id))
            .where(*on_day(AbsenceRow, self._scope.day), *self._shown(AbsenceRow.staff_id))
            .order_by(col(StaffRow.staff_no))
        )
        return tuple(
            Absence(row.id, number, AbsenceKind(row.kind), row.valid_from, last_or_none(row.valid_to), other, row.note,
                    row.version)
            for row, number, other in self._session.execute(asked)
        )  # fmt: skip

    def absences_meeting(
        self, during: Period, *, of: int | None = None, stand_in: int | None = None
    ) -> list[AbsenceRow]:
        """Absences of a person, or in which a person stands in, that share a day with the period."""
        wanted = select(AbsenceRow).where(
            col(AbsenceRow.valid_from) <= during.last, col(AbsenceRow.valid_to) >= during.first
        )
        if of is not None:
            wanted = wanted.where(col(AbsenceRow.staff_id) == of)
        if stand_in is not None:
            wanted = wanted.where(col(AbsenceRow.stand_in_id) == stand_in)
        return list(self._session.scalars(wanted.order_by(col(AbsenceRow.valid_from))))

    def levels(self, staff_id: int) -> tuple[Level, ...]:
        """Published levels, newest first; of two for one day the later published stands first."""
        wanted = (
            select(LevelRow)
            .where(col(LevelRow.staff_id) == staff_id)
            .order_by(col(LevelRow.valid_from).desc(), col(LevelRow.id).desc())
        )
        rows = self._session.scalars(wanted)
        return tuple(Level(r.level, r.valid_from, r.basis, r.published_by, r.published_at) for r in rows)

    def clients_served(self, staff_id: int, day: date) -> int:
        """How many different clients a person serves by own relation on the day."""
        wanted = select(func.count(distinct(col(RelationRow.client_id)))).where(
            col(RelationRow.staff_id) == staff_id, *on_day(RelationRow, day)
        )
        return int(self._session.execute(wanted).scalar_one())

    def staff_nos(self, staff_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
        """(number, name) by id."""
        wanted = select(col(StaffRow.id), col(StaffRow.staff_no), col(StaffRow.name))
        rows = self._session.execute(wanted.where(col(StaffRow.id).in_(list(staff_ids))))
        return {row[0]: (row[1], row[2]) for row in rows}

    def _shown(self, staff_id: Any) -> tuple[ColumnElement[bool], ...]:
        return shown(staff_id, visible_staff, self._scope)

    def _branches_shown(self) -> tuple[ColumnElement[bool], ...]:
        if self._scope.reach is Reach.ALL:
            return ()
        posts = select(col(PostRow.branch_id)).where(
            *on_day(PostRow, self._scope.day), col(PostRow.staff_id).in_(visible_staff(self._scope))
        )
        return (col(BranchRow.id).in_(posts),)

    def _staff_select(self) -> Select[*tuple[Any, ...]]:
        day, one = self._scope.day, col(StaffRow.id)
        own_posts = select(func.min(col(PostRow.valid_from)), func.max(col(PostRow.valid_to)))
        joined, left = (
            select(edge).where(col(PostRow.staff_id) == one).correlate(StaffRow).scalar_subquery()
            for edge in own_posts.selected_columns
        )
        clients = (
            select(func.count(distinct(col(RelationRow.client_id))))
            .where(col(RelationRow.staff_id) == one, *on_day(RelationRow, day))
            .scalar_subquery()
        )
        level = (
            select(col(LevelRow.level))
            .where(col(LevelRow.staff_id) == one, col(LevelRow.valid_from) <= day)
            .order_by(col(LevelRow.valid_from).desc(), col(LevelRow.id).desc())
            .limit(1)
            .scalar_subquery()
        )
        absent = exists().where(col(AbsenceRow.staff_id) == one, *on_day(AbsenceRow, day))
        return (
            select(
                StaffRow, col(PostRow.post), col(BranchRow.branch_no), col(BranchRow.name), joined, left, clients,
                level, absent,
            )
            .outerjoin(PostRow, and_(col(PostRow.staff_id) == one, *on_day(PostRow, day)))
            .outerjoin(BranchRow, col(BranchRow.id) == col(PostRow.branch_id))
        )


def _staff(row: Any) -> Staff:
    person, post, branch_no, branch_name, joined, left, clients, level, absent = row
    return Staff(
        staff_no=person.staff_no, name=person.name, post=None if post is None else Post(post), branch_no=branch_no,
        branch_name=branch_name, joined_on=None if joined in (None, ALWAYS) else joined,
        left_on=None if left is None else last_or_none(left), capacity=person.capacity, clients=clients,
        level=level, absent=bool(absent), version=person.version,
    )
