"""Answers of the demo that are on file, calls to clients, a change of a rule that waits: what compliance works on."""

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
from suitability.sampling.repository import CallOutcome
from suitability.sampling.service import SamplingService

PRODUCTS: Final = ("M001", "X003", "E004", "P002")
CLIENTS: Final = 6
AMOUNT: Final = Decimal(200_000)
SET: Final = "matching"
SHARES: Final = "share: {R1: 1.0, R2: 1.0, R3: 0.5, R4: 0.3, R5: 0.2}"
IN_DAYS: Final = 30
CALLER: Final = Actor("demo-caller", "示例回访岗", Role.COMPLIANCE)
CALLED_DAYS: Final = 90
TOLD: Final = {3: "客户表示不清楚自己的风险承受能力等级", 10: "客户表示没有收到产品的风险揭示书"}
"""What a client said on the phone, by place in the sample."""


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


def call_some(session: Session, day: date) -> None:
    """The year's callbacks: a sample drawn early in the year, most of it reached, two of them with something to say."""
    drawn_on = max(date(day.year, 1, 1), day - timedelta(days=CALLED_DAYS))
    desk = SamplingService(session)
    sample = desk.draw(day.year, stamp(CALLER, drawn_on), seed=f"demo-{day.year}")
    for place, client_no in enumerate(sample.members[: -(-len(sample.members) * 4 // 5)]):
        outcome = CallOutcome.NO_ANSWER if place % 6 == 5 else CallOutcome.REACHED
        called_on = min(drawn_on + timedelta(days=1 + place), day)
        desk.record(
            sample.id, client_no, outcome, stamp(CALLER, called_on), called_on=called_on,
            problem=TOLD.get(place, ""),
        )  # fmt: skip
