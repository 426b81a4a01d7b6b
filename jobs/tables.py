"""Tables of the clock: which run of which job was made, and on SQLite who holds the clock."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from kit.db import Moment


class ClockRunRow(SQLModel, table=True):
    """定时任务的一次运行: by its permanent key, the job and the moment at which it was due"""

    __tablename__ = "clock_run"
    __table_args__ = (UniqueConstraint("job", "due_at"),)
    id: int | None = Field(default=None, primary_key=True)
    job: str = Field(max_length=64)
    due_at: datetime = Field(sa_type=Moment)
    state: str = Field(max_length=12)  # RunState
    fence: int = 1
    holder: str = Field(max_length=80)
    started_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    detail: str = Field(default="", max_length=400)


class ClockSeatRow(SQLModel, table=True):
    """时钟的席位: its lease, on SQLite"""

    __tablename__ = "clock_seat"
    name: str = Field(primary_key=True, max_length=64)
    holder: str = Field(max_length=80)
    until: datetime = Field(sa_type=Moment)
