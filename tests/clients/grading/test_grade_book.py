"""Grades on file: only what changed is written, under the version that gave it; read back within the scope."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from clients.grading.engine import grade_all
from clients.grading.problems import GradedLater
from clients.grading.repository import GradeRepository
from clients.grading.service import GradeBook
from clients.grading.tables import ClientGradeRow, GradeRunRow
from kit.access import everything
from kit.trail.service import history
from tests.clients.grading.schemes import DAY, loaded, text_of, values
from tests.clients.people import STAMP, People, book

BANDS = "bands:\n  of: assets\n  rows: [{class: A, from: 100}, {class: B, below: 100}]\n"
TEXT = text_of("ONE", BANDS, "classes: {A: 甲, B: 乙}\n")
SCHEMES = loaded(one=TEXT)
TWO = timedelta(days=2)


@pytest.fixture
def people(session):
    made = People(session)
    made.person("S1")
    for number in ("C0", "C1", "C2"):
        made.client(number)
    made.serves("S1", "C1")
    return made


def test_who_changed_is_written_and_nothing_twice(session, people):
    grades = GradeBook(session, everything(DAY))
    ids = np.array(list(people.clients.values()))

    def file(assets, day=DAY, schemes=SCHEMES):
        told = replace(values(assets=assets), day=day)
        filed = grades.file(schemes, told, grade_all(schemes, told), ids, STAMP)
        return filed.new, filed.written

    assert file([99, 100, None]) == (True, 3)
    assert file([99, 100, None]) == (False, 0)  # the same day twice
    assert file([98, 100, None]) == (True, 0)  # another fact of the day, no other class
    assert file([98, 100, 5]) == (True, 1)  # a correction of the day
    assert file([98, 100, None]) == (True, 1)  # taken back
    assert file([98, 100, 5]) == (True, 1)
    assert file([200, 100, 5], DAY + TWO) == (True, 1)
    with pytest.raises(GradedLater, match="不能再登记更早的"):
        file([200, 100, 5], DAY)
    other = loaded(one=TEXT.replace("100", "150"))
    assert file([200, 100, 5], DAY + TWO, other) == (True, 3)  # another version of the scheme
    assert len(session.exec(select(GradeRunRow)).all()) == 7
    assert len(session.exec(select(ClientGradeRow)).all()) == 10
    assert len(history(session, "grade_run", DAY.isoformat())) == 5


def test_history_says_each_change_with_its_version_and_features_within_the_scope(session, people):
    grades = GradeBook(session, everything(DAY))
    ids = np.array(list(people.clients.values()))
    for days, assets in enumerate(([99, 100, None], [99, 90, None], [150, 90, 5])):
        told = replace(values(assets=assets), day=DAY + timedelta(days=days))
        grades.file(SCHEMES, told, grade_all(SCHEMES, told), ids, STAMP)

    past = grades.history("C1", DAY + TWO)
    unknown = grades.history("C2", DAY)

    assert [(one.day, one.code, one.label, one.features) for one in past] == [
        (DAY, "A", "甲", {"assets": 100.0}), (DAY + timedelta(days=1), "B", "乙", {"assets": 90.0}),
    ]  # fmt: skip
    assert {one.version for one in past} == {SCHEMES[0].version}
    assert [(one.code, one.label, one.features) for one in unknown] == [(None, "不评", {})]
    assert grades.history("C1", DAY - timedelta(days=1)) == []
    own = GradeBook(session, book("S1", DAY))
    assert [one.code for one in own.history("C1", DAY + TWO)] == ["A", "B"]
    assert own.history("C2", DAY + TWO) == []


@pytest.fixture
def filed(session, people):
    """A book on file; the largest id of a client."""
    ids, told = np.array(list(people.clients.values())), values(assets=[200.0] * 3)
    GradeBook(session, everything(DAY)).file(SCHEMES, told, grade_all(SCHEMES, told), ids, STAMP)
    return int(ids.max())


@pytest.mark.parametrize(("past_client", "past_run"), [(1, 0), (0, 1)])
def test_a_grade_of_no_client_or_no_run_is_refused(session, filed, past_client, past_run):
    run = GradeRepository(session, everything(DAY)).newest_run()
    client, number = np.array([filed + past_client]), run.id + past_run

    by_copy = psycopg.Error  # a COPY is the driver's own
    with pytest.raises((DBAPIError, by_copy), match="a client or a run that is not there"):
        GradeRepository(session, everything(DAY)).add_grades(
            client, number, DAY + TWO, np.zeros((1, 1), np.int8), np.zeros((1, 1))
        )


@pytest.mark.parametrize("change", ["DELETE FROM client WHERE id = :id", "UPDATE client SET id = 77 WHERE id = :id"])
def test_a_graded_client_keeps_its_row_and_its_id(session, filed, change):
    with pytest.raises(DBAPIError, match="keeps its id"):
        session.execute(text(change), {"id": filed})
