"""Tables of the profile: all append-only by trigger. A new profile, statement or confirmation is a new row."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment


class ProfileRow(SQLModel, table=True):
    """四维画像 as it was made on a day: what the matching reads in columns, all the rest as canonical JSON."""

    __tablename__ = "client_profile"
    __table_args__ = (Index("ix_client_profile_client_day", "client_id", "day"),)
    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id")
    day: date
    made_at: datetime = Field(sa_type=Moment)
    made_by: str = Field(max_length=64)
    level_cap: int | None = None  # rank that finances bear, None where they set no limit
    expected_return: float | None = None
    needed_on: date | None = None  # the day up to which the money at hand lasts
    max_lock_days: int | None = None  # what the client said
    reserve_months: float | None = None
    biases: int = 0  # bits, as `suitability.matching.cases.BIAS_BITS`
    digest: str = Field(max_length=80)
    content: str


class PolicyRow(SQLModel, table=True):
    """投资政策声明: one version; in force only once the client has confirmed it."""

    __tablename__ = "policy_statement"
    __table_args__ = (UniqueConstraint("client_id", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id")
    version: int
    drafted_at: datetime = Field(sa_type=Moment)
    drafted_by: str = Field(max_length=64)
    digest: str = Field(max_length=80)
    content: str


class PolicyConfirmationRow(SQLModel, table=True):
    """客户对声明的确认: who, when, through which channel, and the digest of what was shown"""

    __tablename__ = "policy_confirmation"
    id: int | None = Field(default=None, primary_key=True)
    statement_id: int = Field(foreign_key="policy_statement.id", unique=True)
    confirmed_on: date
    confirmed_at: datetime = Field(sa_type=Moment)
    confirmed_by: str = Field(max_length=64)
    channel: str = Field(max_length=16)
    shown_digest: str = Field(max_length=80)
    evidence: str = Field(default="", max_length=80)
