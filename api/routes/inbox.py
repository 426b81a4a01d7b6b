"""站内信: one's own messages, read or not, and new ones as they come (server-sent events)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from api.access import Now, Who, acting, needs
from api.bell import bell_of
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.database import Database
from api.links import next_link
from api.routes.deliveries import LARGEST_ID, before_id
from api.routes.delivery_shapes import MessageOut, MessagePage
from api.routes.shapes import Cursor, Limit, PathId
from kit.access import Actor, Verb
from kit.db import engine
from mot.delivery.inbox import Inbox, InboxMessage, recipients_of
from mot.delivery.problems import NoSuchMessage
from reports.paging import write_cursor

router = APIRouter(prefix="/inbox", tags=["站内信"], route_class=Door)
EVENTS: Final = "text/event-stream"
LONGEST: Final = 300
LOOKED_EVERY: Final = 1.0
"""Seconds between looks where the database cannot call; where it can, a look now and then is a safety net."""
LOOKED_ANYWAY: Final = 15.0
STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "`unread` 未读数；`message` 一条站内信，id 即其编号",
        "content": {EVENTS: {"schema": {"type": "string"}}},
    }
}


def message_out(one: InboxMessage) -> MessageOut:
    return MessageOut.model_validate({name: getattr(one, name) for name in MessageOut.model_fields})


@router.get("", operation_id="listInbox", dependencies=[needs(Verb.INBOX_OWN)])
def list_inbox(
    request: Request, response: Response, session: Database, who: Who,
    unread: Annotated[bool, Query(description="只看未读")] = False, cursor: Cursor = None, limit: Limit = 50,
) -> MessagePage:  # fmt: skip
    """My messages, newest first."""
    mine = Inbox(session, who)
    found = mine.page(unread=unread, before=before_id(cursor), most=limit + 1)
    following = write_cursor(str(found[limit - 1].id)) if len(found) > limit else None
    next_link(request, response, following)
    return MessagePage(items=[message_out(one) for one in found[:limit]], unread=mine.unread(), next=following)


@router.get(
    "/stream", operation_id="streamInbox", response_class=StreamingResponse, responses=STREAM,
    dependencies=[needs(Verb.INBOX_OWN)],
)
def stream_inbox(
    request: Request, session: Database, who: Who,
    after: Annotated[int | None, Query(ge=0, le=LARGEST_ID, description="从这一编号之后开始；默认只要新来的")] = None,
    seconds: Annotated[int, Query(ge=0, le=LONGEST, description="多少秒后结束，由浏览器再连")] = 60,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> StreamingResponse:  # fmt: skip
    """New messages as they come. A reader that lost the line names the last id it saw and misses none."""
    seen = after
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit():
        seen = min(int(last_event_id), LARGEST_ID)
    if seen is None:
        newest = Inbox(session, who).page(most=1)
        seen = newest[0].id if newest else 0
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events(request, who, seen, seconds), media_type=EVENTS, headers=headers)


@router.post("/{message_id}/read", operation_id="readMessage", responses=problem_responses(NoSuchMessage))
def read_message(
    message_id: PathId, session: Database, who: Annotated[Actor, Depends(acting(Verb.INBOX_OWN))], at: Now
) -> MessageOut:
    """Mark one of my messages as read; the first reading counts."""
    return message_out(Inbox(session, who).read(message_id, at))


async def events(request: Request, who: Actor, seen: int, seconds: int) -> AsyncIterator[bytes]:
    """The stream: how many are unread, then each message once, in the order of their ids."""
    bell, url = bell_of(request.app), request.app.state.database_url
    until = time.monotonic() + seconds
    rung = bell.listen(recipients_of(who))
    try:
        told = None
        while True:
            rung.clear()
            found, unread = await run_in_threadpool(look, url, who, seen)
            for one in found:
                yield event("message", message_out(one).model_dump(mode="json"), one.id)
                seen = one.id
            if unread != told:
                yield event("unread", {"unread": unread})
                told = unread
            left = until - time.monotonic()
            if left <= 0:
                return
            wait = LOOKED_ANYWAY if bell.rings else LOOKED_EVERY
            try:
                await asyncio.wait_for(rung.wait(), min(wait, left))
            except TimeoutError:
                if bell.rings:
                    yield b": still here\n\n"
    finally:
        bell.leave(rung)


def look(url: str, who: Actor, seen: int) -> tuple[list[InboxMessage], int]:
    """What came since, on a connection that is given back at once: a stream holds none."""
    with Session(engine(url)) as session:
        mine = Inbox(session, who)
        return mine.since(seen), mine.unread()


def event(name: str, data: dict[str, Any], number: int | None = None) -> bytes:
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\n".encode() + b"data: " + orjson.dumps(data, default=_plain) + b"\n\n"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
