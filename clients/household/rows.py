"""Members and items into rows, the same for a desk and for a file."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from clients.household.tables import ItemRow
from clients.household.types import Item, Member


def member_values(member: Member, client_id: int | None) -> dict[str, Any]:
    """What a row of a member holds besides its keys and period."""
    return {
        "role": member.role.value, "client_id": client_id, "birth_date": member.birth_date,
        "sex": None if member.sex is None else member.sex.value, "retire_age": member.retire_age,
        "shares_accounts": member.shares_accounts,
    }  # fmt: skip


def item_values(item: Item) -> dict[str, Any]:
    """What a row of an item says, without number and day: the same values are the same word."""
    return {
        "kind": item.kind.value, "category": item.category.value, "member_no": item.member_no,
        "amount": item.amount, "per": item.per.value, "first_on": item.first_on, "last_on": item.last_on,
        "growth": None if item.growth is None else Decimal(repr(round(item.growth, 6))),
        "locked_until": item.locked_until, "monthly_payment": item.monthly_payment, "priority": item.priority,
        "witness": item.witness.value, "note": item.note,
    }  # fmt: skip


def item_row(
    household_id: int, item: Item, revision: int, at: datetime, by: str, batch_id: int | None = None
) -> ItemRow:
    return ItemRow(
        household_id=household_id, item_no=item.item_no, as_of=item.as_of, revision=revision, recorded_at=at,
        recorded_by=by, batch_id=batch_id, **item_values(item),
    )  # fmt: skip


def same_word(row: ItemRow, item: Item) -> bool:
    return all(getattr(row, name) == value for name, value in item_values(item).items())
