"""The sealer: a small thread that seals what is committed every second, and anchors the head outside the database.

Any number of processes may run one; they take turns. Writers never wait for it on PostgreSQL, and for a few
milliseconds on SQLite.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import structlog
from sqlmodel import Session

from kit.db import engine, transaction
from kit.marks import database_id
from kit.trail import repository
from kit.trail.anchor import AnchorFile
from kit.trail.service import head_of, seal_pending

_log = structlog.get_logger("kit.trail.sealer")


def seal_all(url: str | None, now: datetime) -> int:
    """Seal until nothing waits, a commit after each block; returns how many entries were sealed."""
    total = 0
    while True:
        with transaction(url) as session:
            sealed = seal_pending(session, now)
        total += sealed
        if not sealed:
            return total


def anchor_head(url: str | None, now: datetime, anchor_file: AnchorFile, after: int = 0) -> int:
    """Write the committed head to the file where it stands behind `after`; returns its position."""
    with Session(engine(url)) as session:
        head, own_id = head_of(session), database_id(session)
    if head.position > after:
        anchor_file.append(own_id, head, now)
    return head.position


def seal_and_anchor(url: str | None, now: datetime, anchor_file: AnchorFile | None) -> int:
    """What a command does when its work is committed; returns how many entries were sealed."""
    sealed = seal_all(url, now)
    if sealed and anchor_file:
        anchor_head(url, now, anchor_file)
    return sealed


class Sealer:
    """Start it with the server, stop it with the server; what was committed before `stop` is sealed after it."""

    def __init__(
        self,
        url: str | None,
        anchor_file: AnchorFile | None = None,
        *,
        every: timedelta = timedelta(seconds=1),
        anchor_every: timedelta = timedelta(seconds=10),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._url = url
        self._anchor_file = anchor_file
        self._every = every.total_seconds()
        self._anchor_every = anchor_every
        self._clock = clock
        self._stopping = Event()
        self._thread: Thread | None = None
        self._anchored = 0
        self._anchored_at: datetime | None = None

    def start(self) -> None:
        if self._thread is None:
            self._stopping.clear()
            self._thread = Thread(target=self._run, name="heshi-sealer", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._stopping.set()
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            self._turn(last=False)
        self._turn(last=True)

    def _turn(self, last: bool) -> None:
        """Seal, and anchor when it is time; a database that is away for a while is tried again next time."""
        now = self._clock()
        try:
            seal_all(self._url, now)
            if self._anchor_file and (last or self._anchor_is_due(now)):
                self._anchored = anchor_head(self._url, now, self._anchor_file, self._anchored)
                self._anchored_at = now
        except Exception as error:
            _log.warning("trail_not_sealed", error=type(error).__name__)

    def _anchor_is_due(self, now: datetime) -> bool:
        return self._anchored_at is None or now - self._anchored_at >= self._anchor_every


def waiting(url: str | None) -> bool:
    """Whether an entry waits for its seal."""
    with Session(engine(url)) as session:
        return repository.anything_pending(session)
