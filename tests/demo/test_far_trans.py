"""Half of the real customers of FAR-Trans: what is stale, what is a placeholder, what a model guessed."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from demo.far_trans import LAST_DAY, stated_levels
from suitability.assessment.rules import books
from suitability.assessment.stated import (
    Oddity,
    Provenance,
    expired,
    needs_assessment,
    newest,
    older_than,
    stated_level,
    survey,
)
from suitability.levels import ClientLevel

BOOK = books().assessment
DAY = date(2022, 11, 30)


@pytest.fixture(scope="module")
def records():
    return stated_levels()


def test_every_record_is_read(records):
    assert len(records) == 16_362
    assert len(newest(records)) == 14_684
    assert max(one.recorded_on for one in records) == LAST_DAY == DAY


def test_what_is_stale_on_the_last_day(records):
    """As counted in the data set itself: 12,884 over one year, 10,333 over two, of 14,684."""
    found = survey(newest(records), DAY, BOOK)

    assert (found["RECORDS"], found["OVER_1Y"], found["OVER_2Y"]) == (14_684, 12_884, 10_333)


def test_our_validity_ends_a_day_earlier_than_two_full_years(records):
    """One customer answered on 2020-11-30: on 2022-11-30 not more than two years ago, and expired the day before."""
    own = [one for one in newest(records) if one.assessed_on == date(2020, 11, 30)]

    assert [(older_than(one, 2, DAY), expired(one, DAY, BOOK)) for one in own] == [(False, True)]
    assert survey(newest(records), DAY, BOOK)["EXPIRED"] == 10_333 + len(own)


def test_placeholders_guesses_and_dates_filled_in_later_are_marked(records):
    found = survey(records, DAY, BOOK)

    assert (found["SENTINEL_DATE"], found["FUTURE_DATE"], found["NO_DATE"]) == (3_663, 6_366, 0)
    assert (found["PREDICTED"], found["MISSING"], found["ANSWERED"]) == (3_663, 176, 12_523)


def test_a_capacity_has_its_own_provenance(records):
    """As counted in the file itself: the level answered and the capacity guessed in 83 rows, never the other way."""
    found = survey(records, DAY, BOOK)
    bands = {one.capacity.said: one.capacity.band for one in records if one.capacity.provenance is Provenance.ANSWERED}

    assert (found["CAPACITY_PREDICTED"], found["CAPACITY_MISSING"], found["CAPACITY_ANSWERED"]) == (3_746, 176, 12_440)
    assert found["CAPACITY_ONLY_GUESSED"] == 83
    assert bands == {
        "CAP_LT30K": (0, 30_000), "CAP_30K_80K": (30_000, 80_000), "CAP_80K_300K": (80_000, 300_000),
        "CAP_GT300K": (300_000, None),
    }  # fmt: skip
    guessed = [one for one in records if one.capacity.provenance is not Provenance.ANSWERED]
    assert {one.capacity.band for one in guessed} == {None}


def test_a_guessed_capacity_beside_an_answered_level_is_said():
    one = stated_level("X", "MIFID", "Income", DAY, DAY, BOOK, "Predicted_CAP_LT30K")

    assert "可投资资产：模型推测" in needs_assessment(one, DAY, BOOK)
    with pytest.raises(ValueError, match="CAP_HUGE"):
        stated_level("X", "MIFID", "Income", DAY, DAY, BOOK, "CAP_HUGE")


def test_a_guess_never_becomes_a_level(records):
    guessed = [one for one in records if one.provenance is not Provenance.ANSWERED]

    assert {one.level for one in guessed} == {None}
    assert all(one.said.startswith("Predicted_") for one in guessed if one.provenance is Provenance.PREDICTED)


def test_classes_map_by_rule_data(records):
    pairs = {(one.said, one.level) for one in records if one.provenance is Provenance.ANSWERED}

    assert dict(pairs) == {
        "Conservative": ClientLevel.C1, "Income": ClientLevel.C2, "Balanced": ClientLevel.C3,
        "Aggressive": ClientLevel.C4,
    }  # fmt: skip
    assert len(pairs) == 4
    assert not BOOK["STATED-MIFID"].confirmed


def test_nothing_is_accepted_in_silence(records):
    reasons = Counter(len(needs_assessment(one, DAY, BOOK)) for one in newest(records))

    assert min(reasons) == 1
    assert sum(reasons.values()) == 14_684


CASES = [  # class, questionnaire, recorded, provenance, oddities
    ("Income", date(2020, 7, 16), date(2020, 7, 16), "ANSWERED", set()),
    ("Income", date(2020, 7, 17), date(2020, 7, 16), "ANSWERED", {"FUTURE_DATE"}),
    ("Predicted_Income", date(2000, 1, 1), date(2018, 1, 2), "PREDICTED", {"SENTINEL_DATE"}),
    ("Not_Available", None, date(2018, 1, 2), "MISSING", {"NO_DATE"}),
    ("", date(2017, 12, 31), date(2018, 1, 2), "MISSING", set()),
]


@pytest.mark.parametrize(("said", "assessed_on", "recorded_on", "provenance", "oddities"), CASES)
def test_a_stated_level(said, assessed_on, recorded_on, provenance, oddities):
    one = stated_level("X", "MIFID", said, assessed_on, recorded_on, BOOK)

    assert one.provenance is Provenance(provenance)
    assert one.oddities == set(map(Oddity, oddities))


def test_an_unknown_class_is_refused():
    with pytest.raises(ValueError, match="Reckless"):
        stated_level("X", "MIFID", "Reckless", DAY, DAY, BOOK)


@pytest.mark.parametrize(("days", "over"), [(364, False), (365, False), (366, True)])
def test_over_a_year_is_more_than_a_year(days, over):
    one = stated_level("X", "MIFID", "Income", DAY - timedelta(days=days), DAY, BOOK)

    assert older_than(one, 1, DAY) is over
