"""投资共识: what advisor and client agreed to lift; the next report opens with what became of it."""

from __future__ import annotations

from datetime import date, datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.access import needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Clients, Register, Stamped
from clients.repository import NoSuchAccount
from kit.access import Verb
from reports.problems import AgreementExists, AgreementRefused, UnknownFinding, UnknownReport
from reports.service import AgreementAsk
from reports.tables import AgreementRow

router = APIRouter(prefix="/accounts/{account_no}/agreements", tags=["投资共识"], route_class=Door)


class AgreementIn(BaseModel):
    """One agreement on a shortcoming of an issued report; what is left open follows the finding and the usual term."""

    model_config = ConfigDict(extra="forbid")

    finding: str = Field(max_length=32, description="发现的编号，如 OVERTRADING")
    agreed_how: str = Field(max_length=64, description="如何达成：面谈、电话、视频、线上确认、书面确认")
    target_text: str = Field(default="", max_length=256, description="约定的目标，如：三个月内月均交易不超过 12 笔")
    metric: str | None = Field(default=None, max_length=32)
    target: str | None = Field(default=None, max_length=40, description="目标值，十进制文本")
    due_on: date | None = None
    agreed_on: date | None = None
    report_id: str | None = Field(default=None, max_length=32, description="所依据的报告；默认最新的一份")


class AgreementOut(BaseModel):
    """An agreement as it stands in the register; figures are decimal text."""

    id: int
    account_no: str
    report_id: str | None
    finding: str
    metric: str | None
    baseline: str | None
    target: str | None
    target_text: str
    due_on: date
    agreed_on: date
    agreed_how: str
    recorded_by: str
    recorded_at: datetime


def agreement_out(row: AgreementRow) -> AgreementOut:
    values = row.model_dump()
    for name in ("target", "baseline"):
        values[name] = None if values[name] is None else format(values[name], "f")
    return AgreementOut(**values)


@router.post(
    "", status_code=201, operation_id="recordAgreement", dependencies=[needs(Verb.AGREEMENT_RECORD)],
    responses=problem_responses(NoSuchAccount, UnknownReport, UnknownFinding, AgreementRefused, AgreementExists),
)
def record_agreement(
    account_no: str,
    body: AgreementIn,
    clients: Clients,
    register: Register,
    stamp: Stamped,
) -> AgreementOut:
    """Record an agreement. Refused if the report has no such shortcoming, or could not be checked against it."""
    clients.accounts([account_no])
    ask = AgreementAsk(account_no=account_no, **body.model_dump())
    return agreement_out(register.agree(ask, stamp))


@router.get(
    "", operation_id="listAgreements", dependencies=[needs(Verb.AGREEMENT_READ)],
    responses=problem_responses(NoSuchAccount),
)
def list_agreements(account_no: str, clients: Clients, register: Register) -> list[AgreementOut]:
    """All agreements of the account, newest first."""
    clients.accounts([account_no])
    return [agreement_out(row) for row in register.agreements(account_no)]
