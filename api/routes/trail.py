"""留痕: who changed what, when and from where; by record, or all of it newest first."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.access import needs
from api.contract.door import Door
from api.database import Database
from api.links import next_link
from api.routes.shapes import Cursor, Limit
from kit.access import Verb
from kit.trail import service
from reports.paging import NOT_OURS, read_cursor, write_cursor
from reports.problems import BadCursor

router = APIRouter(prefix="/trail", tags=["留痕"], route_class=Door, dependencies=[needs(Verb.TRAIL_READ)])
LARGEST_ID = 2**63 - 1


class EntryOut(BaseModel):
    """One entry. `position` and `seal` are there once it is sealed into the chain, within seconds."""

    id: int
    at: datetime
    user_id: str
    user_name: str
    user_role: str
    ip: str
    user_agent: str
    request_id: str
    action: str
    record_kind: str
    record_id: str
    record_version: str
    purpose: str
    digest: str = Field(description="所变更内容的 SHA-256")
    detail: Any
    position: int | None = None
    seal: str | None = None


class EntryPage(BaseModel):
    items: list[EntryOut]
    next: str | None


def entry_out(row: dict[str, Any]) -> EntryOut:
    return EntryOut(**{**row, "detail": json.loads(row["detail"])})


@router.get("", operation_id="listTrail")
def list_trail(
    request: Request, response: Response, session: Database, cursor: Cursor = None, limit: Limit = 50
) -> EntryPage:
    """All entries, newest first."""
    found = service.page(session, _before(cursor), limit + 1)
    following = write_cursor(str(found[limit - 1]["id"])) if len(found) > limit else None
    next_link(request, response, following)
    return EntryPage(items=[entry_out(row) for row in found[:limit]], next=following)


@router.get("/records/{kind}", operation_id="getRecordTrail")
def record_trail(
    kind: str, session: Database, record_id: Annotated[str, Query(alias="id", max_length=128)], limit: Limit = 50
) -> EntryPage:
    """The newest entries of one record; empty where nothing was ever changed."""
    found = service.history(session, kind, record_id, limit)
    return EntryPage(items=[entry_out(row) for row in found], next=None)


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    said = read_cursor(cursor, 1)[0]
    if not said.isascii() or not said.isdigit() or int(said) > LARGEST_ID:
        raise BadCursor(NOT_OURS)
    return int(said)
