"""The clock: one process keeps it, every run has a permanent key, missed runs are made up as the job says."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from jobs import worker as workers
from jobs.clock import Clock, RunState
from jobs.moments import SharedClock
from jobs.schedule import timetable
from jobs.seat import LEASE, Seat
from jobs.tables import ClockRunRow
from jobs.timetable import Job, Missed, due_between, to_make_up
from jobs.worker import Worker
from kit.clock import today
from kit.db import database_file, engine
from mot.channels.addresses import AddressBook

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
HOUR = timedelta(hours=1)


class Hand:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


class Work:
    """A job that counts its runs, and breaks when it is told to."""

    def __init__(self, missed: Missed = Missed.ALL) -> None:
        self.runs: list[datetime] = []
        self.fault: Exception | None = None
        self.job = Job("count", "数数", "0 * * * *", self.run, missed)

    def run(self, _url: str | None, due_at: datetime) -> str:
        self.runs.append(due_at)
        if self.fault is not None:
            raise self.fault
        return "counted"


def states(url: str) -> list[tuple[datetime, str]]:
    with Session(engine(url)) as session:
        rows = session.exec(select(ClockRunRow).order_by(col(ClockRunRow.due_at)))
        return [(row.due_at, row.state) for row in rows]


def a_clock(url: str, work: Work, hand: Hand, holder: str = "a") -> Clock:
    return Clock(url, [work.job], holder, now=hand)


def test_a_moment_is_run_once_however_often_the_alarm_rings(database_url):
    work, hand = Work(), Hand(NOON)
    one, two = a_clock(database_url, work, hand, "a"), a_clock(database_url, work, hand, "b")

    for clock in (one, two, one):
        clock.fire(work.job)

    assert work.runs == [NOON]
    assert states(database_url) == [(NOON, "DONE")]


def test_a_clock_that_is_set_back_runs_nothing_again(database_url):
    work, hand = Work(), Hand(NOON)
    clock = a_clock(database_url, work, hand)
    clock.fire(work.job)
    hand.at = NOON - 3 * HOUR

    clock.fire(work.job)
    clock.make_up(work.job)
    hand.at = NOON
    clock.fire(work.job)
    assert work.runs == [NOON]
    hand.at = NOON + HOUR
    clock.fire(work.job)

    assert work.runs == [NOON, NOON + HOUR]


MISSED = [  # three hours of downtime, as the job says
    (Missed.ALL, [NOON + HOUR, NOON + 2 * HOUR, NOON + 3 * HOUR]), (Missed.LAST, [NOON + 3 * HOUR]), (Missed.SKIP, []),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "made"), MISSED)
def test_after_downtime_missed_runs_are_made_up(policy, made, database_url):
    work, hand = Work(policy), Hand(NOON)
    a_clock(database_url, work, hand).fire(work.job)
    work.runs.clear()
    hand.at = NOON + 3 * HOUR + timedelta(minutes=30)

    a_clock(database_url, work, hand, "b").make_up(work.job)

    assert work.runs == made


def test_a_job_that_was_never_run_has_missed_nothing():
    assert to_make_up(Work().job, None, NOON) == []


def test_a_run_whose_holder_died_is_taken_up_and_its_own_end_is_not_filed(database_url):
    work, hand = Work(), Hand(NOON)
    work.fault = KeyboardInterrupt()  # type: ignore[assignment]
    dead = a_clock(database_url, work, hand, "dead")
    with pytest.raises(KeyboardInterrupt):
        dead.fire(work.job)
    assert states(database_url) == [(NOON, "STARTED")]
    work.fault = None

    a_clock(database_url, work, hand, "b").make_up(work.job)

    assert work.runs == [NOON, NOON]
    assert states(database_url) == [(NOON, "DONE")]


def test_what_a_job_raises_is_filed(database_url):
    work, hand = Work(), Hand(NOON)
    work.fault = ValueError("no rules")
    a_clock(database_url, work, hand).fire(work.job)

    with Session(engine(database_url)) as session:
        row = session.exec(select(ClockRunRow)).one()
    assert (row.state, row.detail) == (RunState.FAILED.value, "ValueError: no rules")


def test_due_moments_are_those_of_shanghai():
    job = Job("morning", "早晨", "30 8 * * mon-fri", lambda *_: "")
    friday = datetime(2026, 3, 6, 0, 0, tzinfo=UTC)

    due = list(due_between(job, friday, friday + timedelta(days=4)))

    assert [one.astimezone(UTC).isoformat() for one in due] == [
        "2026-03-06T00:30:00+00:00", "2026-03-09T00:30:00+00:00",
    ]  # fmt: skip


def soon(asked: Callable[[], bool]) -> bool:
    """Whether it becomes true: a server takes its time to see that a connection is gone."""
    return any(asked() or time.sleep(0.05) for _ in range(200))


def test_one_holds_the_seat_and_the_next_takes_over(database_url):
    hand = Hand(NOON)
    first, second = (Seat(database_url, "s", name, hand) for name in ("a", "b"))

    assert (first.held(), second.held(), first.held()) == (True, False, True)
    first.release()
    assert (second.held(), first.held()) == (True, False)
    second.release()


def test_a_seat_whose_holder_is_gone_falls_free(database_url):
    hand = Hand(NOON)
    first, second = (Seat(database_url, "s", name, hand) for name in ("a", "b"))
    assert first.held()
    if engine(database_url).dialect.name == "postgresql":
        assert first._connection is not None
        first._connection.connection.driver_connection.close()  # type: ignore[union-attr]  # as if it were killed
    hand.at += LEASE

    assert soon(second.held)
    assert not first.held()
    second.release()
    first.release()


def test_a_lease_from_before_the_clock_was_set_back_holds_nobody_up(database_url):
    if engine(database_url).dialect.name == "postgresql":
        pytest.skip("PostgreSQL has a lock and no lease")
    hand = Hand(NOON)
    assert Seat(database_url, "s", "a", hand).held()
    hand.at -= timedelta(days=1)

    assert Seat(database_url, "s", "b", hand).held()


def test_the_time_of_a_lease_is_read_while_nobody_else_writes(database_url):
    """A time read before the wait for the other's lease lies before it, as if the clock had been set back."""
    if engine(database_url).dialect.name == "postgresql":
        pytest.skip("PostgreSQL has a lock and no lease")
    file = database_file(database_url)
    assert file is not None
    asked: list[str] = []

    def clock() -> datetime:
        with (
            closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("BEGIN IMMEDIATE")
        asked.append("now")
        return NOON

    assert Seat(database_url, "s", "a", clock).held()
    assert asked == ["now"]


def test_two_clocks_in_one_minute_make_one_run(database_url):
    """APScheduler itself, in two workers: one leads, and a run that is due now is made once."""
    runs: list[datetime] = []
    lock = threading.Event()

    def run(_url: str | None, due_at: datetime) -> str:
        runs.append(due_at)
        lock.set()
        return ""

    soon = datetime.now(UTC)
    job = Job("soon", "马上", "* * * * *", run, Missed.LAST)
    clocks = [Clock(database_url, [job], name, asked_every=0.05) for name in ("a", "b")]
    Clock(database_url, [job], "before", now=lambda: soon - timedelta(minutes=3)).fire(job)  # three minutes ago
    runs.clear()
    lock.clear()
    for clock in clocks:
        clock.start()
    assert lock.wait(30)
    leaders = [clock.leads for clock in clocks]
    for clock in clocks:
        clock.stop()

    assert leaders.count(True) == 1
    assert len(runs) == len(set(runs))


def test_the_shared_clock_goes_on(database_url):
    clock = SharedClock(database_url)
    first = clock()

    assert abs(first - datetime.now(UTC)) < timedelta(minutes=1)
    assert clock() >= first


def test_a_worker_waits_while_the_database_is_away_and_goes_on(database_url, monkeypatch):
    """The house's own timetable, and a database whose connections are cut under the worker."""
    made = Worker(database_url, addresses=AddressBook(), jobs=timetable(today()))
    turns = made._dispatcher.turn
    said: list[str] = []

    def turn():
        if len(said) < 2:
            said.append("away")
            raise OperationalError("SELECT 1", {}, Exception("gone"))
        said.append("back")
        made.stop()
        return turns()

    monkeypatch.setattr(made._dispatcher, "turn", turn)
    monkeypatch.setattr(workers, "LONGEST_WAIT", 0.05)

    running = threading.Thread(target=made.run)
    running.start()
    running.join(120)

    assert not running.is_alive()
    assert said == ["away", "away", "back"]
