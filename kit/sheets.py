"""Files as rows of text, in batches: CSV in any of the usual encodings, Excel, Parquet.

Memory does not grow with the file.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, TextIO, cast
from xml.etree import ElementTree

import openpyxl
import pyarrow.parquet as parquet
import python_calamine
from openpyxl.worksheet._reader import ROW_TAG, WorkSheetParser

from kit.problems import BadInput

BATCH_ROWS = 20_000
PROBE_BYTES = 65_536
HEADING_ROWS = 40
LARGEST_CELL = 131_072
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")  # what no text file holds
_SHEET_DATA = ROW_TAG.replace("}row", "}sheetData")
_EXCEL_DIGITS = 15  # Excel keeps fifteen significant digits; what stands beyond them is binary noise


class SheetProblem(BadInput):
    """文件无法读取"""

    title: ClassVar[str] = "Unreadable file"


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of text and the line (CSV) or row number (Excel, Parquet) of each; the heading is line 1 unless
    text precedes it.
    """

    lines: list[int]
    rows: list[list[str]]


@dataclass(frozen=True)
class Sheet:
    """One opened file: its headings, and its rows by `batches()` as often as asked."""

    path: Path
    form: str  # "csv", "xlsx", "xls", "parquet"
    encoding: str
    headings: list[str]
    heading_line: int
    remarks: tuple[str, ...] = ()
    _read: Callable[[], Iterator[tuple[int, list[str]]]] = field(repr=False, default=lambda: iter(()))

    def batches(self, size: int = BATCH_ROWS) -> Iterator[Batch]:
        """Rows below the heading, blank ones left out, at most `size` at a time."""
        lines: list[int] = []
        rows: list[list[str]] = []
        for line, row in self._read():
            if line <= self.heading_line or not any(row):
                continue
            lines.append(line)
            rows.append(row if self.form == "csv" else row + [""] * (len(self.headings) - len(row)))
            if len(rows) >= size:
                yield Batch(lines, rows)
                lines, rows = [], []
        if rows:
            yield Batch(lines, rows)


def open_sheet(path: Path, is_heading: Callable[[list[str]], bool] | None = None) -> Sheet:
    """Open `path` and find its headings: the first row that `is_heading` accepts, else the first row with
    two cells.

    Raises SheetProblem with a Chinese message for a missing, empty, binary or broken file.
    """
    path = Path(path)
    if not path.is_file():
        raise SheetProblem(f"找不到文件 {path}")
    if path.stat().st_size == 0:
        raise SheetProblem(f"{path.name} 是空文件，没有任何内容")
    form, encoding, read, remarks = _reader(path)
    line, headings = _find_heading(path, read, is_heading)
    return Sheet(path, form, encoding, headings, line, remarks, read)


Reader = Callable[[], Iterator[tuple[int, list[str]]]]


def _reader(path: Path) -> tuple[str, str, Reader, tuple[str, ...]]:
    with path.open("rb") as stream:
        magic = stream.read(8)
    if magic.startswith(b"PK\x03\x04"):
        name, remarks = _pick_sheet(path)
        return "xlsx", "", lambda: _xlsx_rows(path, name), remarks
    if magic.startswith(b"\xd0\xcf\x11\xe0"):
        return "xls", "", lambda: _xls_rows(path), ()
    if magic.startswith(b"PAR1"):
        return "parquet", "", lambda: _parquet_rows(path), ()
    encoding = _encoding(path)
    delimiter = _delimiter(path, encoding)
    return "csv", encoding, lambda: _csv_rows(path, encoding, delimiter), ()


def _find_heading(
    path: Path, read: Reader, is_heading: Callable[[list[str]], bool] | None
) -> tuple[int, list[str]]:
    first: tuple[int, list[str]] | None = None
    for seen, (line, row) in enumerate(read()):
        filled = sum(1 for cell in row if cell)
        if first is None and filled >= 2:
            first = (line, row)
        if is_heading is not None and filled >= 2 and is_heading(row):
            return line, _trim(row)
        if seen >= HEADING_ROWS or (first is not None and is_heading is None):
            break
    if first is None:
        raise SheetProblem(f"{path.name} 里没有表头：前 {HEADING_ROWS} 行都不足两列")
    return first[0], _trim(first[1])


def _trim(row: list[str]) -> list[str]:
    end = len(row)
    while end and not row[end - 1]:
        end -= 1
    return row[:end]


# --- text ---


