"""Tables of changes, appended and never changed (triggers refuse both). Only `suitability.changes` knows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Text
from sqlmodel import Field, Index, SQLModel

from kit.db import Moment


class ChangeRow(SQLModel, table=True):
    """变更草稿: the whole proposed text, what it replaces, from when"""

    __tablename__ = "rule_change"
    __table_args__ = (Index("ix_rule_change_target", "kind", "target", "effective_from", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=16)
    target: str = Field(max_length=64)
    title: str = Field(max_length=128)
    reason: str = Field(max_length=512)
    content: str = Field(sa_column=Column(Text, nullable=False))
    version: str = Field(max_length=80)
    base: str = Field(max_length=80)
    effective_from: date
    rollback_of: int | None = Field(default=None, foreign_key="rule_change.id")
    digest: str = Field(max_length=80)
    drafted_by_id: str = Field(max_length=32)
    drafted_by: str = Field(max_length=64)
    drafted_at: datetime = Field(sa_type=Moment)


class ChangePreviewRow(SQLModel, table=True):
    """影响预演"""

    __tablename__ = "rule_change_preview"
    id: int | None = Field(default=None, primary_key=True)
    change_id: int = Field(foreign_key="rule_change.id", index=True)
    day: date
    digest: str = Field(max_length=80)
    result: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    made_by_id: str = Field(max_length=32)
    made_by: str = Field(max_length=64)
    made_at: datetime = Field(sa_type=Moment)


class ChangeVerdictRow(SQLModel, table=True):
    """复核结论: one a change"""

    __tablename__ = "rule_change_verdict"
    change_id: int = Field(primary_key=True, foreign_key="rule_change.id", sa_column_kwargs={"autoincrement": False})
    approved: bool
    preview_id: int | None = Field(default=None, foreign_key="rule_change_preview.id")
    reason: str = Field(max_length=512)
    decided_by_id: str = Field(max_length=32)
    decided_by: str = Field(max_length=64)
    decided_at: datetime = Field(sa_type=Moment)
