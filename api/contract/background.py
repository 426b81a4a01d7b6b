"""What runs beside the requests: the sealer of the trail, and the broom that takes answers older than a day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Final

import structlog
from fastapi import FastAPI
from sqlmodel import Session

from api.contract.idempotency import sweep
from api.warm import warm
from kit import logs
from kit.db import engine, transaction
from kit.identity.keys import require_safe_secrets
from kit.identity.problems import UnsafeSecrets
from kit.marks import is_demo
from kit.memory import keep_what_is_loaded
from kit.settings import settings
from kit.trail.anchor import AnchorFile
from kit.trail.sealer import Sealer

SWEPT_EVERY: Final = timedelta(minutes=1)
_log = structlog.get_logger("api.background")


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """From start to end of a server. Raises UnsafeSecrets before anything listens."""
    logs.configure(app.state.log_level)
    refuse_unsafe(app)
    warm()
    keep_what_is_loaded()
    url = app.state.database_url
    sealer, broom = Sealer(url, AnchorFile.of(settings())), Broom(url)
    sealer.start()
    broom.start()
    try:
        yield
    finally:
        broom.stop()
        sealer.stop()


def refuse_unsafe(app: FastAPI) -> None:
    """A server that was given no key of its own runs on a demo database only."""
    if app.state.keys is not None:
        return
    with Session(engine(app.state.database_url)) as session:
        demo = is_demo(session)
    keys = require_safe_secrets(settings(), demo=demo)
    if not demo and not settings().token_keys.get_secret_value().strip():
        raise UnsafeSecrets("演示密钥只能用于演示数据库；请为这个数据库设置 HESHI_TOKEN_KEYS")
    app.state.keys = keys


class Broom:
    """A thread that sweeps every minute, a bounded number at a time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="heshi-broom", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(SWEPT_EVERY.total_seconds()):
            try:
                with transaction(self._url) as session:
                    sweep(session, datetime.now(UTC))
            except Exception as error:  # a database that is away for a while is tried again next time
                _log.warning("answers_not_swept", error=type(error).__name__)
