"""《客户质量等级评估表》 as a workbook: what was computed is locked, what the section decides is open, with lists."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from clients.grading.features import Unit
from clients.grading.review.sheet import NONE, TITLE, SheetColumn, columns, said, short_title
from clients.grading.review.types import Review, ReviewLine
from reports.masking import mask_name
from reports.xlsx import A4, BRAND, INK, LINE, MUTED, UP, WARN, WASH, Book

HEAD_ROW: Final = 5
OPEN_FILL, OPEN_HEAD = "#fdf6e6", "#9a6a12"
FORMATS: Final = {Unit.YUAN: "#,##0", Unit.RATIO: "0.0%", Unit.DAYS: "#,##0", Unit.COUNT: "0", Unit.TIMES: "0.00"}
NOTES: Final = (
    "米色各列由营业部与复评会填写，其余各列锁定，改动会被退回。等级与系统不同的，须写变动理由。",
    "A类客户须有服务计划；享有特殊政策、特殊结算的，选维持、新增、调整或撤销，并写明内容。",
)
SHEET: Final = "评估表"


def sheet_workbook(
    review: Review, lines: Sequence[ReviewLine], firm: str, *, day: date, masked: bool = True
) -> bytes:
    """The table of a review for the clients given. masked: names as 张**. The same input gives the same bytes."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    workbook.set_properties({
        "title": TITLE, "subject": review.number, "company": firm,
        "created": datetime(day.year, day.month, day.day),  # noqa: DTZ001  the sheet's day
    })  # fmt: skip
    book = Book(workbook, {})
    sheet = workbook.add_worksheet(SHEET)
    shown = columns(review)
    _frame(sheet, shown, len(lines))
    _head(book, sheet, review, shown, firm, day, len(lines))
    for number, line in enumerate(lines, HEAD_ROW + 1):
        name = mask_name(line.name) if masked else line.name
        for place, column in enumerate(shown):
            _cell(book, sheet, number, place, column, said(review, line, column.key, name), shown)
    last = HEAD_ROW + max(len(lines), 1)
    _lists(sheet, shown, last)
    _summary(book, review, shown, last)
    workbook.close()
    return stream.getvalue()


def _frame(sheet: Any, shown: Sequence[SheetColumn], rows: int) -> None:
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEAD_ROW)
    sheet.set_footer("&L&8第 &P 页，共 &N 页&R&8评定人　　　　　　　　负责人　　　　　　　　")
    sheet.freeze_panes(HEAD_ROW + 1, 2)
    for place, column in enumerate(shown):
        sheet.set_column(place, place, column.width)
    sheet.autofilter(HEAD_ROW, 0, HEAD_ROW + max(rows, 1), len(shown) - 1)
    sheet.protect("", {
        "autofilter": True, "sort": True, "format_columns": True, "format_rows": True, "select_locked_cells": True,
    })  # fmt: skip


def _head(
    book: Book, sheet: Any, review: Review, shown: Sequence[SheetColumn], firm: str, day: date, rows: int
) -> None:
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, TITLE, book.style(bold=True, font_size=18, font_color=BRAND, valign="vcenter"))
    about = f"{firm}　{review.kind.label} {review.number}　等级截至 {review.day}　{rows:,} 位客户　制表 {day}"
    sheet.write_string(1, 0, about, book.style(font_color=MUTED))
    for number, note in enumerate(NOTES, 2):
        sheet.write_string(number, 0, note, book.style(font_color=INK))
    sheet.set_row(HEAD_ROW, 34)
    for place, column in enumerate(shown):
        sheet.write_string(HEAD_ROW, place, column.heading, book.style(
            bold=True, text_wrap=True, valign="vcenter", align="center" if column.open else "left",
            bg_color=OPEN_FILL if column.open else WASH, font_color=OPEN_HEAD if column.open else INK,
            bottom=2, bottom_color=OPEN_HEAD if column.open else BRAND, top=1, top_color=LINE,
        ))  # fmt: skip


