"""`heshi worker --once` and `heshi deliveries`: send, see what got stuck, handle it with a name and a reason."""

from __future__ import annotations

import json
import re

import pytest
from typer.testing import CliRunner

from cli.commands import worker
from cli.main import application
from kit.db import transaction
from kit.settings import settings
from mot.channels.addresses import AddressBook, _read, address_book
from mot.channels.local import read_outbox
from mot.channels.types import Address, Channel
from mot.delivery.service import enqueue
from mot.delivery.types import NewDelivery, SubjectKind
from tests.cli.operators import NOW, operators

__all__ = ["operators"]

PASSWORD = "a long enough pass phrase 7"


@pytest.fixture
def run(operators, tmp_path, monkeypatch):
    monkeypatch.setenv("HESHI_PASSWORD", PASSWORD)
    monkeypatch.setenv("HESHI_CHANNELS_FILE", str(tmp_path / "channels.yaml"))
    settings.cache_clear()
    _read.cache_clear()
    (tmp_path / "channels.yaml").write_text(f"- {{name: file, channel: OUTBOX, path: '{tmp_path}/out.jsonl'}}")

    def invoke(*words, code=0, typed=""):
        result = CliRunner().invoke(application(), list(words), input=typed)
        assert result.exit_code == code, result.output
        return result

    for place, (name, role) in enumerate((("chief", "ADMINISTRATOR"), ("audit", "AUDITOR"))):
        who = ("--as", "chief") if place else ()
        invoke("user", "add", name, "--role", role, "--password-stdin", "--final", *who, typed=f"{PASSWORD}\n")
    yield invoke
    _read.cache_clear()


def put(url: str, subject: str, channel: Channel, address: str = "") -> None:
    with transaction(url) as session:
        enqueue(session, [NewDelivery(
            subject_kind=SubjectKind.NOTICE, subject_id=subject, channel=channel, recipient="staff:S1", address=address,
            title="测评到期", body="请联系",
        )], NOW)  # fmt: skip


def test_send_see_and_handle(run, operators, tmp_path, monkeypatch):
    monkeypatch.setattr("jobs.worker.SharedClock", lambda _url: lambda: NOW)
    assert "没有待发送的" in run("worker", "--once").stdout
    put(operators, "1", Channel.INBOX)
    put(operators, "2", Channel.OUTBOX, "file")
    put(operators, "3", Channel.WEBHOOK, "nowhere")

    assert "领取 3 条：已送达 2，死信 1" in run("worker", "--once").stdout
    assert len(read_outbox(tmp_path / "out.jsonl")) == 1
    listed = json.loads(run("deliveries", "list", "--as", "audit", "--json").stdout)
    assert listed["counts"]["SENT"] == 2
    (dead,) = json.loads(run("deliveries", "dead", "--as", "audit", "--json").stdout)
    number = str(dead["id"])
    shown = run("deliveries", "dead", "--as", "audit").stdout
    assert re.sub(r"\s", "", dead["reason"]) in re.sub(r"\s", "", shown)  # whole in 80 columns, however it breaks
    assert "nowhere" in run("deliveries", "show", number, "--as", "audit").stdout
    refused = run("deliveries", "replay", number, "--reason", "地址已补", "--as", "audit", code=1)
    assert "没有" in str(refused.exception)
    run("deliveries", "replay", number, "--reason", "地址已补", "--as", "chief")
    assert run("deliveries", "replay", number, "--reason", "再来", "--as", "chief", code=1)
    run("deliveries", "cancel", number, "--reason", "不发了", "--as", "chief")
    again = json.loads(run("deliveries", "show", number, "--as", "audit", "--json").stdout)
    assert [one["happening"] for one in again["history"]] == ["REFUSED", "REPLAYED", "CANCELLED"]


def test_a_file_of_addresses_that_cannot_be_trusted_stops_the_worker(run, tmp_path):
    (tmp_path / "channels.yaml").write_text("- {name: x, channel: WECOM, url: 'https://evil.example/'}")
    _read.cache_clear()

    refused = run("worker", "--once", code=1)

    assert "主机不在允许之列" in str(refused.exception)
    with pytest.raises(type(refused.exception)):
        address_book()


def test_a_database_that_is_away_at_the_start_is_said_and_stops_no_worker(monkeypatch):
    monkeypatch.setenv("HESHI_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    settings.cache_clear()

    (said,) = worker.unreached(AddressBook([Address(name="screen", channel=Channel.CONSOLE)]))

    settings.cache_clear()
    assert "数据库暂时连不上" in said
