"""`heshi diagnose` end to end: every form, every way to ask, and refusals that name the way out."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import openpyxl
import pypdf
import pytest
from rich.console import Console

from cli.summary import print_summary
from reports.plain import report_from_json
from tests.cli.world import DAYS, EMPTY, LAST, LEFT_OVER, ONE_TRADE, RECEIVER, TRADED, TWO_ACCOUNTS

GOLDEN = Path(__file__).parents[1] / "golden"
START, END = DAYS[0].isoformat(), LAST.isoformat()


def report(world, *arguments):
    answer = world("diagnose", *arguments, "--format", "json")
    assert answer.code == 0, answer.text
    return json.loads(answer.out)


def test_the_terminal_shows_the_first_page(world):
    answer = world("diagnose", TRADED)

    assert answer.code == 0
    for said in ("账户诊断报告", "做得好的", "值得改的", "sha256:"):
        assert said in answer.text


def test_what_became_of_an_agreement_stands_before_the_verdict():
    told = report_from_json((GOLDEN / "report-full.json").read_text(encoding="utf-8"))
    console = Console(file=StringIO(), width=200)
    print_summary(told, console)
    shown = console.file.getvalue()

    assert told.summary.follow_up
    assert shown.index(told.summary.follow_up[0].aside) < shown.index(told.summary.verdict)


def test_every_form_is_written_and_opens(world, tmp_path):
    for form in ("html", "pdf", "json", "xlsx"):
        answer = world("diagnose", TRADED, "--out", tmp_path / f"r.{form}")
        assert answer.code == 0
        assert f"已写入{tmp_path}/r.{form}" in answer.text

    assert (tmp_path / "r.html").read_text("utf-8").startswith("<!doctype html>")
    assert len(pypdf.PdfReader(tmp_path / "r.pdf").pages) > 4
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["account_no"] == TRADED
    assert "摘要" in openpyxl.load_workbook(tmp_path / "r.xlsx").sheetnames


def test_a_form_without_a_path_is_written_here_under_its_own_name(world, tmp_path):
    assert world("diagnose", TRADED, "--format", "xlsx").code == 0

    assert [path.name for path in tmp_path.glob("*.xlsx")] == [f"heshi-{TRADED}-{START}-{END}.xlsx"]


def test_json_goes_to_standard_output_with_every_metric_or_its_reason(world):
    metrics = report(world, TRADED)["metrics"]

    assert {"twr", "xirr", "sharpe", "pgr", "lottery_share"} <= set(metrics)
    assert all(set(one) in ({"value", "unit", "convention"}, {"withheld"}) for one in metrics.values())


PERIODS = [  # from, to, first and last day of the report, why
    (START, END, START, END, "the boundary days belong to the period"),
    (DAYS[1], DAYS[-2], DAYS[1], DAYS[-2], "one day inside on either side"),
    (DAYS[0] - timedelta(days=1), LAST + timedelta(days=1), START, END, "one day outside: nothing is invented"),
    (DAYS[60], DAYS[60], DAYS[60], DAYS[60], "one day alone"),
]


@pytest.mark.parametrize(("first", "last", "begins", "ends", "why"), PERIODS)
def test_a_period_includes_both_its_days(world, first, last, begins, ends, why):
    told = report(world, TRADED, "--from", first, "--to", last)

    assert (told["first"], told["last"]) == (str(begins), str(ends)), why


def test_all_accounts_of_a_client_as_one_with_transfers_netted(world):
    merged = report(world, "--client", TWO_ACCOUNTS)
    parts = [report(world, number)["metrics"]["profit"]["value"] for number in (TRADED, RECEIVER)]

    assert merged["account_no"] == TWO_ACCOUNTS
    assert merged["metrics"]["profit"]["value"] == pytest.approx(sum(parts), abs=0.05)


def test_the_benchmark_is_the_one_asked_for(world):
    told = json.dumps(report(world, TRADED, "--benchmark", "000300.SH"), ensure_ascii=False)

    assert "000300.SH" in told


WITHHELD = [  # account, options, metric, part of the reason, what is wrong with the account
    (EMPTY, (), "twr", "没有可计算的收益数据", "an empty account"),
    (ONE_TRADE, (), "volatility", "只有 1 期，少于最低要求", "one trade"),
    (TRADED, ("--from", DAYS[60], "--to", DAYS[60]), "sharpe", "只有 1 期，少于最低要求", "one day"),
    (TRADED, ("--benchmark", "OLD.IDX"), "beta", "没有可用的比较基准", "a benchmark without overlap"),
]


@pytest.mark.parametrize(("account", "options", "metric", "reason", "wrong"), WITHHELD)
def test_what_data_cannot_give_is_withheld_with_its_reason(world, account, options, metric, reason, wrong):
    assert reason in report(world, account, *options)["metrics"][metric]["withheld"], wrong


@pytest.mark.parametrize("form", ["html", "pdf", "json", "xlsx"])
@pytest.mark.parametrize("account", [EMPTY, ONE_TRADE, LEFT_OVER])
def test_a_poor_account_still_has_a_report_in_every_form(world, tmp_path, account, form):
    assert world("diagnose", account, "--out", tmp_path / f"r.{form}").code == 0
    assert (tmp_path / f"r.{form}").stat().st_size > 5_000


def test_a_stock_that_is_quoted_no_more_is_named(world):
    issues = json.dumps(report(world, LEFT_OVER)["sections"][10], ensure_ascii=False)

    assert "样本五（600005.SH）：持有期间有 125 个时点没有行情" in issues


REFUSED = [  # arguments, exit code, part of what is said
    (("A9",), 1, "没有账户A9"),
    (("--client", "C9"), 1, "C9"),
    (("A1", "--benchmark", "NO.SUCH"), 1, "NO.SUCH"),
    (("A1", "--from", "2025-02-01"), 1, "请改用更早的起始日"),
    (("A1", "--to", "2023-12-31"), 1, "请改用更晚的截止日"),
    (("A1", "--from", "2024-06-03", "--to", "2024-05-06"), 1, "晚于截止日"),
    (("A1", "--out", "nowhere/r.pdf"), 1, "文件夹nowhere不存在"),
    (("A1", "--out", "r.docx"), 1, "--format"),
    (("A1", "--format", "docx"), 2, "docx"),
    (("A1", "--from", "03.06.2024"), 2, "03.06.2024"),
    ((), 2, "账号"),
    (("A1", "--client", "C1"), 2, "二者择一"),
]


@pytest.mark.parametrize(("arguments", "code", "said"), REFUSED)
def test_a_refusal_says_what_and_the_way_out_and_writes_nothing(world, tmp_path, arguments, code, said):
    answer = world("diagnose", *arguments)

    assert answer.code == code
    assert said in answer.text
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(world, tmp_path):
    (tmp_path / "r.json").write_text("before")
    assert world("diagnose", TRADED, "--out", tmp_path / "r.json").code == 0

    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["account_no"] == TRADED
