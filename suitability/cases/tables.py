"""Tables of cases: a current row with a version, and its events. No case is ever deleted; no event is changed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment, Scaled


class MismatchCaseRow(SQLModel, table=True):
    """适当性错配案件: as it stands. product_code "": the client's assessment itself."""

    __tablename__ = "mismatch_case"
    __table_args__ = (
        UniqueConstraint("client_no", "product_code"),
        Index("ix_mismatch_case_status_due", "status", "due_on"),
        Index("ix_mismatch_case_owner", "owner_no"),
    )
    id: int | None = Field(default=None, primary_key=True)
    version: int = 1
    client_no: str = Field(max_length=64)
    client_name: str = Field(max_length=128)
    product_code: str = Field(max_length=32)
    product_name: str = Field(max_length=128)
    client_class: str = Field(max_length=16)  # C1_LOWEST, C1 … C5, NONE, PROFESSIONAL
    product_level: str = Field(max_length=4)  # R1 … R5, "" where it does not matter
    dimensions: str = Field(max_length=128)  # what does not fit, comma between
    gap: int  # levels above the client's
    severity: int  # rank
    origin: str = Field(max_length=24)
    status: str = Field(max_length=16)
    present: bool  # the mismatch was there when it was looked at last
    value: Decimal | None = Field(default=None, sa_type=Scaled)  # yuan, when it last changed
    facts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    facts_digest: str = Field(max_length=80)
    owner_no: str = Field(default="", max_length=64)
    owner_name: str = Field(default="", max_length=128)
    branch_no: str = Field(default="", max_length=64)
    escalated: bool = False
    contacts: int = 0
    opened_on: date
    due_on: date
    seen_on: date
    proposed_by_id: str = Field(default="", max_length=64)
    proposed_by: str = Field(default="", max_length=64)
    resolution: str = Field(default="", max_length=16)
    resolved_on: date | None = None
    retain_until: date


class CaseEventRow(SQLModel, table=True):
    """案件经过: who did what to a case, on what evidence. Appended, never changed."""

    __tablename__ = "mismatch_event"
    __table_args__ = (UniqueConstraint("case_id", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="mismatch_case.id")
    version: int  # of the case that the event made
    kind: str = Field(max_length=16)
    at: datetime = Field(sa_type=Moment)
    day: date
    by_id: str = Field(max_length=64)
    by_name: str = Field(max_length=64)
    status: str = Field(max_length=16)  # after it
    note: str = Field(default="", max_length=1000)
    channel: str = Field(default="", max_length=16)
    evidence: str = Field(default="", max_length=80)  # sha256 of a recording, a signed text, a screen
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    digest: str = Field(max_length=80)
