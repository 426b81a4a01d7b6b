"""Tables of callback samples, appended and never changed (triggers refuse both). Only `suitability.sampling` knows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel, UniqueConstraint

from kit.db import Moment


class SampleRow(SQLModel, table=True):
    """回访样本: the frame by its digest, the seed, and what was drawn"""

    __tablename__ = "callback_sample"
    id: int | None = Field(default=None, primary_key=True)
    year: int = Field(index=True)
    basis_day: date
    frame_size: int
    frame_digest: str = Field(max_length=80)
    excluded: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    share: str = Field(max_length=16)
    strata: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    seed: str = Field(max_length=64)
    size: int
    rule_version: str = Field(max_length=80)
    digest: str = Field(max_length=80)
    drawn_by_id: str = Field(max_length=32)
    drawn_by: str = Field(max_length=64)
    drawn_at: datetime = Field(sa_type=Moment)


class MemberRow(SQLModel, table=True):
    """样本中的一个客户"""

    __tablename__ = "callback_member"
    __table_args__ = (UniqueConstraint("sample_id", "client_no"),)
    id: int | None = Field(default=None, primary_key=True)
    sample_id: int = Field(foreign_key="callback_sample.id")
    client_no: str = Field(max_length=64)
    stratum: str = Field(default="", max_length=64)


class ResultRow(SQLModel, table=True):
    """一次回访的结果"""

    __tablename__ = "callback_result"
    id: int | None = Field(default=None, primary_key=True)
    member_id: int = Field(foreign_key="callback_member.id", index=True)
    outcome: str = Field(max_length=16)
    channel: str = Field(max_length=16)
    problem: str = Field(default="", max_length=512)
    note: str = Field(default="", max_length=512)
    evidence: str = Field(default="", max_length=80)  # sha256 of the recording or of the signed form
    called_on: date
    filed_by_id: str = Field(max_length=32)
    filed_by: str = Field(max_length=64)
    filed_at: datetime = Field(sa_type=Moment)
