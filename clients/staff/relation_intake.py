"""Relation files into their table: what ends comes first, then what begins, so that the order of rows is free."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select as sql_select
from sqlalchemy import update
from sqlmodel import col, select

from clients.postings import ClientIntake, table_of
from clients.staff.checks import Stretch, main_words, other_main, twin, unqualified
from clients.staff.imports import RelationLine, relation_line
from clients.staff.periods import OPEN, Period
from clients.staff.repository import StaffRepository
from clients.staff.rules import Held
from clients.staff.tables import PostRow, RelationRow, StaffRow
from clients.staff.types import Post, RelationRole
from clients.tables import ClientRow
from kit.access import everything
from kit.bulk import Row, Stage
from kit.imports.result import Refused
from kit.imports.rows import Cells, Counts
from kit.problems import Conflict

AT_ONCE = 500
KEY = ("client_id", "staff_id", "role", "valid_from")
COLUMNS = (*KEY, "valid_to", "reason", "ended_reason", "batch_id", "version")
Key = tuple[int, str, str, date]
"""What makes two rows the same relation: client, person, role, first day."""


class RelationIntake(ClientIntake):
    """Who serves whom. The same relation with another last day is put right; a second main one is refused."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._clients = dict(self.session.exec(select(ClientRow.client_no, ClientRow.id)).all())
        self._staff = {row.staff_no: row for row in self.session.exec(select(StaffRow))}
        ids = [row.id for row in self._staff.values() if row.id is not None]
        self._held: dict[int, list[Held]] = StaffRepository(self.session, everything(OPEN)).held(ids)
        self._posts: dict[int, list[tuple[Period, Post]]] = defaultdict(list)
        for row in self.session.exec(select(PostRow)):
            self._posts[row.staff_id].append((Period(row.valid_from, row.valid_to), Post(row.post)))
        self._lines: list[tuple[int, int, RelationLine]] = []
        self._stretches: dict[int, list[Stretch]] = defaultdict(list)
        self._on_file: dict[Key, tuple[Stretch, str, int]] = {}
        self._updates: list[dict[str, Any]] = []
        self._inserts: list[Row] = []
        self._counts = Counts()

    def row(self, cells: Cells) -> None:
        line = relation_line(cells)
        client = self._clients.get(line.client_no)
        if client is None:
            raise Refused("client_no", line.client_no, "没有这个客户：请先导入客户")
        if line.staff_no not in self._staff:
            raise Refused("staff_no", line.staff_no, "没有这位人员：请先导入人员")
        self._lines.append((cells.line, client, line))

    def settle(self) -> Counts:
        self._read({client for _, client, _ in self._lines})
        seen: dict[Key, tuple[int, RelationLine]] = {}
        beginning: list[tuple[int, int, RelationLine]] = []
        for number, client, line in self._lines:
            key = _key(client, line)
            if key in seen:
                self._repeated(number, line, *seen[key])
                continue
            seen[key] = number, line
            stretch = self._on_file.get(key)
            if stretch is not None and line.during.last <= stretch[0].during.last:
                self._put_right(client, line, *stretch)
            else:
                beginning.append((number, client, line))
        for number, client, line in beginning:
            try:
                self._begin(client, line)
            except Refused as refused:
                self._counts.refused_later[number] = (refused.column, refused.value, refused.expected)
        self._write()
        self._warn_of_overload()
        return self._counts

    def _read(self, clients: set[int]) -> None:
        """What is on file about the clients of this file; a large file reads the whole table at once."""
        numbers = {row.id: (row.staff_no, row.name) for row in self._staff.values()}
        table = table_of(RelationRow).c
        asked = sql_select(
            table.id, table.client_id, table.staff_id, table.role, table.valid_from, table.valid_to, table.reason,
            table.version,
        )
        if len(clients) <= AT_ONCE:
            asked = asked.where(table.client_id.in_(clients))
        for row_id, client, staff, role, first, last, reason, version in self.session.execute(asked):
            if client in clients:
                stretch = Stretch(row_id, *numbers[staff], RelationRole(role), Period(first, last))
                self._stretches[client].append(stretch)
                self._on_file[client, stretch.staff_no, role, first] = stretch, reason, version

    def _repeated(self, number: int, line: RelationLine, first: int, told: RelationLine) -> None:
        if line == told:
            self._counts.known += 1
        else:
            self._counts.refused_later[number] = (
                "valid_to", str(line.during.last), f"与第 {first} 行是同一条关系而内容不同（{told.during.text}）"
            )

    def _put_right(self, client: int, line: RelationLine, stretch: Stretch, reason: str, version: int) -> None:
        """Another last day or reason; the relation stays the same."""
        values: dict[str, Any] = {}
        if line.during.last != stretch.during.last:
            values["valid_to"] = line.during.last
        if line.reason and line.reason != reason:
            values["reason"] = line.reason
        if not values:
            self._counts.known += 1
            return
        self._counts.changed += 1
        self._updates.append({"id": stretch.id, "version": version + 1, **values})
        own = self._stretches[client]
        own[own.index(stretch)] = replace(stretch, during=line.during)

    def _begin(self, client: int, line: RelationLine) -> None:
        """A new relation, or one that runs longer than was known. Raises Refused."""
        known = self._on_file.get(_key(client, line))
        person = self._staff[line.staff_no]
        new = Stretch(known[0].id if known else None, line.staff_no, person.name, line.role, line.during)
        if known is None:
            self._refuse_unfit(person, line)
        main = other_main(new, self._stretches[client])
        if main is not None and main.staff_no != line.staff_no:
            raise Refused("staff_no", line.staff_no, main_words(line.client_no, main, new))
        same = twin(new, self._stretches[client])
        if same is not None:
            raise Refused("valid_from", str(line.during.first), f"与已有的一段（{same.during.text}）重叠")
        if known is not None:
            self._put_right(client, line, *known)
            return
        self._stretches[client].append(new)
        self._counts.new += 1
        self._inserts.append((
            len(self._inserts) + 1, client, person.id, line.role.value, line.during.first, line.during.last,
            line.reason, "", self.batch_id, 1,
        ))

    def _refuse_unfit(self, person: StaffRow, line: RelationLine) -> None:
        """Raises Refused for whoever is not in post, or not registered, on the first day."""
        assert person.id is not None
        first = line.during.first
        post = next((post for during, post in self._posts[person.id] if during.covers(first)), None)
        if post is None:
            raise Refused("valid_from", str(first), f"{line.staff_no} 当日不在岗；请更正日期，或先导入任职日期")
        why = unqualified(post, line.role, self._held[person.id], first)
        if why is not None:
            raise Refused("staff_no", line.staff_no, f"{why}；请更正日期，先导入执业登记，或改派已登记的同事")

    def _write(self) -> None:
        for update_of in (("valid_to", "reason"), ("valid_to",), ("reason",)):
            rows = [row for row in self._updates if set(update_of) == set(row) - {"id", "version"}]
            if rows:
                self.session.execute(update(RelationRow), rows)
        if not self._inserts:
            return
        stage = Stage(self.session.connection(), table_of(RelationRow), COLUMNS, KEY, "relation")
        stage.add(self._inserts)
        if stage.insert() != len(self._inserts):
            raise Conflict("导入期间有人改动了服务关系，文件未导入；请再次导入")
        stage.drop()

    def _warn_of_overload(self) -> None:
        """Files tell what is; whoever serves more than the capacity is named."""
        limits = {row.id: row for row in self._staff.values() if row.capacity is not None}
        asked = select(RelationRow.staff_id, RelationRow.client_id).where(
            col(RelationRow.staff_id).in_(list(limits)), col(RelationRow.valid_to) == OPEN
        )
        served: dict[int, set[int]] = defaultdict(set)
        for staff, client in self.session.exec(asked):
            served[staff].add(client)
        for staff, clients in served.items():
            person = limits[staff]
            if person.capacity is not None and len(clients) > person.capacity:
                self.remarks.note(
                    f"{person.staff_no} 服务 {len(clients)} 位客户，超过上限 {person.capacity}；请改派或调高上限"
                )


def _key(client: int, line: RelationLine) -> Key:
    return client, line.staff_no, line.role.value, line.during.first
