"""Table of logins: a client, a moment, a channel; the same three once."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment


class LoginRow(SQLModel, table=True):
    """登录"""

    __tablename__ = "client_login"
    __table_args__ = (
        UniqueConstraint("client_id", "at", "channel"),
        Index("ix_client_login_client_day", "client_id", "day"),
    )
    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id")
    at: datetime = Field(sa_type=Moment)
    day: date
    channel: str = Field(max_length=16)
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
