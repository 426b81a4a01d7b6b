"""The schema, moved forward: from a checkout (`alembic/`) and from an installed copy (`kit/migrations/`)."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from alembic import command
from kit.db import engine

MIGRATION_LOCK: Final = 0x68657368  # any number that all copies of this program share


def migrations_dir() -> Path:
    """Where the migrations stand: inside the installed package, else beside it in a checkout."""
    package = Path(str(resources.files("kit")))
    candidates = (package / "migrations", package.parent / "alembic")
    for candidate in candidates:
        if (candidate / "env.py").is_file():
            return candidate
    raise FileNotFoundError(f"no migrations in {' or '.join(str(place) for place in candidates)}")


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    return config


def upgrade(url: str | None = None) -> str:
    """Bring the database (default: the settings') to the newest schema and return its revision.

    Harmless when current. All of it or nothing, and one process at a time: others wait and find it done.
    """
    config = alembic_config()
    with engine(url).begin() as connection:
        _lock(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return str(MigrationContext.configure(connection).get_current_revision())


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # its driver opens no transaction for a CREATE TABLE
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")


def newest_revision() -> str:
    """The revision that this code expects."""
    return str(ScriptDirectory.from_config(alembic_config()).get_current_head())


def current_revision(url: str | None = None) -> str | None:
    """The revision that the database has, None when it is empty."""
    with engine(url).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
