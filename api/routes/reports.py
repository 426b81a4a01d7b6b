"""Issued reports: POST computes, files and registers; GET reads what was filed, byte for byte."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import Response as Bytes
from pydantic import BaseModel, ConfigDict, Field

from api.access import needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Diagnoses, Register, Stamped
from api.links import next_link
from api.report_files import file_answer
from api.routes.report_schema import report_content
from clients.repository import NoSuchAccount
from kit.access import Verb
from kit.problems import BadInput
from reports.problems import UnknownReport
from reports.tables import ReportRow

router = APIRouter(tags=["诊断报告"], route_class=Door)
READS = [needs(Verb.REPORT_READ)]


class ReportAsk(BaseModel):
    """What to issue: a period (default: all that is known), and a benchmark."""

    model_config = ConfigDict(extra="forbid")

    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")
    benchmark: str | None = None


class ReportOut(BaseModel):
    """One line of the register."""

    id: str
    account_no: str
    first: date
    last: date
    format: str
    digest: str
    issued_at: datetime
    issued_by: str


class ReportPage(BaseModel):
    items: list[ReportOut]
    next: str | None


def report_out(row: ReportRow) -> ReportOut:
    return ReportOut(**row.model_dump(exclude={"body", "client_no"}))


@router.post(
    "/accounts/{account_no}/reports", status_code=201, operation_id="issueReport",
    dependencies=[needs(Verb.REPORT_ISSUE)],
    responses={
        200: {"model": ReportOut, "description": "登记簿里已有相同内容"}, **problem_responses(NoSuchAccount, BadInput),
    },
)
def issue_report(
    account_no: str,
    ask: ReportAsk,
    response: Response,
    desk: Diagnoses,
    register: Register,
    stamp: Stamped,
) -> ReportOut:
    """Compute the report of one account, file it once, and register it. The same content is filed once: 200."""
    report = desk.report(account_no, first=ask.first, last=ask.last, benchmark=ask.benchmark)
    issued = register.issue(report, stamp)
    response.status_code = 201 if issued.created else 200
    response.headers["Location"] = f"/api/v1/reports/{issued.row.id}"
    return report_out(issued.row)


@router.get("/reports", operation_id="listReports", dependencies=READS)
def list_reports(
    request: Request,
    response: Response,
    register: Register,
    account_no: str | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReportPage:
    """The register of issued reports, newest first."""
    page = register.list(account_no=account_no, cursor=cursor, limit=limit)
    next_link(request, response, page.next)
    return ReportPage(items=[report_out(row) for row in page.rows], next=page.next)


@router.get(
    "/reports/{report_id}", operation_id="getReport", dependencies=READS, response_class=Bytes,
    responses={200: report_content("json", "html", "pdf", "xlsx"), **problem_responses(UnknownReport)},
)
def get_report(
    report_id: str, register: Register, format: Literal["json", "html", "pdf", "xlsx"] = "json"
) -> Bytes:
    """An issued report as JSON, HTML, PDF or Excel, from the filed data."""
    report = register.read(report_id)
    return file_answer(report, format)
