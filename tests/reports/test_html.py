"""The report as HTML: complete, escaped, light, readable without script, and legible in every theme."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from reports.charts import charts_of
from reports.html import Link, export_html, page_html
from reports.model import Report, Table
from reports.pages import STATIC, asset, environment
from reports.plain import report_from_json

GOLDEN = Path(__file__).parents[1] / "golden"
NAMES = ("full", "mark", "empty")
MOST_BYTES = 300_000
HOSTILE = '</script><img src=x onerror="alert(1)">{{ 7 * 7 }}&amp;'


def golden(name: str) -> Report:
    return report_from_json((GOLDEN / f"report-{name}.json").read_text(encoding="utf-8"))


class Page(HTMLParser):
    """Every start tag with its attributes, and the ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, name: str) -> list[str]:
        return [value for _, attrs in self.tags if (value := attrs.get(name)) is not None]


PAGES = {name: page_html(golden(name), links=[Link("下载 PDF", "/r.pdf", True)]) for name in NAMES}
EXPORTS = {name: export_html(golden(name)) for name in NAMES}
ALL = [*PAGES.items(), *EXPORTS.items()]


@pytest.mark.parametrize(("name", "text"), ALL)
def test_the_page_says_all_of_the_report(name, text):
    report = golden(name)

    assert '<html lang="zh-CN">' in text
    assert report.summary.why.split("；")[0] in text
    assert report.risk_notice in text
    assert report.digest in text
    for section in report.sections:
        assert section.title in text
        assert section.lead in text
        for block in section.blocks:
            if isinstance(block, Table):
                assert all(cell.text in text for row in block.rows for cell in row if "&" not in cell.text)


@pytest.mark.parametrize(("name", "text"), ALL)
def test_ids_are_unique_and_every_inner_link_leads_somewhere(name, text):
    page = Page(text)
    ids = page.all("id")

    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.all("href") if href.startswith("#")} <= set(ids)


@pytest.mark.parametrize(("name", "text"), ALL)
def test_a_strict_content_policy_holds(name, text):
    page = Page(text)
    scripts = [attrs for tag, attrs in page.tags if tag == "script"]

    assert not page.all("style")
    assert not [key for _, attrs in page.tags for key in attrs if key.startswith("on")]
    assert all(attrs.get("src") or attrs.get("type") == "application/json" for attrs in scripts)


@pytest.mark.parametrize(("name", "text"), list(EXPORTS.items()))
def test_an_export_loads_nothing(name, text):
    page = Page(text)

    assert not [tag for tag, _ in page.tags if tag in ("link", "script", "img", "iframe", "object")]
    assert not page.all("src")
    assert not re.search(r"url\((?!#|data:font/woff2;base64,)|@import|https?://(?!www\.w3\.org/)", text)


@pytest.mark.parametrize(("name", "text"), ALL)
def test_a_report_is_light(name, text):
    assert len(gzip.compress(text.encode())) <= MOST_BYTES


def test_every_chart_has_a_text_alternative_and_its_numbers():
    page = Page(EXPORTS["full"])
    pictures = [attrs["aria-label"] for _, attrs in page.tags if attrs.get("role") == "img"]

    assert len(pictures) == len(re.findall(r'<figure class="chart', EXPORTS["full"]))
    assert all(pictures)
    assert EXPORTS["full"].count("<summary>看数字</summary>") == sum(
        bool(one.table and one.table.rows) for one in charts_of(golden("full"))
    )


def test_a_page_without_script_still_shows_its_charts():
    page = page_html(golden("full"), live=False)
    drawn = re.findall(r'<div class="drawn">\s*<svg ', page)

    assert len(drawn) == len(list(charts_of(golden("full"))))


def test_each_key_figure_leads_to_its_ground():
    report = golden("full")
    wanted = [figure.section for figure in report.summary.figures if figure.section]

    assert wanted
    for number in wanted:
        assert f'class="kpi-link" href="#s{number}"' in PAGES["full"]


def test_hostile_text_is_shown_and_never_run():
    report = golden("full")
    radar = report.summary.radar
    report = replace(
        report,
        header=replace(report.header, client=HOSTILE, firm=HOSTILE),
        summary=replace(
            report.summary,
            verdict=HOSTILE + "。",
            verdict_accent=HOSTILE,
            radar=replace(radar, alt=HOSTILE, title=HOSTILE),
        ),
    )
    for text in (page_html(report, links=[Link(HOSTILE, "/x")]), export_html(report)):
        page = Page(text)
        assert not [tag for tag, _ in page.tags if tag == "img"]
        assert not page.all("onerror")
        assert "{{ 7 * 7 }}" in text


