"""What stands, in columns: against a plain reading of each client's history; one client against the book."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.access import everything
from kit.columns import UNKNOWN
from suitability.assessment.client_facts import assessment_facts
from suitability.assessment.service import assessment_columns
from suitability.assessment.standing import Results, standing
from suitability.category.service import category_columns
from suitability.levels import AssetType, ClientLevel, IntendedTerm, InvestorCategory
from tests.suitability.assessment.desk import (
    ALL,
    DAY,
    INSTITUTION,
    MINI,
    NATURAL,
    NOW,
    Desk,
    client_actor,
    sheet_of,
    stamp,
)

TODAY = 1_000


@st.composite
def result(draw, number):
    maybe = st.one_of(st.just(UNKNOWN), st.integers(TODAY - 5, TODAY + 3))
    reviewed = draw(maybe)
    return {
        "client_id": draw(st.integers(1, 4)), "id": number, "questionnaire_id": draw(st.integers(1, 3)),
        "assessed_on": draw(st.integers(TODAY - 5, TODAY + 3)),
        "valid_through": draw(st.integers(TODAY - 2, TODAY + 2)),
        "total": draw(st.integers(0, 100)), "level": draw(st.integers(1, 5)), "lowest": draw(st.integers(0, 1)),
        "term": draw(st.sampled_from([UNKNOWN, 1, 4])), "types": draw(st.sampled_from([UNKNOWN, 1, 5])),
        "needs_review": draw(st.integers(0, 1)),
        "accepted": UNKNOWN if reviewed == UNKNOWN else draw(st.integers(0, 1)),
        "reviewed_on": reviewed, "confirmed_on": draw(maybe),
    }  # fmt: skip


@st.composite
def histories(draw):
    return [draw(result(number)) for number in range(1, draw(st.integers(0, 12)) + 1)]


def columns_of(rows):
    names = Results.__dataclass_fields__
    return Results(**{name: np.array([row[name] for row in rows], dtype=np.int64) for name in names})


def plainly(rows):
    """One client after the other, one row after the other."""
    found = {}
    for client in sorted({row["client_id"] for row in rows}):
        own = [row for row in rows if row["client_id"] == client]
        own.sort(key=lambda row: (row["assessed_on"], row["id"]))
        own = [row for row in own if row["assessed_on"] <= TODAY and (
            not row["needs_review"] or (row["accepted"] == 1 and UNKNOWN < row["reviewed_on"] <= TODAY)
        )]  # fmt: skip
        if not own:
            continue
        held = [row for row in own if UNKNOWN < row["confirmed_on"] <= TODAY]
        basis, newest = (held[-1] if held else None), own[-1]
        level = 0 if basis is None else min(basis["level"], newest["level"] if newest is not basis else 5)
        low = basis is not None and bool(basis["lowest"] or (newest is not basis and newest["lowest"]))
        found[client] = (
            None if basis is None else basis["id"], level, 0 if basis is None else basis["level"], low,
            None if newest is basis else newest["id"],
        )  # fmt: skip
    return found


@given(rows=histories())
def test_the_columns_say_what_each_history_says(rows):
    found = standing(columns_of(rows), TODAY)

    assert {
        int(client): (
            None if found.id[place] == UNKNOWN else int(found.id[place]), int(found.level[place]),
            int(found.confirmed_level[place]), bool(found.lowest[place]),
            None if found.waiting_id[place] == UNKNOWN else int(found.waiting_id[place]),
        )
        for place, client in enumerate(found.client_id)
    } == plainly(rows)  # fmt: skip


@given(rows=histories())
def test_the_level_to_use_is_never_above_the_confirmed_one(rows):
    found = standing(columns_of(rows), TODAY)

    assert (found.level <= found.confirmed_level).all()
    assert (np.diff(found.client_id) > 0).all()


@given(rows=histories())
def test_the_order_of_the_rows_is_no_matter(rows):
    one, other = standing(columns_of(rows), TODAY), standing(columns_of(rows[::-1]), TODAY)

    for name in one.__dataclass_fields__:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


@pytest.fixture
def book(session):
    """Clients of every kind: in force, over, waiting, lowered, lowest, held for review, without any."""
    desk = Desk(session)
    ids = {name: desk.client(name) for name in ("C1", "C2", "C3", "C4", "C6", "C7")}
    ids["C5"] = desk.client("C5", birth_date=date(1955, 1, 1))
    ids["C8"] = desk.client("C8", kind="INSTITUTION", birth_date=None)
    desk.assessed("C1", "C3")
    desk.assessed("C2", "C4", at=NOW - timedelta(days=800))
    desk.assessed("C3", "C4", at=NOW - timedelta(days=100))
    desk.assessed("C3", "C2", confirm=False)
    done = desk.hand_in("C5", {**sheet_of(NATURAL, "C1"), "s2": ("B",)}, confirmed=ALL)
    desk.service.confirm(done.assessment.id, stamp(client_actor("C5")))
    desk.assessed("C6", "C2", MINI, at=NOW - timedelta(days=3))
    desk.hand_in("C6", sheet_of(MINI, "C5"), MINI, confirmed=ALL)
    desk.assessed("C8", "C5", INSTITUTION)
    return desk, ids


EXPECTED = {  # level used, confirmed, lowest, expired on 2026-03-10
    "C1": (3, 3, False, False), "C2": (4, 4, False, True), "C3": (2, 4, False, False), "C5": (1, 1, True, False),
    "C6": (2, 2, False, False), "C8": (5, 5, False, False),
}  # fmt: skip


def test_the_book_in_columns(book, session):
    _, ids = book
    found = assessment_columns(session, DAY)
    numbers = {row: name for name, row in ids.items()}

    expired = found.expired(DAY.toordinal())
    assert {
        numbers[int(client)]: (
            int(found.level[place]), int(found.confirmed_level[place]), bool(found.lowest[place]), bool(expired[place])
        )
        for place, client in enumerate(found.client_id)
    } == EXPECTED  # fmt: skip
    assert len(category_columns(session, DAY).client_id) == 0


def test_one_client_is_a_batch_of_one(book, session):
    desk, ids = book
    found = assessment_columns(session, DAY)
    for name, client_id in ids.items():
        facts = assessment_facts(session, everything(DAY), name, DAY)
        place = np.flatnonzero(found.client_id == client_id)
        if not len(place):
            assert (facts.level, facts.assessed_on) == (None, None)
            continue
        at = int(place[0])
        assert facts.level == list(ClientLevel)[int(found.level[at]) - 1]
        assert facts.confirmed_level == list(ClientLevel)[int(found.confirmed_level[at]) - 1]
        assert facts.lowest == bool(found.lowest[at])
        assert (facts.assessed_on.toordinal(), facts.valid_through.toordinal()) == (
            int(found.assessed_on[at]), int(found.valid_through[at]),
        )  # fmt: skip
        assert facts.term == list(IntendedTerm)[int(found.term[at]) - 1]
        assert facts.types == list(AssetType)[int(found.types[at]) - 1]
        assert facts.questionnaire == desk.forms.edition(facts.questionnaire).form.version


def test_the_facts_carry_their_days(book, session):
    facts = assessment_facts(session, everything(DAY), "C3", DAY)

    assert facts.category is InvestorCategory.ORDINARY
    assert (facts.as_of["confirmed_level"], facts.as_of["level"]) == (DAY - timedelta(days=100), DAY)


def test_an_earlier_day_does_not_see_what_came_later(book, session):
    found = assessment_columns(session, DAY - timedelta(days=50))

    assert found.level.tolist() == [4, 4]
