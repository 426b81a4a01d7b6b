"""Tables of ratings, appended and never changed (triggers refuse both). Only `suitability.rating` knows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Index, SQLModel

from kit.db import Moment


class ProposalRow(SQLModel, table=True):
    """人工调整评级的提议"""

    __tablename__ = "rating_proposal"
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=32, index=True)
    level: str = Field(max_length=2)
    derived_level: str | None = Field(default=None, max_length=2)
    reason: str = Field(max_length=512)
    effective_from: date
    review_on: date
    digest: str = Field(max_length=80)
    proposed_by_id: str = Field(max_length=32)
    proposed_by: str = Field(max_length=64)
    proposed_at: datetime = Field(sa_type=Moment)


class VerdictRow(SQLModel, table=True):
    """复核结论: one a proposal, by another person"""

    __tablename__ = "rating_verdict"
    proposal_id: int = Field(
        primary_key=True, foreign_key="rating_proposal.id", sa_column_kwargs={"autoincrement": False}
    )
    approved: bool
    reason: str = Field(max_length=512)
    decided_by_id: str = Field(max_length=32)
    decided_by: str = Field(max_length=64)
    decided_at: datetime = Field(sa_type=Moment)


class RatingRow(SQLModel, table=True):
    """评级: in force from `effective_from` until the next one; the later row of a day stands"""

    __tablename__ = "product_rating"
    __table_args__ = (Index("ix_product_rating_code_day", "code", "effective_from", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=32)
    level: str = Field(max_length=2)
    derived_level: str | None = Field(default=None, max_length=2)  # by the rules, before a manual override
    score: int | None = None  # hundredths, 100 to 500
    effective_from: date
    review_on: date
    basis: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    rule_version: str = Field(max_length=80)
    version: str = Field(max_length=80)
    proposal_id: int | None = Field(default=None, foreign_key="rating_proposal.id", unique=True)
    reason: str = Field(default="", max_length=512)
    rated_by_id: str = Field(max_length=32)
    rated_by: str = Field(max_length=64)
    rated_at: datetime = Field(sa_type=Moment)
