"""A scope as SQL: which clients, accounts and staff it shows, by who serves whom on the scope's day.

BOOK shows the clients that the subject serves on that day, by an own relation or in the place of an absent colleague;
whoever holds no post on that day serves nobody. BRANCH is the book of everybody posted in the subject's branch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, false, select, union
from sqlmodel import col

from clients.staff.tables import AbsenceRow, BranchRow, PostRow, RelationRow, StaffRow
from clients.tables import AccountRow, ClientRow
from kit.access import Reach, Scope

STAFF: Final = "staff"
CLIENT: Final = "client"


def subject_no(scope: Scope, kind: str) -> str | None:
    """The number in a subject such as `staff:S001`, None where the subject is of another kind."""
    said, _, number = scope.subject.partition(":")
    return number if said == kind and number else None


def on_day(row: Any, day: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Rows of a table with `valid_from` and `valid_to` that cover the day; both days are included."""
    return col(row.valid_from) <= day, col(row.valid_to) >= day


def visible_clients(scope: Scope) -> Select[Any]:
    """Ids of the clients that the scope shows."""
    every = select(col(ClientRow.id))
    if scope.reach is Reach.ALL:
        return every
    if scope.reach is Reach.OWN:
        return every.where(col(ClientRow.client_no) == subject_no(scope, CLIENT))
    if scope.reach in (Reach.BOOK, Reach.BRANCH):
        return served_by(visible_staff(scope), scope.day)
    return every.where(false())


def served_by(staff: Select[Any], day: date) -> Select[Any]:
    """Ids of the clients whom these people serve on the day, those in whose place they stand included."""
    in_post = select(col(PostRow.staff_id)).where(*on_day(PostRow, day))
    serving = in_post.where(col(PostRow.staff_id).in_(staff))
    replaced = select(col(AbsenceRow.staff_id)).where(
        *on_day(AbsenceRow, day), col(AbsenceRow.stand_in_id).in_(serving), col(AbsenceRow.staff_id).in_(in_post)
    )
    # a union and not an OR: the book is then read by the index of its people, not client by client
    return select(col(RelationRow.client_id)).where(
        *on_day(RelationRow, day), col(RelationRow.staff_id).in_(union(serving, replaced))
    )


def visible_staff(scope: Scope) -> Select[Any]:
    """Ids of the staff that the scope shows: all, those posted in the subject's branch, or the subject alone."""
    every = select(col(StaffRow.id))
    if scope.reach is Reach.ALL:
        return every
    own = every.where(col(StaffRow.staff_no) == subject_no(scope, STAFF))
    if scope.reach is Reach.BRANCH:
        branch = select(col(PostRow.branch_id)).where(
            *on_day(PostRow, scope.day), col(PostRow.staff_id).in_(own)
        )
        return select(col(PostRow.staff_id)).where(*on_day(PostRow, scope.day), col(PostRow.branch_id).in_(branch))
    if scope.reach in (Reach.OWN, Reach.BOOK):
        return own
    return every.where(false())


def visible_staff_nos(scope: Scope) -> Select[Any]:
    """Numbers of the staff that the scope shows, for tables that know a person by number."""
    return select(col(StaffRow.staff_no)).where(col(StaffRow.id).in_(visible_staff(scope)))


def visible_client_nos(scope: Scope) -> Select[Any]:
    """Numbers of the clients that the scope shows, for tables that know a client by number."""
    return select(col(ClientRow.client_no)).where(col(ClientRow.id).in_(visible_clients(scope)))


def visible_account_nos(scope: Scope) -> Select[Any]:
    """Numbers of the accounts that the scope shows, for tables that know an account by number."""
    return select(col(AccountRow.account_no)).where(col(AccountRow.client_id).in_(visible_clients(scope)))


def account_nos_served(day: date, *, staff_no: str | None = None, branch_no: str | None = None) -> Select[Any]:
    """Numbers of the accounts that one person, or the people of one branch, serve on the day: a filter of lists."""
    staff = select(col(PostRow.staff_id)).where(*on_day(PostRow, day))
    if staff_no is not None:
        person = select(col(StaffRow.id)).where(col(StaffRow.staff_no) == staff_no)
        staff = staff.where(col(PostRow.staff_id).in_(person))
    if branch_no is not None:
        branch = select(col(BranchRow.id)).where(col(BranchRow.branch_no) == branch_no)
        staff = staff.where(col(PostRow.branch_id).in_(branch))
    return select(col(AccountRow.account_no)).where(col(AccountRow.client_id).in_(served_by(staff, day)))


def shown(column: Any, visible: Callable[[Scope], Select[Any]], scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """The WHERE that keeps `column` within what the scope shows; none where it shows all."""
    return () if scope.reach is Reach.ALL else (col(column).in_(visible(scope)),)


def client_id_of(name: str) -> ScalarSelect[Any]:
    """The id of the client whose number is the value `name` of a statement that was written once."""
    return select(col(ClientRow.id)).where(col(ClientRow.client_no) == bindparam(name)).scalar_subquery()


def client_nos_of(client_ids: Sequence[int]) -> Select[Any]:
    """Numbers of these clients: for packages that know a client by number, such as finders of open items."""
    return select(col(ClientRow.client_no)).where(col(ClientRow.id).in_(client_ids))
