"""Tables of graded periods. Runs and appeals move under a version and are never deleted; the rest is appended only.

The level of a person in a period is the newest row of `advisor_level`; the fact that others read is `staff_level` of
`clients`, published in the same transaction.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment


class PeriodRunRow(SQLModel, table=True):
    """一次考评"""

    __tablename__ = "advisor_run"
    __table_args__ = (Index("ix_advisor_run_period", "period"),)
    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=24)
    period: str = Field(max_length=16)
    first: date
    last: date
    state: str = Field(max_length=16)
    digest: str = Field(max_length=80)
    rules: str = Field(max_length=80)
    people: int
    withheld: int
    ran_by_id: str = Field(max_length=64)
    ran_by: str = Field(max_length=128)
    ran_at: datetime = Field(sa_type=Moment)
    submitted_by_id: str | None = Field(default=None, max_length=64)
    submitted_by: str | None = Field(default=None, max_length=128)
    submitted_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_by_id: str | None = Field(default=None, max_length=64)
    decided_by: str | None = Field(default=None, max_length=128)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_reason: str = Field(default="", max_length=256)
    published_by: str | None = Field(default=None, max_length=128)
    published_at: datetime | None = Field(default=None, sa_type=Moment)
    effective_from: date | None = None
    version: int = 1


class AdvisorCardRow(SQLModel, table=True):
    """评分卡: one person of a run, appended, never changed"""

    __tablename__ = "advisor_card"
    __table_args__ = (UniqueConstraint("run_id", "staff_no"), Index("ix_advisor_card_staff", "staff_no"))
    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="advisor_run.id")
    staff_no: str = Field(max_length=64)
    name: str = Field(max_length=128)
    branch_no: str = Field(max_length=64)
    branch: str = Field(max_length=128)
    scale: str = Field(max_length=24)
    peers: str = Field(max_length=64)
    score: float | None = None
    level: str | None = Field(default=None, max_length=16)
    before: str | None = Field(default=None, max_length=16)
    card: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class AdvisorAppealRow(SQLModel, table=True):
    """考评申诉"""

    __tablename__ = "advisor_appeal"
    __table_args__ = (Index("ix_advisor_appeal_card", "card_id"),)
    id: int | None = Field(default=None, primary_key=True)
    card_id: int = Field(foreign_key="advisor_card.id")
    point: str = Field(max_length=48)
    level: str | None = Field(default=None, max_length=16)
    wanted: str = Field(max_length=16)
    reason: str = Field(max_length=512)
    evidence: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    state: str = Field(max_length=16)
    filed_by_id: str = Field(max_length=64)
    filed_by: str = Field(max_length=128)
    filed_at: datetime = Field(sa_type=Moment)
    decided_by_id: str | None = Field(default=None, max_length=64)
    decided_by: str | None = Field(default=None, max_length=128)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_reason: str = Field(default="", max_length=512)
    given: str | None = Field(default=None, max_length=16)
    effective_from: date | None = None
    version: int = 1


class AdvisorLevelRow(SQLModel, table=True):
    """发布与更正的等级: appended, never changed"""

    __tablename__ = "advisor_level"
    __table_args__ = (Index("ix_advisor_level_card", "card_id"),)
    id: int | None = Field(default=None, primary_key=True)
    card_id: int = Field(foreign_key="advisor_card.id")
    level: str = Field(max_length=16)
    valid_from: date
    appeal_id: int | None = Field(default=None, foreign_key="advisor_appeal.id")
    reason: str = Field(max_length=256)
    set_by: str = Field(max_length=128)
    set_at: datetime = Field(sa_type=Moment)
