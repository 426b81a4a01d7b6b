"""Household files into their tables: members put right, words on items appended. A file twice changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from clients.household.imports import ItemLine, check_item, item_line, member_line
from clients.household.rows import item_row, item_values, member_values, same_word
from clients.household.tables import HouseholdRow, ItemRow, MemberRow
from clients.staff.periods import OPEN
from clients.tables import ClientRow
from kit.clock import day_of
from kit.imports.headings import Layout
from kit.imports.result import Refused, Remarks
from kit.imports.rows import Cells, Counts, Intake, RejectLog

IMPORTED: Final = "导入"


class HouseholdIntake(Intake):
    """What both kinds share: households, clients and running memberships by number."""

    def __init__(
        self, session: Session, layout: Layout, remarks: Remarks, rejects: RejectLog, given: Any, batch_id: int,
        newest_first: bool = False,
    ) -> None:  # fmt: skip
        del given, newest_first
        super().__init__(layout, remarks, rejects)
        self.session = session
        self.batch_id = batch_id
        self.now = datetime.now(UTC)
        self.households: dict[str, HouseholdRow] = {
            row.household_no: row for row in session.exec(select(HouseholdRow))
        }
        self.clients: dict[str, int | None] = dict(session.exec(select(ClientRow.client_no, ClientRow.id)).all())
        self.members: dict[int, dict[str, MemberRow]] = {}
        self.household_of: dict[int, int] = {}
        for row in session.exec(select(MemberRow).where(col(MemberRow.valid_to) == OPEN)):
            self.join(row)
        self.counts = Counts()

    @property
    def today(self) -> date:
        return day_of(self.now)

    def join(self, row: MemberRow) -> None:
        self.members.setdefault(row.household_id, {})[row.member_no] = row
        if row.client_id is not None:
            self.household_of[row.client_id] = row.household_id

    def client_id(self, client_no: str) -> int:
        """Raises Refused."""
        found = self.clients.get(client_no)
        if found is None:
            raise Refused("client_no", client_no, "没有这个客户：请先导入客户")
        return found

    def settle(self) -> Counts:
        self.session.flush()
        return self.counts


class MembersIntake(HouseholdIntake):
    """Who belongs to which household. A household that nobody registered is made on the way."""

    def row(self, cells: Cells) -> None:
        line = member_line(cells, self.today)
        member = line.member
        client_id = None if member.client_no is None else self.client_id(member.client_no)
        household = self.households.get(line.household_no)
        own = self.members.get(_id(household), {}).get(member.member_no) if household is not None else None
        self._refuse_other(client_id, member.client_no, household, own)
        if own is None:
            self._add(household or self._make(line.household_no), member.member_no, member_values(member, client_id))
            return
        values = member_values(member, client_id)
        told = line.told | ({"client_id"} if client_id is not None else set())
        differing = {name: values[name] for name in told if getattr(own, name) != values[name]}
        for name, value in differing.items():
            setattr(own, name, value)
        if differing:
            self.join(own)
            assert household is not None
            household.version += 1
        self.counts.changed += bool(differing)
        self.counts.known += not differing

    def _refuse_other(
        self, client_id: int | None, client_no: str | None, household: HouseholdRow | None, own: MemberRow | None
    ) -> None:
        """A client belongs to one household at a time and is one member of it. Raises Refused."""
        if client_id is None:
            return
        held = self.household_of.get(client_id)
        if held is not None and (household is None or held != household.id):
            raise Refused("client_no", client_no or "", "已属于另一个家庭；请先结束那里的关系")
        if held is not None and (own is None or own.client_id != client_id):
            raise Refused("client_no", client_no or "", "在这个家庭里已是另一位成员")
        if own is not None and own.client_id not in (None, client_id):
            raise Refused("client_no", client_no or "", f"成员 {own.member_no} 已是另一位客户")

    def _make(self, household_no: str) -> HouseholdRow:
        row = HouseholdRow(household_no=household_no)
        self.session.add(row)
        self.session.flush()
        self.households[household_no] = row
        return row

    def _add(self, household: HouseholdRow, member_no: str, values: dict[str, Any]) -> None:
        row = MemberRow(household_id=_id(household), member_no=member_no, **values)
        self.session.add(row)
        self.session.flush()
        self.join(row)
        self.counts.new += 1


class BalancesIntake(HouseholdIntake):
    """What households own, owe, earn, spend and want. Another word on the same day is the next revision."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._seen: dict[tuple[int, str, date], tuple[int, dict[str, Any]]] = {}
        self._newest: dict[tuple[int, str, date], ItemRow] | None = None

    def row(self, cells: Cells) -> None:
        line = item_line(cells)
        household = self._household(line)
        check_item(line, frozenset(self.members.get(household, {})), self.today)
        key, values = (household, line.item.item_no, line.item.as_of), item_values(line.item)
        first, said = self._seen.setdefault(key, (cells.line, values))
        if first != cells.line:
            if said != values:
                raise Refused("amount", str(line.item.amount), f"与第 {first} 行是同一项目、同一天而内容不同")
            self.counts.known += 1
            return
        before = self._on_file().get(key)
        if before is not None and same_word(before, line.item):
            self.counts.known += 1
            return
        revision = 1 if before is None else before.revision + 1
        self.session.add(item_row(household, line.item, revision, self.now, IMPORTED, self.batch_id))
        self.counts.new += before is None
        self.counts.changed += before is not None

    def _household(self, line: ItemLine) -> int:
        """Raises Refused."""
        if line.household_no:
            household = self.households.get(line.household_no)
            if household is None:
                raise Refused("household_no", line.household_no, "没有这个家庭：请先导入家庭成员")
            return _id(household)
        held = self.household_of.get(self.client_id(line.client_no))
        if held is None:
            raise Refused("client_no", line.client_no, "这位客户还不属于任何家庭：请先导入家庭成员")
        return held

    def _on_file(self) -> dict[tuple[int, str, date], ItemRow]:
        """The last revision of every word, read once."""
        if self._newest is None:
            rows = self.session.exec(select(ItemRow).order_by(col(ItemRow.revision)))
            self._newest = {(row.household_id, row.item_no, row.as_of): row for row in rows}
        return self._newest


def _id(row: HouseholdRow) -> int:
    assert row.id is not None
    return row.id
