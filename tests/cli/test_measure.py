"""`heshi measure`: Bacon's months from files, spacing by dates, and clear refusals."""

from __future__ import annotations

import calendar
import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from cli.commands.measure import measure
from diagnosis.conventions import METRIC_IDS
from kit.problems import Problem
from tests.diagnosis.bacon import BENCHMARK, ORACLES, PORTFOLIO

app = typer.Typer()
app.command()(measure)
MONTH_ENDS = [f"{y}-{m:02}-{calendar.monthrange(y, m)[1]}" for y in (2000, 2001) for m in range(1, 13)]


def written(path, days, values, header="date,return", encoding="utf-8"):
    lines = [header, *(f"{day},{value}" for day, value in zip(days, values, strict=True))]
    path.write_bytes("\n".join(lines).encode(encoding))
    return str(path)


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


def found(*arguments):
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


@pytest.fixture
def bacon(tmp_path):
    return written(tmp_path / "p.csv", MONTH_ENDS, PORTFOLIO), written(
        tmp_path / "b.csv", MONTH_ENDS, BENCHMARK
    )


@pytest.mark.parametrize(("metric_id", "expected", "row"), ORACLES)
def test_bacon_from_files(bacon, metric_id, expected, row):
    metrics = found(bacon[0], "--benchmark", bacon[1], "--periods-per-year", "12", "--mar", "0.005")[
        "metrics"
    ]

    assert metrics[metric_id]["value"] == pytest.approx(expected, abs=1e-6), row


def test_every_id_is_there_with_a_number_or_a_reason(bacon):
    metrics = found(bacon[0], "--benchmark", bacon[1])["metrics"]

    assert tuple(metrics) == METRIC_IDS
    for cell in metrics.values():
        assert set(cell) in ({"value", "unit", "convention"}, {"withheld"})


def test_levels_give_the_same_as_their_returns(tmp_path, bacon):
    levels = np.concatenate([[1.0], np.cumprod(1 + PORTFOLIO)]) * 3.2
    nav = written(tmp_path / "nav.csv", ["1999-12-31", *MONTH_ENDS], levels, "日期,净值", "gb18030")

    of_levels, of_returns = found(nav, "--nav")["metrics"], found(bacon[0])["metrics"]

    for name in ("twr", "volatility", "max_drawdown", "sharpe"):
        assert of_levels[name]["value"] == pytest.approx(of_returns[name]["value"], rel=1e-9)


def test_a_benchmark_of_levels_stands_beside_returns(tmp_path, bacon):
    levels = np.concatenate([[1.0], np.cumprod(1 + BENCHMARK)])
    nav = written(tmp_path / "nav.csv", ["1999-12-31", *MONTH_ENDS], levels, "date,nav")

    assert found(bacon[0], "--benchmark", nav)["metrics"]["beta"]["value"] == pytest.approx(
        0.998850, abs=1e-6
    )


SPACINGS = [  # step in days, periods per year
    (1, 252),
    (7, 52),
    (30, 12),
    (91, 4),
    (365, 1),
]


@pytest.mark.parametrize(("step", "periods"), SPACINGS)
def test_spacing_by_dates_is_said(tmp_path, step, periods):
    days = (np.datetime64("2000-01-03") + np.arange(24) * step).astype(str)

    series = found(written(tmp_path / "r.csv", days, PORTFOLIO))["series"]

    assert series["periods_per_year"] == periods
    assert series["periods_per_year_by"].startswith("inferred from dates")


DATES = ["2000/01/31", "20000131", "2000年01月31日", "2000.01.31"]


@pytest.mark.parametrize("text", DATES)
def test_dates_in_other_forms(tmp_path, text):
    path = written(tmp_path / "r.csv", [text, *MONTH_ENDS[1:]], PORTFOLIO)

    assert found(path)["series"]["first"] == "2000-01-31"


