"""《客户质量等级评估表》 on the way back: a row is taken or refused by name; locked columns must be as they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from clients.grading.review.problems import NotInReview, ReviewRefused
from clients.grading.review.service import ReviewDesk
from clients.grading.review.sheet import CLIENT, NONE, SheetColumn, columns, said
from clients.grading.review.types import Edit, Review, ReviewLine, Source
from clients.staff.filing import Stamp
from clients.staff.problems import ChangedMeanwhile
from kit.sheets import SheetProblem, open_sheet

FREE: Final = ("feature", "moved")
"""Columns that are shown for information: a number or a formula that a program may have rounded is not compared."""
Rows = list[tuple[int, dict[str, str]]]
Naming = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One row that was not taken: where, what stood there, what was expected."""

    line: int
    client_no: str
    column: str
    value: str
    expected: str

    @property
    def words(self) -> str:
        who = f" 客户 {self.client_no}" if self.client_no else ""
        return f"第 {self.line} 行{who} {self.column}：“{self.value}”，{self.expected}"


@dataclass(frozen=True, slots=True)
class SheetTaken:
    """What became of a sheet."""

    read: int
    changed: tuple[str, ...]  # clients whose line is another now
    unchanged: int
    refused: tuple[RefusedRow, ...] = field(default=())


class Refusal(Exception):
    """One row cannot be taken."""

    def __init__(self, column: str, value: str, expected: str) -> None:
        super().__init__(expected)
        self.column, self.value, self.expected = column, value, expected


def take_sheet(
    path: Path, review: Review, desk: ReviewDesk, stamp: Stamp, *, naming: Naming, strict: bool = False,
    dry_run: bool = False,
) -> SheetTaken:  # fmt: skip
    """File what a sheet says. strict: all rows or none; dry_run: only look. naming: how the sheet shows a name.

    Raises SheetProblem for what is no such sheet; WrongStep where the review is closed.
    """
    shown = columns(review)
    rows = _rows(path, shown)
    lines = {one.client_no: one for one in desk.lines(review.number)}
    good, refused = _looked_at(review, shown, rows, lines, naming)
    if refused and strict:
        return SheetTaken(len(rows), (), 0, tuple(refused))
    changed: list[str] = []
    for line, edit in good:
        before = lines[edit.client_no]
        if not _differs(before, edit):
            continue
        if dry_run:
            changed.append(edit.client_no)
            continue
        try:
            desk.change(review.number, edit, stamp, source=Source.SHEET)
            changed.append(edit.client_no)
        except (ReviewRefused, ChangedMeanwhile, NotInReview) as problem:
            refused.append(RefusedRow(line, edit.client_no, "", "", problem.detail))
    return SheetTaken(
        len(rows), tuple(changed), len(good) - len(changed), tuple(sorted(refused, key=lambda one: one.line))
    )


def _rows(path: Path, shown: Sequence[SheetColumn]) -> Rows:
    """(line, cells by heading). Raises SheetProblem with the headings that are missing."""
    sheet = open_sheet(path, lambda cells: CLIENT in cells)
    lacking = [one.heading for one in shown if one.heading not in sheet.headings and not one.key.startswith(FREE)]
    if lacking:
        raise SheetProblem(
            f"{path.name} 不是这次评定的评估表：缺 {'、'.join(lacking)} 列；请重新导出评估表，再填再收回"
        )
    twice = sorted({one for one in sheet.headings if one and sheet.headings.count(one) > 1})
    if twice:
        raise SheetProblem(f"{path.name} 有两列都叫 {'、'.join(twice)}")
    return [
        (line, dict(zip(sheet.headings, row, strict=False)))
        for batch in sheet.batches() for line, row in zip(batch.lines, batch.rows, strict=True)
    ]  # fmt: skip


