"""Charts drawn as SVG: text stays text, same option same bytes, labels do not collide, threads do not mix."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import pytest

from reports.charts import WIDE, charts_of, height, option
from reports.model import Chart
from reports.plain import report_from_json
from reports.svg import render, render_charts

ROOT = Path(__file__).parents[2]
FULL = report_from_json((ROOT / "tests/golden/report-full.json").read_text(encoding="utf-8"))
SVG = "{http://www.w3.org/2000/svg}"


def draw(chart: Chart) -> str:
    return render(option(chart, thin=True), WIDE, height(chart), chart.id)


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    return render_charts(FULL)


def test_every_chart_is_drawn_as_well_formed_svg(drawn):
    assert list(drawn) == [one.id for one in charts_of(FULL)]
    for svg in drawn.values():
        assert ElementTree.fromstring(svg).tag == f"{SVG}svg"


def test_text_stays_text(drawn):
    assert "风控 55" in texts(drawn[FULL.summary.radar.id])
    assert {"基准收益", "+9.31%", "−6.10%"} <= set(texts(drawn["waterfall"]))


def test_a_page_may_forbid_inline_style(drawn):
    for svg in drawn.values():
        assert " style=" not in svg
        assert "<style" not in svg
        assert "font-family:" not in svg


def test_the_same_report_gives_the_same_bytes(drawn):
    assert render_charts(FULL) == drawn


def test_another_process_gives_the_same_bytes_and_ends(drawn):
    script = (
        "import json, sys; from pathlib import Path; from reports.plain import report_from_json; "
        "from reports import svg; kept = svg; "
        "print(json.dumps(svg.render_charts(report_from_json(Path(sys.argv[1]).read_text('utf-8')))))"
    )
    golden = str(ROOT / "tests/golden/report-full.json")
    done = subprocess.run(
        [sys.executable, "-c", script, golden], cwd=ROOT, capture_output=True, check=True, timeout=120
    )

    assert json.loads(done.stdout) == drawn


def test_ids_are_unique_over_all_charts(drawn):
    ids = re.findall(r' id="([^"]+)"', "".join(drawn.values()))

    assert ids
    assert len(ids) == len(set(ids))


def test_threads_get_their_own_charts(drawn):
    charts = list(charts_of(FULL))[2:]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(draw, charts * 3))

    assert found == [drawn[one.id] for one in charts] * 3


def end_labels(first: float, second: float) -> list[float]:
    """Vertical places of the two end labels of lines that end at `first` and `second`."""
    series = [
        {"name": "账户", "role": "account", "values": [1.0, 1.1, first]},
        {"name": "基准", "role": "benchmark", "values": [1.0, 0.9, second]},
    ]
    data = {
        "x": ["2024-01-02", "2024-01-03", "2024-01-04"],
        "series": series,
        "baseline": 1.0,
        "percent": False,
    }
    tree = ElementTree.fromstring(draw(Chart("c", "lines", "", "", "", "", data)))
    found = {"".join(node.itertext()): node for node in tree.iter(f"{SVG}text")}
    return [float(found[name].get("y", "nan")) for name in ("账户", "基准")]


@pytest.mark.parametrize(("first", "second"), [(1.05, 1.05), (1.05, 1.051), (0.95, 0.949)])
def test_end_labels_do_not_overlap(first, second):
    a, b = end_labels(first, second)

    assert abs(a - b) >= 14


@pytest.mark.parametrize(
    "hostile", ["</text><script>alert(1)</script>", "a\"b'c`${1}", "行\u2028分隔", "{low|x}", "fn-x"]
)
def test_a_label_is_never_markup_or_code(hostile):
    items = [{"label": hostile, "value": 1.0, "text": hostile, "tone": "PLAIN"}]
    svg = draw(Chart("c", "bars", "", "", "", "", {"items": items, "horizontal": True, "unit": ""}))

    assert "<script" not in svg
    assert any(hostile.split("\u2028")[0] in text for text in texts(svg))


def test_ten_years_stay_small():
    days = [f"{2015 + i // 250}-{i % 250 // 21 + 1:02d}-{i % 21 + 1:02d}" for i in range(2500)]
    values = [1 + i / 2500 for i in range(2500)]
    data = {"x": days, "series": [{"name": "账户", "role": "account", "values": values}], "baseline": 1.0}

    assert len(draw(Chart("c", "lines", "", "", "", "", data))) < 20_000
