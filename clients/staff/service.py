"""Branches, staff, posts, capacity and published levels: read within a scope, changed with a stamp.

A change of something on file takes the version that the caller saw, and is refused (412) where it has moved on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from clients.staff.filing import Stamp, changed, file_change, held
from clients.staff.periods import ALWAYS, Period, day_before
from clients.staff.problems import NoSuchStaff, NotInPost, PeriodTaken, StaffExists, StaffRefused, StillServing
from clients.staff.repository import StaffRepository
from clients.staff.rules import Held, allowed
from clients.staff.tables import BranchRow, LevelRow, PostRow, RelationRow, StaffRow
from clients.staff.types import Absence, Act, Branch, Level, Post, Posting, Staff
from kit.access import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAsk:
    """A new person and the first post. branch_no None: head office. joined_on None: since always."""

    staff_no: str
    name: str
    post: Post
    branch_no: str | None = None
    joined_on: date | None = None
    capacity: int | None = None


class StaffService:
    """The desk of staff over one session; the commit belongs to the caller."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._read = StaffRepository(session, scope)

    # reading

    def branches(self) -> tuple[Branch, ...]:
        return self._read.branches()

    def branch(self, branch_no: str) -> Branch:
        """Raises NoSuchBranch."""
        row = self._read.branch_row(branch_no)
        return Branch(row.branch_no, row.name, row.version)

    def list(
        self, *, after: str = "", limit: int = 50, matching: str = "", branch_no: str | None = None,
        post: Post | None = None, in_post: bool = False,
    ) -> tuple[Staff, ...]:  # fmt: skip
        """Staff by number after `after`, as of the scope's day."""
        return self._read.staff(
            after=after, limit=limit, matching=matching, branch_no=branch_no, post=post, in_post=in_post
        )

    def headcount(self) -> dict[tuple[str | None, Post], int]:
        """Staff in post on the scope's day, by branch (None: head office) and post."""
        return self._read.headcount()

    def registrations(self, staff_nos: Iterable[str]) -> Mapping[str, Sequence[Held]]:
        """Registrations with their days, by number; empty for whom the scope does not show."""
        return self._read.held_by(staff_nos)

    def get(self, staff_no: str) -> Staff:
        """Raises NoSuchStaff."""
        found = self._read.staff(staff_no=staff_no, limit=1)
        if not found:
            raise NoSuchStaff(f"没有人员 {staff_no}")
        return found[0]

    def branch_of(self, staff_no: str, day: date) -> Posting | None:
        """Post and branch on the day, None where the person holds none. Raises NoSuchStaff."""
        return self._read.posting(_id(self._read.row(staff_no)), day)

    def acts(self, staff_no: str, day: date) -> frozenset[Act]:
        """What the person's registrations allow on the day. Raises NoSuchStaff."""
        person = _id(self._read.row(staff_no))
        return allowed(self._read.held([person])[person], day)

    def away(self) -> tuple[Absence, ...]:
        """Absences of the staff that the scope shows, of its day."""
        return self._read.away()

    def levels(self, staff_no: str) -> tuple[Level, ...]:
        """Published levels, newest first. Raises NoSuchStaff."""
        return self._read.levels(_id(self._read.row(staff_no)))

    def level_of(self, staff_no: str, day: date) -> Level | None:
        """The published level in force on the day. Raises NoSuchStaff."""
        return next((level for level in self.levels(staff_no) if level.valid_from <= day), None)

    # changing

    def add_branch(self, branch_no: str, name: str, stamp: Stamp) -> Branch:
        """Raises StaffExists, StaffRefused."""
        _check_text(("营业部编号", branch_no, 64), ("营业部名称", name, 128))
        taken = select(BranchRow.id).where(col(BranchRow.branch_no) == branch_no)
        if self._session.exec(taken).first() is not None:
            raise StaffExists(f"营业部 {branch_no} 已登记；请改用别的编号，或修改已有的一条")
        row = BranchRow(branch_no=branch_no, name=name)
        self._session.add(row)
        file_change(self._session, stamp, "branch.add", "branch", branch_no, name=name)
        return Branch(row.branch_no, row.name, row.version)

    def change_branch(self, branch_no: str, *, name: str, expected_version: int, stamp: Stamp) -> Branch:
        """Raises NoSuchBranch, ChangedMeanwhile, StaffRefused."""
        _check_text(("营业部名称", name, 128))
        row = held(
            self._session, BranchRow, self._read.branch_row(branch_no).id, expected_version, f"营业部 {branch_no}"
        )
        told = changed(row, {"name": name})
        if told:
            file_change(self._session, stamp, "branch.change", "branch", branch_no, version=row.version, changes=told)
        return Branch(row.branch_no, row.name, row.version)

    def add_staff(self, ask: StaffAsk, stamp: Stamp) -> Staff:
        """Raises StaffExists, NoSuchBranch, StaffRefused."""
        _check_text(("人员编号", ask.staff_no, 64), ("姓名", ask.name, 128))
        _check_capacity(ask.capacity)
        taken = select(StaffRow.id).where(col(StaffRow.staff_no) == ask.staff_no)
        if self._session.exec(taken).first() is not None:
            raise StaffExists(f"人员编号 {ask.staff_no} 已被使用；请改用别的编号，或修改已有的一条")
        branch_id = None if ask.branch_no is None else self._read.branch_row(ask.branch_no).id
        row = StaffRow(staff_no=ask.staff_no, name=ask.name, capacity=ask.capacity)
        self._session.add(row)
        self._session.flush()
        first = ask.joined_on or ALWAYS
        self._session.add(PostRow(staff_id=_id(row), branch_id=branch_id, post=ask.post.value, valid_from=first))
        file_change(
            self._session, stamp, "staff.add", "staff", ask.staff_no,
            post=ask.post, branch=ask.branch_no, joined_on=ask.joined_on, capacity=ask.capacity,
        )  # fmt: skip
        return self.get(ask.staff_no)

    def change_staff(
        self, staff_no: str, *, name: str, capacity: int | None, expected_version: int, stamp: Stamp
    ) -> Staff:
        """Name and capacity as they shall be. Raises NoSuchStaff, ChangedMeanwhile, StaffRefused."""
        _check_text(("姓名", name, 128))
        _check_capacity(capacity)
        row = self._held(staff_no, expected_version)
        told = changed(row, {"name": name, "capacity": capacity})
        if told:
            self._file(stamp, "staff.change", row, changes=told)
        return self.get(staff_no)

    def move(
        self, staff_no: str, *, post: Post, branch_no: str | None, day: date, expected_version: int, stamp: Stamp
    ) -> Staff:
        """A new post or branch from `day` on; the post before ends on the day before.

        Raises NoSuchStaff, NoSuchBranch, ChangedMeanwhile, PeriodTaken where a post begins on or after `day`.
        """
        row = self._held(staff_no, expected_version)
        branch_id = None if branch_no is None else self._read.branch_row(branch_no).id
        posts = self._read.posts(_id(row))
        later = next((one for one in posts if one.valid_from >= day), None)
        if later is not None:
            raise PeriodTaken(f"{staff_no} 从 {later.valid_from} 起已有任职；调动日须晚于这一天")
        if posts and posts[-1].valid_to >= day:
            posts[-1].valid_to = day_before(day)
            self._session.flush()
        self._session.add(PostRow(staff_id=_id(row), branch_id=branch_id, post=post.value, valid_from=day))
        row.version += 1
        self._file(stamp, "staff.move", row, post=post, branch=branch_no, day=day)
        return self.get(staff_no)

    def leave(self, staff_no: str, *, last_day: date, expected_version: int, stamp: Stamp) -> Staff:
        """End the person's last post. Raises StillServing while clients remain, NotInPost, ChangedMeanwhile."""
        row = self._held(staff_no, expected_version)
        posts = self._read.posts(_id(row))
        if not posts or not Period(posts[-1].valid_from, posts[-1].valid_to).covers(last_day):
            raise NotInPost(f"{staff_no} 在 {last_day} 不在岗，不能以这一天为离职日")
        beyond = select(RelationRow.client_id).where(
            col(RelationRow.staff_id) == row.id, col(RelationRow.valid_to) > last_day
        )
        left = len(set(self._session.exec(beyond)))
        if left:
            raise StillServing(
                f"{staff_no} 在 {last_day} 之后还服务 {left} 位客户；请先交接，交接日不晚于离职日的次日", clients=left
            )
        posts[-1].valid_to = last_day
        row.version += 1
        self._file(stamp, "staff.leave", row, last_day=last_day)
        return self.get(staff_no)

    def publish_level(self, staff_no: str, level: str, *, valid_from: date, basis: str, stamp: Stamp) -> Level:
        """File a level as a fact, appended and never changed; the newest of a day stands. Raises NoSuchStaff."""
        _check_text(("等级", level, 16))
        row = self._read.row(staff_no)
        by = stamp.actor.name
        self._session.add(LevelRow(
            staff_id=_id(row), level=level, valid_from=valid_from, basis=basis[:256], published_by=by,
            published_at=stamp.at,
        ))
        file_change(
            self._session, stamp, "staff.level", "staff", staff_no, version=row.version,
            purpose=basis, level=level, valid_from=valid_from,
        )  # fmt: skip
        return Level(level, valid_from, basis[:256], by, stamp.at)

    def _held(self, staff_no: str, expected_version: int) -> StaffRow:
        return held(self._session, StaffRow, self._read.row(staff_no).id, expected_version, f"人员 {staff_no} 的资料")

    def _file(self, stamp: Stamp, action: str, row: StaffRow, **detail: Any) -> None:
        file_change(self._session, stamp, action, "staff", row.staff_no, version=row.version, **detail)


def _id(row: StaffRow) -> int:
    assert row.id is not None
    return row.id


def _check_text(*told: tuple[str, str, int]) -> None:
    """Raises StaffRefused for what is empty or does not fit."""
    faults = [f"{what}不能为空" for what, text, _ in told if not text.strip()]
    faults += [f"{what}最多 {longest} 个字符" for what, text, longest in told if len(text) > longest]
    if faults:
        raise StaffRefused("；".join(faults))


def _check_capacity(capacity: int | None) -> None:
    if capacity is not None and capacity < 0:
        raise StaffRefused("服务客户上限不能为负；不设上限时留空")

