"""A trail with entries, sealed in batches, and a way past its guards for those who tamper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from kit.access import Actor, Role
from kit.db import engine, transaction
from kit.trail.entry import Entry, Origin
from kit.trail.sealer import seal_all
from kit.trail.service import record
from kit.trail.verify import Verdict, verify

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ADVISOR = Actor("u1", "zhang.san", Role.ADVISOR, "staff:S001")
ORIGIN = Origin("10.1.2.3", "Mozilla/5.0", "req-1")


def an_entry(number: int = 1, **other: object) -> Entry:
    known = {
        "actor": ADVISOR, "at": NOW + timedelta(seconds=number), "origin": ORIGIN, "action": "agreement.recorded",
        "record_kind": "client", "record_id": f"C{number:04d}", "record_version": "1", "purpose": "年度回访",
        "detail": {"条款": "分散持有", "次数": number},
    }
    return Entry(**{**known, **other})


def fill(url: str, entries: int, first: int = 1) -> None:
    with transaction(url) as session:
        for number in range(first, first + entries):
            record(session, an_entry(number))


@pytest.fixture
def trail_url(database_url: str) -> str:
    """A database with twelve sealed entries (ids and positions 1 to 12) and none waiting."""
    for first in (1, 5, 9):
        fill(database_url, 4, first)
        seal_all(database_url, NOW + timedelta(minutes=first))
    return database_url


@pytest.fixture
def check(trail_url: str) -> Callable[..., Verdict]:
    return lambda *anchor_file: verify(trail_url, NOW, *anchor_file)


def without_guards(url: str, *statements: str) -> None:
    """What a superuser can do: take the triggers away, change, put nothing back."""
    with engine(url).begin() as connection:
        if connection.dialect.name == "sqlite":
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            guards = [f"DROP TRIGGER {name}" for name in names if name.startswith("trail")]
        else:
            guards = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in ("trail", "trail_seal", "trail_pending")]
        for statement in (*guards, *statements):
            connection.execute(text(statement))
