"""The next question, what an answer may hold, the score."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suitability.levels import ClientLevel
from suitability.questionnaire.bands import bands_for
from suitability.questionnaire.engine import (
    chosen,
    counted_answers,
    may_answer,
    next_question,
    score,
)
from suitability.questionnaire.problems import AnswersIncomplete, NotAsked, OptionRefused
from suitability.questionnaire.types import Questionnaire
from tests.suitability.questionnaire.forms import BANDS, MINI, NATURAL, answered, form, forms, lowest_answers, question

DAY = date(2026, 11, 27)
JUMPING = form(question(1, [0, 3]), question(2, [0, 2], when={"q1": ["B"]}), question(3, [0, 1], when={"q2": ["B"]}))
MULTI = form(question(1, [0, 1, 5, 2], multi=True, exclusive=("A",))).by_id["q1"]


def test_the_first_question_comes_first_and_the_last_answer_ends():
    assert next_question(NATURAL, {}, bands_for(NATURAL.version, DAY)).id == "q1"
    answers = {question.id: ("A",) for question in NATURAL.proper}

    assert next_question(NATURAL, answers, bands_for(NATURAL.version, DAY)) is None


WAYS = [  # answers, next question
    ({"q1": ("A",)}, None),
    ({"q1": ("B",)}, "q2"),
    ({"q1": ("B",), "q2": ("A",)}, None),
    ({"q1": ("B",), "q2": ("B",)}, "q3"),
    ({"q1": ("A",), "q2": ("B",)}, None),
]


@pytest.mark.parametrize(("answers", "expected"), WAYS)
def test_a_jump_follows_the_earlier_answers(answers, expected):
    found = next_question(JUMPING, answers, BANDS)

    assert (found.id if found else None) == expected


def test_an_answer_that_the_way_has_left_behind_does_not_count():
    assert score(JUMPING, {"q1": ("A",), "q2": ("B",), "q3": ("B",)}).points == {"q1": 0}


def test_the_mini_form_asks_for_products_only_after_two_years_of_experience():
    bands = bands_for(MINI.version, DAY)
    five = {f"q{number}": ("A",) for number in range(1, 6)}

    assert next_question(MINI, {**five, "q6": ("B",)}, bands).id == "q8"
    assert next_question(MINI, {**five, "q6": ("C",)}, bands).id == "q7"


def test_a_supplement_is_asked_of_its_levels_alone():
    bands = bands_for(MINI.version, DAY)
    lowest = lowest_answers(MINI, bands)
    del lowest["s1"]
    highest = {one.id: (max(one.options, key=lambda option: option.score).code,) for one in MINI.proper}

    assert next_question(MINI, lowest, bands).id == "s1"
    assert next_question(MINI, highest, bands) is None
    assert bands.level_of(score(MINI, highest).total) is ClientLevel.C5


REFUSED = [  # codes, what the refusal names
    (["E"], "没有选项 E.*A、B、C、D"),
    ([], "没有选择"),
    (["B", "B"], "重复"),
    (["A", "C"], "A（选项 0）"),
]


@pytest.mark.parametrize(("codes", "named"), REFUSED)
def test_an_answer_outside_the_question_is_refused_by_name(codes, named):
    with pytest.raises(OptionRefused, match=f"q1.*{named}"):
        chosen(MULTI, codes)


def test_a_single_choice_takes_one():
    with pytest.raises(OptionRefused, match="单选"):
        chosen(JUMPING.by_id["q1"], ["A", "B"])


def test_codes_come_in_the_order_of_the_options():
    assert chosen(MULTI, ["D", "B"]) == ("B", "D")


@pytest.mark.parametrize(("codes", "points"), [(("B",), 1), (("B", "D"), 2), (("B", "C", "D"), 5), (("A",), 0)])
def test_a_multi_choice_counts_its_highest_option(codes, points):
    assert score(form(question(1, [0, 1, 5, 2], multi=True)), {"q1": codes}).total == points


def test_an_incomplete_sheet_names_the_next_question():
    with pytest.raises(AnswersIncomplete, match="q2") as refused:
        counted_answers(JUMPING, {"q1": ("B",)}, BANDS)
    assert refused.value.extra["next_question"] == "q2"


@pytest.mark.parametrize("question_id", ["q3", "q9"])
def test_a_question_that_is_not_on_the_way_is_not_asked(question_id):
    with pytest.raises(NotAsked, match=question_id):
        may_answer(JUMPING, {"q1": ("B",)}, BANDS, question_id)


def test_an_answered_question_may_be_answered_anew():
    assert may_answer(JUMPING, {"q1": ("B",), "q2": ("A",)}, BANDS, "q1").id == "q1"


@given(made=forms(), data=st.data())
def test_a_form_leads_every_sheet_to_its_end_question_by_question(made, data):
    answers = data.draw(answered(made))

    assert next_question(made, answers, BANDS) is None
    assert counted_answers(made, answers, BANDS) == answers


@given(made=forms(), data=st.data())
def test_the_order_in_which_answers_were_stored_is_no_matter(made, data):
    answers = data.draw(answered(made))
    shuffled = dict(data.draw(st.permutations(list(answers.items()))))

    assert score(made, shuffled) == score(made, answers)


def with_score(made: Questionnaire, question_id: str, code: str, more: int) -> Questionnaire:
    """The same form, one option worth more."""

    def raised(option):
        return replace(option, score=option.score + more) if option.code == code else option

    def other(one):
        return one if one.id != question_id else replace(one, options=tuple(map(raised, one.options)))

    return replace(made, questions=tuple(map(other, made.questions)))


@given(made=forms(), data=st.data())
def test_a_higher_score_of_any_option_never_lowers_a_total(made, data):
    answers = data.draw(answered(made))
    target = data.draw(st.sampled_from(made.proper))
    code = data.draw(st.sampled_from(target.codes))

    assert score(with_score(made, target.id, code, 3), answers).total >= score(made, answers).total
