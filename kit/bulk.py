"""Many rows into one table: staged, then inserted in one statement that leaves known rows alone.

PostgreSQL takes the rows by COPY into a temporary table, SQLite by executemany. Nothing is committed here:
the caller's transaction decides.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from sqlalchemy import Connection, Table, text

Row = tuple[Any, ...]
LINE = "stage_line"


@dataclass(frozen=True, slots=True)
class Clash:
    """A staged row whose key is taken by a row with other content. `new` and `old` hold the asked columns."""

    line: int
    new: dict[str, Any]
    old: dict[str, Any]


class Stage:
    """A temporary table that holds `columns` of `table` and the line each row came from.

    `key` are the columns of the unique constraint. Values are storage values: scaled integers, dates, UTC
    datetimes, text, None.
    """

    def __init__(
        self,
        connection: Connection,
        table: Table,
        columns: Sequence[str],
        key: Sequence[str],
        name: str = "",
    ) -> None:
        self._connection = connection
        self._table = table.name
        self.columns = tuple(columns)
        self._key = tuple(key)
        self._name = f"stage_{name or table.name}"
        self._postgres = connection.dialect.name == "postgresql"
        self.staged = 0
        self._last_line = 0
        self._in_order = True
        self._create()

    def _create(self) -> None:
        names = ", ".join(self.columns)
        self._run(f"DROP TABLE IF EXISTS {self._name}")
        ending = " WITH NO DATA" if self._postgres else " WHERE 0"
        drop = " ON COMMIT DROP" if self._postgres else ""
        self._run(
            f"CREATE TEMPORARY TABLE {self._name}{drop} AS"
            f" SELECT 0 AS {LINE}, {names} FROM {self._table}{ending}"
        )

    def _run(self, statement: str) -> Any:
        return self._connection.execute(text(statement))

    def add(self, rows: Sequence[Row]) -> None:
        """Stage rows of (line, *columns)."""
        if not rows:
            return
        self.staged += len(rows)
        self._seen(rows[0][0], rows[-1][0])
        cursor = self._cursor()
        if self._postgres:
            with cursor.copy(f"COPY {self._name} ({LINE}, {', '.join(self.columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * (len(self.columns) + 1))
            cursor.executemany(
                f"INSERT INTO {self._name} VALUES ({marks})", [_for_sqlite(row) for row in rows]
            )

    def add_table(self, table: pa.Table) -> None:
        """Stage a table with columns (line, *columns): dates as date32, moments as timestamp[s] in UTC."""
        if not table.num_rows:
            return
        self.staged += table.num_rows
        lines = table.column(0)
        self._seen(lines[0].as_py(), lines[-1].as_py())
        cursor = self._cursor()
        if self._postgres:
            buffer = io.BytesIO()
            pacsv.write_csv(table, buffer, pacsv.WriteOptions(include_header=False))
            names = ", ".join(self.columns)
            with cursor.copy(f"COPY {self._name} ({LINE}, {names}) FROM STDIN (FORMAT csv)") as copy:
                copy.write(buffer.getbuffer())
        else:
            marks = ", ".join("?" * (len(self.columns) + 1))
            columns = [_sqlite_column(column) for column in table.columns]
            cursor.executemany(f"INSERT INTO {self._name} VALUES ({marks})", zip(*columns, strict=True))

    def _seen(self, first: int, last: int) -> None:
        """Rows staged in the order of their lines need no sorting later."""
        self._in_order = self._in_order and first > self._last_line
        self._last_line = last

    def _cursor(self) -> Any:
        """The driver's own cursor, inside the caller's transaction."""
        driver: Any = self._connection.connection.driver_connection
        return driver.cursor()

    def number_repeats(self, column: str, where: str) -> int:
        """Rows with the same key count by occurrence: the second gets `-2` behind `column`, and so on.

        `where` says which rows count this way. Returns how many rows were numbered.
        """
        key = ", ".join(self._key)
        repeated = f"SELECT {key} FROM {self._name} WHERE {where} GROUP BY {key} HAVING count(*) > 1"
        place = "ctid" if self._postgres else "rowid"
        occurrence = f"row_number() OVER (PARTITION BY {key} ORDER BY {LINE})"
        numbered = (
            f"SELECT {place} AS place, {occurrence} AS n FROM {self._name}"
            f" WHERE {where} AND ({key}) IN ({repeated})"
        )
        done = self._run(
            f"UPDATE {self._name} SET {column} = {column} || '-' || repeats.n FROM ({numbered}) AS repeats"
            f" WHERE {self._name}.{place} = repeats.place AND repeats.n > 1"
        )
        return int(done.rowcount)

    def number_against_known(self, column: str, where: str, digits: int, most: int = 99) -> None:
        """Rows of a mended reject file that are identical to known rows of other lines of their first file
        are further occurrences: they get the first number behind `column` that is free or already theirs.

        digits: the length of `column` without a number.
        """
        same = self._same_key("t")
        other = f"t.line <> {self._name}.line AND t.batch_id = {self._name}.batch_id"
        for number in range(2, most):
            done = self._run(
                f"UPDATE {self._name} SET {column} = substr({column}, 1, {digits}) || '-{number}'"
                f" WHERE {where} AND EXISTS (SELECT 1 FROM {self._table} t WHERE {same} AND {other})"
            )
            if not done.rowcount:
                return

    def insert(self) -> int:
        """Insert what is new, in file order.

        Returns how many rows that was; the others' keys are already taken.
        """
        names = ", ".join(self.columns)
        order = "" if self._in_order else f" ORDER BY {LINE}"
        done = self._run(
            f"INSERT INTO {self._table} ({names}) SELECT {names} FROM {self._name} WHERE true{order}"
            " ON CONFLICT DO NOTHING"
        )
        return int(done.rowcount)

    def update(self, columns: Sequence[str]) -> int:
        """Give known rows the staged values of `columns` where the file has one and it differs."""
        staged, target = self._name, self._table
        assigned = ", ".join(f"{name} = COALESCE({staged}.{name}, {target}.{name})" for name in columns)
        changed = [
            f"({staged}.{name} IS NOT NULL AND {self._differ(f'{staged}.{name}', f'{target}.{name}')})"
            for name in columns
        ]
        done = self._run(
            f"UPDATE {target} SET {assigned} FROM {staged}"
            f" WHERE {self._same_key(target)} AND ({' OR '.join(changed)})"
        )
        return int(done.rowcount)

    def clashes(self, compare: Sequence[str], show: Sequence[str], limit: int = 100_000) -> list[Clash]:
        """Staged rows whose key belongs to a row that differs in `compare`, with the values of `show` on
        both sides.
        """
        differs = " OR ".join(self._differ(f"s.{name}", f"t.{name}") for name in compare)
        staged = [name for name in show if name in self.columns]
        wanted = ", ".join([f"s.{name}" for name in staged] + [f"t.{name}" for name in show])
        same = " AND ".join(f"s.{name} = t.{name}" for name in self._key)
        found = self._run(
            f"SELECT s.{LINE}, {wanted} FROM {self._name} s JOIN {self._table} t ON {same}"
            f" WHERE {differs} ORDER BY s.{LINE} LIMIT {limit}"
        )
        return [
            Clash(
                line=row[0],
                new=dict(zip(staged, row[1 : 1 + len(staged)], strict=True)),
                old=dict(zip(show, row[1 + len(staged) :], strict=True)),
            )
            for row in found
        ]

    def distinct(self, column: str) -> list[Any]:
        """The different values of one staged column."""
        return [row[0] for row in self._run(f"SELECT DISTINCT {column} FROM {self._name}")]

    def drop(self) -> None:
        self._run(f"DROP TABLE {self._name}")

    def _same_key(self, other: str) -> str:
        return " AND ".join(f"{self._name}.{name} = {other}.{name}" for name in self._key)

    def _differ(self, left: str, right: str) -> str:
        return f"{left} {'IS DISTINCT FROM' if self._postgres else 'IS NOT'} {right}"


def _for_sqlite(row: Iterable[Any]) -> Row:
    """SQLite's driver has no dates: they are stored as SQLAlchemy stores them."""
    return tuple(
        value.strftime("%Y-%m-%d %H:%M:%S.%f")
        if isinstance(value, datetime)
        else value.isoformat()
        if isinstance(value, date)
        else value
        for value in row
    )


def _sqlite_column(column: Any) -> list[Any]:
    if pa.types.is_timestamp(column.type):
        spoken = pc.strftime(column.cast(pa.timestamp("s")), "%Y-%m-%d %H:%M:%S")
        column = pc.binary_join_element_wise(spoken, pa.scalar(".000000"), pa.scalar(""))
    elif pa.types.is_date32(column.type):
        column = column.cast(pa.string())
    return list(column.to_pylist())
