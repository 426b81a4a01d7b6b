"""交接: what was previewed is done in one transaction, what is open goes along, what changed since is not done."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import Session

from clients import open_items as registry
from clients.open_items import OpenItem, label_of, open_items, register_open_items, registered
from clients.staff.handover import HandoverAsk, HandoverService
from clients.staff.periods import ALWAYS, OPEN
from clients.staff.problems import (
    ChangedMeanwhile,
    MainTaken,
    NoSuchRelation,
    NoSuchStaff,
    NotQualified,
    OverCapacity,
    StaffRefused,
)
from clients.staff.relations import RelationAsk, RelationService
from clients.staff.tables import HandoverRow, RelationRow
from clients.staff.types import RelationRole
from kit.db import engine, transaction
from kit.trail.service import history
from tests.clients.people import DAY, EVERYTHING, STAMP, People, branch

ONE = timedelta(1)


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
    return HandoverService(session, EVERYTHING)


def ask(*client_nos, day=DAY, to="S2"):
    return HandoverAsk(from_staff="S1", to_staff=to, day=day, client_nos=client_nos or None)


def do(desk, asked, reason="S1 调岗"):
    return desk.do(asked, reason=reason, expected_digest=desk.preview(asked).digest, stamp=STAMP)


def stretches(session):
    """(client id, staff id, role, first, last) of every relation."""
    session.expire_all()
    rows = session.scalars(select(RelationRow).order_by(RelationRow.client_id, RelationRow.valid_from))
    return [(row.client_id, row.staff_id, row.role, row.valid_from, row.valid_to) for row in rows]


def test_a_handover_ends_the_one_and_begins_the_other_on_the_next_day(session, desk, people):
    people.serves("S1", "C1", last=DAY + 30 * ONE)
    one, two, client = people.staff["S1"], people.staff["S2"], people.clients["C1"]

    done = do(desk, ask())

    assert stretches(session) == [
        (client, one, "MAIN", ALWAYS, DAY - ONE), (client, two, "MAIN", DAY, DAY + 30 * ONE),
    ]
    assert done.plan.clients == 1
    relations = RelationService(session, EVERYTHING)
    assert [s.staff_no for s in relations.serving("C1", DAY - ONE)] == ["S1"]
    assert [s.staff_no for s in relations.serving("C1", DAY)] == ["S2"]
    old, new = relations.list(client_no="C1")
    assert (old.ended_reason, old.version, new.reason) == ("S1 调岗", 2, "S1 调岗")


def test_chosen_clients_alone_pass_on(session, desk, people):
    for no in ("C1", "C2"):
        people.serves("S1", no)

    assert do(desk, ask("C2")).plan.clients == 1
    relations = RelationService(session, EVERYTHING)
    assert [one.client_no for one in relations.book_of("S1", DAY)] == ["C1"]
    assert [one.client_no for one in relations.book_of("S2", DAY)] == ["C2"]


def test_what_begins_on_the_day_or_later_changes_hands_whole(session, desk, people):
    people.serves("S1", "C1", first=DAY)
    people.serves("S1", "C2", first=DAY + 9 * ONE)
    people.serves("S1", "C3", last=DAY - ONE)
    one, two = people.staff["S1"], people.staff["S2"]

    plan = do(desk, ask()).plan

    assert [(staff, first) for _, staff, _, first, _ in stretches(session)] == [
        (two, DAY), (two, DAY + 9 * ONE), (one, ALWAYS),
    ]
    assert (plan.book_before, plan.book_after) == (0, 1), "C2 is served from later on"


def test_a_role_that_the_receiver_holds_already_only_ends(session, desk, people):
    people.serves("S1", "C1", "ASSISTANT")
    people.serves("S2", "C1", "ASSISTANT", first=DAY - ONE)
    people.serves("S1", "C2", "ASSISTANT", first=DAY + ONE)
    people.serves("S2", "C2", "ASSISTANT")
    one, two = people.staff["S1"], people.staff["S2"]

    plan = do(desk, ask()).plan

    assert [move.joined for move in plan.moves] == [True, True]
    assert [(staff, first, last) for _, staff, _, first, last in stretches(session)] == [
        (one, ALWAYS, DAY - ONE), (two, DAY - ONE, OPEN), (two, ALWAYS, OPEN),
    ]


def test_every_role_passes_on(session, desk, people):
    people.licence("S2")
    people.serves("S1", "C1", "MAIN")
    people.serves("S1", "C1", "ADVISOR")

    assert len(do(desk, ask()).plan.moves) == 2
    book = RelationService(session, EVERYTHING).book_of("S2", DAY)
    assert {one.role for one in book} == {RelationRole.MAIN, RelationRole.ADVISOR}


def test_a_preview_names_everything_that_stands_against_it_and_files_nothing(session, desk, people):
    people.person("S3", capacity=1)
    people.serves("S3", "C3")
    people.serves("S1", "C1", "ADVISOR")
    people.serves("S1", "C2")
    before = stretches(session)

    plan = desk.preview(ask(to="S3"))

    assert len(plan.refusals) == 2
    assert "没有允许提供投资建议的执业登记" in plan.refusals[0]
    assert "已服务 1 位客户，再加 2 位超过上限 1" in plan.refusals[1]
    assert (plan.book_before, plan.book_after, plan.capacity) == (1, 3, 1)
    with pytest.raises(NotQualified):
        desk.do(ask(to="S3"), reason="调岗", expected_digest=plan.digest, stamp=STAMP)
    with pytest.raises(OverCapacity):
        do(desk, HandoverAsk(from_staff="S1", to_staff="S3", day=DAY, client_nos=("C2",)))
    assert stretches(session) == before
    assert session.scalars(select(HandoverRow)).all() == []


def test_what_changed_since_the_preview_is_not_done(session, desk, people):
    people.serves("S1", "C1")
    seen = desk.preview(ask()).digest
    people.serves("S1", "C2")

    with pytest.raises(ChangedMeanwhile, match="请重新预览"):
        desk.do(ask(), reason="调岗", expected_digest=seen, stamp=STAMP)


BAD = [
    (ask(to="S1"), StaffRefused, "不能是同一人"),
    (ask(to="S9"), NoSuchStaff, "没有人员 S9"),
    (ask("C1", "C3"), NoSuchRelation, "S1 在 2026-03-10 不服务客户 C3"),
    (HandoverAsk(from_staff="S2", to_staff="S1", day=DAY), StaffRefused, "没有服务的客户，无需交接"),
]


@pytest.mark.parametrize(("asked", "problem", "words"), BAD)
def test_a_handover_that_makes_no_sense_is_named(desk, people, asked, problem, words):
    people.serves("S1", "C1")

    with pytest.raises(problem, match=words):
        desk.preview(asked)


def test_a_handover_needs_its_reason(desk, people):
    people.serves("S1", "C1")

    with pytest.raises(StaffRefused, match="请写明交接事由"):
        do(desk, ask(), reason=" ")


def test_a_supervisor_hands_over_within_the_branch_alone(session, people):
    people.person("M1", post="SUPERVISOR")
    people.person("S8", "B2")
    people.serves("S1", "C1")
    desk = HandoverService(session, branch("M1"))

    assert do(desk, ask()).plan.clients == 1
    with pytest.raises(NoSuchStaff):
        desk.preview(ask(to="S8"))


def test_a_handover_is_one_row_of_the_trail_with_its_reason(session, desk, people):
    for no in ("C1", "C2"):
        people.serves("S1", no)

    done = do(desk, ask())

    (told,) = history(session, "handover", str(done.id))
    assert (told["action"], told["purpose"]) == ("relation.handover", "S1 调岗")
    assert '"clients":2' in told["detail"].replace(" ", "")


# what is open


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setattr(registry, "_FINDERS", {})


def test_what_is_open_goes_along_what_is_due_first_stands_first(session, known, desk, people):
    def tasks(_session, ids, day):
        assert len(ids) == 1
        return [OpenItem("TASK", "1", "C1", "回访", None), OpenItem("TASK", "2", "C1", "生日", day + ONE)]

    def orders(_session, ids, day):
        return [OpenItem("CASE", f"{one}", "C1", "错配", day) for one in ids]

    register_open_items("TASK", "待办", tasks)
    register_open_items("CASE", "错配案件", orders)
    people.serves("S1", "C1")

    plan = desk.preview(ask())
    done = do(desk, ask())

    assert [item.title for item in plan.open_items] == ["错配", "生日", "回访"]
    filed = session.get(HandoverRow, done.id).open_items
    assert [item["title"] for item in filed] == ["错配", "生日", "回访"]
    assert (registered(), label_of("TASK"), label_of("ELSE")) == (("CASE", "TASK"), "待办", "ELSE")
    assert open_items(session, [], DAY) == []


def test_a_kind_of_open_item_has_one_finder(known):
    def finder(_session, _ids, _day):
        return []

    register_open_items("TASK", "待办", finder)
    register_open_items("TASK", "待办", finder)
    with pytest.raises(ValueError, match="registered already"):
        register_open_items("TASK", "待办", lambda *_: [])


# laws


@given(
    served=st.lists(
        st.tuples(
            st.sampled_from(["C1", "C2", "C3"]), st.sampled_from(["MAIN", "ASSISTANT"]), st.sampled_from(["S1", "S2"]),
            st.integers(-5, 5), st.integers(0, 6),
        ),
        max_size=6, unique_by=lambda one: one[:2],
    ),
    at=st.integers(-3, 3),
)  # fmt: skip
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_is_lost_and_nobody_doubled_by_a_handover(database_url, served, at):
    """On every day as many serve each client in each role as before; from the day on, S1 serves nobody."""
    day = DAY + at * ONE
    with Session(engine(database_url)) as session:
        people = People(session)
        for no in ("S1", "S2"):
            people.person(no)
        for no in ("C1", "C2", "C3"):
            people.client(no)
        for client, role, staff, first, length in served:
            people.serves(staff, client, role, DAY + first * ONE, DAY + (first + length) * ONE)
        relations = RelationService(session, EVERYTHING)
        days = [DAY + n * ONE for n in range(-6, 13)]

        def who():
            return {
                one: sorted((r.client_no, r.role.value) for no in ("S1", "S2") for r in relations.book_of(no, one))
                for one in days
            }

        before, asked = who(), HandoverAsk(from_staff="S1", to_staff="S2", day=day)
        if any(staff == "S1" and DAY + (first + n) * ONE >= day for _, _, staff, first, n in served):
            do(HandoverService(session, EVERYTHING), asked)
        after, left = who(), [relations.book_of("S1", one) for one in days if one >= day]
        session.rollback()
    assert after == before
    assert all(book == () for book in left)


def test_two_who_assign_a_main_at_once_make_one(database_url):
    with transaction(database_url) as session:
        people = People(session)
        for no in ("S1", "S2"):
            people.person(no)
        people.client("C1")
    gate, told = Barrier(2), []

    def assign(staff_no):
        gate.wait()
        try:
            with transaction(database_url) as session:
                RelationService(session, EVERYTHING).assign(
                    RelationAsk(client_no="C1", staff_no=staff_no, valid_from=DAY), STAMP
                )
            told.append("done")
        except MainTaken:
            told.append("refused")

    threads = [Thread(target=assign, args=(no,)) for no in ("S1", "S2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["done", "refused"]
    with Session(engine(database_url)) as session:
        assert len(stretches(session)) == 1
