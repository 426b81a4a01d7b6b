"""Dividend tax of natural persons by holding period (股息红利差别化个人所得税); see `rules/taxes.yaml`.

The period runs from the day of acquisition to the day before the sale, in natural months: one month is from a
day of the last month to the day before the same day of this month (财税〔2012〕85号). So shares bought on
24 May and sold on 24 June were held exactly one month (含1个月), on 25 June more. Where a month lacks that
day, the period ends with the month (《民法典》第二百零二条, applied by us): bought on 31 January, one month
ends on the last day of February. The day of the sale is the trade day, as in the tax authority's own worked
example. First bought is first sold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import numpy as np

from kit.rulebook import NotInForce, RuleError, load_rulebook
from market.types import FloatArray, InstrumentKind, IntArray, Venue

_EPOCH: Final = date(1970, 1, 1).toordinal()
_FOREVER: Final = 12 * 10_000  # months; beyond every holding period


@dataclass(frozen=True, slots=True)
class _Bands:
    """The rate for holdings of up to `months[b]` natural months, bands ascending, the last one open."""

    months: tuple[int, ...]
    rates: tuple[Decimal, ...]


def dividend_is_taxed(venue: Venue, kind: InstrumentKind) -> bool:
    """Whether a natural person's cash dividend of such a security falls under this rule."""
    scope = load_rulebook("market", "taxes")["TAX-DIVIDEND"].applies_to
    return venue.value in scope["venues"] and kind.value in scope["kinds"]


def dividend_tax_rate(acquired: date, sold: date, recorded: date | None = None) -> Decimal:
    """Rate on a dividend of shares acquired and sold then; `recorded` (default: `sold`) picks the law.

    Raises ValueError when sold before acquired, NotInForce before the first rule.
    """
    one = dividend_tax_bands(
        np.array([acquired.toordinal()]), np.array([sold.toordinal()]), recorded or sold
    )
    return _bands_on(recorded or sold).rates[int(one[0])]


def dividend_tax_rates(acquired: IntArray, sold: IntArray, recorded: IntArray | None = None) -> FloatArray:
    """Rates of N dividends; all arguments are date ordinals of shape (N,). Errors as `dividend_tax_rate`."""
    law = sold if recorded is None else recorded
    rates = np.empty(len(acquired), dtype=np.float64)
    starts = _starts()
    period = np.searchsorted(starts, law, side="right") - 1
    if len(law) and period.min() < 0:
        raise NotInForce(f"no dividend tax rule before {date.fromordinal(int(starts[0]))}")
    for number in np.unique(period):
        chosen = period == number
        day = date.fromordinal(int(starts[number]))
        table = np.array([float(rate) for rate in _bands_on(day).rates])
        rates[chosen] = table[dividend_tax_bands(acquired[chosen], sold[chosen], day)]
    return rates


def dividend_tax_bands(acquired: IntArray, sold: IntArray, law: date) -> IntArray:
    """Place of each holding in the bands in force on `law`: 0 is the shortest. Ordinals, shape (N,)."""
    if (sold < acquired).any():
        raise ValueError("shares cannot be sold before they were acquired")
    months = _bands_on(law).months
    over = [sold > last_sale_within(acquired, limit) for limit in months[:-1]]
    return np.sum(over, axis=0, dtype=np.int64) if over else np.zeros(len(sold), dtype=np.int64)


def last_sale_within(acquired: IntArray, months: int) -> IntArray:
    """Last day of sale (ordinal) for shares held no longer than `months` natural months. Shape (N,)."""
    day = (acquired - _EPOCH).astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    same_day = (month + months).astype("datetime64[D]") + (day - month.astype("datetime64[D]"))
    month_after = (month + months + 1).astype("datetime64[D]")
    last: IntArray = np.minimum(same_day, month_after).astype(np.int64) + _EPOCH
    return last


@lru_cache
def _bands_on(law: date) -> _Bands:
    bands: list[dict[str, Any]] = load_rulebook("market", "taxes").on("TAX-DIVIDEND", law)
    months = tuple(_FOREVER if band["up_to_months"] is None else int(band["up_to_months"]) for band in bands)
    if months[-1] != _FOREVER or list(months) != sorted(set(months)):
        raise RuleError("TAX-DIVIDEND: bands must ascend and the last must be open")
    return _Bands(months, tuple(Decimal(band["rate"]) for band in bands))


@lru_cache
def _starts() -> IntArray:
    rule = load_rulebook("market", "taxes")["TAX-DIVIDEND"]
    return np.array([since.toordinal() for since, _ in rule.values], dtype=np.int64)
