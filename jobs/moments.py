"""The moment now, for all workers of one database: the database's own clock where it has one, else this machine's."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Lock

from sqlalchemy import text

from kit.db import engine

AGAIN_AFTER = 5.0


class SharedClock:
    """Asks PostgreSQL every few seconds and counts on by a clock that nobody can set; on SQLite the machine is asked.

    A worker whose machine runs ahead or behind, or is set back, so neither ends leases early nor holds them for hours.
    """

    def __init__(self, url: str | None = None) -> None:
        self._url = url
        self._asked_at = -AGAIN_AFTER
        self._told = datetime.min.replace(tzinfo=UTC)
        self._lock = Lock()

    def __call__(self) -> datetime:
        if engine(self._url).dialect.name != "postgresql":
            return datetime.now(UTC)
        with self._lock:
            if time.monotonic() - self._asked_at >= AGAIN_AFTER:
                with engine(self._url).connect() as connection:
                    told: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
                    self._told, self._asked_at = told.astimezone(UTC), time.monotonic()
            return self._told + timedelta(seconds=time.monotonic() - self._asked_at)
