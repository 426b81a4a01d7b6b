"""Databases for tests: SQLite files, and PostgreSQL databases put right after use and given out again.

On PostgreSQL a database is some 900 files; making and removing them costs the server more than most tests cost us.
One that a test has finished with is emptied instead. One whose schema was changed, or that was filled with much, is
dropped, as is one that holds anything else than a freshly migrated one after it was emptied.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from kit.db import engine, forget
from kit.migrate import upgrade

SPARE = 4
"""Emptied databases kept at most."""
LARGE = 24 * 1024 * 1024
"""Bytes of tables and indices above which dropping is cheaper than emptying (a fresh one has some 5 MB)."""

PATIENCE = 50
"""Looks, a fiftieth of a second apart."""

SCHEMA = """
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
    SELECT 'c ' || c.relname || ' ' || c.relkind::text AS line FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'a ' || a.attrelid::regclass::text || ' ' || a.attname || ' ' || a.atttypid::text || ' '
        || a.atttypmod::text || a.attnotnull::text
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
    UNION ALL SELECT 't ' || t.tgrelid::regclass::text || ' ' || t.tgname
        FROM pg_trigger t WHERE NOT t.tgisinternal
    UNION ALL SELECT 'p ' || p.proname || ' ' || md5(p.prosrc) FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'k ' || k.conrelid::regclass::text || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
        FROM pg_constraint k WHERE k.connamespace = 'public'::regnamespace
) AS schema
"""
TABLES = "FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
FILLED = f"SELECT relname {TABLES} AND pg_relation_size(oid) > 0"
SIZE = f"SELECT sum(pg_total_relation_size(oid)) {TABLES}"
GUARDS = "SELECT tgrelid::regclass::text, quote_ident(tgname), tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"
ENABLE = {"A": "ENABLE ALWAYS", "O": "ENABLE", "R": "ENABLE REPLICA", "D": "DISABLE"}
ADVANCED = "SELECT schemaname, sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"


class Databases(Protocol):
    """Makes databases of one kind and takes them back; what is asked for is the caller's own until then."""

    def empty(self) -> str:
        """The URL of a database without any table."""

    def migrated(self) -> str:
        """The URL of a database with the newest schema and no rows."""

    def copy(self, url: str) -> str:
        """The URL of a database with all that `url` holds; nobody may be at work in that one."""

    def drop(self, url: str) -> None: ...

    def close(self) -> None: ...


def databases_on(backend: str, place: Path, server: str) -> Databases:
    return Files(place) if backend == "sqlite" else Postgres(server)


