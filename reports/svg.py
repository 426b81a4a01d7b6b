"""Charts as SVG by ECharts' own server-side drawing inside V8: text stays text, same option, same bytes."""

from __future__ import annotations

import atexit
import threading
from functools import lru_cache
from importlib import resources
from typing import Any

import orjson
from py_mini_racer import MiniRacer

from kit.problems import Problem
from reports.charts import HALF, NARROW, charts_of, height, option
from reports.model import Report

FAMILY = "Noto Sans SC"
RADAR = 280


class AssetMissing(Problem):
    """图表脚本未安装"""

    status = 500
    title = "Script asset missing"


class _Engine:
    """One V8 with ECharts loaded; calls are serialised, for an isolate runs one script at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._context = MiniRacer()
        templates = resources.files("templates")
        static = templates / "static"
        bundle = static / "vendor" / "echarts.js"
        if not bundle.is_file():
            raise AssetMissing(
                "templates/static/vendor/echarts.js is not built: run `python -m templates.vendor`"
            )
        for source in (bundle, static / "chartformat.js", templates / "report" / "draw.js"):
            self._context.eval(source.read_text(encoding="utf-8"))
        # left to the interpreter's teardown, V8's own thread can keep the process from ending
        atexit.register(self.close)

    def close(self) -> None:
        with self._lock:
            self._context.close()

    def draw(self, text: str, width: int, height: int) -> str:
        with self._lock:
            return str(self._context.eval(f"draw({text},{width},{height})"))


@lru_cache
def _engine() -> _Engine:
    return _Engine()


_starting = threading.Lock()


def render(chart_option: dict[str, Any], width: int, height: int, prefix: str = "c") -> str:
    """The option drawn `width` by `height` pixels as one `<svg>`; ids inside begin with `prefix`."""
    # JSON is a part of JavaScript but for two line ends that end a string there
    still = {key: part for key, part in chart_option.items() if key != "tooltip"}
    text = orjson.dumps(still).decode().replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    with _starting:
        engine = _engine()
    svg = engine.draw(text, width, height).replace("zr-", f"{prefix}-")
    return svg.replace("<svg ", f'<svg font-family="{FAMILY}" ', 1)


def render_charts(report: Report, *, narrow: bool = False) -> dict[str, str]:
    """SVG by chart id, in the light theme; the two of the first page fit its columns.

    HTML and PDF share these. `narrow` draws them for a phone instead.
    """
    drawn: dict[str, str] = {}
    first = {id(report.summary.radar): RADAR, id(report.summary.curve): HALF}
    for chart in charts_of(report):
        width = NARROW if narrow else first.get(id(chart), 720)
        drawn[chart.id] = render(option(chart, width=width, thin=True), width, height(chart, width), chart.id)
    return drawn
