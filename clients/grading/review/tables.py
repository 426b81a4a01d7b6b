"""Tables of grade reviews. Lines are edited under a version while a review is open; no row is ever deleted.

`grade_review_change` and `grade_in_force` are appended only. The grade in force of a client on a day is the newest row
of that day or before.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment


class GradeReviewRow(SQLModel, table=True):
    """客户等级评定"""

    __tablename__ = "grade_review"
    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=24)
    kind: str = Field(max_length=16)
    state: str = Field(max_length=16)
    day: date
    run_id: int = Field(foreign_key="grade_run.id")
    schemes: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    event: str = Field(default="", max_length=16)
    reason: str = Field(default="", max_length=256)
    clients: int
    opened_by_id: str = Field(max_length=64)
    opened_by: str = Field(max_length=128)
    opened_at: datetime = Field(sa_type=Moment)
    convened_by_id: str | None = Field(default=None, max_length=64)
    convened_by: str | None = Field(default=None, max_length=128)
    submitted_by_id: str | None = Field(default=None, max_length=64)
    submitted_by: str | None = Field(default=None, max_length=128)
    submitted_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_by_id: str | None = Field(default=None, max_length=64)
    decided_by: str | None = Field(default=None, max_length=128)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_reason: str = Field(default="", max_length=256)
    effective_from: date | None = None
    version: int = 1


class GradeReviewClientRow(SQLModel, table=True):
    """评定中的客户: what the three lists say of it"""

    __tablename__ = "grade_review_client"
    __table_args__ = (UniqueConstraint("review_id", "client_id"),)
    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="grade_review.id")
    client_id: int = Field(foreign_key="client.id", index=True)
    branch: str = Field(default="", max_length=128)
    staff: str = Field(default="", max_length=128)
    plan: str = Field(default="", max_length=512)
    policy_action: str | None = Field(default=None, max_length=16)
    policy: str = Field(default="", max_length=512)
    settlement_action: str | None = Field(default=None, max_length=16)
    settlement: str = Field(default="", max_length=512)
    reason: str = Field(default="", max_length=256)
    version: int = 1


class GradeReviewLineRow(SQLModel, table=True):
    """评定中的等级: one scheme of one client"""

    __tablename__ = "grade_review_line"
    __table_args__ = (
        UniqueConstraint("review_id", "client_id", "scheme"),
        Index("ix_grade_review_line_grade", "review_id", "scheme", "grade"),
    )
    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="grade_review.id")
    client_id: int = Field(foreign_key="client.id")
    scheme: str = Field(max_length=32)
    before: str | None = Field(default=None, max_length=32)
    engine: str | None = Field(default=None, max_length=32)
    preliminary: str | None = Field(default=None, max_length=32)
    grade: str | None = Field(default=None, max_length=32)


class GradeReviewChangeRow(SQLModel, table=True):
    """初评、复评的改动: appended, never changed"""

    __tablename__ = "grade_review_change"
    __table_args__ = (UniqueConstraint("review_id", "client_id", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="grade_review.id")
    client_id: int = Field(foreign_key="client.id")
    version: int  # that the client's line has after it
    step: str = Field(max_length=16)
    source: str = Field(max_length=16)
    changes: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    reason: str = Field(default="", max_length=256)
    changed_by_id: str = Field(max_length=64)
    changed_by: str = Field(max_length=128)
    changed_at: datetime = Field(sa_type=Moment)


class GradeInForceRow(SQLModel, table=True):
    """生效的等级: appended, never changed"""

    __tablename__ = "grade_in_force"
    __table_args__ = (Index("ix_grade_in_force_client", "client_id", "scheme", "valid_from"),)
    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id")
    scheme: str = Field(max_length=32)
    grade: str | None = Field(default=None, max_length=32)
    label: str = Field(max_length=64)
    valid_from: date
    review_id: int = Field(foreign_key="grade_review.id", index=True)
    appeal_id: int | None = Field(default=None, foreign_key="grade_appeal.id")


class GradeAppealRow(SQLModel, table=True):
    """对等级的申诉"""

    __tablename__ = "grade_appeal"
    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="grade_review.id", index=True)
    client_id: int = Field(foreign_key="client.id", index=True)
    scheme: str = Field(max_length=32)
    grade: str | None = Field(default=None, max_length=32)
    wanted: str = Field(max_length=32)
    reason: str = Field(max_length=512)
    state: str = Field(max_length=16)
    filed_by_id: str = Field(max_length=64)
    filed_by: str = Field(max_length=128)
    filed_at: datetime = Field(sa_type=Moment)
    decided_by_id: str | None = Field(default=None, max_length=64)
    decided_by: str | None = Field(default=None, max_length=128)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_reason: str = Field(default="", max_length=512)
    effective_from: date | None = None
    version: int = 1
