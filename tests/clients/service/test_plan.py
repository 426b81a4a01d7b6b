"""负荷与调整: where promises fall, what overflows, in which order it is put right; laws that hold for any book."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.service.agreed import Agreed, settle
from clients.service.plan import NOBODY, Measure, items_of, plan
from clients.service.rules import PlanRule
from clients.service.types import KINDS, LEVELS, PromiseKind, ServiceLevel

DAY = date(2026, 3, 9)
HIGH, ORDINARY, BASIC = (LEVELS.index(one) for one in (ServiceLevel.HIGH, ServiceLevel.ORDINARY, ServiceLevel.BASIC))
CONTACT, REPORT, SURVEY = (KINDS.index(one) for one in (PromiseKind.CONTACT, PromiseKind.REPORT, PromiseKind.SURVEY))
RULE = PlanRule(
    weeks=4,
    early_days={ServiceLevel.HIGH: 0, ServiceLevel.ORDINARY: 7, ServiceLevel.BASIC: 14},
    late_days={ServiceLevel.HIGH: 0, ServiceLevel.ORDINARY: 7, ServiceLevel.BASIC: 14},
    movable={ServiceLevel.HIGH: frozenset({PromiseKind.SURVEY}), ServiceLevel.ORDINARY: frozenset(PromiseKind),
             ServiceLevel.BASIC: frozenset(PromiseKind)},
    downgrade=(ServiceLevel.BASIC, ServiceLevel.ORDINARY),
    stretch=2,
)  # fmt: skip


def promises(*told, rule=RULE):
    """Each (client, kind, level, staff, due in days, rhythm, hours)."""
    columns = list(zip(*told, strict=True))
    ints = [np.array(column, dtype=np.int64) for column in columns[:6]]
    ints[4] = ints[4] + DAY.toordinal()
    client, kind, level, staff, due, every = ints
    return items_of(DAY, rule, client, kind, level, staff, due, every, np.array(columns[6], dtype=np.float64))


def made(items, capacity, branch=None, rule=RULE):
    capacity = np.array(capacity, dtype=np.float64)
    branch = np.zeros(len(capacity), dtype=np.int64) if branch is None else np.array(branch)
    numbers = [f"C{one:03d}" for one in range(int(items.client.max()) + 1 if len(items) else 0)]
    return plan(DAY, rule, items, capacity, branch, numbers, [f"人员{one}" for one in range(len(capacity))])


DUE = [  # due in days, rhythm, expected days from the day on, source
    (0, 30, [0], "due on the day itself"),
    (-40, 30, [0], "overdue counts as due on the day"),
    (27, 30, [27], "the last day of the fourth week"),
    (28, 30, [], "the first day after the weeks"),
    (5, 7, [5, 12, 19, 26], "a weekly promise comes again"),
    (-3, 14, [0, 14], "the next one a rhythm after the overdue one is made good"),
]


@pytest.mark.parametrize(("due", "every", "expected", "source"), DUE)
def test_when_a_promise_falls_due_within_the_weeks(due, every, expected, source):
    items = promises((0, CONTACT, HIGH, 0, due, every, 0.5))

    assert (items.due - DAY.toordinal()).tolist() == expected, source
    assert items.late.tolist() == [int(due < 0 and one == 0) for one in range(len(expected))]


def test_what_fits_stays_where_it_is():
    found = made(promises((0, CONTACT, HIGH, 0, 3, 30, 1.0), (1, REPORT, BASIC, 0, 10, 90, 1.0)), [[1, 1, 0, 0]])

    assert found.steps == ()
    assert found.load.tolist() == found.demand.tolist() == [[1, 1, 0, 0]]


def step(found):
    return [(one.measure, one.item, one.to_staff, one.to_week) for one in found.steps]


def test_the_lightest_waits_and_the_nearest_later_week_is_taken():
    items = promises((0, CONTACT, ORDINARY, 0, 8, 90, 1.0), (1, CONTACT, HIGH, 0, 8, 90, 1.0))
    found = made(items, [[1, 1, 1, 1]])

    assert step(found) == [(Measure.SPREAD, 0, None, 2)]
    assert "这一周需 2.0 小时，只有 1.0 小时" in found.steps[0].reason


def test_an_earlier_week_is_taken_where_later_ones_are_full_or_too_late():
    items = promises((0, CONTACT, ORDINARY, 0, 8, 90, 1.0), (1, CONTACT, HIGH, 0, 8, 90, 1.0))

    assert step(made(items, [[1, 1, 0, 1]])) == [(Measure.SPREAD, 0, None, 0)]


def test_a_colleague_of_the_branch_with_the_most_room_steps_in():
    told = [(0, SURVEY, HIGH, 0, 8, 180, 1.0), (1, CONTACT, HIGH, 0, 8, 90, 1.0)]
    found = made(promises(*told), [[0, 1, 0, 0], [0, 2, 0, 0], [0, 3, 0, 0], [0, 9, 0, 0]], branch=[0, 0, 0, 1])

    assert step(found) == [(Measure.MOVE, 0, 2, 1)], "person 3 sits in another branch"
    assert found.load[2].tolist() == [0, 1, 0, 0]


def test_a_call_to_a_high_client_is_never_passed_on_nor_thinned_out_but_named():
    told = [(one, CONTACT, HIGH, 0, 8, 90, 1.0) for one in range(3)]
    found = made(promises(*told), [[0, 1, 0, 0], [0, 9, 0, 0]])

    assert [one.measure for one in found.steps] == [Measure.UNPLACED] * 2
    assert found.unplaced.tolist() == [2.0, 0.0]
    assert "不降频" in found.steps[0].reason


def test_low_levels_are_kept_less_often_where_nobody_has_room():
    found = made(promises((0, CONTACT, BASIC, 0, 8, 14, 1.0)), [[0, 0, 0, 5]])
    later = made(promises((0, CONTACT, BASIC, 0, 8, 200, 1.0)), [[0, 0, 0, 0]])

    assert step(found)[0] == (Measure.SPREAD, 0, None, 3)
    assert step(later) == [(Measure.DOWNGRADE, 0, None, None)]
    assert "每 200 天一次改为每 400 天一次" in later.steps[0].reason


def test_whom_nobody_serves_is_told_apart():
    found = made(promises((0, CONTACT, HIGH, NOBODY, 8, 90, 1.5)), [[0, 0, 0, 0]])

    assert (found.nobody, found.nobody_items, found.steps) == (1.5, 1, ())


PROMISE = st.tuples(
    st.integers(0, 9), st.integers(0, 2), st.integers(0, 2), st.integers(-1, 2), st.integers(-50, 40),
    st.sampled_from([7, 14, 30, 90]), st.sampled_from([0.2, 0.5, 1.0]),
)  # fmt: skip
HOURS = st.lists(st.lists(st.sampled_from([0.0, 0.7, 2.0, 6.0]), min_size=4, max_size=4), min_size=3, max_size=3)


@given(told=st.lists(PROMISE, min_size=1, max_size=40), hours=HOURS)
def test_nothing_is_lost_and_nobody_is_given_more_than_there_is(told, hours):
    items = promises(*told)
    found = made(items, hours, branch=[0, 0, 1])
    after = sum(
        float(items.hours[one.item]) for one in found.steps
        if one.measure is Measure.DOWNGRADE and one.to_week is None
    )

    assert (found.load <= np.maximum(found.capacity, 0) + 1e-6).all(), "the plan fits"
    total = found.load.sum() + found.unplaced.sum() + found.nobody + after
    assert total == pytest.approx(items.hours.sum()), "every hour is somewhere"
    assert max(Counter(one.item for one in found.steps).values(), default=1) == 1
    assert made(items, hours, branch=[0, 0, 1]).steps == found.steps, "the same again"
    for one in found.steps:
        level = LEVELS[items.level[one.item]]
        if one.measure in (Measure.SPREAD, Measure.MOVE):
            begin = DAY + timedelta(days=7 * one.to_week)
            due = date.fromordinal(int(items.due[one.item]))
            assert begin <= due + timedelta(days=RULE.late_days[level])
            assert begin + timedelta(days=6) >= due - timedelta(days=RULE.early_days[level])


@given(told=st.lists(PROMISE, min_size=1, max_size=30), hours=HOURS)
def test_more_hours_never_leave_more_undone(told, hours):
    items = promises(*told)
    less = made(items, hours, branch=[0, 1, 2])
    enough = made(items, [[1e6] * 4] * 3, branch=[0, 1, 2])

    assert enough.unplaced.sum() == 0 <= less.unplaced.sum()
    assert enough.steps == ()


def agreed(number, owed, to_on, to_staff_no="", measure=Measure.SPREAD):
    day = [DAY + timedelta(days=one) for one in (owed, to_on)]
    return Agreed(number, "C000", PromiseKind.CONTACT, day[0], measure, "S0", to_staff_no, day[1], "商定", "甲",
                  datetime(2026, 3, 1, tzinfo=UTC))  # fmt: skip


AGREED = [  # owed in days, agreed for, by whom, expected (place of the person, week) or none, said
    (0, 14, "", (0, 2), "", "another week of the same person"),
    (0, 7, "S1", (1, 1), "", "a colleague"),
    (0, 7, "S9", (0, 0), "已不在岗", "a colleague who has left: the promise stands where it stood"),
    (-20, -10, "", (0, 0), "约定的一周已过", "late again: it is due at once"),
    (-20, -3, "", (0, 0), "", "the agreed week is not over"),
    (-20, 28, "", None, "", "after the weeks: it takes no hour of them"),
    (1, 14, "", (0, 0), None, "another promise than the one that is owed"),
]


@pytest.mark.parametrize(("owed", "to_on", "by", "expected", "said", "source"), AGREED)
def test_what_was_agreed_stands_where_it_was_agreed(owed, to_on, by, expected, said, source):
    real = owed if said is not None else 0
    items = promises((0, CONTACT, BASIC, 0, real, 300, 1.0))
    told, found = settle(items, [agreed(1, owed, to_on, by)], ["C000"], {"S0": 0, "S1": 1}, DAY, RULE.weeks)

    where = [(int(told.staff[at]), (int(told.due[at]) - DAY.toordinal()) // 7) for at in range(len(told))]
    assert where == ([expected] if expected else []), source
    assert [said in one.fault if said else not one.fault for one in found] == ([True] if said is not None else [])


def test_a_later_plan_moves_the_rest_and_not_what_was_agreed():
    items = promises((0, CONTACT, BASIC, 0, 0, 300, 1.0), (1, CONTACT, ORDINARY, 0, 8, 300, 1.0))
    told, _ = settle(items, [agreed(1, 0, 7)], ["C000", "C001"], {"S0": 0}, DAY, RULE.weeks)
    found = made(told, [[1.0] * 4])

    assert [found.steps[0].item, found.steps[0].measure] == [1, Measure.SPREAD]
    assert found.load.max() <= 1.0
