"""Tables of assessment. All but the session are append-only: the database refuses UPDATE and DELETE.

Ranks are stored as numbers (C1 is 1), so that the whole book is read as columns of integers.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Integer
from sqlmodel import Field, Index, SQLModel

import suitability.questionnaire.tables  # noqa: F401  the foreign keys name its table
from kit.db import Moment

BIG_ID = BigInteger().with_variant(Integer, "sqlite")


class SessionRow(SQLModel, table=True):
    """一次作答: begun, answered one by one, submitted or refused"""

    __tablename__ = "assessment_session"
    __table_args__ = (Index("ix_assessment_session_client", "client_id", "started_at"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    client_id: int = Field(foreign_key="client.id")
    questionnaire_id: int = Field(foreign_key="questionnaire.id")
    channel: str = Field(max_length=16)
    entered_by: str = Field(max_length=16)  # CLIENT, STAFF, UNKNOWN
    entered_by_name: str = Field(max_length=64)
    started_at: datetime = Field(sa_type=Moment)
    state: str = Field(max_length=12)
    refusal: str | None = Field(default=None, max_length=32)  # the rule that refused it
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    fingerprint: str | None = Field(default=None, unique=True, max_length=32)  # of an imported sheet
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
    version: int = 1


class AnswerRow(SQLModel, table=True):
    """一个答案: the newest one of a question counts, the earlier ones stay"""

    __tablename__ = "assessment_answer"
    __table_args__ = (Index("ix_assessment_answer_session", "session_id", "id"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    session_id: int = Field(foreign_key="assessment_session.id", sa_type=BIG_ID)
    question: str = Field(max_length=16)
    codes: str = Field(max_length=64)  # such as A,C
    origin: str = Field(max_length=12)
    answered_at: datetime = Field(sa_type=Moment)


class SubmissionRow(SQLModel, table=True):
    """一次提交, whatever came of it; `level` is what the score gave, also where the sheet was blocked"""

    __tablename__ = "assessment_submission"
    __table_args__ = (Index("ix_assessment_submission_client", "client_id", "day"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    session_id: int = Field(foreign_key="assessment_session.id", index=True, sa_type=BIG_ID)
    client_id: int = Field(foreign_key="client.id")
    day: date
    submitted_at: datetime = Field(sa_type=Moment)
    outcome: str = Field(max_length=16)
    total: int
    level: int
    findings: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    confirmed: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class AssessmentRow(SQLModel, table=True):
    """评估结果, pinned to the version that was answered and to the rules it was made under"""

    __tablename__ = "assessment"
    __table_args__ = (
        Index("ix_assessment_client", "client_id", "assessed_on", "id"),
        Index("ix_assessment_valid_through", "valid_through"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    client_id: int = Field(foreign_key="client.id")
    session_id: int = Field(foreign_key="assessment_session.id", unique=True, sa_type=BIG_ID)
    questionnaire_id: int = Field(foreign_key="questionnaire.id")
    assessed_on: date
    assessed_at: datetime = Field(sa_type=Moment)
    valid_through: date
    total: int
    level: int
    lowest: bool
    term: int | None = None
    types: int | None = None
    needs_review: bool
    bands: str = Field(max_length=32)
    content: str  # canonical JSON: answers, points, findings, lowest reasons, known facts, versions of rules
    digest: str = Field(max_length=80)


class ReviewRow(SQLModel, table=True):
    """复核: a second person accepts a result that was held back, or does not"""

    __tablename__ = "assessment_review"
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    assessment_id: int = Field(foreign_key="assessment.id", unique=True, sa_type=BIG_ID)
    accepted: bool
    reason: str = Field(max_length=512)
    decided_on: date
    decided_at: datetime = Field(sa_type=Moment)
    decided_by: str = Field(max_length=64)


class ConfirmationRow(SQLModel, table=True):
    """客户确认等级, with the digest of what was shown"""

    __tablename__ = "assessment_confirmation"
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    assessment_id: int = Field(foreign_key="assessment.id", unique=True, sa_type=BIG_ID)
    confirmed_on: date
    confirmed_at: datetime = Field(sa_type=Moment)
    confirmed_by: str = Field(max_length=64)
    channel: str = Field(max_length=16)
    shown_digest: str = Field(max_length=80)
    evidence: str = Field(default="", max_length=80)  # digest of a signature or a recording
