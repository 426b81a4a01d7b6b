"""Identity on a database of its own, at a moment that the test sets, with cheap hashes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from kit.access import Actor, Role
from kit.db import transaction
from kit.identity.keys import KeyRing, parse_keys
from kit.identity.service import Identity
from kit.identity.types import Door, Refused, SignedIn
from kit.trail.entry import Origin
from kit.trail.service import page

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ORIGIN = Origin("10.1.2.3", "Mozilla/5.0", "req-1")
PASSWORD = "correct horse battery"
ADMIN = Actor("admin-id", "admin", Role.ADMINISTRATOR)


@pytest.fixture
def keys() -> KeyRing:
    return parse_keys("k1:0123456789abcdefghijklmnopqrstuv")


class Place:
    """One database; every call is a transaction that is committed, as a request's is."""

    def __init__(self, url: str, keys: KeyRing) -> None:
        self.url = url
        self.keys = keys
        self.now = NOW

    @contextmanager
    def identity(self, keys: KeyRing | None = None) -> Iterator[Identity]:
        with transaction(self.url) as session:
            yield Identity(session, now=self.now, origin=ORIGIN, keys=keys or self.keys)

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def sign_in(self, name: str = "zhang.san", password: str = PASSWORD, door: Door = Door.API) -> SignedIn | Refused:
        with self.identity() as identity:
            return identity.sign_in(name, password, door)

    def acts(self) -> list[str]:
        """What the trail holds, oldest first."""
        with transaction(self.url) as session:
            return [row["action"] for row in reversed(page(session))]


@pytest.fixture
def place(database_url: str, keys: KeyRing) -> Place:
    """A place with one advisor."""
    made = Place(database_url, keys)
    with made.identity() as identity:
        identity.add_user(ADMIN, "zhang.san", Role.ADVISOR, PASSWORD, "staff:S001")
    return made


