"""One ECharts option for each chart of a report: the same one is drawn live in the page and as SVG for paper.

Formatters are named by strings (`fn:percent:0`) that `templates/static/chartformat.js` turns into functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from reports.chartkinds.balance import HEIGHT as BALANCE_HEIGHT
from reports.chartkinds.balance import balance
from reports.chartkinds.bars import ROW, bars, pairs, waterfall
from reports.chartkinds.curves import area, lines, underwater
from reports.chartkinds.frame import Frame, Option
from reports.chartkinds.shapes import ROW as MONTH_ROW
from reports.chartkinds.shapes import calendar, radar
from reports.model import Chart, Report
from reports.palette import Palette, palette

WIDE, NARROW, HALF = 720, 360, 470

KINDS: dict[str, Callable[[dict[str, Any], Frame], Option]] = {
    "radar": radar, "lines": lines, "underwater": underwater, "calendar": calendar, "bars": bars,
    "pairs": pairs, "waterfall": waterfall, "area": area, "balance": balance,
}  # fmt: skip


def height(chart: Chart, width: int = WIDE) -> int:
    """Pixels of height that the chart's content asks for at `width`."""
    data, narrow = chart.data, width < 560
    if chart.kind == "calendar":
        return 30 + MONTH_ROW * (12 if narrow else len(data["years"]))
    if chart.kind == "bars" and data.get("horizontal"):
        return 8 + ROW * len(data["items"])
    if chart.kind == "pairs":
        return 8 + (ROW + 14) * len(data["labels"])
    if chart.kind == "waterfall":
        return 8 + ROW * len(data["steps"])
    return {"radar": 240, "lines": 240, "area": 180, "underwater": 190, "bars": 200,
            "balance": BALANCE_HEIGHT}[chart.kind]


def option(
    chart: Chart, theme: Palette | None = None, width: int = WIDE, *, thin: bool = False
) -> Option:
    """ECharts option of `chart` for about `width` pixels; plain JSON. ValueError for an unknown kind."""
    if chart.kind not in KINDS:
        raise ValueError(f"no chart of kind {chart.kind!r}; known: {', '.join(sorted(KINDS))}")
    return KINDS[chart.kind](chart.data, Frame(width, height(chart, width), theme or palette(), thin))


def has_data(chart: Chart) -> bool:
    """Whether there is anything to draw; a chart without data keeps its words and shows no empty frame."""
    data = chart.data
    if chart.kind == "radar":
        return any(axis["score"] is not None for axis in data["axes"])
    if chart.kind in ("lines", "pairs"):
        return any(value is not None for one in data["series"] for value in one["values"])
    if chart.kind in ("underwater", "area"):
        return any(value is not None for value in data["values"])
    if chart.kind == "balance":
        return any(side["parts"] for side in data["sides"])
    return bool(data[{"calendar": "months", "bars": "items", "waterfall": "steps"}[chart.kind]])


def patch(chart: Chart, wide: Option, theme: Palette | None = None) -> Option:
    """The parts of the option that differ on a phone, to lay over the `wide` one."""
    narrow = option(chart, theme, NARROW)
    return {key: value for key, value in narrow.items() if wide.get(key) != value}


def charts_of(report: Report) -> Iterator[Chart]:
    """Every chart that has data, in reading order, the two of the first page first."""
    found: list[Chart] = [report.summary.radar, report.summary.curve]
    for section in report.sections:
        found.extend(block for block in section.blocks if isinstance(block, Chart))
    yield from filter(has_data, found)
