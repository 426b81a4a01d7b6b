"""Table of permissions, appended and never changed (triggers refuse both). Only `suitability.gates` knows it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Index, SQLModel

from kit.db import Moment


class GateRecordRow(SQLModel, table=True):
    """权限申请、开通、登记与关闭: the application with its evidence, what was decided and why"""

    __tablename__ = "gate_record"
    __table_args__ = (Index("ix_gate_record_client", "client_no", "gate", "effective_from", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    client_no: str = Field(max_length=64)
    gate: str = Field(max_length=24)
    kind: str = Field(max_length=16)
    grade: int | None = None  # 一级 to 三级 of options
    applied_on: date
    effective_from: date
    evidence: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    conditions: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    reasons: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    rule_version: str = Field(max_length=80)
    digest: str = Field(max_length=80)
    replaces: int | None = Field(default=None, foreign_key="gate_record.id")
    decided_by_id: str = Field(max_length=32)
    decided_by: str = Field(max_length=64)
    decided_at: datetime = Field(sa_type=Moment)
