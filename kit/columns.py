"""Many rows of a table as columns of int64, without an object per value: what the numeric rooms read.

The database packs each column into one value: bytes on PostgreSQL, a text on SQLite. Both are several times
faster than a row at a time. Only numbers, days and moments pass: texts are looked up by their ids before. The
order of rows is not promised (sort afterwards), but all columns of one call are aligned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

IntArray: TypeAlias = NDArray[np.int64]

UNKNOWN: Final = -(2**63)
"""What NULL becomes."""
_EPOCH_ORDINAL: Final = 719_163  # date(1970, 1, 1).toordinal()


class Kind(Enum):
    """What a column holds, and so what its numbers mean."""

    INTEGER = "integer"  # as stored: ids, codes, millionths
    BOOLEAN = "boolean"  # 0 or 1
    DAY = "day"  # date ordinal
    MOMENT = "moment"  # whole seconds since 1970 UTC


# NULL and text form of each kind on SQLite: SQLAlchemy writes days and moments in fixed width
_ABSENT: Final = {
    Kind.INTEGER: str(UNKNOWN), Kind.BOOLEAN: str(UNKNOWN),
    Kind.DAY: "'0000-01-01'", Kind.MOMENT: "'0000-01-01 00:00:00.000000'",
}
_POSTGRES: Final = {
    Kind.INTEGER: "({})::int8",
    Kind.BOOLEAN: "({})::int::int8",
    Kind.DAY: "({} - DATE '0001-01-01' + 1)::int8",
    Kind.MOMENT: "floor(extract(epoch FROM {}))::int8",
}


def integer_columns(
    connection: Connection, columns: Mapping[str, Kind], source: str, by: str | None = None
) -> dict[str, IntArray]:
    """Columns by name, each of shape (N,), UNKNOWN for NULL.

    source: SQL that follows FROM, with its WHERE. It must hold no outside text, only numbers and days.
    by: an integer column of few values, never NULL, that is sent once a group instead of once a row.
    """
    postgres = connection.dialect.name == "postgresql"
    packing = _packed_postgres if postgres else _packed_sqlite
    wanted = ", ".join([by or "0", *(packing(name, kind) for name, kind in columns.items())])
    groups = _rows(connection, f"SELECT {wanted} FROM {source}" + (f" GROUP BY {by}" if by else ""))
    unpack = _unpacked_postgres if postgres else _unpacked_sqlite
    found = {
        name: unpack(kind, [row[place] for row in groups if row[place]])
        for place, (name, kind) in enumerate(columns.items(), start=1)
    }
    if by:
        sizes = [len(row[1]) // 8 if postgres else row[1].count(b",") + 1 for row in groups]
        found[by] = np.repeat(np.array([row[0] for row in groups], dtype=np.int64), sizes)
    return found


def _rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    """By the driver itself: SQLite gives texts as bytes, PostgreSQL bytes as they are."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        with driver.cursor(binary=True) as cursor:
            return list(cursor.execute(statement).fetchall())
    return list(driver.execute(statement).fetchall())


def id_list(ids: Iterable[int]) -> str:
    """`(1,2,3)` for an IN; `(NULL)`, which matches nothing, when empty."""
    return f"({','.join(str(int(one)) for one in ids) or 'NULL'})"


def _packed_sqlite(name: str, kind: Kind) -> str:
    return f"CAST(group_concat(coalesce({name}, {_ABSENT[kind]})) AS BLOB)"


def _packed_postgres(name: str, kind: Kind) -> str:
    return f"string_agg(int8send(coalesce({_POSTGRES[kind].format(name)}, {UNKNOWN})), ''::bytea)"


def _unpacked_postgres(_kind: Kind, parts: list[bytes]) -> IntArray:
    return np.frombuffer(b"".join(parts), dtype=">i8").astype(np.int64)


def _unpacked_sqlite(kind: Kind, parts: list[bytes]) -> IntArray:
    if not parts:
        return np.empty(0, dtype=np.int64)
    joined = b",".join(parts)
    if kind in (Kind.INTEGER, Kind.BOOLEAN):
        return np.fromstring(joined, dtype=np.int64, sep=",")
    width, unit = (10, "D") if kind is Kind.DAY else (26, "us")
    cells = np.frombuffer(joined + b",", dtype=f"S{width + 1}").astype(f"S{width}")
    absent = cells == _ABSENT[kind].strip("'").encode()
    found = cells.astype(f"datetime64[{unit}]").astype(np.int64)
    meant = found + _EPOCH_ORDINAL if kind is Kind.DAY else found // 10**6
    return np.where(absent, UNKNOWN, meant)
