"""What the documents say of every route: its problems, its headers, how one signs in. OpenAPI 3.1, from the routes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi

from api.contract.csrf import ForeignForm
from api.contract.door import Door
from api.contract.etags import ChangedMeanwhile, PreconditionRequired, seen_version
from api.contract.examples import add_examples
from api.contract.idempotency import IdempotencyKeyMalformed, IdempotencyKeyMissing, IdempotencyKeyReused
from api.contract.names import by_subject
from api.contract.refusals import add_problems, problem_response
from api.contract.texts import UnfitText
from api.contract.turnstile import StillRunning
from kit.access import NotAllowed
from kit.identity.problems import NotSignedIn, PasswordMustChange

Operation = dict[str, Any]

DESCRIPTION: Final = """账户诊断、适当性与关键时刻。

先用 `POST /api/v1/auth/token` 登录；每个 `POST` 带 `Idempotency-Key`；修改带 `If-Match`；列表按 `Link` 翻页；
拒绝一律是 `application/problem+json`，`type` 是稳定的代码。说明与示例见 docs/api.md。"""
PROBLEM: Final = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457。`type` 稳定，供程序判断；`detail` 供人阅读，写明是什么、在哪里、怎么办。",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:problem:no-such-account"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "逐项的错误；`pointer` 是 RFC 6901 的 JSON pointer",
            "items": {
                "type": "object",
                "required": ["in", "pointer", "detail"],
                "properties": {
                    "in": {"type": "string", "examples": ["body", "query", "path"]},
                    "pointer": {"type": "string", "examples": ["#/target"]},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
HEADERS: Final = {
    "X-Request-Id": ("本次请求的编号；日志与留痕里是同一个", "string"),
    "ETag": ("记录的版本；修改时原样放入 If-Match", "string"),
    "Link": ('下一页的地址（RFC 8288，rel="next"）；最后一页没有', "string"),
    "Idempotency-Replayed": ("true：这是先前那次请求的结果", "string"),
}
KEY: Final = {
    "name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string", "maxLength": 128},
    "description": "每次新的操作用一个新值（如 UUID），重试用同一个；同值同内容得到同一结果，保留 24 小时",
    "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
}  # fmt: skip
IF_MATCH: Final = {
    "name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"},
    "description": "读到的 ETag，原样", "example": '"3"',
}  # fmt: skip


def openapi(app: FastAPI, doors: Iterable[Door]) -> dict[str, Any]:
    """The document of the application; made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, openapi_version=app.openapi_version, description=DESCRIPTION,
            routes=app.routes,
        )
        by_id = {door.operation_id: door for door in doors}
        for operations in made["paths"].values():
            for operation in operations.values():
                complete(operation, by_id[operation["operationId"]])
        by_subject(made)
        finish(made)
        app.openapi_schema = made
    return app.openapi_schema


def complete(operation: Operation, door: Door) -> None:
    """Everything that the door adds to this operation."""
    answers: dict[str, Any] = operation["responses"]
    if "422" in answers and "x-problem-codes" not in answers["422"]:
        answers["422"] = problem_response()
    if "422" in answers:
        add_problems(answers, 422, {"malformed": "请求内容无法识别，见 errors"})
    _add(answers, UnfitText)
    if "requestBody" in operation:
        add_problems(answers, 400, {"unreadable": "请求内容无法读取"})
    _who(operation, door)
    if door.has_effect:
        operation.setdefault("parameters", []).append(KEY)
        _add(answers, IdempotencyKeyMissing, IdempotencyKeyMalformed, IdempotencyKeyReused, StillRunning)
    if takes_version(door.dependant):
        operation.setdefault("parameters", []).append(IF_MATCH)
        _add(answers, ChangedMeanwhile, PreconditionRequired)
    add_problems(answers, 503, {"busy": "暂时忙，稍后重试"})
    _headers(operation, door)
    operation["responses"] = dict(sorted(answers.items()))
    add_examples(operation)


def _who(operation: Operation, door: Door) -> None:
    if door.verb is None:
        operation["security"] = []
        return
    operation["security"] = [{"oauth2": []}, {"cookie": []}]
    operation["x-verb"] = door.verb.value
    _add(operation["responses"], NotSignedIn, NotAllowed)
    if door.needs_own_password:
        _add(operation["responses"], PasswordMustChange)
    if not set(door.methods or ()) <= {"GET", "HEAD"}:
        _add(operation["responses"], ForeignForm)


def _headers(operation: Operation, door: Door) -> None:
    for status, answer in operation["responses"].items():
        names = ["X-Request-Id"]
        if status.startswith("2"):
            names += ["ETag"] * ("version" in _properties(door)) + ["Idempotency-Replayed"] * door.has_effect
            names += ["Link"] * any(one["name"] == "cursor" for one in operation.get("parameters", ()))
        answer.setdefault("headers", {}).update({name: {"$ref": f"#/components/headers/{name}"} for name in names})


def _properties(door: Door) -> Iterable[str]:
    field = door.response_field
    return getattr(field.field_info.annotation, "model_fields", {}) if field else {}


def _add(answers: dict[str, Any], *classes: Any) -> None:
    for one in classes:
        add_problems(answers, one.status, {one.code(): (one.__doc__ or one.title).splitlines()[0]})


def takes_version(dependant: Dependant) -> bool:
    """Whether a route asks for the version that one has seen."""
    return dependant.call is seen_version or any(takes_version(inner) for inner in dependant.dependencies)


def finish(made: dict[str, Any]) -> None:
    """The parts that operations refer to."""
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    components["schemas"] = dict(sorted(schemas.items()))
    components["headers"] = {
        name: {"description": said, "schema": {"type": kind}} for name, (said, kind) in HEADERS.items()
    }
    components["securitySchemes"] = {
        "oauth2": {
            "type": "oauth2",
            "flows": {
                "password": {
                    "tokenUrl": "/api/v1/auth/token", "refreshUrl": "/api/v1/auth/refresh", "scopes": {},
                },
            },
        },
        "cookie": {
            "type": "apiKey", "in": "cookie", "name": "heshi_session",
            "description": "网页登录的会话；写操作还须带 X-CSRF-Token",
        },
    }  # fmt: skip
