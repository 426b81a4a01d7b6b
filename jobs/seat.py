"""时钟的席位: one process of all holds it.

On PostgreSQL a lock of a connection of its own, which ends with the process or the connection; on SQLite a lease in a
row, which ends by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from jobs.tables import ClockSeatRow
from kit.db import engine, one_at_a_time, transaction

LEASE: Final = timedelta(seconds=10)
_TAKE: Final = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_LEAVE: Final = text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")
_HELD: Final = text("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted LIMIT 1")


class Seat:
    """Ask `held()` again and again: it takes the seat when it is free, and says whether it is ours now."""

    def __init__(self, url: str | None, name: str, holder: str, clock: Callable[[], datetime]) -> None:
        self._url, self._name, self._holder, self._clock = url, name, holder, clock
        self._connection: Connection | None = None

    def held(self) -> bool:
        """Never raises for a database that is away: then nobody can say that the seat is ours."""
        try:
            if engine(self._url).dialect.name == "postgresql":
                return self._by_lock()
            return self._by_lease()
        except SQLAlchemyError:
            self._drop()
            return False

    def release(self) -> None:
        """Give it up, so that another need not wait."""
        if self._connection is not None:  # said, for the server takes its time to see that a connection is closed
            with suppress(SQLAlchemyError):
                self._connection.execute(_LEAVE, {"name": self._name})
        self._drop()
        if engine(self._url).dialect.name != "postgresql":
            with transaction(self._url) as session:
                mine = (col(ClockSeatRow.name) == self._name, col(ClockSeatRow.holder) == self._holder)
                session.execute(update(ClockSeatRow).where(*mine).values(until=self._clock()))

    def _by_lock(self) -> bool:
        if self._connection is not None:
            return self._connection.execute(_HELD).scalar() is not None
        opened = engine(self._url).connect().execution_options(isolation_level="AUTOCOMMIT")
        if opened.execute(_TAKE, {"name": self._name}).scalar_one():
            self._connection = opened
            return True
        opened.close()
        return False

    def _by_lease(self) -> bool:
        with transaction(self._url) as session:
            one_at_a_time(session, self._name)
            now = self._clock()  # read while nobody else writes: a time from before the wait looks set back
            wanted = select(col(ClockSeatRow.holder), col(ClockSeatRow.until))
            known = session.execute(wanted.where(col(ClockSeatRow.name) == self._name)).one_or_none()
            if known is None:
                session.execute(insert(ClockSeatRow).values(
                    name=self._name, holder=self._holder, until=now + LEASE
                ))  # fmt: skip
                return True
            holder, until = known
            # a lease that reaches further than a lease can was written before the clock was set back
            if holder != self._holder and now < until <= now + LEASE:
                return False
            session.execute(update(ClockSeatRow).where(col(ClockSeatRow.name) == self._name).values(
                holder=self._holder, until=now + LEASE
            ))  # fmt: skip
            return True

    def _drop(self) -> None:
        """Close the connection for good: back in the pool it would go on holding the lock."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
