"""Score bands: every end of every band, and files with a gap, an overlap or an unknown class."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from kit.rulebook import RuleError, load_rulebook, parse_rulebook
from suitability.levels import ClientLevel
from suitability.questionnaire.bands import bands_for, check_bands, parse_bands
from suitability.questionnaire.problems import ScoreOutsideBands

BOOK = load_rulebook("suitability", "bands")
DAY = date(2026, 11, 27)
ENDS = {  # band: score, level; source: the CITIC notice of 2018-05-31; a result letter with equal bands
    "BANDS-CITIC": [
        (0, "C1"), (1, "C1"), (19, "C1"), (20, "C2"), (36, "C2"), (37, "C3"), (53, "C3"), (54, "C4"), (82, "C4"),
        (83, "C5"), (100, "C5"),
    ],
    "BANDS-EQUAL": [
        (0, "C1"), (19, "C1"), (20, "C2"), (39, "C2"), (40, "C3"), (59, "C3"), (60, "C4"), (79, "C4"), (80, "C5"),
        (100, "C5"),
    ],
}  # fmt: skip
CASES = [(name, score, level) for name, ends in ENDS.items() for score, level in ends]


def band(name):
    return parse_bands(BOOK[name], BOOK.on(name, DAY))


@pytest.mark.parametrize(("name", "score", "level"), CASES)
def test_both_ends_of_a_band_belong_to_it(name, score, level):
    assert band(name).level_of(score) == ClientLevel(level)


@pytest.mark.parametrize("score", [-1, 101])
@pytest.mark.parametrize("name", list(ENDS))
def test_a_score_outside_every_band_is_refused_by_name(name, score):
    with pytest.raises(ScoreOutsideBands, match=f"{score}.*{name}"):
        band(name).level_of(score)


def test_the_whole_book_has_the_same_levels_as_one_score():
    bands = band("BANDS-CITIC")
    scores = np.arange(-3, 105)

    expected = [bands.level_of(score).rank if 0 <= score <= 100 else 0 for score in scores.tolist()]
    assert bands.ranks(scores).tolist() == expected


@pytest.mark.parametrize(("score", "lowest"), [(0, True), (1, False)])
def test_the_citic_manner_takes_the_lowest_class_from_the_score(score, lowest):
    assert band("BANDS-CITIC").is_lowest(score) is lowest


def test_equal_bands_know_no_lowest_class_by_score():
    assert not band("BANDS-EQUAL").is_lowest(0)


GOOD = {"C1": [0, 1], "C2": [2, 3], "C3": [4, 5], "C4": [6, 7], "C5": [8, 9]}
FAULTS = [
    ({**GOOD, "C3": [5, 5]}, "gap"),
    ({**GOOD, "C3": [3, 5]}, "overlap"),
    ({**GOOD, "C6": [10, 11]}, "unknown"),
    ({name: ends for name, ends in GOOD.items() if name != "C4"}, "missing"),
    ({**GOOD, "C1": [1, 0]}, "in order"),
    ({**GOOD, "C1": [0, 1.5]}, "whole numbers"),
    ({**GOOD, "C1": [0]}, "first, last"),
    ({**GOOD, "C1_LOWEST": [0, 0]}, "overlap"),
    ({**GOOD, "C1_LOWEST": [-3, -2]}, "gap"),
]


@pytest.mark.parametrize(("value", "fault"), FAULTS, ids=[fault for _, fault in FAULTS])
def test_bands_that_do_not_meet_are_refused(value, fault):
    with pytest.raises(RuleError, match=fault):
        parse_bands(BOOK["BANDS-EQUAL"], value)


def a_book(choice):
    return parse_rulebook("bands.yaml", f"""
- {{id: BANDS-A, title: a, source: s, read_on: 2026-01-01, values: [{{from: 2020-01-01, value: {GOOD}}}]}}
- {{id: BANDS-B, title: b, source: s, read_on: 2026-01-01, values: [{{from: 2020-01-01, value: {GOOD}}}]}}
- id: BAND-CHOICE-X
  title: c
  source: s
  read_on: 2026-01-01
  applies_to: {{questionnaire: x.1}}
  values: {choice}
""")


def test_the_choice_of_bands_goes_by_the_day():
    book = a_book("[{from: 2020-01-01, value: BANDS-A}, {from: 2026-03-01, value: BANDS-B}]")

    assert [bands_for("x.1", day, book).id for day in (date(2026, 2, 28), date(2026, 3, 1))] == ["BANDS-A", "BANDS-B"]


def test_a_choice_of_bands_that_do_not_exist_is_refused():
    with pytest.raises(RuleError, match="BANDS-C"):
        check_bands(a_book("[{from: 2020-01-01, value: BANDS-C}]"))


def test_a_questionnaire_without_bands_is_refused_by_name():
    with pytest.raises(RuleError, match=r"y\.1"):
        bands_for("y.1", DAY, a_book("[{from: 2020-01-01, value: BANDS-A}]"))
