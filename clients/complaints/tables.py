"""Tables of complaints: a current row with a version, and its events. No complaint is deleted; no event is changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment


class ComplaintRow(SQLModel, table=True):
    """投诉, as it stands"""

    __tablename__ = "complaint"
    __table_args__ = (
        Index("ix_complaint_client", "client_id", "received_on"),
        Index("ix_complaint_status_due", "status", "due_on"),
    )
    id: int | None = Field(default=None, primary_key=True)
    version: int = 1
    client_id: int = Field(foreign_key="client.id")
    received_on: date
    way: str = Field(max_length=16)
    complainant: str = Field(max_length=16)
    topic: str = Field(max_length=16)
    severity: str = Field(max_length=16)
    content: str = Field(max_length=2000)
    about_staff_no: str = Field(default="", max_length=64)
    status: str = Field(max_length=16)
    owner_no: str = Field(default="", max_length=64)
    owner_name: str = Field(default="", max_length=128)
    due_on: date
    extended: int = 0  # how often
    conclusion: str = Field(default="", max_length=16)
    conclusion_note: str = Field(default="", max_length=1000)
    lesson: str = Field(default="", max_length=1000)
    proposed_by_id: str = Field(default="", max_length=64)
    proposed_by: str = Field(default="", max_length=64)
    closed_on: date | None = None
    retain_until: date


class ComplaintEventRow(SQLModel, table=True):
    """投诉经过: who did what to a complaint. Appended, never changed."""

    __tablename__ = "complaint_event"
    __table_args__ = (UniqueConstraint("complaint_id", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    complaint_id: int = Field(foreign_key="complaint.id")
    version: int  # of the complaint that the event made
    act: str = Field(max_length=16)
    at: datetime = Field(sa_type=Moment)
    by_id: str = Field(max_length=64)
    by_name: str = Field(max_length=64)
    status: str = Field(max_length=16)  # after it
    note: str = Field(default="", max_length=1000)
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    digest: str = Field(max_length=80)
