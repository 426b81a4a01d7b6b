"""A day of the engine and many days: the same function, counts that add up, distances that are kept."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from kit.days import calendar
from mot.events.columns import Events, events_of, joined, no_events
from mot.events.kinds import event_kinds
from mot.events.types import Source
from mot.features import book_of
from mot.matching.day import Engine, backtest, judge_day, over_days, tasks_of
from mot.matching.gate import contacts
from mot.matching.holdout import Holdout
from mot.matching.outcome import Why
from mot.matching.tasks import purposes
from mot.scenario.loading import shipped_scenario

DAY = date(2026, 3, 2)
KINDS = event_kinds(DAY)
BOOK = book_of([
    (f"C{n}", {"assessment_valid": True, "mismatch_open": False, "cash_share": 0.5, "assets_yuan": 1e5})
    for n in range(40)
])  # fmt: skip
SCENARIOS = tuple(shipped_scenario(one, DAY) for one in ("big-loss-company", "large-inflow-service"))


def on(kind: str, clients: list[int], day: date) -> Events:
    source = Source.LEDGER
    return events_of(KINDS[kind], np.array(clients, np.int64), np.full(len(clients), day.toordinal()), source)


def engine(**more) -> Engine:
    return Engine(
        scenarios=SCENARIOS, holdout=Holdout(b"a key of the test, no secret", 0.0), calendar=calendar("XSHG"), **more
    )


def complaining(matches, scenarios, day):
    """Clients of even rows have a complaint that is not settled."""
    return contacts(purposes(matches, scenarios), day, complaint_open=(matches.client % 2 == 0).astype(np.int64))


def test_a_day_says_what_became_of_every_pair():
    events = joined([on("BIG_LOSS", [0, 1], DAY), on("LARGE_INFLOW", [2, 3, 4], DAY)])

    judging = engine(facts_of=complaining)

    found = judge_day(judging, events, BOOK, DAY)

    counts, made = found.matches.counts(), tasks_of(judging, found, events, BOOK)
    assert sum(counts.values()) == 5
    assert found.held_by() == {"MOT-G07": counts[Why.GATED]}
    assert len(made) == counts[Why.FIRED]
    assert {task.client_no for task in made}.isdisjoint({"C2", "C4"})


DISTANCE = [(29, 1, "29 days: still cooling"), (30, 2, "30 days: again")]


@pytest.mark.parametrize(("apart", "fired", "source"), DISTANCE)
def test_a_backtest_keeps_the_distance_between_two_tasks(apart, fired, source):
    client = int(np.flatnonzero(~engine().holdout.held(SCENARIOS[0], BOOK.client_nos))[0])
    days = [DAY, DAY + timedelta(days=apart)]

    found = backtest(engine(), days, lambda day: on("BIG_LOSS", [client], day), lambda _: BOOK, 40)

    assert found.outcomes["big-loss-company"].get(Why.FIRED) == fired, source
    assert (found.days, found.tasks, found.tasks_by_client[client]) == (2, fired, fired)


def test_a_backtest_is_its_days_and_holds_out_its_share():
    days = [DAY + timedelta(days=n) for n in range(3)]
    everybody = list(range(40))

    def events(day: date) -> Events:
        return on("LARGE_INFLOW", everybody, day) if day == DAY else no_events()

    found = backtest(engine(facts_of=complaining), days, events, lambda _: BOOK, 40)
    by_day = over_days(engine(facts_of=complaining), days, events, lambda _: BOOK)
    one_by_one = [int(judged.matches.fired.sum()) for judged in by_day]

    assert found.tasks == sum(one_by_one)
    assert one_by_one[1:] == [0, 0]
    outcome = found.outcomes["large-inflow-service"]
    assert sum(outcome.values()) == 40
    assert 0 < outcome[Why.HELD_OUT] < 12
    assert found.held_by == {"MOT-G07": outcome[Why.GATED]}
