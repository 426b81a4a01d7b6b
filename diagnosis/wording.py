"""How a figure is written for a reader: U+2212 for minus, two decimals for a percentage, 万元 from 10,000
up.

Pure text: nothing here knows a client or computes a measure. Every function raises ValueError for NaN or
infinity, because such a figure must be withheld with a reason before it gets here.
"""

from __future__ import annotations

import math
from datetime import date

MINUS = "−"
NONZERO = frozenset("123456789")
WAN = 10_000
YI = 100_000_000
CURRENCY_WORDS = {"CNY": "元", "HKD": "港元", "USD": "美元", "EUR": "欧元"}
DASH = "—"
"""Stands where there is no figure."""


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("a figure that is not finite must be withheld, not shown")
    return value


def signed_text(value: float, body: str, signed: bool) -> str:
    """`body` (the text of the absolute value) with its sign; a figure that rounds to zero carries none."""
    if NONZERO.isdisjoint(body):
        return body
    if value < 0:
        return MINUS + body
    return "+" + body if signed else body


def number(value: float, digits: int = 2, *, signed: bool = False) -> str:
    """A plain number with thousands separators: 1,234.50."""
    return signed_text(_finite(value), f"{abs(value):,.{digits}f}", signed)


def percent(value: float, digits: int = 2, *, signed: bool = False) -> str:
    """A ratio as a percentage: 0.0287 is 2.87%, with `signed` +2.87%."""
    return signed_text(_finite(value), f"{abs(value) * 100:,.{digits}f}%", signed)


def points(value: float, digits: int = 1, *, signed: bool = True) -> str:
    """A difference of two ratios: 0.042 is +4.2 个百分点."""
    return signed_text(_finite(value), f"{abs(value) * 100:,.{digits}f} 个百分点", signed)


def yuan(value: float, *, signed: bool = False, unit: str = "元") -> str:
    """Money: 932 元 below 10,000, 1.08 万元 from there, 2.30 亿元 from a hundred million.

    `unit` is the currency's word, see `currency_word`.
    """
    amount = abs(_finite(value))
    if round(amount) < WAN:
        return signed_text(value, f"{amount:,.0f} {unit}", signed)
    if round(amount / WAN, 2) < YI / WAN:
        return signed_text(value, f"{amount / WAN:,.2f} 万{unit}", signed)
    return signed_text(value, f"{amount / YI:,.2f} 亿{unit}", signed)


def times(value: float, digits: int = 1) -> str:
    """A multiple: 11.8 倍."""
    return f"{number(value, digits)} 倍"


def days(value: float) -> str:
    """A span of days: 63 天."""
    return f"{number(value, 0)} 天"


def count(value: float, measure: str = "笔") -> str:
    """A count with its measure word: 412 笔."""
    return f"{number(value, 0)} {measure}"


def rank(percentile: float) -> str:
    """A percentile rank as text: 93.4 is 93%; never 0 or 100 for a place among peers."""
    return f"{min(99, max(1, round(_finite(percentile))))}%"


def day_text(day: date) -> str:
    """A calendar day: 2024-02-05."""
    return day.isoformat()


def currency_word(currency: str) -> str:
    """CNY is 元, EUR 欧元; a currency without a word keeps its code."""
    return CURRENCY_WORDS.get(currency, currency)
