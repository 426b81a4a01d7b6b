"""Household files (kinds `households`, `balances`): which columns they have, and what one row means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from clients.household.checks import item_faults, member_faults
from clients.household.types import CATEGORIES, STOCKS, Item, ItemKind, Member, MemberRole, Per, Sex, Witness
from clients.household.words import coded, yes_or_no
from kit.imports.headings import KindColumns
from kit.imports.result import Refused
from kit.imports.rows import Cells
from kit.money import from_scaled

HOUSEHOLDS: Final = KindColumns(
    "households",
    "家庭成员",
    ("household_no", "role"),
    ("birth_date", "sex", "retire_age", "shares_accounts"),
    (("member_no", "client_no"),),
)
BALANCES: Final = KindColumns(
    "balances",
    "家庭资产、负债、收支与目标",
    ("kind", "category", "amount", "as_of"),
    ("item_no", "member_no", "per", "first_on", "last_on", "growth", "locked_until", "monthly_payment", "priority",
     "witness", "note"),
    (("household_no", "client_no"),),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One member as of the file. told: the columns that say something; the rest stays as it is."""

    household_no: str
    member: Member
    told: frozenset[str]


def member_line(cells: Cells, today: date) -> MemberLine:
    """A member without number has the client's. Raises Refused."""
    household = _need_short(cells, "household_no")
    client_no = cells.short("client_no", 64) or None
    member_no = cells.short("member_no", 64) or client_no
    if member_no is None:
        raise Refused("member_no", "", "成员编号与客户号至少要有一个")
    sex = coded(cells, "sex", Sex, "sex") if cells.text("sex") else None
    member = Member(
        member_no=member_no, role=coded(cells, "role", MemberRole, "role"), client_no=client_no,
        birth_date=cells.day("birth_date"), sex=sex, retire_age=_whole(cells, "retire_age"),
        shares_accounts=yes_or_no(cells, "shares_accounts") or False,
    )  # fmt: skip
    _refuse(cells, member_faults(member, today))
    names = ("birth_date", "sex", "retire_age", "shares_accounts")
    return MemberLine(household, member, frozenset(name for name in names if cells.text(name)) | {"role"})


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One word on one item; the household by its own number, or by that of a client who belongs to it."""

    household_no: str
    client_no: str
    item: Item


def item_line(cells: Cells) -> ItemLine:
    """Raises Refused; whether the member exists is known to the database alone."""
    household, client = cells.short("household_no", 64), cells.short("client_no", 64)
    if not household and not client:
        raise Refused("household_no", "", "家庭编号与客户号至少要有一个")
    kind = coded(cells, "kind", ItemKind, "kind")
    category = coded(cells, "category", CATEGORIES[kind], kind.value)
    member_no = cells.short("member_no", 64) or None
    usual = Per.ONCE if kind in STOCKS or kind is ItemKind.GOAL else Per.YEAR
    growth, paid = cells.scaled("growth"), cells.scaled("monthly_payment")
    item = Item(
        item_no=cells.short("item_no", 64) or "-".join(filter(None, (kind.value, category.value, member_no))),
        kind=kind, category=category, amount=from_scaled(cells.need_scaled("amount")), as_of=cells.need_day("as_of"),
        per=coded(cells, "per", Per, "per", usual), member_no=member_no, first_on=cells.day("first_on"),
        last_on=cells.day("last_on"), growth=None if growth is None else float(from_scaled(growth)),
        locked_until=cells.day("locked_until"), monthly_payment=None if paid is None else from_scaled(paid),
        priority=_whole(cells, "priority") or 2, witness=coded(cells, "witness", Witness, "witness", Witness.DECLARED),
        note=cells.short("note", 64),
    )  # fmt: skip
    return ItemLine(household, client, item)


def check_item(line: ItemLine, members: frozenset[str], today: date) -> None:
    """Raises Refused that names the column."""
    faults = item_faults(line.item, members, today)
    if faults:
        column, told = faults[0]
        raise Refused(column, str(getattr(line.item, column) or ""), told)


def _refuse(cells: Cells, faults: list[tuple[str, str]]) -> None:
    if faults:
        column, told = faults[0]
        raise Refused(column, cells.text(column), told)


def _need_short(cells: Cells, column: str) -> str:
    cells.need(column)
    return cells.short(column, 64)


def _whole(cells: Cells, column: str) -> int | None:
    text = cells.text(column)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise Refused(column, text, "应为不带小数的数")
    return int(text)
