"""Every query on subscriptions, within a scope: what lies outside is not there. Nothing here deletes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from clients.visibility import shown, visible_client_nos
from kit.access import Scope
from market.services.types import FeeBasis, Paid
from suitability.levels import AskedBy, Outcome
from suitability.subscriptions.tables import SubscriptionEventRow, SubscriptionRow
from suitability.subscriptions.types import (
    Subscription,
    SubscriptionEvent,
    SubscriptionEventKind,
    SubscriptionState,
    subscription_number,
)

_R: Final = SubscriptionRow
_CENT: Final = Decimal("0.01")
_LIVE: Final = (SubscriptionState.APPLIED.value, SubscriptionState.ACTIVE.value)


class SubscriptionRepository:
    """Subscriptions of the clients that a scope shows; whether one has run out is as of the scope's day."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._day = scope.day
        self._shown = shown(_R.client_no, visible_client_nos, scope)

    def row(self, client_no: str, number: str) -> SubscriptionRow | None:
        row_id = id_of(number)
        if row_id is None:
            return None
        asked = self._asked().where(col(_R.id) == row_id, col(_R.client_no) == client_no)
        return self._session.exec(asked).first()

    def of_client(self, client_no: str) -> list[Subscription]:
        """The newest first."""
        asked = self._asked().where(col(_R.client_no) == client_no).order_by(col(_R.id).desc())
        return [subscription_of(row, self._day) for row in self._session.exec(asked)]

    def live(self, client_no: str, service: str, day: date) -> SubscriptionRow | None:
        """One of the client to the service that waits to be signed or runs on the day."""
        running = or_(col(_R.ends_on).is_(None), col(_R.ends_on) >= day)
        asked = self._asked().where(
            col(_R.client_no) == client_no, col(_R.service) == service, col(_R.state).in_(_LIVE), running
        )
        return self._session.exec(asked).first()

    def events(self, row_id: int) -> tuple[SubscriptionEvent, ...]:
        """The oldest first."""
        table = SubscriptionEventRow
        asked = select(table).where(col(table.subscription_id) == row_id).order_by(col(table.version))
        return tuple(_event(row) for row in self._session.exec(asked))

    def add(self, row: SubscriptionRow | SubscriptionEventRow) -> None:
        self._session.add(row)
        self._session.flush()

    def _asked(self) -> SelectOfScalar[SubscriptionRow]:
        return select(_R).where(*self._shown)


def paid_of(session: Session, service: str, first: date, last: date) -> Sequence[Paid]:
    """What was agreed and paid for a service between two days, of all clients, by number only.

    A fee that is not paid in full, or was given back, is told with why it does not count.
    """
    on = or_(
        and_(col(_R.paid_on) >= first, col(_R.paid_on) <= last),
        and_(col(_R.paid_on).is_(None), col(_R.signed_on) >= first, col(_R.signed_on) <= last),
    )
    asked = select(_R).where(col(_R.service) == service, col(_R.signed_on).is_not(None), on)
    return tuple(_paid(row) for row in session.scalars(asked.order_by(col(_R.id))))


def _paid(row: SubscriptionRow) -> Paid:
    assert row.id is not None
    day = row.paid_on or row.signed_on
    assert day is not None
    reason = ""
    if row.state == SubscriptionState.CANCELLED.value:
        reason = "已在解除期内退费"
    elif row.paid_on is None:
        reason = f"未付清，已付 {row.paid.quantize(_CENT)} 元"
    days = row.days if row.basis == FeeBasis.TERM.value else None
    return Paid(subscription_number(row.id), row.plan, days, row.price, day, not reason, reason)


def id_of(number: str) -> int | None:
    """The id in a number (FW00000012), None where it is none."""
    digits = number[2:] if number[:2] in ("FW", "fw") else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None


def subscription_of(row: SubscriptionRow, day: date) -> Subscription:
    """The row as of a day: what has run out by then is expired."""
    assert row.id is not None
    state = SubscriptionState(row.state)
    if state is SubscriptionState.ACTIVE and row.ends_on is not None and row.ends_on < day:
        state = SubscriptionState.EXPIRED
    return Subscription(
        number=subscription_number(row.id), version=row.version, client_no=row.client_no, service=row.service,
        service_name=row.service_name, plan=row.plan, plan_name=row.plan_name, plan_version=row.plan_version,
        basis=FeeBasis(row.basis), days=row.days, size=row.size, decision_id=row.decision_id,
        outcome=Outcome(row.outcome), asked_by=AskedBy(row.asked_by), state=state, applied_on=row.applied_on,
        signed_on=row.signed_on, ends_on=row.ends_on, cancel_until=row.cancel_until, advisor_no=row.advisor_no,
        advisor_name=row.advisor_name, fee=row.fee.quantize(_CENT), paid=row.paid.quantize(_CENT),
        refunded=row.refunded.quantize(_CENT), closed_on=row.closed_on, says=tuple(row.told["says"]),
        notes=tuple(row.told["notes"]), why={name: tuple(told) for name, told in row.told.get("why", {}).items()},
        retain_until=row.retain_until,
    )  # fmt: skip


def _event(row: SubscriptionEventRow) -> SubscriptionEvent:
    return SubscriptionEvent(
        version=row.version, kind=SubscriptionEventKind(row.kind), at=row.at, day=row.day, by=row.by_name,
        amount=row.amount.quantize(_CENT), note=row.note, evidence=row.evidence, detail=row.detail, digest=row.digest,
    )
