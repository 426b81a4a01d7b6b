"""Diagnoses and agreements as the grading of people reads them: who agreed on a shortcoming, and what was lifted.

A shortcoming is lifted where a later diagnosis of the account, up to the last day of the period or the day on which the
agreement fell due, no longer finds it.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from advisors.ports import DiagnosesTold, Mark, register_diagnoses
from kit.clock import SHANGHAI, day_of
from reports.tables import AgreementRow, ReportRow

SHORTCOMING: Final = "SHORTCOMING"


def marks(session: Session, first: date, last: date) -> DiagnosesTold:
    """See `advisors.ports.DiagnosesTold`."""
    begins, ends = datetime.combine(first, time.min, SHANGHAI), datetime.combine(last, time.max, SHANGHAI)
    row = ReportRow
    issued = session.execute(
        select(col(row.id), col(row.client_no), col(row.account_no), col(row.issued_at))
        .where(col(row.issued_at).between(begins, ends))
        .order_by(col(row.id))
    ).all()
    agreed = session.execute(select(AgreementRow).where(col(AgreementRow.agreed_on) <= last)).scalars().all()
    led = {one.report_id for one in agreed if one.report_id is not None}
    given = tuple(Mark(number, client, day_of(at), number in led) for number, client, _, at in issued)
    return DiagnosesTold(given, _settled(session, [one for one in agreed if one.due_on >= first], first, last))


def _settled(session: Session, agreed: list[AgreementRow], first: date, last: date) -> tuple[Mark, ...]:
    found = []
    for one in sorted(agreed, key=lambda row: row.id or 0):
        until = min(one.due_on, last)
        told = _later(session, one, until)
        lifted_on = next((day for day, findings in told if one.finding not in findings), None)
        client = _client(session, one)
        if client and lifted_on is not None and first <= lifted_on <= last:
            found.append(Mark(f"GS{one.id:07d}", client, lifted_on, True))
        elif client and lifted_on is None and first <= one.due_on <= last:
            found.append(Mark(f"GS{one.id:07d}", client, one.due_on, False))
    return tuple(found)


def _client(session: Session, one: AgreementRow) -> str:
    asked = select(col(ReportRow.client_no)).where(col(ReportRow.id) == one.report_id)
    return str(session.execute(asked).scalar() or "")


def _later(session: Session, one: AgreementRow, until: date) -> list[tuple[date, set[str]]]:
    """Findings of each report of the account that was issued after the agreement, up to a day, in order."""
    row = ReportRow
    edge = datetime.combine(until, time.max, SHANGHAI)
    asked = (
        select(col(row.issued_at), col(row.body))
        .where(col(row.account_no) == one.account_no, col(row.issued_at) > one.recorded_at, col(row.issued_at) <= edge)
        .order_by(col(row.issued_at))
    )
    return [(day_of(at), findings_in(body)) for at, body in session.execute(asked)]


def findings_in(body: str) -> set[str]:
    """Ids of the shortcomings that an issued report tells."""
    return {one["id"] for one in json.loads(body).get("findings", ()) if one.get("side") == SHORTCOMING}


register_diagnoses(marks)
