"""Tables of the trail: entries and seals are append-only by trigger, what waits for its seal is a short queue.

Every column that the digest of an entry covers is text, so that the verifier rebuilds its bytes inside one SELECT.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer
from sqlmodel import Field, Index, SQLModel

BIG_ID = BigInteger().with_variant(Integer, "sqlite")


class TrailRow(SQLModel, table=True):
    """留痕: who did what to which record, when, from where and for what"""

    __tablename__ = "trail"
    __table_args__ = (
        Index("ix_trail_record", "record_kind", "record_id", "id"),
        Index("ix_trail_user", "user_id", "id"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    at: str = Field(max_length=27)  # RFC 3339 in UTC with microseconds, so that text sorts by time
    user_id: str = Field(max_length=32)
    user_name: str = Field(max_length=64)
    user_role: str = Field(max_length=16)
    ip: str = Field(max_length=45)
    user_agent: str = Field(max_length=200)
    request_id: str = Field(max_length=64)
    action: str = Field(max_length=48)
    record_kind: str = Field(max_length=32)
    record_id: str = Field(max_length=128)
    record_version: str = Field(max_length=80)
    purpose: str = Field(max_length=200)
    digest: str = Field(max_length=80)
    detail: str  # canonical JSON


class PendingRow(SQLModel, table=True):
    """待封: written in the entry's own transaction, taken away by the sealer"""

    __tablename__ = "trail_pending"
    trail_id: int = Field(primary_key=True, sa_type=BIG_ID, sa_column_kwargs={"autoincrement": False})
    entry_digest: str = Field(max_length=64)


class SealRow(SQLModel, table=True):
    """封印: one a sealed entry, each naming the one before it"""

    __tablename__ = "trail_seal"
    position: int = Field(primary_key=True, sa_type=BIG_ID, sa_column_kwargs={"autoincrement": False})
    trail_id: int = Field(unique=True, sa_type=BIG_ID)
    entry_digest: str = Field(max_length=64)
    previous: str = Field(max_length=64)
    sealed_at: str = Field(max_length=27)
    seal: str = Field(max_length=64)
