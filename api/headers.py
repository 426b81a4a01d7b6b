"""Headers that every answer carries: nothing is loaded from elsewhere, assets are cached by their version."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


def harden(headers: MutableHeaders, path: str) -> None:
    """Set what a browser may do with an answer from `path`, and how long it may keep it."""
    headers["Content-Security-Policy"] = POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    static = path.startswith("/static/")
    headers["Cache-Control"] = "public, max-age=31536000, immutable" if static else "private, no-store"


class SecurityHeaders:
    """The headers on everything that passes through; what fails outside of it sets them by itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                harden(MutableHeaders(scope=message), scope["path"])
            await send(message)

        await self.app(scope, receive, with_headers)
