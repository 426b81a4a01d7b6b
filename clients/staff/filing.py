"""A change of staff or relations: who makes it, when and from where; its version; its row of the trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import update
from sqlmodel import Session, SQLModel, col, select

from clients.staff.problems import ChangedMeanwhile
from kit.access import Actor
from kit.trail.entry import Entry, Origin
from kit.trail.service import record

Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who changes something, when, and from where."""

    actor: Actor
    at: datetime
    origin: Origin = field(default_factory=Origin)


def held(session: Session, table: type[Row], row_id: int | None, expected_version: int, what: str) -> Row:
    """The row, held until the transaction ends. Raises ChangedMeanwhile unless it has the expected version.

    The update that changes nothing takes the lock on both databases; only then is the version read.
    """
    own: Any = table
    session.execute(update(table).where(col(own.id) == row_id).values(version=own.version))
    wanted = select(table).where(col(own.id) == row_id).execution_options(populate_existing=True)
    row: Any = session.exec(wanted).one_or_none()
    if row is None or row.version != expected_version:
        now = "已被删除" if row is None else f"现为第 {row.version} 版"
        raise ChangedMeanwhile(f"{what}已被他人修改（您看到的是第 {expected_version} 版，{now}）；请刷新后再改")
    return cast(Row, row)


def changed(row: Any, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set what differs, count the version up, and say what changed: [before, after] by name."""
    found = {name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value}
    for name, (_, after) in found.items():
        setattr(row, name, after)
    if found:
        row.version += 1
    return found


def file_change(
    session: Session,
    stamp: Stamp,
    action: str,
    record_kind: str,
    record_id: str,
    *,
    version: int = 1,
    purpose: str = "",
    digest: str = "",
    **detail: Any,
) -> None:
    """One row of the trail, in the caller's transaction. digest: of the record's content, by default of `detail`."""
    session.flush()
    record(session, Entry(
        actor=stamp.actor, at=stamp.at, origin=stamp.origin, action=action, record_kind=record_kind,
        record_id=record_id, record_version=str(version), purpose=purpose, digest=digest, detail=detail,
    ))
