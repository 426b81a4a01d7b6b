"""What wakes the live inboxes of this process: one connection that listens (PostgreSQL).

The thread begins with the first reader and ends soon after the last one; a connection that breaks is made again.
"""

from __future__ import annotations

import asyncio
from threading import Lock, Thread
from typing import Final

import psycopg
import structlog
from fastapi import FastAPI
from psycopg import sql

from kit.db import driver_address
from mot.delivery.claims import INBOX_CALL

LISTENED_FOR: Final = 1.0
PAUSE: Final = 1.0
_log = structlog.get_logger("api.bell")
Reader = tuple[frozenset[str], asyncio.Event, asyncio.AbstractEventLoop]


class Bell:
    """Readers by what they wait for."""

    def __init__(self, url: str) -> None:
        self._address = driver_address(url)
        self._readers: dict[int, Reader] = {}
        self._lock = Lock()
        self._thread: Thread | None = None

    @property
    def rings(self) -> bool:
        """Whether the database can wake anybody at all."""
        return self._address is not None

    def listen(self, recipients: tuple[str, ...]) -> asyncio.Event:
        """An event that is set when something arrives for one of these; give it back with `leave`."""
        event = asyncio.Event()
        with self._lock:
            self._readers[id(event)] = (frozenset(recipients), event, asyncio.get_running_loop())
            if self.rings and self._thread is None:
                self._thread = Thread(target=self._run, name="heshi-bell", daemon=True)
                self._thread.start()
        return event

    def leave(self, event: asyncio.Event) -> None:
        with self._lock:
            self._readers.pop(id(event), None)

    def _run(self) -> None:
        assert self._address is not None
        while not self._over():
            try:
                with psycopg.connect(self._address, autocommit=True) as connection:
                    connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(INBOX_CALL)))
                    self._ring(None)  # what came while nobody listened
                    while not self._over():
                        for call in connection.notifies(timeout=LISTENED_FOR):
                            self._ring(call.payload)
            except psycopg.Error as error:
                _log.warning("bell_silent", error=type(error).__name__)
                self._ring(None)

    def _over(self) -> bool:
        with self._lock:
            if not self._readers:
                self._thread = None
            return self._thread is None

    def _ring(self, recipient: str | None) -> None:
        with self._lock:
            for wanted, event, loop in self._readers.values():
                if (recipient is None or recipient in wanted) and not loop.is_closed():
                    loop.call_soon_threadsafe(event.set)


def bell_of(app: FastAPI) -> Bell:
    """The bell of this application."""
    found: Bell | None = getattr(app.state, "bell", None)
    if found is None:
        found = app.state.bell = Bell(app.state.database_url)
    return found
