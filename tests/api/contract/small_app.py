"""A small application behind the door: one route with an effect that takes its time, as a server would run it."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, FastAPI, Form, HTTPException, Response
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from api import problems
from api.access import needs
from api.contract.door import Door
from api.contract.marks import keyless
from api.contract.requests import RequestIds
from api.database import Database
from kit.access import Actor, Role, Verb
from kit.identity.keys import parse_keys
from kit.identity.types import Identified
from kit.marks import DatabaseMarkRow
from kit.problems import Conflict


class HastyDoor(Door):
    """Whose twins do not wait long."""

    twin_seconds = 0.5


router = APIRouter(route_class=Door, dependencies=[needs(Verb.SESSION_OWN)])


class SomebodySignedIn:
    """Every request is the same advisor's."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            actor = Actor("u1", "advisor", Role.ADVISOR, "staff:S1")
            scope.setdefault("state", {})["who"] = Identified(actor, "session")
        await self.app(scope, receive, send)


class NoteIn(BaseModel):
    text: str
    seconds: float = 0
    fate: str = "done"


class NoteOut(BaseModel):
    name: str
    text: str


def write_note(session: Database, body: NoteIn, response: Response) -> NoteOut:
    """Write one row under a new name; then wait, refuse, fail or die as asked."""
    made = DatabaseMarkRow(name=f"note-{time.time_ns() % 10**12}", value=body.text)
    session.add(made)
    session.flush()
    time.sleep(body.seconds)
    if body.fate == "refused":
        raise Conflict("拒绝")
    if body.fate == "failed":
        raise RuntimeError("failed")
    if body.fate == "gone":
        raise HTTPException(410)
    if body.fate == "killed":
        os.kill(os.getpid(), 9)
    response.headers["Location"] = f"/api/notes/{made.name}"
    response.headers["ETag"] = '"1"'
    return NoteOut(name=made.name, text=body.text)


hasty = APIRouter(route_class=HastyDoor, dependencies=[needs(Verb.SESSION_OWN)])
hasty.post("/api/hasty", status_code=201, operation_id="writeHastily")(write_note)
router.post("/api/notes", status_code=201, operation_id="writeNote")(write_note)


@router.post("/api/looks", operation_id="look")
@keyless
def look(session: Database) -> dict[str, bool]:
    return {"looked": True}


@router.post("/api/form", operation_id="sendForm")
def send_form(session: Database, text: Annotated[str, Form()]) -> NoteOut:
    made = DatabaseMarkRow(name=f"form-{time.time_ns() % 10**12}", value=text)
    session.add(made)
    return NoteOut(name=made.name, text=text)


def make() -> FastAPI:
    """The application on the database that SMALL_APP_DATABASE names."""
    app = FastAPI()
    app.state.database_url = os.environ["SMALL_APP_DATABASE"]
    app.state.clock = lambda: datetime.now(UTC)
    app.state.keys = parse_keys("test:0123456789abcdef0123456789ABCDEF")
    app.add_middleware(SomebodySignedIn)
    app.add_middleware(RequestIds)
    problems.install(app)
    app.include_router(router)
    app.include_router(hasty)
    return app
