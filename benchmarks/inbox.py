"""From an event told by the API to its task in the adviser's inbox: a real server and a real worker on PostgreSQL.

Events come at a steady rate, whether those before were answered or not: each has its moment, and is late from then on.
The server is a process of its own, the worker another; what is measured ends when the database calls whoever listens
for that adviser's inbox. Every client has an adviser of its own, so that each call tells which event it belongs to.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Final
from uuid import uuid4

import httpx
import psycopg
import uvicorn
from psycopg import sql

from api.app import create_app
from benchmarks.imports import database, server
from benchmarks.result import AT_MOST, Line, Scale, median, p95
from clients.staff.filing import Stamp
from clients.staff.tables import BranchRow, PostRow, RelationRow, StaffRow
from clients.tables import AccountRow, ClientRow
from jobs.worker import Worker
from kit.access import Actor, Role
from kit.clock import day_of
from kit.db import driver_address, transaction
from kit.identity.keys import parse_keys
from kit.identity.passwords import hashed
from kit.identity.service import Identity
from kit.identity.tables import UserRow
from kit.identity.types import Door, Refused
from kit.trail.entry import Origin
from mot.channels.addresses import AddressBook
from mot.delivery.claims import INBOX_CALL
from mot.scenario.desk import ScenarioDesk

SINCE: Final = date(2024, 1, 2)
KEYS: Final = "bench:" + "0123456789abcdef0123456789ABCDEF" * 2
PASSWORD: Final = "a pass phrase of the measurement"
SCENARIO: Final = "exchange-warning"
BUDGET: Final = 1.0
WAIT: Final = 30.0
START: Final = 180.0
"""Seconds: a server's processes import everything."""
WARM: Final = 5  # events before the first that counts: caches, connections
RATE: Final = 2.0  # events a second
POSTING: Final = 8  # requests that may be under way at once


def settle(url: str, clients: int) -> str:
    """Clients with an adviser each, the scenario in force, and a token of the system that tells."""
    now = datetime.now(UTC)
    with transaction(url) as session:
        branch = BranchRow(branch_no="B1", name="营业部")
        people = [StaffRow(staff_no=f"S{n:05d}", name="顾问") for n in range(clients)]
        rows = [ClientRow(client_no=f"C{n:05d}", name="样本", kind="NATURAL") for n in range(clients)]
        session.add_all([branch, *people, *rows])
        session.flush()
        for row, person in zip(rows, people, strict=True):
            session.add(PostRow(staff_id=person.id, branch_id=branch.id, post="ADVISOR", valid_from=SINCE))
            session.add(AccountRow(account_no=f"A{row.client_no}", client_id=row.id, opened_on=SINCE))
            session.add(RelationRow(client_id=row.id, staff_id=person.id, role="MAIN", valid_from=SINCE))
        session.add(UserRow(
            id="u-core", name="core", role=Role.SERVICE, subject="", password_hash=hashed(PASSWORD), created_at=now
        ))  # fmt: skip
        by = Stamp(Actor("u-bench", "测量", Role.COMPLIANCE), now)
        desk = ScenarioDesk(session)
        desk.install(by)
        one = desk.get(SCENARIO)
        version = one.scenario.version
        seen = desk.previewed(SCENARIO, version, {}, expected_version=one.version, stamp=by)
        desk.approve(SCENARIO, version, note="测量", expected_version=seen.version, stamp=by)
    with transaction(url) as session:
        answer = Identity(session, now=now, origin=Origin(), keys=parse_keys(KEYS)).sign_in("core", PASSWORD, Door.API)
    if isinstance(answer, Refused):
        raise answer.problem()
    return answer.access_token


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def serve(url: str, port: int) -> None:
    """The whole application, as `heshi serve` runs it, in this process."""
    uvicorn.run(
        create_app(url, keys=parse_keys(KEYS), log_level="WARNING"), host="127.0.0.1", port=port, log_level="warning"
    )


def work(url: str) -> None:
    """A worker, as `heshi worker` runs it, without the clock."""
    Worker(url, addresses=AddressBook()).run()


@contextmanager
def running(url: str) -> Iterator[str]:
    """The server's address, with a worker beside it, until the block ends."""
    port, context = free_port(), get_context("spawn")
    made: list[BaseProcess] = [
        context.Process(target=serve, args=(url, port), daemon=True),
        context.Process(target=work, args=(url,), daemon=True),
    ]
    for one in made:
        one.start()
    address = f"http://127.0.0.1:{port}"
    try:
        await_server(address, made[0].is_alive)
        yield address
    finally:
        for one in made:
            one.kill()
            one.join()


def await_server(address: str, alive: Callable[[], bool]) -> None:
    """Until the server at the address answers. Raises AssertionError where its process ends or time is over."""
    end = time.monotonic() + START
    while time.monotonic() < end and alive():
        try:
            httpx.get(f"{address}/healthz")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


def latencies(url: str, address: str, token: str, clients: int, rate: float) -> list[float]:
    """Seconds of each event from its moment to the call for its adviser's inbox, in the order of the events."""
    headers = {"Authorization": f"Bearer {token}"}
    with (
        psycopg.connect(driver_address(url) or "", autocommit=True) as bell,
        httpx.Client(base_url=address, headers=headers, timeout=WAIT) as api,
        ThreadPoolExecutor(POSTING) as pool,
    ):
        bell.execute(sql.SQL("LISTEN {}").format(sql.Identifier(INBOX_CALL)))
        begun = time.perf_counter() + 1 / rate
        due = [begun + n / rate for n in range(clients)]
        posted = [pool.submit(tell, api, n, moment) for n, moment in enumerate(due)]
        came: dict[str, float] = {}
        for call in bell.notifies(timeout=clients / rate + WAIT):
            came.setdefault(call.payload, time.perf_counter())
            if len(came) == clients:
                break
        for one in posted:
            one.result()
    if len(came) < clients:
        raise AssertionError(f"{clients - len(came)} events never came into an inbox")
    return [came[f"staff:S{n:05d}"] - moment for n, moment in enumerate(due)]


def tell(api: httpx.Client, n: int, moment: float) -> None:
    """Post the n-th event when its moment has come."""
    time.sleep(max(moment - time.perf_counter(), 0.0))
    today = day_of(datetime.now(UTC)).isoformat()
    body = {
        "client_no": f"C{n:05d}", "kind": "EXCHANGE_WARNING", "occurred_on": today, "ref": f"W{n}",
        "facts": {"exchange": "上交所", "measure": "口头警示", "security_name": "样例"},
    }  # fmt: skip
    answer = api.post("/api/v1/events", json=body, headers={"Idempotency-Key": str(uuid4())})
    if answer.status_code != 201 or len(answer.json()["tasks"]) != 1:
        raise AssertionError(answer.text)


def run(scale: Scale) -> list[Line]:
    clients = scale.of(200, 8)
    with database(server()) as url:
        token = settle(url, clients + WARM)
        with running(url) as address:
            took = latencies(url, address, token, clients + WARM, RATE)[WARM:]
    return [
        Line(f"接口告知事件到任务进投顾收件箱，每秒 {RATE:g} 件，{clients} 件", p95(took), "秒", BUDGET, AT_MOST,
             note=f"p95，自应到时刻起计；中位数 {median(took):.2f} 秒，最久 {max(took):.2f} 秒；服务、发送各一个进程"),
    ]  # fmt: skip
