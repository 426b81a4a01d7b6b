"""The table of events, told and derived. Appended, never changed: a correction is another event."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment


class EventRow(SQLModel, table=True):
    """关键时刻的事件: one thing that happened to one client on one day. Once for each client, kind, day and key."""

    __tablename__ = "mot_event"
    __table_args__ = (
        UniqueConstraint("client_no", "kind", "occurred_on", "ref"),
        Index("ix_mot_event_day", "occurred_on", "expires_on"),
    )
    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(max_length=80, unique=True)  # mot.events.types.event_digest
    client_no: str = Field(max_length=64)
    kind: str = Field(max_length=32)
    family: str = Field(max_length=16)
    occurred_on: date
    ref: str = Field(default="", max_length=64)  # business key, "" without one
    source: str = Field(max_length=16)
    confidence: int
    tentative: bool
    expires_on: date
    facts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    amount: float | None = None  # the figures of mot.events.columns
    usual: float | None = None
    due_on: date | None = None
    filed_at: datetime = Field(sa_type=Moment)
    filed_by: str = Field(max_length=64)
