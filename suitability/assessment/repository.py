"""Every read and write of the assessment tables. Results are appended; no update, no delete: the tables refuse both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import Table, update
from sqlalchemy import select as select_rows
from sqlmodel import Session, SQLModel, col, select

from clients.visibility import client_id_of
from kit.columns import UNKNOWN, Kind, id_list, integer_columns
from kit.together import Asked, Row, rows_of
from suitability.assessment.standing import AssessmentColumns, Results, standing
from suitability.assessment.tables import (
    AnswerRow,
    AssessmentRow,
    ConfirmationRow,
    ReviewRow,
    SessionRow,
    SubmissionRow,
)
from suitability.assessment.types import Origin, Past, SessionState
from suitability.assessment.views import Brief
from suitability.levels import AssetType, ClientLevel, IntendedTerm
from suitability.questionnaire.engine import codes_of
from suitability.questionnaire.tables import QuestionnaireRow

_AT_ONCE: Final = 500
_COLUMNS: Final = {
    "a.client_id": Kind.INTEGER, "a.id": Kind.INTEGER, "a.questionnaire_id": Kind.INTEGER, "a.assessed_on": Kind.DAY,
    "a.valid_through": Kind.DAY, "a.total": Kind.INTEGER, "a.level": Kind.INTEGER, "a.lowest": Kind.BOOLEAN,
    "a.term": Kind.INTEGER, "a.types": Kind.INTEGER, "a.needs_review": Kind.BOOLEAN, "r.accepted": Kind.BOOLEAN,
    "r.decided_on": Kind.DAY, "c.confirmed_on": Kind.DAY,
}  # fmt: skip
_NAMES: Final = {"decided_on": "reviewed_on"}
_OF_RESULT: Final = tuple(one.name for one in fields(Results))
_OF_ROW: Final = tuple(name for name in _OF_RESULT if name not in ("accepted", "reviewed_on", "confirmed_on"))
_LEVELS, _TERMS, _TYPES = tuple(ClientLevel), tuple(IntendedTerm), tuple(AssetType)
_SOURCE: Final = (
    "assessment a LEFT JOIN assessment_review r ON r.assessment_id = a.id"
    " LEFT JOIN assessment_confirmation c ON c.assessment_id = a.id"
)


_FILED: Final = (
    select(AssessmentRow, ReviewRow, ConfirmationRow)
    .join(ReviewRow, col(ReviewRow.assessment_id) == col(AssessmentRow.id), isouter=True)
    .join(ConfirmationRow, col(ConfirmationRow.assessment_id) == col(AssessmentRow.id), isouter=True)
    .order_by(col(AssessmentRow.assessed_on).desc(), col(AssessmentRow.id).desc())
)
_ASSESSED: Final[Table] = SQLModel.metadata.tables[str(AssessmentRow.__tablename__)]
_REVIEWED: Final[Table] = SQLModel.metadata.tables[str(ReviewRow.__tablename__)]
_CONFIRMED: Final[Table] = SQLModel.metadata.tables[str(ConfirmationRow.__tablename__)]
_FORMS: Final[Table] = SQLModel.metadata.tables[str(QuestionnaireRow.__tablename__)]
_BRIEFS: Final = (
    select_rows(
        *(_ASSESSED.c[name] for name in (
            "id", "client_id", "questionnaire_id", "assessed_on", "valid_through", "total", "level", "lowest", "term",
            "types", "needs_review",
        )),
        _REVIEWED.c.accepted, _REVIEWED.c.decided_on.label("reviewed_on"), _CONFIRMED.c.confirmed_on,
        _FORMS.c.version,
    )
    .join_from(_ASSESSED, _FORMS, _FORMS.c.id == _ASSESSED.c.questionnaire_id)
    .join(_REVIEWED, _REVIEWED.c.assessment_id == _ASSESSED.c.id, isouter=True)
    .join(_CONFIRMED, _CONFIRMED.c.assessment_id == _ASSESSED.c.id, isouter=True)
    .where(_ASSESSED.c.client_id == client_id_of("client_no"))
    .order_by(_ASSESSED.c.assessed_on.desc(), _ASSESSED.c.id.desc())
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Given:
    """The newest answer to one question."""

    codes: tuple[str, ...]
    origin: Origin
    at: datetime


@dataclass(frozen=True, slots=True)
class Filed:
    """One assessment with its review and its confirmation."""

    row: AssessmentRow
    review: ReviewRow | None
    confirmation: ConfirmationRow | None


def briefs_asked(client_no: str) -> Asked:
    """What `briefs` will ask, to be read ahead."""
    return _BRIEFS, {"client_no": client_no}


class AssessmentRepository:
    """Assessments on one session. Who may see a client is asked before, of `clients`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # sessions

    def add(self, row: Any) -> int:
        self._session.add(row)
        self._session.flush()
        assert row.id is not None
        return int(row.id)

    def held_session(self, session_id: int) -> SessionRow | None:
        """The session, held until the transaction ends (the update that changes nothing takes the lock)."""
        own = col(SessionRow.id) == session_id
        self._session.execute(update(SessionRow).where(own).values(version=SessionRow.version))
        wanted = select(SessionRow).where(own).execution_options(populate_existing=True)
        return self._session.exec(wanted).one_or_none()

    def session_row(self, session_id: int) -> SessionRow | None:
        return self._session.get(SessionRow, session_id)

    def open_sessions(self, client_id: int) -> list[SessionRow]:
        asked = select(SessionRow).where(
            col(SessionRow.client_id) == client_id, col(SessionRow.state) == SessionState.OPEN.value
        )
        return list(self._session.exec(asked.order_by(col(SessionRow.id))))

    def answers(self, session_id: int) -> dict[str, Given]:
        """The newest answer to each question."""
        asked = select(AnswerRow).where(col(AnswerRow.session_id) == session_id).order_by(col(AnswerRow.id))
        return {
            row.question: Given(codes_of(row.codes), Origin(row.origin), row.answered_at)
            for row in self._session.exec(asked)
        }

    # history

    def past(self, client_ids: Sequence[int]) -> dict[int, list[Past]]:
        """Every submission of these clients. A session counts once, by its last submission, when it has ended."""
        found: dict[int, list[Past]] = defaultdict(list)
        for start in range(0, len(client_ids), _AT_ONCE):
            asked = (
                select(SubmissionRow, SessionRow.state)
                .join(SessionRow, col(SessionRow.id) == col(SubmissionRow.session_id))
                .where(col(SubmissionRow.client_id).in_(list(client_ids[start : start + _AT_ONCE])))
                .order_by(col(SubmissionRow.id))
            )
            rows = list(self._session.execute(asked))
            last = {row.session_id: row.id for row, _ in rows}
            for row, state in rows:
                ended = row.id == last[row.session_id] and state != SessionState.OPEN.value
                found[row.client_id].append(Past(row.day, list(ClientLevel)[row.level - 1], ended))
        return found

    def submissions(self, session_id: int) -> list[SubmissionRow]:
        asked = select(SubmissionRow).where(col(SubmissionRow.session_id) == session_id)
        return list(self._session.exec(asked.order_by(col(SubmissionRow.id))))

    def filed(self, assessment_id: int) -> Filed | None:
        found = self._filed(col(AssessmentRow.id) == assessment_id)
        return found[0] if found else None

    def history(self, client_id: int) -> list[Filed]:
        """All assessments of a client, newest first."""
        return self._filed(col(AssessmentRow.client_id) == client_id)

    def briefs(self, client_no: str) -> tuple[list[Brief], Results]:
        """The same in brief, of a client that was read within the scope; and what their standing is read from."""
        rows = rows_of(self._session, *briefs_asked(client_no))
        return [_brief(row) for row in rows], _results_of(rows)

    def contents(self, assessment_ids: Sequence[int]) -> dict[int, str]:
        """What these results were made from, as their stored texts."""
        found: dict[int, str] = {}
        for start in range(0, len(assessment_ids), _AT_ONCE):
            some = col(AssessmentRow.id).in_(list(assessment_ids[start : start + _AT_ONCE]))
            rows = self._session.execute(select(col(AssessmentRow.id), col(AssessmentRow.content)).where(some))
            found.update({int(row[0] or 0): str(row[1]) for row in rows})
        return found

    def waiting_for_review(self) -> list[Filed]:
        """Results held back for a second person, the oldest first."""
        found = self._filed(col(AssessmentRow.needs_review).is_(True), col(ReviewRow.id).is_(None))
        return found[::-1]

    def _filed(self, *where: Any) -> list[Filed]:
        rows = self._session.execute(_FILED.where(*where))
        return [Filed(row, review, confirmation) for row, review, confirmation in rows]

    # what stands

    def columns(self, day: date, client_ids: Sequence[int] | None = None) -> AssessmentColumns:
        """What stands on the day: of these clients, or of the whole book."""
        where = f"a.assessed_on <= '{day.isoformat()}'"
        if client_ids is not None:
            where += f" AND a.client_id IN {id_list(client_ids)}"
        return standing(self._results(where), day.toordinal())

    def columns_ending(self, first: date, last: date, day: date) -> AssessmentColumns:
        """What stands on `day` for the clients of whom some result ends between `first` and `last`."""
        ending = f"SELECT client_id FROM assessment WHERE valid_through BETWEEN '{first.isoformat()}'"
        where = f"a.assessed_on <= '{day.isoformat()}' AND a.client_id IN ({ending} AND '{last.isoformat()}')"
        return standing(self._results(where), day.toordinal())

    def _results(self, where: str) -> Results:
        read = integer_columns(self._session.connection(), _COLUMNS, f"{_SOURCE} WHERE {where}")
        names = {name: name.partition(".")[2] for name in read}
        return Results(**{_NAMES.get(names[name], names[name]): column for name, column in read.items()})


def _brief(row: Row) -> Brief:
    return Brief(
        id=row["id"], questionnaire=row["version"], assessed_on=row["assessed_on"],
        valid_through=row["valid_through"], level=_LEVELS[row["level"] - 1], lowest=row["lowest"],
        term=None if row["term"] is None else _TERMS[row["term"] - 1],
        types=None if row["types"] is None else _TYPES[row["types"] - 1], needs_review=row["needs_review"],
        accepted=row["accepted"],
    )  # fmt: skip


def results_of(filed: Sequence[Filed]) -> Results:
    """The columns of rows that were read already."""
    return _results_of([
        {
            **{name: getattr(one.row, name) for name in _OF_ROW},
            "accepted": None if one.review is None else one.review.accepted,
            "reviewed_on": None if one.review is None else one.review.decided_on,
            "confirmed_on": None if one.confirmation is None else one.confirmation.confirmed_on,
        }
        for one in filed
    ])  # fmt: skip


def _results_of(rows: Sequence[Row]) -> Results:
    return Results(**{name: np.array([_number(row[name]) for row in rows], dtype=np.int64) for name in _OF_RESULT})


def _number(value: Any) -> int:
    if value is None:
        return UNKNOWN
    return value.toordinal() if isinstance(value, date) else int(value)
