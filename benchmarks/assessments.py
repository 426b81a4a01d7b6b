"""Assessments on file for a measurement: what a check reads of a client."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

from sqlmodel import Session

from suitability.assessment.tables import AssessmentRow, ConfirmationRow, SessionRow
from suitability.questionnaire.tables import QuestionnaireRow


def assess(session: Session, client_ids: list[int], day: date, at: datetime) -> None:
    """One result a client, as a session leaves it: every level, twenty answers, confirmed."""
    form = QuestionnaireRow(
        version="bench-1", form="NATURAL", status="PUBLISHED", digest="", content="{}", drafted_at=at, drafted_by="",
    )  # fmt: skip
    session.add(form)
    session.flush()
    taken = [
        SessionRow(
            client_id=one, questionnaire_id=form.id or 0, channel="APP", entered_by="CLIENT", entered_by_name="",
            started_at=at, state="SUBMITTED",
        )
        for one in client_ids
    ]  # fmt: skip
    session.add_all(taken)
    session.flush()
    told = {
        "questionnaire": form.version, "lowest": [], "findings": [],
        "points": {f"Q{n}": 3 for n in range(20)}, "answers": {f"Q{n}": ["B"] for n in range(20)},
    }  # fmt: skip
    results = [
        AssessmentRow(
            client_id=one.client_id, session_id=one.id or 0, questionnaire_id=form.id or 0, assessed_on=day,
            assessed_at=at, valid_through=day + timedelta(days=364), total=60, level=1 + place % 5, lowest=False,
            term=4, types=5, needs_review=False, bands="bench-1", content=json.dumps(told), digest="",
        )
        for place, one in enumerate(taken)
    ]  # fmt: skip
    session.add_all(results)
    session.flush()
    session.add_all([
        ConfirmationRow(
            assessment_id=one.id or 0, confirmed_on=day, confirmed_at=at, confirmed_by="", channel="APP",
            shown_digest="",
        )
        for one in results
    ])  # fmt: skip
