"""On which days clients were assessed, for whoever measures whether an assessment was renewed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from suitability.assessment.tables import AssessmentRow, ReviewRow

_AT_ONCE: Final = 500


def assessed_days(session: Session, first: date, last: date, client_ids: Sequence[int]) -> Iterator[tuple[int, date]]:
    """Client id and day of each assessment from day to day that no second person turned down."""
    row = AssessmentRow
    refused = select(col(ReviewRow.assessment_id)).where(col(ReviewRow.accepted).is_(False))
    asked = select(col(row.client_id), col(row.assessed_on)).where(
        col(row.assessed_on) >= first, col(row.assessed_on) <= last, col(row.id).not_in(refused)
    )
    for start in range(0, len(client_ids), _AT_ONCE):
        some = list(client_ids[start : start + _AT_ONCE])
        for client, day in session.execute(asked.where(col(row.client_id).in_(some))):
            yield int(client), day
