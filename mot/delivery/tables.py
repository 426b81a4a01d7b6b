"""Tables of sending. Attempts are appended only (by trigger); the others stand as they are now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text, text
from sqlmodel import Field, Index, SQLModel

from kit.db import Moment

FOR_INBOX = text("ready_at IS NOT NULL AND NOT outward")
OUTWARD = text("ready_at IS NOT NULL AND outward")
STUCK = text("state IN ('DEAD', 'UNCERTAIN', 'HELD')")
GUARDED = text("guard <> ''")
ARRIVED = text("inbox_no IS NOT NULL")


class DeliveryRow(SQLModel, table=True):
    """发送记录: what is to be said to whom, by which channel. Written once; the words alone may be those of the push"""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_subject", "subject_id"),
        Index("ix_delivery_guard", "guard", postgresql_where=GUARDED, sqlite_where=GUARDED),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=80)
    subject_kind: str = Field(max_length=16)
    subject_id: str = Field(max_length=80)
    channel: str = Field(max_length=16)
    recipient: str = Field(max_length=128)
    address: str = Field(default="", max_length=64)  # a name; the address itself stands in the settings only
    client_no: str = Field(default="", max_length=64)
    guard: str = Field(default="", max_length=128)
    category: str = Field(default="", max_length=32)
    priority: int = 5
    title: str = Field(max_length=200)
    body: str = Field(sa_column=Column(Text, nullable=False))
    link: str = Field(default="", max_length=400)
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime | None = Field(default=None, sa_type=Moment)  # after it the message is worth nothing


class StandingRow(SQLModel, table=True):
    """发送进度: how a delivery stands. Narrow, for a claim and its filing write it anew each time

    priority, outward and recipient are those of the delivery: what its indexes need.
    """

    __tablename__ = "delivery_standing"
    __table_args__ = (
        Index("ix_delivery_inbox", "priority", "ready_at", postgresql_where=FOR_INBOX, sqlite_where=FOR_INBOX),
        Index("ix_delivery_outward", "priority", "ready_at", postgresql_where=OUTWARD, sqlite_where=OUTWARD),
        Index("ix_delivery_stuck", "state", "delivery_id", postgresql_where=STUCK, sqlite_where=STUCK),
        Index("ix_delivery_arrived", "recipient", "inbox_no", unique=True, postgresql_where=ARRIVED,
              sqlite_where=ARRIVED),
    )
    delivery_id: int = Field(primary_key=True, foreign_key="delivery.id", sa_column_kwargs={"autoincrement": False})
    priority: int
    outward: bool  # it leaves the house
    recipient: str = Field(max_length=128)
    state: str = Field(max_length=12)
    reason: str = Field(default="", max_length=400)
    ready_at: datetime | None = Field(default=None, sa_type=Moment)  # may be claimed then; a claim: its lease
    fence: int = 0
    worker: str = Field(default="", max_length=80)
    began_at: datetime | None = Field(default=None, sa_type=Moment)  # a push left, and its answer is not filed
    attempts: int = 0
    uncertain: int = 0
    since: datetime = Field(sa_type=Moment)  # its age counts from here: since it was written, or sent again by hand
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    inbox_no: int | None = None  # 站内信编号: it lies in the inbox, ascending by arrival (PostgreSQL: a sequence)
    read_at: datetime | None = Field(default=None, sa_type=Moment)


class DeliveryAttemptRow(SQLModel, table=True):
    """发送经过: one happening. Appended, never changed."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (Index("ix_delivery_attempt_delivery", "delivery_id", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.id")
    fence: int
    worker: str = Field(max_length=80)  # or who did it by hand
    at: datetime = Field(sa_type=Moment)
    happening: str = Field(max_length=12)
    detail: str = Field(default="", max_length=400)


class ChannelWindowRow(SQLModel, table=True):
    """渠道的频率: when pushes to one address were made, no longer ago than its longest limit looks back"""

    __tablename__ = "channel_window"
    address: str = Field(primary_key=True, max_length=96)  # channel and name
    pushes: list[Any] = Field(sa_column=Column(JSON, nullable=False))  # seconds since 1970, ascending
    closed_until: datetime | None = Field(default=None, sa_type=Moment)  # the receiver asked to be left alone