def _looked_at(
    review: Review, shown: Sequence[SheetColumn], rows: Rows, lines: Mapping[str, ReviewLine], naming: Naming
) -> tuple[list[tuple[int, Edit]], list[RefusedRow]]:
    good: list[tuple[int, Edit]] = []
    refused: list[RefusedRow] = []
    seen: dict[str, int] = {}
    numbers = [cells.get(CLIENT, "").strip() for _, cells in rows]
    counted = Counter(numbers)
    for (line, cells), client_no in zip(rows, numbers, strict=True):
        try:
            if client_no and counted[client_no] > 1:
                first = seen.setdefault(client_no, line)
                told = "同一客户有两行，两行都不采用" if first == line else f"与第 {first} 行重复，两行都不采用"
                raise Refusal(CLIENT, client_no, told)
            good.append((line, _edit(review, shown, cells, client_no, lines, naming)))
        except Refusal as no:
            refused.append(RefusedRow(line, client_no, no.column, no.value, no.expected))
    return good, refused


def _edit(
    review: Review, shown: Sequence[SheetColumn], cells: Mapping[str, str], client_no: str,
    lines: Mapping[str, ReviewLine], naming: Naming,
) -> Edit:  # fmt: skip
    """One row. Raises Refusal."""
    known = lines.get(client_no)
    if known is None:
        raise Refusal(CLIENT, client_no, "应为这次评定里、您名下或本营业部的客户号")
    stale = next(one for one in shown if one.key == "version")
    version = cells[stale.heading].strip()
    if _plain_number(version) != known.version:
        raise Refusal(
            stale.heading, version, f"现为第 {known.version} 版：导出以后已被改动，请重新导出再填"
        )
    for column in shown:
        if not column.open and not column.key.startswith(FREE) and column is not stale:
            _as_it_was(column, cells, str(said(review, known, column.key, naming(known.name))))
    grades = {scheme.code: _grade(review, column, cells) for scheme in review.schemes for column in shown
              if column.key == f"grade.{scheme.code}"}  # fmt: skip
    text = {column.key: cells[column.heading].strip() for column in shown if column.open}
    _check_choices(shown, cells)
    moved = [code for code, grade in grades.items() if known.grades[code].grade != grade]
    if moved and not text["reason"]:
        scheme = review.scheme(moved[0])
        assert scheme is not None
        was = scheme.label(known.grades[moved[0]].grade)
        raise Refusal("变动理由", "", f"{scheme.title}由“{was}”改为“{scheme.label(grades[moved[0]])}”，须写明理由")
    return Edit(
        client_no=client_no, expected_version=known.version, grades=grades, plan=text["plan"],
        policy_action=text["policy_action"], policy=text["policy"], settlement_action=text["settlement_action"],
        settlement=text["settlement"], reason=text["reason"],
    )  # fmt: skip


def _as_it_was(column: SheetColumn, cells: Mapping[str, str], expected: str) -> None:
    value = cells[column.heading].strip()
    if value != expected:
        raise Refusal(column.heading, value, f"应为“{expected}”：这一列锁定，不能改")


def _grade(review: Review, column: SheetColumn, cells: Mapping[str, str]) -> str | None:
    value = cells[column.heading].strip()
    scheme = review.scheme(column.key.partition(".")[2])
    assert scheme is not None
    if value == NONE:
        return None
    found = scheme.code_of(value)
    if found is None:
        raise Refusal(column.heading, value, f"应为{'、'.join(column.choices)}")
    return found


def _check_choices(shown: Sequence[SheetColumn], cells: Mapping[str, str]) -> None:
    for column in shown:
        if not column.open or column.key.startswith("grade."):
            continue
        value = cells[column.heading].strip()
        if column.choices and value and value not in column.choices:
            raise Refusal(column.heading, value, f"应为{'、'.join(column.choices)}，或留空")
        most = 256 if column.key == "reason" else 512
        if len(value) > most:
            raise Refusal(column.heading, f"{value[:20]}…", f"有 {len(value)} 个字，最多 {most} 个")


def _differs(line: ReviewLine, edit: Edit) -> bool:
    return any(_different(line, edit))


def _different(line: ReviewLine, edit: Edit) -> Iterator[bool]:
    for scheme, grade in edit.grades.items():
        yield line.grades[scheme].grade != grade
    for name in ("plan", "policy", "settlement"):
        yield getattr(line, name) != getattr(edit, name)
    for name in ("policy_action", "settlement_action"):
        action = getattr(line, name)
        yield ("" if action is None else action.label) != getattr(edit, name)


def _plain_number(said: str) -> int | None:
    text = said.removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() else None
