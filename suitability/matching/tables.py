"""Tables of decisions. Written once: the database refuses every update and delete, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, Text
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment


class RuleSetRow(SQLModel, table=True):
    """规则集: one version of one rule file, whole, so that a decision can be replayed when the file has moved on."""

    __tablename__ = "rule_set"
    version: str = Field(primary_key=True, max_length=80)
    name: str = Field(max_length=64)
    content: str = Field(sa_column=Column(Text, nullable=False))
    first_used_at: datetime = Field(sa_type=Moment)


class DecisionRow(SQLModel, table=True):
    """适当性决定"""

    __tablename__ = "decision"
    __table_args__ = (
        Index("ix_decision_client", "client_no", "made_at"),
        Index("ix_decision_product", "product_code", "made_at"),
        Index("ix_decision_made", "made_at", "id"),
    )
    id: str = Field(primary_key=True, max_length=32)
    client_no: str = Field(max_length=64)
    product_code: str = Field(max_length=32)
    account_no: str | None = Field(default=None, max_length=64)
    day: date
    made_at: datetime = Field(sa_type=Moment)
    made_by: str = Field(max_length=64)
    asked_by: str = Field(max_length=8)
    side: str = Field(max_length=8)
    outcome: str = Field(max_length=8)
    origin: str = Field(max_length=24)
    digest: str = Field(max_length=80)
    replaces: str | None = Field(default=None, foreign_key="decision.id", max_length=32)
    retain_until: date  # 保存期限
    facts: str = Field(sa_column=Column(Text, nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))  # versions, verdicts, changes, duties


class DutyDoneRow(SQLModel, table=True):
    """已履行的义务: what was told, warned, confirmed or recorded, when, by whom, and the digest of its evidence."""

    __tablename__ = "duty_done"
    __table_args__ = (UniqueConstraint("decision_id", "duty"),)
    id: int | None = Field(default=None, primary_key=True)
    decision_id: str = Field(foreign_key="decision.id", max_length=32)
    duty: str = Field(max_length=32)
    done_at: datetime = Field(sa_type=Moment)
    done_by: str = Field(max_length=64)
    channel: str = Field(max_length=32)
    evidence: str = Field(default="", max_length=80)  # sha256 of the recording, the signed text, the confirmation
    note: str = Field(default="", max_length=200)
