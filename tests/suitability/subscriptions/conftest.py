"""One world laid out a backend; each test works on it in a transaction that is taken back."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from kit.db import engine, transaction
from tests.suitability.subscriptions.world import World


@pytest.fixture(scope="session")
def laid_out(databases):
    url = databases.migrated()
    with transaction(url) as session:
        World(session).lay_out()
    yield url
    databases.drop(url)


@pytest.fixture
def world(laid_out):
    with Session(engine(laid_out), expire_on_commit=False) as session:
        yield World(session)
        session.rollback()
