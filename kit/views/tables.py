"""Table of saved views. Only `kit.views.repository` reads and writes it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from kit.db import Moment


class SavedViewRow(SQLModel, table=True):
    """常用视图: the filters of one list under a name that its user gave."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("user_id", "place", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(max_length=32, foreign_key="user_account.id")
    place: str = Field(max_length=32)  # which list
    name: str = Field(max_length=64)
    query: str = Field(max_length=1000)  # of the list's address, without its first character
    saved_at: datetime = Field(sa_type=Moment)
