"""Every backend against a receiver on a real socket that misbehaves; the same contract for all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from mot.channels.hooks import HookSender
from mot.channels.local import ConsoleSender, FileSender, read_outbox
from mot.channels.mail import MailSender
from mot.channels.senders import sender_of
from mot.channels.specs import OnUncertain, spec_on
from mot.channels.types import Address, Channel, Letter, Verdict
from mot.channels.words import cut, merged, text_of
from mot.delivery.rules import rules_on
from tests.mot.channels.receivers import HttpReceiver, MailReceiver, http_receiver, mail_receiver

DAY = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LETTER = Letter("m1", "staff:S2", "客户测评到期", ".第一行以点开头\n请联系", AT, "https://heshi.example/T1", "NEW")
GOOD = {Channel.WECOM: b'{"errcode":0,"errmsg":"ok"}', Channel.DINGTALK: b'{"errcode":0,"errmsg":"ok"}',
        Channel.FEISHU: b'{"code":0,"msg":"success","data":{}}', Channel.WEBHOOK: b""}  # fmt: skip


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as made:
        yield made


def push(channel: Channel, receiver: HttpReceiver, letter: Letter = LETTER, timeout: float = 20.0):
    receiver.good = GOOD[channel]
    address = Address(name="a", channel=channel, url=f"{receiver.address}/send?key=K", secret="S")
    return HookSender(replace(spec_on(channel, DAY), timeout=timeout)).send(letter, address)


@pytest.mark.parametrize("channel", GOOD)
def test_a_letter_arrives_in_the_form_that_its_channel_asks_for(channel, receiver):
    assert push(channel, receiver).verdict is Verdict.SENT
    (seen,) = receiver.seen
    body = seen.json
    if channel is Channel.WEBHOOK:
        assert (body["id"], body["title"]) == ("m1", LETTER.title)
        assert seen.headers["webhook-id"] == "m1"
        assert seen.headers["webhook-signature"].startswith("v1,")
        return
    text = body["content"] if channel is Channel.FEISHU else body["text"]
    words = text["text"] if channel is Channel.FEISHU else text["content"]
    assert words.startswith(LETTER.title)
    assert words.endswith(LETTER.link)
    assert ("&timestamp=" in seen.path and "&sign=" in seen.path) == (channel is Channel.DINGTALK)
    assert ("sign" in body) == (channel is Channel.FEISHU)


FAULTS = [  # what the receiver does, what we know then
    ("slow", Verdict.UNCERTAIN), ("half", Verdict.UNCERTAIN), ("reset", Verdict.UNCERTAIN),
    ("reset unread", Verdict.UNCERTAIN), ("silent", Verdict.UNCERTAIN), (502, Verdict.UNCERTAIN),
    (500, Verdict.FAILED), (503, Verdict.FAILED), ((429, {"Retry-After": "30"}), Verdict.FAILED),
    (408, Verdict.FAILED), (403, Verdict.REFUSED), ((302, {"Location": "/elsewhere"}), Verdict.REFUSED),
]  # fmt: skip


@pytest.mark.parametrize(("does", "verdict"), FAULTS, ids=[str(one[0]) for one in FAULTS])
def test_a_receiver_that_misbehaves(does, verdict, receiver):
    receiver.script = [does]

    answer = push(Channel.FEISHU, receiver, timeout=0.3 if does == "slow" else 20.0)

    assert answer.verdict is verdict
    assert len(receiver.seen) <= 1
    assert "K" not in answer.detail
    assert receiver.address not in answer.detail
    assert (answer.retry_after == 30) == (isinstance(does, tuple) and does[0] == 429)


BODIES = [  # channel, body of a 200, verdict, wait, source
    (Channel.WECOM, b'{"errcode":45009,"errmsg":"api freq out of limit"}', Verdict.FAILED, 60),
    (Channel.WECOM, b'{"errcode":93000,"errmsg":"invalid webhook url"}', Verdict.REFUSED, None),
    (Channel.WECOM, b'{"errcode":99999,"errmsg":"?"}', Verdict.FAILED, None),
    (Channel.DINGTALK, b'{"errcode":130101,"errmsg":"send too fast"}', Verdict.FAILED, 600),
    (Channel.DINGTALK, b'{"errcode":310000,"errmsg":"sign not match"}', Verdict.REFUSED, None),
    (Channel.FEISHU, b'{"code":11232,"msg":"frequency limited"}', Verdict.FAILED, 60),
    (Channel.FEISHU, b'{"code":19021,"msg":"sign match fail"}', Verdict.REFUSED, None),
    (Channel.FEISHU, b"<html>ok</html>", Verdict.UNCERTAIN, None),
    (Channel.FEISHU, b'{"code":"0"}', Verdict.UNCERTAIN, None),
    (Channel.FEISHU, b"[]", Verdict.UNCERTAIN, None),
]


@pytest.mark.parametrize(("channel", "body", "verdict", "wait"), BODIES, ids=[str(one[1]) for one in BODIES])
def test_a_200_is_a_success_only_by_its_body(channel, body, verdict, wait, receiver):
    receiver.script = [body]

    answer = push(channel, receiver)

    assert (answer.verdict, answer.retry_after) == (verdict, wait)


def test_who_is_not_there_was_sent_nothing():
    with http_receiver() as gone:
        pass
    assert push(Channel.WECOM, gone).verdict is Verdict.FAILED


@pytest.fixture
def post() -> Iterator[MailReceiver]:
    with mail_receiver() as made:
        yield made


def mail(post: MailReceiver):
    options = {"host": "127.0.0.1", "port": str(post.port), "security": "none", "sender": "heshi@firm.example",
               "to": "s2@firm.example"}  # fmt: skip
    address = Address(name="m", channel=Channel.EMAIL, options=options)
    return MailSender(replace(spec_on(Channel.EMAIL, DAY), timeout=20.0)).send(LETTER, address)


def test_a_mail_arrives_whole(post):
    assert mail(post).verdict is Verdict.SENT
    (got,) = post.mails
    assert "Message-ID: <m1@firm.example>" in got
    assert "To: s2@firm.example" in got


MAILS = [  # the step that goes wrong, what is said there (None: hung up), what we know
    (("CONNECT", None), Verdict.FAILED), (("CONNECT", "554 not you"), Verdict.FAILED),
    (("MAIL", "451 later"), Verdict.FAILED), (("RCPT", "550 nobody"), Verdict.REFUSED),
    (("RCPT", None), Verdict.FAILED), (("DATA", "452 full"), Verdict.FAILED), (("DATA", None), Verdict.FAILED),
    (("DOT", "451 later"), Verdict.FAILED), (("DOT", "554 no"), Verdict.REFUSED), (("DOT", None), Verdict.UNCERTAIN),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "verdict"), MAILS, ids=[str(one[0]) for one in MAILS])
def test_a_mail_server_that_misbehaves(fault, verdict, post):
    post.script = [fault]

    assert mail(post).verdict is verdict


def test_the_file_keeps_each_letter_once_and_survives_half_a_line(tmp_path):
    path = tmp_path / "a" / "outbox.jsonl"
    address = Address(name="o", channel=Channel.OUTBOX, options={"path": str(path)})
    FileSender().send(LETTER, address)
    with path.open("a") as stream:
        stream.write('{"id": "cut o')
    FileSender().send(replace(LETTER, message_id="m2"), address)
    FileSender().send(LETTER, address)

    assert [one["id"] for one in read_outbox(path)] == ["m1", "m2"]
    assert path.stat().st_mode & 0o077 == 0


def test_the_console_prints_a_line(capsys):
    assert ConsoleSender().send(LETTER, Address(name="c", channel=Channel.CONSOLE)).verdict is Verdict.SENT
    assert json.loads(capsys.readouterr().out)["title"] == LETTER.title


def test_every_channel_has_its_data_and_its_backend():
    for channel in Channel:
        spec = spec_on(channel, DAY)
        assert spec.source
        assert spec.timeout * 2 < rules_on(DAY).lease.total_seconds()
        if channel is not Channel.INBOX:
            assert sender_of(channel, DAY)
        if not spec.knows_duplicates and spec.hosts:
            assert spec.on_uncertain is OnUncertain.HOLD


@pytest.mark.parametrize("room", [0, 1, 2, 3, 4, 7, 100])
def test_a_text_is_cut_between_characters(room):
    kept = cut("风险测评", room)

    assert len(kept.encode()) <= max(room, 3)
    assert kept.rstrip("…") in "风险测评"


def test_a_digest_names_all_and_fits():
    letters = [replace(LETTER, message_id=f"m{n}", title=f"第{n}件") for n in range(20)]
    one = merged(letters)

    assert (one.title, one.merged) == ("共 20 条提醒", tuple(f"m{n}" for n in range(20)))
    assert all(f"第{n}件" in one.body for n in range(20))
    assert merged(letters).message_id == one.message_id != merged(letters[1:]).message_id
    assert merged(letters[:1]) is letters[0]
    assert len(text_of(one, 2048).encode()) <= 2048
