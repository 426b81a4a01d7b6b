"""The house's day as a list of steps: once, again, as a rehearsal, and broken off."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import func, select

from jobs import day as the_day
from jobs.day import STEPS, run_day
from kit.db import transaction
from kit.problems import Conflict
from mot.delivery.tables import DeliveryRow
from mot.events.tables import EventRow
from mot.tasks.tables import JudgementRow, TaskRow
from tests.mot.test_making import SCENARIOS, tell
from tests.mot.world import CLIENTS, DAY, stamp

TABLES = (EventRow, JudgementRow, TaskRow, DeliveryRow)
NAMES = ["recheck", "totals", "grade", "derive", "upkeep", "make", "retry", "series", "effect", "prove"]


def rows(url):
    with transaction(url) as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in TABLES]


@pytest.fixture
def house(url):
    with transaction(url) as session:
        for scenario, client in zip(SCENARIOS, CLIENTS, strict=False):
            tell(session, scenario, client)
    return url


def test_what_fits_comes_first_and_the_proof_last():
    assert [step.name for step in STEPS] == NAMES


def test_the_day_makes_tasks_with_their_deliveries_and_again_it_makes_nothing(house):
    first = run_day(house, DAY, stamp())
    assert [one.fault for one in first] == [""] * len(NAMES)
    done = rows(house)
    assert done[2] > 0
    assert done[3] == done[2]
    prove = next(one for one in first if one.step.name == "prove")
    assert prove.told["missed"] == 0
    again = run_day(house, DAY, stamp())

    assert [one.fault for one in again] == [""] * len(NAMES)
    assert rows(house) == done


def test_a_rehearsal_counts_and_leaves_nothing(house):
    before = rows(house)
    told = {one.step.name: one.told for one in run_day(house, DAY, stamp(), dry=True)}

    assert told["make"]["tasks"] > 0
    assert rows(house) == before


def test_a_step_that_is_refused_stops_the_day_and_the_next_run_goes_on(house, monkeypatch):
    def refuse(*_):
        raise Conflict("行情还没有到")

    broken = tuple(replace(step, run=refuse) if step.name == "derive" else step for step in STEPS)
    monkeypatch.setattr(the_day, "STEPS", broken)
    stopped = run_day(house, DAY, stamp())
    assert [(one.step.name, one.fault) for one in stopped][-1] == ("derive", "行情还没有到")
    assert len(stopped) == 4
    monkeypatch.undo()

    assert [one.step.name for one in run_day(house, DAY, stamp())] == NAMES
    assert rows(house)[2] > 0


def test_one_step_alone(house):
    assert [one.step.name for one in run_day(house, DAY, stamp(), only=("derive",))] == ["derive"]
