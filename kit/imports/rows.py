"""Rows of a file on their way in: cells by canonical name, refusals that name the file's own column, and
the reject file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from kit.imports import cells as parse
from kit.imports.headings import REJECT_COLUMNS, Layout
from kit.imports.result import KEPT_REJECTS, Refused, Reject, Remarks
from kit.sheets import Batch, Sheet

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
EMPTY = "不能为空"


def neutral(cell: str) -> str:
    """A cell that a spreadsheet will not run as a formula: a leading apostrophe where it starts like one
    and is no number.
    """
    if not cell.startswith(_FORMULA):
        return cell
    with suppress(Refused):
        parse.number(parse.clean(cell), "")
        return cell
    return cell if parse.is_empty(cell) else f"'{cell}"


@dataclass(slots=True)
class Cells:
    """One row by canonical column. A column that the file lacks reads as empty."""

    layout: Layout
    line: int
    row: list[str]
    remarks: Remarks

    def text(self, column: str) -> str:
        """The cleaned cell, "" where it says nothing."""
        place = self.layout.places.get(column)
        if place is None:
            return ""
        found = parse.clean(self.row[place])
        return "" if parse.is_empty(found) else found

    def need(self, column: str) -> str:
        found = self.text(column)
        if not found:
            raise Refused(column, found, EMPTY)
        return found

    def short(self, column: str, longest: int) -> str:
        """Text that fits its column."""
        found = self.text(column)
        if len(found) > longest:
            raise Refused(column, found[:40] + "…", f"最多 {longest} 个字符，此处 {len(found)} 个")
        return found

    def scaled(self, column: str) -> int | None:
        """Millionths, None where empty."""
        found = self.text(column)
        return parse.scaled(found, column, self.remarks, self.line) if found else None

    def need_scaled(self, column: str) -> int:
        return parse.scaled(self.need(column), column, self.remarks, self.line)

    def not_negative(self, column: str) -> int | None:
        found = self.scaled(column)
        if found is not None and found < 0:
            raise Refused(column, self.text(column), "不能为负")
        return found

    def day(self, column: str) -> date | None:
        found = self.text(column)
        return parse.day(found, column) if found else None

    def need_day(self, column: str) -> date:
        return parse.day(self.need(column), column)

    def when(self, column: str, zone: ZoneInfo, clock: str = "") -> parse.When:
        return parse.when(self.need(column), column, zone, self.text(clock) if clock else "")


class RejectLog:
    """Refused rows: the first thousand in memory, all of them in the reject file."""

    def __init__(self, sheet: Sheet, layout: Layout, path: Path | None) -> None:
        self._sheet = sheet
        self._layout = layout
        self._path = path
        self._stream: TextIO | None = None
        self._writer: Any = None
        self.count = 0
        self.kept: list[Reject] = []

    def add(self, line: int, column: str, value: str, expected: str, row: list[str]) -> None:
        """Refuse the row at `line`; `column` is canonical or already the file's own."""
        reject = Reject(line, self._layout.heading(column), value, expected)
        self.count += 1
        if len(self.kept) < KEPT_REJECTS:
            self.kept.append(reject)
        if self._path is not None:
            self._write(reject, row)

    def add_later(self, found: dict[int, tuple[str, str, str]]) -> None:
        """Refuse rows that were found wrong only in the database; the file is read again for their text."""
        if not found:
            return
        for batch in self._sheet.batches():
            for line, row in zip(batch.lines, batch.rows, strict=True):
                if line in found:
                    self.add(line, *found[line], row)
        self.kept.sort(key=lambda reject: reject.line)

    def _write(self, reject: Reject, row: list[str]) -> None:
        own = _own_headings(self._sheet.headings)
        if self._writer is None:
            assert self._path is not None
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self._path.open("w", encoding="utf-8-sig", newline="")
            self._writer = csv.writer(self._stream)
            self._writer.writerow([*map(neutral, own), *REJECT_COLUMNS])
        body = [*row, *[""] * len(own)][: len(own)]
        told = (str(reject.line), reject.column, reject.value, reject.expected)
        self._writer.writerow([neutral(cell) for cell in (*body, *told)])

    def close(self) -> str | None:
        """The reject file's name, None when nothing was refused."""
        if self._stream is None:
            return None
        self._stream.close()
        return str(self._path)


def _own_headings(headings: list[str]) -> list[str]:
    return headings[:-4] if tuple(headings[-4:]) == REJECT_COLUMNS else headings


@dataclass
class Counts:
    """What became of the rows that were not refused at once."""

    new: int = 0
    changed: int = 0
    known: int = 0
    refused_later: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    accounts: list[str] = field(default_factory=list)


class Intake:
    """Takes the rows of one file of one kind. Subclasses say what one row is, and how the end is settled."""

    def __init__(self, layout: Layout, remarks: Remarks, rejects: RejectLog) -> None:
        self.layout = layout
        self.remarks = remarks
        self.rejects = rejects

    def take(self, batch: Batch) -> None:
        """Take every row; a row that cannot be taken is refused and the rest goes on."""
        self.take_rows(zip(batch.lines, batch.rows, strict=True))
        self.flush()

    def take_rows(self, rows: Iterable[tuple[int, list[str]]]) -> None:
        width = len(self.layout.headings)
        for line, row in rows:
            try:
                self.row(Cells(self.layout, line, _of_width(row, width), self.remarks))
            except Refused as refused:
                self.rejects.add(line, refused.column, refused.value, refused.expected, row)

    def row(self, cells: Cells) -> None:
        """Take one row. Raises Refused."""
        raise NotImplementedError

    def flush(self) -> None:
        """Hand what was taken to the database."""

    def settle(self) -> Counts:
        """Insert what is new and say what became of every row."""
        raise NotImplementedError


def _of_width(row: list[str], width: int) -> list[str]:
    if len(row) == width:
        return row
    if len(row) > width and not any(row[width:]):
        return row[:width]
    joined = next((cell for cell in row if "\n" in cell), None)
    why = "；引号没有闭合，吞并了后面的行" if joined is not None else ""
    shown = ",".join(row)
    raise Refused(
        "整行", shown if len(shown) <= 60 else shown[:60] + "…", f"应有 {width} 列，此行有 {len(row)} 列{why}"
    )
