"""Pages of issued reports: the register, what an account has in it, a report as filed, and the button that issues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.desks import Clients, Diagnoses, Register, Stamped
from api.pages.account_list import account_path
from api.pages.fields import FormFirst, FormLast, FormText, Text
from api.pages.report_page import DRAWN, filed_page
from api.rendering import render
from api.report_files import file_answer
from diagnosis.finding_words import TITLES
from kit.access import Verb
from kit.clock import SHANGHAI
from reports.tables import AgreementRow, ReportRow

router = APIRouter(route_class=Door)
READS = [needs(Verb.REPORT_READ)]

PAGE = 50
NOTES = {
    "issued": "已出具并登记，内容不再改变。",
    "same": "登记簿里已有内容完全相同的报告，没有重复登记。",
    "agreed": "共识已记录，下一份报告的开头会核对结果。",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the register."""

    id: str
    href: str
    pdf: str
    account_no: str
    account_href: str
    period: str
    issued_at: str
    issued_by: str
    digest: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """One agreement in the account's list."""

    name: str
    target: str
    agreed: str
    due: date
    running: bool
    report_href: str


def entry_of(row: ReportRow) -> Entry:
    return Entry(
        id=row.id,
        href=f"/reports/{row.id}",
        pdf=f"/reports/{row.id}/report.pdf",
        account_no=row.account_no,
        account_href=account_path(row.account_no, "reports"),
        period=f"{row.first} 至 {row.last}",
        issued_at=f"{row.issued_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        issued_by=row.issued_by,
        digest=row.digest.removeprefix("sha256:")[:12],
    )


def agreed_of(row: AgreementRow, day: date) -> Agreed:
    return Agreed(
        name=TITLES.get(row.finding, row.finding),
        target=row.target_text,
        agreed=f"{row.agreed_on} {row.agreed_how}",
        due=row.due_on,
        running=row.due_on > day,
        report_href=f"/reports/{row.report_id}" if row.report_id else "",
    )


@router.get("/reports", response_class=HTMLResponse, dependencies=READS)
def register_page(register: Register, account: Text = None, cursor: Text = None) -> str:
    """The register of issued reports, newest first."""
    number = account.strip() if account else None
    page = register.list(account_no=number or None, cursor=cursor, limit=PAGE)
    kept = {"account": number} if number else {}
    return render(
        "pages/reports.html",
        "reports",
        entries=[entry_of(row) for row in page.rows],
        account=number or "",
        first=_address("/reports", kept) if cursor else None,
        following=_address("/reports", {**kept, "cursor": page.next}) if page.next else None,
    )


@router.get("/accounts/{account_no}/reports", response_class=HTMLResponse, dependencies=READS)
def account_reports_page(
    account_no: str,
    clients: Clients,
    register: Register,
    scope: Reach,
    who: Who,
    cursor: Text = None,
    note: Text = None,
) -> str:
    """What was issued for one account, and what was agreed with its client."""
    (account,) = clients.accounts([account_no])
    page = register.list(account_no=account.account_no, cursor=cursor, limit=PAGE)
    base = account_path(account_no, "reports")
    return render(
        "pages/account_reports.html",
        "reports",
        *_notes(note),
        account_no=account.account_no,
        live=account_path(account_no),
        agree=account_path(account_no, "agreements/new") if who.may(Verb.AGREEMENT_RECORD) else None,
        issue=base if who.may(Verb.REPORT_ISSUE) else None,
        entries=[entry_of(row) for row in page.rows],
        agreements=[agreed_of(row, scope.day) for row in register.agreements(account_no)],
        first=base if cursor else None,
        following=_address(base, {"cursor": page.next}) if page.next else None,
    )


@router.post("/accounts/{account_no}/reports", dependencies=[needs(Verb.REPORT_ISSUE)])
def issue(
    account_no: str,
    desk: Diagnoses,
    register: Register,
    stamp: Stamped,
    first: FormFirst = None,
    last: FormLast = None,
    benchmark: FormText = None,
    finding: FormText = None,
) -> Response:
    """Issue and register the report over this period; with `finding`, go on to the agreement on it."""
    report = desk.report(account_no, first=first, last=last, benchmark=benchmark)
    issued = register.issue(report, stamp)
    if finding:
        target = account_path(account_no, "agreements/new", finding=finding, report=issued.row.id)
        return RedirectResponse(target, status_code=303)
    note = "issued" if issued.created else "same"
    return RedirectResponse(f"/reports/{issued.row.id}?note={note}", status_code=303)


@router.get("/reports/{report_id}", response_class=HTMLResponse, dependencies=READS)
def report_page(
    report_id: str, register: Register, scope: Reach, who: Who, note: Text = None, charts: Text = None
) -> str:
    """An issued report exactly as filed, with who issued it and when."""
    report = register.read(report_id)
    row = register.row(report_id)
    agreements = register.agreements(row.account_no)
    return filed_page(report, row, agreements, scope.day, who, *_notes(note), drawn=charts == DRAWN)


@router.get("/reports/{report_id}/report.{form}", dependencies=READS)
def report_file(report_id: str, form: Literal["html", "pdf", "xlsx", "json"], register: Register) -> Response:
    """An issued report as a file."""
    report = register.read(report_id)
    return file_answer(report, form)


def _notes(note: str | None) -> tuple[str, ...]:
    return (NOTES[note],) if note in NOTES else ()


def _address(path: str, query: Mapping[str, str | None]) -> str:
    kept = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path
