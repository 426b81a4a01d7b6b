"""Tables of the load plan: what was accepted of it, and what was taken back. Appended, never changed."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel

from kit.db import Moment


class ServiceStepRow(SQLModel, table=True):
    """已接受的调整: one promise of one client, done in another week, by another person, or later"""

    __tablename__ = "service_step"
    __table_args__ = (Index("ix_service_step_client", "client_id", "kind", "owed_on"),)
    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id")
    kind: str = Field(max_length=16)
    owed_on: date  # the day of the promise itself, late or not
    measure: str = Field(max_length=16)
    staff_no: str = Field(max_length=64)
    to_staff_no: str = Field(default="", max_length=64)  # empty where the person stays the same
    to_on: date  # the first day of the week in which it is done instead
    reason: str = Field(max_length=500)
    at: datetime = Field(sa_type=Moment)
    by_id: str = Field(max_length=64)
    by_name: str = Field(max_length=64)


class ServiceStepUndoRow(SQLModel, table=True):
    """撤回: an accepted step that holds no longer"""

    __tablename__ = "service_step_undo"
    id: int | None = Field(default=None, primary_key=True)
    step_id: int = Field(foreign_key="service_step.id", unique=True)
    reason: str = Field(max_length=500)
    at: datetime = Field(sa_type=Moment)
    by_id: str = Field(max_length=64)
    by_name: str = Field(max_length=64)
