"""The small application as a real server of one or more processes, and what it left in the database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import func, select
from sqlmodel import Session, col

from kit.db import engine
from kit.marks import DatabaseMarkRow

ROOT = Path(__file__).parents[3]


def notes(url: str, text: str | None = None) -> int:
    """How many effects there are; those of one text."""
    asked = select(func.count()).select_from(DatabaseMarkRow).where(col(DatabaseMarkRow.name) != "database_id")
    if text is not None:
        asked = asked.where(col(DatabaseMarkRow.value) == text)
    with Session(engine(url)) as session:
        return int(session.scalar(asked) or 0)


@dataclass(frozen=True)
class Server:
    """A running server: its address, and its process."""

    url: str
    database_url: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


@contextmanager
def serving(database_url: str, workers: int) -> Iterator[Server]:
    """The small application under uvicorn until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "tests.api.contract.small_app:make", "--factory", "--port", str(port)]
    command += ["--workers", str(workers), "--log-level", "warning", "--app-dir", str(ROOT)]
    environment = {**os.environ, "SMALL_APP_DATABASE": database_url}
    process = subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True)
    server = Server(f"http://127.0.0.1:{port}", database_url, process)
    try:
        _wait_for(server)
        yield server
    finally:
        if process.poll() is None:
            server.kill()


def _wait_for(server: Server) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            httpx.post(f"{server.url}/api/looks")
            return
        except httpx.TransportError:
            assert server.process.poll() is None, "the server ended"
            time.sleep(0.1)
    raise AssertionError("the server did not start within a minute")
