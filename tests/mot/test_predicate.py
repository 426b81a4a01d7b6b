"""Conditions as data: three answers, limits on, below and above, nothing that is not named."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mot.features import ClientBook, book_of, encoded
from mot.scenario.located import locate
from mot.scenario.predicate import (
    FALSE,
    TRUE,
    UNKNOWN,
    All,
    AnyOf,
    Comparison,
    Not,
    comparisons,
    holds,
    parse_predicate,
    words,
)
from mot.scenario.problems import Fault, ScenarioMalformed

DAY = date(2026, 3, 2)


def parsed(text: str):
    return parse_predicate(locate("x.yaml", text))


def answer(text: str, **facts) -> int:
    book = book_of([("C1", facts)])
    return int(holds(parsed(text), book.column, 1)[0])


CASES = [  # condition, facts, answer, source
    ("{feature: assets_yuan, at_least: 100000}", {"assets_yuan": 100_000}, TRUE, "不低于 includes"),
    ("{feature: assets_yuan, at_least: 100000}", {"assets_yuan": 99_999.99}, FALSE, "below"),
    ("{feature: assets_yuan, above: 100000}", {"assets_yuan": 100_000}, FALSE, "高于 excludes"),
    ("{feature: assets_yuan, above: 100000}", {"assets_yuan": 100_000.01}, TRUE, "above"),
    ("{feature: age, at_most: 60}", {"age": 60}, TRUE, "不超过 includes"),
    ("{feature: age, at_most: 60}", {"age": 61}, FALSE, "above"),
    ("{feature: age, below: 60}", {"age": 60}, FALSE, "低于 excludes"),
    ("{feature: age, below: 60}", {"age": 59}, TRUE, "below"),
    ("{feature: age, below: 60}", {}, UNKNOWN, "not on file"),
    ("{feature: client_level, in: [C1, C2]}", {"client_level": "C2"}, TRUE, "one of them"),
    ("{feature: client_level, in: [C1, C2]}", {"client_level": "C3"}, FALSE, "none of them"),
    ("{feature: client_level, not_in: [C1, C2]}", {"client_level": "C3"}, TRUE, "none of them"),
    ("{feature: client_level, not_in: [C1, C2]}", {}, UNKNOWN, "no assessment is not 'another level'"),
    ("{feature: client_level, is: C4}", {"client_level": "C4"}, TRUE, "is"),
    ("{feature: client_level, is_not: C4}", {"client_level": "C4"}, FALSE, "is not"),
    ("{feature: has_advisor, is: true}", {"has_advisor": True}, TRUE, "flag"),
    ("{feature: has_advisor, is: false}", {"has_advisor": True}, FALSE, "flag"),
    ("{feature: has_advisor, is_not: true}", {"has_advisor": False}, TRUE, "flag"),
    ("not: {feature: has_advisor, is: true}", {}, UNKNOWN, "not of the unknown"),
    ("all: [{feature: age, above: 1}, {feature: has_advisor, is: true}]", {"age": 1}, FALSE, "one false is enough"),
    ("all: [{feature: age, above: 1}, {feature: has_advisor, is: true}]", {"age": 2}, UNKNOWN, "the rest is not known"),
    ("any: [{feature: age, above: 1}, {feature: has_advisor, is: true}]", {"age": 2}, TRUE, "one true is enough"),
    ("any: [{feature: age, above: 1}, {feature: has_advisor, is: true}]", {"age": 1}, UNKNOWN, "the rest is not known"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "facts", "expected", "source"), CASES)
def test_answers(text, facts, expected, source):
    assert answer(text, **facts) == expected, source


REFUSED = [  # condition, line, a word of the refusal
    ("feature: salary\nabove: 3", 1, "salary"),
    ("all:\n  - {feature: age, above: 3}\n  - {feature: mood, is: true}", 3, "mood"),
    ("feature: age\nis: 3", 2, "数值"), ("feature: age\nabove: old", 2, "age|周岁"),
    ("feature: has_advisor\nabove: 1", 2, "是否"),
    ("feature: has_advisor\nis: maybe", 2, "true"), ("feature: client_level\nin: [C1, C9]", 2, "C9"),
    ("feature: client_level\nin: C1", 2, "列表"), ("feature: age\nabove: 3\nbelow: 5", 1, "只有一个"),
    ("feature: age", 1, "只有一个"),
    ("feature: age\neval: __import__('os')", 1, "只有一个"), ("all: []", 1, "至少"), ("either: []", 1, "all"),
    ("[1, 2]", 1, "键值"),
    ("feature: has_advisor\nin: [true]", 2, "is"), ("feature: age\nabove: true", 2, "数"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "word"), REFUSED)
def test_what_is_not_named_is_refused_with_its_line(text, line, word):
    with pytest.raises(Fault, match=word) as refused:
        parsed(text)

    assert refused.value.line == line


BROKEN = [  # text, line, a word of the refusal
    ("a: 1\na: 2", 2, "两次"), ("a: @x", 1, "YAML"), ("", 1, "空"), ("a: &x [*x]", 1, "循环"),
    ("a: 1\nb: !!python/name:os.system x", 2, "无法识别"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "word"), BROKEN)
def test_a_file_that_is_no_plain_yaml_is_refused(text, line, word):
    with pytest.raises(ScenarioMalformed, match=word) as refused:
        locate("x.yaml", text)

    assert refused.value.faults[0].line == line


LEAVES = st.sampled_from([
    parsed("{feature: age, at_least: 60}"), parsed("{feature: has_advisor, is: true}"),
    parsed("{feature: client_level, in: [C4, C5]}"), parsed("{feature: assets_yuan, below: 5}"),
])  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))), inner.map(Not),
    ),
    max_leaves=6,
)  # fmt: skip
PEOPLE = st.fixed_dictionaries({
    "age": st.sampled_from([None, 59, 60, 61]), "has_advisor": st.sampled_from([None, True, False]),
    "client_level": st.sampled_from([None, "C3", "C4"]), "assets_yuan": st.sampled_from([None, 4.0, 5.0]),
})  # fmt: skip


@given(tree=TREES, people=st.lists(PEOPLE, min_size=1, max_size=5))
def test_the_whole_book_and_one_client_have_one_definition(tree, people):
    book = book_of([(f"C{n}", facts) for n, facts in enumerate(people)])

    together = holds(tree, book.column, len(book))

    assert together.tolist() == [int(holds(tree, book_of([("C", one)]).column, 1)[0]) for one in people]


@given(tree=TREES, known=PEOPLE, hidden=st.sets(st.sampled_from(["age", "has_advisor", "client_level", "assets_yuan"])))
def test_to_know_less_never_turns_an_answer_round(tree, known, hidden):
    less = {name: None if name in hidden else value for name, value in known.items()}

    full, part = (int(holds(tree, book_of([("C", one)]).column, 1)[0]) for one in (known, less))

    assert part in (full, UNKNOWN)


@given(tree=TREES)
def test_a_condition_can_be_read_in_one_line(tree):
    assert "\n" not in words(tree)
    assert all(one.sentence in words(tree) for one in comparisons(tree))


def test_sentences():
    assert words(parsed("{feature: has_advisor, is: false}")) == "并非签约投资顾问"
    assert words(parsed("not: {feature: age, below: 18}")) == "不满足（周岁低于 18 岁）"
    assert words(parsed("{feature: client_kind, in: [NATURAL, PRODUCT]}")) == "客户类型属于自然人、产品"
    assert isinstance(parsed("{feature: age, below: 18}"), Comparison)


def test_a_book_names_what_is_wrong_with_it():
    for client_nos, columns in ((("A", "A"), {}), (("A",), {"mood": np.zeros(1)}), (("A",), {"age": np.zeros(2)}),
                                (("A",), {"event_amount": np.zeros(1)})):  # fmt: skip
        with pytest.raises(ValueError, match=r"twice|feature|entries"):
            ClientBook(client_nos, columns)
    with pytest.raises(ValueError, match="mood"):
        encoded("mood", 1)
