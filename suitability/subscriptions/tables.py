"""Tables of subscriptions: a current row with a version, and its events. No event is ever changed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment, Scaled


class SubscriptionRow(SQLModel, table=True):
    """服务订购: as it stands"""

    __tablename__ = "subscription"
    __table_args__ = (
        Index("ix_subscription_client", "client_no", "id"),
        Index("ix_subscription_paid", "service", "paid_on"),
    )
    id: int | None = Field(default=None, primary_key=True)
    version: int = 1
    client_no: str = Field(max_length=64)
    service: str = Field(max_length=32)
    service_name: str = Field(max_length=128)
    card_version: int
    plan: str = Field(max_length=32)
    plan_name: str = Field(max_length=128)
    plan_version: int
    basis: str = Field(max_length=16)
    days: int | None = None
    size: Decimal | None = Field(default=None, sa_type=Scaled)
    price: Decimal = Field(sa_type=Scaled)  # of the like thing, for comparing
    decision_id: str = Field(foreign_key="decision.id", max_length=32)
    outcome: str = Field(max_length=8)
    asked_by: str = Field(max_length=8)
    state: str = Field(max_length=16)
    applied_on: date
    signed_on: date | None = None
    ends_on: date | None = None
    cancel_until: date | None = None
    advisor_no: str = Field(default="", max_length=64)
    advisor_name: str = Field(default="", max_length=128)
    fee: Decimal = Field(sa_type=Scaled)
    paid: Decimal = Field(default=Decimal(0), sa_type=Scaled)
    paid_on: date | None = None  # when the whole fee had been paid
    refunded: Decimal = Field(default=Decimal(0), sa_type=Scaled)
    closed_on: date | None = None
    told: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))  # how the price was made, what was noted
    retain_until: date


class SubscriptionEventRow(SQLModel, table=True):
    """订购经过: appended, never changed"""

    __tablename__ = "subscription_event"
    __table_args__ = (UniqueConstraint("subscription_id", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    subscription_id: int = Field(foreign_key="subscription.id")
    version: int  # of the subscription that the event made
    kind: str = Field(max_length=16)
    at: datetime = Field(sa_type=Moment)
    day: date
    by_id: str = Field(max_length=64)
    by_name: str = Field(max_length=64)
    amount: Decimal = Field(default=Decimal(0), sa_type=Scaled)
    note: str = Field(default="", max_length=256)
    evidence: str = Field(default="", max_length=80)
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    digest: str = Field(max_length=80)
