"""Event files (kind `events`): which columns they have, what one row means, and their rows into the table.

The same file twice changes nothing; a row that cannot be believed is refused by name. Tasks follow in the day's run.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlmodel import Session

from clients.repository import NoSuchClient
from clients.staff.filing import Stamp
from kit.access import Actor, Role, everything
from kit.clock import day_of
from kit.imports.headings import KindColumns, Layout
from kit.imports.result import Refused, Remarks
from kit.imports.rows import Cells, Counts, Intake, RejectLog
from kit.problems import Problem
from mot.events.desk import EventAsk, EventDesk
from mot.events.kinds import event_kinds
from mot.events.problems import EventFactsWrong, EventInFuture, EventTooOld, SourceNotAllowed, WrongFamily
from mot.events.types import Family, Source

EVENTS: Final = KindColumns(
    "events", "关键时刻的事件", ("client_no", "kind", "occurred_on"), ("detail", "source", "ref_no", "family")
)
IMPORTER: Final = Actor("import", "文件导入", Role.SERVICE)
_PARTS: Final = re.compile(r"[;；]")
_COLUMN_OF: Final[tuple[tuple[type[Problem], str], ...]] = (
    (NoSuchClient, "client_no"), (WrongFamily, "family"), (EventInFuture, "occurred_on"), (EventTooOld, "occurred_on"),
    (SourceNotAllowed, "source"), (EventFactsWrong, "detail"),
)  # fmt: skip
_DAYS: Final = ("due_on",)


def event_line(cells: Cells, today: date) -> EventAsk:
    """Raises Refused; whether the client exists is known to the database alone."""
    said = cells.short("source", 16)
    return EventAsk(
        client_no=cells.need("client_no"), kind=_kind(cells, today), occurred_on=cells.need_day("occurred_on"),
        source=_coded(said, Source, "source", Source.FILE), ref=cells.short("ref_no", 64),
        family=_coded(cells.short("family", 16), Family, "family", None), facts=_facts(cells.text("detail")),
    )  # fmt: skip


def _kind(cells: Cells, today: date) -> str:
    said = cells.need("kind")
    kinds = event_kinds(today)
    if said.upper() in kinds:
        return said.upper()
    for kind in kinds.values():
        if kind.name == said:
            return kind.id
    raise Refused("kind", said[:40], "没有这种事件：用事件代码（如 BIRTH）或名称（如 子女出生）")


def _coded(said: str, codes: Any, column: str, empty: Any) -> Any:
    if not said:
        return empty
    for one in codes:
        if said in (one.value, one.label):
            return one
    raise Refused(column, said, f"应为 {'、'.join(one.label for one in codes)} 之一")


def _facts(said: str) -> dict[str, Any]:
    """Facts as `name=value;name=value` or as a JSON object. Raises Refused."""
    if not said:
        return {}
    if said.lstrip().startswith("{"):
        try:
            told = json.loads(said)
        except ValueError as fault:
            raise Refused("detail", said[:40], "不是完整的 JSON 对象") from fault
        pairs = told.items()
    else:
        parts = [part.partition("=") for part in _PARTS.split(said) if part.strip()]
        if any(not middle for _, middle, _ in parts):
            raise Refused("detail", said[:40], "应为 名称=值;名称=值，如 amount_yuan=500000;due_on=2026-12-31")
        pairs = {name.strip(): value.strip() for name, _, value in parts}.items()
    return {str(name): _value(str(name), value) for name, value in pairs}


def _value(name: str, value: Any) -> Any:
    text = str(value).strip()
    if name in _DAYS:
        try:
            return date.fromisoformat(text)
        except ValueError as fault:
            raise Refused("detail", text[:40], f"{name} 应为日期，如 2026-12-31") from fault
    try:
        return float(text) if name.endswith("_yuan") else text
    except ValueError as fault:
        raise Refused("detail", text[:40], f"{name} 应为数，如 500000") from fault


class EventsIntake(Intake):
    """What somebody says happened, row by row."""

    def __init__(
        self, session: Session, layout: Layout, remarks: Remarks, rejects: RejectLog, given: Any, batch_id: int,
        newest_first: bool = False,
    ) -> None:  # fmt: skip
        del newest_first, batch_id
        super().__init__(layout, remarks, rejects)
        now: datetime = getattr(given, "at", None) or datetime.now(UTC)
        self._today = day_of(now)
        self._stamp = Stamp(IMPORTER, now)
        self._desk = EventDesk(session, everything(self._today))
        self._counts = Counts()

    def row(self, cells: Cells) -> None:
        ask = event_line(cells, self._today)
        try:
            fresh = self._desk.tell_once(ask, self._stamp)
        except Problem as problem:
            column = next((name for kind, name in _COLUMN_OF if isinstance(problem, kind)), "kind")
            raise Refused(column, cells.text(column)[:40], problem.detail) from problem
        if fresh:
            self._counts.new += 1
        else:
            self._counts.known += 1

    def settle(self) -> Counts:
        return self._counts
