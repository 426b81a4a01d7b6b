"""Channels that are one signed HTTP POST: the three robots and the generic webhook."""

from __future__ import annotations

import json
from typing import Any, Final

from kit.http import NoAnswer, NotSent, post
from mot.channels import signing
from mot.channels.replies import answer_of
from mot.channels.specs import ChannelSpec
from mot.channels.types import Address, Answer, Channel, Letter, Verdict
from mot.channels.words import text_of

Request = tuple[str, bytes, dict[str, str]]
JSON: Final = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "heshi"}


def request_of(letter: Letter, address: Address, spec: ChannelSpec) -> Request:
    """URL, body and headers of one push, signed for the letter's moment."""
    seconds = int(letter.at.timestamp())
    text = text_of(letter, spec.most_bytes)
    if address.channel is Channel.WECOM:
        return address.url, _json({"msgtype": "text", "text": {"content": text}}), JSON
    if address.channel is Channel.DINGTALK:
        milliseconds = int(letter.at.timestamp() * 1000)
        sign = f"&timestamp={milliseconds}&sign={signing.dingtalk(address.secret, milliseconds)}"
        url = address.url + (sign if address.secret else "")
        return url, _json({"msgtype": "text", "text": {"content": text}}), JSON
    if address.channel is Channel.FEISHU:
        signed: dict[str, Any] = {}
        if address.secret:
            signed = {"timestamp": str(seconds), "sign": signing.feishu(address.secret, seconds)}
        return address.url, _json({**signed, "msg_type": "text", "content": {"text": text}}), JSON
    return _webhook(letter, address, seconds)


def _webhook(letter: Letter, address: Address, seconds: int) -> Request:
    body = _json({
        "id": letter.message_id, "recipient": letter.recipient, "category": letter.category, "title": letter.title,
        "body": letter.body, "link": letter.link, "merged": list(letter.merged),
    })  # fmt: skip
    signature = signing.webhook(address.secret, letter.message_id, seconds, body)
    headers = {"webhook-id": letter.message_id, "webhook-timestamp": str(seconds), "webhook-signature": signature}
    return address.url, body, {**JSON, **headers}


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class HookSender:
    """Sends by HTTP and reads the answer by the channel's data."""

    def __init__(self, spec: ChannelSpec) -> None:
        self._spec = spec

    def send(self, letter: Letter, address: Address) -> Answer:
        url, body, headers = request_of(letter, address, self._spec)
        try:
            reply = post(url, body, headers, timeout=self._spec.timeout)
        except NotSent as fault:
            return Answer(Verdict.FAILED, f"没有连上对方（{fault}）")
        except NoAnswer as fault:
            return Answer(Verdict.UNCERTAIN, f"没有得到完整的回答（{fault}）")
        return answer_of(reply, self._spec, letter.at)
