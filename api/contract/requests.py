"""Every request has an id: the asker's own where it is well formed, else a new one; echoed, logged and in the trail."""

from __future__ import annotations

import re
import time
from typing import Any, Final
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.measures import answered

HEADER: Final = "X-Request-Id"
_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_log = structlog.get_logger("api.request")


class RequestIds:
    """Gives each request its id, and writes one line of log when it is answered: never an address with its numbers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = request_id_of(Headers(scope=scope).get(HEADER, ""))
        scope.setdefault("state", {})["request_id"] = request_id
        began = time.perf_counter()
        status = 500

        async def with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, with_id)
            finally:
                took, facts = time.perf_counter() - began, told(scope)
                answered(facts["method"], facts["route"], status, took)
                _log.info("request", status=status, ms=round(1000 * took, 1), **facts)


def request_id_of(said: str) -> str:
    """What the asker calls this request, where it is 8 to 64 letters, digits, dots, lines; else a new id."""
    return said if _ID.fullmatch(said) else uuid4().hex


def told(scope: Scope) -> dict[str, Any]:
    """What the log may say: the route without its numbers, and who by id."""
    route, who = scope.get("route"), scope["state"].get("who")
    return {
        "method": scope["method"],
        "route": getattr(route, "operation_id", None) or getattr(route, "name", None) or "none",
        "user_id": who.actor.user_id if who is not None else None,
    }
