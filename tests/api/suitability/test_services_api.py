"""The catalogue and a subscription by token and by page: checked, signed, paid, cancelled."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from clients.staff.tables import QualificationRow, StaffRow
from kit.db import transaction
from kit.identity.types import Door
from suitability.rating.service import RatingService
from tests.api.conftest import NOW, Visitor
from tests.api.people import SINCE, sign_in
from tests.api.subscription_things import SERVICE, publish
from tests.api.things import house_stamp

TODAY = NOW.date()
PATH = "/clients/C0001/subscriptions"
DOCUMENT = "sha256:" + "a" * 64
ASK = {"service": SERVICE, "plan": "TERM", "asked_by": "CLIENT", "days": 30}


@pytest.fixture(scope="module")
def counter(shelf):
    """The shop for those who only look."""
    return on_sale(shelf)


@pytest.fixture
def shop(house):
    return on_sale(house)


def on_sale(house):
    """The house with one service on sale, and S2 registered to advise."""
    with transaction(house.url) as session:
        publish(session, house_stamp(NOW), TODAY)
        RatingService(session).rate_all(TODAY, house_stamp(NOW))
        staff = session.exec(select(StaffRow).where(col(StaffRow.staff_no) == "S2")).one()
        session.add(QualificationRow(staff_id=staff.id, licence="INVESTMENT_ADVISER", valid_from=SINCE))
    return house


@pytest.fixture
def applied(shop):
    """C0001 is assessed and has applied; what has to be told was told."""
    shop.assess("C5")
    made = shop.as_("client").post(PATH, ASK)
    assert made.status_code == 201, made.text
    for duty in made.json()["duties"]:
        done = shop.as_("advisor").post(
            f"/suitability/decisions/{made.json()['decision_id']}/duties/{duty['duty']}",
            {"channel": "COUNTER", "evidence": DOCUMENT},
        )
        assert done.status_code in (200, 201), done.text
    return made


def test_the_catalogue_is_for_everybody(counter):
    (listed,) = counter.as_("client").get("/services").json()["items"]
    found = counter.as_("stranger").get(f"/services/{SERVICE}").json()

    assert (listed["code"], listed["level"], listed["plans"]) == (SERVICE, "R1", ["ASSETS", "TERM", "USES"])
    assert [tier["price"] for tier in found["prices"][0]["tiers"]] == ["0.005", "0.0035"]
    assert counter.as_("client").get("/services", day="2025-01-05").json()["items"] == []


PRICES = [
    ({"plan": "TERM", "days": 30}, 200, "99.00"),
    ({"plan": "ASSETS", "days": 365, "size": "600000"}, 200, "2850.00"),
    ({"plan": "USES", "size": "2"}, 200, "600.00"),
    ({"plan": "TERM", "days": 31}, 422, "price-ask-refused"),
    ({"plan": "NONE", "days": 30}, 404, "no-such-plan"),
    ({"plan": "TERM", "days": 30, "day": "2025-01-05"}, 409, "not-for-sale"),
    ({"plan": "ASSETS", "days": 365, "size": "-1"}, 422, "malformed"),
]


@pytest.mark.parametrize(("asked", "status", "told"), PRICES)
def test_prices(counter, asked, status, told):
    answer = counter.as_("client").get(f"/services/{SERVICE}/price", **asked)

    assert answer.status_code == status, answer.text
    body = answer.json()
    assert told in (body.get("amount"), body.get("type", "").removeprefix("urn:problem:"))


def test_from_the_application_to_the_refund(shop, applied):
    one, client = applied.json(), shop.as_("client")
    path = f"{PATH}/{one['number']}"
    assert (one["state"], one["outcome"], one["fee"]) == ("APPLIED", "ALLOW", "99.00")
    seen = client.get(path)
    text = seen.json()["disclosure"]["digest"]

    assert client.post(f"{path}/signing", {"signed_text": text}).status_code == 428
    wrong = client.post(f"{path}/signing", {"signed_text": DOCUMENT, "advisor_no": "S2"}, version=seen.headers["etag"])
    alone = client.post(f"{path}/signing", {"signed_text": text}, version=seen.headers["etag"])
    assert [answer.json()["type"].rpartition(":")[2] for answer in (wrong, alone)] == [
        "disclosure-not-signed", "advisor-not-registered",
    ]  # fmt: skip
    signed = client.post(f"{path}/signing", {"signed_text": text, "advisor_no": "S2"}, version=seen.headers["etag"])
    assert (signed.json()["state"], signed.json()["cancel_until"], signed.json()["due"]) == (
        "ACTIVE", "2025-01-13", "99.00",
    )  # fmt: skip
    paid = shop.as_("service").post(
        f"{path}/payments", {"amount": "99.00", "reference": "RZ1"}, version=signed.headers["etag"]
    )
    assert (paid.json()["paid"], paid.json()["due"]) == ("99.00", "0.00")
    assert client.post(f"{path}/cancellation", {}, version=signed.headers["etag"]).status_code == 412
    cancelled = client.post(f"{path}/cancellation", {"reason": "不需要了"}, version=paid.headers["etag"])
    assert (cancelled.json()["state"], cancelled.json()["refunded"]) == ("CANCELLED", "99.00")
    assert [event["kind"] for event in cancelled.json()["events"]] == ["APPLIED", "SIGNED", "PAID", "CANCELLED"]
    assert shop.actions("subscription") == [
        "subscription.applied", "subscription.signed", "subscription.paid", "subscription.cancelled",
    ]  # fmt: skip


def test_without_an_assessment_the_refusal_is_an_answer(shop):
    made = shop.as_("client").post(PATH, ASK)

    assert (made.status_code, made.json()["state"], made.json()["outcome"]) == (201, "REFUSED", "REFUSE")
    decision = shop.as_("client").get(f"/suitability/decisions/{made.json()['decision_id']}").json()
    assert "SUIT-010" in [one["rule"] for one in decision["verdicts"] if one["hit"]]


def test_after_the_fifth_working_day_the_way_out_is_told(shop, applied):
    client, path = shop.as_("client"), f"{PATH}/{applied.json()['number']}"
    seen = client.get(path)
    text = seen.json()["disclosure"]["digest"]
    signed = client.post(f"{path}/signing", {"signed_text": text, "advisor_no": "S2"}, version=seen.headers["etag"])
    shop.later(days=8)  # 14 January, the sixth
    late = shop.as_("client").post(f"{path}/cancellation", {}, version=signed.headers["etag"])
    ended = shop.as_("client").post(f"{path}/termination", {"reason": "搬家"}, version=signed.headers["etag"])

    assert (late.status_code, late.json()["type"]) == (409, "urn:problem:cancellation-over")
    assert "可以终止协议" in late.json()["detail"]
    assert (ended.json()["state"], ended.json()["fee"], ended.json()["due"]) == ("TERMINATED", "29.70", "0.00")


def test_the_pages_carry_the_same_deeds(shop, applied):
    house, number = shop, applied.json()["number"]
    page = Visitor(house.client, sign_in(house.url, "client", house.at, Door.PAGE).cookie)
    base = "/clients/C0001/services"

    assert "示例投顾服务" in page.page("/services").text
    asked = page.page(f"/services/{SERVICE}?plan=TERM&days=30").text
    assert "<b>99.00</b> 元" in asked
    assert "没有 31 天的期限" in page.page(f"/services/{SERVICE}?plan=TERM&days=31").text
    assert number in page.page(base).text
    refused = page.submit(f"{base}/new", base, choice=f"{SERVICE}|TERM", days="30")
    assert (refused.status_code, "已有服务" in refused.text) == (409, True)
    bare = page.submit(f"{base}/{number}", f"{base}/{number}/sign")
    assert (bare.status_code, "请填写其工号" in bare.text) == (409, True)
    signed = page.submit(f"{base}/{number}", f"{base}/{number}/sign", advisor_no="S2")
    assert (signed.status_code, signed.headers["location"]) == (303, f"{base}/{number}?note=signed")
    assert "2025-01-13" in page.page(f"{base}/{number}").text
    done = page.submit(f"{base}/{number}", f"{base}/{number}/cancel", reason="不需要了")
    assert done.headers["location"].endswith("note=cancelled")
    assert "全额退还" in page.page(done.headers["location"]).text
