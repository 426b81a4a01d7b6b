"""A book with cases and decisions, looked at by compliance; a copy of it to work on."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kit.db import transaction
from tests.api.conftest import visiting
from tests.api.mismatches import decide, observe


@pytest.fixture(scope="module")
def watched(databases, tiny_book):
    """The URL of a book with cases, for tests that only look, and the decisions on it."""
    url = databases.copy(tiny_book)
    with transaction(url) as session:
        observe(session)
        made = [decide(session), decide(session, "C0002")]
    yield SimpleNamespace(url=url, decision=made[0], other=made[1])
    databases.drop(url)


@pytest.fixture(scope="module")
def officer(watched, var_dir):
    with visiting(watched.url, "compliance") as made:
        yield made


@pytest.fixture
def desk(databases, watched):
    """A copy of it, to work on as whom one likes."""
    url = databases.copy(watched.url)
    yield lambda name: visiting(url, name)
    databases.drop(url)
