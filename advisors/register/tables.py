"""Tables of what is registered about a person. Appended, never changed (by trigger): a row withdraws a wrong one."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel

from kit.db import Moment


class ConductRow(SQLModel, table=True):
    """行为登记. withdraws: the entry that this one takes back, None for an entry of its own."""

    __tablename__ = "advisor_conduct"
    __table_args__ = (Index("ix_advisor_conduct_staff_day", "staff_no", "day"),)
    id: int | None = Field(default=None, primary_key=True)
    staff_no: str = Field(max_length=64)
    code: str = Field(max_length=32)  # of ADVISOR-DEDUCTIONS
    day: date
    client_no: str = Field(default="", max_length=64)
    note: str = Field(default="", max_length=1000)
    evidence: str = Field(default="", max_length=80)  # sha256 of a paper
    withdraws: int | None = Field(default=None, foreign_key="advisor_conduct.id", unique=True)
    recorded_by: str = Field(max_length=64)
    recorded_at: datetime = Field(sa_type=Moment)


class TrainingRow(SQLModel, table=True):
    """培训与证书. kind: TRAINING or CERTIFICATE."""

    __tablename__ = "advisor_training"
    __table_args__ = (Index("ix_advisor_training_staff_day", "staff_no", "day"),)
    id: int | None = Field(default=None, primary_key=True)
    staff_no: str = Field(max_length=64)
    kind: str = Field(max_length=16)
    code: str = Field(max_length=32)
    title: str = Field(max_length=128)
    day: date
    hours: float = 0.0
    valid_to: date | None = None
    note: str = Field(default="", max_length=1000)  # why an entry is taken back
    withdraws: int | None = Field(default=None, foreign_key="advisor_training.id", unique=True)
    recorded_by: str = Field(max_length=64)
    recorded_at: datetime = Field(sa_type=Moment)
