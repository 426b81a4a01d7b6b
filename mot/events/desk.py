"""The desk of events: what somebody tells is checked and filed once; what the book shows is filed once.

The commit belongs to the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from clients.repository import ClientRepository
from clients.staff.filing import Stamp, file_change
from kit.access import Scope, everything
from kit.clock import day_of
from kit.db import one_at_a_time
from kit.problems import Conflict
from mot.events.columns import NO_DAY, NO_REF, SOURCES, Events, Names, to_event
from mot.events.kinds import by_place, event_kinds
from mot.events.repository import EventRepository, plain_facts
from mot.events.tables import EventRow
from mot.events.told import told_event
from mot.events.types import Event, Family, Source

FILING: Final = "heshi.mot.events"


class EventKnown(Conflict):
    """这件事已经登记"""

    title = "Event already on file"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAsk:
    """What somebody tells. family: checked where it is named; confidence: percent, None as the kind says."""

    client_no: str
    kind: str
    occurred_on: date
    source: Source
    family: Family | None = None
    ref: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    confidence: int | None = None


class EventDesk:
    """Events of the clients that a scope shows."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self.read = EventRepository(session, scope)

    def tell(self, ask: EventAsk, stamp: Stamp) -> EventRow:
        """Take an event. Raises NoSuchClient, EventKnown, and what `told_event` raises."""
        row = self._row(ask, stamp)
        if self.read.known([row.digest]):
            raise EventKnown(_twice(row))
        try:
            with self._session.begin_nested():
                self.read.add_all([row])
        except IntegrityError as fault:  # told twice at the same moment
            raise EventKnown(_twice(row)) from fault
        self._file(row, stamp)
        return row

    def tell_once(self, ask: EventAsk, stamp: Stamp) -> bool:
        """The same, but an event that is on file already is passed over. Whether it is new."""
        try:
            self.tell(ask, stamp)
        except EventKnown:
            return False
        return True

    def _row(self, ask: EventAsk, stamp: Stamp) -> EventRow:
        ClientRepository(self._session, self._scope).client(ask.client_no)
        event = told_event(
            ask.client_no, ask.kind, ask.occurred_on, ask.source, today=day_of(stamp.at), family=ask.family,
            ref=ask.ref.strip(), facts=ask.facts, confidence=ask.confidence,
        )  # fmt: skip
        amount, due = event.facts.get("amount_yuan"), event.facts.get("due_on")
        return _row_of(
            event, event_kinds(day_of(stamp.at))[event.kind].family, stamp,
            amount=float(amount) if isinstance(amount, int | float) else None,
            due=due if isinstance(due, date) else None,
        )  # fmt: skip

    def _file(self, row: EventRow, stamp: Stamp) -> None:
        file_change(
            self._session, stamp, "event.tell", "mot_event", row.digest, digest=row.digest, client=row.client_no,
            kind=row.kind, occurred_on=row.occurred_on, source=row.source, ref=row.ref,
        )  # fmt: skip


def _twice(row: EventRow) -> str:
    named = f"，编号 {row.ref}" if row.ref else ""
    told = "已经登记，不必再报；确有两件的，请用不同的编号（ref）"
    return f"客户 {row.client_no} 在 {row.occurred_on} 的这件事（{row.kind}{named}）{told}"


def _row_of(
    event: Event, family: Family, stamp: Stamp, *, amount: float | None = None, usual: float | None = None,
    due: date | None = None,
) -> EventRow:  # fmt: skip
    return EventRow(
        digest=event.digest, client_no=event.client, kind=event.kind, family=family.value,
        occurred_on=event.occurred_on, ref=event.ref, source=event.source.value, confidence=event.confidence,
        tentative=event.tentative, expires_on=event.expires_on, facts=plain_facts(event.facts), amount=amount,
        usual=usual, due_on=due, filed_at=stamp.at, filed_by=stamp.actor.user_id,
    )  # fmt: skip


