"""The house's day by its own clock: when it runs, what is made up after downtime, a process killed in the middle."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, func, select

from jobs import day as the_day
from jobs import schedule
from jobs.clock import Clock, RunState
from jobs.day import STEPS
from jobs.schedule import run, steps_on, timetable
from jobs.tables import ClockRunRow
from jobs.timetable import Missed, due_between, to_make_up
from kit.clock import SHANGHAI
from kit.db import engine, transaction
from kit.problems import Conflict
from mot.delivery.tables import DeliveryRow
from mot.tasks.tables import TaskRow
from tests.databases import Databases
from tests.mot.test_making import SCENARIOS, tell
from tests.mot.world import CLIENTS, DAY, settle

NAMES = [step.name for step in STEPS]
FRIDAY, SATURDAY = date(2026, 3, 6), date(2026, 3, 7)


def moment(day: date, hour: int, minute: int = 30) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def the_job(name: str = "day"):
    return next(job for job in timetable(DAY) if job.name == name)


@pytest.fixture(scope="module")
def settled(databases: Databases) -> Iterator[str]:
    """The small house with an event of every scenario told."""
    url = databases.migrated()
    with transaction(url) as session:
        settle(session)
        for scenario, client in zip(SCENARIOS, CLIENTS, strict=False):
            tell(session, scenario, client)
    yield url
    databases.drop(url)


@pytest.fixture
def house(databases: Databases, settled: str) -> Iterator[str]:
    url = databases.copy(settled)
    yield url
    databases.drop(url)


def runs(url: str) -> list[tuple[datetime, str]]:
    with Session(engine(url)) as session:
        rows = session.exec(select(ClockRunRow).order_by(col(ClockRunRow.due_at)))
        return [(row.due_at, row.state) for row in rows]


def made(url: str) -> tuple[int, int]:
    with Session(engine(url)) as session:
        return tuple(session.exec(select(func.count()).select_from(one)).one() for one in (TaskRow, DeliveryRow))


def test_the_day_is_due_before_the_opening_of_every_day():
    due = list(due_between(the_job(), moment(FRIDAY, 0), moment(SATURDAY, 23)))

    assert due == [moment(day, hour) for day in (FRIDAY, SATURDAY) for hour in (6, 8)]
    assert the_job().missed is Missed.DAILY


STEPS_ON = [  # day, today, what is left out, why
    (FRIDAY, FRIDAY, set(), "a trading day"),
    (SATURDAY, SATURDAY, {"grade", "prove"}, "birthdays and expiries happen on any day; no prices, no grades"),
    (FRIDAY, SATURDAY, {"upkeep", "make", "retry", "prove"}, "made up: tasks are never dated back"),
]  # fmt: skip


@pytest.mark.parametrize(("day", "today", "left_out", "why"), STEPS_ON)
def test_which_steps_run(day, today, left_out, why):
    assert [name for name in NAMES if name not in steps_on(day, today)] == [n for n in NAMES if n in left_out], why


def test_every_step_that_a_rule_names_is_there():
    rule = schedule.rule_on("CLOCK-DAY", DAY)

    assert {*rule["trading_only"], *rule["today_only"]} <= set(NAMES)


def test_after_downtime_each_day_is_made_up_once_in_order_and_no_further_back_than_the_rule_says(
    database_url, monkeypatch
):
    """Twelve days away, two moments a day: ten days are made, the last moment of each; two are filed as passed over."""
    ran: list[datetime] = []
    job = replace(the_job(), run=lambda _url, due_at: ran.append(due_at) or "")
    first, back = moment(DAY, 8), moment(DAY + timedelta(days=12), 7)
    Clock(database_url, [job], "a", now=lambda: first).fire(job)
    ran.clear()

    clock = Clock(database_url, [job], "b", now=lambda: back)
    for again in (clock.make_up, clock.fire, clock.make_up):
        again(job)

    days = [DAY + timedelta(days=n) for n in range(3, 13)]
    assert ran == [*(moment(day, 8) for day in days[:-1]), moment(days[-1], 6)]
    states = [state for _, state in runs(database_url)]
    assert (states.count("PASSED"), states.count("DONE")) == (2, 11)
    assert to_make_up(job, ran[-1], back) == []


def test_the_alarm_waits_for_what_is_being_made_up(database_url):
    """A day is never run while the one before it still is."""
    seen: list[tuple[str, datetime]] = []
    entered = threading.Event()

    def slow(_url: str | None, due_at: datetime) -> str:
        seen.append(("begin", due_at))
        entered.set()
        time.sleep(0.2)
        seen.append(("end", due_at))
        return ""

    job = replace(the_job(), run=slow)
    Clock(database_url, [replace(job, run=lambda *_: "")], "a", now=lambda: moment(DAY, 8)).fire(job)
    seen.clear()
    entered.clear()
    clock = Clock(database_url, [job], "b", now=lambda: moment(DAY + timedelta(days=3), 8))
    made_up = threading.Thread(target=clock.make_up, args=[job])
    made_up.start()
    assert entered.wait(30)
    clock.fire(job)
    made_up.join(30)

    expected = [moment(DAY + timedelta(days=n), 8) for n in (1, 2, 3)]
    assert seen == [(what, due) for due in expected for what in ("begin", "end")]


def test_the_clock_runs_the_day_by_itself_and_once(house, monkeypatch):
    """Real APScheduler, a job that is due every second, the real day."""
    monkeypatch.setattr(schedule, "steps_on", lambda *_: ("make",))
    done = threading.Event()

    def work(url: str | None, due_at: datetime) -> str:
        try:
            return run(url, moment(DAY, 6), moment(DAY, 6))
        finally:
            done.set()

    job = replace(the_job(), cron="* * * * *", run=work, missed=Missed.LAST)
    Clock(house, [job], "before", now=lambda: datetime.now(UTC) - timedelta(minutes=2)).fire(
        replace(job, run=lambda *_: "")
    )
    clock = Clock(house, [job], "w", asked_every=0.05)
    clock.start()
    assert done.wait(90)
    clock.stop()

    tasks, deliveries = made(house)
    assert tasks > 0
    assert deliveries == tasks
    assert "FAILED" not in [state for _, state in runs(house)]


def test_a_refused_step_fails_the_run_and_the_next_moment_of_the_day_mends_it(house, monkeypatch):
    def refuse(*_: object) -> None:
        raise Conflict("行情还没有到")

    broken = tuple(replace(step, run=refuse) if step.name == "derive" else step for step in STEPS)
    job = replace(the_job(), run=lambda url, due_at: run(url, due_at, moment(DAY, 9)))
    with monkeypatch.context() as patch:
        patch.setattr(the_day, "STEPS", broken)
        Clock(house, [job], "a", now=lambda: moment(DAY, 6)).fire(job)
    assert made(house) == (0, 0)
    Clock(house, [job], "a", now=lambda: moment(DAY, 8)).fire(job)

    assert runs(house) == [(moment(DAY, 6), RunState.FAILED.value), (moment(DAY, 8), RunState.DONE.value)]
    assert made(house)[0] > 0


def a_clock_that_is_killed(url: str, at: datetime) -> None:
    """In a process of its own: the day is begun, and killed with tasks written and not committed."""
    heard, told = os.pipe()
    child = os.fork()
    if child:
        os.close(told)
        with os.fdopen(heard) as said:
            assert said.readline() == "in the middle\n"
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return

    def stuck(*given: Any) -> None:
        real(*given)
        given[0].flush()
        os.write(told, b"in the middle\n")
        time.sleep(120)

    try:
        real = next(step.run for step in STEPS if step.name == "make")
        the_day.STEPS = tuple(replace(one, run=stuck) if one.name == "make" else one for one in STEPS)
        job = replace(the_job(), run=lambda url, due_at: run(url, due_at, at))
        Clock(url, [job], "killed", now=lambda: at).fire(job)
    finally:
        os._exit(1)


def test_a_clock_that_is_killed_in_the_middle_of_the_day_is_followed_by_one_that_finishes_it_once(house):
    """kill -9: nothing of the step is left, and the next holder makes it once."""
    at = moment(DAY, 6)
    a_clock_that_is_killed(house, at)
    assert runs(house) == [(at, RunState.STARTED.value)]
    assert made(house) == (0, 0)

    job = replace(the_job(), run=lambda url, due_at: run(url, due_at, at))
    clock = Clock(house, [job], "next", now=lambda: at + timedelta(minutes=1))
    clock.make_up(job)
    done = made(house)
    clock.fire(job)
    clock.make_up(job)

    assert runs(house) == [(at, RunState.DONE.value)]
    assert done[0] > 0
    assert made(house) == done
