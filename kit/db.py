"""The database: one engine a process, one session a request or batch, exact numbers on both backends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from sqlalchemy import BigInteger, Connection, DateTime, Dialect, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session

from kit.money import from_scaled, to_scaled
from kit.settings import settings

CONNECT_SECONDS = 10
RESTED_SECONDS = 1.0  # after so long out of use a connection is asked whether it is still there
_SINCE = "heshi.resting_since"


class Scaled(TypeDecorator[Decimal]):
    """A Decimal stored as BIGINT of millionths: exact everywhere, and an int64 array without conversion."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else to_scaled(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return None if value is None else from_scaled(value)


class Moment(TypeDecorator[datetime]):
    """A moment with time zone, stored as UTC; SQLite gives it back with its zone as PostgreSQL does."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment: datetime | None = value
        return None if moment is None else moment.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def engine(url: str | None = None) -> Engine:
    """The engine for `url` (default: the settings' database), one and the same however it is named."""
    named = settings().database_url if url is None else url
    with _MAKING:  # two threads that ask at once get the same one
        if named not in _ENGINES:
            _ENGINES[named] = _made(named)
        return _ENGINES[named]


def forget(url: str) -> None:
    """Close every idle connection to `url` and keep nothing of it: the database is gone, or about to be."""
    with _MAKING:
        made = _ENGINES.pop(url, None)
    if made is not None:
        made.dispose()


_ENGINES: dict[str, Engine] = {}
_MAKING = Lock()


def _made(url: str) -> Engine:
    target = make_url(url)
    if target.get_backend_name() == "sqlite":
        if target.database and target.database != ":memory:":
            Path(target.database).parent.mkdir(parents=True, exist_ok=True)
        made = create_engine(target, connect_args={"timeout": 30})
        event.listen(made, "connect", _tune_sqlite)
        event.listen(made, "savepoint", _begin_before_savepoint)
        return made
    if "connect_timeout" not in target.query:  # a host that does not answer is told to be away, not waited for
        target = target.update_query_dict({"connect_timeout": str(CONNECT_SECONDS)})
    made = create_engine(target)
    event.listen(made, "checkin", _rested)
    event.listen(made, "checkout", _still_there)
    return made


def _rested(_connection: Any, record: Any) -> None:
    record.info[_SINCE] = monotonic()


def _still_there(connection: Any, record: Any, _proxy: Any) -> None:
    """A connection that has rested may have been cut meanwhile: the pool makes another then, and nobody notices."""
    if monotonic() - record.info.get(_SINCE, monotonic()) < RESTED_SECONDS:
        return
    try:
        connection.execute("").close()  # an empty statement: there and back
        connection.rollback()
    except Exception as fault:
        raise DisconnectionError("the connection was cut while it rested") from fault


def _tune_sqlite(connection: Any, _record: Any) -> None:
    # recursive_triggers: REPLACE deletes the old row, and an append-only table must refuse that too
    pragmas = ("foreign_keys=ON", "journal_mode=WAL", "synchronous=NORMAL", "recursive_triggers=ON")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_before_savepoint(connection: Connection, _name: str) -> None:
    """Its driver opens no transaction for a savepoint, and releasing an outermost one would commit."""
    driver: Any = connection.connection.driver_connection
    if not driver.in_transaction:
        driver.execute("BEGIN").close()


def driver_address(url: str | None = None) -> str | None:
    """What psycopg connects to, for a connection beside the engine's; None where the database is SQLite."""
    target = make_url(settings().database_url if url is None else url)
    if target.get_backend_name() != "postgresql":
        return None
    return target.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def transaction(url: str | None = None) -> Iterator[Session]:
    """One session, one commit at the end, nothing written when anything raises."""
    with Session(engine(url), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def one_statement(url: str | None = None) -> Iterator[Connection]:
    """For work that is one statement on PostgreSQL: it commits itself, without a round trip to begin and one to end.

    On SQLite a transaction as any other.
    """
    bound = engine(url)
    if bound.dialect.name == "postgresql":
        with bound.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection
    else:
        with bound.begin() as connection:
            yield connection


def one_at_a_time(at: Session | Connection, name: str) -> None:
    """Wait until no other transaction holds `name`, and hold it until this one ends.

    PostgreSQL locks the name alone. SQLite knows one writer: the whole database is held.
    """
    connection = at if isinstance(at, Connection) else at.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
        return
    driver: Any = connection.connection.driver_connection
    if not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def database_file(url: str) -> Path | None:
    """The file of a SQLite database; None for a server or one in memory."""
    target = make_url(url)
    if target.get_backend_name() != "sqlite" or not target.database or target.database == ":memory:":
        return None
    return Path(target.database)


@contextmanager
def snapshot(url: str | None = None) -> Iterator[Connection]:
    """A connection that sees one state of the database, however long it reads; it writes nothing."""
    with engine(url).connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        else:
            connection.exec_driver_sql("BEGIN")  # its driver opens no transaction for a SELECT
        yield connection
        connection.rollback()
