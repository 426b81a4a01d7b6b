"""Tables of reports: issued reports, agreements with clients, and the survey of the whole book."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Column, Text
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment, Scaled


class ReportRow(SQLModel, table=True):
    """已出具的报告. Written once: no update, no delete (a trigger refuses both)."""

    __tablename__ = "report"
    id: str = Field(primary_key=True, max_length=32)
    account_no: str = Field(max_length=64, index=True)
    client_no: str = Field(max_length=64, index=True)
    first: date
    last: date
    format: str = Field(max_length=32)
    digest: str = Field(max_length=80)
    issued_at: datetime = Field(sa_type=Moment)
    issued_by: str = Field(max_length=64)
    body: str = Field(sa_column=Column(Text, nullable=False))  # canonical JSON


class AgreementRow(SQLModel, table=True):
    """投资共识: a shortcoming that advisor and client agreed to lift."""

    __tablename__ = "agreement"
    id: int | None = Field(default=None, primary_key=True)
    account_no: str = Field(max_length=64, index=True)
    report_id: str | None = Field(default=None, foreign_key="report.id")
    finding: str = Field(max_length=32)
    metric: str | None = Field(default=None, max_length=32)
    baseline: Decimal | None = Field(default=None, sa_type=Scaled)
    target: Decimal | None = Field(default=None, sa_type=Scaled)
    target_text: str = Field(max_length=256)
    due_on: date
    agreed_on: date
    agreed_how: str = Field(max_length=64)  # 面谈, 电话, 线上确认, ...
    recorded_by: str = Field(max_length=64)
    recorded_at: datetime = Field(sa_type=Moment)


class SurveyRow(SQLModel, table=True):
    """全账户体检: the last whole-book pass, one row an account; the list and the peers read it."""

    __tablename__ = "survey"
    __table_args__ = (
        UniqueConstraint("account_no"),
        Index("ix_survey_shortcoming", "shortcoming"),
        Index("ix_survey_urgency", "urgency", "account_no"),
    )
    id: int | None = Field(default=None, primary_key=True)
    account_no: str = Field(max_length=64)
    client_no: str = Field(max_length=64)
    client_name: str = Field(max_length=128)
    currency: str = Field(max_length=3)
    first: date
    last: date
    band: str = Field(max_length=32)  # label of the asset band by average assets
    value: Decimal = Field(sa_type=Scaled)
    twr: float | None = None
    max_drawdown: float | None = None
    turnover: float | None = None
    shortcoming: str | None = Field(default=None, max_length=32)
    shortcoming_title: str | None = Field(default=None, max_length=64)
    shortcoming_tag: str | None = Field(default=None, max_length=64)
    urgency: float = 0.0  # weight of the top shortcoming, a share of the assets; the list begins with the largest
    findings: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))  # ids of all findings
    metrics: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    peer_first: date | None = None  # the window in which all accounts of the book are compared
    peer_last: date | None = None
    peer_count: int = 0  # other accounts of the band
    percentiles: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    surveyed_at: datetime = Field(sa_type=Moment)
