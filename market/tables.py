"""Tables of the market. Only `market.repository` reads and writes them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment, Scaled


class InstrumentRow(SQLModel, table=True):
    """证券"""

    __tablename__ = "instrument"
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=32)  # canonical, with venue suffix
    name: str = Field(max_length=128)
    kind: str = Field(max_length=24)
    venue: str = Field(max_length=8)
    board: str = Field(max_length=16)
    industry: str | None = Field(default=None, max_length=64)
    currency: str = Field(max_length=3)
    lot_size: int | None = None
    lot_step: int | None = None
    listed_on: date | None = None
    delisted_on: date | None = None


class DailyPriceRow(SQLModel, table=True):
    """日行情（不复权）"""

    __tablename__ = "daily_price"
    instrument_id: int = Field(primary_key=True, foreign_key="instrument.id", sa_column_kwargs={"autoincrement": False})
    day: date = Field(primary_key=True)
    close: Decimal = Field(sa_type=Scaled)
    open: Decimal | None = Field(default=None, sa_type=Scaled)
    high: Decimal | None = Field(default=None, sa_type=Scaled)
    low: Decimal | None = Field(default=None, sa_type=Scaled)
    volume: Decimal | None = Field(default=None, sa_type=Scaled)  # shares
    amount: Decimal | None = Field(default=None, sa_type=Scaled)  # yuan
    adj_factor: Decimal | None = Field(default=None, sa_type=Scaled)


class QuoteRow(SQLModel, table=True):
    """某一时刻的成交价或报价 (a price file whose date carries a time of day)"""

    __tablename__ = "quote"
    instrument_id: int = Field(primary_key=True, foreign_key="instrument.id", sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(primary_key=True, sa_type=Moment)
    price: Decimal = Field(sa_type=Scaled)


class ActionRow(SQLModel, table=True):
    """公司行动"""

    __tablename__ = "corporate_action"
    __table_args__ = (UniqueConstraint("instrument_id", "ex_date", "kind"),)
    id: int | None = Field(default=None, primary_key=True)
    instrument_id: int = Field(foreign_key="instrument.id")
    ex_date: date
    kind: str = Field(max_length=16)
    value: Decimal = Field(sa_type=Scaled)
    price: Decimal | None = Field(default=None, sa_type=Scaled)


class BenchmarkRow(SQLModel, table=True):
    """基准. With weights its return is computed from its members; with closes it is given."""

    __tablename__ = "benchmark"
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=32)
    name: str = Field(max_length=128)
    composition: str = Field(default="", max_length=512)


class BenchmarkCloseRow(SQLModel, table=True):
    """基准点位"""

    __tablename__ = "benchmark_close"
    benchmark_id: int = Field(primary_key=True, foreign_key="benchmark.id", sa_column_kwargs={"autoincrement": False})
    day: date = Field(primary_key=True)
    close: Decimal = Field(sa_type=Scaled)


class BenchmarkWeightRow(SQLModel, table=True):
    """基准成分权重, in force from `day` (start of day) until the next day that has weights; they drift in between"""

    __tablename__ = "benchmark_weight"
    __table_args__ = (Index("ix_benchmark_weight_day", "benchmark_id", "day"),)
    benchmark_id: int = Field(primary_key=True, foreign_key="benchmark.id", sa_column_kwargs={"autoincrement": False})
    day: date = Field(primary_key=True)
    instrument_id: int = Field(primary_key=True, foreign_key="instrument.id", sa_column_kwargs={"autoincrement": False})
    weight: Decimal = Field(sa_type=Scaled)
