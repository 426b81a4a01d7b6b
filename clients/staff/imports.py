"""Branch, staff and relation files: which columns they have, and what one row means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from clients.staff.periods import Period, period
from clients.staff.rules import licence_named, licence_numbered, licence_of_post, post_named, role_named
from clients.staff.types import Licence, Post, RelationRole
from kit.imports.headings import KindColumns
from kit.imports.result import Refused
from kit.imports.rows import Cells

BRANCHES = KindColumns("branches", "营业部", ("branch_no", "name"))
STAFF = KindColumns(
    "staff",
    "人员",
    ("staff_no", "name", "role"),
    ("branch", "branch_name", "licence", "licence_no", "licensed_from", "licensed_to", "joined_on", "left_on",
     "capacity"),
)  # fmt: skip
RELATIONS = KindColumns(
    "relations", "服务关系", ("client_no", "staff_no", "valid_from"), ("role", "valid_to", "reason")
)


@dataclass(frozen=True, slots=True)
class BranchLine:
    branch_no: str
    name: str


def branch_line(cells: Cells) -> BranchLine:
    """Raises Refused."""
    cells.need("branch_no")
    cells.need("name")
    return BranchLine(cells.short("branch_no", 64), cells.short("name", 128))


@dataclass(frozen=True, slots=True)
class LicenceLine:
    """One registration. inferred: the kind follows from the post, because the file tells a number alone."""

    licence: Licence
    number: str | None
    during: Period
    inferred: bool


@dataclass(frozen=True, slots=True)
class StaffLine:
    """One person as of the file, and one registration where the row tells one.

    branch: the number of a branch, or its name. joined_on, left_on: None where the row is silent.
    """

    staff_no: str
    name: str
    post: Post
    branch: str
    branch_name: str
    joined_on: date | None
    left_on: date | None
    capacity: int | None
    licence: LicenceLine | None


def staff_line(cells: Cells) -> StaffLine:
    """Raises Refused."""
    for column in ("staff_no", "name"):
        cells.need(column)
    said = cells.need("role")
    post = post_named(said)
    if post is None:
        raise Refused("role", said, f"应为 {'、'.join(f'{one.value} {one.label}' for one in Post)} 之一")
    joined, left = cells.day("joined_on"), cells.day("left_on")
    if joined and left and left < joined:
        raise Refused("left_on", cells.text("left_on"), f"离职日早于入职日 {joined}")
    return StaffLine(
        cells.short("staff_no", 64), cells.short("name", 128), post, cells.short("branch", 128),
        cells.short("branch_name", 128), joined, left, _capacity(cells), licence_line(cells, post),
    )


def _capacity(cells: Cells) -> int | None:
    text = cells.text("capacity")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 7):
        raise Refused("capacity", text, "应为不带小数的客户数；不设上限时留空")
    return int(text)


def licence_line(cells: Cells, post: Post) -> LicenceLine | None:
    """The registration of a row: its kind by words, else by the number's form, else by the post (marked as inferred).

    Raises Refused for words that name no kind.
    """
    said, number = cells.short("licence", 64), cells.short("licence_no", 64)
    if not said and not number:
        return None
    kind = licence_named(said) if said else None
    if kind is None and said and not number and any(letter.isdigit() for letter in said):
        number, said = said, ""
    if kind is None and said:
        kinds = "、".join(f"{one.value} {one.label}" for one in Licence)
        raise Refused("licence", said, f"应为 {kinds} 之一，或登记编号")
    told = kind or licence_numbered(number)
    return LicenceLine(
        told or licence_of_post(post), number or None, _period(cells, "licensed_from", "licensed_to"), told is None
    )


def _period(cells: Cells, first: str, last: str) -> Period:
    try:
        return period(cells.day(first), cells.day(last))
    except ValueError as fault:
        raise Refused(last, cells.text(last), str(fault)) from fault


@dataclass(frozen=True, slots=True)
class RelationLine:
    client_no: str
    staff_no: str
    role: RelationRole
    during: Period
    reason: str


def relation_line(cells: Cells) -> RelationLine:
    """A row without a role is the main relation. Raises Refused."""
    for column in ("client_no", "staff_no"):
        cells.need(column)
    said = cells.text("role")
    role = role_named(said) if said else RelationRole.MAIN
    if role is None:
        raise Refused("role", said, f"应为 {'、'.join(f'{one.value} {one.label}' for one in RelationRole)} 之一")
    cells.need_day("valid_from")
    return RelationLine(
        cells.short("client_no", 64), cells.short("staff_no", 64), role, _period(cells, "valid_from", "valid_to"),
        cells.short("reason", 256),
    )
