"""Service relations: one main at a time, registered for what one does, in post, within capacity; versions and trail."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from clients.repository import NoSuchClient
from clients.staff.periods import ALWAYS, OPEN
from clients.staff.problems import (
    ChangedMeanwhile,
    MainTaken,
    NoSuchRelation,
    NoSuchStaff,
    NotInPost,
    NotQualified,
    OverCapacity,
    PeriodTaken,
    StaffRefused,
)
from clients.staff.relations import RelationAsk, RelationService
from clients.staff.tables import RelationRow
from clients.staff.types import Act, RelationRole
from kit.db import engine
from kit.trail.service import history
from tests.clients.people import DAY, EVERYTHING, STAMP, People, book, branch

ONE = timedelta(1)
MAIN, ASSISTANT, ADVISOR = RelationRole.MAIN, RelationRole.ASSISTANT, RelationRole.ADVISOR


@pytest.fixture
def people(session):
    made = People(session)
    for no in ("S1", "S2"):
        made.person(no)
    for no in ("C1", "C2", "C3"):
        made.client(no)
    return made


@pytest.fixture
def desk(session, people):
    return RelationService(session, EVERYTHING)


def ask(client_no="C1", staff_no="S1", role=MAIN, first=DAY, last=None):
    return RelationAsk(client_no=client_no, staff_no=staff_no, role=role, valid_from=first, valid_to=last)


MAINS = [  # of the one on file: first, last; of the new one: first, last; refused, which boundary
    (DAY, None, DAY, None, True, "the same days"),
    (DAY, DAY + ONE, DAY + ONE, None, True, "the new one begins on the last day"),
    (DAY, DAY + ONE, DAY + 2 * ONE, None, False, "the new one begins the day after the last"),
    (DAY, None, DAY - 5 * ONE, DAY, True, "the new one ends on the first day"),
    (DAY, None, DAY - 5 * ONE, DAY - ONE, False, "the new one ends the day before the first"),
]


@pytest.mark.parametrize(("first", "last", "new_first", "new_last", "refused", "why"), MAINS)
def test_one_main_at_a_time(desk, first, last, new_first, new_last, refused, why):
    desk.assign(ask(first=first, last=last), STAMP)
    second = ask(staff_no="S2", first=new_first, last=new_last)

    if not refused:
        assert desk.assign(second, STAMP).staff_no == "S2", why
        return
    with pytest.raises(MainTaken) as told:
        desk.assign(second, STAMP)
    assert "客户 C1 已有主办 S1 人员S1" in told.value.detail, why
    assert "交接" in told.value.detail, "the way out"


def test_the_database_itself_refuses_a_second_main(people):
    """Two requests at once both find nothing: the second one is stopped where it is written."""
    people.serves("S1", "C1", first=DAY, last=DAY)

    with pytest.raises(IntegrityError, match="service_relation_one_main"):
        people.serves("S2", "C1", first=DAY)


def test_the_database_itself_refuses_to_stretch_a_main_into_another(session, people):
    people.serves("S1", "C1", first=DAY, last=DAY)
    second = people.serves("S2", "C1", first=DAY + ONE)

    with pytest.raises(IntegrityError, match="service_relation_one_main"):
        session.execute(update(RelationRow).where(RelationRow.id == second).values(valid_from=DAY))


def test_the_database_lets_assistants_and_other_clients_be(people):
    people.serves("S1", "C1")
    people.serves("S2", "C1", "ASSISTANT")

    assert people.serves("S2", "C2") is not None


def test_the_same_person_in_the_same_role_stands_once(desk):
    desk.assign(ask(role=ASSISTANT), STAMP)

    with pytest.raises(PeriodTaken, match="已是客户 C1 的协办"):
        desk.assign(ask(role=ASSISTANT, first=DAY + ONE), STAMP)
    desk.assign(ask(client_no="C2"), STAMP)
    with pytest.raises(PeriodTaken, match="已是客户 C2 的主办"):
        desk.assign(ask(client_no="C2", first=DAY + ONE), STAMP)


LICENCES = [  # role, post, licence, its first and last, refused, source
    (ADVISOR, "CLIENT_MANAGER", None, None, None, True, "暂行规定: registered advisers only"),
    (ADVISOR, "CLIENT_MANAGER", "GENERAL", ALWAYS, OPEN, True, "another registration does not allow advice"),
    (ADVISOR, "CLIENT_MANAGER", "INVESTMENT_ADVISER", DAY, DAY, False, "in force on the day alone"),
    (ADVISOR, "CLIENT_MANAGER", "INVESTMENT_ADVISER", ALWAYS, DAY - ONE, True, "expired on the day before"),
    (ADVISOR, "CLIENT_MANAGER", "INVESTMENT_ADVISER", DAY + ONE, OPEN, True, "in force from the day after"),
    (MAIN, "ADVISOR", None, None, None, True, "an adviser by post advises whomever he serves"),
    (MAIN, "ADVISOR", "INVESTMENT_ADVISER", ALWAYS, OPEN, False, "registered"),
    (MAIN, "CLIENT_MANAGER", None, None, None, False, "serving without advice asks for no registration here"),
    (ASSISTANT, "ADVISOR", "ANALYST", ALWAYS, OPEN, True, "research is not advice to a client"),
]


@pytest.mark.parametrize(("role", "post", "licence", "first", "last", "refused", "source"), LICENCES)
def test_advice_needs_a_registration_in_force_on_the_day(
    desk, people, role, post, licence, first, last, refused, source
):
    people.person("S3", post=post)
    if licence:
        people.licence("S3", licence, first, last)

    if not refused:
        assert desk.assign(ask(staff_no="S3", role=role), STAMP).role is role, source
        return
    with pytest.raises(NotQualified) as told:
        desk.assign(ask(staff_no="S3", role=role), STAMP)
    assert "没有允许提供投资建议的执业登记（证券投资顾问" in told.value.detail, source
    assert "请先补登记，或改派" in told.value.detail, "the way out"
    if licence == "INVESTMENT_ADVISER" and last < DAY:
        assert f"原登记至 {last}" in told.value.detail


def test_before_the_rule_nobody_had_to_be_registered(desk):
    """《证券投资顾问业务暂行规定》: in force from 2011-01-01."""
    old, new = date(2010, 12, 31), date(2011, 1, 1)

    assert desk.assign(ask(role=ADVISOR, first=old, last=old), STAMP).valid_from == old
    with pytest.raises(NotQualified):
        desk.assign(ask(role=ADVISOR, first=new), STAMP)


@pytest.mark.parametrize(("first", "last", "refused"), [
    (DAY, DAY, False), (DAY + ONE, OPEN, True), (ALWAYS, DAY - ONE, True),
])
def test_whoever_serves_holds_a_post_on_the_first_day(desk, people, first, last, refused):
    people.person("S3", first=first, last=last)

    if refused:
        with pytest.raises(NotInPost, match="S3 人员S3 在 2026-03-10 不在岗"):
            desk.assign(ask(staff_no="S3"), STAMP)
    else:
        assert desk.assign(ask(staff_no="S3"), STAMP).staff_no == "S3"


def test_capacity_counts_different_clients_of_the_day(desk, people):
    people.person("S3", capacity=2)
    people.serves("S3", "C1", last=DAY - ONE)
    desk.assign(ask("C2", "S3"), STAMP)
    desk.assign(ask("C2", "S3", ASSISTANT), STAMP)
    desk.assign(ask("C3", "S3"), STAMP)

    with pytest.raises(OverCapacity, match="已服务 2 位客户，再加 1 位超过上限 2") as told:
        desk.assign(ask("C1", "S3"), STAMP)
    assert told.value.extra == {"capacity": 2, "clients": 2}


UNKNOWN = [
    ({"client_no": "C9"}, NoSuchClient, "没有客户 C9"),
    ({"staff_no": "S9"}, NoSuchStaff, "没有人员 S9"),
    ({"last": DAY - ONE}, StaffRefused, "终止日 2026-03-09 早于起始日 2026-03-10"),
]


@pytest.mark.parametrize(("wrong", "problem", "words"), UNKNOWN)
def test_what_does_not_exist_or_contradicts_itself_is_named(desk, wrong, problem, words):
    with pytest.raises(problem, match=words):
        desk.assign(ask(**wrong), STAMP)


def test_a_supervisor_assigns_within_the_branch_alone(session, people):
    people.person("M1", post="SUPERVISOR")
    people.person("S8", "B2")
    people.serves("S1", "C1")
    desk = RelationService(session, branch("M1"))

    assert desk.assign(ask(staff_no="S2", role=ASSISTANT), STAMP).staff_no == "S2"
    for outside, problem in ((ask(client_no="C2"), NoSuchClient), (ask(staff_no="S8"), NoSuchStaff)):
        with pytest.raises(problem):
            desk.assign(outside, STAMP)


def test_who_serves_on_a_day_with_stand_in_and_what_they_may_do(desk, people):
    people.person("S3", post="ADVISOR")
    people.licence("S3", last=DAY)
    people.serves("S3", "C1", "ADVISOR")
    people.serves("S1", "C1")
    people.away("S3", "S2", DAY, DAY)

    today, tomorrow = desk.serving("C1", DAY), desk.serving("C1", DAY + ONE)

    assert [(one.staff_no, one.role, one.stand_in_for, one.absent, one.may_advise) for one in today] == [
        ("S1", MAIN, None, False, False),
        ("S3", ADVISOR, None, True, True),
        ("S2", ADVISOR, "S3", False, False),
    ]
    assert Act.ADVISE in today[1].acts
    assert [(one.staff_no, one.absent, one.may_advise) for one in tomorrow] == [
        ("S1", False, False), ("S3", False, False),
    ]


def test_the_book_of_a_person_holds_what_is_stood_in_for(desk, people):
    people.serves("S1", "C1")
    people.serves("S2", "C2")
    people.serves("S2", "C3", last=DAY - ONE)
    people.away("S2", "S1", DAY, DAY)

    assert [(one.client_no, one.staff_no) for one in desk.book_of("S1", DAY)] == [("C1", "S1"), ("C2", "S2")]
    assert [one.client_no for one in desk.book_of("S1", DAY + ONE)] == ["C1"]
    assert [one.client_no for one in desk.book_of("S2", DAY - ONE)] == ["C2", "C3"]


def test_lapsed_registrations_are_found(desk, people):
    people.person("S3", post="ADVISOR")
    people.licence("S3", last=DAY)
    people.serves("S3", "C1")
    people.serves("S1", "C2")

    assert desk.lapsed(DAY) == ()
    ((relation, why),) = desk.lapsed(DAY + ONE)
    assert (relation.client_no, relation.staff_no) == ("C1", "S3")
    assert f"原登记至 {DAY}" in why


def test_relations_are_listed_by_client_person_role_and_day(desk, people):
    people.serves("S1", "C1", last=DAY - ONE)
    people.serves("S2", "C1", first=DAY)
    people.serves("S1", "C1", "ASSISTANT")

    assert [one.staff_no for one in desk.list(client_no="C1")] == ["S1", "S2", "S1"]
    assert [one.role for one in desk.list(staff_no="S1", day=DAY)] == [ASSISTANT]
    assert [one.staff_no for one in desk.list(role=MAIN, day=DAY)] == ["S2"]
    first = desk.list(limit=2)
    assert [one.role for one in desk.list(after=first[-1].id)] == [ASSISTANT]


def test_a_relation_outside_the_scope_is_not_there(session, people):
    other = people.serves("S2", "C2")
    people.serves("S1", "C1")
    own = RelationService(session, book("S1"))

    assert [one.client_no for one in own.list()] == ["C1"]
    with pytest.raises(NoSuchRelation, match=f"没有服务关系 {other}"):
        own.get(other)
    with pytest.raises(NoSuchClient):
        own.serving("C2", DAY)


ENDS = [(DAY - ONE, True), (DAY, False), (DAY + 5 * ONE, False), (DAY + 6 * ONE, True)]


@pytest.mark.parametrize(("last_day", "refused"), ENDS)
def test_a_relation_ends_within_its_days(desk, last_day, refused):
    made = desk.assign(ask(last=DAY + 5 * ONE), STAMP)

    if refused:
        with pytest.raises(StaffRefused, match="结束日须在服务期内"):
            desk.end(made.id, last_day=last_day, reason="调岗", expected_version=1, stamp=STAMP)
    else:
        ended = desk.end(made.id, last_day=last_day, reason="调岗", expected_version=1, stamp=STAMP)
        assert ended.valid_to == last_day


def test_a_change_names_the_version_it_saw(desk):
    made = desk.assign(ask(), STAMP)
    ended = desk.end(made.id, last_day=DAY + ONE, reason="调岗", expected_version=made.version, stamp=STAMP)

    assert (ended.version, ended.valid_to, ended.ended_reason) == (2, DAY + ONE, "调岗")
    with pytest.raises(ChangedMeanwhile, match="您看到的是第 1 版，现为第 2 版") as told:
        desk.end(made.id, last_day=DAY, reason="调岗", expected_version=1, stamp=STAMP)
    assert told.value.status == 412


def test_what_another_session_changed_is_seen_by_the_version(database_url):
    with Session(engine(database_url)) as session:
        people = People(session)
        people.person("S1")
        people.client("C1")
        relation = people.serves("S1", "C1")
        session.commit()
    with Session(engine(database_url)) as one, Session(engine(database_url)) as other:
        first, second = RelationService(one, EVERYTHING), RelationService(other, EVERYTHING)
        seen = first.get(relation).version
        assert second.get(relation).version == seen
        other.commit()
        first.end(relation, last_day=DAY, reason="调岗", expected_version=seen, stamp=STAMP)
        one.commit()
        with pytest.raises(ChangedMeanwhile):
            second.end(relation, last_day=DAY + ONE, reason="离职", expected_version=seen, stamp=STAMP)


def test_what_has_not_begun_is_withdrawn_what_has_is_not(desk, session):
    ahead = desk.assign(ask(first=DAY + ONE), STAMP)
    begun = desk.assign(ask("C2"), STAMP)

    desk.withdraw(ahead.id, reason="录错", expected_version=1, stamp=STAMP)
    with pytest.raises(StaffRefused, match="已开始，不能撤销"):
        desk.withdraw(begun.id, reason="录错", expected_version=1, stamp=STAMP)
    assert list(session.scalars(select(RelationRow.id))) == [begun.id]


def test_every_change_leaves_its_row_in_the_trail(desk, session):
    made = desk.assign(ask(), STAMP)
    desk.end(made.id, last_day=DAY, reason="调岗", expected_version=1, stamp=STAMP)

    told = history(session, "service_relation", str(made.id))
    assert [(row["action"], row["record_version"], row["purpose"], row["user_id"]) for row in told] == [
        ("relation.end", "2", "调岗", "U1"), ("relation.assign", "1", "", "U1"),
    ]
