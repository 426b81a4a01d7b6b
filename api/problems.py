"""The one place that turns an expected refusal into `application/problem+json` (RFC 9457), or a page for a browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.exceptions import HTTPException

from api.contract.requests import HEADER as REQUEST_ID
from api.faults import fault_text
from api.headers import harden
from api.rendering import render
from kit.identity.problems import PasswordMustChange
from kit.problems import Problem

SIGN_IN: Final = "/sign-in"
PASSWORD: Final = "/me/password"
MEDIA_TYPE: Final = "application/problem+json"
WORDS = {400: "请求内容无法读取", 404: "没有这个地址", 405: "这个地址不支持这种操作", 413: "内容过大"}
CODES = {400: "unreadable", 404: "no-such-address", 405: "method-not-allowed", 413: "too-large"}
BUSY: Final = "数据库暂时忙，没有写入任何内容；请稍后用同一个 Idempotency-Key 重试"
HEADINGS = {
    401: "请先登录", 403: "没有权限", 404: "没有找到", 409: "与已有记录冲突", 422: "内容无法识别", 500: "这里出了错",
}  # fmt: skip
FAILED = "处理时出现意外，没有写入任何内容。请稍后再试；若再次出现，请把发生的时间告诉系统管理员。"


def document(code: str, title: str, status: int, detail: str, **extra: Any) -> dict[str, Any]:
    """Members of a problem document; `code` makes the stable type."""
    return {"type": f"urn:problem:{code}", "title": title, "status": status, "detail": detail, **extra}


def wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def answer(request: Request, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """The problem in the form that the asker reads."""
    if wants_page(request):
        return HTMLResponse(problem_page(request, body), status_code=body["status"], headers=headers)
    return JSONResponse(body, status_code=body["status"], headers=headers, media_type=MEDIA_TYPE)


def problem_page(request: Request, body: dict[str, Any]) -> str:
    """What happened, where, and the way out: the page one came from, the same address bare, the list of accounts."""
    came_from = urlsplit(request.headers.get("referer", ""))
    here = came_from.netloc == request.url.netloc and came_from.path != request.url.path
    bare = bool(request.url.query) and body["status"] == 422 and request.method == "GET"
    return render(
        "problem.html",
        problem=body,
        heading=HEADINGS.get(body["status"], "没有办成"),
        back=came_from._replace(scheme="", netloc="").geturl() if here else None,
        bare=request.url.path if bare else None,
    )


def install(app: FastAPI) -> None:
    """Handlers for our own problems, for malformed input, for unknown addresses, and for what nobody expected."""

    @app.exception_handler(Problem)
    async def own(request: Request, problem: Problem) -> Response:
        return refusal(request, problem)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        errors = [
            {"in": str(item["loc"][0]), "pointer": pointer(_members(item)), "detail": fault_text(item)}
            for item in error.errors()
        ]
        told = "；".join(f"{one['pointer'][2:] or one['in']} {one['detail']}" for one in errors)
        detail = f"请求里有无法识别的内容：{told}"
        return answer(request, document("malformed", "Malformed input", 422, detail, errors=errors))

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> Response:
        detail = WORDS.get(error.status_code, str(error.detail))
        code = CODES.get(error.status_code, f"http-{error.status_code}")
        return answer(request, document(code, str(error.detail), error.status_code, detail), error.headers)

    @app.exception_handler(DBAPIError)
    async def database(request: Request, error: DBAPIError) -> Response:
        if not transient(error):
            raise error
        return answer(request, document("busy", "Busy", 503, BUSY), {"Retry-After": "1"})

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:  # noqa: ARG001
        # The server has the traceback in its log; this answer is made outside every middleware of ours.
        made = answer(request, document("unexpected", "Unexpected failure", 500, FAILED))
        harden(made.headers, request.url.path)
        made.headers[REQUEST_ID] = getattr(request.state, "request_id", "")
        return made


def refusal(request: Request, problem: Problem) -> Response:
    """An expected refusal; a reader who is not signed in, or must change the password first, is led there and back."""
    if problem.status == 401 and wants_page(request) and request.url.path != SIGN_IN:
        return led_to(SIGN_IN, request)
    if isinstance(problem, PasswordMustChange) and wants_page(request):
        return led_to(PASSWORD, request)
    extra = dict(problem.extra)
    if "errors" in extra:
        extra["errors"] = [_in_body(one) for one in extra["errors"]]
    headers = None
    if problem.status == 401:
        error = ', error="invalid_token"' if "authorization" in request.headers else ""
        headers = {"WWW-Authenticate": f'Bearer realm="heshi"{error}'}
    return answer(request, document(problem.code(), problem.title, problem.status, problem.detail, **extra), headers)


def led_to(place: str, request: Request) -> Response:
    """A page that comes first and leads back to what was asked for; after a form, to the page it stood on."""
    came_from = urlsplit(request.headers.get("referer", ""))
    ours = request.method != "GET" and came_from.netloc == request.url.netloc
    back = came_from if ours else urlsplit(str(request.url))
    target = back._replace(scheme="", netloc="", fragment="").geturl() or "/"
    address = f"{place}?next={quote(target, safe='')}"
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)


def pointer(members: Iterable[object]) -> str:
    """JSON pointer (RFC 6901) as a URI fragment: `#/clients/0/name`."""
    return "#" + "".join("/" + str(one).replace("~", "~0").replace("/", "~1") for one in members)


def _members(item: Mapping[str, Any]) -> tuple[object, ...]:
    """Where in the body, the query or the path; unreadable JSON has no members."""
    return () if item["type"] == "json_invalid" else tuple(item["loc"][1:])


def _in_body(error: Mapping[str, Any]) -> dict[str, Any]:
    """A fault as a service tells it (`/field`), told as every other one."""
    return {"in": "body", **error, "pointer": "#" + str(error["pointer"]).removeprefix("#")}


def transient(error: DBAPIError) -> bool:
    """Whether the same request may well succeed in a moment: a lock not given, a deadlock, a connection lost.

    A server that is away has no state to tell.
    """
    if error.connection_invalidated or "database is locked" in str(error.orig):
        return True
    state = getattr(error.orig, "sqlstate", "")
    away = state is None and isinstance(error, OperationalError)
    return away or str(state)[:2] in ("08", "40", "53", "55", "57")
