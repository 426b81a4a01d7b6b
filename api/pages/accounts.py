"""Pages of accounts: the list with each one's top shortcoming, and the live diagnosis."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.desks import Diagnoses, Register, Survey
from api.pages.account_list import address, band_chips, finding_chips, line_of
from api.pages.fields import First, Last, Text
from api.pages.report_page import DRAWN, live_page
from api.rendering import render
from api.report_files import file_answer
from diagnosis.wording import number
from kit.access import Verb
from kit.clock import SHANGHAI
from reports.repository import SurveyFilter

router = APIRouter(prefix="/accounts", route_class=Door, dependencies=[needs(Verb.ACCOUNT_READ)])

PAGE = 50


@router.get("", response_class=HTMLResponse)
def accounts_page(
    survey: Survey,
    scope: Reach,
    who: Who,
    finding: Text = None,
    band: Text = None,
    q: Text = None,
    cursor: Text = None,
) -> str:
    """The list of accounts: filters stand in the address bar; most urgent first."""
    chosen = SurveyFilter(finding=finding, band=band, search=q)
    page = survey.survey_page(chosen, cursor=cursor, limit=PAGE)
    counts = survey.survey_counts(chosen)
    agreed = survey.running_agreements([row.account_no for row in page.rows], scope.day)
    return render(
        "pages/accounts.html",
        "accounts",
        lines=[line_of(row, agreed.get(row.account_no), who) for row in page.rows],
        chosen=chosen,
        kept={name: value for name, value in (("finding", finding), ("band", band)) if value},
        total=number(counts.total, 0),
        surveyed=f"{counts.surveyed_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if counts.surveyed_at else None,
        findings=finding_chips(chosen, counts),
        bands=band_chips(chosen, counts, scope.day),
        first=address(chosen) if cursor else None,
        following=address(chosen, cursor=page.next) if page.next else None,
    )


@router.get("/{account_no}", response_class=HTMLResponse)
def account_page(
    account_no: str,
    desk: Diagnoses,
    register: Register,
    scope: Reach,
    who: Who,
    first: First = None,
    last: Last = None,
    benchmark: Text = None,
    charts: Text = None,
) -> str:
    """The live diagnosis of one account; nothing is filed by looking."""
    report = desk.report(account_no, first=first, last=last, benchmark=benchmark)
    asked = {"from": first, "to": last, "benchmark": benchmark}
    return live_page(report, asked, register.agreements(account_no), scope.day, who, drawn=charts == DRAWN)


@router.get("/{account_no}/report.{form}")
def account_file(
    account_no: str,
    form: Literal["html", "pdf", "xlsx", "json"],
    desk: Diagnoses,
    first: First = None,
    last: Last = None,
    benchmark: Text = None,
) -> Response:
    """The same as a file to keep; nothing is filed."""
    report = desk.report(account_no, first=first, last=last, benchmark=benchmark)
    return file_answer(report, form)
