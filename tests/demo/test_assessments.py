"""Assessments of the demo clients: what was planted is what stands; one seed gives the same files."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from sqlmodel import Session

from clients.repository import ClientRepository
from clients.tables import ClientRow
from clients.types import ClientKind
from demo.assessments import CYCLE, Part, assess_book, read_planted, write_assessments
from kit.access import everything
from kit.db import engine, transaction
from suitability.assessment.service import AssessmentService
from suitability.category.service import CategoryService

DAY = date(2024, 12, 31)
CLIENTS = 80


@pytest.fixture
def loaded(database_url, tmp_path):
    with transaction(database_url) as session:
        for number in range(CLIENTS):
            session.add(ClientRow(client_no=f"C{number:06d}", name=f"客户{number}", kind="NATURAL"))
        session.add(ClientRow(client_no="I1", name="机构", kind="INSTITUTION"))
    return database_url, *assess_book(database_url, tmp_path / "assessments", day=DAY)


def test_what_was_planted_is_what_stands(loaded):
    url, results, planted = loaded
    refused = Counter(one.part for one in planted if one.part in (Part.STAFF, Part.BLOCKED))

    assert [one.rows_refused for one in results] == [0, sum(refused.values())]
    with Session(engine(url)) as session:
        desk = AssessmentService(session, everything(DAY), sources=())
        categories = CategoryService(session, everything(DAY))
        for one in planted:
            current = desk.current(one.client_no, DAY)
            assert current.level == one.level, one
            assert (current.in_force.valid_through if current.in_force else None) == one.valid_through, one
            assert current.expired is (one.part is Part.EXPIRED), one
            assert current.lowest is (one.part is Part.LOWEST), one
            assert (current.waiting is not None) is (one.part in (Part.SOFT, Part.CLIMB, Part.LOWERED)), one
            assert categories.current(one.client_no, DAY).category.value == one.category, one


def test_who_ends_soon_is_reminded(loaded):
    url, _, planted = loaded
    ending = {one.client_no for one in planted if one.part is Part.ENDING}
    with Session(engine(url)) as session:
        desk = AssessmentService(session, everything(DAY), sources=())
        for one in planted:
            if one.part is Part.ENDING:
                assert timedelta(0) < one.valid_through - DAY <= timedelta(days=60)
        due = {one.client_no for one in desk.reminders_due(DAY + timedelta(days=60), after=DAY - timedelta(days=1))}

    assert ending <= due


def test_an_application_that_falls_short_was_refused(loaded):
    url, _, planted = loaded
    with Session(engine(url)) as session:
        desk = CategoryService(session, everything(DAY))
        refused = [
            made for one in planted for made in desk.history(one.client_no)
            if made.decision is not None and not made.decision.granted
        ]  # fmt: skip

    assert [made.test for made in refused] == ["PRO_III_NATURAL"]
    assert any("低于" in reason for reason in refused[0].decision.reasons)


def test_every_part_is_in_eighty_clients(loaded):
    _, _, planted = loaded

    assert {one.part for one in planted} == set(Part)
    assert Counter(one.part for one in planted)[Part.EXPIRED] == 2 * CYCLE.count(Part.EXPIRED)
    assert {"PRO_II", "PRO_III"} <= {one.category for one in planted}


def test_one_seed_gives_the_same_bytes(loaded, tmp_path):
    url, _, planted = loaded
    with Session(engine(url)) as session:
        everybody = ClientRepository(session, everything(DAY)).clients()
    people = [one for one in everybody if one.kind is ClientKind.NATURAL]
    again, told = write_assessments(tmp_path / "again", people[::-1], day=DAY)

    for file in again.files:
        assert file.path.read_bytes() == (tmp_path / "assessments" / file.path.name).read_bytes()
    assert told == planted
    assert len(read_planted(again.planted)) == CLIENTS
    other, _ = write_assessments(tmp_path / "other", people, seed=1, day=DAY)
    assert other.files[1].path.read_bytes() != again.files[1].path.read_bytes()
