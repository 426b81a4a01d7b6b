"""The table says what was missed; a part of a run or a quick one never rewrites the document."""

import sys
from datetime import date

from benchmarks import run
from benchmarks.result import AT_LEAST, Line
from benchmarks.table import readme, row

MET = Line("配对", 7.0, "秒", 12.0, peer="队列", ratio=5.7, note="含排序")
MISSED = Line("报告", 1.144, "秒", 0.4)
SLOW = Line("比对照快", 6.3, "倍", 10.0, AT_LEAST)


def test_a_line_that_keeps_its_budget():
    assert row(MET) == "| 配对（含排序） | ≤ 12.0 秒 | 7.00 秒 | 队列 | 5.70× |"


def test_a_miss_is_called_a_miss():
    assert row(MISSED) == "| 报告 | ≤ 0.40 秒 | **1.14 秒，未达标** | — | — |"
    assert "未达标" in row(SLOW)


def test_the_document_counts_the_misses_and_names_the_machine():
    text = readme([MET, MISSED, SLOW], date(2026, 11, 27), [0.5, 3.25])

    assert "3 项预算中 1 项达标，2 项未达标" in text
    assert "0.5、3.2" in text
    assert "核" in text
    assert "Python" in text


def test_a_part_of_a_run_prints_and_writes_nothing(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sys, "argv", ["run", "--quick", "--only", "lots"])
    monkeypatch.setattr(run, "README", tmp_path / "README.md")

    run.main()

    assert "先进先出配对" in capsys.readouterr().out
    assert not (tmp_path / "README.md").exists()
