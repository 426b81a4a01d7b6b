"""Every query on grades, within a scope."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any, Final, TypeAlias

from sqlalchemy import BigInteger, func, insert, select, type_coerce
from sqlmodel import Session, col

from clients.grading.tables import ClientGradeRow, GradeRunRow
from clients.tables import ClientRow, TradeRow
from clients.visibility import shown, visible_clients
from kit.access import Scope
from kit.money import SCALE

GradeTuple: TypeAlias = tuple[int, int, date, bytes, bytes]
_COLUMNS: Final = ("client_id", "run_id", "day", "grades", "features")
_TYPES: Final = ("int4", "int4", "date", "bytea", "bytea")
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

    def newest_grades(self) -> dict[int, tuple[int, bytes]]:
        """(run, grades) of the newest row of each client, by client id."""
        row = ClientGradeRow
        newest = select(func.max(col(row.id)).label("id")).group_by(col(row.client_id)).subquery()
        asked = select(col(row.client_id), col(row.run_id), col(row.grades)).join(newest, col(row.id) == newest.c.id)
        return {client: (run, bytes(grades)) for client, run, grades in self._session.execute(asked)}

    def run_on(self, day: date) -> GradeRunRow | None:
        """The newest run of the day or before."""
        row = GradeRunRow
        asked = select(row).where(col(row.day) <= day).order_by(col(row.day).desc(), col(row.id).desc()).limit(1)
        return self._session.scalars(asked).first()

    def run_days(self) -> list[date]:
        """Days that are on file, the newest first."""
        asked = select(col(GradeRunRow.day)).distinct().order_by(col(GradeRunRow.day).desc())
        return list(self._session.scalars(asked))

    def grades_on(self, day: date) -> list[tuple[int, str, str, int, date, bytes, bytes]]:
        """(client, number, name, run, day, grades, features) of each client's newest row of the day or before."""
        row = ClientGradeRow
        within = shown(row.client_id, visible_clients, self._scope)
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

    def add_grades(self, rows: Iterator[GradeTuple]) -> int:
        """Append rows in the order of `_COLUMNS`; how many they were. A book of a million is a matter of seconds."""
        if self._session.get_bind().dialect.name == "postgresql":
            return self._copy(rows)
        added = 0
        while some := list(islice(rows, _AT_ONCE)):
            told = [dict(zip(_COLUMNS, row, strict=True)) for row in some]
            self._session.execute(insert(ClientGradeRow), told)
            added += len(some)
        return added

    def commission(self, first: date, last: date) -> float:
        """What all clients together paid in these days, yuan: the whole of which each has a share."""
        whole = func.sum(type_coerce(col(TradeRow.commission), BigInteger))  # millionths, whatever the driver gives
        paid = select(whole).where(col(TradeRow.day).between(first, last))
        found = self._session.execute(paid).scalar()
        return 0.0 if found is None else float(found) / SCALE

    def _copy(self, rows: Iterator[GradeTuple]) -> int:
        """By COPY, inside the session's transaction."""
        driver: Any = self._session.connection().connection.driver_connection
        added = 0
        with driver.cursor() as cursor:
            into = f"COPY client_grade ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT BINARY)"
            with cursor.copy(into) as copy:
                copy.set_types(_TYPES)
                for row in rows:
                    copy.write_row(row)
                    added += 1
        return added
