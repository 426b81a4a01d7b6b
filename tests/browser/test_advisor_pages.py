"""The pages of advisors' grades in a real browser: strict policy, phone and dark, charts drawn, rows one click away."""

from __future__ import annotations

import pytest

from advisors.periods.service import PeriodDesk
from advisors.types import period_of
from clients.staff.filing import Stamp
from kit.access import Actor, Role, everything
from kit.db import transaction
from tests.advisors.periods.house import card
from tests.browser.house import NOW, open_house

pytestmark = pytest.mark.browser

QUARTER = period_of("2024Q4")
RUN = "/advisors/2024Q4-1"
PLACES = ["/advisors", RUN, f"{RUN}/cards/S2", f"{RUN}/cards/S2/rows/retention_heads", "/advisors/moves"]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    maker = Stamp(Actor("u-house", "house", Role.SERVICE), NOW)
    boss = Stamp(Actor("u-other", "other", Role.COMPLIANCE), NOW)
    with open_house(tmp_path_factory.mktemp("advisors")) as opened:
        with transaction(opened.url) as session:
            desk = PeriodDesk(session, everything(NOW.date()))
            run = desk.run(QUARTER, [card("S2", 58.5, QUARTER), card("S3", 31.0, QUARTER)], maker)
            run = desk.submit(run.number, expected_version=run.version, stamp=maker)
            run = desk.approve(run.number, digest=run.digest, expected_version=run.version, stamp=boss)
            desk.publish(run.number, effective_from=NOW.date(), expected_version=run.version, stamp=maker)
        yield opened


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_page_is_whole_under_the_strict_policy(visit, house, place, width, scheme):
    opened = visit(house.origin + place, cookie=house.cookie("compliance"), width=width, scheme=scheme)

    assert opened.errors == []
    assert opened.overflow() <= 0
    assert opened.page.locator("h1").count() == 1


def test_the_charts_of_a_card_are_drawn_and_a_point_leads_to_its_rows(visit, house):
    page = visit(house.origin + f"{RUN}/cards/S2", cookie=house.cookie("advisor")).page
    page.wait_for_selector("[data-chart='card-steps'] svg, [data-chart='card-steps'] canvas")
    page.click("a[href$='/rows/aum_growth']")
    page.wait_for_url("**/rows/aum_growth")
    assert page.locator("h1").inner_text() == "资产增长率"
