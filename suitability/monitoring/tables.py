"""Tables of the watch. What was seen last is kept in columns of numbers, and a full scan can make it anew at any time;
the runs themselves are written once.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment


class WatchRunRow(SQLModel, table=True):
    """核对记录: one run over the book, its day, what it judged, what it changed. Written once."""

    __tablename__ = "watch_run"
    __table_args__ = (UniqueConstraint("day", "digest"),)
    id: int | None = Field(default=None, primary_key=True)
    day: date
    whole: bool  # a full scan
    ran_at: datetime = Field(sa_type=Moment)
    ran_by: str = Field(max_length=64)
    rule_mark: str = Field(max_length=80)  # rules and values under which the book was judged
    counts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    digest: str = Field(max_length=80)  # over the day, the rules and everything that was found
    retain_until: date


class WatchAccountRow(SQLModel, table=True):
    """账户的核对状态: what of its ledger was read, and its cash then."""

    __tablename__ = "watch_account"
    account_id: int = Field(primary_key=True, foreign_key="account.id", sa_column_kwargs={"autoincrement": False})
    client_id: int = Field(foreign_key="client.id")
    ledger_mark: int = Field(sa_column=Column(BigInteger, nullable=False))
    cash: int = Field(sa_column=Column(BigInteger, nullable=False))  # millionths


class WatchHoldingRow(SQLModel, table=True):
    """账户的持仓: what an account held when its ledger was read last."""

    __tablename__ = "watch_holding"
    account_id: int = Field(primary_key=True, foreign_key="account.id")
    instrument_id: int = Field(primary_key=True, foreign_key="instrument.id")
    quantity: int = Field(sa_column=Column(BigInteger, nullable=False))  # millionths


class WatchPairRow(SQLModel, table=True):
    """客户与持有产品的核对状态: which rules were hit when the pair was judged last, and on what."""

    __tablename__ = "watch_pair"
    __table_args__ = (Index("ix_watch_pair_instrument", "instrument_id"),)
    client_id: int = Field(primary_key=True, foreign_key="client.id")
    instrument_id: int = Field(primary_key=True, foreign_key="instrument.id")
    quantity: int = Field(sa_column=Column(BigInteger, nullable=False))  # of all accounts, millionths
    hits: int = Field(sa_column=Column(BigInteger, nullable=False))  # bits of the watched rules
    client_mark: int = Field(sa_column=Column(BigInteger, nullable=False))
    product_mark: int = Field(sa_column=Column(BigInteger, nullable=False))
    client_rank: int
    product_rank: int
    flags: int  # ordinary, lowest, expired
