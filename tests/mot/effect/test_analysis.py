"""From a plan and clients to a finding, or to what is missing; from facts to what should change. Nothing is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from kit.rulebook import RuleError
from mot.effect.analysis import Outcomes, conclude, ended, planned_smallest, sample_of, waiting
from mot.effect.content import finding_content, finding_from
from mot.effect.reviewing import COMPARES, FACTS, Fact, advice, facts_of, feedback_shares
from mot.effect.rules import plan_from, plan_of, value_of
from mot.effect.statistics import CUPED, newcombe
from mot.effect.types import Arm, Enrolled, Finding, Lack, Measured, TaskFacts
from mot.effect.windows import Windows, healed, kept, summed
from mot.scenario.loading import shipped
from mot.scenario.types import MetricId

DAY = date(2026, 3, 2)
SCENARIOS = shipped(DAY)
PLAN = replace(
    plan_of(next(one for one in SCENARIOS if one.id == "birthday-care"), DAY), share_held=0.4, window_days=30,
    review_on=DAY + timedelta(days=60),
)  # fmt: skip
DUE = PLAN.review_on


def people(treated, held, on=DAY, everywhere=0):
    arms = [Arm.TREATED] * treated + [Arm.HELD_OUT] * held + [Arm.GLOBAL] * everywhere
    return tuple(Enrolled(f"C{place:03d}", arm, on) for place, arm in enumerate(arms))


def looked(plan, treated, held, values, before=None, in_use=True):
    enrolled = people(treated, held)
    outcomes = Outcomes(np.array(values, dtype=float), before, np.zeros(len(values), dtype=bool), in_use)
    return conclude(plan, ended(plan, enrolled, DUE), outcomes, sample_of(plan, enrolled, 0, DUE), DUE)


def lacks(missing):
    return [one.lack for one in missing]


BEFORE_A_LOOK = [  # plan, clients, day, what stands against it
    (PLAN, people(60, 40), DUE, []),
    (PLAN, people(60, 40), DUE - timedelta(days=1), [Lack.NOT_DUE]),
    (PLAN, people(50, 29), DUE, [Lack.TOO_FEW]),
    (PLAN, people(29, 29), DUE, [Lack.TOO_FEW, Lack.TOO_FEW]),
    (PLAN, people(400, 100), DUE, [Lack.RATIO]),
    (replace(PLAN, share_held=0.0), people(60, 0), DUE, [Lack.NO_HOLDOUT]),
    (replace(PLAN, lacks="没有来源"), people(60, 40), DUE, [Lack.NO_SOURCE]),
]


@pytest.mark.parametrize(("plan", "enrolled", "day", "expected"), BEFORE_A_LOOK)
def test_what_stands_against_a_look(plan, enrolled, day, expected):
    assert lacks(waiting(plan, sample_of(plan, enrolled, 0, day), day, registered_late=False)) == expected


def test_too_few_says_how_many_are_still_to_come():
    missing = waiting(PLAN, sample_of(PLAN, people(12, 1), 0, DUE), DUE, registered_late=False)

    assert [(one.n, one.text) for one in missing] == [
        (18, "样本不足：处理组已有 12 人，还差 18 人"), (29, "样本不足：对照组已有 1 人，还差 29 人"),
    ]  # fmt: skip


def test_late_registration_and_clients_in_both_groups_are_said():
    sample = sample_of(PLAN, people(60, 40), 3, DUE)

    assert lacks(waiting(PLAN, sample, DUE, registered_late=True)) == [Lack.REGISTERED_LATE, Lack.MIXED]


def test_only_clients_whose_window_is_over_and_who_are_compared_are_looked_at():
    enrolled = (*people(2, 1), *people(1, 0, DUE - timedelta(days=30)), *people(1, 1, DUE - timedelta(days=29)))

    assert len(ended(PLAN, (*enrolled, *people(0, 0, everywhere=5)), DUE)) == 4


def test_the_finding_is_that_of_the_groups_as_the_hash_made_them():
    found = looked(PLAN, 60, 40, [1] * 45 + [0] * 15 + [1] * 20 + [0] * 20)
    gap = newcombe(45, 60, 20, 40, PLAN.level)

    assert found.missing == ()
    assert (found.difference.value, found.difference.low) == (float(gap.value), float(gap.low))
    assert (found.difference.treated, found.difference.held) == (0.75, 0.5)
    assert found.difference.clear
    assert finding_from(finding_content(found)) == found


def test_unknown_outcomes_are_left_out_and_counted():
    found = looked(PLAN, 60, 40, [np.nan] * 31 + [1] * 29 + [0] * 40)

    assert found.difference is None
    assert found.sample.known == {Arm.TREATED: 29, Arm.HELD_OUT: 40}
    assert [one.text for one in found.missing] == ["样本不足：处理组结果已知 29 人，还差 1 人"]
    assert lacks(looked(PLAN, 60, 40, [1] * 100, in_use=False).missing) == [Lack.NO_SOURCE]


def test_money_is_adjusted_by_the_time_before_where_the_plan_says_so():
    plan = replace(PLAN, measured=Measured.MONEY, covariate="前期")
    before = np.random.default_rng(3).normal(0, 1e4, 100)
    values = before + np.where(np.arange(100) < 60, 500.0, 0.0)
    plain, adjusted = looked(plan, 60, 40, values), looked(plan, 60, 40, values, before)

    assert adjusted.difference.method == CUPED
    assert adjusted.difference.value == pytest.approx(500)
    assert adjusted.difference.smallest < plain.difference.smallest


def test_before_the_look_only_the_smallest_visible_difference_is_told():
    assert planned_smallest(PLAN, sample_of(PLAN, people(100, 100), 0, DAY)) == pytest.approx(0.198, abs=1e-3)
    assert planned_smallest(PLAN, sample_of(PLAN, people(100, 0), 0, DAY)) is None


def test_every_shipped_scenario_has_a_plan_that_reads_back():
    plans = [plan_of(one, DAY) for one in SCENARIOS]

    assert [plan_from(one.content()) for one in plans] == plans
    assert set(value_of("EFFECT-METRICS", DAY)) == {one.value for one in MetricId}
    assert all((one.share_held > 0) == scenario.may_hold_out for one, scenario in zip(plans, SCENARIOS, strict=True))


# windows


def test_the_day_itself_does_not_count_and_the_last_day_does():
    windows = Windows(("A", "B", "C", "D"), np.full(4, 10), np.full(4, 15))

    assert windows.hit([("A", 10), ("B", 11), ("C", 15), ("D", 16), ("X", 12)]).tolist() == [False, True, True, False]


def test_sums_need_every_day_of_the_window():
    days, values = np.array([8, 10, 11, 14, 15]), np.array([[1.0, 2, 4, 8, 16], [np.nan, 2, 4, np.nan, 1]])
    two = Windows(("A", "B"), np.full(2, 10), np.full(2, 14))

    assert summed(days, values, two).tolist() == pytest.approx([12.0, np.nan], nan_ok=True)
    assert summed(days, values, two.before()).tolist() == pytest.approx([np.nan, np.nan], nan_ok=True), "not all read"


def test_kept_is_at_least_the_share_and_healed_is_nothing_left():
    first = np.array([100.0, 100, 100, np.nan, 0])
    assert kept(first, np.array([50.0, 49.99, np.nan, 1, 1]), 0.5).tolist() == pytest.approx(
        [1, 0, np.nan, np.nan, np.nan], nan_ok=True
    )
    spells = [("A", 5, 12), ("B", 5, None), ("C", 5, 12), ("C", 13, None), ("D", 5, 9)]
    windows = Windows(("A", "B", "C", "D"), np.full(4, 10), np.full(4, 20))
    assert healed(windows, spells).tolist() == pytest.approx([1, 0, 0, np.nan], nan_ok=True)


# the review


def task(state="DONE", feedback="", effect="", reached=None, tried=None):
    return TaskFacts(state, DAY, DAY + timedelta(days=5), feedback, effect, bool(tried or reached), reached)


NOTHING = Finding(day=DUE, sample=sample_of(PLAN, (), 0, DUE), difference=None, treated=None, missing=())


def test_facts_are_shares_of_what_they_are_shares_of():
    tasks = [
        task("SKIPPED"), task("EXPIRED"), task("IN_PROGRESS", tried=True),
        task(reached=DAY + timedelta(days=5), effect="DONE", feedback="YES"),
        task(reached=DAY + timedelta(days=6), effect="DECLINED", feedback="NO"),
    ]  # fmt: skip
    facts = facts_of(PLAN, tasks, {"FIRED": 5, "GATED": 3, "QUIET": 1, "CAPPED": 1, "HELD_OUT": 9}, NOTHING)

    assert {name: (one.value, one.n) for name, one in facts.items() if one.value is not None} == {
        "fired": (5, 10), "skipped_share": (0.2, 5), "expired_share": (0.2, 5), "unreached_share": (1 / 3, 3),
        "declined_share": (0.5, 2), "in_time_share": (0.2, 5), "days_to_contact": (5.5, 2), "gated_share": (0.4, 10),
        "capped_share": (0.1, 10),
    }  # fmt: skip
    assert set(facts) == set(FACTS)
    assert feedback_shares(tasks, {"YES": "愿意"}) == (("NO", 1, 0.5), ("愿意", 1, 0.5))


EDGES = [  # skipped of tasks; 超过 excludes the limit itself
    (4, 10, False), (5, 10, True), (41, 100, True), (40, 100, False), (9, 9, False),
]  # fmt: skip


@pytest.mark.parametrize(("skipped", "n", "wide"), EDGES)
def test_too_wide_is_said_above_forty_percent_of_at_least_ten(skipped, n, wide):
    facts = dict.fromkeys(FACTS, Fact(None, 0)) | {"skipped_share": Fact(skipped / n, n)}

    assert [one.id for one in advice(facts, value_of("EFFECT-ADVICE", DAY))] == (["TOO_WIDE"] if wide else [])


def test_a_rule_on_an_unknown_fact_or_without_a_limit_is_refused():
    with pytest.raises(RuleError, match="no fact"):
        advice({}, [{"id": "X", "fact": "moon", "above": 1, "least": 0, "say": ""}])
    with pytest.raises(RuleError, match=next(iter(COMPARES))):
        advice({}, [{"id": "X", "fact": "fired", "least": 0, "say": ""}])