@contextmanager
def _bytes(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as stream:
        if stream.read(2) == b"\x1f\x8b":
            stream.seek(0)
            with gzip.open(stream) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            stream.seek(0)
            yield stream


def _encoding(path: Path) -> str:
    try:
        with _bytes(path) as stream:
            probe = stream.read(PROBE_BYTES)
    except (OSError, EOFError) as error:
        raise SheetProblem(f"{path.name} 是损坏的压缩文件：{error}") from error
    if probe.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in probe:
        raise SheetProblem(f"{path.name} 不是表格文件：内容是二进制数据（应为 CSV、Excel 或 Parquet）")
    if probe.startswith(codecs.BOM_UTF8):
        probe_utf8(path)
        return "utf-8-sig"
    return "utf-8" if probe_utf8(path) else _gb18030(path)


def probe_utf8(path: Path) -> bool:
    """Whether the whole text is UTF-8.

    A file that is UTF-8 up to one broken byte is refused rather than read as GB18030.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    wide = line = 0
    with _bytes(path) as stream:
        while block := stream.read(PROBE_BYTES):
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                good = error.object[: error.start].decode("utf-8", "ignore")
                if wide + _wide(good) > 3:
                    raise SheetProblem(
                        f"{path.name} 第 {line + good.count(chr(10)) + 1} 行含有损坏的字节："
                        "文件是 UTF-8 编码，此处不是"
                    ) from error
                return False
            wide, line = wide + _wide(text), line + text.count("\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _wide(text: str) -> int:
    return 0 if text.isascii() else sum(1 for char in text if not char.isascii())


def _gb18030(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("gb18030")()
    line = 1
    with _bytes(path) as stream:
        while block := stream.read(PROBE_BYTES):
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                raise SheetProblem(
                    f"{path.name} 第 {line} 行附近既不是 UTF-8 也不是 GB18030 文字，不是可读的 CSV 文件"
                ) from error
            if _CONTROL.search(text):
                raise SheetProblem(f"{path.name} 第 {line} 行附近含有控制字符，不是可读的 CSV 文件")
            line += text.count("\n")
    return "gb18030"


@contextmanager
def _text(path: Path, encoding: str) -> Iterator[TextIO]:
    with _bytes(path) as stream:
        reader = codecs.getreader(encoding)(stream)
        yield cast(TextIO, reader)


def _delimiter(path: Path, encoding: str) -> str:
    counts = dict.fromkeys("\t,;|", 0)
    with _text(path, encoding) as stream:
        for _, line in zip(range(HEADING_ROWS), stream, strict=False):
            for mark in counts:
                counts[mark] = max(counts[mark], line.count(mark))
    return max(counts, key=lambda mark: counts[mark])


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LARGEST_CELL)
    with _bytes(path) as stream, io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
        reader = csv.reader(text, delimiter=delimiter)
        started = 0
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise SheetProblem(
                    f"{path.name} 从第 {started + 1} 行起无法按 CSV 读取："
                    f"引号没有闭合，或一格超过 {LARGEST_CELL} 个字符"
                ) from error
            yield started + 1, row
            started = reader.line_num


# --- Excel ---


@contextmanager
def _book(path: Path) -> Iterator[Any]:
    """The workbook, read row by row; what is inside counts, not how the file is called."""
    with path.open("rb") as stream:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # missing styles say nothing about the data
                book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        except Exception as error:  # a broken package raises one of many kinds: each is one clear refusal
            raise SheetProblem(f"{path.name} 不是可读的 Excel 文件：{type(error).__name__}") from error
        try:
            yield book
        finally:
            book.close()


def _pick_sheet(path: Path) -> tuple[str, tuple[str, ...]]:
    with _book(path) as book:
        filled = [name for name in book.sheetnames if _has_rows(book[name])]
    if not filled:
        raise SheetProblem(f"{path.name} 是空文件，没有任何内容")
    others = filled[1:]
    said = f"工作簿有多张表，只读取了第一张“{filled[0]}”，未读取：{'、'.join(others)}"
    return filled[0], (said,) if others else ()


class _Rows(WorkSheetParser):
    """openpyxl's reader of rows, letting go of each row: its own keeps an empty element of every one."""

    def parse(self) -> Generator[Any, None, None]:
        held: Any = None
        for event, element in ElementTree.iterparse(self.source, ("start", "end")):
            if event == "start":
                held = element if element.tag == _SHEET_DATA else held
            elif element.tag == ROW_TAG:
                row = self.parse_row(element)
                if held is not None:
                    held.clear()
                yield row


def _sheet_rows(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """Row number and cells of a worksheet. Its stated size is not trusted: exporters write it wrong."""
    book = sheet.parent
    with sheet._get_source() as source:
        parser = _Rows(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for number, cells in parser.parse():
            row: list[Any] = [None] * max((cell["column"] for cell in cells), default=0)
            for cell in cells:
                row[cell["column"] - 1] = cell["value"]
            yield number, row


def _has_rows(sheet: Any) -> bool:
    if not hasattr(sheet, "_get_source"):  # a chart sheet
        return False
    some = islice(_sheet_rows(sheet), HEADING_ROWS)
    return any(cell is not None for _, row in some for cell in row)


def _xlsx_rows(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    with _book(path) as book:
        for number, row in _sheet_rows(book[name]):
            yield number, [as_text(cell) for cell in row]


def _xls_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        book = python_calamine.load_workbook(str(path))
        sheet = book.get_sheet_by_index(0)
        first = sheet.start[0] if sheet.start else 0
        rows = sheet.iter_rows()
    except python_calamine.CalamineError as error:
        raise SheetProblem(f"{path.name} 不是可读的 Excel 文件：{type(error).__name__}") from error
    for number, row in enumerate(rows, start=first + 1):
        yield number, [as_text(cell) for cell in row]


def _parquet_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        table = parquet.ParquetFile(path)
    except Exception as error:  # pyarrow raises its own kinds for a broken footer
        raise SheetProblem(f"{path.name} 不是可读的 Parquet 文件：{type(error).__name__}") from error
    with table:
        yield 1, list(table.schema_arrow.names)
        line = 1
        for batch in table.iter_batches(batch_size=BATCH_ROWS):
            columns = [[as_text(cell) for cell in column.to_pylist()] for column in batch.columns]
            for row in zip(*columns, strict=True):
                line += 1
                yield line, list(row)


def as_text(cell: Any) -> str:
    """A typed cell as the text an operator would have typed: no exponent, no binary noise, ISO dates."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return _float_text(cell)
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, datetime):
        midnight = cell.time() == time() and cell.tzinfo is None
        return cell.date().isoformat() if midnight else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


def _float_text(number: float) -> str:
    if number != number or number in (float("inf"), float("-inf")):
        return "" if number != number else str(number)
    return format(Decimal(f"{number:.{_EXCEL_DIGITS}g}"), "f")
