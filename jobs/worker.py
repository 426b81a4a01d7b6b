"""`heshi worker`: sends what is ready, keeps the clock where it holds the seat, waits while the database is away."""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from threading import Event
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from jobs.clock import Clock
from jobs.gates import GATES
from jobs.moments import SharedClock
from jobs.timetable import Job
from kit.clock import day_of
from kit.settings import settings
from kit.trail.anchor import AnchorFile
from kit.trail.sealer import Sealer
from mot.channels.addresses import AddressBook, address_book
from mot.delivery.dispatch import Dispatcher
from mot.delivery.rules import rules_on
from mot.delivery.types import Gate, SubjectKind

LONGEST_WAIT: Final = 10.0
_log = structlog.get_logger("jobs.worker")


def worker_name() -> str:
    """Host, process and a drawn part: no two are alike, not even the same process number after a restart."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{token_hex(4)}"


class Worker:
    """One process of sending. gates: what is asked before each delivery, by kind of subject; default the house's.

    jobs: what the clock runs (`jobs.schedule.timetable`); None keeps no clock.
    """

    def __init__(
        self, url: str | None = None, *, name: str | None = None, addresses: AddressBook | None = None,
        gates: Mapping[SubjectKind, Gate] | None = None, jobs: Sequence[Job] | None = None,
        clock: Callable[[], datetime] | None = None, lease: timedelta | None = None,
    ) -> None:  # fmt: skip
        self.name = name or worker_name()
        self._url = url
        self._now = clock or SharedClock(url)
        self._stopping = Event()
        self._clock = Clock(url, jobs, self.name) if jobs else None
        self._sealer = Sealer(url, AnchorFile.of(settings()))
        self._dispatcher = Dispatcher(
            url,
            self.name,
            clock=self._now,
            gates=GATES if gates is None else gates,
            addresses=address_book() if addresses is None else addresses,
            lease=lease,
        )

    def stop(self) -> None:
        """Finish the turn that is under way, and end."""
        self._stopping.set()

    def once(self) -> Counter[str]:
        """All that is ready now; raises where the database is away."""
        total: Counter[str] = Counter()
        while done := self._dispatcher.turn():
            total += done
            if not set(done) - {"claimed", "PENDING", "HELD"}:  # nothing moved: what is left waits for its time
                break
        return total

    def run(self) -> Counter[str]:
        """Until `stop`. A database that is away is waited for, longer each time up to ten seconds."""
        total: Counter[str] = Counter()
        if self._clock is not None:
            self._clock.start()
        self._sealer.start()
        wait = 0.0
        try:
            while not self._stopping.wait(wait):
                try:
                    done = self._dispatcher.turn()
                except SQLAlchemyError as error:
                    wait = min(max(wait * 2, 0.5), LONGEST_WAIT)
                    _log.warning("database_away", error=type(error).__name__, wait=wait)
                    continue
                total += done
                wait = 0.0 if done else rules_on(day_of(datetime.now(UTC))).poll
        finally:
            if self._clock is not None:
                self._clock.stop()
            self._sealer.stop()
        return total
