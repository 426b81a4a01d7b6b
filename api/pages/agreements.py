"""投资共识 as a form: one shortcoming of an issued report, the target, by when, how agreed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.access import Reach, needs
from api.contract.door import Door
from api.desks import Clients, Register, Stamped
from api.pages.account_list import account_path
from api.pages.agreement_form import (
    AgreementFields,
    Proposal,
    defaults,
    field_errors,
    parse,
    proposals,
    ways,
)
from api.pages.fields import Text
from api.pages.reports import entry_of
from api.rendering import render
from kit.access import Scope, Verb
from kit.problems import Problem
from reports.problems import AgreementExists, AgreementRefused, UnknownReport
from reports.service import ReportService
from reports.tables import ReportRow

router = APIRouter(
    prefix="/accounts/{account_no}/agreements", route_class=Door, dependencies=[needs(Verb.AGREEMENT_RECORD)]
)


@router.get("/new", response_class=HTMLResponse)
def agreement_page(
    account_no: str, clients: Clients, register: Register, scope: Reach, finding: Text = None, report: Text = None
) -> str:
    """The form, filled with what the report proposes. Without an issued report it offers to issue one first."""
    clients.accounts([account_no])
    ground = _ground(register, account_no, report)
    if ground is None:
        return render(
            "pages/agreement_first.html", "accounts", account_no=account_no, finding=finding or "",
            issue=account_path(account_no, "reports"), live=account_path(account_no),
        )  # fmt: skip
    offered = proposals(register.read(ground.id))
    chosen = _chosen(offered, finding)
    return _form(account_no, ground, offered, defaults(chosen, ground.id, scope.day), {}, scope)


@router.post("")
def record(
    account_no: str,
    fields: Annotated[AgreementFields, Form()],
    clients: Clients,
    register: Register,
    scope: Reach,
    stamp: Stamped,
) -> Response:
    """Record the agreement; a fault is told beside its field and what was typed stays."""
    clients.accounts([account_no])
    ground = _ground(register, account_no, fields.report or None)
    if ground is None:
        raise AgreementRefused("该账户还没有出具过报告，请先出具报告再记录共识")
    offered = proposals(register.read(ground.id))
    chosen = next((one for one in offered if one.finding == fields.finding), None)
    parsed = parse(fields, account_no, chosen.unit if chosen else "")
    status, errors = 422, parsed.errors
    if not errors:
        try:
            register.agree(parsed.ask, stamp)
        except AgreementExists as refused:
            status, errors = refused.status, {"form": refused.detail}
        except Problem as refused:
            errors = field_errors(refused.extra) or {"form": refused.detail}
    if not errors:
        return RedirectResponse(account_path(account_no, "reports", note="agreed"), status_code=303)
    return HTMLResponse(_form(account_no, ground, offered, fields, errors, scope), status_code=status)


def _ground(register: ReportService, account_no: str, report_id: str | None) -> ReportRow | None:
    """The report that the agreement stands on: the one named, else the account's newest, if any."""
    if report_id is None:
        return next(iter(register.list(account_no=account_no, limit=1).rows), None)
    row = register.row(report_id)
    if row.account_no != account_no:
        raise UnknownReport(f"报告 {report_id} 不是账户 {account_no} 的报告")
    return row


def _chosen(offered: list[Proposal], finding: str | None) -> Proposal | None:
    return next((one for one in offered if one.finding == finding), offered[0] if offered else None)


def _form(
    account_no: str,
    ground: ReportRow,
    offered: list[Proposal],
    fields: AgreementFields,
    errors: dict[str, str],
    scope: Scope,
) -> str:
    return render(
        "pages/agreement.html",
        "accounts",
        account_no=account_no,
        live=account_path(account_no),
        action=account_path(account_no, "agreements"),
        opened=account_path(account_no, "agreements/new"),
        ground=entry_of(ground),
        offered=offered,
        chosen=next((one for one in offered if one.finding == fields.finding), None),
        fields=fields,
        errors=errors,
        ways=ways(scope.day),
        today=scope.day.isoformat(),
    )
