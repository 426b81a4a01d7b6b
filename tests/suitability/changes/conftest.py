"""The small book is made once for each kind of database; every test works on its own copy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlmodel import Session

from kit.db import engine
from tests.suitability.assessment.desk import Desk
from tests.suitability.changes.world import small_book


@pytest.fixture(scope="session")
def made_once(databases) -> Iterator[str]:
    url = databases.migrated()
    with Session(engine(url), expire_on_commit=False) as session, session.begin():
        small_book(session)
    yield url
    databases.drop(url)


@pytest.fixture
def world(databases, made_once) -> Iterator[Desk]:
    """The desk of assessment over a copy; `session` is its session."""
    url = databases.copy(made_once)
    with Session(engine(url), expire_on_commit=False) as session:
        yield Desk(session)
    databases.drop(url)
