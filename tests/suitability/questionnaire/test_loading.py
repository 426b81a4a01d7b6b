"""A questionnaire file that cannot be trusted is refused by name."""

from __future__ import annotations

import json

import pytest

from kit.digest import canonical_json
from suitability.questionnaire.loading import parse_questionnaire, read_questionnaire
from suitability.questionnaire.problems import QuestionnaireMalformed
from tests.suitability.questionnaire.forms import question, raw

GOOD = raw(question(1, [0, 1]))


def changed(**more):
    return {**GOOD, **more}


def without(key):
    return {name: value for name, value in GOOD.items() if name != key}


FIRST = {"text": "甲", "score": 1}
FAULTS = [  # content, what the refusal names
    ([], "一组键值"),
    (without("source"), "缺少 source"),
    (changed(extra=1), "不认识 extra"),
    (changed(audience=["DOG"]), "DOG"),
    (changed(read_on=7), "read_on"),
    (changed(title=" "), "title"),
    (changed(questions=[question(1, [0, 1]), question(1, [0, 1], topic="other")]), "题号重复：q1"),
    (changed(questions=[question(1, [0, 1], topic="t"), question(2, [0, 1], topic="t")]), "主题重复：t"),
    (changed(questions=[question(1, [3])]), "至少要有两个选项"),
    (changed(questions=[question(1, [1, 2.5])]), "2.5"),
    (changed(questions=[question(1, [1, -1])]), "-1"),
    (changed(questions=[question(1, [1, True])]), "True"),
    (changed(questions=[question(1, [1, 2], levels=["C9"])]), "C9"),
    (changed(questions=[{**question(1, [1, 2]), "weight": 3}]), "不认识 weight"),
    (changed(questions=[{**question(1, [1, 2]), "options": {"A,B": FIRST, "B": FIRST}}]), "不含逗号"),
    (changed(questions=[{**question(1, [1, 2]), "options": {"A": FIRST | {"means": False}, "B": FIRST}}]), "引号"),
    (changed(questions=[{**question(1, [1, 2]), "prefill": "HEIGHT"}]), "HEIGHT"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "named"), FAULTS, ids=[named for _, named in FAULTS])
def test_a_malformed_form_is_refused_by_name(content, named):
    with pytest.raises(QuestionnaireMalformed, match=named.replace("（", ".")):
        parse_questionnaire(content)


def test_a_text_that_is_no_yaml_is_refused():
    with pytest.raises(QuestionnaireMalformed, match="YAML"):
        read_questionnaire("version: [")


def test_the_digest_is_the_same_from_the_file_and_from_the_database():
    stored = json.loads(canonical_json(GOOD))

    assert parse_questionnaire(GOOD).digest == parse_questionnaire(stored).digest


def test_another_score_is_another_digest():
    assert parse_questionnaire(GOOD).digest != parse_questionnaire(changed(questions=[question(1, [0, 2])])).digest
