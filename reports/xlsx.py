"""The report as an Excel workbook: real numbers with formats, a sheet a table, the same bytes each time."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter

from reports.catalogue import entry
from reports.model import Callout, Cell, Chart, Column, Report, Section, Table, Tone

UP, DOWN, INK, LINE, WASH, BRAND, MUTED, WARN = (
    "#c0362c",
    "#1f7a55",
    "#1b2433",
    "#e3e6ea",
    "#f6f7f9",
    "#23466e",
    "#6f7a89",
    "#9a6a12",
)
COLOURS = {Tone.UP: UP, Tone.DOWN: DOWN, Tone.MUTED: MUTED, Tone.WARN: WARN, Tone.PLAIN: INK}
UNIT_FORMATS = {
    "ratio": "0.00%",
    "money": "#,##0.00",
    "days": "0.0",
    "count": "#,##0",
    "times": "0.00",
    "number": "0.0000",
}
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so could become a formula when edited or saved as CSV: it is marked as text."""

SHEETS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("持仓", "allocation", ("期末持仓",)),
    ("成交回合", "trades", ("盈利最多的平仓", "亏损最多的平仓")),
    ("交易费用", "trades", ("交易费用",)),
    ("归因", "selection", ("按行业的归因（Brinson-Fachler）",)),
    ("证券盈亏", "selection", ("全部证券的盈亏",)),
    ("月度", "return", ("月度收益",)),
    ("回撤", "risk", ("最深的 5 次回撤",)),
)
"""(sheet, section id, titles of its tables); more than one table gets a first column that names it."""

MONEY = re.compile(r"^[+−]?[\d,.]+ [万亿]?(\S*元|\S*法郎|[A-Z]{3})$")
"""A cell that shows money: the group is the currency's word."""

WIDEST, NARROWEST = 60, 9
A4 = 9


