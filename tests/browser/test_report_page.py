"""The report in a real browser: nothing foreign, nothing broken, live charts, a phone, both themes, paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reports.charts import charts_of
from reports.html import Link, export_html, page_html
from reports.palette import palette
from reports.plain import report_from_json

pytestmark = pytest.mark.browser

GOLDEN = Path(__file__).parents[1] / "golden"
REPORT = report_from_json((GOLDEN / "report-full.json").read_text(encoding="utf-8"))
CHARTS = len(list(charts_of(REPORT)))


@pytest.fixture
def served(site):
    site.pages["/drawn"] = page_html(REPORT, live=False)
    site.pages["/"] = page_html(
        REPORT,
        drawn_at="/drawn",
        links=[Link("下载 PDF", "/r.pdf", True)],
        context={
            "nav": [{"label": "账户", "href": "/", "current": True, "count": None}],
            "user": {"name": "李**", "role": "投资顾问"},
            "flash": [{"tone": "WARN", "text": "已登记"}],
        },
    )
    return site


@pytest.fixture
def exported(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(export_html(REPORT), encoding="utf-8")
    return path.as_uri()


def brand(visit) -> str:
    return visit.page.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--brand').trim()"
    )


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_whole_under_a_strict_policy(visit, served, width, scheme):
    opened = visit(served.origin + "/", width=width, scheme=scheme)
    opened.scroll_through()

    assert opened.errors == []
    assert all(url.startswith(served.origin) for url in opened.requests)
    assert opened.overflow() <= 0
    assert opened.page.locator("[data-live='yes']").count() == CHARTS
    assert opened.page.locator("[data-live='yes'] svg path").count() > CHARTS


def test_live_charts_have_the_colours_of_the_theme(visit, served):
    opened = visit(served.origin + "/", scheme="dark")
    opened.page.wait_for_selector("[data-live='yes']")
    shown = opened.page.locator("[data-chart='summary-curve']").inner_html()

    assert brand(opened) != palette()["brand"]
    assert brand(opened) in shown
    assert f'"{palette()["brand"]}"' not in re.sub(r"<script.*?</script>", "", shown, flags=re.S)


def test_the_theme_switch_redraws_and_is_remembered(visit, served):
    opened = visit(served.origin + "/")
    opened.page.wait_for_selector("[data-live='yes']")
    light = brand(opened)
    opened.page.click("[data-theme-switch]")
    dark = brand(opened)
    opened.page.wait_for_function(
        "colour => document.querySelector('[data-chart=summary-curve] svg').outerHTML.includes(colour)",
        arg=dark,
    )
    opened.page.reload()

    assert light != dark
    assert brand(opened) == dark


def test_the_colour_pair_switch_works_and_is_remembered(visit, served):
    opened = visit(served.origin + "/")
    up = "getComputedStyle(document.querySelector('.kpi b.up')).color"
    before = opened.page.evaluate(up)
    opened.page.check("#safe-colours")
    after = opened.page.evaluate(up)
    opened.page.reload()

    assert (before, after) == ("rgb(192, 54, 44)", "rgb(179, 88, 6)")
    assert opened.page.evaluate(up) == after


def test_a_point_can_be_read_from_the_live_curve(visit, served):
    opened = visit(served.origin + "/")
    box = opened.page.locator("[data-chart='summary-curve']")
    box.scroll_into_view_if_needed()
    opened.page.wait_for_selector("[data-chart='summary-curve'][data-live='yes'] svg")
    place = box.bounding_box()
    opened.page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    opened.page.wait_for_selector(".tip-row")

    assert re.search(r"2024-\d\d-\d\d", opened.page.locator(".tip-head").inner_text())
    assert opened.page.locator(".tip-row").all_inner_texts()[0].startswith("账户")
    assert opened.errors == []


def test_a_figure_leads_to_its_section_and_the_contents_follow(visit, served):
    opened = visit(served.origin + "/")
    opened.page.locator(".first-page .kpi-link").nth(2).click()
    opened.page.wait_for_function(
        "() => document.querySelector('.toc a[href=\"#s3\"]').hasAttribute('aria-current')"
    )

    assert opened.page.url.endswith("#s3")


def test_definitions_and_numbers_open_on_demand(visit, served):
    opened = visit(served.origin + "/")
    numbers = opened.page.locator(".first-page .numbers").first
    numbers.locator("summary").click()

    assert numbers.locator("table").is_visible()


def test_the_contents_fold_on_a_phone(visit, served):
    opened = visit(served.origin + "/", width=390)
    menu = opened.page.locator("details.toc-phone")
    menu.locator("summary").click()
    menu.locator("a", has_text="风险").first.click()
    opened.page.wait_for_function("() => !document.querySelector('details.toc-phone').open")

    assert not opened.page.locator("aside.side").is_visible()


def test_a_wide_table_scrolls_inside_its_box(visit, served):
    opened = visit(served.origin + "/", width=320)
    inner = opened.page.evaluate(
        "[...document.querySelectorAll('.part > .table-block .scroll')]"
        ".some(box => box.scrollWidth > box.clientWidth)"
    )

    assert inner
    assert opened.overflow() <= 0


def test_a_reader_without_script_is_led_to_drawn_charts(visit, served):
    opened = visit(served.origin + "/", script=False)

    opened.page.wait_for_url("**/drawn")
    assert opened.page.locator(".drawn svg:visible").count() == CHARTS


def test_paper_shows_charts_that_were_never_scrolled_to(visit, served):
    opened = visit(served.origin + "/")
    assert opened.page.locator("[data-live='yes']").count() < CHARTS

    opened.page.pdf()

    assert opened.page.locator("[data-live='yes']").count() == CHARTS


@pytest.mark.parametrize("width", [1280, 390])
def test_the_exported_file_loads_nothing(visit, exported, width):
    opened = visit(exported, width=width)

    assert opened.requests == [exported]
    assert opened.errors == []
    assert opened.overflow() <= 0
    assert opened.page.locator(".drawn svg:visible").count() == CHARTS


def test_the_exported_file_follows_the_theme(visit, exported):
    light, dark = (visit(exported, scheme=scheme) for scheme in ("light", "dark"))
    stroke = (
        "getComputedStyle(document.querySelector('.lines .wide-only path[stroke=\"var(--brand)\"]')).stroke"
    )

    assert light.page.evaluate(stroke) == "rgb(35, 70, 110)"
    assert dark.page.evaluate(stroke) != light.page.evaluate(stroke)


def test_the_page_prints_on_a4_without_its_frame(visit, served):
    opened = visit(served.origin + "/", scheme="dark")
    opened.scroll_through()
    opened.page.emulate_media(media="print")

    assert not opened.page.locator(".topbar").is_visible()
    assert opened.page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 36, 51)"


def test_the_keyboard_reaches_the_report_first(visit, served):
    opened = visit(served.origin + "/")
    opened.page.keyboard.press("Tab")
    focused = opened.page.evaluate("document.activeElement.className")
    opened.page.keyboard.press("Enter")

    assert focused == "skip"
    assert opened.page.evaluate("document.activeElement.id") == "main"
