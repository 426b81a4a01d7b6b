"""Who serves the demo: every client on every day, with what was planted there to be seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session, SQLModel

from clients.staff.relations import RelationService
from clients.staff.repository import StaffRepository
from clients.staff.service import StaffService
from clients.staff.tables import AbsenceRow
from clients.staff.types import Post, RelationRole
from clients.tables import ClientRow
from clients.visibility import visible_clients
from demo.choice import shown_clients
from demo.load import Books, load_books, write_books
from demo.staff import (
    ABSENT,
    AWAY_SINCE,
    BRANCHES,
    CAPACITY,
    LAPSED,
    LAPSED_ON,
    LEFT,
    LEFT_ON,
    STAND_IN,
    SUCCESSOR,
    send_away,
    write_staff,
)
from kit.access import Reach, Scope, everything
from kit.db import engine

TODAY = date(2026, 11, 27)


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    return write_books(tmp_path_factory.mktemp("staff"), accounts=60)


@pytest.fixture(scope="module")
def house(books, tmp_path_factory):
    """People, clients, relations: the ledgers are other tests' matter."""
    url = f"sqlite:///{tmp_path_factory.mktemp('house')}/heshi.db"
    SQLModel.metadata.create_all(engine(url))
    kept = ("clients", "branches", "staff", "relations")
    parts = (books.real, books.synthetic, books.staff)
    lean = [replace(book, files=tuple(file for file in book.files if file.kind in kept)) for book in parts]
    results = load_books(url, Books(*lean))
    assert [result.rejects for result in results if result.rows_refused] == []
    with Session(engine(url)) as session:
        yield session
    engine(url).dispose()


def test_one_seed_gives_the_same_bytes(books, tmp_path):
    whole = (books.real, books.synthetic)
    one, two = (write_staff(tmp_path / name, whole, 7) for name in ("one", "two"))
    other = write_staff(tmp_path / "other", whole, 8)

    def texts(book):
        return [file.path.read_bytes() for file in book.files]

    assert texts(one) == texts(two)
    assert texts(one) != texts(other)


def test_every_client_is_served_by_one_main_today_and_after_the_handover(house):
    clients = set(house.scalars(select(ClientRow.client_no)))
    for day in (LEFT_ON, LEFT_ON + timedelta(1), TODAY):
        mains = RelationService(house, everything(day)).list(day=day, role=RelationRole.MAIN, limit=10_000)
        assert len(mains) == len({one.client_no for one in mains})
    assert {one.client_no for one in mains} == clients


def test_there_are_three_branches_with_a_supervisor_and_twelve_advisers_in_post(house):
    staff = StaffService(house, everything(TODAY)).list(limit=100)
    supervisors, advisers = ([one for one in staff if one.post is post] for post in (Post.SUPERVISOR, Post.ADVISOR))

    assert {one.branch_no for one in supervisors} == {number for number, _ in BRANCHES}
    assert len(advisers) == 12
    assert all(one.clients <= CAPACITY == one.capacity for one in advisers)


def test_a_supervisor_sees_the_branch_and_the_three_see_everybody(house):
    seen = [
        set(house.scalars(visible_clients(Scope(Reach.BRANCH, f"staff:M0{number}", TODAY)))) for number in (1, 2, 3)
    ]
    assert all(seen)
    assert set().union(*seen) == set(house.scalars(select(ClientRow.id)))


def test_what_was_planted_is_there_to_be_seen(house):
    relations = RelationService(house, everything(TODAY))
    staff = StaffRepository(house, everything(TODAY))

    assert relations.lapsed(LAPSED_ON) == ()
    assert {relation.staff_no for relation, _ in relations.lapsed(LAPSED_ON + timedelta(1))} == {LAPSED}
    assert StaffService(house, everything(TODAY)).get(ABSENT).absent
    assert {one.staff_no for one in relations.book_of(STAND_IN, AWAY_SINCE)} == {ABSENT, STAND_IN}
    assert StaffService(house, everything(TODAY)).get(LEFT).left_on == LEFT_ON
    handed = [one for one in relations.list(staff_no=SUCCESSOR, limit=1000) if one.reason]
    assert {one.valid_from for one in handed} == {LEFT_ON + timedelta(1)}
    assert staff.clients_served(staff.row(LEFT).id, LEFT_ON) == len(handed) > 0


def test_sending_away_twice_is_once(house):
    send_away(str(house.get_bind().url))

    assert len(house.scalars(select(AbsenceRow)).all()) == 1


def test_the_adviser_who_signs_in_serves_whoever_is_shown(books, house):
    shown = shown_clients(books.synthetic.files[0].path.parents[1])
    advisor = Scope(Reach.BOOK, f"staff:{SUCCESSOR}", TODAY)

    assert len(shown) >= 12
    seen = ClientRow.id.in_(visible_clients(advisor))
    assert shown <= set(house.scalars(select(ClientRow.client_no).where(seen)))