class Files:
    """SQLite: a folder with one file for each; a migrated one is a copy of one that was migrated once."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._number = count()
        self._template: str | None = None

    def empty(self) -> str:
        return self._make(None)

    def migrated(self) -> str:
        if self._template is None:
            self._template = self._make(None)
            upgrade(self._template)
        return self.copy(self._template)

    def copy(self, url: str) -> str:
        forget(url)
        return self._make(url)

    def drop(self, url: str) -> None:
        forget(url)
        shutil.rmtree(Path(str(make_url(url).database)).parent)

    def close(self) -> None:
        if self._template is not None:
            self.drop(self._template)

    def _make(self, source: str | None) -> str:
        folder = self._place / f"heshi_test_{next(self._number)}"
        folder.mkdir()
        if source:
            shutil.copyfile(str(make_url(source).database), folder / "heshi.db")
        return f"sqlite:///{folder / 'heshi.db'}"


class Postgres:
    """Databases on one server; a migrated one is a copy of one that was migrated once, or one emptied after use."""

    def __init__(self, server: str) -> None:
        self._server = make_url(server)
        # of this process alone: another may have had its number before, and was stopped before it dropped its own
        self._prefix = f"heshi_test_{os.getpid()}_{secrets.token_hex(4)}"
        self._number = count()
        self._template: str | None = None
        self._kept: dict[str, str] = {}  # what a migrated database holds: table -> digest of its rows
        self._schema = ""
        self._guards: dict[tuple[str, str], str] = {}  # (table, trigger) -> when it fires
        self._spare: list[str] = []
        # the server writes everything out before it drops a database: nobody need wait for that
        self._behind = ThreadPoolExecutor(1)
        self._pending: list[Future[None]] = []

    def empty(self) -> str:
        return self._create(None)

    def migrated(self) -> str:
        if self._template is None:
            self._template = self._create(None)
            upgrade(self._template)
            forget(self._template)
            self._look_at(self._template)
        try:
            used = self._spare.pop()
        except IndexError:
            return self._create(self._template)
        # another name, so that nothing that was remembered of the last one can be taken for this one
        name = self._name()
        self._administer(f'ALTER DATABASE "{make_url(used).database}" RENAME TO "{name}"')
        return self._url(name)

    def copy(self, url: str) -> str:
        forget(url)
        return self._create(url)

    def drop(self, url: str) -> None:
        _settled(url)
        forget(url)
        self._pending.append(self._behind.submit(self._put_right, url))

    def close(self) -> None:
        self._behind.shutdown()
        for one in self._pending:
            one.result()
        for url in (*self._spare, *([self._template] if self._template else [])):
            self._remove(url)

    def _put_right(self, url: str) -> None:
        if self._template is not None and len(self._spare) < SPARE and self._emptied(url):
            self._spare.append(url)
        else:
            self._remove(url)

    def _emptied(self, url: str) -> bool:
        self._administer(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{make_url(url).database}' AND pid <> pg_backend_pid()"
        )
        own = create_engine(url, poolclass=NullPool)
        with own.connect() as connection:
            if connection.execute(text(SCHEMA)).scalar_one() != self._schema:
                return False
            if connection.execute(text(SIZE)).scalar_one() > LARGE:
                return False
            self._delete_all(connection)
            connection.commit()
            return _digests(connection) == self._kept

    def _look_at(self, url: str) -> None:
        own = create_engine(url, poolclass=NullPool)
        with own.connect() as connection:
            self._schema = connection.execute(text(SCHEMA)).scalar_one()
            self._guards = _guards(connection)
            self._kept = _digests(connection)

    def _delete_all(self, connection: Connection) -> None:
        """Rows go table by table, every trigger asleep, those of append-only tables too; sequences start anew."""
        filled = [name for name in connection.execute(text(FILLED)).scalars() if name not in self._kept]
        asleep = {on: "D" for on, state in self._guards.items() if state == "A" and on[0].strip('"') in filled}
        steps = ["SET LOCAL session_replication_role = replica"]
        steps += [f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, name in asleep]
        steps += [f'DELETE FROM "{name}"' for name in filled]
        now = {**_guards(connection), **asleep}
        steps += [
            f"ALTER TABLE {table} {ENABLE[state]} TRIGGER {name}"
            for (table, name), state in self._guards.items()
            if now[table, name] != state
        ]
        steps += [f'ALTER SEQUENCE "{schema}"."{name}" RESTART' for schema, name in connection.execute(text(ADVANCED))]
        connection.exec_driver_sql("; ".join(steps))

    def _create(self, source: str | None) -> str:
        name = self._name()
        template = f' TEMPLATE "{make_url(source).database}"' if source else ""
        self._administer(f'CREATE DATABASE "{name}"{template}')
        return self._url(name)

    def _remove(self, url: str) -> None:
        self._administer(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def _name(self) -> str:
        return f"{self._prefix}_{next(self._number)}"

    def _url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _administer(self, statement: str) -> None:
        server = create_engine(self._server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with server.connect() as connection:
            connection.execute(text(statement))


def _settled(url: str) -> None:
    """Wait until threads of an application that ended have given back their connections: nobody would close those."""
    pool: Any = engine(url).pool
    for _ in range(PATIENCE):
        if not pool.checkedout():
            return
        time.sleep(0.02)


def _guards(connection: Connection) -> dict[tuple[str, str], str]:
    return {(table, name): state for table, name, state in connection.execute(text(GUARDS))}


def _digests(connection: Connection) -> dict[str, str]:
    found = {}
    for name in connection.execute(text(FILLED)).scalars().all():
        digest = f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM \"{name}\" t"
        if (value := connection.exec_driver_sql(digest).scalar()) is not None:
            found[name] = value
    return found
