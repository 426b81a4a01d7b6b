"""The application on a tiny book that was imported and surveyed once; every test has a copy of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html.parser import HTMLParser
from threading import current_thread
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import Engine, event, func, select
from sqlmodel import SQLModel
from starlette.testclient import TestClient

from api.access import SESSION_COOKIE
from api.app import create_app
from clients.intake import import_file
from kit.db import engine, transaction
from kit.identity.tokens import csrf_token
from kit.identity.types import Door
from kit.settings import settings
from reports.survey import survey_book
from tests.api.people import KEYS, settle, sign_in
from tests.api.tiny import ACCOUNTS, client_of, write_tiny
from tests.databases import Databases

NOW = datetime(2025, 1, 6, 2, 0, tzinfo=UTC)


class FormReader(HTMLParser):
    """The forms of a page: by action, what each would send as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._fields: dict[str, str] = {}
        self._text = ""

    @classmethod
    def of(cls, page: str) -> dict[str, dict[str, str]]:
        reader = cls()
        reader.feed(page)
        return reader.forms

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields = self.forms.setdefault(given["action"], {})
        elif tag == "textarea":
            self._text = given["name"]
            self._fields[self._text] = ""
        elif tag == "input" and "name" in given and (given.get("type") != "radio" or "checked" in given):
            self._fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self._fields[self._text] += data


class Visitor:
    """A client of the application, as a machine (`api`) or as a browser (`page`)."""

    def __init__(self, client: TestClient, cookie: str) -> None:
        self.client = client
        client.cookies.set(SESSION_COOKIE, cookie)
        client.headers["X-CSRF-Token"] = csrf_token(KEYS, cookie)

    def api(self, path: str, **query: Any) -> Response:
        return self.client.get(f"/api/v1{path}", params=query, headers={"Accept": "application/json"})

    def post(self, path: str, body: Any) -> Response:
        return self.client.post(f"/api/v1{path}", json=body, headers={"Idempotency-Key": str(uuid4())})

    def page(self, path: str, **headers: str) -> Response:
        return self.client.get(path, headers={"Accept": "text/html", **headers}, follow_redirects=False)

    def send(self, path: str, **fields: str) -> Response:
        """A form, as the browser sends it."""
        headers = {"Accept": "text/html", "Idempotency-Key": str(uuid4())}
        return self.client.post(path, data=fields, headers=headers, follow_redirects=False)

    def submit(self, place: str, action: str, **fields: str) -> Response:
        """Open the page, fill its form that goes to `action`, and send all that the form carries, and no header."""
        page = self.page(place)
        assert page.status_code == 200, page.text
        given = FormReader.of(page.text)[action] | fields
        with unsaid(self.client, "X-CSRF-Token"):
            return self.client.post(action, data=given, headers={"Accept": "text/html"}, follow_redirects=False)


@contextmanager
def unsaid(client: TestClient, name: str) -> Iterator[None]:
    """Without a header that the client sends by itself."""
    kept = client.headers.pop(name)
    yield
    client.headers[name] = kept


@pytest.fixture(scope="session", autouse=True)
def var_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a server writes beside its database goes into a folder of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HESHI_VAR_DIR", str(tmp_path_factory.mktemp("var")))
        patch.setenv("HESHI_LOG_LEVEL", "WARNING")
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture(scope="session")
def tiny_book(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the database that all copies are made of."""
    url = databases.migrated()
    for path, kind in write_tiny(tmp_path_factory.mktemp("tiny")):
        import_file(url, path, kind=kind)
    with transaction(url) as session:
        survey_book(session, now=NOW, day=NOW.date())
        settle(session, {client_of(account): "S2" for account in ACCOUNTS}, NOW)
    yield url
    databases.drop(url)


@pytest.fixture
def book_url(databases: Databases, tiny_book: str) -> Iterator[str]:
    url = databases.copy(tiny_book)
    yield url
    databases.drop(url)


def an_app(url: str) -> FastAPI:
    return create_app(url, keys=KEYS, clock=lambda: NOW)


@contextmanager
def visiting(url: str, name: str) -> Iterator[Visitor]:
    """A browser in which this user is signed in."""
    with TestClient(an_app(url), raise_server_exceptions=False) as client:
        yield Visitor(client, sign_in(url, name, NOW, Door.PAGE).cookie)


@pytest.fixture
def visitor(book_url: str) -> Iterator[Visitor]:
    """The supervisor of the branch that serves every client."""
    with visiting(book_url, "supervisor") as made:
        yield made


@pytest.fixture(scope="session")
def shelf_url(databases: Databases, tiny_book: str) -> Iterator[str]:
    """One copy for all tests that only look."""
    url = databases.copy(tiny_book)
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def reader(var_dir: None, shelf_url: str) -> Iterator[Visitor]:
    """The same supervisor, in tests that only look."""
    with visiting(shelf_url, "supervisor") as made:
        yield made


@pytest.fixture
def empty_house(database_url: str) -> Iterator[Visitor]:
    """The application before anything was imported."""
    with transaction(database_url) as session:
        settle(session, {}, NOW)
    with visiting(database_url, "supervisor") as made:
        yield made


def row_counts(url: str) -> dict[str, int]:
    """Rows of every table but those that the sealer fills beside the requests."""
    with engine(url).connect() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in SQLModel.metadata.tables.items()
            if name not in ("trail_seal", "trail_pending")
        }


@contextmanager
def counted(on: Engine) -> Iterator[list[str]]:
    """Every statement that the requests of the block send; what works beside them is left out."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not current_thread().name.startswith("heshi-"):
            seen.append(statement)

    event.listen(on, "before_cursor_execute", note)
    yield seen
    event.remove(on, "before_cursor_execute", note)
