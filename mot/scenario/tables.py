"""The table of scenario versions: the text is fixed by trigger, and a retired version never comes back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment


class ScenarioRow(SQLModel, table=True):
    """场景版本: one content of one scenario, from draft to retirement"""

    __tablename__ = "mot_scenario"
    __table_args__ = (
        UniqueConstraint("scenario_id", "digest"),
        Index("ix_mot_scenario_status", "status", "in_force_from"),
    )
    id: int | None = Field(default=None, primary_key=True)
    version: int = 1  # of the row: each step of its life is one more
    scenario_id: str = Field(max_length=40)
    digest: str = Field(max_length=80)  # over the content: what a task calls its scenario's version
    name: str = Field(max_length=40)
    family: str = Field(max_length=16)
    purpose: str = Field(max_length=16)
    file: str = Field(max_length=255)
    text: str
    status: str = Field(max_length=16)  # DRAFTED, PREVIEWED, APPROVED, RETIRED
    drafted_by_id: str = Field(max_length=64)  # "" where it came with the product
    drafted_by: str = Field(max_length=64)
    drafted_at: datetime = Field(sa_type=Moment)
    preview: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    previewed_at: datetime | None = Field(default=None, sa_type=Moment)
    approved_by_id: str = Field(default="", max_length=64)
    approved_by: str = Field(default="", max_length=64)
    approved_at: datetime | None = Field(default=None, sa_type=Moment)
    in_force_from: date | None = None
    retired_by: str = Field(default="", max_length=64)
    retired_at: datetime | None = Field(default=None, sa_type=Moment)
    retired_on: date | None = None  # the first day on which it no longer fires
    retired_why: str = Field(default="", max_length=400)
