"""The report as a workbook: 摘要, a sheet a section, every number a number; the same bytes each time."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any, Final

import xlsxwriter

from reports.grading.model import GradingReport
from reports.model import Cell, Chart, Items, Section, Table
from reports.xlsx import A4, BRAND, COLOURS, LINE, MUTED, WASH, Book, text_cell

_WIDTHS: Final = (30, 20, 16, 18, 16, 18, 18, 18, 18)


def grading_workbook(report: GradingReport) -> bytes:
    """The first sheet says what is so; the others hold the tables of the sections."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    workbook.set_properties({
        "title": report.title, "subject": report.period, "company": report.firm, "comments": report.digest,
        "created": datetime(report.day.year, report.day.month, report.day.day),  # noqa: DTZ001  the report's day
    })  # fmt: skip
    book = Book(workbook, {})
    _first(book, report)
    for section in report.sections:
        _section(book, section)
    workbook.close()
    return stream.getvalue()


def _sheet(book: Book, name: str) -> Any:
    sheet = book.workbook.add_worksheet(name[:31])
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    for place, width in enumerate(_WIDTHS):
        sheet.set_column(place, place, width)
    return sheet


def _first(book: Book, report: GradingReport) -> None:
    sheet = _sheet(book, "摘要")
    text_cell(book, sheet, 0, 0, report.title, bold=True, font_size=16)
    text_cell(book, sheet, 1, 0, f"{report.firm}　{report.period}", font_color=MUTED)
    text_cell(book, sheet, 2, 0, report.verdict, bold=True)
    text_cell(book, sheet, 3, 0, report.why)
    for row, figure in enumerate(report.figures, 5):
        text_cell(book, sheet, row, 0, figure.label)
        text_cell(book, sheet, row, 1, figure.text, align="right", bold=True)
        text_cell(book, sheet, row, 2, figure.note, font_color=MUTED)
    last = 6 + len(report.figures)
    for row, one in enumerate(report.limits, last):
        text_cell(book, sheet, row, 0, one, font_color=MUTED)
    text_cell(book, sheet, last + len(report.limits) + 1, 0, f"数据指纹 {report.digest}", font_color=MUTED)


def _section(book: Book, section: Section) -> None:
    sheet = _sheet(book, section.title)
    text_cell(book, sheet, 0, 0, f"{section.number}　{section.title}", bold=True, font_size=14, font_color=BRAND)
    text_cell(book, sheet, 1, 0, section.lead)
    row = 3
    for block in section.blocks:
        if isinstance(block, Table):
            row = _table(book, sheet, block, row) + 2
        elif isinstance(block, Items):
            for item in block.items:
                text_cell(book, sheet, row, 0, item.title)
                text_cell(book, sheet, row, 1, item.tag, align="right")
                text_cell(book, sheet, row, 2, item.text, font_color=MUTED)
                row += 1
            row += 1
        elif not isinstance(block, Chart) and hasattr(block, "text"):
            text_cell(book, sheet, row, 0, block.text, font_color=MUTED)
            row += 2


def _table(book: Book, sheet: Any, table: Table, row: int) -> int:
    """The row of its last line."""
    text_cell(book, sheet, row, 0, table.title, bold=True, bg_color=WASH)
    for place, column in enumerate(table.columns):
        head = book.style(bold=True, bottom=1, bottom_color=BRAND, align=column.align, text_wrap=True)
        sheet.write_string(row + 1, place, column.title, head)
    for number, cells in enumerate(table.rows, row + 2):
        for place, cell in enumerate(cells):
            _cell(book, sheet, number, place, cell, table.columns[place].align)
    if table.note:
        text_cell(book, sheet, row + 2 + len(table.rows), 0, table.note, font_color=MUTED)
    return row + 2 + len(table.rows) - (0 if table.note else 1)


def _cell(book: Book, sheet: Any, row: int, place: int, cell: Cell, align: str) -> None:
    looks: dict[str, object] = {
        "align": align, "font_color": COLOURS[cell.tone], "bottom": 1, "bottom_color": LINE
    }
    if isinstance(cell.value, bool) or not isinstance(cell.value, int | float):
        sheet.write_string(row, place, cell.text, book.style(**looks))
    elif "%" in cell.text:
        sheet.write_number(row, place, cell.value, book.style(**looks, num_format="0.0%"))
    else:
        form = "#,##0" if isinstance(cell.value, int) else "#,##0.00"
        sheet.write_number(row, place, cell.value, book.style(**looks, num_format=form))
