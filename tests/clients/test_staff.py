"""Branches, staff, posts, registrations, absences, levels: what is refused, by which version, and what is trailed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from clients.staff import rules
from clients.staff.absences import AbsenceAsk, AbsenceService
from clients.staff.periods import ALWAYS, OPEN, Period, period
from clients.staff.problems import (
    ChangedMeanwhile,
    NoSuchAbsence,
    NoSuchBranch,
    NoSuchQualification,
    NoSuchStaff,
    NotInPost,
    NotQualified,
    PeriodTaken,
    StaffExists,
    StaffRefused,
    StillServing,
)
from clients.staff.qualifications import QualificationAsk, QualificationService
from clients.staff.service import StaffAsk, StaffService
from clients.staff.tables import LevelRow
from clients.staff.types import AbsenceKind, Act, Licence, Post, Posting
from kit.trail.service import history
from tests.clients.people import DAY, EVERYTHING, STAMP, People, book, branch

ONE = timedelta(1)
MANAGER = StaffAsk(staff_no="S1", name="王一", post=Post.CLIENT_MANAGER, branch_no="B1", joined_on=DAY - 30 * ONE)


@pytest.fixture
def people(session):
    return People(session)


@pytest.fixture
def desk(session):
    made = StaffService(session, EVERYTHING)
    for number in ("B1", "B2"):
        made.add_branch(number, f"{number} 营业部", STAMP)
    return made


def test_a_person_is_added_and_read(desk, session):
    made = desk.add_staff(MANAGER, STAMP)

    assert (made.staff_no, made.post, made.branch_no, made.branch_name) == (
        "S1", Post.CLIENT_MANAGER, "B1", "B1 营业部",
    )
    assert (made.joined_on, made.left_on, made.capacity, made.clients, made.level, made.absent, made.version) == (
        DAY - 30 * ONE, None, None, 0, None, False, 1,
    )
    assert desk.get("S1") == made == desk.list()[0]
    assert history(session, "staff", "S1")[0]["action"] == "staff.add"


REFUSED = [
    ({"staff_no": " "}, StaffRefused, "人员编号不能为空"),
    ({"name": "长" * 129}, StaffRefused, "姓名最多 128 个字符"),
    ({"capacity": -1}, StaffRefused, "服务客户上限不能为负"),
    ({"branch_no": "B9"}, NoSuchBranch, "没有营业部 B9"),
]


@pytest.mark.parametrize(("wrong", "problem", "words"), REFUSED)
def test_what_is_wrong_with_a_person_is_named(desk, wrong, problem, words):
    values = {name: getattr(MANAGER, name) for name in ("staff_no", "name", "post", "branch_no", "capacity")}

    with pytest.raises(problem, match=words):
        desk.add_staff(StaffAsk(**values | wrong), STAMP)


def test_a_number_is_used_once(desk):
    desk.add_staff(MANAGER, STAMP)

    with pytest.raises(StaffExists, match="人员编号 S1 已被使用"):
        desk.add_staff(MANAGER, STAMP)
    with pytest.raises(StaffExists, match="营业部 B1 已登记"):
        desk.add_branch("B1", "另一处", STAMP)


def test_a_change_counts_the_version_up_and_one_that_changes_nothing_does_not(desk, session):
    desk.add_staff(MANAGER, STAMP)
    changed = desk.change_staff("S1", name="王一", capacity=80, expected_version=1, stamp=STAMP)
    same = desk.change_staff("S1", name="王一", capacity=80, expected_version=2, stamp=STAMP)

    assert (changed.capacity, changed.version, same.version) == (80, 2, 2)
    assert [row["action"] for row in history(session, "staff", "S1")] == ["staff.change", "staff.add"]
    with pytest.raises(ChangedMeanwhile, match="人员 S1 的资料已被他人修改"):
        desk.change_staff("S1", name="王二", capacity=None, expected_version=1, stamp=STAMP)


def test_a_branch_is_renamed_by_its_version(desk):
    assert desk.change_branch("B1", name="新址营业部", expected_version=1, stamp=STAMP).version == 2
    assert desk.branch("B1").name == "新址营业部"
    with pytest.raises(ChangedMeanwhile):
        desk.change_branch("B1", name="旧址", expected_version=1, stamp=STAMP)


MOVES = [(DAY - ONE, "B1"), (DAY, "B2"), (DAY + ONE, "B2")]


@pytest.mark.parametrize(("day", "expected"), MOVES)
def test_the_branch_of_a_person_is_that_of_the_day(desk, day, expected):
    desk.add_staff(MANAGER, STAMP)
    desk.move("S1", post=Post.SUPERVISOR, branch_no="B2", day=DAY, expected_version=1, stamp=STAMP)

    assert desk.branch_of("S1", day).branch_no == expected
    assert desk.branch_of("S1", DAY - 31 * ONE) is None, "before joining"


def test_a_move_does_not_go_behind_a_post_that_begins_later(desk):
    desk.add_staff(MANAGER, STAMP)

    with pytest.raises(PeriodTaken, match="调动日须晚于这一天"):
        desk.move("S1", post=Post.ADVISOR, branch_no=None, day=MANAGER.joined_on, expected_version=1, stamp=STAMP)


def test_nobody_leaves_while_clients_remain(desk, session):
    people = People(session)
    desk.add_staff(MANAGER, STAMP)
    people.staff["S1"] = desk._read.row("S1").id
    people.client("C1")
    people.serves("S1", "C1", last=DAY)

    with pytest.raises(StillServing, match="还服务 1 位客户；请先交接"):
        desk.leave("S1", last_day=DAY - ONE, expected_version=1, stamp=STAMP)
    left = desk.leave("S1", last_day=DAY, expected_version=1, stamp=STAMP)
    assert (left.left_on, desk.branch_of("S1", DAY + ONE)) == (DAY, None)
    with pytest.raises(NotInPost):
        desk.leave("S1", last_day=DAY + ONE, expected_version=2, stamp=STAMP)


def test_staff_outside_the_scope_is_not_there(session, people):
    people.person("S1")
    people.person("M1", post="SUPERVISOR")
    people.person("S2", "B2")
    of_branch = StaffService(session, branch("M1"))

    assert [one.staff_no for one in of_branch.list()] == ["M1", "S1"]
    assert [one.branch_no for one in of_branch.branches()] == ["B1"]
    for read in (lambda: of_branch.get("S2"), lambda: StaffService(session, book("S1")).get("M1")):
        with pytest.raises(NoSuchStaff):
            read()
    with pytest.raises(NoSuchBranch):
        of_branch.branch("B2")


def test_the_list_is_narrowed_and_paged(session, people):
    for no, place, post in (("S1", "B1", "ADVISOR"), ("S2", "B1", "CLIENT_MANAGER"), ("S3", "B2", "ADVISOR")):
        people.person(no, place, post)
    desk = StaffService(session, EVERYTHING)

    assert [one.staff_no for one in desk.list(branch_no="B1")] == ["S1", "S2"]
    assert [one.staff_no for one in desk.list(post=Post.ADVISOR)] == ["S1", "S3"]
    assert [one.staff_no for one in desk.list(matching="员S2")] == ["S2"]
    assert desk.list(matching="%") == (), "wildcards are plain letters"
    assert [one.staff_no for one in desk.list(after="S1", limit=1)] == ["S2"]


def test_a_level_is_a_fact_with_day_and_author(desk, session):
    desk.add_staff(MANAGER, STAMP)
    for level, day in (("L2", DAY), ("L3", DAY + 10 * ONE), ("L4", DAY + 10 * ONE)):
        desk.publish_level("S1", level, valid_from=day, basis="2026 年一季度考评", stamp=STAMP)

    assert desk.level_of("S1", DAY - ONE) is None
    assert desk.level_of("S1", DAY).level == "L2"
    assert desk.level_of("S1", DAY + 9 * ONE).level == "L2"
    assert desk.level_of("S1", DAY + 10 * ONE).level == "L4", "the later one of a day stands"
    assert desk.get("S1").level == "L2"
    assert desk.level_of("S1", DAY).published_by == "主管甲"
    assert history(session, "staff", "S1")[0]["action"] == "staff.level"


@pytest.mark.parametrize("change", [update(LevelRow).values(level="L5"), delete(LevelRow)])
def test_a_published_level_is_never_changed(desk, session, change):
    desk.add_staff(MANAGER, STAMP)
    desk.publish_level("S1", "L2", valid_from=DAY, basis="", stamp=STAMP)

    with pytest.raises(DBAPIError, match="a published level is never"):
        session.execute(change)


# registrations


@pytest.fixture
def licences(session, people):
    people.person("S1", post="ADVISOR")
    return QualificationService(session, EVERYTHING)


def registered(licence=Licence.INVESTMENT_ADVISER, first=DAY, last=None, number="S0570626030001"):
    return QualificationAsk(licence=licence, number=number, valid_from=first, valid_to=last)


ACTS = [  # licence, act it allows, source
    (Licence.INVESTMENT_ADVISER, Act.ADVISE, "《证券投资顾问业务暂行规定》第七条"),
    (Licence.FUND, Act.SELL_FUND, "基金销售机构监督管理办法"),
    (Licence.ANALYST, Act.RESEARCH, "《发布证券研究报告暂行规定》"),
    (Licence.MARKETER, Act.MARKET, "《证券经纪人管理暂行规定》"),
    (Licence.GENERAL, Act.SERVE, "从业人员登记类别"),
    (Licence.FUTURES, Act.INTRODUCE_FUTURES, "中间介绍业务试行办法"),
]


@pytest.mark.parametrize(("licence", "act", "source"), ACTS)
def test_a_registration_allows_its_acts_from_its_first_to_its_last_day(licences, session, licence, act, source):
    licences.add("S1", registered(licence, DAY, DAY + ONE), STAMP)
    desk = StaffService(session, EVERYTHING)

    told = [act in desk.acts("S1", day) for day in (DAY - ONE, DAY, DAY + ONE, DAY + 2 * ONE)]
    assert told == [False, True, True, False], source


def test_only_an_adviser_may_advise():
    assert rules.granting(Act.ADVISE, DAY) == (Licence.INVESTMENT_ADVISER,)


OVERLAPS = [(DAY + 10 * ONE, True), (DAY + 11 * ONE, False)]


@pytest.mark.parametrize(("first", "refused"), OVERLAPS)
def test_one_kind_is_registered_once_at_a_time(licences, first, refused):
    licences.add("S1", registered(last=DAY + 10 * ONE), STAMP)

    if refused:
        with pytest.raises(PeriodTaken, match="证券投资顾问登记与已有的一段"):
            licences.add("S1", registered(first=first), STAMP)
    else:
        assert licences.add("S1", registered(first=first), STAMP).valid_from == first


@pytest.mark.parametrize(("first", "refused"), OVERLAPS)
def test_nobody_is_adviser_and_analyst_at_once(licences, first, refused):
    """《证券投资顾问业务暂行规定》第七条."""
    licences.add("S1", registered(last=DAY + 10 * ONE), STAMP)

    if refused:
        with pytest.raises(StaffRefused, match="证券分析师与证券投资顾问不得同时登记"):
            licences.add("S1", registered(Licence.ANALYST, first), STAMP)
    else:
        assert licences.add("S1", registered(Licence.ANALYST, first), STAMP).licence is Licence.ANALYST


def test_a_registration_is_renewed_by_its_version(licences, session):
    made = licences.add("S1", registered(last=DAY), STAMP)
    renewed = licences.change("S1", made.id, registered(last=None), expected_version=1, stamp=STAMP)

    assert (renewed.valid_to, renewed.version) == (None, 2)
    assert licences.list("S1") == (renewed,)
    with pytest.raises(ChangedMeanwhile):
        licences.change("S1", made.id, registered(), expected_version=1, stamp=STAMP)
    with pytest.raises(NoSuchQualification):
        licences.change("S1", made.id + 1, registered(), expected_version=1, stamp=STAMP)
    told = history(session, "staff_qualification", str(made.id))
    assert [row["action"] for row in told] == ["staff.qualification.change", "staff.qualification.add"]


def test_a_registration_does_not_end_before_it_begins(licences):
    with pytest.raises(StaffRefused, match="早于起始日"):
        licences.add("S1", registered(last=DAY - ONE), STAMP)


# absences


@pytest.fixture
def absences(session, people):
    for no, post in (("S1", "CLIENT_MANAGER"), ("S2", "CLIENT_MANAGER"), ("A1", "ADVISOR"), ("A2", "ADVISOR")):
        people.person(no, post=post)
    people.licence("A1")
    people.licence("A2", last=DAY)
    people.person("GONE", last=DAY - ONE)
    return AbsenceService(session, EVERYTHING)


def away(stand_in="S2", first=DAY, last=DAY + 5 * ONE):
    return AbsenceAsk(kind=AbsenceKind.LEAVE, valid_from=first, valid_to=last, stand_in=stand_in)


def test_an_absence_shows_on_its_days(absences, session):
    made = absences.add("S1", away(), STAMP)

    assert absences.list("S1") == (made,)
    assert made.stand_in == "S2"
    assert StaffService(session, EVERYTHING).get("S1").absent


STAND_INS = [  # who is away, who stands in, from, problem or None, words
    ("S1", "S2", DAY, None, "a colleague"),
    ("S1", None, DAY, None, "nobody"),
    ("S1", "S1", DAY, StaffRefused, "代岗人不能是本人"),
    ("S1", "GONE", DAY, NotInPost, "没有任职"),
    ("S1", "X9", DAY, NoSuchStaff, "没有人员 X9"),
    ("A1", "A2", DAY, None, "registered on the first day"),
    ("A1", "A2", DAY + ONE, NotQualified, "没有允许提供投资建议的执业登记"),
    ("A1", "S1", DAY, NotQualified, "代岗人 S1"),
]


@pytest.mark.parametrize(("who", "stand_in", "first", "problem", "words"), STAND_INS)
def test_a_stand_in_can_do_what_the_post_demands(absences, who, stand_in, first, problem, words):
    if problem is None:
        assert absences.add(who, away(stand_in, first), STAMP).stand_in == stand_in, words
    else:
        with pytest.raises(problem, match=words):
            absences.add(who, away(stand_in, first), STAMP)


EDGES = [(DAY + 5 * ONE, True), (DAY + 6 * ONE, False)]


@pytest.mark.parametrize(("first", "refused"), EDGES)
def test_nobody_who_stands_in_goes_away_in_the_meantime(absences, first, refused):
    absences.add("S1", away(), STAMP)

    if refused:
        with pytest.raises(PeriodTaken, match=r"S2 在 .* 为 S1 代岗；请先给 S1 另定代岗人"):
            absences.add("S2", away(None, first), STAMP)
    else:
        assert absences.add("S2", away(None, first, None), STAMP).valid_to is None


@pytest.mark.parametrize(("first", "refused"), EDGES)
def test_nobody_who_is_away_stands_in(absences, first, refused):
    absences.add("S2", away(None), STAMP)

    if refused:
        with pytest.raises(PeriodTaken, match=r"代岗人 S2 在 .* 也不在岗"):
            absences.add("S1", away("S2", first, None), STAMP)
    else:
        assert absences.add("S1", away("S2", first, None), STAMP).stand_in == "S2"


def test_an_absence_is_changed_by_its_version(absences):
    made = absences.add("S1", away(), STAMP)
    shorter = absences.change("S1", made.id, away(None, last=DAY), expected_version=1, stamp=STAMP)

    assert (shorter.valid_to, shorter.stand_in, shorter.version) == (DAY, None, 2)
    with pytest.raises(ChangedMeanwhile):
        absences.change("S1", made.id, away(), expected_version=1, stamp=STAMP)
    with pytest.raises(NoSuchAbsence):
        absences.change("S2", made.id, away(None), expected_version=2, stamp=STAMP)
    with pytest.raises(PeriodTaken, match="已有离岗记录"):
        absences.add("S1", away(None), STAMP)


# periods, words, rules


def test_a_period_counts_both_ends():
    week = Period(DAY, DAY + 6 * ONE)
    assert [week.covers(day) for day in (DAY - ONE, DAY, DAY + 6 * ONE, DAY + 7 * ONE)] == [False, True, True, False]
    assert week.meets(Period(DAY + 6 * ONE, OPEN))
    assert not week.meets(Period(DAY + 7 * ONE, OPEN))
    assert period(None, None) == Period(ALWAYS, OPEN)
    assert (Period(DAY).text, Period(DAY, DAY).text) == ("2026-03-10 起", "2026-03-10 至 2026-03-10")


WORDS = [
    (rules.post_named, "投资顾问", Post.ADVISOR), (rules.post_named, "advisor", Post.ADVISOR),
    (rules.post_named, "理财经理", Post.CLIENT_MANAGER), (rules.post_named, "营业部负责人", Post.SUPERVISOR),
    (rules.post_named, "董事长", None),
    (rules.licence_named, "证券投资咨询（投资顾问）", Licence.INVESTMENT_ADVISER),
    (rules.licence_named, "基金从业资格", Licence.FUND), (rules.licence_named, "驾照", None),
    (rules.licence_numbered, "S0570626030001", Licence.INVESTMENT_ADVISER),
    (rules.licence_numbered, "S0570526030001", Licence.ANALYST),
    (rules.licence_numbered, "S057062603000", None), (rules.licence_numbered, "A0570626030001", None),
]  # fmt: skip


@pytest.mark.parametrize(("read", "text", "expected"), WORDS)
def test_words_of_files(read, text, expected):
    assert read(text) is expected


def test_every_kind_of_registration_says_what_it_allows():
    for licence in Licence:
        assert rules.acts_of(licence, date(1990, 12, 19)) <= set(Act)
        assert rules.acts_of(licence, DAY)
    for post in Post:
        assert isinstance(rules.licence_of_post(post), Licence)


def test_a_posting_without_a_branch_is_head_office(session, people):
    people.person("HQ", None, "COMPLIANCE")

    assert StaffService(session, EVERYTHING).branch_of("HQ", DAY) == Posting(Post.COMPLIANCE, None, None)
    assert session.scalars(select(LevelRow)).all() == []
