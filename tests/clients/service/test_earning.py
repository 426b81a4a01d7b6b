"""What grades earn, when promises are due, and that the book says the same as one client asked alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clients.contacts.service import ContactService
from clients.contacts.types import Channel, ContactAsk, Purpose
from clients.grading.review.tables import GradeInForceRow, GradeReviewRow
from clients.service.book import capacity_of, read_book
from clients.service.earning import Standing, earned
from clients.service.plan import Measure
from clients.service.problems import NoSuchStep, PlanMovedOn, StepRefused
from clients.service.rules import capacity_rule, earned_by, level_rules
from clients.service.service import ServiceDesk
from clients.service.standing import UNKNOWN
from clients.service.types import KINDS, LEVELS, PromiseKind, Rhythm, ServiceLevel, due_after
from kit.clock import SHANGHAI
from kit.rulebook import RuleError, load_rulebook, parse_rulebook, under
from tests.clients.people import DAY, EVERYTHING, NOW, STAMP, People, book, branch
from tests.clients.service.grades import graded

MONTH = Rhythm(30, 0.5)
DAYS = [  # kept last, level since, otherwise, due, source
    (date(2026, 3, 1), None, DAY, date(2026, 3, 31), "a rhythm after it was kept"),
    (None, date(2026, 3, 5), DAY, date(2026, 4, 4), "never kept: after the level was earned"),
    (date(2026, 1, 1), date(2026, 3, 5), DAY, date(2026, 4, 4), "a client who rises is not in arrears at once"),
    (date(2026, 3, 8), date(2026, 3, 5), DAY, date(2026, 4, 7), "kept since rising"),
    (None, None, DAY, date(2026, 4, 9), "nothing is known"),
]


def test_what_was_not_written_down_is_not_owed():
    assert due_after(MONTH, None, date(2020, 1, 1), DAY, floor=date(2026, 3, 1)) == date(2026, 3, 31)
    assert due_after(MONTH, date(2026, 3, 5), None, DAY, floor=date(2026, 3, 1)) == date(2026, 4, 4)


@pytest.mark.parametrize(("last", "since", "otherwise", "due", "source"), DAYS)
def test_when_a_promise_is_due(last, since, otherwise, due, source):
    assert due_after(MONTH, last, since, otherwise) == due, source


def standing(scheme, code):
    return {scheme: Standing(scheme, scheme, code, code or "不评", DAY)}


EARNS = [
    (standing("ABCD", "A"), "HIGH"), (standing("ABCD", "B"), "ORDINARY"), (standing("ABCD", "C"), "BASIC"),
    (standing("ABCD", None), "BASIC"), ({}, "BASIC"), (standing("VIP", "DIAMOND"), "HIGH"),
    (standing("VIP", "SILVER") | standing("ABCD", "A"), "HIGH"),
    (standing("VIP", "SILVER") | standing("ABCD", "D"), "ORDINARY"),
]  # fmt: skip


@pytest.mark.parametrize(("standings", "level"), EARNS)
def test_the_highest_class_earns_the_level(standings, level):
    assert earned(standings, DAY).level == level


def test_the_measures_of_the_class_are_those_of_the_rule():
    assert "专属客户经理" in earned(standing("ABCD", "A"), DAY).measures[0]
    assert earned(standing("ABCD", "D"), DAY).measures == (), "the source says nothing of D"


def test_levels_promise_more_the_higher_they_are():
    rules = [level_rules(DAY)[one] for one in LEVELS]

    assert [one.hours_a_month for one in rules] == sorted(one.hours_a_month for one in rules)
    assert [one.response_hours for one in rules] == sorted((one.response_hours for one in rules), reverse=True)
    assert [one.dedicated for one in rules] == [False, False, True]


BAD = [
    ("ABCD: {A: HIGH, B: ORDINARY}", "ABCD: {E: HIGH}", "没有类别 E"),
    ("ABCD: {A: HIGH, B: ORDINARY}", "nothing: {A: HIGH}", "没有分级方案 nothing"),
]


@pytest.mark.parametrize(("old", "new", "said"), BAD)
def test_a_rule_that_names_what_is_not_there_is_refused(old, new, said):
    written = load_rulebook("clients", "service").text
    assert old in written
    broken = parse_rulebook("clients/rules/service.yaml", written.replace(old, new))
    with under({("clients", "service"): broken}), pytest.raises(RuleError, match=said):
        earned_by(DAY)


@pytest.fixture
def people(session):
    made = People(session)
    made.person("S1", capacity=2)
    made.person("S2")
    made.person("S9", branch_no="B2")
    for number in ("C1", "C2", "C3", "C4", "C5"):
        made.client(number)
    for staff, client in (("S1", "C1"), ("S1", "C2"), ("S2", "C3"), ("S9", "C4")):
        made.serves(staff, client, first=date(2026, 1, 5))
    graded(session, made, date(2026, 1, 10), ABCD={"C1": "B", "C2": "B", "C3": "C"}, VIP={"C1": "SILVER"})
    graded(session, made, date(2026, 2, 10), ABCD={"C1": "A", "C2": "B", "C3": None, "C4": "D"}, VIP={"C4": "GOLD"})
    return made


def called(session, client_no, day, purpose=Purpose.CARE, **more):
    at = NOW.replace(year=day.year, month=day.month, day=day.day)
    ask = ContactAsk(client_no=client_no, at=at, channel=Channel.PHONE, purpose=purpose, staff_no="S1", **more)
    return ContactService(session, EVERYTHING).record(ask, STAMP)


def test_one_client_says_why_what_and_when(session, people):
    called(session, "C1", date(2026, 3, 1))
    called(session, "C1", date(2026, 3, 5), Purpose.MARKETING)  # is no care
    called(session, "C1", date(2026, 3, 6), reached=False)
    found = ServiceDesk(session, EVERYTHING).of_client("C1")

    assert (found.earned.level, found.earned.since) == (ServiceLevel.HIGH, date(2026, 2, 10))
    assert [one.scheme for one in found.earned.grounds] == ["ABCD"]
    by_kind = {one.kind: one for one in found.promises}  # contacts are on file since 1 March
    assert (by_kind[PromiseKind.CONTACT].last_on, by_kind[PromiseKind.CONTACT].due_on) == (
        date(2026, 3, 1), date(2026, 3, 31),
    )  # fmt: skip
    assert by_kind[PromiseKind.REPORT].due_on == date(2026, 3, 1) + timedelta(days=90)
    assert found.main is not None
    assert found.main.staff_no == "S1"


def test_an_approved_grade_stands_before_the_computed_one(session, people):
    review = GradeReviewRow(
        number="2026", kind="ANNUAL", state="APPROVED", day=DAY, run_id=1, schemes=[], clients=1, opened_by_id="U1",
        opened_by="甲", opened_at=NOW,
    )
    review_id = people.add(review)
    people.add(GradeInForceRow(
        client_id=people.clients["C1"], scheme="ABCD", grade="B", label="B级", valid_from=date(2026, 3, 1),
        review_id=review_id,
    ))  # fmt: skip
    desk = ServiceDesk(session, EVERYTHING)

    assert (desk.of_client("C1").earned.level, desk.of_client("C1").earned.since) == ("ORDINARY", date(2026, 3, 1))
    assert same_as_alone(session)


def same_as_alone(session):
    """Level, since, last and due of the whole book against each client asked alone."""
    whole = read_book(session, EVERYTHING)
    for at, number in enumerate(whole.client_no):
        alone = ServiceDesk(session, EVERYTHING).of_client(number)
        assert LEVELS[whole.level[at]] is alone.earned.level, number
        assert whole.since[at] == (alone.earned.since.toordinal() if alone.earned.since else UNKNOWN), number
        dues = {one.kind: one.due_on.toordinal() for one in alone.promises}
        assert [int(one) for one in whole.due[at]] == [dues.get(kind, UNKNOWN) for kind in KINDS], number
        lasts = {one.kind: one.last_on.toordinal() for one in alone.promises if one.last_on}
        known = [kind for kind in KINDS if kind in dues]
        assert [int(whole.last[at][KINDS.index(kind)]) for kind in known] == [
            lasts.get(kind, UNKNOWN) for kind in known
        ]  # fmt: skip
    return True


def test_the_book_says_the_same_as_one_client_alone(session, people):
    called(session, "C1", date(2026, 3, 1), Purpose.REPORT)
    called(session, "C3", date(2026, 2, 1), Purpose.SURVEY)

    assert same_as_alone(session)


def test_nobody_sees_clients_of_others(session, people):
    assert read_book(session, book("S1")).client_no == ("C1", "C2")
    assert read_book(session, branch("S2")).client_no == ("C1", "C2", "C3")


def test_capacity_is_trading_days_in_post_and_not_away(session, people):
    people.away("S2", first=date(2026, 3, 11), last=date(2026, 3, 12))
    found = read_book(session, EVERYTHING)
    hours = capacity_of(session, EVERYTHING, found.people, 2) / capacity_rule(DAY).hours_per_session

    # 2026-03-10 is a Tuesday: seven days hold five trading days
    assert hours[[one.staff_no for one in found.people].index("S1")].tolist() == [5, 5]
    assert hours[[one.staff_no for one in found.people].index("S2")].tolist() == [3, 5]


def test_load_names_who_is_full_what_is_done_and_whom_nobody_serves(session, people):
    load = ServiceDesk(session, EVERYTHING).load()
    only = ServiceDesk(session, EVERYTHING).load("B2")

    assert load.counts == {"BASIC": 2, "ORDINARY": 1, "HIGH": 2}
    own = {one.person.staff_no: one for one in load.people}
    assert own["S1"].clients == 2
    assert not own["S1"].over_limit
    assert load.plan.nobody_items == 0, "the one whom nobody serves is owed nothing within eight weeks"
    assert [one[0] for one in load.branches] == ["B1", "B2"]
    assert only.book.client_no == ("C4",)
    assert [one.person.staff_no for one in only.people] == ["S9"]
    assert np.allclose(load.plan.demand.sum(), load.items.hours[load.items.staff >= 0].sum())


def test_accepted_steps_stand_in_the_next_plan_until_they_are_taken_back(session, people):
    people.away("S1", first=DAY, last=DAY + timedelta(days=60))  # S2 is there in the same branch
    called(session, "C2", date(2026, 1, 5))
    desk = ServiceDesk(session, branch("S2"))
    load = desk.load()
    step = next(one for one in load.plan.steps if one.measure is not Measure.UNPLACED)
    ask = load.ask_of(step)
    other = next(one for one in load.book.client_no if one != ask.client_no)
    with pytest.raises(StepRefused, match="理由"):
        desk.accept([ask], " ", STAMP)
    with pytest.raises(PlanMovedOn, match="没有这样一项"):
        desk.accept([replace(ask, to_on=date(2026, 1, 1))], "商定", STAMP)
    (done,) = desk.accept([ask], "商定", STAMP)
    after = desk.load()

    assert [one.agreed for one in after.agreed] == [done]
    assert [desk.of_client(ask.client_no).agreed, desk.of_client(other).agreed] == [(done,), ()]
    assert ask not in [after.ask_of(one) for one in after.plan.steps]
    assert len(after.plan.steps) == len(load.plan.steps) - 1
    with pytest.raises(PlanMovedOn):
        desk.accept([ask], "再来一次", STAMP)
    with pytest.raises(NoSuchStep):
        ServiceDesk(session, book("S9")).undo(done.number, "不是我的客户", STAMP)
    desk.undo(done.number, "改主意", STAMP)
    back = desk.load()
    assert [back.ask_of(one) for one in back.plan.steps] == [load.ask_of(one) for one in load.plan.steps]
    assert not back.agreed
    with pytest.raises(NoSuchStep, match="已撤回"):
        desk.undo(done.number, "再撤", STAMP)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("DELETE FROM service_step"))


def test_what_is_due_stands_most_overdue_first(session, people):
    late, total, _ = ServiceDesk(session, EVERYTHING).due(DAY + timedelta(days=60))

    assert total == len(late)
    assert [one.due_on for one in late] == sorted(one.due_on for one in late)
    assert (late[0].client_no, late[0].kind) == ("C1", PromiseKind.CONTACT)
    assert NOW.astimezone(SHANGHAI).date() == DAY
