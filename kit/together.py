"""Statements that are known together go to the server as one: one way there and back, however many they are.

PostgreSQL answers all of them in one row of JSON, by a statement that is prepared once a connection; SQLite is asked
one after another: there is no way to save. Rows are the same as those of the session's own `execute`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeAlias

import orjson
import psycopg
from sqlalchemy import Connection, Date, DateTime, Dialect, Executable, Float, LargeBinary, Numeric
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Session

from kit.kept import Kept

Row: TypeAlias = Mapping[Any, Any]  # by the name of the column
Given: TypeAlias = Mapping[str, Any]
Asked: TypeAlias = tuple[Executable, Given]
"""A statement that was written once, by name in its module, and its values: none of them an expanding list."""
Reader: TypeAlias = Callable[[Any], Any]

_AHEAD: Final = "heshi.read_ahead"
_PLACE: Final = re.compile(r"%\((\w+)\)s|%%")


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement as the server takes it: its places are $1, $2, … from `first` on."""

    statement: Executable  # kept, so that its id stays its own
    text: str
    names: tuple[str, ...]  # of the values, by place
    fixed: dict[str, Any]
    binders: dict[str, Reader]  # by name, where a value is stored otherwise than it is given
    columns: tuple[str, ...]
    kinds: tuple[TypeEngine[Any], ...]

    def values(self, given: Given) -> list[Any]:
        told = {**self.fixed, **given}
        for name, bind in self.binders.items():
            told[name] = bind(told[name])
        return [told[name] for name in self.names]


@dataclass(frozen=True, slots=True)
class _All:
    """Several selects as one: a row of one text, a list of rows for each."""

    text: str
    parts: tuple[_Ready, ...]
    readers: tuple[tuple[tuple[str, Reader | None], ...], ...]

    def rows(self, found: str) -> list[list[Row]]:
        return [
            [
                {
                    name: value if read is None or value is None else read(value)
                    for (name, read), value in zip(columns, row, strict=True)
                }
                for row in rows
            ]
            for columns, rows in zip(self.readers, orjson.loads(found), strict=True)
        ]


_READY: Final[Kept[_Ready]] = Kept(256)
_ALL: Final[Kept[_All]] = Kept(64)


def together(session: Session, *asked: Asked) -> list[list[Row]]:
    """The rows of each of these selects, all of one moment."""
    session.flush()
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return [_one(session, statement, given) for statement, given in asked]
    made = _all(connection.dialect, asked)
    values = [value for part, (_, given) in zip(made.parts, asked, strict=True) for value in part.values(given)]
    [(found,)] = _run(connection, made.text, values)
    return made.rows(found)


def send(session: Session, statement: Executable, given: Given) -> list[Row]:
    """Run one statement that was written once, as the driver's own: what it returns, untouched by readers of types."""
    session.flush()
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return _one(session, statement, given)
    ready = _ready(connection.dialect, statement, given, 1)
    return [dict(zip(ready.columns, row, strict=True)) for row in _run(connection, ready.text, ready.values(given))]


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
    return list(session.execute(statement, dict(given)).mappings())


def _key(statement: Executable, given: Given) -> tuple[object, ...]:
    return id(statement), *sorted(given.items())


def _run(connection: Connection, text: str, values: Sequence[Any]) -> list[Any]:
    driver: Any = connection.connection.driver_connection
    try:
        return list(psycopg.RawCursor(driver).execute(text, values, prepare=True).fetchall())
    except psycopg.Error as fault:
        raise _told(connection, fault) from fault


def _all(dialect: Dialect, asked: Sequence[Asked]) -> _All:
    key = dialect.name, *(part for statement, given in asked for part in (id(statement), *given))
    known = _ALL.get(key)
    if known is None:
        known = _combined(dialect, asked)
        _ALL.put(key, known)
    return known


def _combined(dialect: Dialect, asked: Sequence[Asked]) -> _All:
    parts: list[_Ready] = []
    for statement, given in asked:
        parts.append(_ready(dialect, statement, given, 1 + sum(len(part.names) for part in parts)))
    told = ", ".join(_as_list(part) for part in parts)
    readers = tuple(
        tuple(zip(part.columns, (_reader(kind, dialect) for kind in part.kinds), strict=True)) for part in parts
    )
    return _All(f"SELECT CAST(json_build_array({told}) AS text)", tuple(parts), readers)


def _as_list(part: _Ready) -> str:
    names = ", ".join(f"c{place}" for place in range(len(part.columns)))
    return f"(SELECT coalesce(json_agg(json_build_array({names})), '[]') FROM ({part.text}) AS one ({names}))"


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Reader | None:
    """From what JSON holds to what the type gives. Raises TypeError where JSON would lose something."""
    stored = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    if isinstance(stored, LargeBinary) or (isinstance(stored, Numeric) and not isinstance(stored, Float)):
        raise TypeError(f"{stored!r} cannot be read through JSON")
    parse: Reader | None = None
    if isinstance(stored, Date):
        parse = date.fromisoformat
    elif isinstance(stored, DateTime):
        parse = datetime.fromisoformat
    elif isinstance(stored, Float):
        parse = float
    give: Reader | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    if parse is None or give is None:
        return parse or give
    return lambda value: give(parse(value))


def _ready(dialect: Dialect, statement: Executable, given: Given, first: int) -> _Ready:
    key = dialect.name, id(statement), first, *given
    known = _READY.get(key)
    if known is None:
        known = _made(dialect, statement, given, first)
        _READY.put(key, known)
    return known


def _made(dialect: Dialect, statement: Any, given: Given, first: int) -> _Ready:
    state = statement.compile(dialect=dialect, column_keys=list(given)).construct_expanded_state(dict(given))
    places: dict[str, int] = {}

    def placed(found: re.Match[str]) -> str:
        return "%" if found[1] is None else f"${places.setdefault(found[1], first + len(places))}"

    text = _PLACE.sub(placed, state.statement)
    columns = dict(statement.exported_columns.items())
    return _Ready(
        statement, text, tuple(places),
        {name: value for name, value in state.parameters.items() if name not in given},
        {name: bind for name, bind in state.processors.items() if callable(bind)},
        tuple(columns), tuple(one.type for one in columns.values()),
    )  # fmt: skip


def _told(connection: Connection, fault: psycopg.Error) -> BaseException:
    """The fault as the library tells those of its own statements; a lost connection leaves the pool."""
    dialect: Any = connection.dialect
    lost = dialect.is_disconnect(fault, connection.connection.driver_connection, None)
    told = DBAPIError.instance(None, None, fault, psycopg.Error, connection_invalidated=lost, dialect=dialect)
    if lost:
        connection.invalidate(fault)
    return told
