"""Tables of services. Both are appended to and never changed: the database refuses update and delete."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel, UniqueConstraint

from kit.db import Moment


class ServiceCardRow(SQLModel, table=True):
    """服务目录: one published version of what a service is"""

    __tablename__ = "service_card"
    __table_args__ = (UniqueConstraint("code", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=32)
    version: int
    valid_from: date
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    digest: str = Field(max_length=80)
    published_by_id: str = Field(max_length=64)
    published_by: str = Field(max_length=64)
    published_at: datetime = Field(sa_type=Moment)


class ServicePlanRow(SQLModel, table=True):
    """价格方案: one published version of one plan of a service, with the evidence of its checks"""

    __tablename__ = "service_plan"
    __table_args__ = (UniqueConstraint("code", "plan_code", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=32)
    plan_code: str = Field(max_length=32)
    version: int
    valid_from: date
    valid_to: date
    replaces: int | None = None
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    evidence: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    digest: str = Field(max_length=80)
    published_by_id: str = Field(max_length=64)
    published_by: str = Field(max_length=64)
    published_at: datetime = Field(sa_type=Moment)
