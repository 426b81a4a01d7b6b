"""A report as HTML: the served page with live charts, and one exported file that loads nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from markupsafe import Markup

from reports.charts import NARROW, charts_of, has_data, height, option, patch
from reports.model import Chart, Report, Section
from reports.pages import environment
from reports.palette import palette, themed
from reports.svg import render_charts
from reports.webfont import carrying_its_font

__all__ = ["Link", "environment", "export_html", "page_html", "section_context"]


@dataclass(frozen=True, slots=True)
class Link:
    """A file or page beside the report: `下载 PDF`, address, and whether the browser should save it."""

    label: str
    href: str
    download: bool = False


def page_html(
    report: Report,
    *,
    live: bool = True,
    drawn_at: str = "",
    links: Sequence[Link] = (),
    svgs: Mapping[str, str] | None = None,
    context: Mapping[str, Any] | None = None,
) -> str:
    """The served page, on the base page of all pages.

    live: send chart options, which a script draws in the page, and no drawings; a reader without script is led to
    `drawn_at`, the address of the same page with `live` off. svgs: charts already drawn by `render_charts`;
    context: what base.html asks for (user, nav, flash).
    """
    drawn = {} if live else svgs if svgs is not None else render_charts(report)
    given = {"live": live, "drawn_at": drawn_at, "links": links, "standalone": False}
    given |= {**_shared(report, drawn), **(context or {})}
    given["data"] = {chart.id: _chart_data(chart) for chart in charts_of(report)} if live else {}
    given["palette_json"] = _json({colour: name for name, colour in palette().items()})
    return environment().get_template("report/page.html").render(given)


def export_html(
    report: Report, svgs: Mapping[str, str] | None = None, narrow: Mapping[str, str] | None = None
) -> str:
    """One file with everything in it: SVG charts for a wide and a narrow screen, its font, no script."""
    drawn = svgs if svgs is not None else render_charts(report)
    small = narrow if narrow is not None else render_charts(report, narrow=True)
    given = {"live": False, "links": (), "data": {}, "standalone": True, **_shared(report, drawn)}
    given["narrow"] = _markup(small, "n-")
    return carrying_its_font(environment().get_template("report/export.html").render(given))


def section_context(section: Section) -> dict[str, Any]:
    """What `report/blocks.html` needs to show one section on a page of its own, its charts live."""
    charts = [block for block in section.blocks if isinstance(block, Chart) and has_data(block)]
    return {
        "section": section, "svgs": {}, "narrow": {}, "data": {chart.id: _chart_data(chart) for chart in charts},
        "heights": {chart.id: (height(chart), height(chart, NARROW)) for chart in charts},
        "palette_json": _json({colour: name for name, colour in palette().items()}),
    }  # fmt: skip


def _shared(report: Report, svgs: Mapping[str, str]) -> dict[str, Any]:
    heights = {chart.id: (height(chart), height(chart, NARROW)) for chart in charts_of(report)}
    return {"report": report, "svgs": _markup(svgs, ""), "narrow": {}, "heights": heights}


_NAMESPACES: Final = re.compile(r' (?:xmlns(?::xlink)?|version)="[^"]*"')
"""What a drawing in a file of its own must say and one inside a page need not."""


def _markup(svgs: Mapping[str, str], prefix: str) -> dict[str, Markup]:
    """Drawings that follow the page's theme; `prefix` keeps the ids of a second set apart."""
    return {
        key: Markup(
            _NAMESPACES.sub("", themed(svg), count=3)
            .replace(f'"{key}-', f'"{prefix}{key}-').replace(f"(#{key}-", f"(#{prefix}{key}-")
        )
        for key, svg in svgs.items()
    }  # fmt: skip


def _chart_data(chart: Chart) -> Markup:
    wide = option(chart)
    return _json({"option": wide, "narrow": patch(chart, wide)})


def _json(value: Any) -> Markup:
    """JSON that may stand inside a script element: `<`, `>` and `&` cannot end or open anything."""
    text = orjson.dumps(value).decode()
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)
