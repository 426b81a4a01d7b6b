"""Mismatches that a purchase made or made worse in a period, with who asked for the purchase: for grading people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from suitability.cases.tables import CaseEventRow, MismatchCaseRow
from suitability.cases.types import Cause, EventKind, case_number
from suitability.matching.tables import DecisionRow
from suitability.subscriptions.tables import SubscriptionRow

LOOK_BACK: Final = 30  # calendar days in which a decision speaks of the purchase that followed
_BOUGHT: Final = (Cause.CREATED.value, Cause.INCREASED.value)
_KINDS: Final = (EventKind.OPENED.value, EventKind.CHANGED.value, EventKind.REOPENED.value)


@dataclass(frozen=True, slots=True)
class Caused:
    """asked_by, outcome: of the newest decision on client and product in the 30 days up to it, "" without one."""

    number: str
    client_no: str
    product: str
    day: date
    value: Decimal | None
    asked_by: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Warned:
    """A service that was signed in the period although the decision warned."""

    number: str
    client_no: str
    advisor_no: str
    day: date
    what: str


def mismatches_caused(session: Session, first: date, last: date) -> list[Caused]:
    """By case number. A mismatch that came of the market, a rule or a new assessment is nobody's sale."""
    case, event = MismatchCaseRow, CaseEventRow
    asked = (
        select(case, col(event.day), col(event.detail))
        .join(event, col(event.case_id) == col(case.id))
        .where(col(event.day).between(first, last), col(case.product_code) != "", col(event.kind).in_(_KINDS))
        .order_by(col(case.id), col(event.version))
    )
    found: dict[int, Caused] = {}
    for row, day, detail in session.execute(asked):
        if row.id in found or detail.get("cause") not in _BOUGHT:
            continue
        decision = _decision(session, row.client_no, row.product_code, day)
        found[row.id] = Caused(
            case_number(row.id), row.client_no, row.product_name or row.product_code, day, row.value, *decision
        )
    return list(found.values())


def _decision(session: Session, client_no: str, product: str, day: date) -> tuple[str, str]:
    row = DecisionRow
    asked = (
        select(col(row.asked_by), col(row.outcome))
        .where(
            col(row.client_no) == client_no, col(row.product_code) == product,
            col(row.day).between(day - timedelta(days=LOOK_BACK), day),
        )
        .order_by(col(row.made_at).desc(), col(row.id).desc())
        .limit(1)
    )  # fmt: skip
    told = session.execute(asked).first()
    return ("", "") if told is None else (str(told[0]), str(told[1]))


def warned_services(session: Session, first: date, last: date) -> list[Warned]:
    """By number."""
    row = SubscriptionRow
    asked = (
        select(row)
        .where(col(row.signed_on).between(first, last), col(row.outcome) == "WARN", col(row.advisor_no) != "")
        .order_by(col(row.id))
    )
    return [
        Warned(one.decision_id, one.client_no, one.advisor_no, one.signed_on, one.service_name)
        for one in session.scalars(asked)
        if one.signed_on is not None
    ]
