"""The pages in a real browser, served by the application itself: strict policy, phone, both themes, no script."""

from __future__ import annotations

import re

import pytest

from tests.api.tiny import ACCOUNTS, BUSY
from tests.browser.house import open_house

pytestmark = pytest.mark.browser

PLACES = [
    "/accounts", "/accounts?q=nobody", f"/accounts/{BUSY}", "/reports", f"/accounts/{BUSY}/reports",
    f"/accounts/{BUSY}/agreements/new?finding=OVERTRADING", "/accounts/nobody", f"/accounts/{BUSY}?from=x",
    "/staff", "/staff/S2", "/staff/S2/handover", "/staff/S2/relations/new", "/relations/1",
]  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture(scope="module")
def cookie(house):
    return house.cookie()


@pytest.fixture
def opens(visit, house, cookie):
    """Opens a place of the application as its supervisor."""

    def go(place, **how):
        return visit(house.origin + place, cookie=cookie, **how)

    return go


def faults(opened) -> list[str]:
    """What went wrong, but for the status that the page itself was asked to have."""
    return [text for text in opened.errors if not re.search(r"status of (404|422)", text)]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_is_whole_under_the_strict_policy(opens, house, place, width):
    for scheme in ("light", "dark"):
        opened = opens(place, width=width, scheme=scheme)

        assert faults(opened) == []
        assert all(url.startswith(house.origin) for url in opened.requests)
        assert opened.overflow() <= 0
        assert opened.page.locator("h1").count() == 1


def test_a_chip_narrows_the_list_in_place_and_back_undoes_it(opens):
    page = opens("/accounts").page
    page.evaluate("window.stayed = true")
    chip = page.locator(".chips a", has_text="换手过快")
    count = int(chip.locator("small").inner_text())
    chip.click()
    page.wait_for_url("**/accounts?finding=OVERTRADING")
    page.wait_for_selector(".chips a[aria-current] >> text=换手过快")

    assert page.locator("table.desk tbody tr").count() == count
    assert page.evaluate("window.stayed") is True, "the page was not loaded anew"
    page.go_back()
    page.wait_for_function("document.querySelectorAll('table.desk tbody tr').length === 50")
    assert page.url.endswith("/accounts")


def test_typing_narrows_the_list_and_keeps_the_place_in_the_field(opens):
    opened = opens("/accounts")
    page = opened.page
    page.locator("#search").press_sequentially(BUSY, delay=20)
    page.wait_for_url(f"**/accounts?q={BUSY}")
    page.wait_for_function("document.querySelectorAll('table.desk tbody tr').length === 1")

    assert page.evaluate("document.activeElement.id") == "search"
    assert page.locator("#search").input_value() == BUSY
    assert faults(opened) == []


def test_filters_and_search_stand_together(opens):
    page = opens("/accounts?finding=INDUSTRY_CONCENTRATION").page
    page.fill("#search", "A001")
    page.wait_for_url("**q=A001*")
    page.wait_for_function("document.querySelector('.chips a[aria-current]')")

    assert page.url.endswith("/accounts?finding=INDUSTRY_CONCENTRATION&q=A001")
    assert page.locator(".chips a", has_text="50万元以下").get_attribute("href").endswith("&q=A001")


def test_the_pages_of_the_list_are_walked(opens):
    page = opens("/accounts").page
    page.click("a[rel=next]")
    page.wait_for_selector("a[rel=first]")

    assert page.locator("table.desk tbody tr").count() == len(ACCOUNTS) - 50
    assert page.evaluate("window.scrollY") == 0


def test_without_script_every_filter_is_a_link_and_the_search_a_form(opens):
    page = opens("/accounts", script=False).page
    page.click(".chips a >> text=换手过快")
    assert page.url.endswith("/accounts?finding=OVERTRADING")
    page.fill("#search", BUSY)
    page.click("text=查找")

    assert re.search(r"\?finding=OVERTRADING&q=A0001$", page.url)
    assert page.locator("table.desk tbody tr").count() == 1


def test_on_a_phone_a_line_is_a_card_with_its_step_in_reach(opens):
    page = opens("/accounts", width=390).page
    card = page.locator("table.desk tbody tr").first
    box, step = card.bounding_box(), card.locator(".step").bounding_box()

    assert not page.locator("table.desk thead").is_visible()
    assert step["x"] + step["width"] <= 390 - 15
    assert step["y"] < box["y"] + 20
    assert card.get_by_text("最大回撤").is_visible()
    assert page.get_by_role("row").count() >= 50, "it is a table for a screen reader still"


def test_on_a_desktop_a_line_is_36_pixels_high(opens):
    page = opens("/accounts").page
    heights = page.evaluate("[...document.querySelectorAll('table.desk tbody tr')].map(row => row.offsetHeight)")

    assert max(heights) <= 38


def test_the_live_charts_are_drawn_in_the_served_report(opens):
    opened = opens(f"/accounts/{BUSY}")
    opened.page.wait_for_selector("[data-live='yes'] svg path", state="attached")

    assert faults(opened) == []


def test_nothing_of_the_list_is_kept_in_the_browser(opens):
    page = opens("/accounts").page
    page.click(".chips a >> text=换手过快")
    page.wait_for_url("**finding=OVERTRADING")
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage])")

    assert "A0" not in kept


def test_from_signing_in_to_an_agreement(visit, house):
    page = visit(house.origin + "/accounts", width=390).page
    page.fill("#name", "advisor")
    page.fill("#password", "correct horse battery")
    page.click("main button[type=submit]")
    page.wait_for_url("**/accounts")
    page.locator("table.desk tbody tr").first.locator(".step").click()
    page.click("text=出具报告并继续")
    page.wait_for_selector("textarea")
    page.click("text=记录共识")

    assert page.locator("#fault-agreed_how").inner_text() == "请选择达成方式"
    page.get_by_text("面谈").click()
    page.click("text=记录共识")
    page.wait_for_url("**/reports?note=agreed")
    assert "进行中" in page.locator("#agreements").inner_text()
    page.click("text=账户 >> nth=0")
    page.goto(house.origin + "/accounts")
    assert "到期" in page.locator("table.desk tbody tr").first.locator(".step").inner_text()
    page.goto(house.origin + "/reports")
    page.locator("table.desk tbody tr a").first.click()
    assert "已出具" in page.locator(".deskbar").inner_text()
    with page.expect_download() as saved:
        page.locator("details.toc-phone summary").click()
        page.locator("details.toc-phone a", has_text="下载 PDF").click()
    assert re.fullmatch(rf"heshi-{BUSY}-[\d-]+\.pdf", saved.value.suggested_filename)


def test_clients_are_handed_over_on_a_phone_without_script(opens):
    opened = opens("/staff/S2/handover", width=390, script=False)
    page = opened.page
    page.select_option("#to_staff", "S1")
    page.fill("#clients", "C0003 C0004")
    page.click("text=预览")
    page.fill("#reason", "调岗")
    page.click("text=办理交接")
    page.wait_for_selector(".flash")

    assert "交接已办理" in page.locator(".flash").inner_text()
    page.goto(page.url.replace("S2?note=handed", "S1"))
    assert page.locator("#clients tbody tr").count() == 2
    assert faults(opened) == []
