"""Between the years: on, just inside and just outside the margin; nobody on a boundary flaps."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.grading.engine import decide
from clients.grading.review.hysteresis import beyond, held_long_enough, settled
from clients.grading.review.problems import NothingMoved, NotInReview, ReviewRefused
from clients.grading.review.rules import Hysteresis, reviewed_schemes
from clients.grading.review.types import ReviewKind
from clients.grading.schemes import NO_GRADE
from kit.rulebook import RuleError, parse_rulebook, under
from tests.clients.grading.review.house import by
from tests.clients.grading.schemes import DAY, loaded, text_of, values

BANDS = "bands:\n  of: assets\n  rows: [{class: A, from: 75}, {class: B, from: 50, below: 75}, {class: C, below: 50}]\n"
(SCHEME,) = loaded(one=text_of("ONE", BANDS, "classes: {A: 甲, B: 乙, C: 丙}\n"))
A, B, C = range(3)
MARGIN = 3.0


def after(held, number, margin=MARGIN):
    one = np.array([float(number)])
    return int(beyond(SCHEME, one, margin, decide(SCHEME, [one]), np.array([held], dtype=np.int8))[0])


CASES = [  # held, number, class afterwards
    (B, 74.9, B), (B, 75, B), (B, 77.9, B), (B, 78, A), (A, 75, A), (A, 74.9, A), (A, 72, A), (A, 71.9, B),
    (C, 52.9, C), (C, 53, B), (B, 47, B), (B, 46.9, C), (C, 90, A), (A, 10, C), (NO_GRADE, 75, A), (NO_GRADE, 74.9, B),
]  # fmt: skip


@pytest.mark.parametrize(("held", "number", "expected"), CASES)
def test_on_below_and_above_the_margin(held, number, expected):
    assert after(held, number) == expected


@given(
    held=st.sampled_from([A, B, C, NO_GRADE]), low=st.floats(0, 120), margin=st.floats(0.5, 20),
    steps=st.lists(st.floats(0, 1), min_size=2, max_size=40),
)  # fmt: skip
def test_within_a_stretch_no_wider_than_the_margin_the_class_moves_at_most_once(held, low, margin, steps):
    moves, now = 0, held
    for step in steps:
        then = after(now, low + step * margin * 0.999, margin)
        moves += then != now
        now = then
    assert moves <= 1


@given(held=st.sampled_from([A, B, C]), number=st.floats(0, 120), margin=st.floats(0, 20))
def test_without_a_margin_the_engine_is_followed_and_far_from_a_bound_too(held, number, margin):
    engine = int(decide(SCHEME, [np.array([number])])[0])
    assert after(held, number, 0.0) == engine
    if all(abs(number - bound) > margin for bound in (50, 75)):
        assert after(held, number, margin) == engine


@given(days=st.lists(st.booleans(), min_size=5, max_size=60), hold=st.integers(2, 30))
def test_a_class_that_changes_daily_never_moves_and_no_more_often_than_the_days_allow(days, hold):
    held, since, moves = np.array([0], dtype=np.int8), 0, 0
    before = None
    for day, flag in enumerate(days):
        now = np.array([int(flag)], dtype=np.int8)
        since = day if flag != before else since
        before = flag
        then = held_long_enough(now, held, np.array([day - since]), hold)
        moves += int(then[0] != held[0])
        held = then
    assert moves <= len(days) // hold


def test_unknown_today_keeps_what_is_held():
    told = values(assets=[None, 80])
    found = settled(SCHEME, Hysteresis(MARGIN), told, {}, np.array([B, B], dtype=np.int8))
    assert found.tolist() == [B, A]


@pytest.mark.parametrize(("schemes", "said"), [
    ("{NONE: {margin: 1}}", "没有这个分级方案"), ("{CREDIT: {margin: 1}}", "不能用 margin"),
    ("{ABCD: {margins: 1}}", "只认 margin"), ("{ABCD: {margin: -1}}", "不小于 0"),
])  # fmt: skip
def test_a_rule_that_no_scheme_can_have_is_refused(schemes, said):
    text = (
        "- {id: REVIEW-SCHEMES, title: t, source: house rule, read_on: 2026-11-27,"
        f" values: [{{from: 2017-07-01, value: {schemes}}}]}}\n"
    )
    book = parse_rulebook("grade_review.yaml", text)
    with under({("clients", "grade_review"): book}), pytest.raises(RuleError, match=said):
        reviewed_schemes(DAY)


MAY = date(2026, 5, 1)


def regraded(house, commission, day=MAY, **more):
    """An event review after the annual one, of who moved."""
    house.approved()
    house.grade(MAY - timedelta(days=60) if day is None else MAY, commission)
    later = MAY + timedelta(days=more.pop("later", 20))
    house.grade(later, commission)
    return house.desk.open_event("MOVED", later, by("甲", later), reason="季度复核", **more)


def test_only_who_moved_far_enough_and_long_enough_is_regraded(house):
    review = regraded(house, (50_000.0, 20_000.0, 5_000.0, 5_000.0, 0.0, 0.0))  # C3 from C to B, 22 points further
    (line,) = house.desk.lines(review.number)
    assert (review.kind, review.number, line.client_no) == (ReviewKind.EVENT, "2026-E1", "C3")
    assert (line.grades["ABCD"].before, line.grades["ABCD"].grade) == ("C", "B")


def test_a_class_that_stands_for_a_day_less_is_not_regraded(house):
    with pytest.raises(NothingMoved, match="没有客户的等级越过回差"):
        regraded(house, (50_000.0, 20_000.0, 5_000.0, 5_000.0, 0.0, 0.0), later=19)


def test_an_event_names_its_clients(house):
    house.approved()
    with pytest.raises(ReviewRefused, match="须指明客户"):
        house.desk.open_event("COMPLAINT", MAY, by("甲", MAY), reason="投诉属实")
    with pytest.raises(ReviewRefused, match="没有事件 PARTY"):
        house.desk.open_event("PARTY", MAY, by("甲", MAY), reason="试", client_nos=["C1"])
    with pytest.raises(NotInReview, match="C9"):
        house.desk.open_event("COMPLAINT", MAY, by("甲", MAY), reason="投诉属实", client_nos=["C1", "C9"])
    review = house.desk.open_event("COMPLAINT", MAY, by("甲", MAY), reason="投诉属实", client_nos=["C1"])
    assert [one.client_no for one in house.desk.lines(review.number)] == ["C1"]
    met = house.desk.convene(review.number, expected_version=1, stamp=by("乙", MAY))
    house.edit(review.number, "C1", grades={"ABCD": "B"}, reason="投诉属实，降一级")
    sent = house.desk.submit(review.number, expected_version=met.version, stamp=by("乙", MAY))
    done = house.desk.approve(
        review.number, effective_from=MAY, expected_version=sent.version, stamp=by("丙", MAY)
    )
    assert done.effective_from == MAY
