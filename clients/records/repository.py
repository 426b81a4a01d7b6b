"""The records of a scope's clients as a frame for the checks, and who is answerable for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import and_, func, select
from sqlmodel import Session, col

from clients.contacts.repository import in_use, last_days
from clients.household.tables import ItemRow, MemberRow
from clients.records.checks import COLUMNS
from clients.staff.tables import BranchRow, PostRow, RelationRow, StaffRow
from clients.staff.types import RelationRole
from clients.tables import AccountRow, ClientRow, RiskLevelRow
from clients.types import ClientKind
from clients.visibility import on_day, shown, visible_clients
from kit.access import Scope


@dataclass(frozen=True, eq=False)
class Records:
    """frame: one row a client by number, with the columns of `checks.COLUMNS`. The lists stand in the same order."""

    frame: pd.DataFrame
    names: list[str]
    staff: list[tuple[str, str]]  # number and name of the main person, empty where no one in post serves
    branch: list[str]


def read_records(session: Session, scope: Scope) -> Records:
    """Everything that the checks look at, as of the scope's day; a handful of queries whatever the size."""
    day = scope.day
    main = and_(
        col(RelationRow.client_id) == col(ClientRow.id), col(RelationRow.role) == RelationRole.MAIN.value,
        *on_day(RelationRow, day),
    )
    asked = (
        select(
            col(ClientRow.id), col(ClientRow.client_no), col(ClientRow.name), col(ClientRow.kind),
            col(ClientRow.birth_date), col(ClientRow.id_no), col(ClientRow.phone), col(PostRow.id),
            col(StaffRow.staff_no), col(StaffRow.name), col(BranchRow.name),
        )
        .outerjoin(RelationRow, main)
        .outerjoin(StaffRow, col(StaffRow.id) == col(RelationRow.staff_id))
        .outerjoin(PostRow, and_(col(PostRow.staff_id) == col(StaffRow.id), *on_day(PostRow, day)))
        .outerjoin(BranchRow, col(BranchRow.id) == col(PostRow.branch_id))
        .where(*shown(ClientRow.id, visible_clients, scope))
        .order_by(col(ClientRow.client_no))
    )
    rows = session.execute(asked).all()
    accounts = _accounts(session, day)
    odd, told = _odd(session), _household_days(session, day)
    reached = {client: max(days.values()) for client, days in last_days(session, day).items()}
    used = in_use(session, day)
    frame = pd.DataFrame(
        [
            (
                row[1], row[3] == ClientKind.NATURAL.value, row[4], row[5], row[6], row[7] is not None,
                accounts.get(row[0], 0), row[0] in odd, told.get(row[0]), reached.get(row[0]), used,
            )
            for row in rows
        ],
        columns=list(COLUMNS), dtype=object,
    )  # fmt: skip
    people = [(row[8] or "", row[9] or "") if row[7] is not None else ("", "") for row in rows]
    return Records(frame, [row[2] for row in rows], people, [row[10] or "" for row in rows])


def _accounts(session: Session, day: date) -> dict[int, int]:
    """Accounts of each client that were opened by the day."""
    asked = (
        select(col(AccountRow.client_id), func.count())
        .where(col(AccountRow.opened_on).is_(None) | (col(AccountRow.opened_on) <= day))
        .group_by(col(AccountRow.client_id))
    )
    return {int(client): int(number) for client, number in session.execute(asked)}


def _odd(session: Session) -> set[int]:
    """Clients whose newest stated level of risk has odd dates."""
    newest = select(func.max(col(RiskLevelRow.id))).group_by(col(RiskLevelRow.client_id))
    asked = select(col(RiskLevelRow.client_id)).where(
        col(RiskLevelRow.id).in_(newest), col(RiskLevelRow.oddity).is_not(None)
    )
    return set(session.scalars(asked))


def _household_days(session: Session, day: date) -> dict[int, date]:
    """The newest day of which anything was said of a client's household."""
    asked = (
        select(col(MemberRow.client_id), func.max(col(ItemRow.as_of)))
        .join(ItemRow, col(ItemRow.household_id) == col(MemberRow.household_id))
        .where(col(MemberRow.client_id).is_not(None), *on_day(MemberRow, day), col(ItemRow.as_of) <= day)
        .group_by(col(MemberRow.client_id))
    )
    return {int(client): last for client, last in session.execute(asked)}
