"""Exact money and quantities: Decimal at the door, scaled 64-bit integers inside.

Every amount, price and quantity is stored as an integer of millionths (SCALE = 10**6), so that SQLite,
PostgreSQL and a compiled kernel hold the same exact number. The range is about ±9.2 trillion units.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

SCALE_DIGITS = 6
SCALE = 10**SCALE_DIGITS
LARGEST = 2**63 - 1
FEN = Decimal("0.01")


def to_scaled(value: Decimal | int | str) -> int:
    """`value` in millionths. Raises ValueError when it has more than six decimals, is no number, or is too large."""
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"{value} is not a finite number")
    scaled = number.scaleb(SCALE_DIGITS)
    whole = int(scaled)
    if scaled != whole:
        raise ValueError(f"{value} has more than {SCALE_DIGITS} decimals")
    if abs(whole) > LARGEST:
        raise ValueError(f"{value} is larger than this ledger can hold")
    return whole


def from_scaled(scaled: int) -> Decimal:
    """The Decimal that `scaled` millionths stand for."""
    return Decimal(int(scaled)).scaleb(-SCALE_DIGITS)


def round_fen(value: Decimal) -> Decimal:
    """To the cent, half up, as brokers charge (四舍五入到分)."""
    return value.quantize(FEN, rounding=ROUND_HALF_UP)
