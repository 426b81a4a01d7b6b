"""Pages of service: a contact moves the promise, a complaint from receipt to the second look, a round of a survey."""

from __future__ import annotations

import re

from clients.satisfaction.service import SurveyService
from clients.satisfaction.types import AnswerAsk
from clients.staff.filing import Stamp
from kit.access import Actor, Role, everything
from kit.db import transaction
from tests.api.conftest import NOW, FormReader, visiting

CLIENT = "/clients/C0001/service"
TODAY = NOW.date().isoformat()
STAMP = Stamp(Actor("u-house", "house", Role.COMPLIANCE), NOW)


def shown(page: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", " ", page))


def test_a_contact_moves_the_promise_and_the_client_does_not_read_the_notes(book_url):
    with visiting(book_url, "advisor") as adviser, visiting(book_url, "client") as client:
        before = shown(adviser.page(CLIENT).text)
        done = adviser.submit(
            f"{CLIENT}/contacts/new", f"{CLIENT}/contacts", channel="PHONE", purpose="CARE", reached="Y",
            note="约定下月复盘",
        )  # fmt: skip
        after = shown(adviser.page(CLIENT).text)
        own = shown(client.page(CLIENT).text)
        again = adviser.submit(
            f"{CLIENT}/contacts/new", f"{CLIENT}/contacts", channel="", purpose="CARE", note="没有选方式"
        )
        due = shown(adviser.page("/service?within=0").text)

    assert done.status_code == 303, done.text
    assert "还没有接触记录" in before
    assert "约定下月复盘" in after
    assert "2026-01-06" in after, "a year after the contact of 2025-01-06"
    assert "基础服务" in own
    assert "约定下月复盘" not in own
    assert again.status_code == 422
    assert "请选择联系方式" in again.text
    assert "没有选方式" in again.text, "what was typed stays"
    assert "没有到期的承诺" in due


def test_a_grave_complaint_from_receipt_to_the_second_look(book_url):
    told = {"client_no": "C0001", "way": "PHONE", "complainant": "CLIENT", "topic": "SALES", "severity": "MAJOR",
            "content": "推荐的产品风险高于本人等级"}  # fmt: skip
    with visiting(book_url, "supervisor") as head, visiting(book_url, "compliance") as second:
        made = head.submit("/complaints/new", "/complaints", **told, about_staff_no="S3")
        place = made.headers["location"].partition("?")[0]
        acts, review = f"{place}/acts", f"{place}/review"
        fields = FormReader.of(head.page(place).text)[acts]
        assigned = head.send(acts, **fields | {"act": "ASSIGN", "staff_no": "S2", "note": ""})
        muted = head.page(CLIENT).text
        stale = head.send(acts, **fields | {"act": "NOTE", "note": "晚了一步"})
        fields = FormReader.of(head.page(place).text)[acts]
        empty = head.send(acts, **fields | {"act": "CONCLUDE", "conclusion": "UPHELD", "note": "属实", "lesson": ""})
        ended = head.send(acts, **fields | {"act": "CONCLUDE", "conclusion": "UPHELD", "note": "属实，已答复",
                                            "lesson": "先看等级再推荐"})  # fmt: skip
        own = head.page(place).text
        agreed = second.send(review, **FormReader.of(second.page(place).text)[review]
                             | {"act": "APPROVE", "note": "同意"})  # fmt: skip
        closed = shown(second.page(place).text)
        listed = shown(head.page("/complaints?show=closed").text)
    with visiting(book_url, "stranger") as other:
        hidden = other.page(place).status_code

    assert made.status_code == assigned.status_code == ended.status_code == agreed.status_code == 303
    assert f'href="{place}"' in muted, "nothing is marketed while it is open"
    assert stale.status_code == 412
    assert "晚了一步" in stale.text
    assert empty.status_code == 422
    assert review not in FormReader.of(own), "nobody approves what they proposed"
    assert "已办结" in closed
    assert "先看等级再推荐" in closed
    assert place.rpartition("/")[2] in listed
    assert hidden == 404


def test_a_round_with_its_interval(book_url):
    with visiting(book_url, "compliance") as desk:
        opened = desk.submit(
            "/surveys/new", "/surveys", code="2025-Q1", title="一季度", first_on=TODAY, last_on="2025-03-31",
            invited="40",
        )  # fmt: skip
        twice = desk.submit("/surveys/new", "/surveys", code="2025-Q1", title="又一次", first_on=TODAY, last_on=TODAY)
        empty = shown(desk.page("/surveys/2025-Q1").text)
        with transaction(book_url) as session:
            survey = SurveyService(session, everything(NOW.date()))
            for place, number in enumerate(("C0001", "C0002", "C0003", "C0004", "C0005", "C0006")):
                score = 5 if place else 1
                ask = AnswerAsk(
                    client_no=number, round_code="2025-Q1", answered_at=NOW, score=score, recommend=score * 2
                )
                survey.answer(ask, STAMP)
        page = desk.page("/surveys/2025-Q1").text

    assert (opened.status_code, twice.status_code) == (303, 409)
    assert "还没有您能看到的答卷" in empty
    assert "83.3%" in page
    assert "43.6% 至 97.0%" in page, "Wilson of 5 in 6"
    assert "+67" in page
    assert 'class="interval"' in page
    assert "回收 15.0%" in page


def test_load_and_records_say_what_is_there(book_url):
    with visiting(book_url, "supervisor") as head, visiting(book_url, "advisor") as adviser:
        load = shown(head.page("/service/load").text)
        quality = head.page("/records?check=PHONE_MISSING").text
        refused = adviser.page("/service/load").status_code
        nothing = head.send("/service/load/steps", reason="商定")
        stale = head.send("/service/load/steps", reason="商定", step="C0001|CONTACT|1999-01-04|SPREAD||1999-01-11")

    assert "每个人、每一周" in load
    assert (nothing.status_code, stale.status_code) == (422, 409)
    assert "请至少选择一项" in nothing.text
    assert "请刷新后再选" in stale.text
    assert "没有电话" in quality
    assert "扣分合计" in quality
    assert refused == 403
