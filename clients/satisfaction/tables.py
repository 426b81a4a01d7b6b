"""Tables of surveys: rounds, and one answer a client and round. Answers are never changed or deleted (by trigger)."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment


class SurveyRoundRow(SQLModel, table=True):
    """调查轮次"""

    __tablename__ = "survey_round"
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=32)
    title: str = Field(max_length=128)
    first_on: date
    last_on: date
    invited: int | None = None  # how many were asked, where that is known
    opened_by: str = Field(max_length=64)
    opened_at: datetime = Field(sa_type=Moment)


class SurveyAnswerRow(SQLModel, table=True):
    """调查答卷: score 1 to 5, recommend 0 to 10 where it was asked and answered"""

    __tablename__ = "survey_answer"
    __table_args__ = (
        UniqueConstraint("round_id", "client_id"),
        Index("ix_survey_answer_client_day", "client_id", "day"),
    )
    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="survey_round.id")
    client_id: int = Field(foreign_key="client.id")
    answered_at: datetime = Field(sa_type=Moment)
    day: date
    score: int
    recommend: int | None = None
    comment: str = Field(default="", max_length=512)
    channel: str = Field(max_length=16)
    entered_by: str = Field(max_length=64)
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
