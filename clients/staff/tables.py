"""Tables of staff and service relations. `valid_to` is the last day included, 9999-12-31 until further notice."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from clients.staff.periods import OPEN
from kit.db import Moment


class BranchRow(SQLModel, table=True):
    """营业部"""

    __tablename__ = "branch"
    id: int | None = Field(default=None, primary_key=True)
    branch_no: str = Field(unique=True, max_length=64)
    name: str = Field(max_length=128)
    version: int = 1


class StaffRow(SQLModel, table=True):
    """人员"""

    __tablename__ = "staff"
    id: int | None = Field(default=None, primary_key=True)
    staff_no: str = Field(unique=True, max_length=64)
    name: str = Field(max_length=128)
    capacity: int | None = None  # 服务客户上限
    version: int = 1


class PostRow(SQLModel, table=True):
    """任职: branch and post by dates; one at a time"""

    __tablename__ = "staff_post"
    __table_args__ = (UniqueConstraint("staff_id", "valid_from"),)
    id: int | None = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.id")
    branch_id: int | None = Field(default=None, foreign_key="branch.id", index=True)
    post: str = Field(max_length=24)
    valid_from: date
    valid_to: date = OPEN


class QualificationRow(SQLModel, table=True):
    """执业登记"""

    __tablename__ = "staff_qualification"
    __table_args__ = (UniqueConstraint("staff_id", "licence", "valid_from"),)
    id: int | None = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.id")
    licence: str = Field(max_length=24)
    number: str | None = Field(default=None, max_length=64)
    valid_from: date
    valid_to: date = OPEN
    inferred: bool = False
    version: int = 1


class AbsenceRow(SQLModel, table=True):
    """离岗与代岗"""

    __tablename__ = "staff_absence"
    id: int | None = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    kind: str = Field(max_length=16)
    valid_from: date
    valid_to: date = OPEN
    stand_in_id: int | None = Field(default=None, foreign_key="staff.id", index=True)
    note: str = Field(default="", max_length=256)
    version: int = 1


class LevelRow(SQLModel, table=True):
    """已发布的服务等级: appended, never changed (a trigger refuses both)"""

    __tablename__ = "staff_level"
    __table_args__ = (Index("ix_staff_level_staff_day", "staff_id", "valid_from"),)
    id: int | None = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.id")
    level: str = Field(max_length=16)
    valid_from: date
    basis: str = Field(default="", max_length=256)
    published_by: str = Field(max_length=64)
    published_at: datetime = Field(sa_type=Moment)


class HandoverRow(SQLModel, table=True):
    """交接, with what was open on that day"""

    __tablename__ = "handover"
    id: int | None = Field(default=None, primary_key=True)
    from_staff_id: int = Field(foreign_key="staff.id", index=True)
    to_staff_id: int = Field(foreign_key="staff.id", index=True)
    day: date
    reason: str = Field(max_length=256)
    clients: int
    open_items: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    done_by: str = Field(max_length=64)
    done_at: datetime = Field(sa_type=Moment)


class RelationRow(SQLModel, table=True):
    """服务关系. The database itself refuses two main relations of one client on one day."""

    __tablename__ = "service_relation"
    __table_args__ = (
        UniqueConstraint("client_id", "staff_id", "role", "valid_from"),
        Index("ix_service_relation_book", "staff_id", "valid_to", "valid_from", "client_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    client_id: int = Field(foreign_key="client.id")
    staff_id: int = Field(foreign_key="staff.id")
    role: str = Field(max_length=16)
    valid_from: date
    valid_to: date = OPEN
    reason: str = Field(default="", max_length=256)
    ended_reason: str = Field(default="", max_length=256)
    handover_id: int | None = Field(default=None, foreign_key="handover.id")
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
    version: int = 1
