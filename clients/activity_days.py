"""On which days clients did something: logged in, traded, moved money, answered a call. Whole book, or some clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, select
from sqlmodel import Session, col

from clients.complaints.tables import ComplaintRow
from clients.contacts.tables import ContactRow
from clients.logins.tables import LoginRow
from clients.tables import AccountRow, CashflowRow, ClientRow, TradeRow
from clients.types import CASH_KINDS, EXTERNAL_CASH, MOVEMENTS, Movement

_AT_ONCE: Final = 500
_TRADED: Final = (MOVEMENTS.index(Movement.BUY), MOVEMENTS.index(Movement.SELL))
_MONEY: Final = tuple(CASH_KINDS.index(kind) for kind in EXTERNAL_CASH)


def _of_client(row: Any, day: Any, *where: Any) -> Select[Any]:
    joined = select(col(ClientRow.client_no), col(day)).join(row, col(row.client_id) == col(ClientRow.id))
    return joined.where(*where).distinct()


def _of_account(row: Any, *where: Any) -> Select[Any]:
    return (
        select(col(ClientRow.client_no), col(row.day))
        .join(AccountRow, col(AccountRow.client_id) == col(ClientRow.id))
        .join(row, col(row.account_id) == col(AccountRow.id))
        .where(*where).distinct()
    )  # fmt: skip


ACTS: Final[Mapping[str, tuple[Callable[[], Select[Any]], Any]]] = {  # the query, and its column of days
    "LOGIN": (lambda: _of_client(LoginRow, LoginRow.day), LoginRow.day),
    "TRADE": (lambda: _of_account(TradeRow, col(TradeRow.kind).in_(_TRADED)), TradeRow.day),
    "MONEY": (lambda: _of_account(CashflowRow, col(CashflowRow.kind).in_(_MONEY)), CashflowRow.day),
    "CONTACT": (lambda: _of_client(ContactRow, ContactRow.day, col(ContactRow.reached)), ContactRow.day),
    "COMPLAINT": (lambda: _of_client(ComplaintRow, ComplaintRow.received_on), ComplaintRow.received_on),
}  # fmt: skip
"""What a client may have done, by name."""


def act_days(
    session: Session, acts: Sequence[str], first: date, last: date, client_nos: Sequence[str] | None = None
) -> Iterator[tuple[str, date]]:
    """Client number and day of each of these acts from day to day, both included; each pair once an act."""
    for act in acts:
        asked, day = ACTS[act]
        within = asked().where(col(day) >= first, col(day) <= last)
        for some in _parts(client_nos):
            query = within if some is None else within.where(col(ClientRow.client_no).in_(some))
            for client_no, on in session.execute(query):
                yield str(client_no), on


def in_use(session: Session, act: str, day: date) -> bool:
    """Whether the register of an act holds anything up to the day: an empty one says nothing about anybody."""
    asked, on = ACTS[act]
    return session.execute(asked().where(col(on) <= day).limit(1)).first() is not None


def _parts(client_nos: Sequence[str] | None) -> list[list[str] | None]:
    if client_nos is None:
        return [None]
    return [list(client_nos[start : start + _AT_ONCE]) for start in range(0, len(client_nos), _AT_ONCE)]
