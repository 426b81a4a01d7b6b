"""发送记录 by page and API: what got stuck is seen, handled by hand with a reason, and leaves its trail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kit.db import transaction
from mot.channels.addresses import AddressBook
from mot.channels.types import Address, Channel
from mot.delivery.dispatch import Dispatcher
from mot.delivery.service import enqueue
from mot.delivery.types import NewDelivery, SubjectKind
from tests.api.conftest import NOW, FormReader, visiting
from tests.api.people import settle
from tests.mot.channels.receivers import http_receiver


@pytest.fixture
def url(database_url: str, var_dir: None) -> str:
    """One sent, one dead, one uncertain."""
    with transaction(database_url) as session:
        settle(session, {}, NOW)
        enqueue(session, [
            NewDelivery(subject_kind=SubjectKind.NOTICE, subject_id=str(n), channel=channel, recipient="staff:S2",
                        address=address, title=f"张三的第 {n} 件", body="请联系")
            for n, channel, address in [(1, Channel.INBOX, ""), (2, Channel.WEBHOOK, "gone"), (3, Channel.WECOM, "r")]
        ], NOW)  # fmt: skip
    with http_receiver() as receiver:
        receiver.script = ["reset"]
        book = AddressBook([Address(name="r", channel=Channel.WECOM, url=f"{receiver.address}/x")])
        Dispatcher(database_url, "w", addresses=book, clock=lambda: NOW).turn()
    return database_url


def test_the_list_and_one_of_it(url):
    with visiting(url, "compliance") as visitor:
        page = visitor.page("/deliveries").text
        stuck = visitor.page("/deliveries?state=STUCK").text
        one = visitor.page("/deliveries/3").text

        assert "张三的第 1 件" in page
        assert "死信" in page
        assert "张三的第 1 件" not in stuck
        assert "没有发出" not in page
        assert "须人工核对" in one
        assert set(FormReader.of(one)) >= {f"/deliveries/3/{act}" for act in ("confirm", "replay", "cancel")}


def test_an_administrator_handles_it_without_seeing_the_client(url):
    with visiting(url, "administrator") as visitor:
        assert "张三" not in visitor.page("/deliveries").text + visitor.page("/deliveries/3").text
        assert visitor.api("/deliveries/3").json()["title"] is None
        assert visitor.post("/deliveries/2/replay", {"reason": "地址已补"}).json()["state"] == "PENDING"


def test_an_auditor_looks_only(url):
    with visiting(url, "auditor") as visitor:
        assert FormReader.of(visitor.page("/deliveries/3").text).keys() & {"/deliveries/3/replay"} == set()
        assert visitor.post("/deliveries/2/replay", {"reason": "x"}).status_code == 403


def test_a_person_confirms_with_a_reason_and_leaves_a_trail(url):
    with visiting(url, "compliance") as visitor:
        form = FormReader.of(visitor.page("/deliveries/3").text)["/deliveries/3/confirm"]
        refused = visitor.client.post("/deliveries/3/confirm", data={**form, "reason": " "})
        assert refused.status_code == 422
        form = FormReader.of(visitor.page("/deliveries/3").text)["/deliveries/3/confirm"]
        done = visitor.client.post("/deliveries/3/confirm", data={**form, "reason": "群里看到了"})

        assert "已记为送达" in done.text
        told = visitor.api("/deliveries/3").json()
        assert (told["state"], [one["happening"] for one in told["history"]]) == ("SENT", ["UNCERTAIN", "CONFIRMED"])
        (entry,) = visitor.api("/trail/records/delivery", id="3").json()["items"]
        assert (entry["action"], entry["purpose"]) == ("delivery.confirmed", "群里看到了")
        assert visitor.post("/deliveries/3/replay", {"reason": "x"}).json()["type"].endswith("not-open")


def test_the_page_of_the_api_goes_on(url):
    with visiting(url, "compliance") as visitor:
        first = visitor.api("/deliveries", limit=2).json()
        rest = visitor.api("/deliveries", limit=2, cursor=first["next"]).json()

        assert [one["id"] for one in first["items"] + rest["items"]] == [3, 2, 1]
        assert first["counts"]["UNCERTAIN"] == 1
        assert [one["id"] for one in visitor.api("/deliveries", stuck=True).json()["items"]] == [3, 2]


def test_what_waits_for_a_worker_that_is_not_there_is_said(url):
    late = NewDelivery(subject_kind=SubjectKind.NOTICE, subject_id="4", channel=Channel.INBOX, recipient="staff:S2",
                       title="无人领取", body="请联系")  # fmt: skip
    with transaction(url) as session:
        enqueue(session, [late], NOW - timedelta(minutes=2))
    with visiting(url, "administrator") as visitor:
        assert "1 条到了时间一分钟以上还没有发出" in visitor.page("/deliveries").text
