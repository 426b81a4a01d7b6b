"""The peer's table says what our three level rules say; the book of the preview is judged as the scan judges it."""

from __future__ import annotations

import numpy as np

from benchmarks.suitability import (
    DAY,
    assessed,
    book_of,
    clients_of,
    compiled,
    evaluate,
    peer_cases,
    preview,
    products_of,
    scanned,
)
from suitability.levels import Outcome
from suitability.matching.book import OF_CLIENT, OF_PRODUCT, READS_OF_CLIENT
from suitability.matching.cases import Cases
from suitability.matching.rules import judge_one, worst
from suitability.matching.service import house_rules


def test_the_peer_answers_as_our_level_rules_do():
    cases = peer_cases(200, 1)
    theirs = evaluate(compiled(), cases)
    ours = worst([found for rule in ("SUIT-101", "SUIT-102", "SUIT-103") if (found := judged(rule, cases))], len(cases))

    assert [Outcome(outcome).rank for outcome in theirs] == ours.tolist()
    assert len(set(theirs)) == 3


def judged(rule, cases):
    n = len(cases)
    given = {name: np.array([case[name] for case in cases]) for name in cases[0]}
    nothing = {name: np.zeros(n) for name in (*OF_CLIENT, *OF_PRODUCT, "amount", "held_value", "total_value")}
    assert set(READS_OF_CLIENT[rule]) <= set(given)
    return judge_one(rule, Cases(day=DAY, **{**nothing, **given, "buy": np.ones(n, bool)}), house_rules().matching)


def test_the_preview_lowers_levels_and_makes_mismatches():
    clients, products = clients_of(500, 1), products_of(20, 2)
    found = preview(book_of(500, 20, 900, 3), clients, products, assessed(clients, 4))

    assert found["levels"]["down"] == found["levels"]["changed"] > 0
    assert found["holdings"]["appear"] > 0
    assert found["offers"]["change"] < 0
    assert scanned(clients, products).clients == 500
