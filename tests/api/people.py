"""Who is who in the tests of the application: two branches, their people, and one user of every role.

Branch B1: supervisor S1, advisors S2 and S3. Branch B2: supervisor S4, advisor S5. Every password is PASSWORD.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from sqlmodel import Session, col, select

from clients.staff.tables import BranchRow, PostRow, RelationRow, StaffRow
from clients.tables import ClientRow
from kit.access import Role
from kit.db import transaction
from kit.identity.keys import parse_keys
from kit.identity.passwords import hashed
from kit.identity.service import Identity
from kit.identity.tables import UserRow
from kit.identity.types import Door, SignedIn
from kit.trail.entry import Origin

KEYS: Final = parse_keys("test:" + "0123456789abcdef0123456789ABCDEF" * 2)
PASSWORD: Final = "correct horse battery"
SINCE: Final = date(2024, 1, 2)
POSTS: Final = {
    "S1": ("SUPERVISOR", "B1"), "S2": ("ADVISOR", "B1"), "S3": ("ADVISOR", "B1"), "S4": ("SUPERVISOR", "B2"),
    "S5": ("ADVISOR", "B2"),
}  # fmt: skip
USERS: Final = {
    "supervisor": (Role.SUPERVISOR, "staff:S1"), "advisor": (Role.ADVISOR, "staff:S2"),
    "colleague": (Role.ADVISOR, "staff:S3"), "stranger": (Role.ADVISOR, "staff:S5"),
    "client": (Role.CLIENT, "client:C0001"), "compliance": (Role.COMPLIANCE, ""),
    "administrator": (Role.ADMINISTRATOR, ""), "second-administrator": (Role.ADMINISTRATOR, ""),
    "auditor": (Role.AUDITOR, ""), "service": (Role.SERVICE, ""),
}  # fmt: skip


def settle(session: Session, serves: Mapping[str, str], now: datetime) -> None:
    """Branches, people, users; `serves`: who serves which client, for clients that are on file."""
    branches = {}
    for number in ("B1", "B2"):
        branches[number] = BranchRow(branch_no=number, name=f"营业部{number}")
        session.add(branches[number])
    session.flush()
    staff = {}
    for number, (post, branch) in POSTS.items():
        staff[number] = StaffRow(staff_no=number, name=f"员工{number}")
        session.add(staff[number])
        session.flush()
        session.add(
            PostRow(staff_id=staff[number].id, branch_id=branches[branch].id, post=post, valid_from=SINCE)
        )
    for row in session.exec(select(ClientRow).order_by(col(ClientRow.client_no))):
        server = serves.get(row.client_no)
        if server:
            session.add(RelationRow(client_id=row.id, staff_id=staff[server].id, role="MAIN", valid_from=SINCE))
    known = hashed(PASSWORD)
    for name, (role, subject) in USERS.items():
        session.add(
            UserRow(id=f"u-{name}", name=name, role=role, subject=subject, password_hash=known, created_at=now)
        )
    session.flush()


def sign_in(url: str, name: str, now: datetime, door: Door = Door.API) -> SignedIn:
    """A session of this user, made without the door."""
    with transaction(url) as session:
        answer = Identity(session, now=now, origin=Origin(), keys=KEYS).sign_in(name, PASSWORD, door)
    assert isinstance(answer, SignedIn)
    return answer
