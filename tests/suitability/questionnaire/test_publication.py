"""Forms that must not be published, each with the reason."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from suitability.questionnaire.bands import Bands, bands_for
from suitability.questionnaire.engine import points
from suitability.questionnaire.publication import cycle, distribution_table, examine
from tests.suitability.questionnaire.forms import BANDS, NATURAL, all_sheets, answered, form, forms, question

FIVE = Bands("BANDS-FIVE", (0, 1, 2, 3, 4), 4)
WHOLE = question(1, [0, 1, 2, 3, 4])
FAULTS = [  # form, reason
    (form(question(1, [0, 1], when={"q1": ["A"]}), WHOLE | {"id": "q2", "topic": "t2"}), "成环：q1 → q1"),
    (form(question(1, [0, 1], when={"q2": ["A"]}), question(2, [0, 1], when={"q1": ["A"]})), "成环：q1 → q2 → q1"),
    (form(WHOLE, question(2, [0, 0], when={"q3": ["A"]}), question(3, [0, 0])), "q2 题的跳转条件引用了后面的第 q3"),
    (form(WHOLE, question(2, [0, 0], when={"q7": ["A"]})), "q2 题的跳转条件引用了不存在的第 q7"),
    (form(WHOLE, question(2, [0, 0], when={"q1": ["F"]})), "没有的选项 F"),
    (form(WHOLE, question(2, [0, 0], when={"q1": []})), "没有列出"),
    (form(WHOLE, question(2, [0, 0], when={"q1": ["A"]}), question(3, [0, 0], when={"q1": ["B"], "q2": ["A"]})),
     "q3 题永远不会被问到"),
    (form(question(1, [0, 1, 2, 3])), "没有一种答法能得到 C5"),
    (form(question(1, [1, 2, 3, 4])), "没有一种答法能得到 C1"),
    (form(question(1, [0, 1, 2, 3, 4, 5])), "不在分数段 BANDS-FIVE.*5 分"),
    (form(question(90, [0, 0], levels=["C1"])), "没有计分的题目"),
    (form(question(1, [0, 1, 2, 3, 4], prefill="AGE")), "0 岁没有选项"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "reason"), FAULTS, ids=[reason for _, reason in FAULTS])
def test_a_form_that_cannot_work_is_refused_with_the_reason(made, reason):
    assert re.search(reason, "；".join(examine(made, FIVE).faults))


def test_ages_that_two_options_hold_are_refused():
    made = form(WHOLE, {**question(2, [0, 0], prefill="AGE"), "options": {
        "A": {"text": "到 30", "score": 0, "ages": [[0, 30]]}, "B": {"text": "30 起", "score": 0, "ages": [[30, 150]]},
    }})  # fmt: skip

    assert any("30 岁同时属于 A、B" in fault for fault in examine(made, FIVE).faults)


def test_a_form_that_works_has_no_fault():
    assert examine(form(WHOLE), FIVE).faults == ()


def test_every_fault_is_said_at_once():
    assert len(examine(form(question(1, [0, 1])), FIVE).faults) == 3


def test_questions_in_a_line_are_no_cycle():
    made = form(WHOLE, question(2, [0, 0], when={"q1": ["A"]}), question(3, [0, 0], when={"q2": ["A"]}))

    assert cycle(made.questions) == ()


def test_a_class_that_hardly_anybody_can_reach_is_remarked_on():
    bands = bands_for(NATURAL.version, date(2026, 11, 27))
    found = examine(NATURAL, bands, rare=0.000001)

    assert found.faults == ()
    assert ["C1" in remark for remark in found.remarks] == [True]
    assert examine(NATURAL, bands).remarks == ()


def test_the_distribution_is_printed_for_a_person():
    text = distribution_table(examine(form(WHOLE), FIVE).distribution)

    assert "答卷总数 5" in text
    assert "C3 稳健型  1  20.0000%" in text


@given(made=forms(), data=st.data())
def test_a_form_without_fault_classifies_every_sheet(made, data):
    low = min(points(made, answers).total for answers in all_sheets(made))
    bands = Bands("BANDS-FITTING", tuple(range(low, low + 5)), 40)
    assume(not examine(made, bands).faults)
    answers = data.draw(answered(made, bands))

    assert bands.level_of(points(made, answers).total)


@given(made=forms())
def test_the_examination_agrees_with_counting(made):
    reached = {BANDS.level_of(points(made, answers).total) for answers in all_sheets(made)}
    asked = {question_id for answers in all_sheets(made) for question_id in answers}
    found = examine(made, BANDS)

    assert len([fault for fault in found.faults if "没有一种答法能得到" in fault]) == 5 - len(reached)
    assert {one.id for one in made.questions} - asked == {
        one.id for one in made.questions if any(f"第 {one.id} 题永远" in fault for fault in found.faults)
    }
