"""One transaction a request, committed here and nowhere else; a GET reads and rolls back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import anyio
from fastapi import Depends, FastAPI, Request
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from api.contract.turnstile import turnstile
from kit.db import engine

READING = frozenset({"GET", "HEAD"})


def knows_one_writer(app: FastAPI) -> bool:
    """Whether the database takes one writer at a time (SQLite)."""
    return engine(app.state.database_url).dialect.name == "sqlite"


@asynccontextmanager
async def reading(request: Request) -> AsyncIterator[Session]:
    """The request's session; what it wrote is undone."""
    async with turnstile().connections:
        session = Session(engine(request.app.state.database_url), expire_on_commit=False)
        request.state.session = session
        try:
            yield session
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(session.close)


@asynccontextmanager
async def writing(request: Request) -> AsyncIterator[Session]:
    """The request's session, committed once when nothing raised."""
    async with reading(request) as session:
        yield session
        await run_in_threadpool(session.commit)


async def session_of(request: Request) -> Session:
    """The session that the door opened for this request."""
    session: Session = request.state.session
    return session


Database = Annotated[Session, Depends(session_of)]