def _cell(
    book: Book, sheet: Any, row: int, place: int, column: SheetColumn, value: str | float, shown: Sequence[SheetColumn]
) -> None:
    looks: dict[str, object] = {"bottom": 1, "bottom_color": LINE, "valign": "vcenter", "locked": not column.open}
    if column.open:
        looks |= {"bg_color": OPEN_FILL, "text_wrap": not column.choices}
    kind, _, scheme = column.key.partition(".")
    if kind == "moved":
        at = {one.key: xl_col_to_name(i) for i, one in enumerate(shown)}
        engine, grade = at[f"engine.{scheme}"], at[f"grade.{scheme}"]
        formula = f'=IF({engine}{row + 1}={grade}{row + 1},"","变动")'
        text = "变动" if value else ""
        sheet.write_formula(row, place, formula, book.style(**looks, font_color=UP, align="center"), text)
    elif isinstance(value, float):
        form = FORMATS.get(column.unit, "0") if column.unit else "0"
        colour = MUTED if kind == "version" else INK
        sheet.write_number(row, place, value, book.style(**looks, num_format=form, font_color=colour))
    elif value == "" and not column.open and column.number:
        sheet.write_string(row, place, "—", book.style(**looks, font_color=MUTED, align="right"))
    else:
        known: dict[str, object] = {}
        if kind in ("before", "branch", "staff", "review") or value == NONE:
            known = {"font_color": MUTED}
        if kind == "grade":
            known = {"bold": True, "align": "center"}
        sheet.write_string(row, place, str(value), book.style(**looks, **known))


def _lists(sheet: Any, shown: Sequence[SheetColumn], last: int) -> None:
    """Drop-down lists and lengths: what cannot be taken is refused at the keyboard already."""
    for place, column in enumerate(shown):
        if column.choices:
            sheet.data_validation(HEAD_ROW + 1, place, last, place, {
                "validate": "list", "source": list(column.choices), "error_title": "不在名单里",
                "error_message": f"{column.heading}请从下拉名单选择。", "ignore_blank": True,
            })  # fmt: skip
        elif column.open:
            most = 255 if column.key == "reason" else 512
            sheet.data_validation(HEAD_ROW + 1, place, last, place, {
                "validate": "length", "criteria": "<=", "value": most, "error_message": f"最多 {most} 个字。",
            })  # fmt: skip


def _summary(book: Book, review: Review, shown: Sequence[SheetColumn], last: int) -> None:
    """汇总: how many of each class, counted by the workbook as it is filled."""
    sheet = book.workbook.add_worksheet("汇总")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 3, 14)
    sheet.protect()
    sheet.write_string(0, 0, "汇总（随评估表自动更新）", book.style(bold=True, font_size=14, font_color=BRAND))
    at = {one.key: xl_col_to_name(i) for i, one in enumerate(shown)}
    row = 2
    for scheme in review.schemes:
        head = book.style(bold=True, bg_color=WASH, bottom=1, bottom_color=BRAND)
        for place, text in enumerate((short_title(scheme), "系统", "评定", "增减")):
            sheet.write_string(row, place, text, head if place == 0 else book.style(
                bold=True, bg_color=WASH, bottom=1, bottom_color=BRAND, align="right"))
        for label in (*(one for _, one in scheme.classes), NONE):
            row += 1
            sheet.write_string(row, 0, label, book.style(bottom=1, bottom_color=LINE))
            for place, key in ((1, "engine"), (2, "grade")):
                column = at[f"{key}.{scheme.code}"]
                where = f"{SHEET}!${column}${HEAD_ROW + 2}:${column}${last + 1}"
                sheet.write_formula(row, place, f'=COUNTIF({where},A{row + 1})', book.style(
                    num_format="#,##0", bottom=1, bottom_color=LINE))
            sheet.write_formula(row, 3, f"=C{row + 1}-B{row + 1}", book.style(
                num_format="+#,##0;−#,##0;0", bottom=1, bottom_color=LINE, font_color=WARN))
        row += 3
