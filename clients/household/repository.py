"""Every read of households. A household is seen by whoever may see one of its members who is a client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlmodel import Session, col

from clients.household.problems import NoSuchHousehold
from clients.household.tables import HouseholdRow, ItemRow, MemberRow
from clients.household.types import (
    CATEGORIES,
    Household,
    Item,
    ItemKind,
    Member,
    MemberRole,
    Per,
    Sex,
    Witness,
)
from clients.repository import ClientRepository
from clients.tables import ClientRow
from clients.visibility import on_day, shown, visible_clients
from kit.access import Scope


class HouseholdRepository:
    """Reads households on one session, within a scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._clients = ClientRepository(session, scope)

    def row(self, household_no: str) -> HouseholdRow:
        """Raises NoSuchHousehold."""
        wanted = select(HouseholdRow).where(col(HouseholdRow.household_no) == household_no)
        found = self._session.scalars(wanted).first()
        if found is None or not self._is_shown(found):
            raise NoSuchHousehold(f"没有家庭 {household_no}，或不在您的范围内；请核对家庭号")
        return found

    def row_of_client(self, client_no: str, day: date) -> HouseholdRow | None:
        """The household to which the client belongs on the day. Raises NoSuchClient."""
        client = self._clients.client(client_no)
        wanted = (
            select(HouseholdRow)
            .join(MemberRow, col(MemberRow.household_id) == col(HouseholdRow.id))
            .where(col(MemberRow.client_id) == client.id, *on_day(MemberRow, day))
        )
        return self._session.scalars(wanted).first()

    def clients_with_household(self, day: date) -> list[str]:
        """Numbers of all clients that the scope shows and that belong to a household on the day."""
        wanted = (
            select(col(ClientRow.client_no))
            .join(MemberRow, col(MemberRow.client_id) == col(ClientRow.id))
            .where(*on_day(MemberRow, day), *self._shown())
            .order_by(col(ClientRow.client_no))
        )
        return list(self._session.scalars(wanted))

    def household(self, row: HouseholdRow, day: date) -> Household:
        """Members and items as of the day, without accounts; client numbers beyond the scope are left out."""
        members = self.members(row, day)
        shown_nos = self._clients.clients_by_no([one.client_no for one in members if one.client_no])
        visible = tuple(
            one if one.client_no in shown_nos else replace(one, client_no=None) for one in members
        )
        return Household(
            household_no=row.household_no, day=day, members=visible, items=self.items(row, day)
        )

    def members(self, row: HouseholdRow, day: date) -> tuple[Member, ...]:
        """Everybody who belongs to it on the day, whoever asks: only for sums that name nobody."""
        wanted = (
            select(MemberRow, col(ClientRow.client_no))
            .join(ClientRow, col(ClientRow.id) == col(MemberRow.client_id), isouter=True)
            .where(col(MemberRow.household_id) == row.id, *on_day(MemberRow, day))
            .order_by(col(MemberRow.member_no))
        )
        return tuple(as_member(member, client_no) for member, client_no in self._session.execute(wanted))

    def items(self, row: HouseholdRow, day: date) -> tuple[Item, ...]:
        """The newest word on each item up to the day, by number."""
        ranked = (
            select(
                col(ItemRow.id).label("id"),
                func.row_number()
                .over(
                    partition_by=col(ItemRow.item_no),
                    order_by=(col(ItemRow.as_of).desc(), col(ItemRow.revision).desc()),
                )
                .label("place"),
            )
            .where(col(ItemRow.household_id) == row.id, col(ItemRow.as_of) <= day)
            .subquery()
        )
        wanted = (
            select(ItemRow)
            .join(ranked, and_(ranked.c.id == col(ItemRow.id), ranked.c.place == 1))
            .order_by(col(ItemRow.item_no))
        )
        return tuple(as_item(one) for one in self._session.scalars(wanted))

    def history(self, row: HouseholdRow, item_no: str) -> tuple[tuple[Item, int, Any], ...]:
        """Every word on one item, newest first: (item, revision, when it was recorded)."""
        wanted = (
            select(ItemRow)
            .where(col(ItemRow.household_id) == row.id, col(ItemRow.item_no) == item_no)
            .order_by(col(ItemRow.as_of).desc(), col(ItemRow.revision).desc())
        )
        return tuple((as_item(one), one.revision, one.recorded_at) for one in self._session.scalars(wanted))

    def word_counts(self, row: HouseholdRow) -> dict[str, int]:
        """How many words are on file on each item, whatever their day: the version of the item."""
        wanted = (
            select(col(ItemRow.item_no), func.count())
            .where(col(ItemRow.household_id) == row.id)
            .group_by(col(ItemRow.item_no))
        )
        return {str(number): int(count) for number, count in self._session.execute(wanted)}

    def newest_row(self, household_id: int, item_no: str, as_of: date) -> ItemRow | None:
        """The last revision of one item's word as of one day."""
        wanted = (
            select(ItemRow)
            .where(
                col(ItemRow.household_id) == household_id, col(ItemRow.item_no) == item_no,
                col(ItemRow.as_of) == as_of,
            )
            .order_by(col(ItemRow.revision).desc())
        )  # fmt: skip
        return self._session.scalars(wanted).first()

    def member_rows(self, household_id: int) -> Sequence[MemberRow]:
        wanted = select(MemberRow).where(col(MemberRow.household_id) == household_id)
        return list(self._session.scalars(wanted.order_by(col(MemberRow.member_no), col(MemberRow.valid_from))))

    def _is_shown(self, row: HouseholdRow) -> bool:
        """On the scope's day; a household of nobody who is a client is seen by those who see all."""
        where = self._shown()
        if not where:
            return True
        wanted = (
            select(col(MemberRow.id))
            .join(ClientRow, col(ClientRow.id) == col(MemberRow.client_id))
            .where(col(MemberRow.household_id) == row.id, *on_day(MemberRow, self._scope.day), *where)
        )
        return self._session.execute(wanted).first() is not None

    def _shown(self) -> tuple[ColumnElement[bool], ...]:
        return shown(ClientRow.id, visible_clients, self._scope)


def as_member(row: MemberRow, client_no: str | None) -> Member:
    return Member(
        member_no=row.member_no, role=MemberRole(row.role), client_no=client_no, birth_date=row.birth_date,
        sex=None if row.sex is None else Sex(row.sex), retire_age=row.retire_age,
        shares_accounts=row.shares_accounts,
    )  # fmt: skip


def as_item(row: ItemRow) -> Item:
    kind = ItemKind(row.kind)
    return Item(
        item_no=row.item_no, kind=kind, category=CATEGORIES[kind](row.category), amount=row.amount, as_of=row.as_of,
        per=Per(row.per), member_no=row.member_no, first_on=row.first_on, last_on=row.last_on,
        growth=None if row.growth is None else float(row.growth), locked_until=row.locked_until,
        monthly_payment=row.monthly_payment, priority=row.priority, witness=Witness(row.witness), note=row.note,
    )  # fmt: skip
