"""The report as a page: live with its period and a button to issue it, or as filed with who and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from api.pages.account_list import account_path
from api.pages.household_view import household_path
from api.rendering import frame
from api.report_files import drawings
from kit.access import Actor, Verb
from kit.clock import SHANGHAI
from reports.files import FORMATS
from reports.html import Link, page_html
from reports.model import Report
from reports.tables import AgreementRow, ReportRow

DRAWN: Final = "drawn"
"""Value of the query `charts` that asks for pictures instead of live charts."""
FORM_NAMES: Final = {"html": "网页", "pdf": "PDF", "xlsx": "Excel", "json": "JSON"}


def live_page(
    report: Report, asked: Mapping[str, Any], agreements: Sequence[AgreementRow], day: date, who: Actor,
    *, drawn: bool = False,
) -> str:  # fmt: skip
    """The diagnosis as it stands now. asked: the query as it was given (`from`, `to`, `benchmark`); drawn: charts as
    pictures, for a reader without script.
    """
    given = {name: str(value) for name, value in asked.items() if value}
    base = account_path(report.account_no)
    bar = {
        "filed": None,
        "account_no": report.account_no,
        "action": base,
        "issue": account_path(report.account_no, "reports") if who.may(Verb.REPORT_ISSUE) else None,
        "first": report.first,
        "last": report.last,
        "given": given,
        "benchmark": given.get("benchmark", ""),
        "register": account_path(report.account_no, "reports"),
        "household": household_path(report.client_no) if who.may(Verb.HOUSEHOLD_READ) else None,
    }
    context = {**frame("accounts"), "bar": bar, "steps": steps(report, agreements, day, who)}
    links = file_links(f"{base}/report", given)
    return _page(report, base, given, links, context, drawn)


def filed_page(
    report: Report, row: ReportRow, agreements: Sequence[AgreementRow], day: date, who: Actor, *notes: str,
    drawn: bool = False,
) -> str:  # fmt: skip
    """A report exactly as it was issued; drawn as in `live_page`."""
    bar = {
        "filed": row,
        "issued_at": f"{row.issued_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        "account_no": row.account_no,
        "action": account_path(row.account_no),
        "register": account_path(row.account_no, "reports"),
    }
    found = steps(report, agreements, day, who, row.id)
    context = {**frame("reports", *notes), "bar": bar, "steps": found}
    base = f"/reports/{row.id}"
    return _page(report, base, {}, file_links(f"{base}/report", {}), context, drawn)


def _page(
    report: Report, base: str, query: Mapping[str, str], links: Sequence[Link], context: Mapping[str, Any], drawn: bool
) -> str:
    if drawn:
        return page_html(report, live=False, links=links, svgs=drawings(report), context=context)
    drawn_at = f"{base}?{urlencode({**query, 'charts': DRAWN})}"
    return page_html(report, drawn_at=drawn_at, links=links, context=context)


def file_links(base: str, query: Mapping[str, str]) -> list[Link]:
    """Every form of the file beside the page, over the same period."""
    tail = f"?{urlencode(query)}" if query else ""
    order = sorted(FORMATS, key=list(FORM_NAMES).index)
    return [Link(f"下载 {FORM_NAMES[form]}", f"{base}.{form}{tail}", True) for form in order]


def steps(
    report: Report, agreements: Sequence[AgreementRow], day: date, who: Actor, filed: str | None = None
) -> dict[str, dict[str, str]]:
    """By shortcoming, the step beside it: agree on a target (on the report filed), or the agreement that runs."""
    ground = {"report": filed} if filed else {}
    running = {row.finding: row for row in agreements if row.due_on > day}
    found: dict[str, dict[str, str]] = {}
    for finding in report.findings:
        code = finding["id"]
        if code in running:
            words = f"共识 {running[code].due_on} 到期"
            found[code] = {"label": words, "href": account_path(report.account_no, "reports")}
        elif finding["side"] == "SHORTCOMING" and who.may(Verb.AGREEMENT_RECORD):
            href = account_path(report.account_no, "agreements/new", finding=code, **ground)
            found[code] = {"label": "约定目标", "href": href}
    return found
