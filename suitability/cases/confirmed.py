"""已按警示路径确认的购买 (第十九条): decisions to warn whose duties are all done; what was bought so is no surprise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session

from kit.access import everything
from suitability.cases.rules import acceptable
from suitability.cases.types import Observation
from suitability.facts import Request
from suitability.levels import OrderSide, Outcome
from suitability.matching.cases import Facts
from suitability.matching.repository import DecisionRepository
from suitability.matching.service import MatchingDesk
from suitability.matching.tables import DecisionRow

FEW: Final = 50
PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The decision that was carried through, and its digest as evidence."""

    decision: str
    digest: str


def confirmed(session: Session, day: date, told: Sequence[Observation]) -> dict[tuple[str, str], Confirmed]:
    """By client and product: the newest completed warning up to `day`, given at the levels that stand now."""
    wanted = {one.key: one for one in told if one.product_code and acceptable(one.rules, day)}
    found: dict[tuple[str, str], Confirmed] = {}
    if not wanted:
        return found
    read = DecisionRepository(session, everything(day))
    desk = MatchingDesk(session, everything(day), _nothing)
    for row in _warnings(read, sorted({client for client, _ in wanted}), day):
        key = (row.client_no, row.product_code)
        one = wanted.get(key)
        if one is not None and key not in found and _same_levels(row, one) and desk.may_proceed(row.id):
            found[key] = Confirmed(row.id, row.digest)
    return found


def _warnings(read: DecisionRepository, clients: Sequence[str], day: date) -> Iterator[DecisionRow]:
    """Decisions to warn, newest first: of these clients where they are few, else of everybody."""
    for client_no in clients if len(clients) <= FEW else (None,):
        before = None
        while True:
            page = read.page(client_no=client_no, outcome=Outcome.WARN.value, last=day, before=before, limit=PAGE)
            yield from (row for row in page if row.side == OrderSide.BUY.value)
            if len(page) < PAGE:
                break
            before = (page[-1].made_at, page[-1].id)


def _same_levels(row: DecisionRow, one: Observation) -> bool:
    facts = json.loads(row.facts)
    return (facts["client"]["level"], facts["product"]["level"]) == (one.client_class, one.product_level)


def _nothing(request: Request) -> Facts:
    raise AssertionError(f"a decision on file is not gathered anew: {request}")
