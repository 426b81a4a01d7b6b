"""Deliveries on a database of the test's own, and the moment at which everything happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from clients.staff.filing import Stamp
from kit.access import Actor, Role
from kit.db import engine, transaction
from mot.channels.addresses import AddressBook
from mot.channels.types import Address, Channel
from mot.delivery.dispatch import Dispatcher
from mot.delivery.repository import DeliveryRepository
from mot.delivery.service import enqueue
from mot.delivery.types import Delivery, DeliveryState, NewDelivery, SubjectKind
from tests.conftest import SERVER
from tests.databases import Postgres
from tests.mot.channels.receivers import HttpReceiver, http_receiver

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PERSON = Stamp(Actor("u-compliance", "compliance", Role.COMPLIANCE), NOW)


class Hand:
    """A clock that is moved by hand."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def on(self, **more: float) -> None:
        self.at += timedelta(**more)


class House:
    """One database with its workers."""

    def __init__(self, url: str, receiver: HttpReceiver) -> None:
        self.url, self.clock, self.receiver = url, Hand(), receiver
        self.book = AddressBook([
            Address(name="robot", channel=Channel.DINGTALK, url=f"{receiver.address}/robot/send?access_token=x",
                    secret="SECx"),
            Address(name="hook", channel=Channel.WEBHOOK, url=f"{receiver.address}/hook", secret="s"),
        ])  # fmt: skip

    def worker(self, name: str = "w1", **how: Any) -> Dispatcher:
        return Dispatcher(self.url, name, addresses=self.book, **{"clock": self.clock, **how})

    def put(self, *wanted: NewDelivery) -> int:
        with transaction(self.url) as session:
            return enqueue(session, wanted, self.clock())

    def all(self) -> list[Delivery]:
        with Session(engine(self.url)) as session:
            return sorted(DeliveryRepository(session).page(most=10_000), key=lambda one: one.id)

    def states(self) -> list[DeliveryState]:
        return [one.state for one in self.all()]

    def history(self, delivery_id: int = 1) -> list[str]:
        with Session(engine(self.url)) as session:
            return [one.happening.value for one in DeliveryRepository(session).attempts(delivery_id)]


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as made:
        yield made


@pytest.fixture
def house(database_url: str, receiver: HttpReceiver) -> House:
    return House(database_url, receiver)


@pytest.fixture
def postgres_url() -> Iterator[str]:
    if not SERVER:
        pytest.skip("needs HESHI_TEST_POSTGRES_URL")
    databases = Postgres(SERVER)
    url = databases.migrated()
    yield url
    databases.drop(url)
    databases.close()


Maker = Callable[..., NewDelivery]


def a_delivery(subject: str = "1", channel: Channel = Channel.INBOX, **more: Any) -> NewDelivery:
    address = {Channel.DINGTALK: "robot", Channel.WEBHOOK: "hook"}.get(channel, "")
    told = {"recipient": "staff:S2", "title": f"第 {subject} 件", "body": "请联系客户", "address": address}
    return NewDelivery(subject_kind=SubjectKind.NOTICE, subject_id=subject, channel=channel, **{**told, **more})