@dataclass(frozen=True)
class Book:
    """The workbook being written, and its cell formats by what they look like."""

    workbook: Any
    formats: dict[tuple[tuple[str, object], ...], Any]

    def style(self, **properties: object) -> Any:
        """One format object for one set of properties."""
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.workbook.add_format(
                {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top", **properties}
            )
        return self.formats[key]


def to_xlsx(report: Report) -> bytes:
    """The workbook: 摘要, 指标, the tables that matter, 行为证据, 数据质量, 口径."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    day = date.fromisoformat(report.last)
    workbook.set_properties(
        {
            "title": report.header.title,
            "subject": report.header.period,
            "company": report.header.firm,
            "created": datetime(day.year, day.month, day.day),  # noqa: DTZ001  the report's day, not the clock's
            "comments": report.digest,
        }
    )
    book = Book(workbook, {})
    _summary_sheet(book, report)
    _metric_sheet(book, report)
    for name, table in tables(report):
        _table_sheet(book, report, name, table)
    workbook.close()
    return stream.getvalue()


def tables(report: Report) -> Iterator[tuple[str, Table]]:
    """(sheet name, table) in order; a table without rows has no sheet, except 数据质量, which then says so."""
    by_id = {section.id: section for section in report.sections}
    for name, section_id, titles in SHEETS:
        found = [table for table in _tables_of(by_id[section_id]) if table.title in titles and table.rows]
        if found:
            yield name, found[0] if len(titles) == 1 else _stacked(name, found)
    evidence = [table for table in _tables_of(by_id["behaviour"]) if table.rows]
    if evidence:
        yield "行为证据", _stacked("行为证据", evidence)
    quality = {table.title: table for table in _tables_of(by_id["quality"])}
    nothing = Table("数据质量", (Column("情况"),), (), empty=by_id["quality"].lead)
    yield "数据质量", quality.get("逐条列出") or quality.get("数据质量", nothing)
    yield "口径", quality["指标口径"]


def _tables_of(section: Section) -> list[Table]:
    found = []
    for block in section.blocks:
        if isinstance(block, Table):
            found.append(block)
        elif isinstance(block, Chart) and block.table is not None:
            found.append(block.table)
    return found


def _stacked(title: str, parts: Sequence[Table]) -> Table:
    """Tables of the same columns in one, the first column saying which it was."""
    rows = tuple((Cell(part.title), *row) for part in parts for row in part.rows)
    return Table(title, (Column("类别"), *parts[0].columns), rows, note=parts[0].note)


def _summary_sheet(book: Book, report: Report) -> None:
    sheet = book.workbook.add_worksheet("摘要")
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 22)
    sheet.set_column(2, 2, 70)
    for row, (left, middle, right, look) in enumerate(_summary_lines(report)):
        for column, text in enumerate((left, middle, right)):
            if text or look.get("bottom"):
                text_cell(book, sheet, row, column, text, **look)
    sheet.freeze_panes(1, 0)
    _print_setup(sheet, report)


def _summary_lines(report: Report) -> Iterator[tuple[str, str, str, dict[str, object]]]:
    """Rows of the first sheet: three texts and how they look."""
    head, summary = report.header, report.summary
    title: dict[str, object] = {"bold": True, "font_size": 16, "bottom": 2}
    bold: dict[str, object] = {"bold": True}
    heading: dict[str, object] = {"bold": True, "bg_color": WASH, "font_color": BRAND, "text_wrap": True}
    plain: dict[str, object] = {"text_wrap": True}
    yield head.title, "", head.firm, title
    for name, text in (
        ("客户", head.client),
        ("账户", head.account),
        ("区间", head.period),
        ("数据量", head.extent),
        ("基准", head.benchmark),
        ("收益口径", head.returns_label),
        ("投资顾问", head.advisor),
    ):
        if text:
            yield name, text, "", {}
    yield "", "", "", {}
    yield "结论", "", summary.verdict, {**bold, "text_wrap": True}
    yield "", "", summary.why, plain
    yield "关键数字", "", "", heading
    for figure in summary.figures:
        yield figure.label, figure.text, figure.note, plain
    for items in (summary.strengths, summary.shortcomings):
        yield items.title, "", "" if items.items else items.empty, heading
        for item in items.items:
            yield item.title, item.tag, item.text, plain
    for callout in _callouts(report):
        yield callout.title, callout.aside, callout.text, heading
    yield "数据情况", "", summary.limits, plain
    yield "风险提示", "", report.risk_notice, plain
    yield "内容摘要", "", report.digest, {"font_color": MUTED}


def _callouts(report: Report) -> tuple[Callout, ...]:
    return (*report.summary.follow_up, report.summary.agreement)


def _metric_sheet(book: Book, report: Report) -> None:
    columns = ("编号", "指标", "数值", "单位", "口径", "未计算的原因")
    sheet = book.workbook.add_worksheet("指标")
    head_row(book, sheet, columns)
    for row, (metric_id, told) in enumerate(report.metrics.items(), 1):
        text_cell(book, sheet, row, 0, metric_id)
        text_cell(book, sheet, row, 1, entry(metric_id).name)
        if "withheld" in told:
            text_cell(book, sheet, row, 5, str(told["withheld"]), text_wrap=True, font_color=MUTED)
            continue
        shape = UNIT_FORMATS.get(str(told["unit"]), "General")
        sheet.write_number(row, 2, told["value"], book.style(num_format=shape))
        text_cell(book, sheet, row, 3, str(told["unit"]))
        text_cell(book, sheet, row, 4, str(told["convention"]), text_wrap=True)
    for column, width in enumerate((22, 20, 14, 10, 60, 40)):
        sheet.set_column(column, column, width)
    _finish(sheet, report, len(report.metrics), len(columns))


def _table_sheet(book: Book, report: Report, name: str, table: Table) -> None:
    sheet = book.workbook.add_worksheet(name)
    titles = [_title(table, place) for place in range(len(table.columns))]
    head_row(book, sheet, titles)
    for row, cells in enumerate(table.rows, 1):
        for place, cell in enumerate(cells):
            _cell(book, sheet, row, place, cell)
    if not table.rows:
        text_cell(book, sheet, 1, 0, table.empty or "没有内容")
    for place, title in enumerate(titles):
        texts = [title, *(row[place].text for row in table.rows)]
        sheet.set_column(place, place, _fitting(texts))
    if table.note:
        text_cell(book, sheet, len(table.rows) + 2, 0, table.note, font_color=MUTED)
    _finish(sheet, report, len(table.rows), len(table.columns))


def _title(table: Table, place: int) -> str:
    """The column's title with the currency of its raw numbers, which stand without 万 and without a unit."""
    units = {found[1] for row in table.rows if (found := MONEY.match(row[place].text))}
    unit = table.columns[place].unit or (units.pop() if len(units) == 1 else "")
    return f"{table.columns[place].title}（{unit}）" if unit else table.columns[place].title


def head_row(book: Book, sheet: Any, titles: Sequence[str], row: int = 0) -> None:
    """Titles of columns in one row."""
    style = book.style(
        bold=True, bg_color=WASH, font_color=BRAND, bottom=1, bottom_color=LINE, text_wrap=True
    )
    for place, title in enumerate(titles):
        sheet.write_string(row, place, title, style)


def _cell(book: Book, sheet: Any, row: int, column: int, cell: Cell) -> None:
    if isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
        style = book.style(num_format=number_format(cell), font_color=COLOURS[cell.tone])
        sheet.write_number(row, column, cell.value, style)
        return
    text_cell(book, sheet, row, column, cell.text, font_color=COLOURS[cell.tone], text_wrap=True)


def number_format(cell: Cell) -> str:
    """The format that shows the raw value as the text does."""
    if "%" in cell.text:
        return "0.00%"
    if isinstance(cell.value, int):
        return "#,##0"
    if "天" in cell.text:
        return "0.0"
    return "#,##0.00" if abs(float(cell.value or 0)) >= 10 else "#,##0.00##"


def text_cell(book: Book, sheet: Any, row: int, column: int, text: str, **look: object) -> None:
    """Always a string cell; a text that looks like a formula carries Excel's text mark too."""
    if text.startswith(DANGEROUS):
        look["quote_prefix"] = True
    sheet.write_string(row, column, text, book.style(**look))


def _fitting(texts: Iterable[str]) -> int:
    """Width of the longest text, a Chinese character counting two."""
    longest = max((display_width(text) for text in texts), default=0)
    return max(NARROWEST, min(WIDEST, longest + 2))


def display_width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _finish(sheet: Any, report: Report, rows: int, columns: int) -> None:
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    if rows and columns:
        sheet.autofilter(0, 0, rows, columns - 1)
    _print_setup(sheet, report)


def _print_setup(sheet: Any, report: Report) -> None:
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
    sheet.set_header(f"&L{_printed(report.header.title)}&R{_printed(report.header.period)}")
    sheet.set_footer("&L本报告根据历史数据计算，不构成收益承诺，也不预测未来&R第 &P 页，共 &N 页")


def _printed(text: str) -> str:
    """`&` begins a code in a header line."""
    return text.replace("&", "&&")
