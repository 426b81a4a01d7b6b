"""What a database says of itself: its own id, and whether it is the demo."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select
from sqlmodel import Field, Session, SQLModel, col

from kit.problems import Conflict

DATABASE_ID: Final = "database_id"
DEMO: Final = "demo"


class DatabaseMarkRow(SQLModel, table=True):
    """数据库标记"""

    __tablename__ = "database_mark"
    name: str = Field(primary_key=True, max_length=32)
    value: str = Field(max_length=64)


class NotADemoDatabase(Conflict):
    """不是演示数据库"""

    title = "Not a demo database"


def mark_of(database: Session | Connection, name: str) -> str:
    """The value of a mark, empty where there is none."""
    found = database.execute(select(col(DatabaseMarkRow.value)).where(col(DatabaseMarkRow.name) == name)).scalar()
    return found or ""


def database_id(database: Session | Connection) -> str:
    """The id that this database was born with; a trail and its anchors name it."""
    return mark_of(database, DATABASE_ID)


def is_demo(database: Session | Connection) -> bool:
    return mark_of(database, DEMO) == "1"


def mark_demo(session: Session) -> None:
    """This database holds nothing but the demo. The caller has seen that it was made for that just now."""
    if not is_demo(session):
        session.add(DatabaseMarkRow(name=DEMO, value="1"))
        session.flush()