def put_on_file(session: Session, event: Event, day: date, stamp: Stamp) -> str:
    """An event as it is, of whatever source: for a rehearsal, which is rolled back. Returns its digest."""
    amount, due = event.facts.get("amount_yuan"), event.facts.get("due_on")
    row = _row_of(
        event, event_kinds(day)[event.kind].family, stamp,
        amount=float(amount) if isinstance(amount, int | float) else None,
        due=due if isinstance(due, date) else None,
    )  # fmt: skip
    EventRepository(session, everything(day)).add_all([row])
    return row.digest


def file_derived(
    session: Session, scope: Scope, events: Events, client_nos: Sequence[str], ref_of: Callable[[int, int], str],
    names: Mapping[int, Names], day: date, stamp: Stamp,
) -> int:  # fmt: skip
    """File what the book shows, each event once for good; how many are new. The same day again files nothing.

    names: how codes become words, by the place of the kind. One row of the trail says how many of each kind.
    """
    one_at_a_time(session, FILING)
    kinds, read = by_place(day), EventRepository(session, scope)
    rows: dict[str, EventRow] = {}
    for place in range(len(events)):
        code = int(events.kind[place])
        ref = ref_of(code, int(events.ref[place]))
        event = to_event(events, place, kinds, client_nos[int(events.client[place])], ref, names.get(code, {}))
        rows.setdefault(event.digest, _row_of(
            event, kinds[code].family, stamp, amount=_number(events.amount[place]),
            usual=_number(events.usual[place]), due=_day(int(events.due[place])),
        ))  # fmt: skip
    known = read.known(list(rows))
    fresh = [row for digest, row in rows.items() if digest not in known]
    read.add_all(fresh)
    if fresh:
        counts: dict[str, int] = {}
        for row in fresh:
            counts[row.kind] = counts.get(row.kind, 0) + 1
        file_change(
            session, stamp, "event.derive", "mot_event", day.isoformat(), day=day, counts=dict(sorted(counts.items()))
        )
    return len(fresh)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _day(ordinal: int) -> date | None:
    return None if ordinal == NO_DAY else date.fromordinal(ordinal)


@dataclass(frozen=True)
class Filed:
    """Events on file as the engine takes them: columns, the row of each entry, business keys by code."""

    events: Events
    rows: tuple[EventRow, ...]
    refs: tuple[str, ...]

    def ref_of(self, _kind: int, ref: int) -> str:
        return "" if ref < 0 else self.refs[ref]


def columns_of(rows: Sequence[EventRow], client_rows: Mapping[str, int], day: date) -> Filed:
    """Clients without a row and kinds that are no more are left out.

    The order is that of `mot.events.columns.joined`, which `Events` of any source have.
    """
    kinds = event_kinds(day)
    kept = [row for row in rows if row.client_no in client_rows and row.kind in kinds]
    refs = tuple(sorted({row.ref for row in kept if row.ref}))
    code = {ref: place for place, ref in enumerate(refs)}
    ordered = sorted(kept, key=lambda row: (
        client_rows[row.client_no], row.occurred_on, kinds[row.kind].place, code.get(row.ref, NO_REF)
    ))  # fmt: skip

    def whole(values: list[int]) -> np.ndarray:
        return np.array(values, dtype=np.int64)

    def real(values: list[float | None]) -> np.ndarray:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

    columns = Events(
        client=whole([client_rows[row.client_no] for row in ordered]),
        kind=whole([kinds[row.kind].place for row in ordered]),
        day=whole([row.occurred_on.toordinal() for row in ordered]),
        source=whole([SOURCES.index(Source(row.source)) for row in ordered]),
        confidence=whole([row.confidence for row in ordered]),
        expires=whole([row.expires_on.toordinal() for row in ordered]),
        ref=whole([code.get(row.ref, NO_REF) for row in ordered]),
        amount=real([row.amount for row in ordered]), usual=real([row.usual for row in ordered]),
        due=whole([NO_DAY if row.due_on is None else row.due_on.toordinal() for row in ordered]),
    )  # fmt: skip
    return Filed(columns, tuple(ordered), refs)
