"""Each version of the judgement gives, for ever, the answers that it has given; a version that is gone is named."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import orjson
import pytest

from kit.rulebook import parse_rulebook
from suitability.matching.algorithms import KNOWN, algorithm
from suitability.matching.decision import FORMAT, Rules, answer_on_file, answer_to
from suitability.matching.problems import AlgorithmNotShipped
from suitability.matching.rules import LOOKS
from suitability.matching.tables import DecisionRow
from tests.suitability.matching.people import PLAIN, RULES
from tests.suitability.matching.test_desk import STAMP, desk_for, warned

GOLDEN = Path(__file__).parents[2] / "golden"
CHANGED = (
    "版本 {} 对存档的事实给出了另一个答案：改动判断的，请在 suitability/matching/algorithms.py 里另立一个版本，"
    "旧版本保持原样（docs/decisions/0017）；这份存档不重写"
)


def kept(version):
    return json.loads((GOLDEN / f"decisions-{version.rpartition('/')[2]}.json").read_text("utf-8"))


@pytest.mark.parametrize("version", KNOWN)
def test_a_version_answers_as_it_has_answered(version):
    golden = kept(version)
    rules = Rules(*(parse_rulebook(name, text) for name, text in golden["rules"].items()))
    for record in golden["records"]:
        again = KNOWN[version].answer(record["facts"], rules)
        assert (again.outcome.value, again.digest) == (record["outcome"], record["digest"]), CHANGED.format(version)


def test_the_records_that_are_kept_reach_every_rule():
    golden = kept(FORMAT)
    rules = Rules(*(parse_rulebook(name, text) for name, text in golden["rules"].items()))
    answers = [KNOWN[FORMAT].answer(record["facts"], rules) for record in golden["records"]]

    assert {one.rule for answer in answers for one in answer.verdicts if one.hit} == set(LOOKS)
    assert {answer.outcome.value for answer in answers} == {"ALLOW", "WARN", "REFUSE"}


def test_one_version_decides_now_and_each_has_its_days():
    (now,) = [one for one in KNOWN.values() if one.until is None]

    assert now.version == FORMAT
    assert all(one.version == name and one.since <= (one.until or date.max) for name, one in KNOWN.items())


def test_the_documents_list_every_version():
    text = (Path(__file__).parents[3] / "docs" / "suitability.md").read_text("utf-8")

    assert all(f"`{version}`" in text for version in KNOWN)


def test_a_version_that_is_not_shipped_is_named():
    with pytest.raises(AlgorithmNotShipped, match=r"heshi\.decision/0.*本系统带有的是 heshi\.decision/1") as told:
        algorithm("heshi.decision/0")

    assert told.value.extra == {"algorithm": "heshi.decision/0", "known": [FORMAT]}


def another(session, desk, **columns):
    row = desk.row(desk.decide(warned().request, STAMP).id)
    session.add(DecisionRow(**{**row.model_dump(), "id": "D9", **columns}))
    session.flush()
    return row


def test_a_record_of_such_a_version_is_still_read_and_explained(session):
    desk = desk_for(session, warned())
    row = desk.row(desk.decide(warned().request, STAMP).id)
    another(session, desk, content=row.content.replace(FORMAT, "heshi.decision/0"))

    with pytest.raises(AlgorithmNotShipped, match=r"heshi\.decision/0"):
        desk.replay("D9")
    assert desk.explain("D9", "client").verdicts == desk.explain(row.id, "client").verdicts
    assert [one.id for one in desk.duties("D9")] == [one.id for one in desk.duties(row.id)]


def test_a_record_that_was_changed_is_told_from_one_that_is_judged_otherwise(session):
    desk = desk_for(session, warned())
    row = desk.row(desk.decide(warned().request, STAMP).id)
    another(session, desk, facts=row.facts.replace('"C2"', '"C4"'))

    assert (desk.replay(row.id).same, desk.replay(row.id).intact) == (True, True)
    assert (desk.replay("D9").same, desk.replay("D9").intact) == (False, False)


def test_what_is_read_from_file_is_what_was_answered():
    answer = answer_to(PLAIN, RULES)
    judged = orjson.loads(orjson.dumps(answer.judged()))

    assert answer_on_file(answer.text, judged) == answer
    assert answer_on_file(answer.text, judged).digest == answer.digest
