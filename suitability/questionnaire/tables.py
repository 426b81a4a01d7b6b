"""Table of questionnaires. The database itself refuses a change of a version that is no draft any more."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from kit.db import Moment


class QuestionnaireRow(SQLModel, table=True):
    """问卷版本. A draft may change; published it never does, and retiring sets its own columns alone."""

    __tablename__ = "questionnaire"
    id: int | None = Field(default=None, primary_key=True)
    version: str = Field(unique=True, max_length=64)
    form: str = Field(max_length=24, index=True)
    status: str = Field(max_length=12)
    digest: str = Field(max_length=80)
    content: str  # canonical JSON of the file
    drafted_at: datetime = Field(sa_type=Moment)
    drafted_by: str = Field(max_length=64)
    published_at: datetime | None = Field(default=None, sa_type=Moment)
    published_by: str | None = Field(default=None, max_length=64)
    retired_on: date | None = None  # first day on which it may not be answered any more
    retired_at: datetime | None = Field(default=None, sa_type=Moment)
    retired_by: str | None = Field(default=None, max_length=64)
    replaced_by: str | None = Field(default=None, max_length=64)
