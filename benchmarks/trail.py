"""`heshi audit verify` over a whole trail: every entry hashed anew, every seal followed, on both databases.

The trail is filled in bulk before the clock starts, in the bytes that single records would have left.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from benchmarks.imports import database, server
from benchmarks.result import Line, Scale, median, seconds
from kit.access import Actor, Role
from kit.db import engine
from kit.migrate import upgrade
from kit.trail.chain import Head, linked
from kit.trail.entry import COLUMNS, Entry, Origin, columns_of, entry_digest, instant
from kit.trail.service import head_of
from kit.trail.verify import Verdict, verify

BUDGET_SECONDS = 10.0
BLOCK = 50_000
RUNS = 3
SINCE = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
SEALED = SINCE + timedelta(days=400)
KINDS = ("service_relation", "report", "agreement", "staff", "file", "user", "suitability_decision", "client_profile")
_SEAL = ("position", "trail_id", "entry_digest", "previous", "sealed_at", "seal")


def rows(entries: int) -> Iterator[tuple[str, ...]]:
    """The stored columns of so many entries: eight kinds of records, hundreds of users, a moment each."""
    patterns = [_pattern(number) for number in range(400)]
    for number in range(entries):
        columns = patterns[number % len(patterns)]
        columns["at"] = instant(SINCE + timedelta(seconds=number))
        columns["record_id"] = str(number // 3)
        columns["request_id"] = f"{number:032x}"
        yield tuple(columns[name] for name in COLUMNS)


def _pattern(number: int) -> dict[str, str]:
    kind = KINDS[number % len(KINDS)]
    return columns_of(Entry(
        actor=Actor(f"{number:032x}", f"advisor{number}", Role.ADVISOR, f"staff:S{number:03d}"), at=SINCE,
        origin=Origin(f"10.1.{number % 200}.{number % 250}", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"),
        action=f"{kind}.change", record_kind=kind, record_id="0", record_version="3", purpose="客户调岗交接",
        detail={"client": f"C{number:06d}", "staff": f"S{number:03d}", "role": "MAIN", "changes": {"valid_to": [1, 2]}},
    ))  # fmt: skip


def fill(url: str, entries: int) -> None:
    """Entries and their seals, a transaction a block."""
    given, last = rows(entries), 0
    with Session(engine(url)) as session:
        head = head_of(session)
        while block := list(islice(given, BLOCK)):
            digests = [entry_digest(dict(zip(COLUMNS, row, strict=True))) for row in block]
            told = [(last + place, one) for place, one in enumerate(digests, 1)]
            seals = linked(head, told, instant(SEALED))
            head = Head(seals[-1].position, seals[-1].seal)
            _write(session, "trail", ("id", *COLUMNS), [(one[0], *row) for one, row in zip(told, block, strict=True)])
            _write(session, "trail_seal", _SEAL, [tuple(getattr(seal, name) for name in _SEAL) for seal in seals])
            session.commit()
            last += len(block)


def _write(session: Session, table: str, columns: tuple[str, ...], block: list[tuple[Any, ...]]) -> None:
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in block:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    driver.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", block)


def checked(url: str) -> Verdict:
    return verify(url, SEALED + timedelta(days=1))


def line_of(url: str, entries: int, name: str) -> Line:
    fill(url, entries)
    if name == "PostgreSQL":
        with engine(url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    verdict = checked(url)
    if not verdict.whole or verdict.sealed != entries:
        raise AssertionError(f"the trail that was filled is not whole: {verdict.places[:3]}")
    taken = median([seconds(partial(checked, url)) for _ in range(RUNS)])
    return Line(
        f"核验留痕 {entries:,} 条，{name}", taken, "秒", BUDGET_SECONDS,
        note=f"每秒 {entries / taken:,.0f} 条，逐条重算摘要与封印",
    )  # fmt: skip


def run(scale: Scale) -> list[Line]:
    entries = scale.of(1_000_000, 2_000)
    lines = []
    with database(server()) as url:
        lines.append(line_of(url, entries, "PostgreSQL"))
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'heshi.db'}"
        upgrade(url)
        lines.append(line_of(url, entries, "SQLite"))
        engine(url).dispose()
    return lines
