"""Fixtures that all packages share: a migrated database for every test, on SQLite and on PostgreSQL.

PostgreSQL takes part when HESHI_TEST_POSTGRES_URL names a server on which databases may be made.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from zlib import crc32

import pytest
from hypothesis import settings as hypothesis_settings
from sqlmodel import Session

from kit.db import engine
from kit.identity import passwords, policy
from tests.databases import Databases, databases_on

SERVER = os.environ.get("HESHI_TEST_POSTGRES_URL", "")
BACKENDS = ["sqlite"]
if SERVER:
    BACKENDS.append(pytest.param("postgresql", marks=pytest.mark.postgres))

SOAK = os.environ.get("HESHI_SOAK") == "1"
# the same examples for the same test, so that a red run is about the change; new ones are looked for in `make soak`
hypothesis_settings.register_profile("heshi", max_examples=200 if SOAK else 30, deadline=None, derandomize=not SOAK)
hypothesis_settings.load_profile("heshi")


WHOLE_ON_POSTGRES = (
    "tests/kit/", "tests/api/contract/", "tests/mot/delivery/", "tests/suitability/monitoring/", "tests/jobs/",
    "tests/benchmarks/",  # one of them is for PostgreSQL alone
)  # fmt: skip
"""Where the two databases differ most: locks, triggers, the trail, leases, rows by COPY."""
ONE_IN = 16


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every test runs on SQLite; of the others' PostgreSQL half a fixed share of the files, and all in `make soak`.

    Whole files, because what a file's tests stand on (a book imported, a house furnished) costs more than the tests.
    """
    if SOAK:
        return
    kept, left = [], []
    for item in items:
        file, _, _ = item.nodeid.partition("::")
        bounded = item.get_closest_marker("postgres") and not file.startswith(WHOLE_ON_POSTGRES)
        (left if bounded and crc32(file.encode()) % ONE_IN else kept).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: the collector looks at what tests make, and less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(autouse=True, scope="session")
def cheap_hashes() -> Iterator[None]:
    """The parameters change how long the hash of a password takes, and nothing else that tests look at."""
    usual, passwords.hash_cost = passwords.hash_cost, lambda: policy.HashCost(1, 64, 1)
    forget_hashes()
    yield
    passwords.hash_cost = usual
    forget_hashes()


def forget_hashes() -> None:
    passwords._hasher.cache_clear()
    passwords._nobody.cache_clear()


@pytest.fixture(scope="session", params=BACKENDS)
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    """Databases of one backend; a test that asks for one runs once on each."""
    made = databases_on(request.param, tmp_path_factory.mktemp(request.param), SERVER)
    yield made
    made.close()


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The URL of an empty database with the newest schema, this test's own."""
    url = databases.migrated()
    yield url
    databases.drop(url)


@pytest.fixture
def bare_database_url(databases: Databases) -> Iterator[str]:
    """The URL of a database without any table, this test's own."""
    url = databases.empty()
    yield url
    databases.drop(url)


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    """A session on this test's own database; nothing is committed unless the test does."""
    with Session(engine(database_url), expire_on_commit=False) as opened:
        yield opened
