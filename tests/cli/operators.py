"""A command line on a database of its own: settings from the environment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kit.db import engine
from kit.settings import settings

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def operators(database_url, tmp_path, monkeypatch):
    """The URL of the database that commands use in this test."""
    monkeypatch.setenv("HESHI_DATABASE_URL", database_url)
    monkeypatch.setenv("HESHI_VAR_DIR", str(tmp_path))
    monkeypatch.delenv("HESHI_PASSWORD", raising=False)
    settings.cache_clear()
    yield database_url
    engine(database_url).dispose()
    settings.cache_clear()
