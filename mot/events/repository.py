"""Every query on events, within a scope: appended and read, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlmodel import Session, col

from clients.visibility import shown, visible_client_nos
from kit.access import Scope
from mot.events.tables import EventRow
from mot.events.types import Event, Source
from mot.tasks.tables import JudgementRow

_BATCH: Final = 500
SETTLED: Final = ("FIRED", "HELD_OUT")
"""Outcomes after which an event is answered for good (mot.tasks.types.Outcome)."""


class EventRepository:
    """Events of the clients that a scope shows."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._shown = shown(EventRow.client_no, visible_client_nos, scope)

    def known(self, digests: Sequence[str]) -> set[str]:
        """Those of these events that are on file."""
        found: set[str] = set()
        for start in range(0, len(digests), _BATCH):
            some = list(digests[start : start + _BATCH])
            asked = select(col(EventRow.digest)).where(col(EventRow.digest).in_(some))
            found.update(self._session.execute(asked).scalars())
        return found

    def add_all(self, rows: Iterable[EventRow]) -> None:
        self._session.add_all(rows)
        self._session.flush()

    def row(self, digest: str) -> EventRow | None:
        asked = select(EventRow).where(col(EventRow.digest) == digest, *self._shown)
        return self._session.scalars(asked).first()

    def rows(self, digests: Sequence[str]) -> dict[str, EventRow]:
        """Events by digest."""
        found: dict[str, EventRow] = {}
        for start in range(0, len(digests), _BATCH):
            some = list(digests[start : start + _BATCH])
            asked = select(EventRow).where(col(EventRow.digest).in_(some), *self._shown)
            found.update({row.digest: row for row in self._session.scalars(asked)})
        return found

    def pending(self, day: date, client_no: str | None = None) -> list[EventRow]:
        """Events that may still become a task on the day: happened, not over, and not settled."""
        settled = exists().where(
            col(JudgementRow.event) == col(EventRow.digest), col(JudgementRow.outcome).in_(SETTLED)
        )
        asked = select(EventRow).where(
            col(EventRow.occurred_on) <= day, col(EventRow.expires_on) >= day, ~settled, *self._shown
        )
        if client_no is not None:
            asked = asked.where(col(EventRow.client_no) == client_no)
        return list(self._session.scalars(asked.order_by(col(EventRow.id))))

    def between(self, first: date, last: date, *where: ColumnElement[bool]) -> list[EventRow]:
        """Events of these days, both included, in the order in which they were filed."""
        asked = select(EventRow).where(
            col(EventRow.occurred_on) >= first, col(EventRow.occurred_on) <= last, *where, *self._shown
        )
        return list(self._session.scalars(asked.order_by(col(EventRow.id))))

    def told_between(self, first: date, last: date) -> list[EventRow]:
        """What somebody told: a backtest derives the rest itself."""
        tellers = ("CLIENT", "ADVISOR", "API", "FILE")
        return self.between(first, last, col(EventRow.source).in_(tellers))

    def page(
        self, *, client_no: str | None = None, kind: str | None = None, family: str | None = None,
        first: date | None = None, last: date | None = None, before: int | None = None, limit: int = 50,
    ) -> list[EventRow]:  # fmt: skip
        """Newest first, those with an id below `before`."""
        asked: Select[Any] = select(EventRow).where(*self._shown)
        wanted = (("client_no", client_no), ("kind", kind), ("family", family))
        asked = asked.where(*(getattr(EventRow, name) == value for name, value in wanted if value is not None))
        if first is not None:
            asked = asked.where(col(EventRow.occurred_on) >= first)
        if last is not None:
            asked = asked.where(col(EventRow.occurred_on) <= last)
        if before is not None:
            asked = asked.where(col(EventRow.id) < before)
        return list(self._session.scalars(asked.order_by(col(EventRow.id).desc()).limit(limit)))

    def counts(self, first: date, last: date) -> dict[tuple[str, str], int]:
        """How many of each kind and source in these days."""
        asked = (
            select(col(EventRow.kind), col(EventRow.source), func.count())
            .where(col(EventRow.occurred_on) >= first, col(EventRow.occurred_on) <= last, *self._shown)
            .group_by(col(EventRow.kind), col(EventRow.source))
        )
        return {(kind, source): int(n) for kind, source, n in self._session.execute(asked)}

    def last_of(self, kind: str, day: date, client_nos: Sequence[str] | None = None) -> dict[str, date]:
        """The last day up to `day` on which each client had an event of the kind."""
        asked = (
            select(col(EventRow.client_no), func.max(col(EventRow.occurred_on)))
            .where(col(EventRow.kind) == kind, col(EventRow.occurred_on) <= day, *self._shown)
            .group_by(col(EventRow.client_no))
        )
        if client_nos is not None and len(client_nos) <= _BATCH:
            asked = asked.where(col(EventRow.client_no).in_(list(client_nos)))
        return {row[0]: row[1] for row in self._session.execute(asked)}


_DAYS: Final = ("due_on",)
"""Facts that are days: kept as text in JSON, given back as days."""


def plain_facts(facts: Any) -> dict[str, Any]:
    """Facts as JSON keeps them."""
    return {name: value.isoformat() if isinstance(value, date) else _plain(value) for name, value in facts.items()}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def facts_of(stored: Any) -> dict[str, Any]:
    """Facts as the texts read them."""
    return {
        name: date.fromisoformat(value) if name in _DAYS and isinstance(value, str) else value
        for name, value in dict(stored).items()
    }


def event_of(row: EventRow) -> Event:
    """The event of a row."""
    return Event(
        client=row.client_no, kind=row.kind, occurred_on=row.occurred_on, source=Source(row.source),
        confidence=row.confidence, tentative=row.tentative, expires_on=row.expires_on, ref=row.ref,
        facts=facts_of(row.facts),
    )  # fmt: skip
