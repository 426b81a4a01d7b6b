"""Every query on graded periods, within a scope.

What is not published is seen by those alone who see everybody: a person graded, or a supervisor, sees no draft.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, insert, select
from sqlmodel import Session, col

from advisors.periods.tables import AdvisorAppealRow, AdvisorCardRow, AdvisorLevelRow, PeriodRunRow
from advisors.periods.types import RunState
from clients.visibility import shown, visible_staff_nos
from kit.access import Reach, Scope

_AT_ONCE: Final = 500
Card = AdvisorCardRow


class PeriodRepository:
    """Reads and appends on one session. Whoever lies outside the scope answers as if not there."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    # runs

    def runs(self, period: str | None = None) -> list[PeriodRunRow]:
        """The newest first."""
        wanted = select(PeriodRunRow).where(*self._told()).order_by(col(PeriodRunRow.id).desc())
        if period is not None:
            wanted = wanted.where(col(PeriodRunRow.period) == period)
        return list(self._session.scalars(wanted))

    def run(self, number: str) -> PeriodRunRow | None:
        wanted = select(PeriodRunRow).where(col(PeriodRunRow.number) == number, *self._told())
        return self._session.scalars(wanted).one_or_none()

    def named(self, number: str) -> PeriodRunRow | None:
        """A run by its number, or the newest of a period, not cancelled, by the period's code."""
        found = self.run(number)
        if found is None and "-" not in number:
            found = next((row for row in self.runs(number) if row.state != RunState.CANCELLED.value), None)
        return found

    def published(self) -> PeriodRunRow | None:
        """The run of the latest period that is published."""
        wanted = (
            select(PeriodRunRow)
            .where(col(PeriodRunRow.state) == RunState.PUBLISHED.value)
            .order_by(col(PeriodRunRow.last).desc(), col(PeriodRunRow.id).desc())
            .limit(1)
        )
        return self._session.scalars(wanted).first()

    def add(self, row: Any) -> int:
        self._session.add(row)
        self._session.flush()
        assert row.id is not None
        made: int = row.id
        return made

    def add_cards(self, rows: Sequence[dict[str, Any]]) -> None:
        for at in range(0, len(rows), _AT_ONCE):
            self._session.execute(insert(AdvisorCardRow), rows[at : at + _AT_ONCE])

    # cards

    def cards(
        self, run_id: int, *, after: str = "", limit: int | None = None, branch_no: str = "", level: str = "",
    ) -> list[AdvisorCardRow]:  # fmt: skip
        """By number."""
        wanted = self._cards(run_id).where(col(Card.staff_no) > after)
        if branch_no:
            wanted = wanted.where(col(Card.branch_no) == branch_no)
        if level:
            wanted = wanted.where(col(Card.level) == level)
        wanted = wanted.order_by(col(Card.staff_no))
        return list(self._session.scalars(wanted if limit is None else wanted.limit(limit)))

    def card(self, run_id: int, staff_no: str) -> AdvisorCardRow | None:
        wanted = self._cards(run_id).where(col(Card.staff_no) == staff_no)
        return self._session.scalars(wanted).one_or_none()

    def whole(self, run_id: int) -> list[AdvisorCardRow]:
        """Every card of a run, whoever asks: what digests, publication and the peers' spread are over."""
        return list(self._session.scalars(
            select(AdvisorCardRow).where(col(Card.run_id) == run_id).order_by(col(Card.staff_no))
        ))  # fmt: skip

    def peers(self, run_id: int, group: str) -> list[AdvisorCardRow]:
        """The group, named to nobody by this: callers give shares and bounds of it alone."""
        return list(self._session.scalars(
            select(AdvisorCardRow).where(col(Card.run_id) == run_id, col(Card.peers) == group)
        ))  # fmt: skip

    def branches(self, run_id: int) -> list[tuple[str, str, int]]:
        """Number, name and cards of each branch within the scope, by number."""
        place = (col(Card.branch_no), col(Card.branch))
        wanted = (
            select(*place, func.count())
            .where(col(Card.run_id) == run_id, *self._shown())
            .group_by(*place)
            .order_by(*place)
        )
        return [(number, name, int(count)) for number, name, count in self._session.execute(wanted)]

    def counts(self, run_id: int, branch_no: str = "") -> dict[str | None, int]:
        """Cards by the level that the run gave, within the scope, or of one branch of it."""
        wanted = (
            select(col(Card.level), func.count())
            .where(col(Card.run_id) == run_id, *self._shown())
            .group_by(col(Card.level))
        )
        if branch_no:
            wanted = wanted.where(col(Card.branch_no) == branch_no)
        return {level: int(count) for level, count in self._session.execute(wanted)}

    def levels(self, card_ids: Iterable[int]) -> dict[int, AdvisorLevelRow]:
        """The newest published or corrected level of each card."""
        found: dict[int, AdvisorLevelRow] = {}
        ids = list(card_ids)
        for at in range(0, len(ids), _AT_ONCE):
            wanted = (
                select(AdvisorLevelRow)
                .where(col(AdvisorLevelRow.card_id).in_(ids[at : at + _AT_ONCE]))
                .order_by(col(AdvisorLevelRow.id))
            )
            found |= {row.card_id: row for row in self._session.scalars(wanted)}
        return found

    def history(self, staff_no: str) -> list[tuple[AdvisorLevelRow, PeriodRunRow]]:
        """Published and corrected levels of a person, the newest first."""
        wanted = (
            select(AdvisorLevelRow, PeriodRunRow)
            .join(AdvisorCardRow, col(Card.id) == col(AdvisorLevelRow.card_id))
            .join(PeriodRunRow, col(PeriodRunRow.id) == col(Card.run_id))
            .where(col(Card.staff_no) == staff_no, *self._shown())
            .order_by(col(AdvisorLevelRow.id).desc())
        )
        return [(row, run) for row, run in self._session.execute(wanted)]

    # appeals

    def appeals(
        self, run_id: int | None = None, card_id: int | None = None
    ) -> list[tuple[AdvisorAppealRow, AdvisorCardRow, str]]:
        """The newest first."""
        wanted = self._appeals()
        if run_id is not None:
            wanted = wanted.where(col(Card.run_id) == run_id)
        if card_id is not None:
            wanted = wanted.where(col(Card.id) == card_id)
        rows = self._session.execute(wanted.order_by(col(AdvisorAppealRow.id).desc()))
        return [(row, card, number) for row, card, number in rows]

    def appeal(self, appeal_id: int) -> tuple[AdvisorAppealRow, AdvisorCardRow, PeriodRunRow] | None:
        found = self._session.execute(self._appeals().where(col(AdvisorAppealRow.id) == appeal_id)).one_or_none()
        if found is None:
            return None
        run = self._session.get_one(PeriodRunRow, found[1].run_id)
        return found[0], found[1], run

    # inside

    def _told(self) -> tuple[ColumnElement[bool], ...]:
        if self._scope.reach is Reach.ALL:
            return ()
        return (col(PeriodRunRow.state) == RunState.PUBLISHED.value,)

    def _shown(self) -> tuple[ColumnElement[bool], ...]:
        return shown(Card.staff_no, visible_staff_nos, self._scope)

    def _cards(self, run_id: int) -> Select[AdvisorCardRow]:
        return select(AdvisorCardRow).where(col(Card.run_id) == run_id, *self._shown())

    def _appeals(self) -> Select[AdvisorAppealRow, AdvisorCardRow, str]:
        return (
            select(AdvisorAppealRow, AdvisorCardRow, col(PeriodRunRow.number))
            .join(AdvisorCardRow, col(Card.id) == col(AdvisorAppealRow.card_id))
            .join(PeriodRunRow, col(PeriodRunRow.id) == col(Card.run_id))
            .where(*self._shown())
        )
