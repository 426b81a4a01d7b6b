"""The more urgent scenario of an event is held back: for a while it keeps its turn, for good the next one has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from sqlmodel import select

from kit.db import transaction
from mot.events.columns import NO_DAY, events_of, no_events
from mot.events.kinds import event_kinds
from mot.features import book_of
from mot.matching.day import Engine, backtest, judge_day
from mot.matching.gate import COLUMNS, contact_book, contacts, gate_ids
from mot.matching.holdout import Holdout
from mot.matching.outcome import WHYS, Why
from mot.matching.tasks import purposes
from mot.matching.waiting import PASSING, Held, next_allowed
from mot.scenario.loading import shipped_scenario
from mot.scenario.types import Purpose
from mot.tasks.rules import house_calendar
from mot.tasks.tables import JudgementRow
from mot.tasks.types import Outcome
from tests.mot.world import at, happened, make

DAY = date(2026, 3, 2)
TODAY = DAY.toordinal()
LOSS = event_kinds(DAY)["BIG_LOSS"]
BOOK = book_of([("C1", {"assets_yuan": 1e6})])
PLAIN = shipped_scenario("big-loss-company", DAY)
FIRST = replace(
    PLAIN, id="a-first", purpose=Purpose.MARKETING, moment=replace(PLAIN.moment, window_days=10),
    review=replace(PLAIN.review, holdout=0.0), assignment=replace(PLAIN.assignment, priority=1),
)  # fmt: skip
SECOND = replace(FIRST, id="b-second", assignment=replace(FIRST.assignment, priority=2))
THIRD = replace(SECOND, id="c-third", assignment=replace(FIRST.assignment, priority=3))
LEFT_ALONE = replace(SECOND, review=replace(SECOND.review, holdout=1.0))


def engine(scenarios, **facts_of_each):
    """facts_of_each: by fact, what it is for the first scenario, the second and so on; 0 or nothing where none says."""

    def facts(matches, some, day):
        known = {name: np.array([values[int(place)] for place in matches.scenario], dtype=np.int64)
                 for name, values in facts_of_each.items()}  # fmt: skip
        return contacts(purposes(matches, some), day, **known)

    return Engine(
        scenarios=tuple(scenarios), holdout=Holdout(b"a key of the test, no secret", 0.0), calendar=house_calendar(),
        facts_of=facts,
    )  # fmt: skip


def whys(scenarios, since: int = TODAY, **facts_of_each) -> list[Why]:
    events = events_of(LOSS, np.array([0]), np.array([since]), LOSS.sources[0])
    found = judge_day(engine(scenarios, **facts_of_each), events, BOOK, DAY)
    return [WHYS[code] for code in found.matches.why]


G, F, S, H = Why.GATED, Why.FIRED, Why.SUPERSEDED, Why.HELD_OUT
BOTH = (FIRST, SECOND)
CASES = [  # scenarios, first day, facts of each, what becomes of each, why
    (BOTH, TODAY, {}, [F, S], "nothing holds the first back"),
    (BOTH, TODAY, {"suitable": (0, 1)}, [G, F], "G15: its product alone does not suit"),
    (BOTH, TODAY, {"way_refused": (1, 0)}, [G, F], "G06: its ways alone are refused"),
    (BOTH, TODAY, {"suitable": (0, 0)}, [G, G], "what concerns both"),
    (BOTH, TODAY, {"staff_today": (20, 0)}, [G, S], "G14: its turn comes tomorrow"),
    (BOTH, TODAY - 9, {"staff_today": (20, 0)}, [G, S], "G14: tomorrow is the last day of its moment"),
    (BOTH, TODAY - 10, {"staff_today": (20, 0)}, [G, F], "G14: tomorrow its moment is over"),
    (BOTH, TODAY, {"quiet_until": (TODAY + 9, NO_DAY)}, [G, S], "G08: open on the last day"),
    (BOTH, TODAY, {"quiet_until": (TODAY + 10, NO_DAY)}, [G, F], "G08: open a day too late"),
    (BOTH, TODAY, {"bereaved_on": (TODAY - 171, NO_DAY)}, [G, S], "G16: open on the last day"),
    (BOTH, TODAY, {"bereaved_on": (TODAY - 170, NO_DAY)}, [G, F], "G16: open a day too late"),
    (BOTH, TODAY, {"suitable": (0, 1), "staff_today": (20, 0)}, [G, F], "the rule that lasts longest counts"),
    ((FIRST, LEFT_ALONE), TODAY, {"suitable": (0, 1)}, [G, H], "the next one has a holdout of its own"),
    ((FIRST, SECOND, THIRD), TODAY, {"suitable": (0, 1, 1)}, [G, F, S], "the third waits behind the second"),
    ((FIRST, SECOND, THIRD), TODAY, {"suitable": (0, 0, 1)}, [G, G, F], "one after another"),
    ((FIRST, SECOND, THIRD), TODAY, {"suitable": (0, 1, 1), "staff_today": (0, 20, 0)}, [G, G, S], "a second waits"),
]


@pytest.mark.parametrize(("scenarios", "since", "facts", "expected", "why"), CASES)
def test_who_has_the_turn(scenarios, since, facts, expected, why):
    assert whys(scenarios, since, **facts) == expected, why


def test_the_reasons_of_the_one_that_lost_its_turn_are_kept():
    events = events_of(LOSS, np.array([0]), np.array([TODAY]), LOSS.sources[0])

    found = judge_day(engine(BOTH, suitable=(0, 1)), events, BOOK, DAY)

    assert (found.gate.reasons(0), found.gate.reasons(1)) == (("MOT-G15",), ())
    assert found.held_by() == {"MOT-G15": 1}


def test_a_backtest_hands_on_as_the_day_does():
    judging = engine(BOTH, suitable=(0, 1))

    def events(day: date):
        return events_of(LOSS, np.array([0]), np.array([TODAY]), LOSS.sources[0]) if day == DAY else no_events()

    found = backtest(judging, [DAY, DAY + timedelta(days=1)], events, lambda _: BOOK, 1)

    assert (found.outcomes["a-first"], found.outcomes["b-second"]) == ({Why.GATED: 1}, {Why.FIRED: 1})


@pytest.mark.parametrize("rule", gate_ids(contact_book()))
def test_what_lasts_until_a_new_fact_has_no_next_time(rule):
    known = {"quiet_until": DAY, "bereaved_on": DAY, "oldest_marketing_on": DAY}
    held = Held(at(DAY), (rule,), **known)

    assert (next_allowed(held, house_calendar()) is None) == (rule not in PASSING)


def test_every_fact_of_the_cases_is_one_of_the_gate():
    assert {name for _, _, facts, _, _ in CASES for name in facts} <= set(COLUMNS)


SATURDAY = date(2026, 3, 7)


def test_who_waits_is_told_behind_whom_and_until_when(url):
    """On a Saturday nothing is marketed: the more urgent one waits for Monday, and the other one behind it."""
    with transaction(url) as session:
        happened(session, "C01", "LARGE_INFLOW", SATURDAY, amount_yuan=600_000.0)
        made = make(session, SATURDAY)
        rows = {row.scenario_id: row for row in session.scalars(select(JudgementRow))}

        lead, behind = rows["large-inflow-service"], rows["advice-after-inflow"]
        assert (made.tasks, lead.outcome, behind.outcome) == ((), Outcome.QUIET.value, Outcome.SUPERSEDED.value)
        assert behind.reason == "让位于“大额转入服务”，它暂时不能联系：非交易日不联系；开闸后先办它"
        assert behind.next_allowed_at == lead.next_allowed_at is not None
