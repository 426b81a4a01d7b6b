"""The small application in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.api.contract.small_app import make


@pytest.fixture
def small(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A client of the small application on this test's database."""
    monkeypatch.setenv("SMALL_APP_DATABASE", database_url)
    with TestClient(make(), raise_server_exceptions=False) as client:
        yield client
