"""Every query on cases, within a scope: what lies outside is not there. Nothing here deletes, or changes an event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, true
from sqlmodel import Session, col

from clients.visibility import shown, visible_client_nos
from kit.access import Scope
from kit.db import Scaled
from suitability.cases.filters import FACETS, CaseFilter, CaseSort, cursor_of, read_cursor
from suitability.cases.tables import CaseEventRow, MismatchCaseRow
from suitability.cases.types import (
    Case,
    CaseEvent,
    CaseStatus,
    Cause,
    ContactChannel,
    Dimension,
    EventKind,
    Resolution,
    Severity,
)

_BATCH: Final = 500
_CENT: Final = Decimal("0.01")
_R: Final = MismatchCaseRow
_VALUE: Final = func.coalesce(col(_R.value), literal(Decimal(-1), Scaled()), type_=Scaled())
_SORTS: Final[Mapping[CaseSort, tuple[tuple[Any, bool, type], ...]]] = {  # column, ascending, kind
    CaseSort.DUE: ((col(_R.due_on), True, date), (col(_R.severity), False, int)),
    CaseSort.SEVERITY: ((col(_R.severity), False, int), (col(_R.due_on), True, date)),
    CaseSort.OPENED: ((col(_R.opened_on), False, date), (col(_R.severity), False, int)),
    CaseSort.VALUE: ((_VALUE, False, Decimal),),
    CaseSort.CLIENT: ((col(_R.client_no), True, str),),
}


class CaseRepository:
    """Cases of the clients that a scope shows; "overdue" is as of the scope's day."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._day = scope.day
        self._shown = shown(_R.client_no, visible_client_nos, scope)

    def row(self, case_id: int) -> MismatchCaseRow | None:
        asked = select(_R).where(col(_R.id) == case_id, *self._shown)
        return self._session.scalars(asked).first()

    def by_client(self, client_nos: Sequence[str], *, hold: bool = False) -> dict[tuple[str, str], MismatchCaseRow]:
        """Cases of these clients by client and product. hold: nobody else changes them until the transaction ends."""
        found: dict[tuple[str, str], MismatchCaseRow] = {}
        for start in range(0, len(client_nos), _BATCH):
            asked = select(_R).where(col(_R.client_no).in_(list(client_nos[start : start + _BATCH])), *self._shown)
            rows = self._session.scalars(_held(asked) if hold else asked)
            found.update({(row.client_no, row.product_code): row for row in rows})
        return found

    def present_keys(self, client_nos: Sequence[str] | None = None) -> set[tuple[str, str]]:
        """Client and product of every case (or of these clients') whose mismatch was there when last looked at."""
        asked = select(col(_R.client_no), col(_R.product_code)).where(col(_R.present), *self._shown)
        if client_nos is not None:
            asked = asked.where(col(_R.client_no).in_(list(client_nos)))
        return {(row[0], row[1]) for row in self._session.execute(asked)}

    def unsettled(self) -> list[MismatchCaseRow]:
        """Cases that are not closed, held until the transaction ends."""
        asked = select(_R).where(col(_R.status) != CaseStatus.RESOLVED.value, *self._shown)
        return list(self._session.scalars(_held(asked)))

    def page(
        self, filters: CaseFilter, sort: CaseSort, cursor: str | None, limit: int
    ) -> tuple[list[MismatchCaseRow], str | None]:
        """Up to `limit` cases after the cursor, and the cursor of the next page, None on the last. Raises BadCursor."""
        keys = (*_SORTS[sort], (col(_R.id), True, int))
        asked = select(_R, *(column for column, _, _ in keys)).where(*self._where(filters))
        if cursor:
            asked = asked.where(_after(keys, read_cursor(cursor, tuple(kind for _, _, kind in keys))))
        order = (column.asc() if up else column.desc() for column, up, _ in keys)
        rows = list(self._session.execute(asked.order_by(*order).limit(limit + 1)))
        following = cursor_of(tuple(rows[limit - 1][1:])) if len(rows) > limit else None
        return [row[0] for row in rows[:limit]], following

    def counts(self, filters: CaseFilter) -> dict[str, dict[str, int]]:
        """Cases by each facet, under all filters but the facet's own; `all` under every filter. One query."""
        overdue = case((self._overdue(), 1), else_=0)
        columns = [overdue if name == "overdue" else getattr(_R, name) for name in FACETS]
        free = CaseFilter(client_no=filters.client_no, dimension=filters.dimension, text=filters.text)
        asked = select(func.count(), *columns).where(*self._where(free)).group_by(*columns)
        wanted = _wanted(filters)
        found: dict[str, Counter[str]] = {name: Counter() for name in (*FACETS, "all")}
        for number, *values in self._session.execute(asked):
            told = {name: _plain(name, value) for name, value in zip(FACETS, values, strict=True)}
            failed = [name for name, value in wanted.items() if not _meets(name, value, told)]
            if not failed:
                found["all"]["all"] += number
            for name in FACETS:
                if all(_facet_of(one) == name for one in failed):
                    found[name][told[name]] += number
        return {name: dict(sorted(counter.items())) for name, counter in found.items()}

    def by_client_of(
        self, filters: CaseFilter, after: str, limit: int
    ) -> list[tuple[str, str, str, str, int, int, date, Decimal | None, int]]:
        """Cases rolled up by client, by number after `after`: number, name, owner, class, cases, the gravest, the next
        deadline, value (None where none is known), how many are overdue.
        """
        late = func.sum(case((self._overdue(), 1), else_=0))
        asked = (
            select(
                col(_R.client_no), func.max(col(_R.client_name)), func.max(col(_R.owner_name)),
                func.max(col(_R.client_class)), func.count(), func.max(col(_R.severity)), func.min(col(_R.due_on)),
                func.sum(col(_R.value), type_=Scaled()), late,
            )
            .where(*self._where(filters), col(_R.client_no) > after)
            .group_by(col(_R.client_no))
            .order_by(col(_R.client_no))
            .limit(limit)
        )
        return [(*row,) for row in self._session.execute(asked)]

    def events(self, case_id: int) -> tuple[CaseEvent, ...]:
        """The timeline, oldest first."""
        asked = select(CaseEventRow).where(col(CaseEventRow.case_id) == case_id).order_by(col(CaseEventRow.version))
        return tuple(event_of(row) for row in self._session.scalars(asked))

    def add_all(self, rows: Iterable[MismatchCaseRow | CaseEventRow]) -> None:
        self._session.add_all(rows)
        self._session.flush()

    def _overdue(self) -> ColumnElement[bool]:
        return and_(col(_R.due_on) < self._day, col(_R.status) != CaseStatus.RESOLVED.value)

    def _where(self, filters: CaseFilter) -> list[ColumnElement[bool]]:
        where = [*self._shown]
        for name in ("owner_no", "branch_no", "product_level", "client_class", "client_no", "escalated"):
            if (value := getattr(filters, name)) is not None:
                where.append(getattr(_R, name) == value)
        for name in ("origin", "status"):
            if (value := getattr(filters, name)) is not None:
                where.append(getattr(_R, name) == value.value)
        if filters.severity is not None:
            where.append(col(_R.severity) == filters.severity.rank)
        if filters.unsettled is not None:
            settled = col(_R.status) == CaseStatus.RESOLVED.value
            where.append(~settled if filters.unsettled else settled)
        if filters.overdue is not None:
            where.append(self._overdue() if filters.overdue else ~self._overdue())
        if filters.dimension is not None:
            where.append((literal(",") + col(_R.dimensions) + ",").contains(f",{filters.dimension.value},"))
        return [*where, _matching(filters.text)] if filters.text.strip() else where


