"""A small house of people: rows written directly, so that reads are tested against what is there."""

from __future__ import annotations

from datetime import UTC, date, datetime

from clients.staff.filing import Stamp
from clients.staff.periods import ALWAYS, OPEN
from clients.staff.tables import AbsenceRow, BranchRow, PostRow, QualificationRow, RelationRow, StaffRow
from clients.tables import AccountRow, ClientRow
from kit.access import Actor, Reach, Role, Scope, everything

DAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
STAMP = Stamp(Actor("U1", "主管甲", Role.ADMINISTRATOR), NOW)
EVERYTHING = everything(DAY)


def book(staff_no: str, day: date = DAY) -> Scope:
    return Scope(Reach.BOOK, f"staff:{staff_no}", day)


def branch(staff_no: str, day: date = DAY) -> Scope:
    return Scope(Reach.BRANCH, f"staff:{staff_no}", day)


class People:
    """Writes rows and knows their ids by number."""

    def __init__(self, session):
        self.session = session
        self.branches, self.staff, self.clients = {}, {}, {}

    def add(self, row):
        self.session.add(row)
        self.session.flush()
        return row.id

    def branch(self, branch_no):
        if branch_no not in self.branches:
            self.branches[branch_no] = self.add(BranchRow(branch_no=branch_no, name=f"营业部 {branch_no}"))
        return self.branches[branch_no]

    def person(self, staff_no, branch_no="B1", post="CLIENT_MANAGER", capacity=None, first=ALWAYS, last=OPEN):
        self.staff[staff_no] = self.add(StaffRow(staff_no=staff_no, name=f"人员{staff_no}", capacity=capacity))
        self.post(staff_no, branch_no, post, first, last)
        return self.staff[staff_no]

    def post(self, staff_no, branch_no, post="CLIENT_MANAGER", first=ALWAYS, last=OPEN):
        place = None if branch_no is None else self.branch(branch_no)
        return self.add(PostRow(
            staff_id=self.staff[staff_no], branch_id=place, post=post, valid_from=first, valid_to=last
        ))

    def licence(self, staff_no, licence="INVESTMENT_ADVISER", first=ALWAYS, last=OPEN):
        return self.add(QualificationRow(
            staff_id=self.staff[staff_no], licence=licence, valid_from=first, valid_to=last
        ))

    def client(self, client_no, accounts=1):
        self.clients[client_no] = self.add(ClientRow(client_no=client_no, name=f"客户{client_no}"))
        for number in range(accounts):
            self.add(AccountRow(account_no=f"{client_no}-{number}", client_id=self.clients[client_no]))

    def serves(self, staff_no, client_no, role="MAIN", first=ALWAYS, last=OPEN):
        return self.add(RelationRow(
            client_id=self.clients[client_no], staff_id=self.staff[staff_no], role=role, valid_from=first,
            valid_to=last,
        ))

    def away(self, staff_no, stand_in=None, first=ALWAYS, last=OPEN):
        return self.add(AbsenceRow(
            staff_id=self.staff[staff_no], kind="LEAVE", valid_from=first, valid_to=last,
            stand_in_id=None if stand_in is None else self.staff[stand_in],
        ))
