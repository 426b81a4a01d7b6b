"""Running agreements as open items of a client: whoever takes the client over sees what was promised and by when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from clients.open_items import OpenItem, register_open_items
from clients.visibility import client_nos_of
from reports.tables import AgreementRow, ReportRow

AGREEMENT = "AGREEMENT"
_AT_ONCE = 500


def running_agreements(session: Session, client_ids: Sequence[int], day: date) -> list[OpenItem]:
    """Agreements of these clients that fall due on the day or later."""
    found = []
    for start in range(0, len(client_ids), _AT_ONCE):
        clients = client_nos_of(client_ids[start : start + _AT_ONCE])
        rows = session.execute(
            select(AgreementRow, col(ReportRow.client_no))
            .join(ReportRow, col(ReportRow.id) == col(AgreementRow.report_id))
            .where(col(ReportRow.client_no).in_(clients), col(AgreementRow.due_on) >= day)
        )
        found += [
            OpenItem(AGREEMENT, str(row.id), client_no, f"{row.finding}：{row.target_text}", row.due_on)
            for row, client_no in rows
        ]
    return found


register_open_items(AGREEMENT, "投资共识", running_agreements)
