"""Tables of grades: runs over the book, and each client's grades from the day on which they changed. Appended only.

A row holds all schemes of its run: `grades` one signed byte a scheme in the run's order (the place of the class, -1 for
none), `features` one float64 a feature, little-endian, NaN where unknown. A client's grades on a day are those of its
newest row of that day or before.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary
from sqlmodel import Field, SQLModel, UniqueConstraint

from kit.db import Moment


class GradeRunRow(SQLModel, table=True):
    """分级记录: one run over the book, its schemes with their versions, its features with their days"""

    __tablename__ = "grade_run"
    id: int | None = Field(default=None, primary_key=True)
    day: date = Field(index=True)
    graded_at: datetime = Field(sa_type=Moment)
    graded_by: str = Field(max_length=64)
    clients: int
    written: int  # rows of clients whose grades changed
    schemes: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    features: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    counts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    digest: str = Field(max_length=80)  # over the day, the schemes, all features and grades


class ClientGradeRow(SQLModel, table=True):
    """客户等级: what a client was graded from a day on"""

    __tablename__ = "client_grade"
    __table_args__ = (UniqueConstraint("client_id", "day", "run_id"),)  # also what a client's history is read by
    id: int | None = Field(default=None, primary_key=True)
    client_id: int  # that both are there is asked once a statement by a trigger: a key asks once a row
    run_id: int
    day: date
    grades: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    features: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
