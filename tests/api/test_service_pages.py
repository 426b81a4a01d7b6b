"""Pages of service: a contact moves the promise, a complaint from receipt to the second look, a round of a survey."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from clients.satisfaction.service import SurveyService
from clients.satisfaction.types import AnswerAsk
from clients.staff.filing import Stamp
from kit.access import Actor, Role, everything
from kit.db import transaction
from tests.api.conftest import NOW, FormReader, visiting
from tests.api.subscription_things import SERVICE, publish

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
        step = "C0001|CONTACT|1999-01-04|SPREAD||1999-01-11"
        stale = head.send("/service/load/steps", reason="商定", step=step)
        listed = head.send("/service/load/steps", reason="商定", listed=step)
        every = head.send("/service/load/steps", reason="商定", listed=step, every="1")
        beyond = head.page("/service/load?measure=SPREAD&staff=S2&page=99").status_code

    assert "每个人、每一周" in load
    assert (nothing.status_code, stale.status_code, beyond) == (422, 409, 200)
    assert (listed.status_code, every.status_code) == (422, 409), "what is shown is accepted only when asked for"
    assert "请至少选择一项" in nothing.text
    assert "请刷新后再选" in stale.text
    assert "没有电话" in quality
    assert "扣分合计" in quality
    assert refused == 403


def test_a_service_is_checked_then_published_and_a_false_discount_is_told_with_its_evidence(book_url):
    at = datetime(2024, 12, 1, tzinfo=UTC)
    with transaction(book_url) as session:
        publish(session, Stamp(Actor("svc", "系统", Role.SERVICE), at), at.date())
    with visiting(book_url, "compliance") as desk, visiting(book_url, "supervisor") as other:
        place = f"/services/{SERVICE}/plans"
        form = FormReader.of(desk.page(f"{place}/new?plan=TERM").text)[place]
        new = form | {"basis": "TERM", "signal": "ODD_ENDING", "prices": "30 88\n360 888", "valid_from": "2025-02-01"}
        checked = shown(desk.send(place, **new | {"deed": "CHECK"}).text)
        malformed = desk.send(place, **new | {"prices": "30 天 88", "deed": "PUBLISH"})
        negative = desk.send(place, **new | {"prices": "30 88\n360 -5", "deed": "PUBLISH"})
        done = desk.send(place, **new | {"deed": "PUBLISH"})
        discount = {"code": "SALE", "name": "促销", "basis": "TERM", "prices": "30 68", "signal": "PROMOTION",
                    "signal_detail": "新年促销，限首次订购", "valid_from": "2025-01-07", "valid_to": "2025-01-31",
                    "reference_price": "99", "reference_plan": "TERM", "reference_days": "30", "deed": "PUBLISH"}
        false = desk.send(place, **discount)
        plan = {"code": "TWO", "name": "两周", "basis": "TERM", "valid_from": "2025-01-07",
                "terms": [{"days": 14, "price": "48.00"}]}  # fmt: skip
        told = desk.post(f"/services/{SERVICE}/versions", {"plans": [plan]})
        again = desk.post(f"/services/{SERVICE}/versions", {"plans": [plan], "dry_run": True}).json()
        refused = other.page(f"{place}/new").status_code
        page = shown(desk.page(f"/services/{SERVICE}").text)

    assert "可以发布：方案TERM第2版；还没有发布" in checked
    assert (malformed.status_code, done.status_code, false.status_code, refused) == (422, 303, 409, 403)
    assert "价格第 1 行“30 天 88”" in malformed.text
    assert (negative.status_code, "价格第 2 行的价格：应为不小于 0" in negative.text) == (422, True)
    assert "没有人付过这个价；核对了 0 笔" in false.text
    assert "其间没有一笔" in shown(false.text)
    assert (told.status_code, told.json()["made"]) == (200, ["方案 TWO 第 1 版"])
    assert (again["made"], again["known"], again["dry_run"]) == ([], ["方案 TWO"], True)
    assert "30天88元" in page
