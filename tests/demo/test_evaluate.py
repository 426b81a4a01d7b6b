"""Recall and false findings, counted by hand on small books."""

from __future__ import annotations

from collections import Counter

import pytest

from demo.evaluate import Planted, evaluate, print_rows, read_planted
from demo.synthetic import PLANTED_HEADINGS

PLANTED = Planted(
    habits={
        "A": frozenset({"CHASING"}),
        "B": frozenset({"CHASING", "LOTTERY"}),
        "C": frozenset({"CONCENTRATION"}),
        "D": frozenset({"INDUSTRY_CONCENTRATION"}),
    },
    entailed={"C": frozenset({"INDUSTRY_CONCENTRATION"})},
    controls=frozenset({"X", "Y", "Z"}),
    traps={"T": frozenset({"NO_BANK_ROWS"})},
)
SEEN = {
    "A": {"CHASING"}, "B": {"LOTTERY"}, "C": {"CONCENTRATION", "INDUSTRY_CONCENTRATION"}, "D": {"CHASING"},
    "X": {"CHASING"}, "Y": set(), "Z": set(), "T": {"CHASING"},
}


def score(habit, seen=SEEN, withheld=None):
    return next(one for one in evaluate(PLANTED, seen, withheld) if one.habit == habit)


def test_recall_and_false_findings():
    chasing = score("CHASING")
    assert (chasing.planted, chasing.found, chasing.recall) == (2, 1, 0.5)
    assert (chasing.controls, chasing.false_findings) == (3, 1)
    assert chasing.false_rate == pytest.approx(1 / 3)


def test_a_finding_in_an_account_with_another_habit_is_told_apart():
    chasing = score("CHASING")
    assert (chasing.others, chasing.found_in_others) == (2, 1)


def test_an_entailed_habit_counts_on_neither_side():
    """C holds one stock: that its industry is one is no recall of D's habit and no finding elsewhere."""
    industry = score("INDUSTRY_CONCENTRATION")
    assert (industry.planted, industry.found) == (1, 0)
    assert (industry.others, industry.found_in_others) == (2, 0)


def test_a_trap_is_no_control():
    assert score("CHASING", {"T": {"CHASING"}, "X": set()}).false_findings == 0


def test_a_withheld_account_leaves_the_rate():
    chasing = score("CHASING", withheld={"B": {"CHASING"}, "Y": {"CHASING"}, "Z": {"CHASING"}})
    assert (chasing.withheld, chasing.recall) == (1, 1.0)
    assert (chasing.controls_withheld, chasing.false_rate) == (2, 1.0)


def test_what_was_not_read_is_not_counted():
    chasing = score("CHASING", {"A": {"CHASING"}})
    assert (chasing.planted, chasing.found, chasing.controls) == (1, 1, 0)
    assert chasing.false_rate is None


def test_nothing_read_gives_no_rate():
    assert {one.recall for one in evaluate(PLANTED, {})} == {None}


def test_rows_for_printing():
    heading, *rows = print_rows(evaluate(PLANTED, SEEN))
    assert all(len(row) == len(heading) for row in rows)
    assert ("追涨", "2", "1", "0", "50.00%", "3", "1", "0", "33.33%", "1/2") in rows


def test_the_record_is_read_as_it_is_written(book, planted_rows):
    found = read_planted(book.planted)
    written = Counter(row["role"] for row in planted_rows)
    assert sum(map(len, found.habits.values())) == written["PLANTED"]
    assert len(found.controls) == written["CONTROL"]
    assert len(found.traps) == written["TRAP"]
    assert not found.controls & found.habits.keys()


def test_an_unknown_role_is_refused(tmp_path):
    path = tmp_path / "planted.csv"
    path.write_text(",".join(PLANTED_HEADINGS) + "\nA,GUESSED,,,,,1,1,1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="unknown role 'GUESSED'"):
        read_planted(path)
