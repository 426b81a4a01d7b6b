"""Every query on grades, within a scope."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, func, insert, select, type_coerce
from sqlmodel import Session, col

from clients.grading.tables import ClientGradeRow, GradeRunRow
from clients.tables import ClientRow, TradeRow
from clients.visibility import shown, visible_clients
from kit.access import Scope
from kit.money import SCALE
from kit.numbers import append, days, fixed, plain_rows
from market.types import FloatArray, IntArray

_AT_ONCE: Final = 5_000  # rows in one insert


class GradeRepository:
    """Reads and appends grades; what lies outside the scope answers as if it were not there."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    def newest_run(self) -> GradeRunRow | None:
        """The run of the newest day, the later of two."""
        newest = select(GradeRunRow).order_by(col(GradeRunRow.day).desc(), col(GradeRunRow.id).desc()).limit(1)
        return self._session.scalars(newest).first()

    def runs(self, ids: Sequence[int]) -> dict[int, GradeRunRow]:
        asked = select(GradeRunRow).where(col(GradeRunRow.id).in_(ids))
        return {row.id: row for row in self._session.scalars(asked) if row.id is not None}

    def newest_grades(self) -> Sequence[tuple[int, int, bytes]]:
        """(client, run, grades) of the newest row of each client, in no order."""
        row = ClientGradeRow
        newest = select(func.max(col(row.id)).label("id")).group_by(col(row.client_id)).subquery()
        asked = select(col(row.client_id), col(row.run_id), col(row.grades)).join(newest, col(row.id) == newest.c.id)
        return plain_rows(self._session.connection(), asked)

    def run_on(self, day: date) -> GradeRunRow | None:
        """The newest run of the day or before."""
        row = GradeRunRow
        asked = select(row).where(col(row.day) <= day).order_by(col(row.day).desc(), col(row.id).desc()).limit(1)
        return self._session.scalars(asked).first()

    def run_days(self) -> list[date]:
        """Days that are on file, the newest first."""
        asked = select(col(GradeRunRow.day)).distinct().order_by(col(GradeRunRow.day).desc())
        return list(self._session.scalars(asked))

    def grades_on(
        self, day: date, client_ids: Sequence[int] | None = None
    ) -> list[tuple[int, str, str, int, date, bytes, bytes]]:
        """(client, number, name, run, day, grades, features) of each client's newest row of the day or before.

        client_ids: of these clients alone.
        """
        row = ClientGradeRow
        within = shown(row.client_id, visible_clients, self._scope)
        if client_ids is not None:
            within = (*within, col(row.client_id).in_(list(client_ids)))
        newest = (
            select(func.max(col(row.id)).label("id"))
            .where(col(row.day) <= day, *within).group_by(col(row.client_id)).subquery()
        )  # fmt: skip
        asked = (
            select(col(row.client_id), col(ClientRow.client_no), col(ClientRow.name), col(row.run_id), col(row.day),
                   col(row.grades), col(row.features))
            .join(newest, col(row.id) == newest.c.id)
            .join(ClientRow, col(ClientRow.id) == col(row.client_id))
            .order_by(col(ClientRow.client_no))
        )  # fmt: skip
        return [
            (one, number, name, run, since, bytes(grades), bytes(features))
            for one, number, name, run, since, grades, features in self._session.execute(asked)
        ]

    def history(self, client_no: str, until: date) -> list[ClientGradeRow]:
        """A client's rows up to a day, the oldest first."""
        row = ClientGradeRow
        asked = (
            select(row)
            .join(ClientRow, col(ClientRow.id) == col(row.client_id))
            .where(
                col(ClientRow.client_no) == client_no, col(row.day) <= until,
                *shown(row.client_id, visible_clients, self._scope),
            )
            .order_by(col(row.day), col(row.run_id))
        )  # fmt: skip
        return list(self._session.scalars(asked))

    def add_run(self, row: GradeRunRow) -> int:
        self._session.add(row)
        self._session.flush()
        assert row.id is not None
        return row.id

    def add_grades(
        self, client_ids: IntArray, run_id: int, day: date, grades: NDArray[np.int8], features: FloatArray
    ) -> int:
        """Append a row for each of m clients; how many they were. grades (m, schemes) int8, features (m, k) float64."""
        if self._session.get_bind().dialect.name == "postgresql":
            m = len(client_ids)
            return append(self._session.connection(), "client_grade", {
                "client_id": client_ids.astype(np.int32), "run_id": np.full(m, run_id, dtype=np.int32),
                "day": days(np.full(m, day.toordinal())), "grades": fixed(grades), "features": fixed(features),
            })  # fmt: skip
        for start in range(0, len(client_ids), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            each = zip(client_ids[some].tolist(), grades[some], features[some], strict=True)
            told = [
                {"client_id": one, "run_id": run_id, "day": day, "grades": own.tobytes(), "features": known.tobytes()}
                for one, own, known in each
            ]
            self._session.execute(insert(ClientGradeRow), told)
        return len(client_ids)

    def commission(self, first: date, last: date) -> float:
        """What all clients together paid in these days, yuan: the whole of which each has a share."""
        whole = func.sum(type_coerce(col(TradeRow.commission), BigInteger))  # millionths, whatever the driver gives
        paid = select(whole).where(col(TradeRow.day).between(first, last))
        found = self._session.execute(paid).scalar()
        return 0.0 if found is None else float(found) / SCALE
