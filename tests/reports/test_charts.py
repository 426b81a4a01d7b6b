"""Options of charts: round axes, our colours only, labels not legends, nothing drawn that was withheld."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.axes import date_ticks, nice, text_width
from reports.chartkinds import curves
from reports.chartkinds.bars import _reach, span
from reports.chartkinds.curves import outline
from reports.chartkinds.frame import Frame
from reports.charts import KINDS, NARROW, charts_of, has_data, option, patch
from reports.model import Chart, Report
from reports.palette import palette, themed
from reports.plain import report_from_json

GOLDEN = Path(__file__).parents[1] / "golden"
FULL = report_from_json((GOLDEN / "report-full.json").read_text(encoding="utf-8"))
CHARTS = list(charts_of(FULL))
FRAME = Frame(720, 240, palette())


def chart(kind: str, **data: object) -> Chart:
    return Chart("c", kind, "标题", "", "", "文字", dict(data))


@pytest.mark.parametrize(
    ("low", "high", "expected", "source"),
    [
        (0.0, 1.0, (0.0, 1.0, 0.25), "quarters"),
        (0.93, 1.07, (0.9, 1.1, 0.05), "a value curve about one"),
        (-0.1447, 0.0, (-0.15, 0.0, 0.05), "a drawdown hangs from zero"),
        (263100.0, 481000.0, (200000.0, 500000.0, 100000.0), "money"),
        (1.0, 1.0, (0.95, 1.05, 0.025), "a flat line still has an axis"),
    ],
)
def test_axis_ends_are_round(low, high, expected, source):
    scale = nice(low, high)

    assert (scale.low, scale.high, scale.step) == pytest.approx(expected), source


@given(st.floats(-1e7, 1e7), st.floats(0, 1e7))
def test_an_axis_holds_its_data_in_few_equal_steps(low, width):
    scale = nice(low, low + width)
    parts = (scale.high - scale.low) / scale.step

    unseen = 1e-8 * scale.step  # what rounding may leave outside the axis
    assert scale.low <= low + 1e-6 * max(1, abs(low)) + unseen
    assert scale.high >= low + width - 1e-6 * max(1, abs(low + width)) - unseen
    assert parts == pytest.approx(round(parts), abs=1e-4)
    assert 1 <= round(parts) <= 8


def test_an_axis_of_nothing_is_refused():
    with pytest.raises(ValueError, match="finite"):
        nice(float("nan"), 1.0)


@pytest.mark.parametrize(
    ("days", "room", "expected", "source"),
    [
        ([], 8, {}, "no days"),
        (["2024-01-02"], 8, {"0": "1-02"}, "one day"),
        (
            ["2024-01-30", "2024-01-31", "2024-02-01"],
            8,
            {"0": "1-30", "1": "1-31", "2": "2-01"},
            "within a month",
        ),
        (["2017-10-25 14:16", "2017-10-26 09:01"], 1, {"0": "2017-10-25 14:16"}, "moments are thinned"),
    ],
)
def test_date_ticks(days, room, expected, source):
    assert date_ticks(days, room) == expected, source


@given(st.integers(2, 130), st.integers(3, 12))
def test_date_ticks_stay_apart_and_few(months, room):
    days = [f"{2015 + m // 12}-{m % 12 + 1:02d}-{d:02d}" for m in range(months) for d in range(1, 29)]
    at = [int(i) for i in date_ticks(days, room)]

    assert at == sorted(at)
    assert len(at) <= room + 2
    assert all(b - a >= 0.6 * len(days) / room for a, b in pairwise(at))


def test_the_golden_report_holds_every_kind():
    assert {one.kind for one in CHARTS} == set(KINDS)


@pytest.mark.parametrize("one", CHARTS, ids=lambda one: one.id)
def test_options_are_plain_json_in_our_colours(one):
    text = json.dumps([option(one), patch(one, option(one))], allow_nan=False)

    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text)) <= set(palette().values())
    for forbidden in ("shadowBlur", "colorStops", "legend", "3D"):
        assert forbidden not in text


@pytest.mark.parametrize("one", CHARTS, ids=lambda one: one.id)
def test_a_phone_patch_restores_the_phone_option(one):
    assert {**option(one), **patch(one, option(one))} == option(one, width=NARROW)


def test_account_is_brand_and_benchmark_grey():
    series = option(FULL.summary.curve)["series"]

    assert [one["color"] for one in series] == [palette()["brand"], palette()["grey"]]
    assert all(one["endLabel"]["show"] for one in series)


@pytest.mark.parametrize(
    ("scores", "kind", "shown", "source"),
    [
        ((41, 55, 72, 38, 12), "radar", 5, "all known"),
        ((41, 55, 72, None, 12), "radar", 4, "a withheld axis is left out, never drawn as zero"),
        ((41, None, None, None, 12), "bar", 5, "two axes span no area: bars, with the withheld named"),
    ],
)
def test_radar(scores, kind, shown, source):
    axes = [{"label": f"维{i}", "score": score, "note": ""} for i, score in enumerate(scores)]
    series = option(chart("radar", axes=axes))["series"][0]
    values = series["data"][0]["value"] if kind == "radar" else series["data"]

    assert (series["type"], len(values)) == (kind, shown), source


STEPS = st.lists(st.floats(-0.3, 0.3), min_size=1, max_size=8)


@given(STEPS)
def test_each_step_of_a_waterfall_starts_where_the_last_ended(parts):
    steps = [{"label": "基准", "value": 0.05, "text": "", "total": True}]
    steps += [{"label": str(i), "value": part, "text": "", "total": False} for i, part in enumerate(parts)]
    reach = _reach(steps)

    assert reach[0] == (0.0, 0.05)
    assert all(a[1] == b[0] for a, b in pairwise(reach))
    assert reach[-1][1] == pytest.approx(0.05 + sum(parts))


@given(STEPS)
def test_the_stacked_halves_of_a_step_span_it(parts):
    steps = [
        {"label": str(i), "value": part, "text": f"{part:.2%}", "total": False}
        for i, part in enumerate(parts)
    ]
    above, below, up, down = (one["data"] for one in option(chart("waterfall", steps=steps))["series"])
    for i, (start, end) in enumerate(_reach(steps)):
        low, high = min(start, end), max(start, end)
        assert max(high, 0) == pytest.approx(above[i] + up[i]["value"], abs=1e-5)
        assert min(low, 0) == pytest.approx(below[i] + down[i]["value"], abs=1e-5)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12))
def test_bars_leave_their_text_its_place(values):
    texts = [f"{value:,.0f} 元" for value in values]
    low, high = span(values, texts, 400)
    pixels = 400 / (high - low)
    for value, text in zip(values, texts, strict=True):
        room = (high - value) * pixels if value >= 0 else (value - low) * pixels
        assert room >= text_width(text) - 1 or (low, high) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("low", "named", "source"),
    [(100, [10, 100], "far apart: both named"), (11, [10], "side by side: the highest alone")],
)
def test_crowded_columns_name_only_their_ends(low, named, source):
    values = [12.0] * 120
    values[10], values[low] = 40.0, 1.0
    items = [{"label": f"{i}", "value": value, "text": f"{value:.0f} 笔"} for i, value in enumerate(values)]
    bars = option(chart("bars", items=items, horizontal=False))["series"][0]["data"]

    assert [i for i, bar in enumerate(bars) if bar["label"]["show"]] == named, source


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("radar", {"axes": [{"label": "收益", "score": None, "note": "样本不足"}]}),
        ("lines", {"x": [], "series": [{"name": "账户", "role": "account", "values": []}], "percent": False}),
        ("lines", {"x": ["2024-01-02"], "series": [{"name": "账户", "role": "account", "values": [None]}]}),
        ("underwater", {"x": [], "values": []}),
        ("area", {"x": [], "values": [], "name": "仓位"}),
        ("calendar", {"years": [], "months": []}),
        ("bars", {"items": []}),
        ("pairs", {"labels": [], "series": []}),
        ("waterfall", {"steps": []}),
    ],
)
def test_nothing_to_draw_gives_no_empty_frame(kind, data):
    empty = chart(kind, **data)
    report: Report = replace(FULL, summary=replace(FULL.summary, radar=empty), sections=())

    assert not has_data(empty)
    assert [one.id for one in charts_of(report)] == [FULL.summary.curve.id]


def test_an_unknown_kind_is_named():
    with pytest.raises(ValueError, match="'pie'"):
        option(chart("pie"))


def test_themed_colours_become_variables():
    assert themed('<path fill="#23466e" stroke="none">') == '<path fill="var(--brand)" stroke="none">'


@given(st.lists(st.one_of(st.none(), st.floats(-1, 1)), min_size=900, max_size=2500))
def test_a_thinned_curve_keeps_its_ends_extremes_and_gaps(values):
    numbers = np.array(values, dtype=np.float64)
    kept = list(outline(numbers, 100))
    known = [value for value in values if value is not None]
    shown = [values[i] for i in kept if values[i] is not None]

    assert kept == sorted(set(kept))
    assert (kept[0], kept[-1]) == (0, len(values) - 1)
    assert {i for i, value in enumerate(values) if value is None} <= set(kept)
    if known:
        assert (min(shown), max(shown)) == (min(known), max(known))


def test_a_live_curve_keeps_every_day_and_a_drawn_one_does_not():
    values = [1 + (i % 97) / 1000 for i in range(2430)]
    one = chart("area", x=[str(i) for i in range(2430)], values=values, name="仓位")

    assert len(option(one)["series"][0]["data"]) == 2430
    assert len(option(one, thin=True)["series"][0]["data"]) <= 2 * 240 + 2


MONEY = [
    # (largest value, form, step of the axis, texts of its ends): below, on, above each unit
    (9_999.0, "number", 2_500.0, ["0", "10,000"]),
    (10_000.0, "wan", 2_500.0, ["0.00 万", "1.00 万"]),
    (99_999_999.0, "wan", 25_000_000.0, ["0 万", "10,000 万"]),
    (100_000_000.0, "yi", 25_000_000.0, ["0.00 亿", "1.00 亿"]),
    (674_000_000.0, "yi", 200_000_000.0, ["0 亿", "8 亿"]),
]


@pytest.mark.parametrize(("top", "form", "step", "ends"), MONEY)
def test_money_on_an_axis_is_told_in_the_unit_that_a_reader_would_use(top, form, step, ends):
    scale = nice(0.0, top)

    assert curves.form_of({}, [0.0, -top]) == curves.form_of({}, [top]) == form
    assert (scale.step, curves.tick_texts(scale, form)) == (step, ends)