def test_the_order_of_rows_does_not_matter(tmp_path, bacon):
    backwards = written(tmp_path / "back.csv", MONTH_ENDS[::-1], PORTFOLIO[::-1])

    assert found(backwards)["metrics"] == found(bacon[0])["metrics"]


def test_the_risk_free_rate_lowers_the_sharpe_ratio(bacon):
    without = found(bacon[0])["metrics"]["sharpe"]["value"]
    charged = found(bacon[0], "--risk-free", "0.02")["metrics"]

    assert without - charged["sharpe"]["value"] == pytest.approx(0.02 / charged["volatility"]["value"])


def test_a_person_reads_names_and_reasons(bacon):
    output = run(bacon[0]).output

    assert "时间加权收益率" in output
    assert "21.81%" in output
    assert "−14.47%" in output
    assert "每年期数 12（月）" in output
    assert "没有可用的比较基准" in output


BAD = [  # file content, options, words in the refusal
    (b"", (), "文件是空的"),
    (b"date,price\n2000-01-31,1\n", (), "date 与 return 两列"),
    (b"date,nav\n2000-01-31,1\n", (), "--nav"),
    (b"date,return\n", (), "至少需要 1 行"),
    (b"date,nav\n2000-01-31,1\n", ("--nav",), "至少需要 2 行"),
    (b"date,return\n2000-01-31,1%\n", (), "第 2 行"),
    (b"date,return\n2000-01-31,nan\n", (), "不是有限的数"),
    (b"date,return\n2000-01-31,inf\n", (), "不是有限的数"),
    (b"date,return\n2000-01-31\n", (), "列数不足"),
    (b"date,return\n2000-13-31,0.1\n", (), "不是日期"),
    (b"date,return\n2000-01-31,-5\n", (), "不能低于 -1"),
    (b"date,nav\n2000-01-31,1\n2000-02-29,-1\n", ("--nav",), "净值须大于零"),
    (b"date,return\n2000-01-31,0.1\n2000-01-31,0.2\n", (), "出现了两次"),
    (b"date,return\n2000-01-31,0.1\n", (), "--periods-per-year"),
    (b"PK\x03\x04\x00\x00\xff\xfe", (), "不是 UTF-8 或 GB18030"),
]


@pytest.mark.parametrize(("content", "options", "words"), BAD)
def test_bad_input_is_refused_with_the_reason(tmp_path, content, options, words):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)

    result = run(str(path), *options)

    assert isinstance(result.exception, Problem)
    assert words in result.exception.detail


def test_a_benchmark_of_another_spacing_is_refused(tmp_path, bacon):
    days = (np.datetime64("2000-01-03") + np.arange(700)).astype(str)
    daily = written(tmp_path / "daily.csv", days, np.full(700, 0.001))

    result = run(bacon[0], "--benchmark", daily)

    assert isinstance(result.exception, Problem)
    assert "间隔不同" in result.exception.detail


def test_a_benchmark_without_overlap_withholds(tmp_path, bacon):
    days = [day.replace("200", "201", 1) for day in MONTH_ENDS]
    later = written(tmp_path / "later.csv", [day.replace("-02-29", "-02-28") for day in days], BENCHMARK)

    assert "没有重叠" in found(bacon[0], "--benchmark", later)["metrics"]["beta"]["withheld"]


def test_a_missing_file_is_refused():
    assert isinstance(run("nowhere.csv").exception, Problem)


MISUSE = [("--periods-per-year", "0"), ("--periods-per-year", "x"), ("--mar", "-2"), ("--nothing",)]


@pytest.mark.parametrize("options", MISUSE)
def test_misuse_is_exit_2(bacon, options):
    assert run(bacon[0], *options).exit_code == 2


def test_one_return_with_its_periods_withholds_what_is_short(tmp_path):
    path = written(tmp_path / "one.csv", ["2000-01-31"], [0.1])

    metrics = found(path, "--periods-per-year", "12")["metrics"]

    assert metrics["twr"]["value"] == pytest.approx(0.1)
    assert "只有 1 期" in metrics["volatility"]["withheld"]
