"""The shipped questionnaires: scores and boundaries as their sources state them."""

from __future__ import annotations

from datetime import date

import pytest

from suitability.levels import AssetType, ClientLevel, IntendedTerm
from suitability.questionnaire.bands import bands_for
from suitability.questionnaire.loading import shipped
from suitability.questionnaire.publication import examine
from tests.suitability.questionnaire.forms import INSTITUTION, MINI, NATURAL

DAY = date(2026, 11, 27)
SCORES = [  # question, block, scores of A.., topic; source: one firm's coded scores of the 20-question form
    (1, "财务状况", (1, 3, 5, 5, 5), "income_source"),
    (2, "财务状况", (1, 2, 3, 4, 5), "invested_share"),
    (3, "财务状况", (1, 2, 3, 5), "large_debts"),
    (4, "财务状况", (1, 4, 4, 5), "investable_assets"),
    (5, "投资知识", (1, 3, 4, 5), "background"),
    (6, "投资经验", (1, 4, 4, 5), "experience"),
    (7, "投资经验", (1, 3, 4, 5), "view_of_15_trades"),
    (8, "投资经验", (1, 3, 4, 5), "products_in_a_year"),
    (9, "投资经验", (1, 1, 5, 5, 5), "experience_types"),
    (10, "投资经验", (1, 2, 3, 4, 5), "active_month_turnover"),
    (11, "投资目标", (1, 4, 5), "intended_term"),
    (12, "投资目标", (1, 3, 5, 5, 3), "intended_types"),
    (13, "投资目标", (1, 2, 3, 4, 5), "a_or_b"),
    (14, "风险偏好", (1, 2, 4, 5), "first_goal"),
    (15, "风险偏好", (1, 3, 4, 5), "bearable_loss"),
    (16, "风险偏好", (1, 2, 3, 4, 5), "use_of_return"),
    (17, "其他信息", (2, 5, 4, 3, 1), "age_band"),
    (18, "其他信息", (1, 2, 4, 5), "dependants"),
    (19, "其他信息", (1, 3, 4, 5), "education"),
    (20, "其他信息", (1, 3, 0, 2, 5), "household_employment"),
]


@pytest.mark.parametrize(("number", "block", "scores", "topic"), SCORES)
def test_the_natural_form_has_the_coded_scores(number, block, scores, topic):
    question = NATURAL.by_id[f"q{number}"]

    assert (question.block, question.topic) == (block, topic)
    assert tuple(option.score for option in question.options) == scores


def test_the_natural_form_has_twenty_questions_worth_a_hundred():
    assert len(NATURAL.proper) == 20
    assert sum(max(option.score for option in question.options) for question in NATURAL.proper) == 100
    assert [question.id for question in NATURAL.proper if question.multi] == ["q9", "q12"]


AGES = [  # age, option; [18,30] (30,40] (40,50] (50,60] >60 or <18
    (17, "E"), (18, "A"), (30, "A"), (31, "B"), (40, "B"), (41, "C"), (50, "C"), (51, "D"), (60, "D"), (61, "E"),
]  # fmt: skip


@pytest.mark.parametrize(("age", "code"), AGES)
@pytest.mark.parametrize("form", [NATURAL, MINI], ids=lambda form: form.version)
def test_every_age_has_the_option_of_its_band(form, age, code):
    question = form.by_topic["age_band"]

    assert [option.code for option in question.options if option.holds_age(age)] == [code]


def test_the_asset_bands_meet_without_gap_or_overlap():
    for form in (NATURAL, MINI):
        bands = [option.yuan for option in form.by_topic["investable_assets"].options]

        assert [low for low, _ in bands] == [0, 500_000, 3_000_000, 10_000_000]
        assert [high for _, high in bands] == [500_000, 3_000_000, 10_000_000, None]


def test_the_mini_form_hides_two_questions_and_asks_one_more_of_c1():
    assert len([one for one in MINI.proper if one.prefill is None]) == 15
    assert [one.topic for one in MINI.proper if one.prefill is not None] == ["age_band", "education"]
    assert [(one.topic, one.levels) for one in MINI.supplements] == [("civil_capacity", frozenset({ClientLevel.C1}))]


def test_the_institution_form_asks_its_nineteen_topics():
    assert len(INSTITUTION.proper) == 19
    assert {"staffing", "staff_qualification", "internal_rules", "purpose"} <= set(INSTITUTION.by_topic)


@pytest.mark.parametrize("form", [form for form, _ in shipped()], ids=lambda form: form.version)
def test_terms_and_types_are_codes_that_matching_knows(form):
    terms = {option.means for option in form.by_topic["intended_term"].options}
    types = {option.means for option in form.by_topic["intended_types"].options}

    assert terms <= set(IntendedTerm)
    assert types == set(AssetType)


@pytest.mark.parametrize("form", [form for form, _ in shipped()], ids=lambda form: form.version)
def test_every_shipped_form_may_be_published(form):
    assert examine(form, bands_for(form.version, DAY)).faults == ()


def test_every_option_has_a_meaning_of_its_own():
    for form, _ in shipped():
        for question in form.questions:
            meant = [option.means for option in question.options]

            assert all(meant), (form.version, question.id)
            assert len(set(meant)) == len(meant), (form.version, question.id)


def test_no_form_is_called_official_before_somebody_has_read_the_source():
    assert [form.confirmed for form, _ in shipped()] == [False] * 3
