"""How a subscription comes to be in a new state: its row, the event, the row of the trail."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from clients.staff.filing import Stamp, file_change
from kit.digest import digest
from suitability.subscriptions.tables import SubscriptionEventRow, SubscriptionRow
from suitability.subscriptions.types import SubscriptionEventKind, SubscriptionState, subscription_number


def begin(session: Session, row: SubscriptionRow, stamp: Stamp, day: date, detail: dict[str, Any]) -> None:
    """The first version of a subscription, with its event and the trail of it."""
    session.add(row)
    session.flush()
    _file(session, row, SubscriptionEventKind.APPLIED, stamp, day, Decimal(0), "", "", {
        **detail, "service": row.service, "plan": row.plan, "plan_version": row.plan_version, "fee": str(row.fee),
    })  # fmt: skip


def advance(
    session: Session, row: SubscriptionRow, kind: SubscriptionEventKind, state: SubscriptionState, stamp: Stamp,
    day: date, *, amount: Decimal = Decimal(0), note: str = "", evidence: str = "",
    detail: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """The row in its next version and state, with the event and the trail of it."""
    row.version += 1
    row.state = state.value
    session.add(row)
    session.flush()
    _file(session, row, kind, stamp, day, amount, note[:256], evidence, dict(detail or {}))


def _file(
    session: Session, row: SubscriptionRow, kind: SubscriptionEventKind, stamp: Stamp, day: date, amount: Decimal,
    note: str, evidence: str, detail: dict[str, Any],
) -> None:  # fmt: skip
    assert row.id is not None
    number = subscription_number(row.id)
    said = {
        "subscription": number, "version": row.version, "kind": kind.value, "day": day, "by": stamp.actor.user_id,
        "state": row.state, "amount": amount, "note": note, "evidence": evidence, "detail": detail,
    }  # fmt: skip
    event = SubscriptionEventRow(
        subscription_id=row.id, version=row.version, kind=kind.value, at=stamp.at, day=day, by_id=stamp.actor.user_id,
        by_name=stamp.actor.name[:64], amount=amount, note=note, evidence=evidence, detail=detail,
        digest=digest(said),
    )  # fmt: skip
    session.add(event)
    file_change(
        session, stamp, f"subscription.{kind.value.lower()}", "subscription", number, version=row.version,
        purpose=note, digest=event.digest, client=row.client_no, service=row.service, state=row.state,
        amount=str(amount),
    )  # fmt: skip
