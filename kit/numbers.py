"""Columns of whole numbers into a table at the speed of the database: staged by a binary COPY, then one statement.

For PostgreSQL; the caller's transaction decides. What reads such columns is `kit.columns`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, text

IntArray = NDArray[np.int64]
Numbers = Mapping[str, IntArray]

ROWS_AT_ONCE: Final = 200_000
_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"
_STAGE: Final = "stage_numbers"


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


def _packed(columns: Sequence[IntArray]) -> Iterator[bytes]:
    """The rows as PostgreSQL's binary COPY has them: the number of fields, then each with its length, big-endian."""
    fields: list[Any] = [("fields", ">i2")]
    for place in range(len(columns)):
        fields += [(f"length_{place}", ">i4"), (f"value_{place}", ">i8")]
    yield _HEAD
    n = len(columns[0]) if columns else 0
    for start in range(0, n, ROWS_AT_ONCE):
        some = slice(start, min(start + ROWS_AT_ONCE, n))
        block = np.empty(some.stop - some.start, dtype=np.dtype(fields))
        block["fields"] = len(columns)
        for place, column in enumerate(columns):
            block[f"length_{place}"], block[f"value_{place}"] = 8, column[some]
        yield block.tobytes()
    yield _END
