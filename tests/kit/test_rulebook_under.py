"""An approved text stands in a file's place inside its block, and only there; what is kept is kept apart."""

from __future__ import annotations

from threading import Thread

import pytest

from kit.rulebook import RuleError, load_rulebook, parse_rulebook, per_rules, under

KEY = ("suitability", "retention")
TEXT = """
- id: RETAIN-SUITABILITY
  title: 保存年限
  source: 测试
  read_on: 2026-11-27
  values: [{from: 2017-07-01, value: 30}]
"""
BOOK = parse_rulebook("suitability/rules/retention.yaml", TEXT)


def years():
    return load_rulebook(*KEY)["RETAIN-SUITABILITY"].values[0][1]


kept = per_rules()(years)


@pytest.mark.parametrize("read", [years, kept])
def test_inside_the_block_alone(read):
    before = read()
    with under({KEY: BOOK}):
        assert read() == 30
        with under({}):
            assert read() == before
        assert read() == 30
    assert before == read() == 20


def test_another_thread_is_not_under_it():
    found = []
    with under({KEY: BOOK}):
        thread = Thread(target=lambda: found.append(kept()))
        thread.start()
        thread.join()

    assert found == [20]


def test_a_fault_inside_leaves_the_block():
    with pytest.raises(RuleError), under({KEY: BOOK}):
        raise RuleError("x")

    assert years() == 20
