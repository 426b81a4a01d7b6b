"""The whole application on a tiny book, served on a port of this machine, for a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import sleep

import pytest
import uvicorn

from api.app import create_app
from clients.intake import import_file
from kit.db import engine, transaction
from kit.identity.types import Door
from kit.migrate import upgrade
from kit.settings import settings
from reports.survey import survey_book
from tests.api.people import KEYS, settle, sign_in
from tests.api.tiny import ACCOUNTS, client_of, write_tiny

NOW = datetime(2025, 1, 6, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class House:
    """Where the application answers, and a way to be signed in without the form."""

    origin: str
    url: str

    def cookie(self, name: str = "supervisor") -> str:
        return sign_in(self.url, name, NOW, Door.PAGE).cookie


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """Import, survey, settle and serve; all of it ends with the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HESHI_VAR_DIR", str(folder / "var"))
        patch.setenv("HESHI_LOG_LEVEL", "WARNING")
        settings.cache_clear()
        url = f"sqlite:///{folder / 'heshi.db'}"
        furnish(url, folder)
        with serving(url) as origin:
            yield House(origin, url)
        engine(url).dispose()
    settings.cache_clear()


def furnish(url: str, folder: Path) -> None:
    upgrade(url)
    for path, kind in write_tiny(folder):
        import_file(url, path, kind=kind)
    with transaction(url) as session:
        survey_book(session, now=NOW, day=NOW.date())
        settle(session, {client_of(account): "S2" for account in ACCOUNTS}, NOW)


@contextmanager
def serving(url: str, now: datetime = NOW) -> Iterator[str]:
    """The application in a thread of its own, its clock standing at `now`; gives its address."""
    app = create_app(url, keys=KEYS, clock=lambda: now)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
