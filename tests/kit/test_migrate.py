"""Migrations: the schema they build is the one the tables say, on both databases, as often as one likes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from importlib import import_module
from pkgutil import walk_packages

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel, col, select

from kit import migrate
from kit.db import engine, transaction
from kit.migrate import current_revision, migrations_dir, newest_revision, upgrade
from mot.delivery.service import DeliveryDesk
from mot.delivery.tables import StandingRow

ROOTS = ("kit", "market", "clients", "suitability", "mot", "advisors", "reports", "jobs", "api")
TABLES = [
    import_module(module.name)
    for root in ROOTS
    for module in walk_packages(import_module(root).__path__, f"{root}.")
    if module.name.endswith(".tables")
]
REPORT = SQLModel.metadata.tables["report"]
ROW = {
    "id": "R1", "account_no": "A1", "client_no": "C1", "first": date(2024, 1, 2), "last": date(2024, 12, 31),
    "format": "heshi.diagnosis/1", "digest": "sha256:0", "issued_at": datetime(2025, 1, 2, tzinfo=UTC),
    "issued_by": "advisor", "body": "{}",
}


def test_the_migrated_schema_is_what_the_tables_say(database_url):
    with engine(database_url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, SQLModel.metadata) == []


def test_upgrade_takes_an_empty_database_to_the_newest_revision_and_may_be_repeated(bare_database_url):
    assert current_revision(bare_database_url) is None

    assert newest_revision() == upgrade(bare_database_url) == upgrade(bare_database_url)
    assert newest_revision() == current_revision(bare_database_url)


def test_grades_on_file_are_carried_over_and_stay_append_only(bare_database_url):
    with engine(bare_database_url).begin() as connection:
        config = migrate.alembic_config()
        config.attributes["connection"] = connection
        migrate.command.upgrade(config, "0023")
        connection.execute(text("INSERT INTO client (id, client_no, name, kind) VALUES (7, 'C7', '甲', 'NATURAL')"))
        connection.execute(text(
            "INSERT INTO grade_run (id, day, graded_at, graded_by, clients, written, schemes, features, counts, digest)"
            " VALUES (3, '2025-01-02', '2025-01-02 00:00:00', 'svc', 1, 1, '[]', '[]', '{}', 'sha256:0')"
        ))
        connection.execute(
            text("INSERT INTO client_grade VALUES (5, 7, 3, '2025-01-02', :grades, :features)"),
            {"grades": b"\x01", "features": bytes(8)},
        )  # fmt: skip

    upgrade(bare_database_url)

    with engine(bare_database_url).connect() as connection:
        kept = connection.execute(text("SELECT id, client_id, run_id, grades, features FROM client_grade")).one()
        assert tuple(kept) == (5, 7, 3, b"\x01", bytes(8))
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text("DELETE FROM client_grade"))


def test_a_delivery_on_file_is_carried_over_with_its_message_and_its_history(bare_database_url):
    with engine(bare_database_url).begin() as connection:
        config = migrate.alembic_config()
        config.attributes["connection"] = connection
        migrate.command.upgrade(config, "0025")
        connection.execute(text(
            "INSERT INTO delivery (id, key, subject_kind, subject_id, channel, recipient, address, client_no, guard,"
            " category, priority, title, body, link, state, reason, fence, worker, attempts, uncertain, created_at,"
            " ended_at, inbox_no) SELECT n, 'k' || n, 'NOTICE', n, CASE n WHEN 1 THEN 'INBOX' ELSE 'WEBHOOK' END,"
            " 'staff:S2', 'hook', '', '', '', 3, '题', '文', '', 'SENT', '已收', 1, 'w1', 1, 0,"
            " '2026-03-02 02:00:00+00:00', '2026-03-02 03:00:00+00:00', CASE n WHEN 1 THEN 9 END"
            " FROM (SELECT 1 AS n UNION SELECT 2) AS two"
        ))
        connection.execute(text(
            "INSERT INTO delivery_attempt (delivery_id, fence, worker, at, happening, detail)"
            " VALUES (2, 1, 'w1', '2026-03-02 03:00:00+00:00', 'SENT', '已收')"
        ))  # fmt: skip

    upgrade(bare_database_url)

    with Session(engine(bare_database_url)) as session:
        desk = DeliveryDesk(session)
        letter, push = desk.get(1), desk.get(2)
        assert [one.happening.value for one in desk.attempts(1)] == ["SENT"]
        assert [one.happening.value for one in desk.attempts(2)] == ["SENT"]  # on file, and told once
        standing = session.exec(select(StandingRow).order_by(col(StandingRow.delivery_id))).all()
    assert (letter.title, letter.channel.value, push.channel.value) == ("题", "INBOX", "WEBHOOK")
    assert [(one.inbox_no, one.outward, one.state) for one in standing] == [(9, False, "SENT"), (None, True, "SENT")]
    assert letter.since == letter.created_at


def test_two_processes_that_upgrade_at_once_do_it_once(bare_database_url):
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(upgrade, [bare_database_url] * 2))

    assert done == [newest_revision()] * 2


def test_a_migration_that_fails_leaves_nothing_behind(bare_database_url, monkeypatch):
    def half_way(config, _revision):
        config.attributes["connection"].execute(text("CREATE TABLE half (id INTEGER)"))
        raise RuntimeError("power cut")

    monkeypatch.setattr(migrate.command, "upgrade", half_way)
    with pytest.raises(RuntimeError, match="power cut"):
        upgrade(bare_database_url)

    with engine(bare_database_url).connect() as connection, pytest.raises(DBAPIError, match="half"):
        connection.execute(text("SELECT * FROM half"))


BY_THE_BACK_DOOR = {"sqlite": "REPLACE INTO report SELECT * FROM report", "postgresql": "TRUNCATE report CASCADE"}


@pytest.mark.parametrize("change", ["update", "delete", "by the back door"])
def test_an_issued_report_is_never_changed(database_url, change):
    back_door = text(BY_THE_BACK_DOOR[engine(database_url).dialect.name])
    statement = {"update": update(REPORT).values(body="{}"), "delete": delete(REPORT)}.get(change, back_door)
    with transaction(database_url) as session:
        session.execute(REPORT.insert().values(ROW))

    with pytest.raises(DBAPIError, match="an issued report is never"), transaction(database_url) as session:
        session.execute(statement)

    with transaction(database_url) as session:
        assert session.execute(text("SELECT count(*) FROM report")).scalar_one() == 1


def test_migrations_stand_where_an_installed_copy_keeps_them(tmp_path, monkeypatch):
    for folder in ("kit/migrations", "alembic"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(migrate.resources, "files", lambda _: tmp_path / "kit")
    with pytest.raises(FileNotFoundError, match="no migrations in"):
        migrations_dir()

    (tmp_path / "alembic" / "env.py").touch()
    assert migrations_dir() == tmp_path / "alembic"

    (tmp_path / "kit" / "migrations" / "env.py").touch()
    assert migrations_dir() == tmp_path / "kit" / "migrations"


def test_the_migrations_folder_does_not_hide_the_library():
    assert not (migrations_dir() / "__init__.py").exists()
