"""A form that changes something must be one of ours: it carries a token that only the holder of the cookie was given.

A bearer token is sent by no browser on its own, so a request that has one needs no such token.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from fastapi import Request

from api.access import SESSION_COOKIE, VISIT_COOKIE, key_ring
from kit.identity.tokens import csrf_fits, csrf_token
from kit.problems import Problem

FIELD: Final = "csrf_token"
HEADER: Final = "X-CSRF-Token"


class ForeignForm(Problem):
    """表单已失效，或不是本站发出的"""

    status = 403
    title = "Form expired or foreign"


def cookie_of(request: Request) -> str:
    """The cookie that forms of this browser are bound to; empty where it has none."""
    return request.cookies.get(SESSION_COOKIE) or request.cookies.get(VISIT_COOKIE) or ""


def token_of(request: Request) -> str:
    """What a form on this page carries; empty where the browser has no cookie."""
    cookie = cookie_of(request)
    return csrf_token(key_ring(request.app), cookie) if cookie else ""


async def refuse_foreign_form(request: Request, *, is_form: bool) -> None:
    """Judge a request that writes and came with a cookie, or to a page. Raises ForeignForm."""
    api = request.url.path.startswith("/api/")
    if request.headers.get("authorization") or (api and SESSION_COOKIE not in request.cookies):
        return
    said = request.headers.get(HEADER)
    if said is None and is_form:
        field = (await request.form()).get(FIELD)
        said = field if isinstance(field, str) else None
    if not said or not csrf_fits(key_ring(request.app), cookie_of(request), said) or not _from_here(request):
        raise ForeignForm("这张表单已失效；请回到原来的页面刷新后重新提交")


def _from_here(request: Request) -> bool:
    """What the browser itself says of where the form stood."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
