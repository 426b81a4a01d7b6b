"""Agreements of the past, so that reports of the demo open with what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from sqlmodel import Session

from clients.staff.filing import Stamp
from demo.users import USERS
from kit.access import Actor, Role, everything
from kit.trail.entry import Origin
from reports.desk import ReportDesk
from reports.service import AgreementAsk, ReportService

UNTIL: Final = date(2023, 12, 29)
AGREED_ON: Final = date(2024, 1, 8)
HOW: Final = "面谈"


def agree_in_the_past(session: Session, account_nos: Iterable[str], now: datetime, day: date) -> None:
    """Issue each account's report as of the end of 2023, and agree on its first shortcoming; once."""
    stamp = Stamp(Actor("", USERS[0].name, Role.ADVISOR), now, Origin(user_agent="heshi demo"))
    desk, register = ReportDesk(session, everything(day)), ReportService(session, everything(day))
    for account_no in account_nos:
        if register.agreements(account_no):
            continue
        report = desk.report(account_no, last=UNTIL)
        worst = next((told for told in report.findings if told["side"] == "SHORTCOMING"), None)
        if worst is None:
            continue
        issued = register.issue(report, stamp)
        register.agree(
            AgreementAsk(
                account_no=account_no, finding=worst["id"], agreed_how=HOW, agreed_on=AGREED_ON,
                report_id=issued.row.id,
            ),
            stamp,
        )  # fmt: skip
