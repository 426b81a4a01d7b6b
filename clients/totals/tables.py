"""Tables of daily totals. They are computed from the ledger and may be made again at any time; nothing refers to them.

A row holds one column of one session for the clients of a block: little-endian int64, the client with id `i` at place
`i - block * BLOCK`. 600 clients or a million, a day is read as a few long rows.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from kit.db import Moment

BLOCK = 2048


class DailyTotalRow(SQLModel, table=True):
    """日终汇总: one column, one session, one block of clients"""

    __tablename__ = "daily_total"
    name: str = Field(primary_key=True, max_length=20)
    day: date = Field(primary_key=True)
    block: int = Field(primary_key=True, index=True)  # a block whose past changed is taken away whole
    numbers: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class DailyTotalBlockRow(SQLModel, table=True):
    """What a block has on file: up to which session, and the digest of all of it"""

    __tablename__ = "daily_total_block"
    block: int = Field(primary_key=True)
    first: date
    last: date
    digest: str = Field(max_length=80)


class DailyTotalRunRow(SQLModel, table=True):
    """汇总记录: up to which day the totals are whole, and of which data"""

    __tablename__ = "daily_total_run"
    id: int | None = Field(default=None, primary_key=True)
    day: date
    first: date
    clients: int
    data_version: str = Field(max_length=200)
    made_at: datetime = Field(sa_type=Moment)
