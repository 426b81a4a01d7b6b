"""The answers that a retry gets again. Only `api.contract.idempotency` reads and writes them."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from kit.db import Moment


class AnswerRow(SQLModel, table=True):
    """已办结的请求: one a key of one actor on one route, kept for a day"""

    __tablename__ = "idempotent_answer"
    actor: str = Field(primary_key=True, max_length=32)
    route: str = Field(primary_key=True, max_length=160)
    key: str = Field(primary_key=True, max_length=128)
    fingerprint: str = Field(max_length=64)
    status: int
    headers: str  # JSON object
    body: bytes
    kept_at: datetime = Field(sa_type=Moment, index=True)
