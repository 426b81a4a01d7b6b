"""Every query on permissions: appended and read within a scope, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, Table, bindparam
from sqlalchemy import select as select_rows
from sqlmodel import Session, SQLModel, col, select

from clients.visibility import shown, visible_client_nos
from kit.access import Scope
from kit.together import Given, rows_of
from suitability.gates.permissions import CHANGING, OPENING, GateRecord, RecordKind
from suitability.gates.problems import NoSuchRecord
from suitability.gates.tables import GateRecordRow
from suitability.levels import Gate

_OPENING: Final = frozenset(kind.value for kind in OPENING)
_CHANGING: Final = tuple(kind.value for kind in CHANGING)
_RECORDS: Final[Table] = SQLModel.metadata.tables[str(GateRecordRow.__tablename__)]
_CHANGES: Final = (
    select_rows(_RECORDS.c.client_no, _RECORDS.c.gate, _RECORDS.c.kind, _RECORDS.c.effective_from)
    .where(_RECORDS.c.effective_from <= bindparam("day"), _RECORDS.c.kind.in_(_CHANGING))
    .order_by(_RECORDS.c.effective_from, _RECORDS.c.id)
)
_CHANGES_OF_CLIENT: Final = _CHANGES.where(_RECORDS.c.client_no == bindparam("client_no"))


def open_asked(client_no: str, day: date) -> tuple[Select[Any], Given]:
    """What `open_of` will ask, to be read ahead."""
    return _CHANGES_OF_CLIENT, {"day": day, "client_no": client_no}


class GateRepository:
    """Records of the clients that a scope shows."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._shown = shown(GateRecordRow.client_no, visible_client_nos, scope)

    def append(self, row: GateRecordRow) -> GateRecord:
        self._session.add(row)
        self._session.flush()
        return _record(row)

    def append_all(self, rows: Sequence[GateRecordRow]) -> None:
        self._session.add_all(rows)
        self._session.flush()

    def record(self, record_id: int) -> GateRecord:
        """Raises NoSuchRecord."""
        asked = select(GateRecordRow).where(col(GateRecordRow.id) == record_id, *self._shown)
        row = self._session.exec(asked).first()
        if row is None:
            raise NoSuchRecord(f"没有第 {record_id} 号权限记录")
        return _record(row)

    def records(
        self, client_no: str | None = None, gate: Gate | None = None, kind: RecordKind | None = None
    ) -> tuple[GateRecord, ...]:
        """Records, oldest first."""
        asked = select(GateRecordRow).where(*self._shown)
        if client_no is not None:
            asked = asked.where(col(GateRecordRow.client_no) == client_no)
        if gate is not None:
            asked = asked.where(col(GateRecordRow.gate) == gate.value)
        if kind is not None:
            asked = asked.where(col(GateRecordRow.kind) == kind.value)
        return tuple(_record(row) for row in self._session.exec(asked.order_by(col(GateRecordRow.id))))

    def open_on(self, day: date) -> dict[str, dict[Gate, date]]:
        """Gates open on `day` with the day from which each has been, by client: the whole of the scope at once."""
        return self._opened(_CHANGES.where(*self._shown), {"day": day})

    def open_of(self, client_no: str, day: date) -> dict[Gate, date]:
        """The same of one client that was read within the scope; empty for one without any."""
        return self._opened(*open_asked(client_no, day)).get(client_no, {})

    def _opened(self, asked: Select[Any], given: Mapping[str, Any]) -> dict[str, dict[Gate, date]]:
        found: dict[str, dict[Gate, date]] = {}
        for row in rows_of(self._session, asked, given):
            mine = found.setdefault(row["client_no"], {})
            if row["kind"] in _OPENING:
                mine.setdefault(Gate(row["gate"]), row["effective_from"])
            else:
                mine.pop(Gate(row["gate"]), None)
        return {client_no: gates for client_no, gates in found.items() if gates}


def _record(row: GateRecordRow) -> GateRecord:
    assert row.id is not None
    return GateRecord(
        id=row.id, client_no=row.client_no, gate=Gate(row.gate), kind=RecordKind(row.kind), grade=row.grade,
        applied_on=row.applied_on, effective_from=row.effective_from, evidence=row.evidence,
        conditions=row.conditions, reasons=row.reasons, rule_version=row.rule_version, digest=row.digest,
        replaces=row.replaces, decided_by_id=row.decided_by_id, decided_by=row.decided_by, decided_at=row.decided_at,
    )
