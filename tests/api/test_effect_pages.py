"""效果 by page and API: what is missing is said plainly, and each sees the series of those they answer for."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from clients.staff.filing import Stamp
from kit.access import Actor, Role
from kit.db import transaction
from mot.effect.registration import register, register_programme
from mot.effect.tables import SeriesRow
from mot.scenario.loading import shipped
from tests.api.conftest import NOW, visiting
from tests.api.people import settle

DAY = date(2025, 1, 3)
UNITS = [
    ("FIRM", "", "全公司", ""), ("BRANCH", "B1", "营业部B1", "B1"), ("BRANCH", "B2", "营业部B2", "B2"),
    ("ADVISOR", "S2", "员工S2", "B1"), ("ADVISOR", "S5", "员工S5", "B2"), ("GRADE", "T1", "50万元以下", ""),
]  # fmt: skip


@pytest.fixture
def url(database_url, var_dir):
    """Two days of every unit, and the plans of two scenarios."""
    with transaction(database_url) as session:
        settle(session, {}, NOW)
        for back in (1, 0):
            for level, unit, name, branch in UNITS:
                session.add(SeriesRow(
                    day=DAY - timedelta(days=back), level=level, unit=unit, name=name, branch_no=branch, clients=10,
                    known=9, aum=Decimal(1_200_000 - 100_000 * back), flow=Decimal(70_000), market=Decimal(30_000),
                    mau=6,
                ))  # fmt: skip
        chosen = [one for one in shipped(DAY) if one.id in ("churn-retain", "exchange-warning")]
        by = Stamp(Actor("u", "house", Role.SERVICE), NOW)
        register(session, chosen, DAY, by)
        register_programme(session, 0.05, DAY, by)
    return database_url


def test_what_is_missing_is_said_plainly(url):
    with visiting(url, "compliance") as visitor:
        page = visitor.page("/effect").text
        listed = {one["plan"]["scenario_id"]: one for one in visitor.api("/effects").json()["items"]}
        digest = listed["churn-retain"]["plan"]["version"][7:19]
        one = visitor.page(f"/effect/scenarios/churn-retain/{digest}").text

        whole = visitor.api("/effects/programme").json()["items"]
        also = visitor.page(f"/effect/scenarios/*/{whole[0]['plan']['version'][7:19]}").text

        assert "样本不足，还差 60 人" in page
        assert "全部场景合在一起" in page
        assert [(one["plan"]["metric"], one["plan"]["share_held"]) for one in whole] == [("AUM", 0.05), ("MAU", 0.05)]
        assert "对照组即全局对照组" in also
        assert "没有对照组" in page
        assert [it["lack"] for it in listed["churn-retain"]["finding"]["missing"]] == ["NOT_DUE", "TOO_FEW", "TOO_FEW"]
        assert "复核日 2027-05-31 之前只看样本" in one
        assert visitor.api(f"/effects/churn-retain/versions/{digest}").json()["advice"] == []
        assert visitor.api("/effects/reviews").json() == {"items": []}


def test_the_charts_say_where_the_growth_came_from(url):
    with visiting(url, "auditor") as visitor:
        page = visitor.page("/effect").text

        assert (
            "由 110.00 万元 到 120.00 万元：净流入 +7.00 万元，市场 +3.00 万元，进出统计 0 元；剔除市场 +6.36%" in page
        )
        assert "另有 1 人资产不明，未计入" in page
        assert 'data-chart="aum"' in page
        assert 'data-chart="mau"' in page
        assert "style=" not in page


SEEN = [  # who, levels that the API gives, whether scenarios are shown
    ("advisor", {("ADVISOR", "S2")}, False),
    ("supervisor", {("BRANCH", "B1"), ("ADVISOR", "S2")}, False),
    ("compliance", {(level, unit) for level, unit, _, _ in UNITS}, True),
]


@pytest.mark.parametrize(("who", "units", "scenarios"), SEEN)
def test_each_sees_the_series_of_those_they_answer_for(url, who, units, scenarios):
    with visiting(url, who) as visitor:
        items = visitor.api("/platform-series", first="2025-01-01", last="2025-01-06").json()["items"]
        page = visitor.page("/effect")

        assert {(one["level"], one["unit"]) for one in items} == units
        assert page.status_code == 200
        assert ("场景的效果" in page.text) is scenarios
        assert visitor.api("/effects").status_code == (200 if scenarios else 403)


def test_a_year_and_more_at_once_is_refused(url):
    with visiting(url, "compliance") as visitor:
        told = visitor.api("/platform-series", first="2020-01-01", last="2025-01-01")

        assert told.status_code == 422
        assert "400 天" in told.json()["detail"]


def test_without_a_series_the_page_says_what_fills_it(database_url, var_dir):
    with transaction(database_url) as session:
        settle(session, {}, NOW)
    with visiting(database_url, "compliance") as visitor:
        page = visitor.page("/effect").text

        assert "heshi mot effect fill" in page
        assert "还没有登记过指标" in page