def _held(asked: Select[Any]) -> Select[Any]:
    """As they are now, and locked in the order of their ids where the database locks rows (SQLite has one writer)."""
    return asked.order_by(col(_R.id)).with_for_update().execution_options(populate_existing=True)


def _matching(text: str) -> ColumnElement[bool]:
    text = text.strip()
    parts = [
        col(column).contains(text, autoescape=True)
        for column in (_R.client_no, _R.client_name, _R.product_code, _R.product_name)
    ]
    number = case_id_of(text)
    return or_(*parts, *([] if number is None else [col(_R.id) == number]))


def _after(keys: Sequence[tuple[Any, bool, type]], values: Sequence[Any]) -> ColumnElement[bool]:
    """Behind these values in the order of the keys."""
    found: list[ColumnElement[bool]] = []
    equal: ColumnElement[bool] = true()
    for (column, up, _), value in zip(keys, values, strict=True):
        found.append(and_(equal, column > value if up else column < value))
        equal = and_(equal, column == value)
    return or_(*found)


def _wanted(filters: CaseFilter) -> dict[str, str]:
    """The filters that are facets, as the facets' plain values."""
    named = {**{name: getattr(filters, name) for name in FACETS}, "unsettled": filters.unsettled}
    return {name: _said(value) for name, value in named.items() if value is not None}


def _said(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _facet_of(name: str) -> str:
    return "status" if name == "unsettled" else name


def _meets(name: str, value: str, told: Mapping[str, str]) -> bool:
    if name == "unsettled":
        return (told["status"] != CaseStatus.RESOLVED.value) == (value == "yes")
    return told[name] == value


def _plain(name: str, value: Any) -> str:
    if name == "severity":
        return str(Severity.of_rank(int(value)).value)
    return _said(bool(value)) if name in ("overdue", "escalated") else str(value)


def case_id_of(number: str) -> int | None:
    """The id in a case number (M0000012), None where it is none."""
    digits = number[1:] if number[:1] in ("M", "m") else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None


_SAME: Final = tuple(
    one.name for one in fields(Case)
    if one.name not in ("dimensions", "severity", "origin", "status", "resolution", "id", "facts", "value")
)  # fmt: skip


def case_of(row: MismatchCaseRow) -> Case:
    assert row.id is not None
    return Case(
        id=row.id, dimensions=tuple(Dimension(one) for one in row.dimensions.split(",") if one),
        severity=Severity(Severity.of_rank(row.severity)), origin=Cause(row.origin), status=CaseStatus(row.status),
        resolution=Resolution(row.resolution) if row.resolution else None, facts=dict(row.facts),
        value=None if row.value is None else row.value.quantize(_CENT),
        **{name: getattr(row, name) for name in _SAME},
    )


def event_of(row: CaseEventRow) -> CaseEvent:
    return CaseEvent(
        version=row.version, kind=EventKind(row.kind), at=row.at, day=row.day, by_id=row.by_id, by_name=row.by_name,
        status=CaseStatus(row.status), note=row.note, channel=ContactChannel(row.channel) if row.channel else None,
        evidence=row.evidence, detail=dict(row.detail), digest=row.digest,
    )
