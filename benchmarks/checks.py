"""A suitability check asked of the API: `heshi serve` with two workers on PostgreSQL, at a steady rate.

What the stored check costs beside the answer itself: sign-in, form, idempotency, the answer kept. The asker runs on the
same two cores, so a figure here is of server and asker together.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from benchmarks.imports import database, server
from benchmarks.inbox import KEYS, PASSWORD, await_server, free_port
from benchmarks.result import Line, Scale, median
from benchmarks.suitability import LIMIT, WORKERS, p99, prepare
from kit.access import Role
from kit.db import transaction
from kit.identity.keys import parse_keys
from kit.identity.passwords import hashed
from kit.identity.service import Identity
from kit.identity.tables import UserRow
from kit.identity.types import Door, Refused
from kit.trail.entry import Origin

RATE: Final = 50.0  # a second
CONNECTIONS: Final = 24
WARM: Final = 300


def admitted(url: str) -> str:
    """A token of a compliance officer."""
    now = datetime.now(UTC)
    with transaction(url) as session:
        session.add(UserRow(
            id="u-officer", name="officer", role=Role.COMPLIANCE, subject="", password_hash=hashed(PASSWORD),
            created_at=now,
        ))  # fmt: skip
    with transaction(url) as session:
        identity = Identity(session, now=now, origin=Origin(), keys=parse_keys(KEYS))
        answer = identity.sign_in("officer", PASSWORD, Door.API)
    if isinstance(answer, Refused):
        raise answer.problem()
    return answer.access_token


@contextmanager
def serving(url: str) -> Iterator[int]:
    """The port of `heshi serve` with two workers, until the block ends."""
    port = free_port()
    heshi = Path(sys.executable).with_name("heshi")
    command = [str(heshi), "serve", "--port", str(port), "--workers", str(WORKERS)]
    ours = {**os.environ, "HESHI_DATABASE_URL": url, "HESHI_TOKEN_KEYS": KEYS, "HESHI_LOG_LEVEL": "WARNING"}
    process = subprocess.Popen(command, env=ours, stdout=subprocess.DEVNULL)
    try:
        await_server(f"http://127.0.0.1:{port}", lambda: process.poll() is None)
        yield port
    finally:
        process.terminate()
        process.wait()


async def asked(port: int, token: str, checks: int, rate: float) -> list[float]:
    """Seconds of each check from the moment at which it was due to its whole answer, however late others are."""
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    start = time.perf_counter() + 1 / rate
    taken = [0.0] * checks

    async def one(number: int) -> None:
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        reader, writer = await free.get()
        writer.write(message(token, number))
        status = await answered(reader)
        taken[number] = time.perf_counter() - due
        free.put_nowait((reader, writer))
        if status != 201:
            raise AssertionError(f"check {number} was answered {status}")

    await asyncio.gather(*(one(number) for number in range(checks)))
    while not free.empty():
        free.get_nowait()[1].close()
    return taken


def message(token: str, number: int) -> bytes:
    body = json.dumps({
        "client_no": f"C{number % 500}", "product_code": f"P{number % 100}", "asked_by": "FIRM", "side": "BUY",
    }).encode()  # fmt: skip
    head = (
        "POST /api/v1/suitability/checks HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nIdempotency-Key: {uuid4()}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def answered(reader: asyncio.StreamReader) -> int:
    """The status, once the whole answer is there."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = next(int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length"))
    await reader.readexactly(length)
    return int(head.split(" ", 2)[1])


def run(scale: Scale) -> list[Line]:
    checks = scale.of(1_500, 20)
    with database(server()) as url:
        prepare(url)
        token = admitted(url)
        with serving(url) as port:
            asyncio.run(asked(port, token, scale.of(WARM, 20), RATE / 2))
            taken = asyncio.run(asked(port, token, checks, RATE))
    note = f"p99；中位 {median(taken) * 1000:.1f} 毫秒，自应到时刻起计；服务两个进程，提问的一方在同两个核上"
    return [Line(f"接口的适当性检查，PostgreSQL，每秒 {RATE:g} 次", p99(taken), "毫秒", LIMIT, note=note)]
