"""The self-inspection as a workbook: 自查结论, a sheet a section, the same bytes each time."""

from __future__ import annotations

import io
import math
from datetime import datetime
from typing import Any, Final

import xlsxwriter

from reports.inspection.model import Inspection, InspectionSection
from reports.model import Table
from reports.xlsx import BRAND, MUTED, WARN, WASH, Book, head_row, number_format, text_cell

_WIDTHS: Final = (44, 30, 26, 18, 18, 18)


def inspection_workbook(report: Inspection) -> bytes:
    """The first sheet says what was found; every number is a number."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    workbook.set_properties({
        "title": report.title, "subject": report.period, "company": report.firm, "comments": report.digest,
        "created": datetime(report.last.year, report.last.month, report.last.day),  # noqa: DTZ001  the report's day
    })  # fmt: skip
    book = Book(workbook, {})
    _first(book, report)
    for section in report.sections:
        _section(book, report, section)
    workbook.close()
    return stream.getvalue()


def _first(book: Book, report: Inspection) -> None:
    sheet = book.workbook.add_worksheet("自查结论")
    _set_up(sheet, report)
    text_cell(book, sheet, 0, 0, report.title, bold=True, font_size=16)
    text_cell(book, sheet, 1, 0, f"{report.firm}　{report.period}（{report.first} 至 {report.last}）", font_color=MUTED)
    text_cell(book, sheet, 2, 0, report.conclusion, bold=True)
    row = 4
    head_row(book, sheet, ("指标", "本期", "说明"), row)
    for figure in report.figures:
        row += 1
        text_cell(book, sheet, row, 0, figure.label)
        sheet.write_number(row, 1, figure.value or 0, book.style(num_format="#,##0"))
        text_cell(book, sheet, row, 2, figure.note, font_color=MUTED)
    row += 2
    head_row(book, sheet, ("发现的问题", "整改", *[""] * (len(_WIDTHS) - 2)), row)
    for item in report.problems:
        row += 1
        text_cell(book, sheet, row, 0, item.title, font_color=WARN, text_wrap=True)
        _across(book, sheet, row, 1, item.text.removeprefix("整改："))
    if not report.problems:
        text_cell(book, sheet, row + 1, 0, "没有发现须整改的事项")
        row += 1
    text_cell(book, sheet, row + 2, 0, f"数据指纹 {report.digest}", font_color=MUTED)


def _section(book: Book, report: Inspection, section: InspectionSection) -> None:
    sheet = book.workbook.add_worksheet(section.title[:31])
    _set_up(sheet, report)
    text_cell(book, sheet, 0, 0, f"{section.number}　{section.title}", bold=True, font_size=14, font_color=BRAND)
    _across(book, sheet, 1, 0, section.lead)
    row = 3
    for table in section.tables:
        row = _table(book, sheet, table, row) + 2


def _across(book: Book, sheet: Any, row: int, first: int, text: str) -> None:
    """A sentence over the columns from `first` on; merged cells do not grow by themselves, so the row gets a height."""
    room = sum(_WIDTHS[first:]) / 2  # a Chinese character takes two of a column's units
    sheet.merge_range(row, first, row, len(_WIDTHS) - 1, "", book.style(text_wrap=True))
    text_cell(book, sheet, row, first, text, text_wrap=True)
    lines = math.ceil(len(text) / room)
    if lines > 1:
        sheet.set_row(row, 15 * lines)


def _table(book: Book, sheet: Any, table: Table, row: int) -> int:
    """The row of its last line."""
    text_cell(book, sheet, row, 0, table.title, bold=True, bg_color=WASH)
    if not table.rows:
        text_cell(book, sheet, row + 1, 0, table.empty, font_color=MUTED)
        return row + 1
    head_row(book, sheet, [column.title for column in table.columns], row + 1)
    for number, cells in enumerate(table.rows, row + 2):
        for place, cell in enumerate(cells):
            if isinstance(cell.value, int):
                sheet.write_number(number, place, cell.value, book.style(num_format=number_format(cell)))
            else:
                right = table.columns[place].align == "right"
                text_cell(book, sheet, number, place, cell.text, align="right" if right else "left", text_wrap=True)
    return row + 1 + len(table.rows)


def _set_up(sheet: Any, report: Inspection) -> None:
    for place, width in enumerate(_WIDTHS):
        sheet.set_column(place, place, width)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{report.title}　{report.period}&R第 &P 页，共 &N 页")
