"""初评 to 批准: who may do what at which step, what stands on file afterwards, what is refused by name."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from clients.grading.book import Basis, StandingGrades
from clients.grading.review.client_grades import ClientGrades
from clients.grading.review.problems import (
    NoSuchReview,
    NothingGraded,
    NotInReview,
    ReviewExists,
    ReviewRefused,
    SamePerson,
    WrongStep,
)
from clients.grading.review.repository import LineFilter
from clients.grading.review.rules import window
from clients.grading.review.types import Arrangement, Edit, ReviewState
from clients.staff.problems import ChangedMeanwhile
from kit.access import everything
from kit.trail.service import history
from tests.clients.grading.review.house import BOSS, CHAIR, CLIENTS, OPENER, SECTION, SPRING, by
from tests.clients.people import book

APRIL = date(2026, 4, 1)


def test_the_window_is_that_of_the_seed():
    assert window(2026) == (date(2026, 3, 25), date(2026, 3, 30))


@pytest.mark.parametrize(("day", "needs_reason"), [
    (date(2026, 3, 24), True), (date(2026, 3, 25), False), (date(2026, 3, 30), False), (date(2026, 3, 31), True),
])  # fmt: skip
def test_outside_the_window_an_annual_review_needs_a_reason(house, day, needs_reason):
    house.grade(date(2026, 3, 20))
    if needs_reason:
        with pytest.raises(ReviewRefused, match="请填写不在评定期内开始的理由"):
            house.desk.open_annual(2026, day, by("甲", day))
        assert house.desk.open_annual(2026, day, by("甲", day), reason="春节顺延").reason == "春节顺延"
    else:
        assert house.desk.open_annual(2026, day, by("甲", day)).state is ReviewState.PRELIMINARY


def test_the_preliminary_grade_is_the_engines(house):
    review = house.opened()
    lines = house.desk.lines("2026")

    assert [one.client_no for one in lines] == list(CLIENTS)
    assert [one.code for one in review.schemes] == ["ABCD", "CREDIT"]
    assert [one.grades["ABCD"].engine for one in lines] == ["A", "A", "B", "C", "D", "D"]
    assert {one.grades["CREDIT"].grade for one in lines} == {"ORDINARY"}
    assert lines[0].branch == "营业部 B1"
    assert lines[0].staff == "人员S1"
    assert {one.grades["ABCD"].before for one in lines} == {None}


def test_the_whole_cycle_with_reasons_and_a_second_person(house):
    review = house.at_meeting()
    assert {one.grades["ABCD"].preliminary for one in house.desk.lines("2026")} == {"A", "B", "C", "D"}
    house.edit("2026", "C2", grades={"ABCD": "A"}, reason="集团内第二大客户", plan="专属经理")
    house.edit("2026", "C3", policy_action="新增", policy="佣金优惠至万三")
    house.edit("2026", "C4", settlement_action=Arrangement.WITHDRAW, settlement="取消特殊结算")
    for client in ("C0", "C1"):
        house.edit("2026", client, plan="专属客户经理，每月回访")

    summary = house.desk.summary("2026")
    assert [one.client_no for one in summary.plan] == ["C0", "C1", "C2"]
    assert [one.client_no for one in summary.policy] == ["C3"]
    assert [one.client_no for one in summary.credit] == ["C4"]
    assert summary.counts["ABCD"] == {"A": 3, "C": 1, "D": 2}
    assert summary.moved == 1
    assert summary.without_plan == ()

    review = house.desk.submit("2026", expected_version=review.version, stamp=CHAIR)
    approved = house.desk.approve("2026", effective_from=APRIL, expected_version=review.version, stamp=BOSS)

    assert approved.state is ReviewState.APPROVED
    now = ClientGrades(house.session, everything(APRIL)).on("C2", APRIL)
    in_force = next(one for one in now if one.scheme == "ABCD")
    assert (in_force.code, in_force.since, in_force.reviewed, in_force.review) == ("A", APRIL, True, "2026")
    assert in_force.engine == "B"
    actions = [one["action"] for one in history(house.session, "grade_review", "2026")]
    assert actions == [f"grade.review.{deed}" for deed in ("approve", "submit", "convene", "open")]
    (moved,) = house.desk.changes("2026", "C2")
    assert moved.changes["grade.ABCD"] == ["B", "A"]
    assert (moved.step, moved.reason, moved.by) == (ReviewState.MEETING, "集团内第二大客户", "丁")


def test_before_the_effective_day_nothing_is_in_force(house):
    house.approved()
    grades = ClientGrades(house.session, everything(APRIL))

    before = {one.scheme: one for one in grades.on("C0", APRIL - timedelta(days=1))}
    after = {one.scheme: one for one in grades.on("C0", APRIL)}

    assert (before["ABCD"].code, before["ABCD"].label) == (None, "尚未评定")
    assert after["ABCD"].code == "A"
    assert [(one.scheme, one.label, one.day) for one in grades.coming("C0", SPRING) if one.scheme == "ABCD"] == [
        ("ABCD", "A级", APRIL)
    ]
    assert grades.coming("C0", APRIL) == ()
    assert before["SIZE"].code == after["SIZE"].code == "MEDIUM"  # a scheme without review: the engine's
    assert not before["SIZE"].needs_review


def test_the_book_says_on_what_its_grades_rest(house):
    house.grade()
    standing = StandingGrades(house.session, everything(SPRING))
    assert standing.on(SPRING).basis["ABCD"] is Basis.PENDING
    assert standing.on(SPRING).basis["SIZE"] is Basis.ENGINE
    assert standing.on(SPRING - timedelta(days=1)).run_day is None


def test_the_book_after_approval_is_what_was_approved(house):
    review = house.at_meeting()
    house.edit("2026", "C5", grades={"ABCD": "C"}, reason="新近转入资产")
    for client in ("C0", "C1"):
        house.edit("2026", client, plan="计划")
    review = house.desk.submit("2026", expected_version=review.version, stamp=CHAIR)
    house.desk.approve("2026", effective_from=APRIL, expected_version=review.version, stamp=BOSS)
    standing = StandingGrades(house.session, everything(APRIL)).on(APRIL)

    assert standing.codes("ABCD") == ["A", "A", "B", "C", "D", "C"]
    assert standing.basis["ABCD"] is Basis.REVIEW
    assert StandingGrades(house.session, everything(APRIL)).on(APRIL, engine=True).codes("ABCD")[-1] == "D"


@pytest.mark.parametrize("who", [OPENER, CHAIR, SECTION])
def test_who_had_a_hand_in_it_does_not_approve(house, who):
    review = house.submitted()
    for deed in (house.desk.approve, house.desk.send_back):
        more = {"effective_from": APRIL} if deed == house.desk.approve else {"reason": "再议"}
        with pytest.raises(SamePerson, match="须由另一人"):
            deed("2026", expected_version=review.version, stamp=who, **more)
    assert house.desk.get("2026").state is ReviewState.SUBMITTED


def test_an_a_client_needs_a_plan(house):
    review = house.at_meeting()
    with pytest.raises(ReviewRefused, match="还缺：C0、C1"):
        house.desk.submit("2026", expected_version=review.version, stamp=CHAIR)


def test_grades_do_not_reach_back(house):
    review = house.submitted()
    with pytest.raises(ReviewRefused, match="不能追溯"):
        house.desk.approve(
            "2026", effective_from=SPRING - timedelta(days=1), expected_version=review.version, stamp=BOSS
        )


def test_each_step_only_at_its_time(house):
    review = house.opened()
    deeds = {
        "submit": lambda v: house.desk.submit("2026", expected_version=v, stamp=CHAIR),
        "approve": lambda v: house.desk.approve("2026", effective_from=APRIL, expected_version=v, stamp=BOSS),
        "send_back": lambda v: house.desk.send_back("2026", reason="再议", expected_version=v, stamp=BOSS),
    }
    for deed in deeds.values():
        with pytest.raises(WrongStep, match="现为“初评”"):
            deed(review.version)
    cancelled = house.desk.cancel("2026", reason="数据有误", expected_version=review.version, stamp=CHAIR)
    with pytest.raises(WrongStep, match="现为“已撤销”"):
        house.desk.convene("2026", expected_version=cancelled.version, stamp=CHAIR)
    with pytest.raises(WrongStep, match="现为“已撤销”"):
        house.edit("2026", "C0", plan="计划")
    with pytest.raises(ReviewExists, match="一年只有一次"):
        house.desk.open_annual(2026, SPRING, OPENER)


def test_a_review_that_was_sent_back_is_met_on_again(house):
    review = house.submitted()
    back = house.desk.send_back("2026", reason="C2 依据不足", expected_version=review.version, stamp=BOSS)
    assert (back.state, back.decided_reason) == (ReviewState.MEETING, "C2 依据不足")
    again = house.desk.submit("2026", expected_version=back.version, stamp=CHAIR)
    assert again.state is ReviewState.SUBMITTED


BAD = [
    ({"grades": {"ABCD": "E"}, "reason": "试"}, "没有“E”"),
    ({"grades": {"VIP": "GOLD"}, "reason": "试"}, "不含方案 VIP"),
    ({"grades": {"ABCD": "B"}}, "由“A级”改为“B级”，须写明理由"),
    ({"grades": {"ABCD": "B"}, "reason": "  "}, "须写明理由"),
    ({"policy_action": "取消"}, "没有“取消”"),
    ({"plan": "计" * 513}, "有 513 个字，最多 512 个"),
    ({"plan": "计\x07划"}, "不能显示的字符"),
]


@pytest.mark.parametrize(("fields", "said"), BAD)
def test_a_bad_edit_is_refused_and_leaves_nothing(house, fields, said):
    house.opened()
    with pytest.raises(ReviewRefused, match=said):
        house.edit("2026", "C0", **fields)
    assert house.desk.line("2026", "C0").version == 1
    assert house.desk.changes("2026") == ()


def test_a_stale_version_and_an_unknown_client_are_refused(house):
    house.opened()
    house.edit("2026", "C0", plan="计划")
    with pytest.raises(ChangedMeanwhile, match="现为第 2 版"):
        house.desk.change("2026", Edit(client_no="C0", expected_version=1, plan="另一个"), SECTION)
    with pytest.raises(NotInReview, match="没有客户 C9"):
        house.edit("2026", "C9", plan="计划")
    with pytest.raises(NoSuchReview, match="没有评定 2025"):
        house.desk.get("2025")


def test_an_edit_that_changes_nothing_writes_nothing(house):
    house.opened()
    same = house.edit("2026", "C0", grades={"ABCD": "A级"}, plan="")
    assert same.version == 1
    assert house.desk.changes("2026") == ()


def test_without_grades_on_file_there_is_nothing_to_review(house):
    with pytest.raises(NothingGraded, match="heshi grade"):
        house.desk.open_annual(2026, SPRING, OPENER)


def test_a_person_sees_and_edits_the_own_book_alone(house):
    house.opened()
    own = house.of_person("S1")
    assert [one.client_no for one in own.lines("2026")] == ["C0", "C1", "C2"]
    assert own.count("2026", LineFilter(scheme="ABCD", grade="A")) == 2
    with pytest.raises(NotInReview):
        own.line("2026", "C3")
    assert ClientGrades(house.session, book("S1", SPRING)).on("C0", SPRING)


def test_filters_find_what_they_say(house):
    house.at_meeting()
    house.edit("2026", "C5", grades={"ABCD": None}, reason="资料不全，本年不评")
    found = {
        "moved": [one.client_no for one in house.desk.lines("2026", LineFilter(moved=True))],
        "none": [one.client_no for one in house.desk.lines("2026", LineFilter(scheme="ABCD", grade=""))],
        "branch": [one.client_no for one in house.desk.lines("2026", LineFilter(branch="营业部 B2"))],
        "text": [one.client_no for one in house.desk.lines("2026", LineFilter(text="C3"))],
        "page": [one.client_no for one in house.desk.lines("2026", after="C1", limit=2)],
    }
    assert found == {
        "moved": ["C5"], "none": ["C5"], "branch": ["C3", "C4", "C5"], "text": ["C3"], "page": ["C2", "C3"],
    }


STATEMENTS = (
    "DELETE FROM grade_review", "DELETE FROM grade_review_client", "DELETE FROM grade_review_line",
    "DELETE FROM grade_in_force", "UPDATE grade_in_force SET grade = 'D'", "UPDATE grade_review_change SET reason = ''",
    "DELETE FROM grade_review_change",
)  # fmt: skip


def test_nothing_is_deleted_and_what_is_appended_stays(house):
    house.approved()
    house.session.commit()
    for statement in STATEMENTS:
        with pytest.raises(DatabaseError):
            house.session.execute(text(statement))
        house.session.rollback()
