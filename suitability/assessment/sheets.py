"""Imported sheets into the tables, many in one statement: sessions, answers, submissions, results, confirmations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from clients.repository import ClientFacts
from kit.clock import day_of
from suitability.assessment.filing import assessment_row, submission_row
from suitability.assessment.imports import AnswersLine
from suitability.assessment.rules import Books
from suitability.assessment.tables import AnswerRow, AssessmentRow, ConfirmationRow, SessionRow, SubmissionRow
from suitability.assessment.types import Evaluation, KnownFacts, Origin, Past, SessionState, Sheet, SheetOutcome
from suitability.questionnaire.engine import SEPARATOR
from suitability.questionnaire.repository import Edition
from suitability.questionnaire.types import Answers

FILE: Final = "导入文件"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a sheet came to, and all that it was judged from."""

    sheet: Sheet
    found: Evaluation
    known: KnownFacts
    past: tuple[Past, ...]
    outcome: SheetOutcome


@dataclass(frozen=True, slots=True)
class NewSheet:
    """One sheet that is not on file. verdict: None where the client did not enter it; refusal: the rule against it."""

    line: AnswersLine
    client: ClientFacts
    edition: Edition
    answers: Answers
    verdict: Verdict | None
    refusal: str | None


def write_sheets(session: Session, sheets: Sequence[NewSheet], rules: Books, batch_id: int) -> None:
    """Append everything that follows from these sheets."""
    sessions = _insert(session, SessionRow, [_session_values(one, batch_id) for one in sheets])
    pairs = list(zip(sessions, sheets, strict=True))
    _insert(session, AnswerRow, [values for number, one in pairs for values in _answer_values(number, one)])
    judged = [(number, one, one.verdict) for number, one in pairs if one.verdict is not None]
    _insert(session, SubmissionRow, [_values(
        submission_row(number, one.client.id, verdict.sheet, verdict.found, verdict.outcome, ())
    ) for number, one, verdict in judged])  # fmt: skip
    results = [(number, one, verdict) for number, one, verdict in judged if one.refusal is None]
    rows = [_values(_result(number, one, verdict, rules)) for number, one, verdict in results]
    filed = _insert(session, AssessmentRow, rows)
    _insert(session, ConfirmationRow, [
        values
        for number, (_, one, verdict), row in zip(filed, results, rows, strict=True)
        for values in _confirmation_values(number, one, verdict, row["digest"])
    ])  # fmt: skip


def _insert(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """The new ids, in the order of the rows."""
    if not rows:
        return []
    own: Any = table
    made = insert(table).returning(own.id, sort_by_parameter_order=True)
    return [int(one) for one in session.execute(made, [dict(row) for row in rows]).scalars()]


def _values(row: SQLModel) -> dict[str, Any]:
    return row.model_dump(exclude={"id"})


def _session_values(one: NewSheet, batch_id: int) -> dict[str, Any]:
    line = one.line
    state = SessionState.DONE if one.refusal is None else SessionState.REFUSED
    return {
        "client_id": one.client.id, "questionnaire_id": one.edition.id, "channel": line.channel.value,
        "entered_by": line.entered_by.value, "entered_by_name": line.entered_by_name,
        "started_at": line.started_at or line.finished_at, "state": state.value, "refusal": one.refusal,
        "closed_at": line.finished_at, "fingerprint": line.key + line.content, "batch_id": batch_id, "version": 1,
    }  # fmt: skip


def _answer_values(session_id: int, one: NewSheet) -> Iterator[dict[str, Any]]:
    filled = frozenset() if one.verdict is None else one.verdict.sheet.prefilled
    for question, codes in one.answers.items():
        origin = Origin.PREFILLED if question in filled else Origin.IMPORTED
        yield {
            "session_id": session_id, "question": question, "codes": SEPARATOR.join(codes), "origin": origin.value,
            "answered_at": one.line.finished_at,
        }  # fmt: skip


def _result(session_id: int, one: NewSheet, verdict: Verdict, rules: Books) -> AssessmentRow:
    return assessment_row(
        session_id, one.client.id, one.client.client_no, one.edition.id, verdict.sheet, verdict.found, verdict.known,
        verdict.past, rules, verdict.outcome, (),
    )  # fmt: skip


def _confirmation_values(
    assessment_id: int, one: NewSheet, verdict: Verdict, digest: str
) -> Iterator[dict[str, Any]]:
    """A result that is held for review cannot have been confirmed: what the file says of it is left aside."""
    at = one.line.confirmed_at
    if at is not None and verdict.outcome is SheetOutcome.ASSESSED:
        yield {
            "assessment_id": assessment_id, "confirmed_on": day_of(at), "confirmed_at": at, "confirmed_by": FILE,
            "channel": one.line.channel.value, "shown_digest": digest, "evidence": "",
        }  # fmt: skip
