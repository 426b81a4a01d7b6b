"""Doors for those who run the server: does it live, may it be sent work, what does it count."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from api.access import now_of
from api.measures import exposition
from kit.clock import day_of
from kit.migrate import current_revision, newest_revision

router = APIRouter(include_in_schema=False)
READY: Final = {"status": "ready"}


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz")
def readyz(request: Request) -> JSONResponse:
    """The database answers and has the schema that this version expects; 503 with the reason otherwise."""
    try:
        found = current_revision(request.app.state.database_url)
    except SQLAlchemyError as fault:
        return _not_ready(f"database: {type(fault).__name__}")
    if found != newest_revision():
        return _not_ready(f"schema {found}, expected {newest_revision()}: run `heshi db upgrade`")
    return JSONResponse(READY)


def _not_ready(reason: str) -> JSONResponse:
    return JSONResponse({"status": "not ready", "reason": reason}, status_code=503)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Counters in the text format of Prometheus."""
    return Response(exposition(day_of(now_of(request))), media_type=CONTENT_TYPE_LATEST)
