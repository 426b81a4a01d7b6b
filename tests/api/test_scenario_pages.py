"""场景 by page: listed, read as seven steps, drafted with faults by line, previewed, approved by another, retired."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from sqlmodel import select

from kit.access import Role
from kit.db import transaction
from mot.scenario.desk import ScenarioDesk
from mot.scenario.types import StepId
from mot.tasks.tables import TaskRow
from tests.api.conftest import FormReader
from tests.api.small_house import browsing, small_house
from tests.databases import Databases
from tests.mot.world import CLIENTS, DAY

USERS = {
    "advisor": (Role.ADVISOR, "staff:S2"), "supervisor": (Role.SUPERVISOR, "staff:S5"),
    "compliance": (Role.COMPLIANCE, ""), "officer": (Role.COMPLIANCE, ""), "administrator": (Role.ADMINISTRATOR, ""),
    "auditor": (Role.AUDITOR, ""),
}  # fmt: skip
WARNED = CLIENTS[:3]
SPAN = {"from": str(DAY - timedelta(days=6)), "to": str(DAY)}


WARNING = {"exchange": "上交所", "measure": "口头警示", "security_name": "样例"}


@pytest.fixture(scope="module")
def made(databases: Databases) -> Iterator[str]:
    """Three warnings of the exchange, each with its task."""
    with small_house(databases, USERS, [(client, "EXCHANGE_WARNING", WARNING) for client in WARNED]) as url:
        yield url


@pytest.fixture
def url(databases: Databases, made: str) -> Iterator[str]:
    copied = databases.copy(made)
    yield copied
    databases.drop(copied)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_the_list_says_what_each_did_lately(made):
    with browsing(made, "supervisor") as visitor:
        page = words(visitor.page("/scenarios").text)
        one = words(visitor.page("/scenarios?family=ABNORMAL&state=force").text)

        assert "特殊或异常行为" in page
        assert re.search(r"交易所警示联系 exchange-warning .*? 任务 3 挡下 0 对照组 无", one)
        assert "持仓公告提示" not in one
        assert "没有符合这些条件" in visitor.page("/scenarios?state=retired").text
        assert "起草场景" not in page


def test_one_is_shown_as_its_seven_steps_with_the_words_of_the_file(made):
    with transaction(made) as session:
        scenario = ScenarioDesk(session).get("large-inflow-service").scenario
    with browsing(made, "auditor") as visitor:
        page = words(visitor.page("/scenarios/large-inflow-service").text)

    places = [page.index(f" {number} {step.label} ") for number, step in enumerate(StepId, start=1)]
    assert places == sorted(places)
    assert "风险测评有效，且并非有未了结的错配案件，且资金占比不低于 30%" in page
    assert "资金长期闲置（FIND-115）" in page
    said = [scenario.moment.why, scenario.service.opening.text, *scenario.service.avoid, scenario.review.improve]
    assert [one for one in said if one not in page] == []


def test_a_draft_with_faults_names_each_by_its_line_and_keeps_what_was_typed(url):
    with transaction(url) as session:
        text = ScenarioDesk(session).get("big-loss-company").scenario.text
    broken = text.replace("metric: COMPLAINT_AVOIDED", "metric: LUCK").replace("window_days: 5", "window_days: 500", 1)
    lines = [n for n, line in enumerate(broken.splitlines(), start=1) if "LUCK" in line or "days: 500" in line]
    with browsing(url, "compliance") as visitor:
        base = "/scenarios/new?base=big-loss-company"
        assert FormReader.of(visitor.page(base).text)["/scenarios"]["text"].strip() == text.strip()
        refused = visitor.submit(base, "/scenarios", text=broken)

        assert refused.status_code == 422
        assert [int(n) for n in re.findall(r"<li>第 (\d+) 行", refused.text)] == lines
        assert "LUCK" in FormReader.of(refused.text)["/scenarios"]["text"]
        assert visitor.page("/scenarios/new?base=no-such").status_code == 404


def test_from_the_draft_to_force_by_two_people_and_out_again(url):
    with browsing(url, "compliance") as visitor:
        form = FormReader.of(visitor.page("/scenarios/new?base=exchange-warning").text)["/scenarios"]
        changed = form["text"].replace('when: "收到当日', 'when: "当日，收到')
        assert changed != form["text"]
        place = visitor.submit("/scenarios/new?base=exchange-warning", "/scenarios", text=changed).headers["location"]
        place = place.partition("?")[0]
        early = visitor.send(f"{place}/approve", note="可以", version="1")
        done = visitor.submit(place, f"{place}/preview", first=SPAN["from"], last=SPAN["to"])
        assert (early.status_code, done.status_code) == (409, 303)
        page = visitor.page(place)
        assert f"{place}/approve" not in FormReader.of(page.text)
        assert "会生成任务 3 件，涉及 3 位客户" in words(page.text)
        own = visitor.send(f"{place}/approve", note="可以", version="2")
        assert "须由另一人批准" in own.text
    with browsing(url, "officer") as visitor:
        stale = visitor.send(f"{place}/approve", note="可以", version="1")
        bare = visitor.submit(place, f"{place}/approve", note=" ")
        assert (stale.status_code, bare.status_code) == (412, 422)
        assert visitor.submit(place, f"{place}/approve", note="可以").status_code == 303
        assert "自 2026-03-02 起" in visitor.page(place).text
        versions = re.findall(r'href="(/scenarios/exchange-warning/versions/\w+)"', visitor.page(place).text)
        old = next(one for one in versions if one != place)
        assert "由新版本取代" in visitor.page(old).text
        assert visitor.submit(place, f"{place}/retire", note="演练结束").status_code == 303
        assert FormReader.of(visitor.page(place).text).keys() & {f"{place}/approve", f"{place}/retire"} == set()
        assert "演练结束" in visitor.page("/scenarios/exchange-warning").text


def test_a_backtest_files_nothing_and_names_those_whom_the_reader_may_see(url):
    place = "/scenarios/exchange-warning"
    with browsing(url, "compliance") as visitor:
        here = re.findall(r'href="(/scenarios/exchange-warning/versions/\w+/backtest)"', visitor.page(place).text)[0]
        asked = f"{here}?from={SPAN['from']}&to={SPAN['to']}"
        page = visitor.page(asked).text
        told = words(page)

        assert "会生成任务 3 件" in told
        assert all(client in told for client in WARNED)
        assert [one in page for one in ('data-chart="fired"', 'data-chart="held"')] == [True, False]
        assert re.search(r"2026-03-02 </td>|2026-03-02 3", told)
        assert visitor.page(f"{here}?from=2026-01-01&to=2026-12-31").status_code == 422
    with browsing(url, "supervisor") as visitor:  # of the other branch
        other = visitor.page(asked)
        assert "会生成任务 3 件" in words(other.text)
        assert not any(client in words(other.text) for client in WARNED)
        assert visitor.send(here.replace("backtest", "preview"), version="3").status_code == 403
        answer = visitor.post(f"/scenarios/exchange-warning/versions/{here.split('/')[4]}/backtest",
                              {"first": SPAN["from"], "last": SPAN["to"]}).json()  # fmt: skip
        assert (answer["tasks"], answer["most_per_client"], answer["by_staff"]) == (3, {}, {})
        assert {day: sum(counts.values()) for day, counts in answer["daily"].items()} == {"2026-03-02": 3}
    with transaction(url) as session:
        assert len(session.exec(select(TaskRow)).all()) == 3
