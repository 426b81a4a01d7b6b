"""站内信 by the API: one's own messages only, and new ones live, on a real server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx
import pytest
import uvicorn

from kit.db import transaction
from kit.identity.types import Door
from mot.channels.addresses import AddressBook
from mot.channels.types import Channel
from mot.delivery.dispatch import Dispatcher
from mot.delivery.service import enqueue
from mot.delivery.types import NewDelivery, SubjectKind
from tests.api.conftest import NOW, an_app
from tests.api.contract.servers import free_port
from tests.api.people import settle, sign_in


@pytest.fixture
def url(database_url: str, var_dir: None) -> str:
    with transaction(database_url) as session:
        settle(session, {}, NOW)
    return database_url


def send(url: str, subject: str, recipient: str = "staff:S2", at: datetime = NOW) -> None:
    one = NewDelivery(
        subject_kind=SubjectKind.NOTICE, subject_id=subject, channel=Channel.INBOX, recipient=recipient,
        title=f"第 {subject} 件", body="请联系客户",
    )  # fmt: skip
    with transaction(url) as session:
        enqueue(session, [one], at)
    assert Dispatcher(url, "w", addresses=AddressBook(), clock=lambda: at).turn()["SENT"] == 1


@contextmanager
def serving(url: str) -> Iterator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(an_app(url), port=port, log_level="critical", timeout_graceful_shutdown=1))
    running = threading.Thread(target=server.run)
    running.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}/api/v1"
    server.should_exit = True
    running.join()


def asker(url: str, address: str, name: str = "advisor") -> httpx.Client:
    token = sign_in(url, name, NOW, Door.API).access_token
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=20, trust_env=False)


def events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    told: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if not line and told:
            yield told
            told = {}
        elif line:
            name, _, value = line.partition(": ")
            told[name] = value


def test_a_message_arrives_while_its_reader_waits_and_is_not_missed_by_one_who_lost_the_line(url):
    send(url, "1")
    with serving(url) as address, asker(url, address) as client:
        with client.stream("GET", "/inbox/stream", params={"seconds": 30}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            told = events(answer.iter_lines())
            assert next(told) == {"event": "unread", "data": '{"unread":1}'}
            send(url, "2")
            send(url, "stranger", "staff:S5")
            seen: dict[str, Any] = next(told)
            assert (seen["event"], seen["id"], "第 2 件" in seen["data"]) == ("message", "2", True)
            assert next(told) == {"event": "unread", "data": '{"unread":2}'}
        send(url, "4")
        again = client.get("/inbox/stream", params={"seconds": 0}, headers={"Last-Event-ID": "2"})
        missed = list(events(iter(again.text.splitlines())))
        assert [one.get("id") for one in missed if one["event"] == "message"] == ["4"]


def test_one_reads_one_s_own_and_nobody_else_s(url):
    send(url, "1")
    send(url, "2", "staff:S5")
    send(url, "3", "user:u-compliance")
    with serving(url) as address:
        with asker(url, address) as advisor:
            mine = advisor.get("/inbox").json()
            assert [one["id"] for one in mine["items"]] == [1]
            assert mine["unread"] == 1
            key = {"Idempotency-Key": "read-it"}
            assert advisor.post("/inbox/2/read", headers=key).status_code == 404
            done = advisor.post("/inbox/1/read", headers={"Idempotency-Key": "read-1"})
            assert done.json()["read_at"] is not None
            assert advisor.get("/inbox", params={"unread": True}).json() == {"items": [], "unread": 0, "next": None}
        with asker(url, address, "compliance") as compliance:
            assert [one["id"] for one in compliance.get("/inbox").json()["items"]] == [3]
