"""Decisions: every rule, the words for each reader, the replay."""

from __future__ import annotations

import re
from types import SimpleNamespace

import orjson
import pytest

from api.pages.suitability_decision_view import replayed, value_words
from kit.access import everything
from kit.db import engine, transaction
from suitability.desk import matching_desk
from tests.api.conftest import FormReader, counted, visiting
from tests.api.mismatches import DAY
from tests.suitability.matching.test_desk import STAMP, desk_for, warned


def test_a_decision_is_listed_and_shown_with_every_rule(officer, watched):
    listed = officer.page("/suitability/decisions?client=C0001").text
    page = officer.page(f"/suitability/decisions/{watched.decision}").text

    assert f"/suitability/decisions/{watched.decision}" in listed
    assert f"/suitability/decisions/{watched.other}" not in listed
    assert "不得销售" in page
    assert len(re.findall(r'href="/suitability/rules/SUIT-\d+\?on=2025-01-06"', page)) >= 12
    assert re.search(r"<span>投资者类别</span> 普通投资者", page)
    assert "客户一侧" in page


def test_a_replay_says_identical_and_files_nothing(officer, watched):
    with counted(engine(watched.url)) as sent:
        page = officer.page(f"/suitability/decisions/{watched.decision}?replay=1").text

    assert "重演一致" in page
    assert not any(statement.startswith(("INSERT", "UPDATE", "DELETE")) for statement in sent)


def test_a_replay_says_where_it_differs(watched):
    with transaction(watched.url) as session:
        matching = matching_desk(session, everything(DAY))
        row, again = matching.row(watched.decision), matching.answer_again(watched.decision)
        facts, content = orjson.loads(row.facts), orjson.loads(row.content)
    facts["client"]["lowest"] = True
    content["verdicts"][0]["outcome"] = "WARN"
    forged = SimpleNamespace(facts=orjson.dumps(facts), content=orjson.dumps(content), digest="sha256:other")

    found = replayed(forged, again)

    assert not found.same
    assert set(found.differences) == {
        ("facts.client.lowest", "True", "False"),
        (f"verdicts[{again.verdicts[0].rule}].outcome", "WARN", again.verdicts[0].outcome.value),
    }


def test_an_adviser_reads_own_clients_on_the_product_side_in_the_words_for_them(watched):
    place = f"/suitability/decisions/{watched.decision}"
    with visiting(watched.url, "advisor") as adviser, visiting(watched.url, "colleague") as other:
        page = adviser.page(place).text

        assert "客户一侧" not in page
        assert "对监管" not in page
        assert adviser.page(f"{place}?words=regulator").status_code == 403
        assert other.page(place).status_code == 404


def test_duties_are_done_on_the_page_the_confirmation_by_the_client_alone(databases, watched):
    url = databases.copy(watched.url)
    with transaction(url) as session:
        number = desk_for(session, warned()).decide(warned().request, STAMP).id
    place = f"/suitability/decisions/{number}"
    with visiting(url, "advisor") as adviser, visiting(url, "client") as client, visiting(url, "compliance") as looker:
        assert f"{place}/duties" not in looker.page(place).text
        forms = FormReader.of(adviser.page(place).text)
        told = [one.rpartition("/")[2] for one in forms if one.startswith(f"{place}/duties/")]
        early = client.submit(place, f"{place}/confirmation")
        bare = adviser.submit(place, f"{place}/duties/WRITTEN_WARNING", channel="COUNTER")
        done = [
            adviser.submit(place, f"{place}/duties/{duty}", channel="COUNTER", evidence="a" * 64)
            for duty in told if duty != "CLIENT_CONFIRM"
        ]  # fmt: skip
        confirmed = client.submit(place, f"{place}/confirmation")
        page = client.page(confirmed.headers["Location"]).text

    assert {"TELL_SIX", "TELL_MISMATCH", "WRITTEN_WARNING", "CLIENT_CONFIRM", "RECORD"} <= set(told)
    assert (early.status_code, "客户确认之前须先完成" in early.text) == (409, True)
    assert (bare.status_code, "须附材料摘要" in bare.text) == (422, True)
    assert [one.status_code for one in (*done, confirmed)] == [303] * len(told)
    assert "待履行" not in page
    assert "冷静期" in page
    databases.drop(url)


WORDS = [
    ("client.level", "C2", "C2 谨慎型"), ("client.level", None, "没有评估"), ("client.lowest", False, "否"),
    ("client.birth_date", "1956-03-01", "1956 年"), ("request.amount", "50000.00", "5.00 万元"),
    ("client.gates", {"STAR": "2024-01-02"}, "科创板（2024-01-02 起）"), ("client.gates", {}, "无"),
    ("product.term_days", None, "不定期"), ("holding.total_value", None, "未登记"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "words"), WORDS)
def test_a_fact_in_words(field, value, words):
    assert value_words(field, value) == words
