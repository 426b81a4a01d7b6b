"""One POST to another system, told apart by what is known afterwards: it answered, it never got it, nobody knows.

No connection is kept: a kept one that the other side has closed could not be told from a lost answer.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import httpx

CONNECT_SECONDS = 5.0


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
        raise NotSent(type(fault).__name__) from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as fault:
        raise NotSent(type(fault).__name__) from None
    except httpx.HTTPError as fault:
        raise NoAnswer(type(fault).__name__) from None
