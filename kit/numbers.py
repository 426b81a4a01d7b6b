"""Columns of numbers into a table at the speed of the database: by a binary COPY, straight or staged for one statement.

For PostgreSQL; the caller's transaction decides. What reads such columns is `kit.columns`; what reads a million rows
with a text or bytes among them is `plain_rows`, on both databases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, Table, text

IntArray = NDArray[np.int64]
AnyArray = NDArray[Any]
Numbers = Mapping[str, IntArray]

ROWS_AT_ONCE: Final = 200_000
_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"
_STAGE: Final = "stage_numbers"
_INTEGERS: Final = {4: ">i4", 8: ">i8"}
_EPOCH: Final = 730_120  # date(2000, 1, 1).toordinal(), from which PostgreSQL counts days


def put(connection: Connection, table: Table, rows: Numbers) -> None:
    """Insert the rows; those whose key is on file take the new values."""
    keys = [one.name for one in table.primary_key]
    names, others = ", ".join(rows), [name for name in rows if name not in keys]
    assigned = ", ".join(f"{name} = EXCLUDED.{name}" for name in others)
    clash = f"DO UPDATE SET {assigned}" if others else "DO NOTHING"
    _staged(connection, rows)
    connection.execute(text(
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {_STAGE}"
        f" ON CONFLICT ({', '.join(keys)}) {clash}"
    ))  # fmt: skip


def plain_rows(connection: Connection, asked: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    """All rows as the driver has them, which PostgreSQL sends in binary: bytes of half the length, no text to parse.

    No type of SQLAlchemy's has a say: ask for columns that are stored as they are meant.
    """
    if connection.dialect.name != "postgresql":
        return connection.execute(asked).all()
    written = asked.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    driver: Any = connection.connection.driver_connection
    with driver.cursor(binary=True) as cursor:
        found: list[Any] = cursor.execute(written.string, written.params).fetchall()
        return found


def append(connection: Connection, table: str, rows: Mapping[str, AnyArray]) -> int:
    """Append rows by one COPY; how many they were.

    rows: by column an array (n,): int32 for integer and date (see `days`), int64 for bigint, or `fixed` bytes.
    """
    driver: Any = connection.connection.driver_connection
    into = f"COPY {table} ({', '.join(rows)}) FROM STDIN (FORMAT BINARY)"
    with driver.cursor() as cursor, cursor.copy(into) as copy:
        for part in _packed(list(rows.values())):
            copy.write(part)
    return len(next(iter(rows.values()))) if rows else 0


def days(ordinals: IntArray) -> NDArray[np.int32]:
    """Ordinals as PostgreSQL's binary form of dates."""
    return (ordinals - _EPOCH).astype(np.int32)


def fixed(rows: AnyArray) -> AnyArray:
    """Rows (n, k) of numbers, each as one value of bytes: (n,)."""
    own = np.ascontiguousarray(rows)
    return own.view(np.dtype((np.void, own.dtype.itemsize * own.shape[1]))).reshape(len(own))


def take_away(connection: Connection, table: Table, rows: Numbers) -> None:
    """Delete the rows that have these values in these columns."""
    same = " AND ".join(f"t.{name} = s.{name}" for name in rows)
    _staged(connection, rows)
    connection.execute(text(f"DELETE FROM {table.name} t USING {_STAGE} s WHERE {same}"))


def _staged(connection: Connection, rows: Numbers) -> None:
    connection.execute(text(f"DROP TABLE IF EXISTS pg_temp.{_STAGE}"))
    columns = ", ".join(f"{name} int8 NOT NULL" for name in rows)
    connection.execute(text(f"CREATE TEMPORARY TABLE {_STAGE} ({columns}) ON COMMIT DROP"))
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {_STAGE} FROM STDIN (FORMAT BINARY)") as copy:
        for part in _packed(list(rows.values())):
            copy.write(part)
    connection.execute(text(f"ANALYZE {_STAGE}"))


def _packed(columns: Sequence[AnyArray]) -> Iterator[bytes]:
    """The rows as PostgreSQL's binary COPY has them: the number of fields, then each with its length, big-endian."""
    fields: list[Any] = [("fields", ">i2")]
    for place, column in enumerate(columns):
        size = column.dtype.itemsize
        fields += [(f"length_{place}", ">i4"), (f"value_{place}", column.dtype if column.dtype.kind == "V"
                                                else _INTEGERS[size])]  # fmt: skip
    yield _HEAD
    n = len(columns[0]) if columns else 0
    for start in range(0, n, ROWS_AT_ONCE):
        some = slice(start, min(start + ROWS_AT_ONCE, n))
        block = np.empty(some.stop - some.start, dtype=np.dtype(fields))
        block["fields"] = len(columns)
        for place, column in enumerate(columns):
            block[f"length_{place}"], block[f"value_{place}"] = column.dtype.itemsize, column[some]
        yield block.tobytes()
    yield _END
