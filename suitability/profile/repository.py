"""Every read and write of profiles and statements, within a scope; and the book's profiles in columns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from sqlalchemy import Table, bindparam, func, select
from sqlmodel import Session, SQLModel, col

from clients.repository import ClientRepository
from clients.visibility import client_id_of
from kit.access import Scope
from kit.columns import UNKNOWN, Kind, id_list, integer_columns
from kit.together import Asked, rows_of
from market.types import FloatArray, IntArray
from suitability.matching.cases import NO_LIMIT
from suitability.profile.policy import Statement, policy_from
from suitability.profile.tables import PolicyConfirmationRow, PolicyRow, ProfileRow

_COLUMNS: Final = {
    "client_id": Kind.INTEGER, "id": Kind.INTEGER, "level_cap": Kind.INTEGER, "needed_on": Kind.DAY,
    "max_lock_days": Kind.INTEGER, "biases": Kind.INTEGER, "expected": Kind.INTEGER, "reserve": Kind.INTEGER,
}  # fmt: skip
_MILLION: Final = 1_000_000
_PROFILES: Final[Table] = SQLModel.metadata.tables[str(ProfileRow.__tablename__)]
_NEWEST_CONTENT: Final = (
    select(_PROFILES.c.content)
    .where(_PROFILES.c.client_id == client_id_of("client_no"), _PROFILES.c.day <= bindparam("day"))
    .order_by(_PROFILES.c.day.desc(), _PROFILES.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileColumns:
    """One entry a client with a profile, ascending by client_id; shape (n,). As `Cases` reads them."""

    client_id: IntArray
    level_cap: IntArray  # rank, 0 where finances set no limit
    expected_return: FloatArray  # NaN not stated
    lock_limit: IntArray  # days from the day asked, NO_LIMIT
    reserve_months: FloatArray  # NaN not known
    biases: IntArray  # bits

    def __len__(self) -> int:
        return len(self.client_id)

    def lower(self, client_id: IntArray, level: IntArray) -> IntArray:
        """The levels to use, at most those that come in (ranks, 0 without an assessment), for clients by id."""
        place = np.searchsorted(self.client_id, client_id)
        held = np.minimum(place, max(len(self.client_id) - 1, 0))
        known = (self.client_id[held] == client_id) if len(self.client_id) else np.zeros(len(client_id), np.bool_)
        cap = np.where(known, self.level_cap[held] if len(self.client_id) else 0, 0)
        lowered: IntArray = np.where(cap > 0, np.minimum(level, cap), level)
        return lowered


def newest_content_asked(client_no: str, day: date) -> Asked:
    """What `newest_content` will ask, to be read ahead."""
    return _NEWEST_CONTENT, {"client_no": client_no, "day": day}


class ProfileRepository:
    """Profiles and statements on one session."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._clients = ClientRepository(session, scope)

    def add(self, row: ProfileRow | PolicyRow | PolicyConfirmationRow) -> None:
        self._session.add(row)
        self._session.flush()

    def newest(self, client_no: str, day: date) -> ProfileRow | None:
        """The profile that stands on the day. Raises NoSuchClient."""
        wanted = (
            select(ProfileRow)
            .where(col(ProfileRow.client_id) == self._clients.client(client_no).id, col(ProfileRow.day) <= day)
            .order_by(col(ProfileRow.day).desc(), col(ProfileRow.id).desc())
            .limit(1)
        )
        return self._session.scalars(wanted).first()

    def newest_content(self, client_no: str, day: date) -> str | None:
        """What the profile that stands on the day holds, of a client that was read within the scope."""
        found = rows_of(self._session, *newest_content_asked(client_no, day))
        return None if not found else str(found[0]["content"])

    def history(self, client_no: str) -> list[ProfileRow]:
        """All profiles, newest first. Raises NoSuchClient."""
        wanted = select(ProfileRow).where(col(ProfileRow.client_id) == self._clients.client(client_no).id)
        return list(self._session.scalars(wanted.order_by(col(ProfileRow.day).desc(), col(ProfileRow.id).desc())))

    def last_version(self, client_id: int) -> int:
        wanted = select(func.max(col(PolicyRow.version))).where(col(PolicyRow.client_id) == client_id)
        return self._session.scalar(wanted) or 0

    def statements(self, client_no: str) -> list[Statement]:
        """All versions, newest first. Raises NoSuchClient."""
        return self._statements(client_no, col(PolicyRow.client_id) == self._clients.client(client_no).id)

    def statement(self, statement_id: int) -> Statement | None:
        """One by id; None beyond the scope."""
        row = self._session.get(PolicyRow, statement_id)
        if row is None:
            return None
        number = self._clients.numbers_of([row.client_id]).get(row.client_id)
        found = [] if number is None else self._statements(number, col(PolicyRow.id) == statement_id)
        return found[0] if found else None

    def in_force(self, client_no: str, day: date) -> Statement | None:
        """The newest version that the client had confirmed by the day. Raises NoSuchClient."""
        known = self.statements(client_no)
        return next((one for one in known if one.confirmed_on is not None and one.confirmed_on <= day), None)

    def columns(self, day: date, client_ids: Sequence[int] | None = None) -> ProfileColumns:
        """What stands on the day: of these clients, or of the whole book."""
        where = f"p.day <= '{day.isoformat()}'"
        if client_ids is not None:
            where += f" AND p.client_id IN {id_list(client_ids)}"
        read = integer_columns(self._session.connection(), _COLUMNS, _newest_profiles(where))
        return _columns(read, day)

    def _statements(self, client_no: str, *where: Any) -> list[Statement]:
        wanted = (
            select(PolicyRow, PolicyConfirmationRow)
            .join(PolicyConfirmationRow, col(PolicyConfirmationRow.statement_id) == col(PolicyRow.id), isouter=True)
            .where(*where)
            .order_by(col(PolicyRow.version).desc())
        )
        return [_statement(client_no, row, done) for row, done in self._session.execute(wanted)]


