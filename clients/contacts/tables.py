"""Table of contacts. A row is never changed or deleted (by trigger): a wrong one is answered by another note."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment


class ContactRow(SQLModel, table=True):
    """接触记录"""

    __tablename__ = "client_contact"
    __table_args__ = (
        UniqueConstraint("client_id", "fingerprint"),
        Index("ix_client_contact_client_day", "client_id", "day"),
    )
    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id")
    staff_id: int | None = Field(default=None, foreign_key="staff.id")
    at: datetime = Field(sa_type=Moment)
    day: date
    channel: str = Field(max_length=16)
    purpose: str = Field(max_length=16)
    reached: bool = True
    note: str = Field(default="", max_length=512)
    source: str = Field(max_length=16)
    source_ref: str = Field(default="", max_length=64)
    fingerprint: str = Field(max_length=32)
    recorded_at: datetime = Field(sa_type=Moment)
    recorded_by: str = Field(max_length=64)
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
