"""What follows from a board: the units of an order, and how far a price may move in a day.

The facts stand in `rules/boards.yaml`; which board a code belongs to is told by `market.codes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import numpy as np

from kit.money import SCALE
from kit.rulebook import NotInForce, load_rulebook
from market.types import Board, BoolArray, Instrument, IntArray, Venue

UNKNOWN: Final = -(2**63)
"""In a column of holdings: how many shares were held is not known."""

@dataclass(frozen=True, slots=True)
class LotRule:
    """An order is at least `size` and grows by `step`. size 0: no rule, nothing is checked."""

    size: int
    step: int


NO_LOT_RULE: Final = LotRule(0, 1)


def lot_rule(instrument: Instrument, day: date) -> LotRule:
    """Unit of an order in `instrument` on `day`: its own where stated, else its board's."""
    if instrument.lot_size:
        return LotRule(instrument.lot_size, instrument.lot_step or instrument.lot_size)
    try:
        by_board: dict[str, Any] = load_rulebook("market", "boards").on("BOARD-LOT", day)
    except NotInForce:
        return NO_LOT_RULE
    if instrument.venue is Venue.OTC or instrument.board.value not in by_board:
        return NO_LOT_RULE
    stated = by_board[instrument.board.value]
    return LotRule(int(stated["size"]), int(stated["step"]))


def lot_breach(rule: LotRule, side: str, quantity: Decimal, held_before: Decimal | None = None) -> bool:
    """Whether an order of `quantity` (above 0) breaks the unit. A sale may take the odd remainder along.

    side: BUY or SELL. held_before: shares held before the sale; None, not known, then a sale is not judged.
    A row of a statement is judged as one order; single fills of an order may be of any size.
    """
    held = UNKNOWN if held_before is None else int(held_before * SCALE)
    found = lot_breaches(
        np.array([rule.size]), np.array([rule.step]), np.array([side == "SELL"]),
        np.array([int(quantity * SCALE)]), np.array([held]),
    )
    return bool(found[0])


def lot_breaches(
    size: IntArray, step: IntArray, is_sell: BoolArray, quantity: IntArray, held_before: IntArray
) -> BoolArray:
    """`lot_breach` of N orders. size, step in shares (0: unchecked); quantity, held_before in millionths."""
    least, unit = size * SCALE, np.maximum(step, 1) * SCALE
    whole = (quantity >= least) & ((quantity - least) % unit == 0)
    by_lots = (step == size) & _takes_odd_lot(quantity, held_before, np.maximum(least, 1))
    whole_small_position = (step != size) & (held_before < least) & (quantity == held_before)
    judged = (size > 0) & (quantity > 0) & ~(is_sell & (held_before == UNKNOWN))
    return np.asarray(judged & ~whole & ~(is_sell & (by_lots | whole_small_position)))


def _takes_odd_lot(quantity: IntArray, held_before: IntArray, lot: IntArray) -> BoolArray:
    """Whole lots and the entire remainder below a lot: what is kept is whole lots."""
    return np.asarray((quantity <= held_before) & ((held_before - quantity) % lot == 0))


def price_limit(board: Board, day: date, special_treatment: bool = False) -> Decimal | None:
    """Largest move of a price from the previous close, a fraction; None: no limit.

    special_treatment: 风险警示 (ST) on the main board. The first days of a listing are told by `free_days`.
    """
    try:
        limits: dict[str, str] = load_rulebook("market", "boards").on("BOARD-PRICE-LIMIT", day)
    except NotInForce:
        return None
    key = "ST" if special_treatment and board is Board.MAIN else board.value
    return Decimal(limits[key]) if key in limits else None


def free_days(board: Board, listed_on: date) -> int:
    """Trading days from listing without a price limit, by the rule of the listing day; 0 when none."""
    try:
        days: dict[str, int] = load_rulebook("market", "boards").on("BOARD-FREE-DAYS", listed_on)
    except NotInForce:
        return 0
    return int(days.get(board.value, 0))
