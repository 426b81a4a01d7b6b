"""Answers of the demo that are on file, and a change of a rule that waits: what compliance looks up and decides on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Final

from sqlmodel import Session

from demo.products import MAKER, stamp
from demo.users import USERS
from kit.access import Actor, Role, everything
from kit.rulebook import load_rulebook
from suitability.changes.service import ChangeService
from suitability.desk import matching_desk
from suitability.facts import Request
from suitability.levels import AskedBy, OrderSide

PRODUCTS: Final = ("M001", "X003", "E004", "P002")
CLIENTS: Final = 6
AMOUNT: Final = Decimal(200_000)
SET: Final = "matching"
SHARES: Final = "share: {R1: 1.0, R2: 1.0, R3: 0.5, R4: 0.3, R5: 0.2}"
IN_DAYS: Final = 30


def decide_some(session: Session, clients: Iterable[str], day: date) -> int:
    """May each of a few clients have each of a few products, by the firm's word and by their own? The number filed."""
    desk = matching_desk(session, everything(day))
    adviser = stamp(Actor("", USERS[0].name, Role.ADVISOR), day)
    asked = list(product(sorted(clients)[:CLIENTS], PRODUCTS, (AskedBy.FIRM, AskedBy.CLIENT)))
    for client_no, code, asked_by in asked:
        desk.decide(
            Request(
                client_no=client_no, product_code=code, asked_by=asked_by, side=OrderSide.BUY, day=day, amount=AMOUNT
            ),
            adviser,
        )  # fmt: skip
    return len(asked)


def draft_a_change(session: Session, day: date) -> None:
    """A stricter limit on a single product from a month on, drafted and not yet previewed."""
    text = load_rulebook("suitability", SET).text
    since = day + timedelta(days=IN_DAYS)
    head, found, tail = text.partition(SHARES)
    if not found:
        raise LookupError(f"{SET}.yaml has no line {SHARES!r}")
    stricter = (
        f"{head}{SHARES}\n    - from: {since.isoformat()}\n      value:\n"
        "        outcome: {FIRM: REFUSE, CLIENT: WARN}\n        duties: [TELL_CONCENTRATION, CLIENT_CONFIRM]\n"
        f"        share: {{R1: 1.0, R2: 1.0, R3: 0.4, R4: 0.2, R5: 0.1}}{tail}"
    )
    ChangeService(session).draft_rules(
        SET, stricter, title="收紧单一产品集中度", reason="近两个季度单一产品回撤引起的投诉集中在高等级产品",
        effective_from=since, stamp=stamp(MAKER, day),
    )  # fmt: skip
