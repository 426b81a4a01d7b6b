"""成因: why a pair fits worse, or less badly, than when it was seen last. Pure, on the values of both moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from suitability.cases.types import Cause
from suitability.monitoring.book import BITS, LEVEL, LOWEST, ORDINARY, SHARE

NO_ASSESSMENT: Final = "SUIT-010"
EXPIRED: Final = "SUIT-011"
GATE: Final = "SUIT-001"
OWN: Final = BITS[NO_ASSESSMENT] | BITS[EXPIRED]
"""Bits of the client's own case."""
ORDER: Final = ("SUIT-102", "SUIT-103", GATE, SHARE, EXPIRED, NO_ASSESSMENT)
"""Which of several fresh rules gives the cause; the others follow in the order of the rules."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One pair as it was judged once."""

    quantity: int
    hits: int
    client_mark: int
    product_mark: int
    client_rank: int
    product_rank: int
    flags: int


def cause_of(before: Moment | None, after: Moment, *, client_known: bool, rules_changed: bool) -> Cause:
    """Why the pair is as it is now.

    before: None where the pair was not held when the client was looked at last. client_known: the client was looked at
    before; a holding of a client never looked at is found, not created.
    """
    if before is None:
        return Cause.CREATED if client_known else Cause.FOUND
    fresh = after.hits & ~before.hits
    if fresh:
        return _of_rule(_first(fresh), before, after, rules_changed)
    if after.quantity != before.quantity:
        return Cause.INCREASED if after.quantity > before.quantity else Cause.REDUCED
    if after.product_rank > before.product_rank:
        return Cause.PRODUCT_RERATED
    if _fell(before, after):
        return Cause.CLIENT_DOWNGRADED
    return Cause.UNCHANGED


def _of_rule(rule: str, before: Moment, after: Moment, rules_changed: bool) -> Cause:
    if rule == EXPIRED and after.flags != before.flags:
        return Cause.ASSESSMENT_EXPIRED
    if rule == SHARE and not _moved(before, after):
        if after.quantity > before.quantity:
            return Cause.CREATED
        return Cause.RULES_CHANGED if rules_changed else Cause.MARKET_DRIFT
    if rule in (*LEVEL, SHARE) and after.product_rank > before.product_rank:
        alone = after.product_rank > before.client_rank > 0 or not _fell(before, after)
        return Cause.PRODUCT_RERATED if alone else Cause.CLIENT_DOWNGRADED
    if _fell(before, after):
        return Cause.CLIENT_DOWNGRADED
    if before.client_mark != after.client_mark:
        return Cause.PERMISSION_CLOSED if rule == GATE else Cause.CLIENT_CHANGED
    if before.product_mark != after.product_mark:
        return Cause.PRODUCT_CHANGED
    return Cause.RULES_CHANGED if rules_changed else Cause.MARKET_DRIFT


def _fell(before: Moment, after: Moment) -> bool:
    """The client's level is lower, is the lowest class now, or professional treatment has ended."""
    lost = after.client_rank < before.client_rank
    newly = after.flags & ~before.flags
    return lost or bool(newly & (LOWEST | ORDINARY))


def _moved(before: Moment, after: Moment) -> bool:
    return (before.client_mark, before.product_mark) != (after.client_mark, after.product_mark)


def _first(fresh: int) -> str:
    """The rule that tells the cause."""
    named = next((rule for rule in ORDER if fresh & BITS[rule]), None)
    return named or rules_in(fresh)[0]


def rules_in(hits: int) -> tuple[str, ...]:
    """The rules whose bits are set."""
    return tuple(rule for rule, bit in BITS.items() if hits & bit)


def split(hits: int) -> Mapping[str, int]:
    """Bits of the client's own case (no valid assessment) and of the product's."""
    own = hits & OWN
    return {"client": own, "product": hits & ~own}
