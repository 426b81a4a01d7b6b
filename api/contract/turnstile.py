"""Waiting inside one process: by name, one at a time, holding neither a thread nor a connection meanwhile.

A request that waits inside a worker thread for another one may keep that other from ever getting a thread. So whoever
must wait does so here, before it asks for anything; the database decides between processes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

import anyio

from kit.problems import Problem

AT_ONCE: Final = 12
"""Requests that hold a connection at a time; the engine's pool has 15, the sealer and the probes take from the rest."""


class StillRunning(Problem):
    """同一请求（或另一项写入）仍在进行"""

    status = 409
    title = "Still running"


@dataclass(slots=True)
class _Turn:
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    wanted: int = 0


class Turnstile:
    """Turns by name on one event loop, and the number of connections in use."""

    def __init__(self) -> None:
        self._turns: dict[Hashable, _Turn] = {}
        self.connections = anyio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def turn(self, name: Hashable, seconds: float) -> AsyncIterator[None]:
        """Hold `name` alone. Raises StillRunning when it is not free within `seconds`."""
        turn = self._turns.setdefault(name, _Turn())
        turn.wanted += 1
        try:
            with anyio.move_on_after(seconds) as patience:
                await turn.lock.acquire()
            if patience.cancelled_caught:
                raise still_running()
            try:
                yield
            finally:
                turn.lock.release()
        finally:
            turn.wanted -= 1
            if not turn.wanted:
                self._turns.pop(name, None)


_BY_LOOP: WeakKeyDictionary[asyncio.AbstractEventLoop, Turnstile] = WeakKeyDictionary()


def turnstile() -> Turnstile:
    """The turnstile of the running event loop."""
    return _BY_LOOP.setdefault(asyncio.get_running_loop(), Turnstile())


def still_running() -> StillRunning:
    return StillRunning("上一次相同的请求（或另一项写入）仍在进行；请稍后用同一个 Idempotency-Key 重试")
