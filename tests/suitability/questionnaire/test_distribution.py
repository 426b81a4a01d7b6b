"""Exact counts against counting one sheet after the other."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings

from suitability.assessment.rules import books, lowest_conditions
from suitability.levels import ClientLevel
from suitability.questionnaire.bands import Bands, bands_for
from suitability.questionnaire.distribution import distribution
from suitability.questionnaire.engine import points
from suitability.questionnaire.loading import shipped
from suitability.questionnaire.types import Condition
from tests.suitability.questionnaire.forms import BANDS, MINI, NATURAL, all_sheets, form, forms, question

DAY = date(2026, 11, 27)
NARROW = Bands("BANDS-NARROW", (1, 2, 3, 4, 5), 6)


def counted(made, bands, lowest=()):
    """By brute force: (scores, levels, in the lowest class, asked)."""
    scores, levels, asked, low = Counter(), Counter(), Counter(), 0
    for answers in all_sheets(made, bands):
        total = points(made, answers).total
        scores[total] += 1
        asked.update(answers.keys())
        if bands.lows[0] <= total <= bands.top:
            level = bands.level_of(total)
            levels[level] += 1
            low += level is ClientLevel.C1 and any(condition.met(answers) for condition in lowest)
    return scores, levels, low, asked


@settings(max_examples=120)
@given(made=forms())
def test_the_counts_are_those_of_all_sheets(made):
    lowest = [Condition(made.questions[-1].id, frozenset({"A"})), Condition("q1", frozenset({"B"}))]
    scores, levels, low, asked = counted(made, BANDS, lowest)
    found = distribution(made, BANDS, lowest)

    assert found.by_score == dict(sorted(scores.items()))
    assert {level: count for level, count in found.by_level.items() if count} == dict(levels)
    assert found.lowest == low
    assert {one for one, ways in found.asked.items() if ways} == set(asked)
    assert found.sheets == sum(scores.values())


@given(made=forms())
def test_levels_and_what_lies_outside_sum_to_the_number_of_sheets(made):
    found = distribution(made, NARROW)

    assert sum(found.by_level.values()) + sum(found.outside.values()) == found.sheets == sum(found.by_score.values())


def test_a_form_without_jumps_has_the_product_of_its_choices():
    third = question(3, [0, 1, 2], multi=True, exclusive=("A",))
    made = form(question(1, [0, 1, 2]), question(2, [0, 1], multi=True), third)

    assert distribution(made, BANDS).sheets == 3 * 3 * 4  # {A} {B} {AB}; {A} alone, {B} {C} {BC}


@pytest.mark.parametrize("made", [made for made, _ in shipped()], ids=lambda made: made.version)
def test_every_sheet_of_a_shipped_form_has_a_level(made):
    found = distribution(made, bands_for(made.version, DAY))

    assert not found.outside
    assert sum(found.by_level.values()) == found.sheets


def test_the_number_of_sheets_of_the_natural_form_is_what_its_options_give():
    single = 1
    for one in NATURAL.proper:
        single *= 1 if one.multi else len(one.options)
    main = single * (1 + (2**4 - 1)) * (2**5 - 1)  # q9 has an exclusive option, q12 none
    found = distribution(NATURAL, bands_for(NATURAL.version, DAY))
    of_c1 = found.by_level[ClientLevel.C1]

    assert found.sheets == main - of_c1 // 4 + of_c1  # two supplements of two options each


def test_with_the_citic_bands_two_ways_to_answer_twenty_questions_give_c1():
    found = distribution(NATURAL, bands_for(NATURAL.version, DAY), lowest_conditions(books().assessment, NATURAL, DAY))

    assert (found.by_level[ClientLevel.C1], found.lowest) == (2 * 4, 2 * 3)


def test_the_lowest_class_of_the_mini_form_is_by_no_loss_or_by_lacking_capacity():
    lowest = lowest_conditions(books().assessment, MINI, DAY)
    bands = bands_for(MINI.version, DAY)
    found = distribution(MINI, bands, lowest)
    only_capacity = distribution(MINI, bands, [one for one in lowest if one.question == "s1"])

    assert only_capacity.lowest * 2 == found.by_level[ClientLevel.C1]
    assert only_capacity.lowest < found.lowest < found.by_level[ClientLevel.C1]
