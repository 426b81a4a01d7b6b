"""Table of self-inspections, appended and never changed (triggers refuse both)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel

from kit.db import Moment


class InspectionRow(SQLModel, table=True):
    """半年自查报告: the whole of its data as text, and the digest over it"""

    __tablename__ = "self_inspection"
    id: int | None = Field(default=None, primary_key=True)
    half: str = Field(max_length=8, index=True)
    digest: str = Field(max_length=80)
    content: str = Field(sa_column=Column(Text, nullable=False))
    retain_until: date
    made_by_id: str = Field(max_length=32)
    made_by: str = Field(max_length=64)
    made_at: datetime = Field(sa_type=Moment)
