"""The table of daily totals: a row holds one day of a block of clients. Made from the ledger, and made anew by it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel, UniqueConstraint


class ClientDayTotalRow(SQLModel, table=True):
    """客户日终汇总: `clients` are ids as int32, `totals` one row of float64 a series in the order of the package"""

    __tablename__ = "client_day_total"
    __table_args__ = (UniqueConstraint("day", "block"),)
    id: int | None = Field(default=None, primary_key=True)
    day: date
    block: int
    mark: str = Field(max_length=80)  # the state of ledgers and prices that it was made from
    clients: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    totals: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
