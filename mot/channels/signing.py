"""签名: how each receiver wants a request to be signed. Pure; the moment is given, never asked for."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final
from urllib.parse import quote_plus

_PREFIX: Final = "whsec_"


def _mac(key: bytes, text: bytes) -> str:
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def dingtalk(secret: str, milliseconds: int) -> str:
    """加签: Base64(HMAC-SHA256(key=secret, text=timestamp + "\\n" + secret)), quoted for a URL."""
    return quote_plus(_mac(secret.encode(), f"{milliseconds}\n{secret}".encode()))


def feishu(secret: str, seconds: int) -> str:
    """签名校验: Base64(HMAC-SHA256(key=timestamp + "\\n" + secret, text=empty)); it stands in the body."""
    return _mac(f"{seconds}\n{secret}".encode(), b"")


def webhook(secret: str, message_id: str, seconds: int, body: bytes) -> str:
    """`webhook-signature` of Standard Webhooks: v1 and Base64(HMAC-SHA256(key, id.timestamp.body)).

    secret: `whsec_` and Base64, or any other text as it stands.
    """
    return "v1," + _mac(webhook_key(secret), f"{message_id}.{seconds}.".encode() + body)


def webhook_key(secret: str) -> bytes:
    """The key in a secret. Raises ValueError where what follows `whsec_` is not Base64, or is empty."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    if not key:
        raise ValueError("no key")
    return key
