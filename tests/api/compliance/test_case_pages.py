"""One case: what its reader may do, faults where they are made, two officers, two persons."""

from __future__ import annotations

import re

import pytest

from tests.api.conftest import FormReader, visiting
from tests.api.mismatches import GRAVE, MILD, numbers

LIST = "/suitability/cases"
PROVEN = "a" * 64


def test_a_case_says_the_article_first_then_the_fact(officer):
    page = officer.page(f"{LIST}/{GRAVE}").text
    article, fact = page.index("第十九条"), page.index("客户 C2 谨慎型，持有产品 R4 中高风险，高 2 级")

    assert article < fact
    assert "发现并立案" in page
    assert "11.34%" in page
    assert "逾期" in page


FORMS = {  # who may press what in a case that waits for a call
    "compliance": {"assign", "contact", "resolve", "note"},
    "supervisor": {"assign", "contact", "resolve", "note", "escalate"},
    "advisor": {"contact", "resolve", "note", "escalate"},
    "auditor": set(),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_page_offers_what_its_reader_may_do(watched, name):
    with visiting(watched.url, name) as reader:
        offered = {action.rpartition("/")[2] for action in FormReader.of(reader.page(f"{LIST}/{GRAVE}").text)}

    assert offered == FORMS[name]


FAULTS = [  # deed, what is typed, what is said
    ("contact", {"note": "已告知"}, 422, "请选择联系方式"),
    ("contact", {"channel": "PHONE", "note": " "}, 422, "请写明与客户沟通的内容"),
    ("contact", {"channel": "PHONE", "note": "已告知", "evidence": "录音.mp3"}, 422, "证据摘要须为文件的 SHA-256"),
    ("contact", {"channel": "PHONE", "note": "已告知", "happened_on": "2025-01-07"}, 422, "晚于今天"),
    ("assign", {"staff_no": ""}, 422, "请填写办理人的工号"),
    ("assign", {"staff_no": "S99"}, 404, "S99"),
    ("resolve", {"note": "客户已同意"}, 422, "请选择了结的方式"),
    ("resolve", {"note": "已卖出", "resolution": "CURED"}, 409, "仍不匹配"),
    ("resolve", {"note": "客户已同意", "resolution": "ACCEPTED"}, 422, "须附证据摘要"),
]


@pytest.mark.parametrize(("deed", "typed", "status", "said"), FAULTS)
def test_a_fault_is_told_where_it_was_made_and_what_was_typed_stays(officer, deed, typed, status, said):
    action = f"{LIST}/{GRAVE}/{deed}"
    answer = officer.submit(f"{LIST}/{GRAVE}", action, **typed)
    kept = FormReader.of(answer.text)[action]

    assert (answer.status_code, kept["note"]) == (status, typed.get("note", ""))
    assert said in re.search(r'class="form-fault" role="alert">([^<]*)', answer.text).group(1)
    assert kept["version"] == "1"
    assert f'open id="act-{deed}"' in answer.text


def test_two_officers_on_one_case(desk):
    action = f"{LIST}/{GRAVE}/contact"
    with desk("compliance") as officer, desk("advisor") as adviser:
        late = FormReader.of(officer.page(f"{LIST}/{GRAVE}").text)[action] | {"channel": "PHONE", "note": "我的记录"}
        adviser.submit(f"{LIST}/{GRAVE}", action, channel="COUNTER", note="客户到柜台来过")
        answer = officer.send(action, **{name: late[name] for name in ("version", "channel", "note", "happened_on")})
        kept = FormReader.of(answer.text)[action]

        assert answer.status_code == 412
        assert re.search(r'id="meanwhile">.*?联系客户</b>.*?advisor.*?客户到柜台来过', answer.text, re.S)
        assert (kept["note"], kept["version"]) == ("我的记录", "2")

        again = officer.send(action, **{**kept, "channel": "PHONE"})
        assert again.headers["Location"] == f"{LIST}/{GRAVE}?note=contact"
        assert "联系 2 次" in officer.page(f"{LIST}/{GRAVE}").text


def test_a_severe_case_is_closed_by_two_and_reopened(desk):
    place = f"{LIST}/{GRAVE}"
    with desk("advisor") as adviser, desk("supervisor") as second:
        proposed = adviser.submit(
            place, f"{place}/resolve", resolution="ACCEPTED", note="客户书面确认", evidence=PROVEN.upper()
        )
        waiting = adviser.page(place).text

        assert proposed.headers["Location"] == f"{place}?note=propose"
        assert "须由另一人复核" in waiting
        assert f"{place}/approve" not in FormReader.of(waiting)
        assert f"sha256:{PROVEN}" in waiting
        assert adviser.send(f"{place}/approve", note="同意", version="2").status_code == 403

        closed = second.submit(place, f"{place}/approve", note="材料齐全")
        assert closed.headers["Location"] == f"{place}?note=approve"
        assert "由 advisor 提议" in second.page(place).text
        assert GRAVE not in numbers(second.page(LIST).text)

        reopened = adviser.submit(place, f"{place}/reopen", note="客户反悔")
        assert "已重开" in adviser.page(reopened.headers["Location"]).text


def test_a_case_given_away_and_reported_leaves_its_adviser_to_look_on(desk):
    place = f"{LIST}/{MILD}"
    with desk("supervisor") as head, desk("advisor") as adviser:
        head.submit(place, f"{place}/assign", staff_no="S3", note="请接手")
        adviser.submit(place, f"{place}/escalate", note="客户拒绝")
        page = adviser.page(place).text

        assert "S2 → S3" in page
        assert "已上报合规，由合规了结" in page
        assert f"{place}/resolve" not in FormReader.of(page)
