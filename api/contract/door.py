"""The door: every request passes here, in this order.

who asks → may this role → was the form ours → was this done before → the effect → its answer is kept → one commit.
A route that names no verb (and is not marked public) cannot be made.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import nullcontext, suppress
from datetime import datetime
from typing import Any, ClassVar, Final

import anyio
from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.params import Form
from fastapi.routing import APIRoute
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from api.access import Acting, identified, identify, identity_of, judge, key_ring, now_of
from api.contract import idempotency
from api.contract.csrf import cookie_of, refuse_foreign_form, token_of
from api.contract.idempotency import Claim, Key
from api.contract.marks import is_keyless, is_public, needs_own_password
from api.contract.pageframe import PAGE, PageFrame
from api.contract.texts import refuse_unfit_address, refuse_unfit_body
from api.contract.turnstile import still_running, turnstile
from api.database import READING, knows_one_writer, reading, writing
from kit.access import Role, Verb
from kit.db import engine
from kit.identity.problems import NotSignedIn
from mot.tasks.repository import open_tasks_of

Handler = Callable[[Request], Awaitable[Response]]

WRITER_SECONDS: Final = 30.0
PAUSE_SECONDS: Final = 0.03


class Door(APIRoute):
    """A route behind the door. `verb` is what it does; None where anybody may ask."""

    twin_seconds: ClassVar[float] = 5.0
    """How long a twin waits for the answer of the request that came first."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **how: Any) -> None:
        super().__init__(path, endpoint, **how)
        verbs = {acting.verb for acting in _acting(self.dependant)}
        if len(verbs) != (0 if is_public(endpoint) else 1):
            raise TypeError(f"{sorted(self.methods or ())} {path}: name one verb by needs(Verb.X), or mark it public")
        self.verb: Verb | None = next(iter(verbs), None)

    @property
    def has_effect(self) -> bool:
        """Whether a POST here needs an `Idempotency-Key`."""
        return "POST" in (self.methods or ()) and not is_keyless(self.endpoint)

    @property
    def needs_own_password(self) -> bool:
        """Whether one whose password an administrator chose is sent to change it first."""
        return needs_own_password(self.endpoint)

    @property
    def is_form(self) -> bool:
        """Whether the body is read as form fields; a form that carries only what is ours has no body of its own."""
        return self.body_field is None or isinstance(self.body_field.field_info, Form)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            request.state.at = now_of(request)
            refuse_unfit_address(request)
            if request.method in READING:
                return await self._read(request, inner)
            try:
                return await self._write(request, inner)
            finally:
                await request.close()  # files of a form, where nobody came so far as to close them

        return handle

    async def _read(self, request: Request, inner: Handler) -> Response:
        async with reading(request) as session:
            set_frame(request, await run_in_threadpool(self._identify, request, session))
            judge(request, self.verb, own_password=self.needs_own_password)
            answer = await inner(request)
        await _note_use(request)
        return answer

    def _identify(self, request: Request, session: Session) -> int | None:
        """Find out who asks, and their open tasks where a page shows them.

        Where anybody may ask, a token or cookie that has ended is no obstacle.
        """
        with suppress(NotSignedIn) if self.verb is None else nullcontext():
            identify(request, session)
        return waiting(request, session)

    def _identify_first(self, request: Request) -> int | None:
        """The same before a write, over a session of its own, at one go."""
        with Session(engine(request.app.state.database_url), expire_on_commit=False) as session:
            return self._identify(request, session)

    async def _write(self, request: Request, inner: Handler) -> Response:
        async with turnstile().connections:
            open_tasks = await run_in_threadpool(self._identify_first, request)
        set_frame(request, open_tasks)
        judge(request, self.verb, own_password=self.needs_own_password)
        if self.verb is not None or not request.url.path.startswith("/api/"):
            await refuse_foreign_form(request, is_form=self.is_form)
        await refuse_unfit_body(request, is_form=self.is_form)
        await _note_use(request)
        if not self.has_effect:
            return await self._once(request, inner, None)
        who = identified(request)
        name = (self.operation_id or self.unique_id)[:160]
        secrets = key_ring(request.app).derived("idempotency")
        key = await idempotency.key_of(request, who.actor.user_id if who else "", name, secrets, is_form=self.is_form)
        async with turnstile().turn(key.name, self.twin_seconds):
            return await self._once(request, inner, key)

    async def _once(self, request: Request, inner: Handler, key: Key | None) -> Response:
        one_writer = knows_one_writer(request.app)
        place = ("writer", request.app.state.database_url) if one_writer else object()
        async with turnstile().turn(place, WRITER_SECONDS):
            end = anyio.current_time() + (WRITER_SECONDS if one_writer else self.twin_seconds)
            while anyio.current_time() < end:
                answer = await self._try(request, inner, key)
                if answer is not None:
                    return answer
                await anyio.sleep(PAUSE_SECONDS)
        raise still_running()

    async def _try(self, request: Request, inner: Handler, key: Key | None) -> Response | None:
        """The answer, or None while another process is at it."""
        async with writing(request) as session:
            found = await run_in_threadpool(_taken, session, key, request.state.at)
            if found is Claim.BUSY:
                return None
            if isinstance(found, Response):
                return found
            answer = await inner(request)
            if key is not None and answer.status_code < 400:
                await run_in_threadpool(idempotency.keep, session, key, answer, request.state.at)
            return answer


def _taken(session: Session, key: Key | None, at: datetime) -> Claim | Response:
    """The writer's place and the key, or the answer that stands under it."""
    if not idempotency.lock_to_write(session):
        return Claim.BUSY
    return Claim.OURS if key is None else idempotency.claim(session, key, at)


def set_frame(request: Request, open_tasks: int | None = None) -> None:
    """What pages of this request show of who asks, and what their forms carry."""
    who = identified(request)
    token = token_of(request) if cookie_of(request) else ""
    PAGE.set(PageFrame(who.actor if who else None, token, bool(who and who.must_change_password), open_tasks))


def waiting(request: Request, session: Session) -> int | None:
    """The open tasks of the adviser who opens a page, in one question; None for everybody else, and for the API."""
    who = identified(request)
    if who is None or who.actor.role is not Role.ADVISOR or request.url.path.startswith("/api/"):
        return None
    return open_tasks_of(session, who.actor)


async def _note_use(request: Request) -> None:
    """A page session ends when it lies idle: note now and then that it does not, in a transaction of its own."""
    who = identified(request)
    if who is None or not who.touch_due:
        return
    async with writing(request) as session:
        if await run_in_threadpool(idempotency.lock_to_write, session):
            await run_in_threadpool(identity_of(request, session).touch, who.session_id)


def _acting(dependant: Dependant) -> Iterator[Acting]:
    if isinstance(dependant.call, Acting):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _acting(inner)
