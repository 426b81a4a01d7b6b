"""An evaluated sheet into rows, and rows back into values: the same for a session and for an imported sheet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from kit.digest import canonical, canonical_json, digest
from suitability.assessment.repository import Filed
from suitability.assessment.rules import Books
from suitability.assessment.tables import AssessmentRow, SubmissionRow
from suitability.assessment.types import (
    Consequence,
    Evaluation,
    Finding,
    KnownFacts,
    Past,
    Sheet,
    SheetOutcome,
)
from suitability.assessment.views import AssessmentView
from suitability.levels import AssetType, ClientLevel, IntendedTerm

FORMAT = "heshi.assessment/1"


def submission_row(
    session_id: int, client_id: int, sheet: Sheet, found: Evaluation, outcome: SheetOutcome, confirmed: Sequence[str]
) -> SubmissionRow:
    return SubmissionRow(
        session_id=session_id, client_id=client_id, day=sheet.day, submitted_at=sheet.finished_at,
        outcome=outcome.value, total=found.score.total, level=found.level.rank,
        findings=[canonical(asdict(one)) for one in found.findings], confirmed=sorted(confirmed),
    )  # fmt: skip


def assessment_row(
    session_id: int, client_id: int, client_no: str, questionnaire_id: int, sheet: Sheet, found: Evaluation,
    known: KnownFacts, past: Sequence[Past], rules: Books, outcome: SheetOutcome, confirmed: Sequence[str],
) -> AssessmentRow:  # fmt: skip
    """Its content is all that the result was made from, so that it can be made again; the digest is over it."""
    content = {
        "format": FORMAT, "client_no": client_no, "questionnaire": sheet.form.version,
        "questionnaire_digest": sheet.form.digest, "bands": found.bands, "rules": rules.versions,
        "day": sheet.day, "started_at": sheet.started_at, "finished_at": sheet.finished_at,
        "answers": {question: list(codes) for question, codes in sheet.answers.items()},
        "prefilled": sorted(sheet.prefilled), "points": dict(found.score.points), "total": found.score.total,
        "level": found.level, "lowest": list(found.lowest), "term": found.term, "types": found.types,
        "valid_through": found.valid_through, "findings": [asdict(one) for one in found.findings],
        "confirmed": sorted(confirmed), "known": asdict(known), "past": [asdict(one) for one in past],
    }  # fmt: skip
    return AssessmentRow(
        client_id=client_id, session_id=session_id, questionnaire_id=questionnaire_id, assessed_on=sheet.day,
        assessed_at=sheet.finished_at, valid_through=found.valid_through, total=found.score.total,
        level=found.level.rank, lowest=bool(found.lowest), term=found.term.rank if found.term else None,
        types=found.types.rank if found.types else None, needs_review=outcome is SheetOutcome.UNDER_REVIEW,
        bands=found.bands, content=canonical_json(content), digest=digest(content),
    )  # fmt: skip


def finding_of(raw: Mapping[str, Any]) -> Finding:
    return Finding(
        raw["rule"], Consequence(raw["consequence"]), raw["sentence"], tuple(raw["questions"]), raw["facts"],
        raw["mendable"],
    )


def view_of(filed: Filed, client_no: str) -> AssessmentView:
    row, review, confirmation = filed.row, filed.review, filed.confirmation
    content = json.loads(row.content)
    assert row.id is not None
    return AssessmentView(
        id=row.id, client_no=client_no, questionnaire=content["questionnaire"], assessed_on=row.assessed_on,
        assessed_at=row.assessed_at, valid_through=row.valid_through, total=row.total,
        level=list(ClientLevel)[row.level - 1], lowest=row.lowest, lowest_by=tuple(content["lowest"]),
        term=None if row.term is None else list(IntendedTerm)[row.term - 1],
        types=None if row.types is None else list(AssetType)[row.types - 1], bands=row.bands,
        points=content["points"], answers={key: tuple(codes) for key, codes in content["answers"].items()},
        findings=tuple(finding_of(raw) for raw in content["findings"]), needs_review=row.needs_review,
        accepted=None if review is None else review.accepted, review_reason="" if review is None else review.reason,
        confirmed_on=None if confirmation is None else confirmation.confirmed_on, digest=row.digest,
    )  # fmt: skip


