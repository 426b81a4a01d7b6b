"""Every query on decisions. Reads and appends within a scope: what lies outside is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Table, bindparam, func, insert, select, text
from sqlmodel import Session, SQLModel, col

from clients.visibility import shown, visible_client_nos
from kit.access import Scope
from kit.db import Moment
from kit.rulebook import Rulebook
from kit.trail.entry import Entry
from kit.trail.repository import filing
from kit.trail.service import record_with
from suitability.matching.tables import DecisionRow, DutyDoneRow, RuleSetRow

_DECISIONS: Final[Table] = SQLModel.metadata.tables[str(DecisionRow.__tablename__)]
_RULE_SETS: Final[Table] = SQLModel.metadata.tables[str(RuleSetRow.__tablename__)]
BOOKS: Final = 3  # rule files that a decision is made under
_VERSIONS: Final = tuple(f"rule_set_{place}" for place in range(BOOKS))
_FILED: Final = filing(
    insert(_DECISIONS)
    .values({one.name: bindparam(f"filed_{one.name}", type_=one.type) for one in _DECISIONS.c})
    .returning(
        select(func.count())
        .select_from(_RULE_SETS)
        .where(_RULE_SETS.c.version.in_([bindparam(name, type_=_RULE_SETS.c.version.type) for name in _VERSIONS]))
        .scalar_subquery()
        .label("on_file")
    )
)


class DecisionRepository:
    """Decisions of the clients in scope, the rule sets they were made under, and the duties done on them."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    def add(self, columns: Mapping[str, Any], books: Sequence[Rulebook], entry: Entry) -> None:
        """File a decision with its entry of the trail and, once, the rule files that it was made under.

        The insert itself says whether they are on file, so that a decision goes to the server once.
        """
        told = dict(zip(_VERSIONS, (book.version for book in books), strict=True))
        values = {f"filed_{name}": value for name, value in columns.items()}
        filed = record_with(self._session, entry, _FILED, {**values, **told})
        if filed["on_file"] < len(set(told.values())):
            self.keep_rules(books, columns["made_at"])

    def find(self, decision_id: str) -> DecisionRow | None:
        wanted = select(DecisionRow).where(col(DecisionRow.id) == decision_id, *self._visible())
        return self._session.scalars(wanted).first()

    def page(
        self,
        *,
        client_no: str | None = None,
        product_code: str | None = None,
        outcome: str | None = None,
        first: date | None = None,
        last: date | None = None,
        before: tuple[datetime, str] | None = None,
        limit: int = 50,
    ) -> list[DecisionRow]:
        """Newest first; `before` is the sort key of the last row of the page before."""
        wanted = select(DecisionRow).where(*self._visible())
        for column, value in (
            (DecisionRow.client_no, client_no),
            (DecisionRow.product_code, product_code),
            (DecisionRow.outcome, outcome),
        ):
            if value is not None:
                wanted = wanted.where(col(column) == value)
        if first is not None:
            wanted = wanted.where(col(DecisionRow.day) >= first)
        if last is not None:
            wanted = wanted.where(col(DecisionRow.day) <= last)
        if before is not None:
            at, decision_id = before
            older = (col(DecisionRow.made_at) == at) & (col(DecisionRow.id) < decision_id)
            wanted = wanted.where((col(DecisionRow.made_at) < at) | older)
        ordered = wanted.order_by(col(DecisionRow.made_at).desc(), col(DecisionRow.id).desc()).limit(limit)
        return list(self._session.scalars(ordered))

    def duties_done(self, decision_ids: Sequence[str]) -> list[DutyDoneRow]:
        """In the order in which they were done."""
        wanted = select(DutyDoneRow).where(col(DutyDoneRow.decision_id).in_(list(decision_ids)))
        return list(self._session.scalars(wanted.order_by(col(DutyDoneRow.done_at), col(DutyDoneRow.id))))

    def add_duty(self, row: DutyDoneRow) -> None:
        self._session.add(row)
        self._session.flush()

    def keep_rules(self, books: Sequence[Rulebook], now: datetime) -> None:
        """File each rule file's content under its version, once."""
        versions = [book.version for book in books]
        wanted = select(col(RuleSetRow.version)).where(col(RuleSetRow.version).in_(versions))
        known = set(self._session.scalars(wanted))
        at = bindparam("at", now, type_=Moment())
        for book in books:
            if book.version not in known:
                self._session.execute(
                    text(
                        "INSERT INTO rule_set (version, name, content, first_used_at)"
                        " VALUES (:version, :name, :content, :at) ON CONFLICT DO NOTHING"
                    ).bindparams(at),
                    {"version": book.version, "name": book.name, "content": book.text},
                )

    def rules_of(self, version: str) -> RuleSetRow | None:
        return self._session.get(RuleSetRow, version)

    def _visible(self) -> tuple[Any, ...]:
        return shown(DecisionRow.client_no, visible_client_nos, self._scope)
