"""The list of mismatch cases as a file: CSV that Excel opens in Chinese, or a workbook. No cell runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import xlsxwriter

from api.pages.suitability_list import Asked, pair_of
from kit.imports.rows import neutral
from kit.problems import BadInput
from reports.masking import mask_name
from suitability.cases.filters import MOST
from suitability.cases.service import CaseService
from suitability.cases.types import Case, CaseStatus

Cell = str | Decimal | date | int | None
MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LONGEST: Final = 20_000
HEADINGS: Final = (
    "案件", "状态", "轻重", "客户号", "客户", "等级", "产品代码", "产品", "不合适的方面", "高出级数", "成因",
    "市值（元）", "发现日", "期限", "逾期", "已上报合规", "办理人工号", "办理人", "营业部", "联系次数", "了结方式",
    "了结日", "最近核对日", "保存至",
)  # fmt: skip
_WIDTHS: Final = (11, 11, 7, 12, 8, 14, 12, 18, 26, 9, 18, 15, 11, 11, 6, 11, 11, 10, 9, 9, 12, 11, 11, 11)


class TooManyCases(BadInput):
    """符合条件的案件太多"""

    title = "Too many cases for one file"


def rows_of(desk: CaseService, asked: Asked, day: date) -> Iterator[tuple[Cell, ...]]:
    """Every case under the filters, page by page. Raises TooManyCases before the first."""
    total = desk.counts(asked.filter())["all"].get("all", 0)
    if total > LONGEST:
        raise TooManyCases(f"符合条件的案件有 {total:,} 件，一个文件最多 {LONGEST:,} 件；请先按营业部、成因等缩小条件")
    cursor = None
    while True:
        page = desk.list(asked.filter(), sort=asked.order(), cursor=cursor, limit=MOST)
        yield from (row_of(case, day) for case in page.cases)
        if (cursor := page.next_cursor) is None:
            return


def row_of(case: Case, day: date) -> tuple[Cell, ...]:
    return (
        case.number, case.status.label, case.severity.label, case.client_no, mask_name(case.client_name), pair_of(case),
        case.product_code, case.subject, "、".join(one.label for one in case.dimensions), case.gap, case.origin.label,
        case.value, case.opened_on, case.due_on, "是" if case.overdue(day) else "", "是" if case.escalated else "",
        case.owner_no, case.owner_name, case.branch_no, case.contacts, _resolution(case), case.resolved_on,
        case.seen_on, case.retain_until,
    )  # fmt: skip


def _resolution(case: Case) -> str:
    if case.resolution is None:
        return ""
    return case.resolution.label if case.status is CaseStatus.RESOLVED else f"{case.resolution.label}（待复核）"


def written(form: str, rows: Iterator[tuple[Cell, ...]]) -> bytes:
    return _workbook(rows) if form == "xlsx" else _text(rows)


def _text(rows: Iterator[tuple[Cell, ...]]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(HEADINGS)
    for row in rows:
        writer.writerow([neutral(_plain(cell)) for cell in row])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def _workbook(rows: Iterator[tuple[Cell, ...]]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("适当性错配")
    heading = book.add_format({"bold": True, "bg_color": "#f6f7f9", "bottom": 1})
    styles = {
        Decimal: book.add_format({"num_format": "#,##0.00"}),
        date: book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
    }
    sheet.write_row(0, 0, HEADINGS, heading)
    for place, width in enumerate(_WIDTHS):
        sheet.set_column(place, place, width)
    last = 0
    for last, row in enumerate(rows, start=1):
        _write(sheet, last, row, styles)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, last, len(HEADINGS) - 1)
    book.close()
    return stream.getvalue()


def _write(sheet: xlsxwriter.worksheet.Worksheet, place: int, row: Sequence[Cell], styles: dict[type, object]) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, Decimal):
            sheet.write_number(place, column, float(cell), styles[Decimal])
        elif isinstance(cell, date):
            sheet.write_datetime(place, column, datetime(cell.year, cell.month, cell.day), styles[date])  # noqa: DTZ001
        elif isinstance(cell, int):
            sheet.write_number(place, column, cell)
        elif cell:
            sheet.write_string(place, column, neutral(cell))
