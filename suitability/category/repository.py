"""Every read and write of the category tables. Rows are appended; the tables refuse update and delete."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Table, bindparam
from sqlalchemy import select as select_rows
from sqlmodel import Session, SQLModel, col, select

from clients.visibility import client_id_of
from kit.columns import Kind, id_list, integer_columns
from kit.together import Asked, rows_of
from suitability.category.information import Stated
from suitability.category.standing import CATEGORIES, CategoryColumns, Granted, category_standing
from suitability.category.tables import (
    ApplicationRow,
    DecisionRow,
    EvidenceRow,
    InformationRow,
    RevocationRow,
    TrialRow,
)
from suitability.category.types import (
    Application,
    Decision,
    Direction,
    Evidence,
    EvidenceKind,
    InformationItem,
    InformationSource,
    Trial,
    TrialKind,
)

_COLUMNS: Final = {
    "d.client_id": Kind.INTEGER, "d.id": Kind.INTEGER, "d.category": Kind.INTEGER, "d.effective_from": Kind.DAY,
    "d.valid_through": Kind.DAY, "r.effective_from": Kind.DAY,
}  # fmt: skip
_SOURCE: Final = "category_decision d LEFT JOIN category_revocation r ON r.decision_id = d.id WHERE d.granted"

_DECISIONS: Final[Table] = SQLModel.metadata.tables[str(DecisionRow.__tablename__)]
_GRANTED: Final = (
    select_rows(_DECISIONS.c.id)
    .where(
        _DECISIONS.c.client_id == client_id_of("client_no"), _DECISIONS.c.granted.is_(True),
        _DECISIONS.c.effective_from <= bindparam("day"),
    )
    .limit(1)
)  # fmt: skip


def granted_asked(client_no: str, day: date) -> Asked:
    """What `any_granted` will ask, to be read ahead."""
    return _GRANTED, {"client_no": client_no, "day": day}


class CategoryRepository:
    """Categories on one session. Who may see a client is asked before, of `clients`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: Any) -> int:
        self._session.add(row)
        self._session.flush()
        assert row.id is not None
        return int(row.id)

    def evidence_of(self, client_id: int) -> list[Evidence]:
        """All documents of a client, the newest first."""
        asked = select(EvidenceRow).where(col(EvidenceRow.client_id) == client_id)
        rows = self._session.exec(asked.order_by(col(EvidenceRow.as_of).desc(), col(EvidenceRow.id).desc()))
        return [_evidence(row) for row in rows]

    def application_row(self, application_id: int) -> ApplicationRow | None:
        return self._session.get(ApplicationRow, application_id)

    def applications(self, client_id: int, client_no: str) -> list[Application]:
        """All applications of a client, newest first, with what was decided."""
        asked = select(ApplicationRow).where(col(ApplicationRow.client_id) == client_id)
        rows = list(self._session.exec(asked.order_by(col(ApplicationRow.id).desc())))
        evidence = {one.id: one for one in self.evidence_of(client_id)}
        trials = self._trials([row.id for row in rows if row.id is not None])
        decisions = self._decisions(client_id)
        return [_application(row, client_no, evidence, trials, decisions) for row in rows]

    def _trials(self, application_ids: Sequence[int]) -> dict[int, list[Trial]]:
        found: dict[int, list[Trial]] = defaultdict(list)
        asked = select(TrialRow).where(col(TrialRow.application_id).in_(application_ids)).order_by(col(TrialRow.id))
        for row in self._session.exec(asked):
            trial = Trial(kind=TrialKind(row.kind), score=row.score, taken_on=row.taken_on, document=row.document)
            found[row.application_id].append(trial)
        return found

    def _decisions(self, client_id: int) -> dict[int, Decision]:
        """By application."""
        asked = select(DecisionRow, RevocationRow).join(
            RevocationRow, col(RevocationRow.decision_id) == col(DecisionRow.id), isouter=True
        )
        rows = self._session.execute(asked.where(col(DecisionRow.client_id) == client_id))
        return {row.application_id: _decision(row, revocation) for row, revocation in rows}

    def any_granted(self, client_no: str, day: date) -> bool:
        """Whether anything was granted to the client up to the day: most are ordinary, and one look says so."""
        return bool(rows_of(self._session, *granted_asked(client_no, day)))

    def columns(self, day: date, client_ids: Iterable[int] | None = None) -> CategoryColumns:
        """Categories on the day: of these clients, or of the whole book."""
        where = f"{_SOURCE} AND d.effective_from <= '{day.isoformat()}'"
        if client_ids is not None:
            where += f" AND d.client_id IN {id_list(client_ids)}"
        read = integer_columns(self._session.connection(), _COLUMNS, where)
        rows = Granted(
            client_id=read["d.client_id"], id=read["d.id"], category=read["d.category"],
            effective_from=read["d.effective_from"], valid_through=read["d.valid_through"],
            revoked_from=read["r.effective_from"],
        )  # fmt: skip
        return category_standing(rows, day.toordinal())

    def information(self, client_id: int) -> list[Stated]:
        asked = select(InformationRow).where(col(InformationRow.client_id) == client_id)
        return [
            Stated(InformationItem(row.item), row.as_of, InformationSource(row.source))
            for row in self._session.exec(asked.order_by(col(InformationRow.id)))
        ]


def _evidence(row: EvidenceRow) -> Evidence:
    return Evidence(
        id=row.id, kind=EvidenceKind(row.kind), amount=row.amount, since=row.since, as_of=row.as_of,
        valid_through=row.valid_through, document=row.document, note=row.note,
    )  # fmt: skip


def _decision(row: DecisionRow, revocation: RevocationRow | None) -> Decision:
    assert row.id is not None
    return Decision(
        id=row.id, granted=row.granted, category=CATEGORIES[row.category], effective_from=row.effective_from,
        valid_through=row.valid_through, reasons=tuple(row.reasons), decided_by=row.decided_by,
        decided_at=row.decided_at, revoked_from=None if revocation is None else revocation.effective_from,
        revoked_why="" if revocation is None else revocation.reason,
    )  # fmt: skip


def _application(
    row: ApplicationRow, client_no: str, evidence: dict[int | None, Evidence], trials: dict[int, list[Trial]],
    decisions: dict[int, Decision],
) -> Application:  # fmt: skip
    assert row.id is not None
    return Application(
        id=row.id, client_no=client_no, direction=Direction(row.direction), test=row.test, applied_on=row.applied_on,
        applied_by=row.applied_by, risk_acknowledged=row.risk_acknowledged,
        evidence=tuple(evidence[one] for one in row.evidence), trials=tuple(trials.get(row.id, ())),
        decision=decisions.get(row.id),
    )  # fmt: skip
