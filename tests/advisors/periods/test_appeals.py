"""申诉: by the person alone, with evidence, in time; decided by a third person; a correction is a row of its own."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from advisors.periods.appeals import AdvisorAppeals
from advisors.periods.problems import NoSuchCard, NoSuchGradeAppeal
from advisors.periods.types import Evidence, EvidenceKind
from clients.grading.review.problems import ReviewRefused, SamePerson, WrongStep
from clients.grading.review.types import AppealState
from clients.staff.problems import ChangedMeanwhile
from clients.staff.service import StaffService
from kit.access import Role, everything
from tests.advisors.periods.house import BOSS, CLOSED, JUDGE, MAKER, OWN, PROOF, by, of, team

LAST = CLOSED + timedelta(days=30)


def decided(house, appeal, *, upheld=True, stamp=JUDGE, **more):
    return house.appeals.decide(
        appeal.id, upheld=upheld, reason="核实", expected_version=appeal.version, stamp=stamp, **more
    )


def test_an_upheld_appeal_corrects_the_fact_and_keeps_what_stood_before(house):
    house.published()
    appeal = house.appealed()
    assert (appeal.level, appeal.wanted, appeal.point, appeal.state) == ("L3", "L4", "task_timely", AppealState.FILED)
    assert appeal.evidence == PROOF
    assert house.appeals.list("2026Q1") == house.appeals.list("2026Q1-1") == (appeal,)
    done = decided(house, appeal)

    assert (done.state, done.given, done.decided_by, done.effective_from) == (AppealState.UPHELD, "L4", "丙", CLOSED)
    line = house.desk.line("2026Q1", "S2")
    assert (line.graded, line.level) == ("L3", "L4")
    assert [(one.level, one.appeal_id) for one in house.desk.history("S2")] == [("L4", appeal.id), ("L3", None)]
    assert StaffService(house.session, everything(CLOSED)).level_of("S2", CLOSED).level == "L4"


def test_a_rejected_appeal_changes_nothing_and_is_final(house):
    house.published()
    appeal = house.appealed()
    done = decided(house, appeal, upheld=False)
    assert (done.state, done.given, done.effective_from) == (AppealState.REJECTED, None, None)
    assert house.desk.line("2026Q1", "S2").level == "L3"
    with pytest.raises(WrongStep, match="已裁定：维持原等级"):
        decided(house, done)


def test_another_level_than_the_wanted_one_may_be_given_from_a_later_day(house):
    house.published()
    done = decided(house, house.appealed("L5"), given="L4", effective_from=CLOSED + timedelta(days=9))
    assert (done.wanted, done.given) == ("L5", "L4")
    staff = StaffService(house.session, everything(CLOSED))
    assert staff.level_of("S2", CLOSED + timedelta(days=8)).level == "L3"
    assert staff.level_of("S2", CLOSED + timedelta(days=9)).level == "L4"


@pytest.mark.parametrize("who", [OWN, MAKER, BOSS])
def test_neither_who_filed_it_nor_who_gave_the_level_decides(house, who):
    house.published()
    appeal = house.appealed()
    with pytest.raises(SamePerson, match="以外的人裁定"):
        decided(house, appeal, stamp=who)


@pytest.mark.parametrize(("day", "taken"), [(LAST, True), (LAST + timedelta(days=1), False)])
def test_the_last_day_of_the_term_is_in_time(house, day, taken):
    house.published()
    stamp = by("S2", day, Role.ADVISOR, "staff:S2")
    if taken:
        assert house.appealed(stamp=stamp).state is AppealState.FILED
    else:
        with pytest.raises(ReviewRefused, match=f"至 {LAST} 为止"):
            house.appealed(stamp=stamp)


def test_only_what_is_published_is_appealed(house):
    house.approved()
    with pytest.raises(WrongStep, match="发布以后才能申诉"):
        house.appeals.file("2026Q1-1", "S2", wanted="L4", reason="错", evidence=PROOF, stamp=OWN)


def test_the_card_of_a_colleague_is_as_if_it_were_not_there(house):
    house.published()
    appeal = house.appealed()
    stranger = AdvisorAppeals(house.session, of("S1"))
    with pytest.raises(NoSuchCard):
        stranger.file("2026Q1-1", "S2", wanted="L4", reason="错", evidence=PROOF, stamp=by("S1"))
    with pytest.raises(NoSuchGradeAppeal):
        stranger.get(appeal.id)
    assert stranger.list("2026Q1-1") == ()
    assert [one.id for one in AdvisorAppeals(house.session, team("M1")).list()] == [appeal.id]


REFUSED = [  # what an appeal says, what it is told
    ({"wanted": "L3"}, "现为 L3"),
    ({"wanted": "L9"}, "没有等级“L9”"),
    ({"reason": " "}, "请填写申诉的理由"),
    ({"evidence": ()}, "须附证据"),
    ({"evidence": PROOF * 21}, "最多 20 项"),
    ({"evidence": (Evidence(EvidenceKind.RECORD, "", "没有编号"),)}, "第 1 项证据的编号"),
    ({"evidence": (Evidence(EvidenceKind.STATEMENT, "", ""),)}, "第 1 项证据的说明"),
    ({"point": "no_such"}, "评分卡上没有“no_such”"),
]


@pytest.mark.parametrize(("more", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_an_appeal_must_say(house, more, said):
    house.published()
    with pytest.raises(ReviewRefused, match=said):
        house.appealed(**more)


@pytest.mark.parametrize("point", ["", "satisfaction", "COMPLAINT", "complaints"])
def test_a_withheld_figure_a_deduction_and_the_whole_may_be_contested(house, point):
    house.published()
    assert house.appealed(point=point).point == point
    with pytest.raises(ReviewRefused, match="已有一件申诉待裁定"):
        house.appealed(point=point)


def test_a_stale_version_decides_nothing_and_no_level_reaches_back(house):
    house.published()
    appeal = house.appealed()
    with pytest.raises(ChangedMeanwhile):
        house.appeals.decide(appeal.id, upheld=True, reason="核实", expected_version=9, stamp=JUDGE)
    with pytest.raises(ReviewRefused, match="不能追溯"):
        decided(house, appeal, effective_from=CLOSED - timedelta(days=1))


def test_a_decided_appeal_and_its_evidence_stay_as_they_are(house):
    """On both databases the database itself refuses."""
    house.published()
    appeal = house.appealed()
    house.session.commit()
    for statement in ("UPDATE advisor_appeal SET evidence = '[]'", "DELETE FROM advisor_appeal"):
        with pytest.raises(DBAPIError):
            house.session.execute(text(statement))
        house.session.rollback()
    decided(house, appeal)
    house.session.commit()
    for statement in ("UPDATE advisor_appeal SET decided_reason = '改'", "UPDATE advisor_appeal SET given = 'L5'"):
        with pytest.raises(DBAPIError):
            house.session.execute(text(statement))
        house.session.rollback()
