"""A period from preview to publication: which step follows which, four eyes with one digest, facts, who sees what."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from advisors.periods.filing import card_of
from advisors.periods.machine import STEPS, after
from advisors.periods.problems import DigestDiffers, NobodyGraded, NoSuchCard, NoSuchRun, PeriodPublished
from advisors.periods.service import period_named
from advisors.periods.types import Deed, RunState
from advisors.types import PeriodNotClosed, period_of
from clients.grading.review.problems import ReviewRefused, SamePerson, WrongStep
from clients.staff.problems import ChangedMeanwhile
from clients.staff.service import StaffService
from kit.access import everything
from mot.tasks.assignment import servers_on
from tests.advisors.periods.house import (
    BOSS,
    CLOSED,
    MAKER,
    QUARTER,
    SCORES,
    by,
    card,
    cards,
    of,
    severe,
    team,
)

NEXT = {  # the whole machine: what every state allows, and where it leads
    "PREVIEWED": {"SUBMIT": "SUBMITTED", "CANCEL": "CANCELLED"},
    "SUBMITTED": {"APPROVE": "APPROVED", "RETURN": "PREVIEWED", "CANCEL": "CANCELLED"},
    "APPROVED": {"PUBLISH": "PUBLISHED", "CANCEL": "CANCELLED"},
    "PUBLISHED": {},
    "CANCELLED": {},
}


@pytest.mark.parametrize("state", RunState)
@pytest.mark.parametrize("deed", Deed)
def test_the_table_of_steps(state, deed):
    expected = NEXT[state.value].get(deed.value)
    if expected is None:
        with pytest.raises(WrongStep, match=f"现为“{state.label}”"):
            after(state, deed, "2026Q1-1")
    else:
        assert after(state, deed, "2026Q1-1") == RunState(expected)


def test_nothing_leads_back_from_what_is_over():
    assert {state for state, _ in STEPS} == {RunState.PREVIEWED, RunState.SUBMITTED, RunState.APPROVED}


def test_a_period_is_run_on_the_first_day_after_it_and_not_before(house):
    for day in (QUARTER.last, QUARTER.last - timedelta(days=1)):
        with pytest.raises(PeriodNotClosed, match="2026 年第 1 季度（2026-01-01 至 2026-03-31）还没有结束"):
            house.ran(stamp=by("甲", day))
    assert house.ran(stamp=by("甲", QUARTER.last + timedelta(days=1))).state is RunState.PREVIEWED


def test_a_preview_is_the_same_whatever_the_order_and_files_nothing_twice(house):
    first = house.ran()
    again = house.ran(list(reversed(cards())))

    assert (first.number, first.people, first.withheld) == ("2026Q1-1", 6, 1)
    assert again == first
    assert len(house.desk.list()) == 1
    one = house.desk.line("2026Q1-1", "S2")
    assert (one.graded, one.level, one.before, one.score) == ("L3", "L3", "L2", 58.5)
    assert card_of(one.card) == card("S2", 58.5)


def test_another_result_takes_the_place_of_a_preview_but_not_of_what_waits(house):
    house.ran()
    second = house.ran(cards(S2=70.0))
    assert [(one.number, one.state.value) for one in house.desk.list()] == [
        ("2026Q1-2", "PREVIEWED"), ("2026Q1-1", "CANCELLED"),
    ]  # fmt: skip
    assert "取代" in house.desk.get("2026Q1-1").decided_reason
    assert house.desk.get("2026Q1").number == "2026Q1-2"
    assert second.digest != house.desk.get("2026Q1-1").digest
    house.desk.submit(second.number, expected_version=second.version, stamp=MAKER)
    with pytest.raises(WrongStep, match="先退回或撤销"):
        house.ran()


def test_four_eyes_and_one_digest(house):
    run = house.submitted()
    for deed in (
        lambda: house.desk.approve(run.number, digest=run.digest, expected_version=run.version, stamp=MAKER),
        lambda: house.desk.send_back(run.number, reason="再核", expected_version=run.version, stamp=MAKER),
    ):
        with pytest.raises(SamePerson):
            deed()
    with pytest.raises(DigestDiffers, match="重新查看"):
        house.desk.approve(run.number, digest="sha256:else", expected_version=run.version, stamp=BOSS)
    with pytest.raises(ChangedMeanwhile):
        house.desk.approve(run.number, digest=run.digest, expected_version=1, stamp=BOSS)
    done = house.desk.approve(run.number, digest=run.digest, expected_version=run.version, stamp=BOSS, reason="同意")
    assert (done.state, done.decided_by, done.decided_reason) == (RunState.APPROVED, "乙", "同意")


def test_whoever_submitted_for_another_does_not_approve_either(house):
    run = house.ran()
    sent = house.desk.submit(run.number, expected_version=run.version, stamp=BOSS)
    with pytest.raises(SamePerson):
        house.desk.approve(run.number, digest=run.digest, expected_version=sent.version, stamp=BOSS)
    third = by("丙")
    assert (
        house.desk.approve(run.number, digest=run.digest, expected_version=sent.version, stamp=third).decided_by == "丙"
    )


def test_publication_makes_levels_facts_that_assignment_reads(house):
    house.published([*cards()[:5], severe("S6")])
    staff = StaffService(house.session, everything(CLOSED))

    found = {number: staff.level_of(number, CLOSED) for number in SCORES}
    assert {number: one and one.level for number, one in found.items()} == {
        "S1": "L4", "S2": "L3", "S3": "L1", "S4": None, "S5": "L5", "S6": "L1",
    }  # fmt: skip
    assert (found["S1"].basis, found["S1"].published_by) == ("考评 2026Q1-1", "甲")
    assert staff.level_of("S1", CLOSED - timedelta(days=1)) is None
    assert staff.get("S1").level == "L4"
    for place, number in enumerate(("S5", "S1", "S3", "S4")):
        house.people.client(f"C{place}")
        house.people.serves(number, f"C{place}")
    served = servers_on(house.session, CLOSED)
    ranks = [served[f"C{place}"][0].grade for place in range(4)]
    assert ranks == sorted(set(ranks))  # L5 before L4 before L1, and whoever has no level comes last


@pytest.mark.parametrize("day", [CLOSED - timedelta(days=1), date(2026, 1, 1)])
def test_no_level_reaches_back(house, day):
    run = house.approved()
    with pytest.raises(ReviewRefused, match="不能追溯"):
        house.desk.publish(run.number, effective_from=day, expected_version=run.version, stamp=MAKER)


def test_an_earlier_period_is_not_published_over_a_later_one(house):
    house.published()
    earlier = period_of("2025Q4")
    run = house.desk.run(earlier, [card("S2", 90.0, earlier)], MAKER)
    run = house.desk.submit(run.number, expected_version=run.version, stamp=MAKER)
    run = house.desk.approve(run.number, digest=run.digest, expected_version=run.version, stamp=BOSS)
    with pytest.raises(WrongStep, match="更晚的考评 2026Q1-1 已发布"):
        house.desk.publish(run.number, effective_from=CLOSED, expected_version=run.version, stamp=MAKER)
    assert StaffService(house.session, everything(CLOSED)).level_of("S2", CLOSED).basis == "考评 2026Q1-1"


def test_what_is_published_is_not_run_again(house):
    house.published()
    with pytest.raises(PeriodPublished, match="由本人申诉更正"):
        house.ran(cards(S2=70.0))
    with pytest.raises(WrongStep, match="已发布"):
        house.desk.cancel("2026Q1-1", reason="错了", expected_version=4, stamp=MAKER)


def test_nobody_to_grade_is_said(house):
    with pytest.raises(NobodyGraded, match="没有可考评的"):
        house.ran([])


def test_before_publication_the_person_and_the_team_see_nothing(house):
    run = house.approved()
    for scope in (of("S2"), team("M1")):
        desk = house.seen_by(scope)
        assert desk.list() == ()
        with pytest.raises(NoSuchRun, match="没有已发布的考评"):
            desk.line(run.number, "S2")


def test_after_publication_everybody_sees_within_the_reach(house):
    house.published()
    own, branch = house.seen_by(of("S2")), house.seen_by(team("M1"))
    assert [one.staff_no for one in own.lines("2026Q1")] == ["S2"]
    assert [one.staff_no for one in branch.lines("2026Q1")] == ["S1", "S2", "S3", "S4"]
    assert branch.counts("2026Q1-1") == {"L4": 1, "L3": 1, "L1": 1, None: 1}
    for desk, other in ((own, "S1"), (branch, "S5")):
        with pytest.raises(NoSuchCard):
            desk.line("2026Q1", other)
    assert own.history("S1") == ()


def test_the_peers_are_told_as_shares_and_bounds_without_the_person(house):
    house.published()
    found = house.seen_by(of("S2")).standing("2026Q1", "S2")

    assert found.peers == 4  # S1 72, S3 31, S5 88, S6 64.25; S4 was not graded
    assert found.scores == (31.0, 55.9375, 68.125, 76.0, 88.0)
    assert found.better == 0.25
    assert found.components == {"GROWTH": 57.05, "SERVICE": 65.05}  # of S1, S3, S4, S5, S6


def test_a_small_group_is_not_compared(house):
    apart = [replace(one, peer_group="ALONE" if one.staff_no in ("S2", "S3") else "X") for one in cards()]
    house.published(apart)
    assert house.seen_by(of("S2")).standing("2026Q1", "S2") is None


def test_a_published_run_is_never_changed_and_no_card_ever(house, database_url):
    """On both databases the database itself refuses."""
    house.published()
    house.session.commit()
    for statement, said in (
        ("UPDATE advisor_card SET score = 99", "append-only"),
        ("DELETE FROM advisor_card", "append-only"),
        ("UPDATE advisor_level SET level = 'L5'", "append-only"),
        ("DELETE FROM advisor_level", "append-only"),
        ("DELETE FROM advisor_run", "append-only"),
        ("UPDATE advisor_run SET state = 'PREVIEWED'", ""),
        ("UPDATE advisor_run SET digest = 'sha256:else'", ""),
        ("UPDATE advisor_run SET effective_from = '2026-01-01'", ""),
    ):
        with pytest.raises(DBAPIError) as refused:
            house.session.execute(text(statement))
        house.session.rollback()
        assert said in str(refused.value), statement


def test_a_card_that_was_tampered_with_is_not_published(house):
    run = house.approved()
    house.session.commit()
    made = house.session.get_bind()
    guards = (
        ["DROP TRIGGER advisor_card_no_update"] if made.dialect.name == "sqlite"
        else ["ALTER TABLE advisor_card DISABLE TRIGGER advisor_card_no_change"]
    )  # fmt: skip
    for statement in guards:
        house.session.execute(text(statement))
    house.session.execute(text(
        "UPDATE advisor_card SET card = replace(card, '58.5', '98.5') WHERE staff_no = 'S2'"
        if made.dialect.name == "sqlite" else
        "UPDATE advisor_card SET card = replace(card::text, '58.5', '98.5')::json WHERE staff_no = 'S2'"
    ))  # fmt: skip
    house.session.expire_all()
    with pytest.raises(DigestDiffers, match="与试算时登记的摘要不符"):
        house.desk.publish(run.number, effective_from=CLOSED, expected_version=run.version, stamp=MAKER)


def test_the_steps_are_on_the_trail(house):
    house.published()
    house.session.flush()
    told = house.session.execute(text("SELECT action FROM trail WHERE record_kind = 'advisor_run' ORDER BY id"))
    assert list(told.scalars()) == [f"advisor.run.{one}" for one in ("run", "submit", "approve", "publish")]


def test_the_period_of_a_number():
    assert {period_named(one) for one in ("2026Q1", "2026Q1-3")} == {QUARTER}
