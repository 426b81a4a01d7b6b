"""Accounts and their diagnosis. A GET computes or reads, and files nothing."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import Response as Bytes
from pydantic import BaseModel, Field

from api.access import needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Diagnoses, Survey
from api.links import next_link
from api.routes.report_schema import report_content
from clients.repository import NoSuchAccount
from kit.access import Verb
from kit.problems import BadInput
from reports.jsonfile import to_json
from reports.repository import SurveyFilter
from reports.tables import SurveyRow

router = APIRouter(
    prefix="/accounts", tags=["账户诊断"], route_class=Door, dependencies=[needs(Verb.ACCOUNT_READ)]
)

First = Annotated[date | None, Query(alias="from", description="起始日，含当日；默认自首笔记录")]
Last = Annotated[date | None, Query(alias="to", description="截止日，含当日；默认至最后一个有行情的日子")]
Benchmark = Annotated[str | None, Query(description="基准代码；默认取有重叠的第一个基准")]


class AccountOut(BaseModel):
    """One account as the last whole-book pass saw it. Money is a string, ratios are numbers."""

    account_no: str
    client_no: str
    currency: str
    first: date
    last: date
    band: str
    value: str
    twr: float | None
    max_drawdown: float | None
    turnover_annual: float | None
    shortcoming: str | None
    shortcoming_title: str | None
    shortcoming_tag: str | None
    urgency: float = Field(description="首要问题的权重，占资产的比例；列表由大到小")
    findings: list[str]


class AccountPage(BaseModel):
    """A page of accounts, most urgent first; `next` is the cursor of the following page."""

    items: list[AccountOut]
    next: str | None


def account_out(row: SurveyRow) -> AccountOut:
    return AccountOut(
        account_no=row.account_no, client_no=row.client_no, currency=row.currency, first=row.first, last=row.last,
        band=row.band, value=format(row.value, "f"), twr=row.twr, max_drawdown=row.max_drawdown,
        turnover_annual=row.turnover, shortcoming=row.shortcoming, shortcoming_title=row.shortcoming_title,
        shortcoming_tag=row.shortcoming_tag, urgency=row.urgency, findings=row.findings,
    )


@router.get("", operation_id="listAccounts")
def list_accounts(
    request: Request,
    response: Response,
    survey: Survey,
    finding: Annotated[str | None, Query(description="只看有这项发现的账户")] = None,
    band: Annotated[str | None, Query(description="资产段")] = None,
    q: Annotated[str | None, Query(description="账号或客户号的一部分")] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AccountPage:
    """The accounts of the book with their top shortcoming, filtered by finding."""
    page = survey.survey_page(SurveyFilter(finding=finding, band=band, search=q), cursor=cursor, limit=limit)
    next_link(request, response, page.next)
    return AccountPage(items=[account_out(row) for row in page.rows], next=page.next)


@router.get(
    "/{account_no}/diagnosis", operation_id="getDiagnosis", response_class=Bytes,
    responses={200: report_content("json"), **problem_responses(NoSuchAccount, BadInput)},
)
def get_diagnosis(
    account_no: str, desk: Diagnoses, first: First = None, last: Last = None, benchmark: Benchmark = None
) -> Bytes:
    """The diagnosis of one account as data: `metrics` by id, findings, sections, digest. Nothing is filed."""
    report = desk.report(account_no, first=first, last=last, benchmark=benchmark)
    return Bytes(to_json(report), media_type="application/json")
