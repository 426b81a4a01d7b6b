"""Tables of investor category and of the nine information items. All are append-only: what changed is a new row."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Index, SQLModel

from kit.db import Moment, Scaled


class EvidenceRow(SQLModel, table=True):
    """证明材料"""

    __tablename__ = "category_evidence"
    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id", index=True)
    kind: str = Field(max_length=24)
    amount: Decimal | None = Field(default=None, sa_type=Scaled)  # yuan
    since: date | None = None  # of experience
    as_of: date
    valid_through: date | None = None
    document: str = Field(max_length=80)  # digest of the document
    note: str = Field(default="", max_length=256)
    filed_at: datetime = Field(sa_type=Moment)
    filed_by: str = Field(max_length=64)


class ApplicationRow(SQLModel, table=True):
    """申请: recognition, conversion to professional, or back to ordinary"""

    __tablename__ = "category_application"
    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id", index=True)
    direction: str = Field(max_length=16)
    test: str = Field(max_length=32)  # row of the rule table, such as PRO_III_NATURAL
    applied_on: date
    applied_at: datetime = Field(sa_type=Moment)
    applied_by: str = Field(max_length=64)
    risk_acknowledged: bool
    evidence: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))  # ids
    document: str = Field(max_length=80)  # digest of the application itself


class TrialRow(SQLModel, table=True):
    """审慎评估: a knowledge test or simulated trading"""

    __tablename__ = "category_test"
    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="category_application.id", index=True)
    kind: str = Field(max_length=24)
    score: int
    taken_on: date
    document: str = Field(max_length=80)
    filed_at: datetime = Field(sa_type=Moment)
    filed_by: str = Field(max_length=64)


class DecisionRow(SQLModel, table=True):
    """决定, with its reasons: granted from a day until a day, or refused"""

    __tablename__ = "category_decision"
    __table_args__ = (Index("ix_category_decision_client", "client_id", "effective_from"),)
    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="category_application.id", unique=True)
    client_id: int = Field(foreign_key="client.id")
    granted: bool
    category: int  # place in suitability.levels.InvestorCategory
    effective_from: date
    valid_through: date | None = None
    reasons: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    rules: str = Field(max_length=80)  # version of the rule file
    decided_at: datetime = Field(sa_type=Moment)
    decided_by: str = Field(max_length=64)


class RevocationRow(SQLModel, table=True):
    """撤销: ends a granted category from a day on"""

    __tablename__ = "category_revocation"
    id: int | None = Field(default=None, primary_key=True)
    decision_id: int = Field(foreign_key="category_decision.id", unique=True)
    effective_from: date
    reason: str = Field(max_length=512)
    revoked_at: datetime = Field(sa_type=Moment)
    revoked_by: str = Field(max_length=64)


class InformationRow(SQLModel, table=True):
    """投资者信息: one of the nine items of art. 6 as it was stated on a day"""

    __tablename__ = "client_information"
    __table_args__ = (Index("ix_client_information_client", "client_id", "item", "as_of"),)
    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id")
    item: str = Field(max_length=32)
    as_of: date
    source: str = Field(max_length=16)
    document: str = Field(max_length=80)
    note: str = Field(default="", max_length=256)
    filed_at: datetime = Field(sa_type=Moment)
    filed_by: str = Field(max_length=64)
