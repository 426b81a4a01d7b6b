"""The fault run: producers and workers on PostgreSQL, killed at random, and the connections of all cut now and then.

Run as a program (`python -m tests.mot.delivery.faults '{...}'`): it forks the processes and kills them, and ends when
the kills are done and nothing waits any more. A producer writes a task and its delivery in one transaction, and begins
again from the start after each kill. What came of it is looked at by `checker`, in another process.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from jobs.worker import Worker
from kit.db import engine, transaction
from mot.channels.addresses import AddressBook
from mot.channels.types import Address, Channel
from mot.delivery.repository import DeliveryRepository
from mot.delivery.service import enqueue
from mot.delivery.types import Delivery, NewDelivery, Recheck, SubjectKind, Word

CAP = 3
CHUNK = 100
LEASE = timedelta(seconds=3)
ROBOTS = 4
TASKS = "CREATE TABLE IF NOT EXISTS fault_task (no INTEGER PRIMARY KEY)"


@dataclass(frozen=True)
class Plan:
    """How large the run is. address: of the HTTP receiver."""

    url: str
    address: str
    seed: int
    occurrences: int
    kills: int
    workers: int = 3
    producers: int = 2
    longest: float = 120.0


def wanted(no: int) -> NewDelivery:
    """The delivery of one occurrence: most for the inbox, some by webhook, few by robots; a third under a cap."""
    channel = Channel.WEBHOOK if no % 17 == 5 else Channel.DINGTALK if no % 211 == 7 else Channel.INBOX
    address = {Channel.WEBHOOK: "hook", Channel.DINGTALK: f"robot{no % ROBOTS}"}.get(channel, "")
    guard = f"client:{no // 15}" if no % 3 == 0 and channel is not Channel.DINGTALK else ""
    return NewDelivery(
        subject_kind=SubjectKind.TASK, subject_id=str(no), channel=channel, address=address,
        recipient=f"staff:{no % 97}", title=f"#{no:07}#", body="", guard=guard,
    )  # fmt: skip


def addresses(plan: Plan) -> AddressBook:
    robots = [
        Address(name=f"robot{n}", channel=Channel.DINGTALK, url=f"{plan.address}/robot/{n}?access_token=x")
        for n in range(ROBOTS)
    ]
    return AddressBook([Address(name="hook", channel=Channel.WEBHOOK, url=f"{plan.address}/hook", secret="s"), *robots])


def gate(session: Any, one: Delivery, now: Any) -> Recheck:
    """No more than CAP for one client."""
    if one.guard and DeliveryRepository(session).begun(one.guard, now - timedelta(days=1), but=one.id) >= CAP:
        return Recheck(Word.CANCEL, "已达上限")
    return Recheck()


def produce(plan: Plan, place: int) -> None:
    """Every occurrence of this producer, in chunks; those on file already change nothing."""
    starts = list(range(place * CHUNK, plan.occurrences, plan.producers * CHUNK))
    while starts:
        try:
            first = starts[0]
            numbers = range(first, min(first + CHUNK, plan.occurrences))
            with transaction(plan.url) as session:
                made = text("INSERT INTO fault_task (no) VALUES (:no) ON CONFLICT DO NOTHING")
                session.connection().execute(made, [{"no": no} for no in numbers])
                enqueue(session, [wanted(no) for no in numbers], _now(session))
            starts.pop(0)
        except DBAPIError:
            time.sleep(0.05)


def _now(session: Session) -> Any:
    return session.connection().execute(text("SELECT clock_timestamp()")).scalar_one()


def work(plan: Plan, _place: int) -> None:
    Worker(plan.url, gates={SubjectKind.TASK: gate}, addresses=addresses(plan), jobs=None, lease=LEASE).run()


def child(task: Callable[[], None]) -> int:
    """A process of its own: its connections, and its end, are nobody else's."""
    made = os.fork()
    if made:
        return made
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        task()
    finally:
        os._exit(0)


def alive(pid: int) -> bool:
    done, _ = os.waitpid(pid, os.WNOHANG)
    return done == 0


def end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


LEFT = """SELECT (SELECT count(*) FROM fault_task) AS tasks,
 (SELECT count(*) FROM delivery_standing WHERE ready_at IS NOT NULL) AS waiting"""
CUT = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()"""


def ask(url: str, statement: str, **given: Any) -> Any:
    """On a connection that is opened and closed for it: none is open when a child is forked."""
    with engine(url).connect() as connection:
        found = connection.execute(text(statement), given).all()
    engine(url).dispose()
    return found


class Sized(Protocol):
    """What a run of any kind knows of its size."""

    @property
    def url(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def kills(self) -> int: ...
    @property
    def longest(self) -> float: ...


Roles = Mapping[str, tuple[int, Callable[[Any, int], None]]]
"""How many processes there are of each kind, and what one of them does, by its place."""


def run_roles(plan: Sized, roles: Roles, done: Callable[[], bool]) -> dict[str, Any]:
    """Kill and cut, then let them finish. Returns how often, and whether all was done in time."""
    drawn = random.Random(plan.seed)
    places = [(role, n) for role, (many, _) in roles.items() for n in range(many)]

    def begin(role: str, place: int) -> int:
        return child(lambda: roles[role][1](plan, place))

    running = {place: begin(*place) for place in places}
    kills = cuts = 0
    until = time.monotonic() + plan.longest
    ended = False
    while not ended and time.monotonic() < until:
        time.sleep(drawn.uniform(0.02, 0.25))
        victim = drawn.choice(places)
        if kills < plan.kills:
            if alive(running[victim]):
                end(running[victim])
                kills += 1
            running[victim] = begin(*victim)
            if kills % 25 == 5 and cuts <= kills // 25:
                ask(plan.url, CUT)
                cuts += 1
        else:
            ended = done()
            for place, pid in list(running.items()):
                if place[0] == "worker" and not alive(pid):
                    running[place] = begin(*place)
    for pid in running.values():
        end(pid)
    return {"kills": kills, "cuts": cuts, "done": ended}


def finished(plan: Plan) -> bool:
    ((tasks, waiting),) = ask(plan.url, LEFT)
    return bool(tasks == plan.occurrences and waiting == 0)


def run(plan: Plan) -> dict[str, Any]:
    ask_first = text(TASKS)
    with engine(plan.url).begin() as connection:
        connection.execute(ask_first)
    engine(plan.url).dispose()
    roles = {"producer": (plan.producers, produce), "worker": (plan.workers, work)}
    return run_roles(plan, roles, lambda: finished(plan))


if __name__ == "__main__":
    print(json.dumps(run(Plan(**json.loads(sys.argv[1])))))