def _newest_profiles(where: str) -> str:
    """The newest profile of each client as a source of columns; ratios in millionths, as the reader takes integers."""
    ranked = (
        "SELECT p.client_id, p.id, p.level_cap, p.needed_on, p.max_lock_days, p.biases,"
        f" CAST(ROUND(p.expected_return * {_MILLION}) AS BIGINT) AS expected,"
        f" CAST(ROUND(p.reserve_months * {_MILLION}) AS BIGINT) AS reserve,"
        " ROW_NUMBER() OVER (PARTITION BY p.client_id ORDER BY p.day DESC, p.id DESC) AS place"
        f" FROM client_profile p WHERE {where}"
    )
    return f"({ranked}) AS ranked WHERE place = 1"


def _columns(read: dict[str, IntArray], day: date) -> ProfileColumns:
    order = np.argsort(read["client_id"])
    own = {name: column[order] for name, column in read.items()}
    left = np.where(own["needed_on"] == UNKNOWN, NO_LIMIT, np.maximum(own["needed_on"] - day.toordinal(), 0))
    stated = np.where(own["max_lock_days"] == UNKNOWN, NO_LIMIT, own["max_lock_days"])
    return ProfileColumns(
        client_id=own["client_id"], level_cap=np.where(own["level_cap"] == UNKNOWN, 0, own["level_cap"]),
        expected_return=_ratio(own["expected"]), lock_limit=np.minimum(left, stated),
        reserve_months=_ratio(own["reserve"]), biases=own["biases"],
    )  # fmt: skip


def _ratio(millionths: IntArray) -> FloatArray:
    return np.where(millionths == UNKNOWN, np.nan, millionths / _MILLION)


def _statement(client_no: str, row: PolicyRow, done: PolicyConfirmationRow | None) -> Statement:
    assert row.id is not None
    return Statement(
        id=row.id, client_no=client_no, version=row.version, policy=policy_from(json.loads(row.content)),
        drafted_at=row.drafted_at, drafted_by=row.drafted_by, digest=row.digest,
        confirmed_on=None if done is None else done.confirmed_on,
        confirmed_at=None if done is None else done.confirmed_at, channel="" if done is None else done.channel,
        evidence="" if done is None else done.evidence,
    )  # fmt: skip
