"""`Idempotency-Key`: the same request by the same actor has one effect and one answer, byte for byte.

The answer is written in the transaction of its effect: a crash leaves both or neither. Only what succeeded is kept. A
refusal wrote nothing, so a retry of it is judged anew; a failure of ours is never kept.
Why: `docs/decisions/api-idempotency.md`.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any, Final

from fastapi import Request, Response
from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col
from starlette.datastructures import FormData, UploadFile

from api.contract.tables import AnswerRow
from kit.problems import Problem

HEADER: Final = "Idempotency-Key"
FIELD: Final = "idempotency_key"
KEPT_FOR: Final = timedelta(hours=24)
SWEPT_AT_ONCE: Final = 1_000
REPLAYED: Final = "Idempotency-Replayed"

_KEY: Final = re.compile(r"[\x21-\x7e]{1,128}")
_KEPT_HEADERS: Final = ("content-type", "location", "etag", "link", "content-disposition")
_NOT_THE_BODY: Final = frozenset({FIELD, "csrf_token"})
_BLOCK: Final = 1 << 20


class IdempotencyKeyMissing(Problem):
    """缺少 Idempotency-Key"""

    status = 400
    title = "Idempotency-Key missing"


class IdempotencyKeyMalformed(Problem):
    """Idempotency-Key 无法识别"""

    status = 400
    title = "Idempotency-Key malformed"


class IdempotencyKeyReused(Problem):
    """Idempotency-Key 已用于另一请求"""

    status = 422
    title = "Idempotency-Key used for another request"


class Claim(Enum):
    """What stands under a key: nothing yet (and it is ours until the transaction ends), or somebody is at it."""

    OURS = "ours"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Key:
    """Whose request on which route, under which key; fingerprints of what it asked for, the one to keep first."""

    actor: str
    route: str
    key: str
    fingerprints: tuple[str, ...]

    @property
    def name(self) -> tuple[str, str, str]:
        return self.actor, self.route, self.key


async def key_of(request: Request, actor: str, route: str, secrets: Sequence[bytes], *, is_form: bool) -> Key:
    """The key of this request. Raises IdempotencyKeyMissing, IdempotencyKeyMalformed.

    secrets: what the fingerprint is made under, the present one first: a body may hold a password, and a plain hash of
    that could be guessed from.
    """
    if is_form:
        form = await request.form()
        said = request.headers.get(HEADER) or form.get(FIELD)
        asked = await form_digest(form)
    else:
        said = request.headers.get(HEADER)
        asked = json_digest(await request.body())
    if not isinstance(said, str) or not said:
        raise IdempotencyKeyMissing(
            f"这个操作需要请求头 {HEADER}：每次新的操作生成一个新值（如 UUID），重试时用同一个值"
        )
    if not _KEY.fullmatch(said):
        raise IdempotencyKeyMalformed(f"{HEADER} 须为 1 至 128 个可见的 ASCII 字符，如 UUID")
    place = f"{request.url.path}?{request.url.query}"
    told = f"{place}\n{asked}".encode()
    return Key(actor, route, said, tuple(hmac.new(secret, told, sha256).hexdigest() for secret in secrets))


def json_digest(body: bytes) -> str:
    """Of what the body says, so that order of members and spaces do not matter; of the bytes where it is no JSON."""
    with suppress(ValueError, RecursionError):
        body = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    return sha256(body).hexdigest()


async def form_digest(form: FormData) -> str:
    """Of every field but the ones that are ours, and of the bytes of every file, in the order sent."""
    whole = sha256()
    for name, value in form.multi_items():
        if name in _NOT_THE_BODY:
            continue
        said = await _file_digest(value) if isinstance(value, UploadFile) else value
        whole.update(json.dumps([name, said]).encode())
    return whole.hexdigest()


async def _file_digest(file: UploadFile) -> str:
    content = sha256()
    while block := await file.read(_BLOCK):
        content.update(block)
    await file.seek(0)
    return f"{file.filename}:{content.hexdigest()}"


def lock_to_write(session: Session) -> bool:
    """SQLite knows one writer: take that place, or say at once that it is taken. PostgreSQL needs none."""
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        return True
    driver: Any = connection.connection.driver_connection
    if driver.in_transaction:
        return True
    patience = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if "locked" not in str(error):
            raise
        return False
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={patience}")
    return True


def claim(session: Session, key: Key, now: datetime) -> Claim | Response:
    """Take `key` until the transaction ends, or the answer that it got. Raises IdempotencyKeyReused.

    The session must hold the writer's place (`lock_to_write`); on PostgreSQL a lock on the key's name is tried.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        name = "\x1f".join(key.name)
        tried = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 1))")
        if not connection.execute(tried, {"name": name}).scalar_one():
            return Claim.BUSY
    row = session.scalars(select(AnswerRow).where(_is(key))).first()
    if row is None:
        return Claim.OURS
    if row.kept_at < now - KEPT_FOR:
        session.delete(row)
        session.flush()
        return Claim.OURS
    if row.fingerprint not in key.fingerprints:
        raise IdempotencyKeyReused(f"这个 {HEADER} 已用于内容不同的另一请求；新的操作请用新值，重试请发送原来的内容")
    return replay(row)


def keep(session: Session, key: Key, response: Response, now: datetime) -> None:
    """File the answer beside its effect, in the same transaction. The commit belongs to the caller."""
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    session.add(
        AnswerRow(
            actor=key.actor, route=key.route, key=key.key, fingerprint=key.fingerprints[0], status=response.status_code,
            headers=json.dumps(headers), body=bytes(response.body), kept_at=now,
        )
    )
    session.flush()


def replay(row: AnswerRow) -> Response:
    """The kept answer: the same status and bytes, marked as given before."""
    headers: Mapping[str, str] = json.loads(row.headers)
    return Response(row.body, status_code=row.status, headers={**headers, REPLAYED: "true"})


def sweep(session: Session, now: datetime, most: int = SWEPT_AT_ONCE) -> int:
    """Delete answers older than a day, the oldest first and at most `most`; how many went. The caller commits."""
    old = (
        select(col(AnswerRow.actor), col(AnswerRow.route), col(AnswerRow.key))
        .where(col(AnswerRow.kept_at) < now - KEPT_FOR)
        .order_by(col(AnswerRow.kept_at))
        .limit(most)
    )
    named = [tuple(row) for row in session.execute(old)]
    if named:
        session.execute(delete(AnswerRow).where(tuple_(*_columns()).in_(named)))
    return len(named)


def _columns() -> tuple[Any, Any, Any]:
    return col(AnswerRow.actor), col(AnswerRow.route), col(AnswerRow.key)


def _is(key: Key) -> Any:
    return tuple_(*_columns()) == key.name