def test_hostile_names_in_chart_data_stay_inside_their_script():
    report = golden("full")
    curve = report.summary.curve
    series = [{**one, "name": HOSTILE} for one in curve.data["series"]]
    report = replace(
        report, summary=replace(report.summary, curve=replace(curve, data={**curve.data, "series": series}))
    )

    assert not Page(page_html(report)).all("onerror")


def test_an_asset_address_changes_with_its_content():
    assert re.fullmatch(r"/static/page\.css\?v=[0-9a-f]{12}", asset("page.css"))
    assert asset("page.css") != asset("report.css")


def test_every_asset_the_page_names_is_there():
    for name in re.findall(r'(?:href|src)="/static/([^"?]+)', PAGES["full"]):
        assert (STATIC / name).is_file(), name
    for name in re.findall(r'url\("([^"]+)"\)', (STATIC / "fonts.css").read_text(encoding="utf-8")):
        assert (STATIC / name).is_file(), name


def tokens() -> dict[str, dict[str, str]]:
    """Colours of each theme: the light block, and each later block laid over what it starts from."""
    css = (STATIC / "tokens.css").read_text(encoding="utf-8")
    blocks = [
        (selector.strip(), dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})", body)))
        for selector, body in re.findall(r"([^{}]*?)\{([^{}]*)\}", css)
    ]
    light = blocks[0][1]
    safe = next(
        values for selector, values in blocks if selector.endswith(":root:has(#safe-colours:checked)")
    )
    dark = [values for selector, values in blocks if "data-theme" in selector and "has" not in selector]
    dark_safe = [values for selector, values in blocks if "data-theme" in selector and "has" in selector]
    assert dark[0] == dark[1], "dark by the system and dark by choice are the same"
    assert dark_safe[0] == dark_safe[1]
    return {
        "light": light, "light safe": light | safe, "dark": light | dark[0],
        "dark safe": light | dark[0] | dark_safe[0],
    }  # fmt: skip


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    """Contrast of two colours. Source: WCAG 2.2, relative luminance."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


TEXT_ON = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("paper", "wash")),
    *((ink, "paper") for ink in ("brand", "up", "down", "warn")),
    ("ink-2", "ground"), ("ink-3", "warn-wash"), ("warn", "warn-wash"), ("ink", "warn-wash"),
    ("brand", "brand-wash"),
    ("paper", "brand"), ("up", "up-1"), ("down", "down-1"),
    *(("ink", f"{way}-{i}") for way in ("up", "down") for i in (1, 2, 3)),
]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "light safe", "dark", "dark safe"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_ON)
def test_text_is_legible(theme, ink, ground):
    colours = tokens()[theme]

    assert contrast(colours[ink], colours[ground]) >= 4.5


def test_headings_follow_each_other():
    levels = [int(tag[1]) for tag, _ in Page(EXPORTS["full"]).tags if re.fullmatch(r"h[1-6]", tag)]

    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_macros_show_lists_filters_and_empty_states():
    source = """{% import "macros.html" as ui %}
    {{ ui.table([{"title": "账户"}, {"title": "收益", "align": "right", "sort": "?", "sorted": "descending"}],
      [{"href": "/a/1", "cells": [{"text": "张**", "tag": "换手过快", "tag_tone": "WARN"},
                                  {"text": "−1.00%", "tone": "DOWN"}]}],
      caption="账户") }}
    {{ ui.table([{"title": "账户"}], [], empty="导入成交后这里列出账户。") }}
    {{ ui.filters([{"label": "全部", "href": "?", "active": true, "count": 12}]) }}
    {{ ui.pager(none, "?after=x", "第 1 页") }}
    {{ ui.tag("<b>", "UP") }}{{ ui.search("/accounts", value="a") }}
    {{ ui.page_head("账户", "一句话", [{"label": "导入", "href": "/i", "download": false}]) }}
    {{ ui.figure("户数", "12", href="/x") }}"""
    text = environment().from_string(source).render()

    assert '<a href="/a/1">张**</a>' in text
    assert 'aria-sort="descending"' in text
    assert "导入成交后这里列出账户。" in text
    assert 'rel="next"' in text
    assert "&lt;b&gt;" in text
