"""Every query on grade reviews, within a scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select, update
from sqlmodel import Session, col

from clients.grading.review.tables import (
    GradeAppealRow,
    GradeInForceRow,
    GradeReviewChangeRow,
    GradeReviewClientRow,
    GradeReviewLineRow,
    GradeReviewRow,
)
from clients.staff.tables import BranchRow, PostRow, RelationRow, StaffRow
from clients.staff.types import RelationRole
from clients.tables import ClientRow
from clients.visibility import on_day, shown, visible_clients
from kit.access import Scope

_AT_ONCE: Final = 5_000
_IN: Final = 900  # values in one list of a query
Line = GradeReviewLineRow
OfClient = GradeReviewClientRow


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which clients of a review. listed: plan, no-plan, policy, settlement; moved: another grade than the engine's."""

    scheme: str = ""
    grade: str | None = None  # a class of the scheme; empty: without a grade
    moved: bool = False
    listed: str = ""
    branch: str = ""
    text: str = ""


class ReviewRepository:
    """Reads and writes reviews; clients outside the scope answer as if they were not there."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    # reviews

    def reviews(self) -> list[GradeReviewRow]:
        """The newest first."""
        return list(self._session.scalars(select(GradeReviewRow).order_by(col(GradeReviewRow.id).desc())))

    def review(self, number: str) -> GradeReviewRow | None:
        return self._session.scalars(select(GradeReviewRow).where(col(GradeReviewRow.number) == number)).one_or_none()

    def add(self, row: Any) -> int:
        self._session.add(row)
        self._session.flush()
        assert row.id is not None
        made: int = row.id
        return made

    def add_many(self, table: type[Any], rows: Iterator[dict[str, Any]]) -> None:
        while some := list(islice(rows, _AT_ONCE)):
            self._session.execute(insert(table), some)

    # lines

    def lines(
        self, review_id: int, wanted: LineFilter, after: str = "", limit: int | None = None
    ) -> list[tuple[GradeReviewClientRow, str, str]]:
        """(row, client number, name) by client number."""
        asked = self._lines(review_id, wanted, _named())
        asked = asked.where(col(ClientRow.client_no) > after).order_by(col(ClientRow.client_no))
        rows = self._session.execute(asked if limit is None else asked.limit(limit))
        return [(row, number, name) for row, number, name in rows]

    def count(self, review_id: int, wanted: LineFilter) -> int:
        asked = self._lines(review_id, wanted, select(func.count(col(OfClient.id))))
        return int(self._session.execute(asked).scalar_one())

    def line(self, review_id: int, client_no: str) -> tuple[GradeReviewClientRow, str, str] | None:
        asked = self._lines(review_id, LineFilter(), _named()).where(col(ClientRow.client_no) == client_no)
        found = self._session.execute(asked).one_or_none()
        return None if found is None else (found[0], found[1], found[2])

    def grades(self, review_id: int, client_ids: Sequence[int]) -> dict[int, list[GradeReviewLineRow]]:
        found: dict[int, list[GradeReviewLineRow]] = {}
        for some in _parts(client_ids):
            asked = select(Line).where(col(Line.review_id) == review_id, col(Line.client_id).in_(some))
            for row in self._session.scalars(asked.order_by(col(Line.id))):
                found.setdefault(row.client_id, []).append(row)
        return found

    def grade_counts(self, review_id: int) -> dict[str, dict[str, int]]:
        """Scheme: class: clients, of those in scope; the empty code is 不评."""
        asked = (
            select(col(Line.scheme), col(Line.grade), func.count())
            .where(col(Line.review_id) == review_id, *shown(Line.client_id, visible_clients, self._scope))
            .group_by(col(Line.scheme), col(Line.grade))
        )
        found: dict[str, dict[str, int]] = {}
        for scheme, grade, count in self._session.execute(asked):
            found.setdefault(scheme, {})[grade or ""] = int(count)
        return found

    def branches(self, review_id: int) -> list[str]:
        asked = self._lines(review_id, LineFilter(), select(col(OfClient.branch))).distinct()
        return sorted(one for (one,) in self._session.execute(asked) if one)

    def close_preliminary(self, review_id: int) -> None:
        """What stands now is the preliminary grade."""
        self._session.execute(
            update(Line).where(col(Line.review_id) == review_id).values(preliminary=col(Line.grade))
        )

    def changes(self, review_id: int, client_id: int | None = None) -> list[tuple[GradeReviewChangeRow, str]]:
        """The newest first, with the client's number."""
        row = GradeReviewChangeRow
        asked = (
            select(row, col(ClientRow.client_no))
            .join(ClientRow, col(ClientRow.id) == col(row.client_id))
            .where(col(row.review_id) == review_id, *shown(row.client_id, visible_clients, self._scope))
            .order_by(col(row.id).desc())
        )
        if client_id is not None:
            asked = asked.where(col(row.client_id) == client_id)
        return [(one, number) for one, number in self._session.execute(asked)]

    def editors(self, review_id: int) -> set[str]:
        """Who changed any line of the review."""
        row = GradeReviewChangeRow
        asked = select(col(row.changed_by_id)).where(col(row.review_id) == review_id).distinct()
        return set(self._session.scalars(asked))

    # grades in force

    def in_force(self, day: date, client_ids: Sequence[int] | None = None) -> dict[int, dict[str, GradeInForceRow]]:
        """By client and scheme, the newest row of the day or before."""
        if client_ids is None:
            return _newest(self._session.scalars(self._in_force(day)))
        found: dict[int, dict[str, GradeInForceRow]] = {}
        for some in _parts(client_ids):
            asked = self._in_force(day).where(col(GradeInForceRow.client_id).in_(some))
            found.update(_newest(self._session.scalars(asked)))
        return found

    def in_force_rows(self, client_id: int) -> list[GradeInForceRow]:
        """All rows of a client, the oldest first."""
        row = GradeInForceRow
        asked = select(row).where(col(row.client_id) == client_id, *self._shown(row.client_id))
        return list(self._session.scalars(asked.order_by(col(row.valid_from), col(row.id))))

    # appeals

    def appeals(
        self, review_id: int | None = None, client_id: int | None = None
    ) -> list[tuple[GradeAppealRow, str, str]]:
        """(row, client number, review number), the newest first."""
        row = GradeAppealRow
        asked = (
            select(row, col(ClientRow.client_no), col(GradeReviewRow.number))
            .join(ClientRow, col(ClientRow.id) == col(row.client_id))
            .join(GradeReviewRow, col(GradeReviewRow.id) == col(row.review_id))
            .where(*self._shown(row.client_id))
            .order_by(col(row.id).desc())
        )
        if review_id is not None:
            asked = asked.where(col(row.review_id) == review_id)
        if client_id is not None:
            asked = asked.where(col(row.client_id) == client_id)
        return [(one, number, review) for one, number, review in self._session.execute(asked)]

    def appeal(self, appeal_id: int) -> tuple[GradeAppealRow, str, str] | None:
        row = GradeAppealRow
        asked = (
            select(row, col(ClientRow.client_no), col(GradeReviewRow.number))
            .join(ClientRow, col(ClientRow.id) == col(row.client_id))
            .join(GradeReviewRow, col(GradeReviewRow.id) == col(row.review_id))
            .where(col(row.id) == appeal_id, *self._shown(row.client_id))
        )
        found = self._session.execute(asked).one_or_none()
        return None if found is None else (found[0], found[1], found[2])

    # who serves whom

    def served_by(self, day: date) -> dict[int, tuple[str, str]]:
        """(branch, person) of each client's main relation on the day."""
        asked = (
            select(col(RelationRow.client_id), col(BranchRow.name), col(StaffRow.name))
            .join(StaffRow, col(StaffRow.id) == col(RelationRow.staff_id))
            .join(PostRow, and_(col(PostRow.staff_id) == col(StaffRow.id), *on_day(PostRow, day)))
            .join(BranchRow, col(BranchRow.id) == col(PostRow.branch_id))
            .where(col(RelationRow.role) == RelationRole.MAIN.value, *on_day(RelationRow, day))
        )
        return {client: (branch, person) for client, branch, person in self._session.execute(asked)}

    def _shown(self, client_id: Any) -> tuple[ColumnElement[bool], ...]:
        return shown(client_id, visible_clients, self._scope)

    def _in_force(self, day: date) -> Select[Any]:
        row = GradeInForceRow
        return (
            select(row)
            .where(col(row.valid_from) <= day, *self._shown(row.client_id))
            .order_by(col(row.valid_from), col(row.id))
        )

    def _lines(self, review_id: int, wanted: LineFilter, asked: Select[Any]) -> Select[Any]:
        asked = (
            asked.select_from(OfClient)
            .join(ClientRow, col(ClientRow.id) == col(OfClient.client_id))
            .where(col(OfClient.review_id) == review_id, *self._shown(OfClient.client_id))
        )
        if wanted.scheme or wanted.moved:
            asked = asked.where(col(OfClient.client_id).in_(_with_grade(review_id, wanted)))
        if wanted.listed == "plan":
            asked = asked.where(col(OfClient.plan) != "")
        elif wanted.listed == "no-plan":
            asked = asked.where(col(OfClient.plan) == "")
        elif wanted.listed == "policy":
            asked = asked.where(or_(col(OfClient.policy) != "", col(OfClient.policy_action).is_not(None)))
        elif wanted.listed == "settlement":
            asked = asked.where(or_(col(OfClient.settlement) != "", col(OfClient.settlement_action).is_not(None)))
        if wanted.branch:
            asked = asked.where(col(OfClient.branch) == wanted.branch)
        if wanted.text:
            asked = asked.where(or_(
                col(ClientRow.client_no).contains(wanted.text, autoescape=True),
                col(ClientRow.name).contains(wanted.text, autoescape=True),
            ))  # fmt: skip
        return asked


def _named() -> Any:
    return select(OfClient, col(ClientRow.client_no), col(ClientRow.name))


def _with_grade(review_id: int, wanted: LineFilter) -> Select[Any]:
    asked = select(col(Line.client_id)).where(col(Line.review_id) == review_id)
    if wanted.scheme:
        asked = asked.where(col(Line.scheme) == wanted.scheme)
        if wanted.grade is not None:
            asked = asked.where(col(Line.grade) == wanted.grade if wanted.grade else col(Line.grade).is_(None))
    if wanted.moved:
        asked = asked.where(func.coalesce(col(Line.grade), "") != func.coalesce(col(Line.engine), ""))
    return asked


def _newest(rows: Iterable[GradeInForceRow]) -> dict[int, dict[str, GradeInForceRow]]:
    """The last of each client and scheme; rows stand in the order of their days."""
    found: dict[int, dict[str, GradeInForceRow]] = {}
    for row in rows:
        found.setdefault(row.client_id, {})[row.scheme] = row
    return found


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _IN):
        yield ids[start : start + _IN]


