"""The pages of suitability in a real browser: strict policy, phone, dark, a chip, a view, a digest, no script."""

from __future__ import annotations

import hashlib

import pytest

from kit.db import transaction
from tests.api.mismatches import GRAVE, decide, observe
from tests.browser.house import open_house

pytestmark = pytest.mark.browser

LIST = "/suitability/cases"
PLACES = [
    LIST, f"{LIST}?q=nobody", f"{LIST}/{GRAVE}", "/suitability/decisions", "/suitability/decisions/{decision}?replay=1",
    "/suitability/rules", "/suitability/rules?set=suitability/matching", "/suitability/rules/WATCH-RULES",
    "/suitability/changes", "/suitability/changes/new?file=bands",
]  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with open_house(tmp_path_factory.mktemp("suitability")) as opened:
        with transaction(opened.url) as session:
            observe(session)
            decision = decide(session)
        yield opened, decision


@pytest.fixture
def opens(visit, house):
    """Opens a place of the application as its compliance officer."""
    opened, decision = house
    cookie = opened.cookie("compliance")

    def go(place, **how):
        return visit(opened.origin + place.format(decision=decision), cookie=cookie, **how)

    return go


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_page_is_whole_under_the_strict_policy(opens, house, place, width, scheme):
    opened = opens(place, width=width, scheme=scheme)

    assert opened.errors == []
    assert all(url.startswith(house[0].origin) for url in opened.requests)
    assert opened.overflow() <= 0
    assert opened.page.locator("h1").count() == 1


def test_a_choice_narrows_the_list_in_place_under_a_plain_address(opens):
    page = opens(LIST).page
    page.evaluate("window.stayed = true")
    page.select_option("#by-level", "R4")
    page.wait_for_url(f"**{LIST}?level=R4")
    page.wait_for_selector("#by-level.chosen")
    page.click(".chips a >> text=严重")
    page.wait_for_url("**severity=SEVERE*")

    assert page.locator("table.cases tbody tr").count() == 1
    assert page.url.endswith(f"{LIST}?severity=SEVERE&level=R4")
    assert page.evaluate("window.stayed") is True, "the page was not loaded anew"


def test_a_view_is_saved_and_comes_back_as_a_chip(opens):
    page = opens(f"{LIST}?overdue=1").page
    page.click(".keep summary")
    page.fill("#view-name", "本周")
    page.click(".keep-box button.primary")
    page.wait_for_selector(".chips a[aria-current] >> text=本周")

    assert page.url.endswith("overdue=1&note=saved")


def test_the_digest_of_a_chosen_file_is_made_here_and_the_file_goes_nowhere(opens):
    opened = opens(f"{LIST}/{GRAVE}")
    page = opened.page
    asked = len(opened.requests)
    page.set_input_files(
        "[data-digest-of=evidence-contact]", {"name": "call.wav", "mimeType": "audio/wav", "buffer": b"hello"}
    )
    page.wait_for_function("document.getElementById('evidence-contact').value !== ''")

    assert page.input_value("#evidence-contact") == f"sha256:{hashlib.sha256(b'hello').hexdigest()}"
    assert all("/static/" in url for url in opened.requests[asked:])


def test_without_script_a_case_is_worked(opens):
    page = opens(f"{LIST}/{GRAVE}", script=False).page
    page.click("label:has(input[value=PHONE])")
    page.fill("#note-contact", "已电话告知")
    page.click("#act-contact button")

    assert page.url.endswith(f"{LIST}/{GRAVE}?note=contact")
    assert page.locator(".timeline li").first.inner_text().startswith("联系客户")


def test_on_a_phone_the_next_step_is_in_reach(opens):
    page = opens(LIST, width=390).page
    card = page.locator("table.cases tbody tr").first
    box, step = card.bounding_box(), card.locator(".step").bounding_box()

    assert box["width"] <= 390
    assert step["x"] + step["width"] <= 390
    assert step["y"] - box["y"] < 40, "beside who it is about"
