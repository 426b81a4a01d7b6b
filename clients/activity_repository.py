"""What each client did up to a day, over the whole book in one query: first purchase, last trade, open accounts."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import and_, case, func, or_, select
from sqlmodel import Session, col

from clients.activity import Activity
from clients.staff.tables import RelationRow
from clients.staff.types import RelationRole
from clients.tables import AccountRow, ClientRow, TradeRow
from clients.types import MOVEMENTS, Movement
from clients.visibility import shown, visible_clients
from kit.access import Scope

_BUY: Final = MOVEMENTS.index(Movement.BUY)
_TRADED: Final = (_BUY, MOVEMENTS.index(Movement.SELL))


class ActivityRepository:
    """Reads activity within a scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    def until(self, day: date) -> tuple[Activity, ...]:
        """Every client that the scope shows, by number; what happened after `day` is not seen."""
        bought = case((col(TradeRow.kind) == _BUY, col(TradeRow.day)))
        opened = and_(
            or_(col(AccountRow.opened_on).is_(None), col(AccountRow.opened_on) <= day),
            or_(col(AccountRow.closed_on).is_(None), col(AccountRow.closed_on) > day),
        )
        known = and_(
            col(TradeRow.account_id) == col(AccountRow.id), col(TradeRow.day) <= day, col(TradeRow.kind).in_(_TRADED)
        )
        asked: Any = (
            select(
                col(ClientRow.id), col(ClientRow.client_no), func.min(bought), func.max(col(TradeRow.day)),
                func.count(func.distinct(case((opened, col(AccountRow.id))))),
            )
            .join(AccountRow, col(AccountRow.client_id) == col(ClientRow.id), isouter=True)
            .join(TradeRow, known, isouter=True)
            .where(*shown(ClientRow.id, visible_clients, self._scope))
            .group_by(col(ClientRow.id), col(ClientRow.client_no))
            .order_by(col(ClientRow.client_no))
        )
        served = self._served(day)
        return tuple(
            Activity(row[0], row[1], _day(row[2]), _day(row[3]), int(row[4]), row[0] in served)
            for row in self._session.execute(asked)
        )

    def _served(self, day: date) -> set[int]:
        """Clients who had signed with an advisor by the day."""
        asked = select(col(RelationRow.client_id)).where(
            col(RelationRow.role) == RelationRole.ADVISOR.value, col(RelationRow.valid_from) <= day
        )
        return set(self._session.execute(asked).scalars())


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
