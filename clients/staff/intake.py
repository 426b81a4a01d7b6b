"""Branch and staff files into their tables. A later file puts names, posts, capacity and registrations right."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, select

from clients.postings import ClientIntake
from clients.staff.imports import LicenceLine, StaffLine, branch_line, staff_line
from clients.staff.periods import ALWAYS, OPEN, Period, day_before
from clients.staff.rules import at_odds
from clients.staff.tables import BranchRow, PostRow, QualificationRow, StaffRow
from clients.staff.types import Licence
from kit.imports.result import Refused
from kit.imports.rows import Cells, Counts


class BranchIntake(ClientIntake):
    """Branches by number."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._known = {row.branch_no: row for row in self.session.exec(select(BranchRow))}
        self._counts = Counts()

    def row(self, cells: Cells) -> None:
        line = branch_line(cells)
        row = self._known.get(line.branch_no)
        if row is None:
            row = BranchRow(branch_no=line.branch_no, name=line.name)
            self.session.add(row)
            self._known[line.branch_no] = row
            self._counts.new += 1
        elif row.name != line.name:
            row.name = line.name
            row.version += 1
            self._counts.changed += 1
        else:
            self._counts.known += 1

    def settle(self) -> Counts:
        self.session.flush()
        return self._counts


class StaffIntake(ClientIntake):
    """Staff by number, the post as of the file, and a registration in each row that tells one.

    A person with several registrations stands in several rows. A branch that nobody registered is made and named.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._staff = {row.staff_no: row for row in self.session.exec(select(StaffRow))}
        self._branches = {row.branch_no: row for row in self.session.exec(select(BranchRow))}
        self._posts: dict[int, list[PostRow]] = {}
        for post in self.session.exec(select(PostRow).order_by(col(PostRow.valid_from))):
            self._posts.setdefault(post.staff_id, []).append(post)
        self._held: dict[int, list[QualificationRow]] = {}
        for held in self.session.exec(select(QualificationRow)):
            self._held.setdefault(held.staff_id, []).append(held)
        self._counts = Counts()

    def row(self, cells: Cells) -> None:
        line = staff_line(cells)
        person = self._staff.get(line.staff_no)
        on_file = [] if person is None else self._held.get(_id(person), [])
        same = None if line.licence is None else self._same(cells, line.licence, on_file)
        if person is None:
            person = self._add(line, cells.line)
            new, changed = True, False
        else:
            new, changed = False, self._update(person, line, cells.line)
        if line.licence is not None:
            added, put_right = self._registration(person, line.licence, same, cells.line)
            new, changed = new or added, changed or put_right
        self._counts.new += new
        self._counts.changed += changed and not new
        self._counts.known += not (new or changed)

    def settle(self) -> Counts:
        self.session.flush()
        return self._counts

    def _add(self, line: StaffLine, number: int) -> StaffRow:
        person = StaffRow(staff_no=line.staff_no, name=line.name, capacity=line.capacity)
        self.session.add(person)
        self.session.flush()
        self._staff[line.staff_no] = person
        post = PostRow(
            staff_id=_id(person), branch_id=self._branch(line, number), post=line.post.value,
            valid_from=line.joined_on or ALWAYS, valid_to=line.left_on or OPEN,
        )
        self.session.add(post)
        self._posts[_id(person)] = [post]
        return person

    def _update(self, person: StaffRow, line: StaffLine, number: int) -> bool:
        """Put right what the row tells; what it is silent about stays."""
        told = {"name": line.name} | ({} if line.capacity is None else {"capacity": line.capacity})
        differing = {name: value for name, value in told.items() if getattr(person, name) != value}
        for name, value in differing.items():
            setattr(person, name, value)
        moved = self._post(person, line, number)
        if differing or moved:
            person.version += 1
        return bool(differing or moved)

    def _post(self, person: StaffRow, line: StaffLine, number: int) -> bool:
        """The newest post put right; a day of taking office after its first one makes a new post."""
        posts = self._posts.setdefault(_id(person), [])
        branch = self._branch(line, number)
        newest = posts[-1] if posts else None
        elsewhere = newest is None or newest.post != line.post.value or (branch or newest.branch_id) != newest.branch_id
        if newest is None or (elsewhere and line.joined_on and line.joined_on > newest.valid_from):
            if newest is not None and line.joined_on and newest.valid_to >= line.joined_on:
                newest.valid_to = day_before(line.joined_on)
                self.session.flush()
            posts.append(PostRow(
                staff_id=_id(person), branch_id=branch, post=line.post.value, valid_from=line.joined_on or ALWAYS,
                valid_to=line.left_on or OPEN,
            ))
            self.session.add(posts[-1])
            return True
        told: dict[str, Any] = {"post": line.post.value}
        if branch is not None:
            told["branch_id"] = branch
        if line.joined_on is not None and len(posts) == 1:
            told["valid_from"] = line.joined_on
        if line.left_on is not None:
            told["valid_to"] = line.left_on
        differing = {name: value for name, value in told.items() if getattr(newest, name) != value}
        for name, value in differing.items():
            setattr(newest, name, value)
        return bool(differing)

    def _branch(self, line: StaffLine, number: int) -> int | None:
        """By number, else by name, else made on the way."""
        if not line.branch:
            return None
        row = self._branches.get(line.branch)
        if row is None:
            row = next((one for one in self._branches.values() if one.name == line.branch), None)
        if row is None:
            row = BranchRow(branch_no=line.branch[:64], name=line.branch_name or line.branch)
            self.session.add(row)
            self.session.flush()
            self._branches[row.branch_no] = row
            self.remarks.note(f"营业部 {row.branch_no} 尚未登记，已顺带建立", number)
        assert row.id is not None
        return row.id

    def _same(self, cells: Cells, told: LicenceLine, on_file: list[QualificationRow]) -> QualificationRow | None:
        """The registration that the row speaks of. Raises Refused where it contradicts one on file."""
        own = sorted((row for row in on_file if row.licence == told.licence.value), key=lambda row: row.valid_from)
        exact = next((row for row in own if row.valid_from == told.during.first), None)
        if exact is not None:
            return exact
        if own and ALWAYS in (told.during.first, own[-1].valid_from):  # a first day that was not told before
            return own[-1]
        clash = next((row for row in own if Period(row.valid_from, row.valid_to).meets(told.during)), None)
        if clash is not None:
            when = Period(clash.valid_from, clash.valid_to).text
            raise Refused(
                "licensed_from", cells.text("licensed_from"), f"与已有的{told.licence.label}登记（{when}）重叠"
            )
        odd = at_odds(
            told.licence, told.during,
            [(Licence(row.licence), Period(row.valid_from, row.valid_to)) for row in on_file],
        )
        if odd is not None:
            raise Refused("licence", cells.text("licence"), f"{told.licence.label}与{odd.label}不得同时登记")
        return None

    def _registration(
        self, person: StaffRow, told: LicenceLine, same: QualificationRow | None, number: int
    ) -> tuple[bool, bool]:
        """(added, put right)"""
        if told.inferred:
            self.remarks.note(
                f"登记类别没有写明，按岗位记为{told.licence.label}并标明“推断”，请核对", number
            )
        if told.during.first == ALWAYS:
            self.remarks.note("执业登记没有起始日，视为一直有效", number)
        if same is None:
            row = QualificationRow(
                staff_id=_id(person), licence=told.licence.value, number=told.number, valid_from=told.during.first,
                valid_to=told.during.last, inferred=told.inferred,
            )
            self.session.add(row)
            self._held.setdefault(_id(person), []).append(row)
            return True, False
        values: dict[str, Any] = {"valid_to": told.during.last}
        if told.during.first != ALWAYS:
            values["valid_from"] = told.during.first
        if told.number is not None:
            values |= {"number": told.number, "inferred": told.inferred}
        differing = {name: value for name, value in values.items() if getattr(same, name) != value}
        for name, value in differing.items():
            setattr(same, name, value)
        same.version += bool(differing)
        return False, bool(differing)


def _id(row: StaffRow) -> int:
    assert row.id is not None
    return row.id
