"""The small house of the moments behind the web: its users, its tasks of the day, and a browser of one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from starlette.testclient import TestClient

from api.app import create_app
from kit.access import Role
from kit.db import transaction
from kit.identity.passwords import hashed
from kit.identity.tables import UserRow
from kit.identity.types import Door
from tests.api.conftest import Visitor
from tests.api.people import KEYS, PASSWORD, sign_in
from tests.databases import Databases
from tests.mot.world import DAY, at, happened, make, settle

NOW = at(DAY, 10)
Told = tuple[str, str, Mapping[str, Any]]  # client, kind, facts and ref of an event


@contextmanager
def small_house(databases: Databases, users: Mapping[str, tuple[Role, str]], events: Sequence[Told]) -> Iterator[str]:
    """A database with these users (role, subject) in which these events were told, judged and made into tasks."""
    url, secret = databases.migrated(), hashed(PASSWORD)
    with transaction(url) as session:
        settle(session)
        for name, (role, subject) in users.items():
            session.add(UserRow(
                id=f"u-{name}", name=name, role=role, subject=subject, password_hash=secret, created_at=NOW
            ))  # fmt: skip
        for client_no, kind, told in events:
            happened(session, client_no, kind, **told)
        make(session)
    yield url
    databases.drop(url)


@contextmanager
def browsing(url: str, name: str) -> Iterator[Visitor]:
    """A browser in which this user is signed in, at ten in the morning of the house's day."""
    with TestClient(create_app(url, keys=KEYS, clock=lambda: NOW), raise_server_exceptions=False) as client:
        yield Visitor(client, sign_in(url, name, NOW, Door.PAGE).cookie)
