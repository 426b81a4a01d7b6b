"""Every query on surveys; answers within a scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from sqlalchemy import func, select
from sqlmodel import Session, col

from clients.satisfaction.problems import NoSuchRound
from clients.satisfaction.tables import SurveyAnswerRow, SurveyRoundRow
from clients.satisfaction.types import SurveyRound, points
from clients.staff.tables import BranchRow, PostRow, RelationRow, StaffRow
from clients.staff.types import RelationRole
from clients.tables import ClientRow
from clients.visibility import shown, visible_clients
from kit.access import Scope
from market.types import FloatArray, IntArray

NOBODY: Final = ("", "无主办")
_A: Final = SurveyAnswerRow


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers of a round in columns, by id of the answer. advisor, branch: place in their labels (key, label)."""

    client_id: IntArray
    score: IntArray
    recommend: FloatArray
    advisor: IntArray
    advisors: list[tuple[str, str]]
    branch: IntArray
    branches: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Comment:
    """What a client wrote, with the answers beside it."""

    client_no: str
    day: date
    score: int
    recommend: int | None
    text: str


class SurveyRepository:
    """Rounds, and the answers of the clients that a scope shows."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._shown = shown(_A.client_id, visible_clients, scope)

    def round_row(self, code: str) -> SurveyRoundRow:
        """Raises NoSuchRound."""
        found = self._session.scalars(select(SurveyRoundRow).where(col(SurveyRoundRow.code) == code)).first()
        if found is None:
            raise NoSuchRound(f"没有调查 {code[:32]}；先登记这一轮，再导入答卷")
        return found

    def rounds(self) -> list[SurveyRound]:
        """The newest first, each with the number of answers that the scope shows."""
        counted = (
            select(col(_A.round_id), func.count().label("n")).where(*self._shown).group_by(col(_A.round_id)).subquery()
        )
        asked = (
            select(SurveyRoundRow, counted.c.n)
            .outerjoin(counted, counted.c.round_id == col(SurveyRoundRow.id))
            .order_by(col(SurveyRoundRow.first_on).desc(), col(SurveyRoundRow.code))
        )
        return [round_of(row, int(n or 0)) for row, n in self._session.execute(asked)]

    def answers_of(self, round_id: int) -> Answers:
        """Who served each client as the main person on the day of the answer, and in which branch."""
        asked = (
            select(
                col(_A.client_id), col(_A.score), col(_A.recommend), col(StaffRow.staff_no), col(StaffRow.name),
                col(BranchRow.branch_no), col(BranchRow.name),
            )
            .outerjoin(
                RelationRow,
                (col(RelationRow.client_id) == col(_A.client_id))
                & (col(RelationRow.role) == RelationRole.MAIN.value)
                & (col(RelationRow.valid_from) <= col(_A.day)) & (col(RelationRow.valid_to) >= col(_A.day)),
            )
            .outerjoin(StaffRow, col(StaffRow.id) == col(RelationRow.staff_id))
            .outerjoin(
                PostRow,
                (col(PostRow.staff_id) == col(StaffRow.id))
                & (col(PostRow.valid_from) <= col(_A.day)) & (col(PostRow.valid_to) >= col(_A.day)),
            )
            .outerjoin(BranchRow, col(BranchRow.id) == col(PostRow.branch_id))
            .where(col(_A.round_id) == round_id, *self._shown)
            .order_by(col(_A.id))
        )  # fmt: skip
        rows = self._session.execute(asked).all()
        advisor, advisors = _places([(row[3] or "", row[4] or "") for row in rows])
        branch, branches = _places([(row[5] or "", row[6] or "") for row in rows])
        return Answers(
            np.array([row[0] for row in rows], dtype=np.int64), np.array([row[1] for row in rows], dtype=np.int64),
            np.array([np.nan if row[2] is None else row[2] for row in rows], dtype=np.float64),
            advisor, advisors, branch, branches,
        )  # fmt: skip

    def comments(self, round_id: int, limit: int) -> list[Comment]:
        """What was written, the least satisfied first."""
        asked = (
            select(col(ClientRow.client_no), col(_A.day), col(_A.score), col(_A.recommend), col(_A.comment))
            .join(ClientRow, col(ClientRow.id) == col(_A.client_id))
            .where(col(_A.round_id) == round_id, col(_A.comment) != "", *self._shown)
            .order_by(col(_A.score), col(_A.day).desc(), col(_A.id))
            .limit(limit)
        )
        return [Comment(*row) for row in self._session.execute(asked)]

    def answered(self, round_id: int, client_id: int) -> bool:
        asked = select(col(_A.id)).where(col(_A.round_id) == round_id, col(_A.client_id) == client_id)
        return self._session.execute(asked).first() is not None


def last_scores(session: Session, first: date, last: date) -> dict[int, float]:
    """满意度评分 0 to 100 of each client's newest answer from day to day, both included, by client id."""
    asked = (
        select(col(_A.client_id), col(_A.score))
        .where(col(_A.day).between(first, last))
        .order_by(col(_A.day), col(_A.id))
    )
    return {int(client): points(int(score)) for client, score in session.execute(asked)}


def last_answers(session: Session, day: date) -> dict[int, date]:
    """The day of each client's newest answer up to a day, by client id."""
    asked = select(col(_A.client_id), func.max(col(_A.day))).where(col(_A.day) <= day).group_by(col(_A.client_id))
    return {int(client): last for client, last in session.execute(asked)}


def last_answer_of(session: Session, client_id: int, day: date) -> date | None:
    """The day of one client's newest answer up to a day."""
    return session.execute(
        select(func.max(col(_A.day))).where(col(_A.client_id) == client_id, col(_A.day) <= day)
    ).scalar()


def round_of(row: SurveyRoundRow, answers: int) -> SurveyRound:
    return SurveyRound(
        code=row.code, title=row.title, first_on=row.first_on, last_on=row.last_on, invited=row.invited,
        answers=answers,
    )  # fmt: skip


def _places(keys: list[tuple[str, str]]) -> tuple[IntArray, list[tuple[str, str]]]:
    """Place of each among the sorted labels; who has none stands last."""
    labels = sorted({key for key in keys if key[0]})
    if any(not key[0] for key in keys):
        labels.append(NOBODY)
    place = {key: at for at, key in enumerate(labels)}
    return np.array([place[key if key[0] else NOBODY] for key in keys], dtype=np.int64), labels
