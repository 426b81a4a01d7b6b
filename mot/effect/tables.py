"""Tables of effect: registered plans and filed findings are appended only (by trigger); the daily series is rewritten
for a day where the ledger of that day has changed since."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment, Scaled


class MeasureRow(SQLModel, table=True):
    """预先登记的指标: one for each scenario version"""

    __tablename__ = "mot_measure"
    __table_args__ = (UniqueConstraint("scenario_id", "scenario_digest"),)
    id: int | None = Field(default=None, primary_key=True)
    scenario_id: str = Field(max_length=40)
    scenario_digest: str = Field(max_length=80)
    metric: str = Field(max_length=24)
    review_on: date
    plan: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    registered_on: date
    registered_at: datetime = Field(sa_type=Moment)
    registered_by: str = Field(max_length=64)
    digest: str = Field(max_length=80)  # over the plan
    late: bool  # something had been decided under this version before (a database older than registrations)


class FindingRow(SQLModel, table=True):
    """复核日的结论: what was found on the day, or what was missing"""

    __tablename__ = "mot_finding"
    __table_args__ = (UniqueConstraint("measure_id", "day"),)
    id: int | None = Field(default=None, primary_key=True)
    measure_id: int = Field(foreign_key="mot_measure.id")
    day: date
    concluded: bool  # False: something was missing, and it is looked at again later
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    filed_at: datetime = Field(sa_type=Moment)
    digest: str = Field(max_length=80)  # over the content


class SeriesRow(SQLModel, table=True):
    """平台指标: one day of one unit. Money in yuan."""

    __tablename__ = "mot_series"
    __table_args__ = (
        UniqueConstraint("day", "level", "unit"),
        Index("ix_mot_series_unit", "level", "unit", "day"),
    )
    id: int | None = Field(default=None, primary_key=True)
    day: date
    level: str = Field(max_length=8)
    unit: str = Field(max_length=64)  # "" the firm; "-" clients whom nobody serves, or who have no grade
    name: str = Field(max_length=128)
    branch_no: str = Field(max_length=64)  # of a branch and of an advisor: who may see the row
    clients: int  # with an open account
    known: int  # of them, whose assets are known
    aum: Decimal = Field(sa_type=Scaled)
    flow: Decimal = Field(sa_type=Scaled)  # net inflow of the day
    market: Decimal = Field(sa_type=Scaled)  # gain of the day net of flows
    mau: int
