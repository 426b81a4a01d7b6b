"""A few mismatches on the tiny book, as the watch would file them, and the decisions on one product."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlmodel import Session

from clients.staff.filing import Stamp
from kit.access import Actor, Role, everything
from kit.identity.passwords import hashed
from kit.identity.tables import UserRow
from suitability.cases.intake import CaseIntake
from suitability.cases.types import Cause, Observation
from suitability.desk import matching_desk
from suitability.facts import Request
from suitability.levels import AskedBy, OrderSide
from tests.api.conftest import NOW
from tests.api.people import PASSWORD

DAY: Final = NOW.date()
WATCH: Final = Actor("house", "系统核对", Role.SERVICE)
STOCK: Final = "600519.SH"
GRAVE, MILD, EXPIRED, HELD = "M0000001", "M0000002", "M0000003", "M0000004"
"""Two levels above, a type, no valid assessment, and (of another branch's client) a holding too large."""


def seen(client: str, product: str, rules: tuple[str, ...], cause: Cause, **more: object) -> Observation:
    given: dict[str, object] = {
        "client_name": f"甲{client}", "product_name": "=贵州茅台" if product else "", "client_class": "C2",
        "product_level": "R4" if product else "", "facts": {"category": "ORDINARY", "quantity": "500"}, **more,
    }  # fmt: skip
    return Observation(client_no=client, product_code=product, rules=rules, cause=cause, **given)  # type: ignore[arg-type]


def observe(session: Session) -> None:
    """Found a month ago, but for the one of today."""
    earlier = DAY - timedelta(days=40)
    old = [
        seen("C0001", STOCK, ("SUIT-103",), Cause.CREATED, gap=2, value=Decimal("86250.00"),
             measures={"share": 0.113376, "day": earlier.isoformat()}),
        seen("C0002", "000001.SZ", ("SUIT-112",), Cause.FOUND, value=Decimal("1200.50")),
    ]  # fmt: skip
    new = [
        seen("C0003", "", ("SUIT-011",), Cause.ASSESSMENT_EXPIRED, facts={"valid_through": "2025-01-05"}),
        seen("C0004", STOCK, ("SUIT-130",), Cause.MARKET_DRIFT, measures={"share": 0.41}),
    ]
    CaseIntake(session, earlier, watch(earlier)).observe(old)
    CaseIntake(session, DAY, watch(DAY)).observe(new)
    known = hashed(PASSWORD)
    session.add(UserRow(id="u-checker", name="checker", role=Role.COMPLIANCE, password_hash=known, created_at=NOW))


def watch(day: date) -> Stamp:
    return Stamp(WATCH, datetime.combine(day, NOW.timetz()))


def decide(session: Session, client: str = "C0001", asked_by: AskedBy = AskedBy.FIRM) -> str:
    """Number of a decision that is filed."""
    asked = Request(client_no=client, product_code=STOCK, asked_by=asked_by, side=OrderSide.BUY, day=DAY)
    adviser = Stamp(Actor("u-advisor", "advisor", Role.ADVISOR), NOW)
    return matching_desk(session, everything(DAY)).decide(asked, adviser).id


def numbers(page: str) -> list[str]:
    """The cases that a list shows, in its order."""
    return re.findall(r'class="who-cell"><a href="/suitability/cases/(M\d+)"', page)
