"""The trail and its seals refuse every change on both databases, and a record lives and dies with its transaction."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from kit.db import engine, transaction
from kit.trail.service import history, record

from .conftest import an_entry

CHANGES = [
    "UPDATE trail SET purpose = 'x' WHERE id = 3",
    "DELETE FROM trail WHERE id = 3",
    "UPDATE trail_seal SET seal = 'x' WHERE position = 3",
    "DELETE FROM trail_seal WHERE position = 12",
]
BACK_DOORS = {
    "sqlite": [
        "REPLACE INTO trail SELECT * FROM trail WHERE id = 3",
        "INSERT OR REPLACE INTO trail_seal SELECT * FROM trail_seal WHERE position = 3",
        "INSERT OR REPLACE INTO trail_seal SELECT 99, trail_id, entry_digest, previous, sealed_at, seal"
        " FROM trail_seal WHERE position = 3",
    ],
    "postgresql": ["TRUNCATE trail", "TRUNCATE trail_seal", "TRUNCATE trail_pending"],
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_change_is_possible(trail_url, check, change):
    with pytest.raises(DBAPIError, match="append-only"), engine(trail_url).begin() as connection:
        connection.execute(text(change))

    assert check().whole


@pytest.mark.parametrize("number", range(3))
def test_no_back_door_is_open(trail_url, check, number):
    with pytest.raises(DBAPIError, match="append-only"), engine(trail_url).begin() as connection:
        connection.execute(text(BACK_DOORS[connection.dialect.name][number]))

    assert check().whole


def test_what_waits_for_its_seal_is_not_changed(trail_url):
    with transaction(trail_url) as session:
        record(session, an_entry(13))

    with pytest.raises(DBAPIError, match=r"never changed|append-only"), engine(trail_url).begin() as connection:
        connection.execute(text("UPDATE trail_pending SET entry_digest = 'x'"))


def test_a_door_that_takes_another_way_is_refused_too(trail_url):
    """SQLite without the pragma for recursive triggers, PostgreSQL in a session that calls itself a replica."""
    if engine(trail_url).dialect.name == "sqlite":
        bare = sqlite3.connect(str(make_url(trail_url).database))
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            bare.execute("REPLACE INTO trail SELECT * FROM trail WHERE id = 3")
        bare.close()
        return
    with engine(trail_url).connect() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text("DELETE FROM trail"))


def test_a_record_is_kept_with_its_change_or_not_at_all(trail_url):
    def refuse():
        with transaction(trail_url) as session:
            record(session, an_entry(99))
            raise RuntimeError("refused")

    with pytest.raises(RuntimeError, match="refused"):
        refuse()

    with transaction(trail_url) as session:
        assert history(session, "client", "C0099") == []


def test_the_history_of_a_record_is_newest_first_with_its_seals(trail_url):
    with transaction(trail_url) as session:
        record(session, an_entry(13, record_id="C0003", action="agreement.changed"))

    with transaction(trail_url) as session:
        found = history(session, "client", "C0003")

    assert [row["action"] for row in found] == ["agreement.changed", "agreement.recorded"]
    assert [row["position"] for row in found] == [None, 3]
