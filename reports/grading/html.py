"""The report as HTML: one file that loads nothing, its charts drawn for a wide and a narrow screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reports.charts import NARROW, has_data, height, option
from reports.grading.model import GradingReport
from reports.html import _markup
from reports.model import Chart
from reports.pages import environment
from reports.svg import render
from reports.webfont import carrying_its_font

WIDE = 720


def charts_of(report: GradingReport) -> Iterator[Chart]:
    """Every chart that has something to draw, in reading order."""
    for section in report.sections:
        yield from (block for block in section.blocks if isinstance(block, Chart) and has_data(block))


def drawn(report: GradingReport, width: int = WIDE) -> dict[str, str]:
    """SVG by chart id in the light theme."""
    return {
        chart.id: render(option(chart, width=width, thin=True), width, height(chart, width), chart.id)
        for chart in charts_of(report)
    }


def export_grading(report: GradingReport, svgs: Mapping[str, str] | None = None) -> str:
    """One file. svgs: charts already drawn by `drawn`."""
    given: dict[str, Any] = {
        "report": report, "live": False, "standalone": True, "data": {},
        "svgs": _markup(svgs if svgs is not None else drawn(report), ""),
        "narrow": _markup(drawn(report, NARROW), "n-"),
        "heights": {chart.id: (height(chart), height(chart, NARROW)) for chart in charts_of(report)},
    }  # fmt: skip
    return carrying_its_font(environment().get_template("report/grading.html").render(given))
