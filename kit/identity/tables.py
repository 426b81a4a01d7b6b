"""Tables of identity. Only `kit.identity.repository` reads and writes them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Field, Index, SQLModel

from kit.db import Moment


class UserRow(SQLModel, table=True):
    """用户"""

    __tablename__ = "user_account"
    __table_args__ = (
        Index(
            "ux_user_account_subject", "subject", unique=True,
            sqlite_where=text("subject <> ''"), postgresql_where=text("subject <> ''"),
        ),
    )  # fmt: skip
    id: str = Field(primary_key=True, max_length=32)
    name: str = Field(unique=True, max_length=64)
    role: str = Field(max_length=16)
    subject: str = Field(default="", max_length=80)
    password_hash: str = Field(max_length=255)
    must_change_password: bool = False
    version: int = 1  # rises with every change that an administrator makes
    failures: int = 0  # refused sign-ins in a row
    locked_until: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    signed_in_at: datetime | None = Field(default=None, sa_type=Moment)
    disabled_at: datetime | None = Field(default=None, sa_type=Moment)


class SessionRow(SQLModel, table=True):
    """登录会话: the family of its refresh tokens, or a browser's cookie"""

    __tablename__ = "login_session"
    id: str = Field(primary_key=True, max_length=32)
    user_id: str = Field(foreign_key="user_account.id", index=True, max_length=32)
    door: str = Field(max_length=8)
    cookie_hash: str | None = Field(default=None, unique=True, max_length=64)
    ip: str = Field(default="", max_length=45)
    user_agent: str = Field(default="", max_length=200)
    created_at: datetime = Field(sa_type=Moment)
    used_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_by: str | None = Field(default=None, max_length=32)
    end_reason: str | None = Field(default=None, max_length=24)


class RefreshTokenRow(SQLModel, table=True):
    """刷新令牌: only its hash; used once"""

    __tablename__ = "refresh_token"
    token_hash: str = Field(primary_key=True, max_length=64)
    session_id: str = Field(foreign_key="login_session.id", index=True, max_length=32)
    issued_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)
