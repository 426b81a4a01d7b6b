"""One report, four files: HTML, PDF, JSON, Excel. The charts are drawn once and shared."""

from __future__ import annotations

from collections.abc import Mapping

from reports.html import export_html
from reports.jsonfile import to_json
from reports.model import Report
from reports.pdf import render_pdf
from reports.svg import render_charts
from reports.xlsx import to_xlsx

MEDIA_TYPES = {
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMATS = tuple(MEDIA_TYPES)


def file_name(report: Report, form: str) -> str:
    """ASCII name that sorts by account and period."""
    plain = (letter for letter in report.account_no if letter.isascii() and (letter.isalnum() or letter in "-_"))
    account = "".join(plain)
    return f"heshi-{account}-{report.first}-{report.last}.{form}"


def write_file(report: Report, form: str, charts: Mapping[str, str] | None = None) -> bytes:
    """The bytes of `report` in one form; `charts` are its SVGs when already drawn."""
    if form == "json":
        return to_json(report)
    if form == "xlsx":
        return to_xlsx(report)
    drawn = render_charts(report) if charts is None else charts
    return export_html(report, drawn).encode() if form == "html" else render_pdf(report, drawn)
