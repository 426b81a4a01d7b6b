"""The small house of `world`, made once a backend; every test has a copy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kit.db import transaction
from tests.databases import Databases
from tests.mot.world import settle


@pytest.fixture(scope="session")
def house_url(databases: Databases) -> Iterator[str]:
    url = databases.migrated()
    with transaction(url) as session:
        settle(session)
    yield url
    databases.drop(url)


@pytest.fixture
def url(databases: Databases, house_url: str) -> Iterator[str]:
    made = databases.copy(house_url)
    yield made
    databases.drop(made)
