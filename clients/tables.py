"""Tables of clients and their ledgers. Only `clients.repository` reads and writes them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

import clients.complaints.tables
import clients.contacts.tables
import clients.grading.review.tables
import clients.grading.tables
import clients.household.tables
import clients.logins.tables
import clients.satisfaction.tables
import clients.service.tables
import clients.staff.tables  # noqa: F401  one schema: who loads the tables of clients loads these
from kit.db import Moment, Scaled


class ClientRow(SQLModel, table=True):
    """客户"""

    __tablename__ = "client"
    id: int | None = Field(default=None, primary_key=True)
    client_no: str = Field(unique=True, max_length=64)
    name: str = Field(max_length=128)
    kind: str = Field(default="NATURAL", max_length=16)
    birth_date: date | None = None
    id_no: str | None = Field(default=None, max_length=64)
    phone: str | None = Field(default=None, max_length=32)


class AccountRow(SQLModel, table=True):
    """账户"""

    __tablename__ = "account"
    id: int | None = Field(default=None, primary_key=True)
    account_no: str = Field(unique=True, max_length=64)
    client_id: int = Field(foreign_key="client.id", index=True)
    kind: str = Field(default="CASH", max_length=16)
    currency: str = Field(default="CNY", max_length=3)
    opened_on: date | None = None
    closed_on: date | None = None


class ImportBatchRow(SQLModel, table=True):
    """导入批次: one file, one row, with its digest and counts"""

    __tablename__ = "import_batch"
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=24)
    file_name: str = Field(max_length=255)
    file_digest: str = Field(max_length=80, index=True)
    imported_at: datetime = Field(sa_type=Moment)
    rows_read: int
    rows_new: int
    rows_known: int
    rows_refused: int


class TradeRow(SQLModel, table=True):
    """份额变动（成交、入账、转托管）"""

    __tablename__ = "trade"
    __table_args__ = (
        UniqueConstraint("account_id", "fingerprint"),
        Index("ix_trade_account_day", "account_id", "day", "seq"),
    )
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    instrument_id: int = Field(foreign_key="instrument.id")
    day: date
    at: datetime | None = Field(default=None, sa_type=Moment)
    seq: int  # order within the account's file
    kind: int  # place in clients.types.MOVEMENTS
    quantity: Decimal = Field(sa_type=Scaled)  # never negative
    price: Decimal = Field(sa_type=Scaled)
    amount: Decimal | None = Field(default=None, sa_type=Scaled)
    commission: Decimal | None = Field(default=None, sa_type=Scaled)
    stamp_duty: Decimal | None = Field(default=None, sa_type=Scaled)
    transfer_fee: Decimal | None = Field(default=None, sa_type=Scaled)
    other_fee: Decimal | None = Field(default=None, sa_type=Scaled)
    balance: Decimal | None = Field(default=None, sa_type=Scaled)
    trade_no: str | None = Field(default=None, max_length=64)
    fingerprint: str = Field(max_length=32)
    wording: str | None = Field(default=None, max_length=32)  # the file's own business type
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
    line: int | None = None


class CashflowRow(SQLModel, table=True):
    """资金变动"""

    __tablename__ = "cashflow"
    __table_args__ = (
        UniqueConstraint("account_id", "fingerprint"),
        Index("ix_cashflow_account_day", "account_id", "day", "seq"),
    )
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    day: date
    seq: int
    kind: int  # place in clients.types.CASH_KINDS
    amount: Decimal = Field(sa_type=Scaled)
    instrument_id: int | None = Field(default=None, foreign_key="instrument.id")
    balance: Decimal | None = Field(default=None, sa_type=Scaled)
    ref_no: str | None = Field(default=None, max_length=64)
    inferred: bool = False
    fingerprint: str = Field(max_length=32)
    wording: str | None = Field(default=None, max_length=32)
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
    line: int | None = None


class HoldingRow(SQLModel, table=True):
    """持仓快照"""

    __tablename__ = "holding"
    __table_args__ = (UniqueConstraint("account_id", "day", "instrument_id"),)
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    day: date
    instrument_id: int = Field(foreign_key="instrument.id")
    quantity: Decimal = Field(sa_type=Scaled)
    cost: Decimal | None = Field(default=None, sa_type=Scaled)
    market_value: Decimal | None = Field(default=None, sa_type=Scaled)
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")


class StatementNoteRow(SQLModel, table=True):
    """对账单备注行: moves neither shares nor money (申购配号, 指定交易, …); kept, for nothing is lost in silence."""

    __tablename__ = "statement_note"
    __table_args__ = (UniqueConstraint("account_id", "fingerprint"),)
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    day: date
    wording: str = Field(max_length=32)
    instrument_id: int | None = Field(default=None, foreign_key="instrument.id")
    quantity: Decimal | None = Field(default=None, sa_type=Scaled)
    fingerprint: str = Field(max_length=32)
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
    line: int | None = None


class RiskLevelRow(SQLModel, table=True):
    """风险等级及其来源: what somebody said, how they came to it, and what is odd about its dates"""

    __tablename__ = "client_risk_level"
    __table_args__ = (UniqueConstraint("client_id", "level", "recorded_on"),)
    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id", index=True)
    level: str = Field(max_length=32)  # as stated
    provenance: str = Field(max_length=16)  # ANSWERED, PREDICTED, MISSING
    assessed_on: date | None = None
    recorded_on: date | None = None
    oddity: str | None = Field(default=None, max_length=64)  # SENTINEL_DATE, FUTURE_DATE, ...
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
