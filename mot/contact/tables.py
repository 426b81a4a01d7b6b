"""Tables of contact: what the client agreed to (appended, the newest counts), and contacts that were held back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment


class PreferenceRow(SQLModel, table=True):
    """联系意愿: consent, no-disturb and refused ways from a day on. A flag of None: not said, the one before stays."""

    __tablename__ = "contact_preference"
    __table_args__ = (Index("ix_contact_preference_client", "client_id", "valid_from", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id")
    valid_from: date
    consent_service: bool | None = None
    consent_marketing: bool | None = None
    do_not_disturb: bool | None = None
    deceased: bool | None = None
    refused_ways: list[Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    evidence: str = Field(default="", max_length=80)  # digest of what the client signed or said
    told_by: str = Field(max_length=64)
    told_at: datetime = Field(sa_type=Moment)


class SuppressionRow(SQLModel, table=True):
    """未发出的联系: which contact was held back, by which rules, when, and until when at least. Appended only."""

    __tablename__ = "mot_suppression"
    __table_args__ = (
        UniqueConstraint("subject", "stage", "day", "rules"),
        Index("ix_mot_suppression_day", "day"),
        Index("ix_mot_suppression_client", "client_no"),
    )
    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(max_length=80)  # key of the judgement (CREATE), number of the task (SEND)
    stage: str = Field(max_length=8)  # CREATE, SEND
    client_no: str = Field(max_length=64)
    scenario_id: str = Field(max_length=40)
    scenario_digest: str = Field(max_length=80)
    staff_no: str = Field(default="", max_length=64)
    day: date
    at: datetime = Field(sa_type=Moment)
    rules: str = Field(max_length=128)  # ids, comma between
    reason: str = Field(max_length=600)
    next_allowed_at: datetime | None = Field(default=None, sa_type=Moment)  # None: only a new fact opens the gate
