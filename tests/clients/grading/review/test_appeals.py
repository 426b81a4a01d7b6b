"""申诉: in time, with a reason, decided by somebody else."""

from datetime import date, timedelta

import pytest

from clients.grading.review.client_grades import ClientGrades
from clients.grading.review.problems import NoSuchAppeal, NotInReview, ReviewRefused, SamePerson, WrongStep
from clients.grading.review.types import AppealState
from clients.staff.problems import ChangedMeanwhile
from kit.access import everything
from tests.clients.grading.review.house import BOSS, CHAIR, by

APRIL = date(2026, 4, 1)
LAST = APRIL + timedelta(days=30)
ADVISOR, JUDGE = by("顾问", APRIL), by("裁", APRIL)


def filed(house, stamp=ADVISOR, client="C2", wanted="A", reason="家庭资产合并后应为 A"):
    return house.appeals.file("2026", client, "ABCD", wanted, reason, stamp)


def test_an_upheld_appeal_is_in_force_from_its_day(house):
    house.approved()
    appeal = filed(house)
    assert (appeal.state, appeal.grade, appeal.wanted) == (AppealState.FILED, "B", "A")
    decided = house.appeals.decide(
        appeal.id, upheld=True, reason="核实属实", expected_version=appeal.version, stamp=JUDGE
    )

    assert (decided.state, decided.decided_by, decided.effective_from) == (AppealState.UPHELD, "裁", APRIL)
    grades = ClientGrades(house.session, everything(APRIL))
    assert next(one.code for one in grades.on("C2", APRIL) if one.scheme == "ABCD") == "A"
    steps = [(one.label, one.how) for one in grades.history("C2", APRIL) if one.scheme == "ABCD"]
    assert ("A级", f"申诉第 {appeal.id} 件裁定") in steps
    assert ("B级", "年度评定 2026 批准") in steps


def test_a_rejected_appeal_leaves_the_grade(house):
    house.approved()
    appeal = filed(house)
    house.appeals.decide(appeal.id, upheld=False, reason="资产不足", expected_version=1, stamp=JUDGE)
    grades = ClientGrades(house.session, everything(APRIL)).on("C2", APRIL)
    assert next(one.code for one in grades if one.scheme == "ABCD") == "B"
    with pytest.raises(WrongStep, match="已裁定：维持原等级"):
        house.appeals.decide(appeal.id, upheld=True, reason="再议", expected_version=2, stamp=JUDGE)


@pytest.mark.parametrize("who", [ADVISOR, CHAIR, BOSS])
def test_neither_who_filed_it_nor_who_gave_the_grade_decides(house, who):
    house.approved()
    appeal = filed(house)
    with pytest.raises(SamePerson):
        house.appeals.decide(appeal.id, upheld=True, reason="属实", expected_version=1, stamp=who)


@pytest.mark.parametrize(("day", "taken"), [(LAST, True), (LAST + timedelta(days=1), False)])
def test_the_last_day_of_the_term_is_in_time(house, day, taken):
    house.approved()
    if taken:
        assert filed(house, by("顾问", day)).state is AppealState.FILED
    else:
        with pytest.raises(ReviewRefused, match=f"至 {LAST} 为止"):
            filed(house, by("顾问", day))


def test_what_an_appeal_must_say(house):
    house.approved()
    for wanted, said in (("B", "应评为哪一级"), ("", "应评为哪一级"), ("E", "没有“E”")):
        with pytest.raises(ReviewRefused, match=said):
            filed(house, wanted=wanted)
    with pytest.raises(ReviewRefused, match="请填写申诉的理由"):
        filed(house, reason=" ")
    with pytest.raises(NotInReview):
        filed(house, client="C9")
    filed(house)
    with pytest.raises(ReviewRefused, match="已有一件申诉待裁定"):
        filed(house)
    with pytest.raises(NoSuchAppeal):
        house.appeals.get(99)


def test_only_an_approved_grade_is_appealed_and_a_stale_version_decides_nothing(house):
    house.submitted()
    with pytest.raises(WrongStep, match="批准以后才能申诉"):
        filed(house)
    review = house.desk.get("2026")
    house.desk.approve("2026", effective_from=APRIL, expected_version=review.version, stamp=BOSS)
    appeal = filed(house)
    with pytest.raises(ChangedMeanwhile):
        house.appeals.decide(appeal.id, upheld=True, reason="属实", expected_version=9, stamp=JUDGE)
    with pytest.raises(ReviewRefused, match="不能追溯"):
        house.appeals.decide(
            appeal.id, upheld=True, reason="属实", expected_version=1, stamp=JUDGE,
            effective_from=APRIL - timedelta(days=1),
        )  # fmt: skip
