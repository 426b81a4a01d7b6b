"""The desk of households: read within a scope, changed with a stamp; every change leaves a row of the trail.

Items are appended: a new word of a later day follows the old one, a correction of the same day is its next revision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from clients.household.checks import item_faults, member_faults
from clients.household.problems import HouseholdExists, HouseholdRefused, MemberTaken, NoSuchMember
from clients.household.repository import HouseholdRepository
from clients.household.rows import item_row, member_values, same_word
from clients.household.tables import HouseholdRow, MemberRow
from clients.household.types import AccountValue, Household, Item, Member
from clients.repository import ClientRepository
from clients.staff.filing import Stamp, file_change, held
from clients.staff.periods import OPEN, Period, day_before
from clients.staff.problems import ChangedMeanwhile
from kit.access import Scope
from kit.clock import day_of
from kit.db import one_at_a_time


class HouseholdService:
    """Households over one session, within a scope; the commit belongs to the caller."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._read = HouseholdRepository(session, scope)
        self._clients = ClientRepository(session, scope)

    # reading

    def of_client(
        self, client_no: str, day: date, accounts: Sequence[AccountValue] = ()
    ) -> Household | None:
        """The client's household on the day, with what its accounts are worth; None without one.

        Raises NoSuchClient.
        """
        row = self._read.row_of_client(client_no, day)
        return None if row is None else replace(self._read.household(row, day), accounts=tuple(accounts))

    def get(self, household_no: str, day: date) -> Household:
        """Raises NoSuchHousehold."""
        return self._read.household(self._read.row(household_no), day)

    def version(self, household_no: str) -> int:
        """To be named by whoever changes members. Raises NoSuchHousehold."""
        return self._read.row(household_no).version

    def item_versions(self, household_no: str) -> dict[str, int]:
        """By item, to be named by whoever says something new of it; an item that is not there is at 0.

        Raises NoSuchHousehold.
        """
        return self._read.word_counts(self._read.row(household_no))

    def owners(self, client_no: str, day: date) -> tuple[tuple[str, str], ...]:
        """(member_no, client_no) of those whose accounts count: the client, and members who agreed to share theirs.

        Only for sums that name nobody. Raises NoSuchClient.
        """
        row = self._read.row_of_client(client_no, day)
        members = () if row is None else self._read.members(row, day)
        return tuple(
            (one.member_no, one.client_no)
            for one in members
            if one.client_no is not None and (one.shares_accounts or one.client_no == client_no)
        )

    def history(self, household_no: str, item_no: str) -> tuple[tuple[Item, int, datetime], ...]:
        """Every word on an item, newest first: (item, revision, when it was recorded). Raises NoSuchHousehold."""
        return self._read.history(self._read.row(household_no), item_no)

    def clients_with_household(self, day: date) -> list[str]:
        """Numbers of the scope's clients who belong to a household on the day."""
        return self._read.clients_with_household(day)

    # changing

    def add(self, household_no: str, members: Sequence[Member], valid_from: date, stamp: Stamp) -> Household:
        """A new household. Raises HouseholdExists, HouseholdRefused, MemberTaken, NoSuchClient."""
        if not household_no.strip() or len(household_no) > 64:
            raise HouseholdRefused("家庭编号不能为空，最多 64 个字符")
        if not any(one.client_no for one in members):
            raise HouseholdRefused("家庭里至少要有一位是公司的客户")
        taken = select(col(HouseholdRow.id)).where(col(HouseholdRow.household_no) == household_no)
        if self._session.scalars(taken).first() is not None:
            raise HouseholdExists(f"家庭 {household_no} 已登记；请改用别的编号，或修改已有的一个")
        row = HouseholdRow(household_no=household_no)
        self._session.add(row)
        self._session.flush()
        for member in members:
            self._insert(row, member, valid_from, stamp)
        self._file(stamp, "household.add", row, members=[one.member_no for one in members], valid_from=valid_from)
        return self._read.household(row, valid_from)

    def add_member(
        self, household_no: str, member: Member, valid_from: date, *, expected_version: int, stamp: Stamp
    ) -> Household:
        """Raises NoSuchHousehold, ChangedMeanwhile, HouseholdRefused, MemberTaken, NoSuchClient."""
        row = self._held(household_no, expected_version)
        self._insert(row, member, valid_from, stamp)
        row.version += 1
        self._file(stamp, "household.member.add", row, member=member.member_no, valid_from=valid_from)
        return self._read.household(row, valid_from)

    def change_member(
        self, household_no: str, member: Member, *, expected_version: int, stamp: Stamp
    ) -> Household:
        """As the member shall be; who the client is does not change. Raises what `add_member` raises, NoSuchMember."""
        row = self._held(household_no, expected_version)
        own = self._running(row, member.member_no)
        self._check(member, stamp)
        told = changed_member(own, member)
        if told:
            row.version += 1
            said = {name: pair for name, pair in told.items() if name != "birth_date"}
            self._file(stamp, "household.member.change", row, member=member.member_no, changes=said)
        return self._read.household(row, self._today(stamp))

    def end_member(
        self, household_no: str, member_no: str, last_day: date, *, expected_version: int, stamp: Stamp
    ) -> Household:
        """The member belongs to the household up to `last_day`. Raises NoSuchMember, HouseholdRefused."""
        row = self._held(household_no, expected_version)
        own = self._running(row, member_no)
        if last_day < own.valid_from:
            raise HouseholdRefused(f"最后一天 {last_day} 早于加入的日子 {own.valid_from}")
        own.valid_to = last_day
        row.version += 1
        self._file(stamp, "household.member.end", row, member=member_no, last_day=last_day)
        return self._read.household(row, last_day)

    def record(self, household_no: str, item: Item, stamp: Stamp, *, expected_version: int | None = None) -> Item:
        """One word on one item. The same word again files nothing. expected_version: of the item, where it was read.

        Raises NoSuchHousehold, HouseholdRefused, ChangedMeanwhile.
        """
        row = self._read.row(household_no)
        if expected_version is not None:
            self._check_version(row, item.item_no, expected_version)
        numbers = {one.member_no for one in self._read.members(row, self._today(stamp))}
        faults = item_faults(item, numbers, self._today(stamp))
        if faults:
            raise refusal(faults)
        before = self._read.newest_row(_id(row), item.item_no, item.as_of)
        if before is not None and same_word(before, item):
            return item
        revision = 1 if before is None else before.revision + 1
        self._session.add(item_row(_id(row), item, revision, stamp.at, stamp.actor.name))
        self._file(
            stamp, "household.item", row, item=item.item_no, kind=item.kind.value, category=item.category.value,
            as_of=item.as_of, revision=revision,
        )  # fmt: skip
        return item

    # inside

    def _check_version(self, row: HouseholdRow, item_no: str, expected: int) -> None:
        """Alone with the household until the transaction ends."""
        one_at_a_time(self._session, f"household.{row.household_no}")
        now = self._read.word_counts(row).get(item_no, 0)
        if now != expected:
            raise ChangedMeanwhile(
                f"家庭项目 {item_no} 已被他人修改（您看到的是第 {expected} 版，现为第 {now} 版）；请刷新后再改"
            )

    def _insert(self, row: HouseholdRow, member: Member, valid_from: date, stamp: Stamp) -> None:
        self._check(member, stamp)
        client_id = None if member.client_no is None else self._clients.client(member.client_no).id
        during = Period(valid_from, OPEN)
        for other in self._read.member_rows(_id(row)):
            if other.member_no == member.member_no and Period(other.valid_from, other.valid_to).meets(during):
                raise MemberTaken(f"家庭 {row.household_no} 已有成员 {member.member_no}；请改用别的编号")
        if client_id is not None:
            self._check_free(client_id, member, during)
        self._session.add(MemberRow(
            household_id=_id(row), member_no=member.member_no, valid_from=valid_from,
            **member_values(member, client_id),
        ))  # fmt: skip
        self._session.flush()

    def _check_free(self, client_id: int, member: Member, during: Period) -> None:
        """A client belongs to one household at a time."""
        wanted = select(MemberRow).where(col(MemberRow.client_id) == client_id)
        for other in self._session.scalars(wanted):
            if Period(other.valid_from, other.valid_to).meets(during):
                raise MemberTaken(
                    f"客户 {member.client_no} 自 {other.valid_from} 起已属于另一个家庭；"
                    f"请先结束那里的关系（最迟 {day_before(during.first)}）"
                )

    def _check(self, member: Member, stamp: Stamp) -> None:
        faults = member_faults(member, self._today(stamp))
        if faults:
            raise refusal(faults)

    def _running(self, row: HouseholdRow, member_no: str) -> MemberRow:
        for own in self._read.member_rows(_id(row)):
            if own.member_no == member_no and own.valid_to == OPEN:
                return own
        raise NoSuchMember(f"家庭 {row.household_no} 没有在册的成员 {member_no}")

    def _held(self, household_no: str, expected_version: int) -> HouseholdRow:
        row = self._read.row(household_no)
        return held(self._session, HouseholdRow, row.id, expected_version, f"家庭 {household_no} 的资料")

    def _file(self, stamp: Stamp, action: str, row: HouseholdRow, **detail: Any) -> None:
        file_change(self._session, stamp, action, "household", row.household_no, version=row.version, **detail)

    @staticmethod
    def _today(stamp: Stamp) -> date:
        return day_of(stamp.at)


def changed_member(row: MemberRow, member: Member) -> dict[str, list[Any]]:
    """Set what differs, and say what changed: [before, after] by name."""
    values = member_values(member, row.client_id)
    told = {name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value}
    for name, (_, after) in told.items():
        setattr(row, name, after)
    return told


def refusal(faults: Sequence[tuple[str, str]]) -> HouseholdRefused:
    return HouseholdRefused(
        "；".join(told for _, told in faults),
        errors=[{"pointer": f"/{column}", "detail": told} for column, told in faults],
    )


def _id(row: HouseholdRow) -> int:
    assert row.id is not None
    return row.id
