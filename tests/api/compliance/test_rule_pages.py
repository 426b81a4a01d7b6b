"""The rule book by day, and changes of rules from draft to approval."""

from __future__ import annotations

import re
from html import unescape

import pytest

from api.pages.suitability_change_view import sentence
from api.pages.suitability_rule_view import parts_of, shortened
from kit.rulebook import load_rulebook
from tests.api.conftest import FormReader


def test_the_rule_book_lists_every_set_and_marks_what_nobody_confirmed(officer):
    page = officer.page("/suitability/rules").text
    waiting = officer.page("/suitability/rules?set=suitability/category&unconfirmed=1").text
    own = [rule for rule in load_rulebook("suitability", "category") if not rule.confirmed]

    assert {"suitability/matching", "market/fees", "diagnosis/metrics"} <= set(re.findall(r"\?set=([\w/]+)", page))
    assert waiting.count('class="step-cell"') == 0
    assert waiting.count(">待核</span>") == len(own)


def test_a_rule_shows_its_value_on_the_day_and_every_other(officer):
    now = officer.page("/suitability/rules/FEE-STAMP?on=2024-06-03").text
    before = officer.page("/suitability/rules/FEE-STAMP?on=2023-08-25").text
    found = officer.page("/suitability/rules?q=印花税&on=2024-06-03").text

    assert "2024-06-03 在用" in now
    assert re.findall(r'class="held( now)?"', now)[0] == " now", "the latest stands first"
    assert re.findall(r'class="held( now)?"', before)[:2] == ["", " now"]
    assert "FEE-STAMP?on=2024-06-03" in found


@pytest.mark.parametrize(("path", "status", "said"), [
    ("/suitability/rules/FEE-STAMPS", 404, "FEE-STAMP"), ("/suitability/rules?q=nothing-like-it", 200, "没有找到"),
    ("/suitability/rules?on=1889-01-01", 422, ""),
])  # fmt: skip
def test_what_is_not_in_the_rule_book(officer, path, status, said):
    answer = officer.page(path)

    assert answer.status_code == status
    assert said in answer.text


def test_values_in_words():
    assert shortened({"outcome": {"FIRM": "REFUSE", "CLIENT": "WARN"}, "duties": ["TELL_SIX"]}) == (
        "公司主动推介 不得销售，客户主动要求 须特别警示后由客户确认；义务：六项告知"
    )
    assert parts_of([{"a": 1, "b": True}, {"a": 2, "b": False}]).rows == (("", "1", "是"), ("", "2", "否"))
    assert [one.name for one in parts_of({"share": {"R1": 1.0}}).parts] == ["占比上限"]


# changes of rules


def narrower(since: str) -> str:
    """The matching rules with a lower limit of concentration from a day on."""
    before = "share: {R1: 1.0, R2: 1.0, R3: 0.5, R4: 0.3, R5: 0.2}\n"
    text = load_rulebook("suitability", "matching").text
    assert before in text
    duties = "duties: [TELL_CONCENTRATION, CLIENT_CONFIRM]"
    value = f"{{outcome: {{FIRM: REFUSE, CLIENT: WARN}}, {duties}, {before[:-1].replace('R4: 0.3', 'R4: 0.25')}}}"
    return text.replace(before, f"{before}    - from: {since}\n      value: {value}\n")


def test_a_change_is_drafted_previewed_and_approved_by_another(desk):
    new = "/suitability/changes/new?file=matching"
    with desk("compliance") as officer, desk("checker") as checker:
        given = {"title": "集中度收紧", "reason": "年度检视", "effective_from": "2025-02-03"}
        bad = officer.submit(new, "/suitability/changes", **given, text="- id: X")
        drafted = officer.submit(new, "/suitability/changes", **given, text=narrower("2025-02-03"))
        place = drafted.headers["Location"].partition("?")[0]
        previewed = officer.submit(place, f"{place}/preview")
        own = officer.page(previewed.headers["Location"]).text

        assert bad.status_code == 422
        assert "草稿不是有效的规则文件" in bad.text
        assert FormReader.of(bad.text)["/suitability/changes"]["title"] == "集中度收紧"
        assert re.search(r"占比上限 · R4</th><td>30%</td><td><b>25%</b>", own)
        assert "由您起草，须由另一人批准" in own
        assert f"{place}/approve" not in FormReader.of(own)

        stale = checker.send(f"{place}/approve", reason="同意", shown="sha256:0")
        assert (stale.status_code, "请先看最近的一次" in stale.text) == (409, True)
        approved = checker.submit(place, f"{place}/approve", reason="同意")
        assert approved.headers["Location"] == f"{place}?note=approved"
        assert "已批准" in officer.page("/suitability/changes").text
        assert "自 2025-02-03 按已批准的变更" in officer.page("/suitability/rules?on=2025-02-03").text
        assert "25%" in officer.page("/suitability/rules/SUIT-130?on=2025-02-03").text

        back = officer.submit(place, f"{place}/rollback", reason="误改", effective_from="2025-02-03")
        number = back.headers["Location"].rpartition("/")[2].partition("?")[0]
        assert f"已由第 {number} 号变更回滚" in officer.page(place).text
        assert f"已由第 {number} 号回滚" in officer.page("/suitability/changes").text


def test_the_floors_of_the_law_are_told_in_words(officer):
    page = unescape(officer.page("/suitability/rules?set=suitability/floors").text)

    assert "不得去掉、放宽的条件：科创板：申请权限开通前 20 个交易日日均资产不低于" in page
    assert "须为：形式 客户确认" in page
    assert not re.search(r"at_most|at_least|holds|unlike|conditions：", page)


def test_a_preview_in_one_sentence():
    result = {
        "levels": {"changed": 4, "down": 3, "up": 1}, "holdings": {"appear": 12, "heal": 0}, "offers": {"change": -106},
    }

    assert sentence(result) == (
        "4 位客户等级会变（下调 3，上调 1），新增错配 12 件，不消除错配，可推介的客户与产品组合减少 106 个。"
    )
