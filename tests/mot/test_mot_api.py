"""Through the door: an event told becomes a task in the adviser's inbox in the same request, is worked and recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from api.app import create_app
from kit.access import Role
from kit.db import transaction
from kit.identity.passwords import hashed
from kit.identity.tables import UserRow
from mot.delivery.tables import DeliveryRow
from tests.api.people import KEYS, PASSWORD, sign_in
from tests.mot.world import DAY, at

NOW = at(DAY, 10)
USERS = {
    "advisor": (Role.ADVISOR, "staff:S2"), "supervisor": (Role.SUPERVISOR, "staff:S1"), "service": (Role.SERVICE, ""),
    "compliance": (Role.COMPLIANCE, ""), "officer": (Role.COMPLIANCE, ""),
}  # fmt: skip
WARNING = {
    "client_no": "C01", "kind": "EXCHANGE_WARNING", "occurred_on": DAY.isoformat(), "ref": "W1",
    "facts": {"exchange": "上交所", "measure": "口头警示", "security_name": "样例"},
}  # fmt: skip
PAPER = {"digest": "sha256:" + "a" * 64, "name": "录音"}


class Door:
    """Requests of signed-in users."""

    def __init__(self, url: str, client: TestClient) -> None:
        self._url, self._client = url, client

    def ask(self, who, method, path, body=None, version=None):
        headers = {
            "Authorization": f"Bearer {sign_in(self._url, who, NOW).access_token}", "Idempotency-Key": str(uuid4()),
            **({} if version is None else {"If-Match": f'"{version}"'}),
        }  # fmt: skip
        return self._client.request(method, f"/api/v1{path}", json=body, headers=headers)


@pytest.fixture
def door(url: str) -> Iterator[Door]:
    with transaction(url) as session:
        for name, (role, subject) in USERS.items():
            session.add(UserRow(
                id=f"u-{name}", name=name, role=role, subject=subject, password_hash=hashed(PASSWORD), created_at=NOW
            ))  # fmt: skip
    with TestClient(create_app(url, keys=KEYS, clock=lambda: NOW), raise_server_exceptions=False) as client:
        yield Door(url, client)


def test_from_the_event_to_the_task_to_the_record_and_the_copy(door, url):
    told = door.ask("service", "POST", "/events", WARNING)
    assert (told.status_code, told.json()["outcomes"]) == (201, {"exchange-warning": {"FIRED": 1}})
    (number,) = told.json()["tasks"]
    (mine,) = door.ask("advisor", "GET", "/tasks/mine").json()["items"]
    with transaction(url) as session:
        pushed = [(one.channel, one.recipient) for one in session.scalars(select(DeliveryRow))]
    story = door.ask("advisor", "GET", f"/tasks/{number}/story").json()
    skipped = door.ask("advisor", "POST", f"/tasks/{number}/moves", {"action": "SKIP", "note": "忙"}, 1)
    record = {
        "way": "PHONE", "contacted_at": at(DAY, 9, 45).isoformat(), "content": "告知并核实", "feedback": "TOLD",
        "client_words": "本人操作", "next_step": "下周回访", "attachments": [PAPER],
    }  # fmt: skip
    stale = door.ask("advisor", "POST", f"/tasks/{number}/records", record, 9)
    done = door.ask("advisor", "POST", f"/tasks/{number}/records", record, 1)
    copies = door.ask("compliance", "GET", "/tasks/compliance-copies").json()["items"]

    assert (mine["task"], mine["due_on"], mine["must_contact"]) == (number, DAY.isoformat(), True)
    assert ("INBOX", "staff:S2") in pushed
    assert story["opening"].startswith("客户C01，您好")
    assert {one["effect"] for one in story["options"]}.isdisjoint({"DECLINED"})
    assert (skipped.status_code, skipped.json()["type"]) == (409, "urn:problem:contact-required")
    assert (stale.status_code, done.status_code, done.json()["state"]) == (412, 201, "DONE")
    assert [one["task"] for one in copies] == [number]


REFUSED = [  # what is told, status, code
    ({"client_no": "C99"}, 404, "no-such-client"), ({"kind": "WEDDING"}, 422, "unknown-event-kind"),
    ({"family": "MARKET"}, 422, "wrong-family"), ({"facts": {"colour": "红"}}, 422, "event-facts-wrong"),
    ({"occurred_on": (DAY + timedelta(days=1)).isoformat()}, 422, "event-in-future"), ({}, 409, "event-known"),
    ({"ref": ""}, 422, "event-facts-wrong"),
]  # fmt: skip


def test_what_can_not_be_believed_is_refused_by_name(door):
    assert door.ask("service", "POST", "/events", WARNING).status_code == 201
    for change, status, code in REFUSED:
        answer = door.ask("service", "POST", "/events", {**WARNING, **change})
        assert (answer.status_code, answer.json()["type"]) == (status, f"urn:problem:{code}"), change


def test_wishes_hold_a_task_back_and_the_row_says_why(door):
    assert door.ask("advisor", "POST", "/clients/C01/contact-wishes", {"do_not_disturb": True}).status_code == 201
    body = {"client_no": "C01", "kind": "LARGE_OUTFLOW", "occurred_on": DAY.isoformat(), "ref": "F1",
            "facts": {"amount_yuan": "500000"}}  # fmt: skip
    told = door.ask("service", "POST", "/events", body)
    (held,) = door.ask("supervisor", "GET", "/tasks/suppressions").json()["items"]

    assert told.json()["tasks"] == []
    assert (held["rules"], held["client_no"], held["next_allowed_at"]) == (["MOT-G05"], "C01", None)


def test_a_supervisor_gives_tasks_away_in_one_request(door):
    number = door.ask("service", "POST", "/events", WARNING).json()["tasks"][0]
    body = {"tasks": [{"task": number, "version": 1}, {"task": "T0009999", "version": 1}], "staff_no": "S3"}
    found = door.ask("supervisor", "POST", "/tasks/assignments", body).json()

    assert [one["owner_no"] for one in found["done"]] == ["S3"]
    assert [one["code"] for one in found["refused"]] == ["no-such-task"]
    assert door.ask("advisor", "GET", f"/tasks/{number}").status_code == 404


def test_a_scenario_is_drafted_previewed_and_approved_by_another(door):
    listed = door.ask("advisor", "GET", "/scenarios").json()["items"]
    old = next(one for one in listed if one["scenario_id"] == "big-loss-company")
    whole = door.ask("compliance", "GET", f"/scenarios/big-loss-company/versions/{old['digest'][7:19]}").json()
    text = whole["text"].replace("holdout: 0.1", "holdout: 0.2")
    drafted = door.ask("compliance", "POST", "/scenarios", {"text": text}).json()
    path = f"/scenarios/big-loss-company/versions/{drafted['digest'][7:19]}"
    span = {"first": (DAY - timedelta(days=5)).isoformat(), "last": DAY.isoformat()}
    seen = door.ask("compliance", "POST", f"{path}/preview", span, 1)
    own = door.ask("compliance", "POST", f"{path}/approval", {"note": "可以"}, 2)
    done = door.ask("officer", "POST", f"{path}/approval", {"note": "可以"}, 2)

    assert (drafted["status"], seen.status_code, seen.json()["preview"]["clients"]) == ("DRAFTED", 200, 60)
    assert own.json()["type"] == "urn:problem:same-drafter"
    assert (done.status_code, done.json()["status"]) == (200, "APPROVED")
    assert door.ask("advisor", "POST", "/scenarios", {"text": text}).status_code == 403
