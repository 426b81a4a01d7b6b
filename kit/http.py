"""One POST to another system, told apart by what is known afterwards: it answered, it never got it, nobody knows.

No connection is kept: a kept one that the other side has closed could not be told from a lost answer.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import httpx

CONNECT_SECONDS = 5.0


_WORDS: Final[Mapping[type[Exception], str]] = {
    httpx.ConnectTimeout: "连接超时", httpx.ConnectError: "连接被拒绝或找不到主机", httpx.PoolTimeout: "没有空闲的连接",
    httpx.ProxyError: "代理不通", httpx.UnsupportedProtocol: "地址不是 http 或 https", httpx.InvalidURL: "地址写错了",
    httpx.ReadTimeout: "等回答超时", httpx.WriteTimeout: "发出时超时",
    httpx.RemoteProtocolError: "对方中途断开或回答不完整",
    httpx.ReadError: "读取回答时断开", httpx.WriteError: "发出时断开",
}  # fmt: skip


def _said(fault: Exception) -> str:
    """The kind of fault in words; its class where there are none."""
    return _WORDS.get(type(fault), type(fault).__name__)


class NotSent(Exception):
    """The request did not reach the other side: it may be sent again without harm."""


class NoAnswer(Exception):
    """The request left and no whole answer came: nobody knows whether it had its effect."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, at most as long as was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@lru_cache
def _client() -> httpx.Client:
    """One for the process: its certificates are read once, its connections are not kept."""
    return httpx.Client(follow_redirects=False, limits=httpx.Limits(max_keepalive_connections=0))


def post(url: str, content: bytes, headers: Mapping[str, str], *, timeout: float, most: int = 65_536) -> Reply:
    """POST once; redirects are answers like others. timeout: seconds for the whole of it.

    Raises NotSent, NoAnswer; their texts name the kind of fault and never the address (it may hold a key).
    """
    limits = httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS))
    until = time.monotonic() + timeout
    try:
        with _client().stream("POST", url, content=content, headers=dict(headers), timeout=limits) as answer:
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > most or time.monotonic() > until:
                    raise NoAnswer("对方的回答过长或过慢")
            return Reply(answer.status_code, dict(answer.headers), body)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as fault:
        raise NotSent(_said(fault)) from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as fault:
        raise NotSent(_said(fault)) from None
    except httpx.HTTPError as fault:
        raise NoAnswer(_said(fault)) from None
