"""Statements that are known together go to the server together: one way there and back, however many they are.

PostgreSQL takes them in one pipeline of its driver, SQLite one after another: there is no way to save. Results are the
same as those of the session's own `execute`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import psycopg
from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from kit.kept import Kept

Row: TypeAlias = Mapping[Any, Any]  # by the name of the column
Given: TypeAlias = Mapping[str, Any]
Asked: TypeAlias = tuple[Executable, Given]
"""A statement that was written once, by name in its module, and its values: none of them an expanding list."""

_AHEAD: Final = "heshi.read_ahead"


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement as the driver takes it."""

    statement: Executable  # kept, so that its id stays its own
    text: str
    fixed: dict[str, Any]
    binders: dict[str, Any]  # by name, where a value is stored otherwise than it is given
    names: tuple[str, ...]
    readers: tuple[Any, ...]

    def values(self, given: Given) -> dict[str, Any]:
        told = {**self.fixed, **given}
        return told | {name: bind(told[name]) for name, bind in self.binders.items()}

    def rows(self, found: list[tuple[Any, ...]]) -> list[Row]:
        return [
            {
                name: value if read is None else read(value)
                for name, read, value in zip(self.names, self.readers, one, strict=True)
            }
            for one in found
        ]


_READY: Final[Kept[_Ready]] = Kept(256)


def together(session: Session, *asked: Asked) -> list[list[Row]]:
    """Run the statements in their order within the session's transaction; the rows of each."""
    session.flush()
    connection = session.connection()
    if connection.dialect.name != "postgresql" or not psycopg.Pipeline.is_supported():
        return [_one(session, statement, given) for statement, given in asked]
    ready = [(_ready(connection.dialect, statement, given), given) for statement, given in asked]
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            cursors = [driver.execute(one.text, one.values(given)) for one, given in ready]
        found = [cursor.fetchall() if one.names else [] for (one, _), cursor in zip(ready, cursors, strict=True)]
    except psycopg.Error as fault:
        raise _told(connection, fault) from fault
    return [one.rows(rows) for (one, _), rows in zip(ready, found, strict=True)]


@contextmanager
def read_ahead(session: Session, *asked: Asked) -> Iterator[None]:
    """Inside the block `rows_of` these statements is answered by what was read at its beginning, once each.

    Without a way to save nothing is read ahead.
    """
    if session.connection().dialect.name != "postgresql":
        yield
        return
    known: dict[Any, list[Row]] = session.info.setdefault(_AHEAD, {})
    keys = [_key(*one) for one in asked]
    known.update(zip(keys, together(session, *asked), strict=True))
    try:
        yield
    finally:
        for key in keys:
            known.pop(key, None)


def rows_of(session: Session, statement: Executable, given: Given) -> list[Row]:
    """The rows of a statement: read ahead, or now."""
    known: dict[Any, list[Row]] = session.info.get(_AHEAD, {})
    found = known.pop(_key(statement, given), None) if known else None
    return _one(session, statement, given) if found is None else found


def _one(session: Session, statement: Executable, given: Given) -> list[Row]:
    session.flush()
    done = session.execute(statement, dict(given))
    return list(done.mappings()) if getattr(done, "returns_rows", True) else []  # rows of entities always do


def _key(statement: Executable, given: Given) -> tuple[object, ...]:
    return id(statement), *sorted(given.items())


def _ready(dialect: Dialect, statement: Executable, given: Given) -> _Ready:
    key = dialect.name, id(statement), *given
    known = _READY.get(key)
    if known is None:
        known = _made(dialect, statement, given)
        _READY.put(key, known)
    return known


def _made(dialect: Dialect, statement: Any, given: Given) -> _Ready:
    state = statement.compile(dialect=dialect, column_keys=list(given)).construct_expanded_state(dict(given))
    columns = dict(statement.exported_columns.items())
    return _Ready(
        statement, state.statement, {name: value for name, value in state.parameters.items() if name not in given},
        {name: bind for name, bind in state.processors.items() if callable(bind)}, tuple(columns),
        tuple(one.type.dialect_impl(dialect).result_processor(dialect, None) for one in columns.values()),
    )  # fmt: skip


def _told(connection: Connection, fault: psycopg.Error) -> BaseException:
    """The fault as the library tells those of its own statements; a lost connection leaves the pool."""
    dialect: Any = connection.dialect
    lost = dialect.is_disconnect(fault, connection.connection.driver_connection, None)
    told = DBAPIError.instance(None, None, fault, psycopg.Error, connection_invalidated=lost, dialect=dialect)
    if lost:
        connection.invalidate(fault)
    return told
