"""Tables of households. Members have periods; what was said of an item is appended, never changed (by trigger)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from clients.staff.periods import ALWAYS, OPEN
from kit.db import Moment, Scaled

RUNNING = text("valid_to = '9999-12-31'")


class HouseholdRow(SQLModel, table=True):
    """家庭"""

    __tablename__ = "household"
    id: int | None = Field(default=None, primary_key=True)
    household_no: str = Field(unique=True, max_length=64)
    version: int = 1


class MemberRow(SQLModel, table=True):
    """家庭成员. A client belongs to one household at a time; members who are no clients have no name here."""

    __tablename__ = "household_member"
    __table_args__ = (
        UniqueConstraint("household_id", "member_no", "valid_from"),
        Index(
            "ix_household_member_one_household", "client_id", unique=True, sqlite_where=RUNNING,
            postgresql_where=RUNNING,
        ),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    household_id: int = Field(foreign_key="household.id")
    member_no: str = Field(max_length=64)
    role: str = Field(max_length=16)
    client_id: int | None = Field(default=None, foreign_key="client.id", index=True)
    birth_date: date | None = None
    sex: str | None = Field(default=None, max_length=8)
    retire_age: int | None = None
    shares_accounts: bool = False
    valid_from: date = ALWAYS
    valid_to: date = OPEN


class ItemRow(SQLModel, table=True):
    """家庭项目: one word on one item as of a day. A correction of the same day is the next revision."""

    __tablename__ = "household_item"
    __table_args__ = (UniqueConstraint("household_id", "item_no", "as_of", "revision"),)
    id: int | None = Field(default=None, primary_key=True)
    household_id: int = Field(foreign_key="household.id")
    item_no: str = Field(max_length=64)
    as_of: date
    revision: int = 1
    kind: str = Field(max_length=12)
    category: str = Field(max_length=16)
    member_no: str | None = Field(default=None, max_length=64)
    amount: Decimal = Field(sa_type=Scaled)
    per: str = Field(max_length=8)
    first_on: date | None = None
    last_on: date | None = None
    growth: Decimal | None = Field(default=None, sa_type=Scaled)
    locked_until: date | None = None
    monthly_payment: Decimal | None = Field(default=None, sa_type=Scaled)
    priority: int = 2
    witness: str = Field(default="DECLARED", max_length=12)
    note: str = Field(default="", max_length=64)
    recorded_at: datetime = Field(sa_type=Moment)
    recorded_by: str = Field(max_length=64)
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
