"""What the report says: golden texts, the twelve sections, the laws of its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnosis.conventions import METRIC_IDS, metric, withheld
from diagnosis.types import Diagnosis, Drawdown, HabitId
from reports import verdict
from reports.build import build_report, report_digest
from reports.jsonfile import to_json
from reports.model import Callout, Chart, Figure, Figures, Items, Paragraph, Report, Table
from reports.plain import plain
from reports.sections.story import Story
from reports.wordbook import forbidden_words
from suitability.levels import AssetType, ProductLevel
from tests.reports import fixtures
from tests.reports.outline import outline
from tests.reports.surroundings import a_family, a_fit, product

DIAGNOSES = {
    "full": fixtures.full,
    "mark": fixtures.marked,
    "empty": fixtures.empty,
    "merged": fixtures.merged,
}
IDS = (
    "summary",
    "return",
    "risk",
    "allocation",
    "selection",
    "timing",
    "trades",
    "behaviour",
    "liquidity",
    "suitability",
    "quality",
    "actions",
)


def a_report(name: str) -> Report:
    """The full one with all that may stand around it, the one in euros without an assessment, the others alone."""
    diagnosis, around = DIAGNOSES[name](), dict[str, Any]()
    if name == "full":
        around = {"agreements": (fixtures.AGREEMENT,), "fit": a_fit(diagnosis), "family": a_family()}
    if name == "mark":
        bare = {"level": None, "confirmed_level": None, "assessed_on": None, "valid_through": None}
        lever = product("3NGL.MI", "3NGL", ProductLevel.R5, asset_type=AssetType.LEVERAGE)
        around = {"fit": a_fit(diagnosis, {"3NGL.MI": lever}, **bare)}
    return build_report(diagnosis, advisor="李四", firm="合适证券（演示）", **around)


@pytest.mark.parametrize("name", ["full", "mark", "empty"])
def test_the_report_reads_as_it_was_approved(name, golden):
    report = a_report(name)

    golden(f"report-{name}.txt", outline(report))
    golden(f"report-{name}.json", to_json(report).decode())


@pytest.mark.parametrize("name", DIAGNOSES)
def test_twelve_sections_in_order_each_with_a_lead_and_one_more_with_a_household(name):
    report = a_report(name)

    assert tuple(section.id for section in report.sections) == IDS + (("household",) if name == "full" else ())
    assert [section.number for section in report.sections] == list(range(1, len(report.sections) + 1))
    assert all(section.lead and section.lead.endswith("。") for section in report.sections)


@pytest.mark.parametrize("name", DIAGNOSES)
def test_the_accent_is_a_part_of_the_verdict(name):
    summary = a_report(name).summary

    assert summary.verdict_accent
    assert summary.verdict_accent in summary.verdict


@pytest.mark.parametrize("name", DIAGNOSES)
def test_four_figures_three_and_three(name):
    summary = a_report(name).summary

    assert len(summary.figures) == 4
    assert len(summary.strengths.items) <= 3
    assert len(summary.shortcomings.items) <= 3
    assert all(figure.section for figure in summary.figures)


@pytest.mark.parametrize("name", DIAGNOSES)
def test_no_text_promises_forecasts_or_blames(name):
    report = a_report(name)
    words = forbidden_words(date.fromisoformat(report.last))

    assert "保证收益" in words
    for text in texts(plain(report)):
        assert not [word for word in words if word in text], text


@pytest.mark.parametrize("name", DIAGNOSES)
def test_displayed_texts_use_the_true_minus_and_show_no_nan(name):
    for text in texts(plain(replace(a_report(name), versions={}, digest=""))):
        assert not re.search(r"(?<![0-9A-Za-z])-\d", text), text
        assert not re.search(r"\b(nan|None|inf)\b", text), text


@pytest.mark.parametrize("name", DIAGNOSES)
def test_sentences_do_not_stumble(name):
    for text in texts(plain(a_report(name))):
        assert not re.search(r"。。|，，|。，|，。|：。|；。", text), text


def test_an_account_in_euros_hears_nothing_of_the_mainland_market():
    told = outline(a_report("mark"))

    assert "欧元" in told
    assert not re.search(r"(?<!欧)元(?!素)", told.replace("单元", "")), "every amount is in euros"
    for word in ("印花税", "过户费", "最低佣金 5", "A 股", "红利税", "T+1", "上海", "深圳"):
        assert word not in told


def test_trades_alone_are_labelled_as_returns_of_the_securities():
    report = a_report("mark")

    assert report.header.returns_label == "证券收益（不含资金）"
    assert report.header.extent == "4 个估值时点"
    assert "证券收益（不含资金）" in report.summary.limits
    assert "没有资金流水" in outline(report)


@pytest.mark.parametrize("name", DIAGNOSES)
def test_every_metric_is_given_or_says_why_not(name):
    metrics = a_report(name).metrics

    assert set(metrics) == set(METRIC_IDS)
    for told in metrics.values():
        assert set(told) in ({"value", "unit", "convention"}, {"withheld"})


@pytest.mark.parametrize("name", DIAGNOSES)
def test_every_chart_has_title_message_alt_and_numbers(name):
    for chart in charts(a_report(name)):
        assert chart.title, chart.id
        assert chart.message, chart.id
        assert chart.alt, chart.id
        if chart.data.get("x") or chart.data.get("items") or chart.data.get("steps"):
            assert chart.table is not None, chart.id
            assert chart.table.collapsed, chart.id


@pytest.mark.parametrize("name", DIAGNOSES)
def test_every_row_has_as_many_cells_as_columns(name):
    for table in tables(a_report(name)):
        assert {len(row) for row in table.rows} <= {len(table.columns)}, table.title
        assert table.rows or table.empty, table.title


def test_the_attribution_table_sums_to_its_last_line():
    table = next(t for t in tables(a_report("full")) if t.title.startswith("按行业的归因"))
    parts = [row[-1].value for row in table.rows[:-1]]

    assert table.rows[-1][0].text == "总和"
    # the fixture's industries are a part of the market; its totals stand in the last line
    assert table.rows[-1][-1].value == pytest.approx(-0.0644)
    assert len(parts) == 3 + 4


def test_the_waterfall_goes_from_benchmark_to_account():
    chart = next(c for c in charts(a_report("full")) if c.kind == "waterfall")
    steps = chart.data["steps"]

    assert (steps[0]["label"], steps[-1]["label"]) == ("基准收益", "账户收益")
    assert sum(step["value"] for step in steps[:-1]) == pytest.approx(steps[-1]["value"])


def test_client_and_account_are_masked_everywhere():
    report = a_report("merged")
    told = outline(report)

    assert report.header.client == "张**"
    assert report.header.advisor == "李**"
    for identity in ("张三", "李四", "600112343428", "600112345555"):
        assert identity not in told
    assert "6001****3428" in told


def test_a_merged_report_lists_its_accounts():
    report = a_report("merged")

    assert report.header.account == "合并 2 个账户"
    assert any(table.title == "合并的账户" and len(table.rows) == 2 for table in tables(report))


def test_the_digest_covers_everything_but_register_and_itself():
    report = a_report("full")

    assert report.digest == report_digest(report)
    assert report.digest == report_digest(replace(report, register={"issued_by": "a"}, digest="x"))
    assert report.digest != report_digest(replace(report, account_no="1"))
    assert report.digest == a_report("full").digest


def test_habits_say_their_cost_with_interval_and_doubt():
    blocks = section(a_report("full"), "behaviour").blocks
    said = {block.title: block.text for block in blocks if isinstance(block, Callout)}

    assert "代价约 1.52 万元（90% 区间 1.13 万元 至 1.89 万元，样本 412）" in said["过度交易"]
    assert "还不能断定" in said["追涨"], "its interval holds zero"
    assert "反而多得约 2,300 元" in said["处置效应"], "a cost below zero is a gain"
    items = [block for block in blocks if isinstance(block, Items)]
    assert [item.title for item in items[0].items] == ["彩票型股票偏好", "耐心持有"]
    assert items[1].items[0].text == "成交没有时间，暂不判断。"


def test_fees_come_first_where_they_exceed_the_profit():
    diagnosis = fixtures.full()
    eaten = replace(diagnosis, trades=replace(diagnosis.trades, gross_profit=12_000.0))
    first = section(build_report(eaten), "trades").blocks[0]

    assert isinstance(first, Callout)
    assert first.title == "费用超过了费前盈利"


def test_insignificant_timing_claims_nothing():
    told = section(a_report("full"), "timing").lead

    assert told == "两个模型的择时系数都不显著：现有数据看不出择时能力，也不能说没有。"


@pytest.mark.parametrize(
    ("t", "expected"),
    [
        (1.95, "都不显著"),
        (1.96, "择时为正"),
        (-1.95, "都不显著"),
        (-1.96, "择时为负"),
    ],
)
def test_the_bar_of_significance_includes_its_number(t, expected):
    diagnosis = fixtures.full()
    fits = tuple(replace(fit, gamma_t=t) for fit in diagnosis.timing)

    assert expected in section(build_report(replace(diagnosis, timing=fits)), "timing").lead


def test_a_withheld_figure_shows_its_reason_in_place_of_the_note():
    figures = a_report("empty").summary.figures

    assert {figure.text for figure in figures} == {"—"}
    assert {figure.note for figure in figures} == {"账户没有成交"}


def test_why_the_returns_differ_is_told_from_the_account():
    diagnosis = fixtures.full()
    told = section(a_report("full"), "return").blocks[1]
    same = build_report(replace(diagnosis, metrics={**diagnosis.metrics, "xirr": metric("xirr", 0.0290)}))

    assert isinstance(told, Paragraph)
    assert (
        "期初资产 30.00 万元，期间净转入 12.00 万元，期末 43.08 万元，相差的 +1.08 万元 就是盈亏" in told.text
    )
    assert "资金加权 +1.05% 低于时间加权" in told.text
    assert re.search(r"影响最大的是 2024-\d\d", told.text)
    assert "两者折算到一年后接近" in plain_text(section(same, "return").blocks[1])


def test_without_xirr_the_reason_is_said():
    diagnosis = fixtures.full()
    without = {**diagnosis.metrics, "xirr": withheld("xirr", "资金流水不闭合")}
    told = plain_text(section(build_report(replace(diagnosis, metrics=without)), "return").blocks[1])

    assert "资金加权收益（XIRR）暂不计算：资金流水不闭合。" in told


def given_metrics(**values: float) -> dict[str, Any]:
    """The full account with some measures replaced."""
    return {**fixtures.full().metrics, **{name: metric(name, value) for name, value in values.items()}}


CALM = replace(
    fixtures.full().trades,
    commission=100.0,
    stamp_duty=0.0,
    transfer_fee=0.0,
    gross_profit=20_000.0,
)
VERDICTS: list[tuple[str, dict[str, Any]]] = [
    ("nothing_happened", {"trades": fixtures.empty().trades, "holdings": (), "securities": ()}),
    ("profit_unknown", {"metrics": {**fixtures.full().metrics, "profit": withheld("profit", "缺少行情")}}),
    ("too_few_trades", {"trades": replace(CALM, buys=2, sells=1)}),
    (
        "fees_ate_the_profit",
        {
            "metrics": given_metrics(profit=-3_000.0),
            "trades": replace(fixtures.full().trades, gross_profit=20_100.0),
        },
    ),
    ("fees_exceed_profit", {}),
    (
        "value_up_money_down",
        {
            "metrics": given_metrics(profit=-9_000.0, twr=0.08, excess_return=0.0),
            "trades": replace(CALM, gross_profit=-8_900.0),
        },
    ),
    (
        "value_down_money_up",
        {"metrics": given_metrics(profit=9_000.0, twr=-0.08, excess_return=0.0), "trades": CALM},
    ),
    ("habit_cost_more_than_the_profit", {"metrics": given_metrics(profit=9_000.0), "trades": CALM}),
    (
        "habit_behind_the_loss",
        {
            "metrics": given_metrics(profit=-20_000.0, twr=-0.05, excess_return=0.0),
            "trades": replace(CALM, gross_profit=-19_900.0),
        },
    ),
    (
        "lost_less_than_the_market",
        {
            "metrics": given_metrics(profit=-20_000.0, twr=-0.05, excess_return=0.08),
            "trades": replace(CALM, gross_profit=-19_900.0),
            "findings": (),
        },
    ),
    (
        "one_security_carries_all",
        {"trades": CALM, "findings": (), "holdings": (replace(fixtures.HOLDINGS[0], weight=0.5),)},
    ),
    ("gained_less_than_the_market", {"trades": CALM, "findings": ()}),
    (
        "lost_more_than_the_market",
        {
            "metrics": given_metrics(profit=-20_000.0, twr=-0.05, excess_return=-0.08),
            "trades": replace(CALM, gross_profit=-19_900.0),
            "findings": (),
        },
    ),
    (
        "gained_with_a_deep_fall",
        {"metrics": given_metrics(max_drawdown=-0.25, excess_return=0.0), "trades": CALM, "findings": ()},
    ),
    (
        "gained_more_than_the_market",
        {"metrics": given_metrics(excess_return=0.02), "trades": CALM, "findings": ()},
    ),
    ("one_security_decided", {"metrics": given_metrics(excess_return=0.0), "trades": CALM, "findings": ()}),
    (
        "plain",
        {
            "metrics": given_metrics(excess_return=0.0),
            "trades": CALM,
            "findings": (),
            "securities": fixtures.full().securities[:1],
        },
    ),
]


@pytest.mark.parametrize(("expected", "changes"), VERDICTS, ids=[name for name, _ in VERDICTS])
def test_each_pattern_of_the_verdict_speaks_for_its_facts(expected, changes):
    told = verdict.verdict(Story(replace(fixtures.full(), **changes)))

    assert told.pattern == expected, told.sentence
    assert told.accent in told.sentence
    assert not [word for word in forbidden_words(fixtures.LAST) if word in told.sentence]


def test_every_pattern_of_the_verdict_is_tried():
    assert [name for name, _ in VERDICTS] == list(verdict.PATTERNS)


@pytest.mark.parametrize(
    ("profit", "expected"),
    [
        (9_999.0, "账户赚了 9,999 元"),
        (10_000.0, "账户赚了 1.00 万元"),
        (-10_000.0, "账户亏了 1.00 万元"),
        (0.4, "账户不赚不亏"),
        (0.5, "账户赚了"),
    ],
)
def test_money_in_a_sentence(profit, expected):
    assert expected in Story(fixtures.full()).gain_words(profit)


def some_values() -> st.SearchStrategy[dict[str, float]]:
    return st.dictionaries(
        st.sampled_from(METRIC_IDS), st.floats(-5, 5, allow_nan=False), max_size=len(METRIC_IDS)
    )


@given(
    values=some_values(),
    trades=st.integers(0, 8),
    has_cash=st.booleans(),
    daily=st.booleans(),
    held=st.booleans(),
    curve=st.integers(0, 3),
)
def test_whatever_is_withheld_the_report_is_whole(values, trades, has_cash, daily, held, curve):
    full = fixtures.full()
    series = full.series
    short = {
        name: getattr(series, name)[:curve]
        for name in ("points", "index", "benchmark", "value", "invested", "drawdown", "position")
    }
    diagnosis = replace(
        full,
        metrics=fixtures.metrics(values),
        has_cash=has_cash,
        granularity="DAY" if daily else "MARK",
        trades=replace(full.trades, buys=trades, sells=0, best=(), worst=()),
        holdings=full.holdings if held else (),
        series=replace(series, months=series.months[:curve], benchmark_months=(), **short),
        findings=(),
        drawdowns=(),
    )

    report = build_report(diagnosis)

    assert len(report.sections) == 12
    assert report.summary.verdict.endswith("。")
    assert report.digest == report_digest(report)


def one_day() -> Diagnosis:
    """An account of one day with one purchase."""
    full = fixtures.full()
    series = full.series
    first = {
        name: getattr(series, name)[:1]
        for name in (
            "points",
            "index",
            "benchmark",
            "value",
            "invested",
            "drawdown",
            "position",
            "months",
            "benchmark_months",
        )
    }
    return replace(
        full,
        first=fixtures.FIRST,
        last=fixtures.FIRST,
        points=1,
        metrics=fixtures.metrics({"profit": -5.0}),
        series=replace(series, **first),
        drawdowns=(),
        habits={},
        findings=(),
        axes=(),
        timing=(),
        attribution=replace(fixtures.NOT_ATTRIBUTED, withheld="不足 20 个交易日"),
        securities=full.securities[:1],
        trades=replace(fixtures.empty().trades, buys=1, commission=5.0, months=(("2024-01", 1, 9_000.0),)),
        opening_value=Decimal(0),
        closing_value=Decimal("9995"),
    )


def test_one_trade_on_one_day_is_a_short_honest_report():
    report = build_report(one_day())

    assert report.summary.verdict == "这一个月账户亏了 5 元，只有 1 笔成交：样本还少，只列事实，不作评价。"
    assert report.header.extent == "1 个交易日"


def test_a_fall_that_has_not_recovered_says_so():
    diagnosis = replace(
        fixtures.full(), drawdowns=(Drawdown(date(2024, 5, 20), date(2024, 9, 13), None, -0.1447, 116, None),)
    )

    assert "至 2024-12-31 仍未恢复" in section(build_report(diagnosis), "risk").lead


def test_habits_of_the_catalogue_all_have_a_place():
    habits = {habit_id.value: fixtures.a_habit(habit_id, True, "看到了", n=3) for habit_id in HabitId}
    told = section(build_report(replace(fixtures.full(), habits=habits)), "behaviour")

    assert sum(isinstance(block, Callout) for block in told.blocks) == len(HabitId)


def section(report: Report, section_id: str) -> Any:
    return next(section for section in report.sections if section.id == section_id)


def plain_text(block: Any) -> str:
    assert isinstance(block, Paragraph)
    return block.text


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def charts(report: Report) -> list[Chart]:
    found = [block for section in report.sections for block in section.blocks if isinstance(block, Chart)]
    return [report.summary.radar, report.summary.curve, *found]


def tables(report: Report) -> list[Table]:
    found = [block for section in report.sections for block in section.blocks if isinstance(block, Table)]
    return found + [chart.table for chart in charts(report) if chart.table is not None]


def figures(report: Report) -> list[Figure]:
    found = [block for section in report.sections for block in section.blocks if isinstance(block, Figures)]
    return [figure for block in found for figure in block.figures]


def test_every_key_figure_of_a_metric_can_be_explained():
    for figure in (*figures(a_report("full")), *a_report("full").summary.figures):
        if figure.metric:
            assert figure.explain, figure.metric
            assert figure.definition, figure.metric
