"""What a trade costs by the rules of its day: stamp duty, transfer fee, commission (`rules/fees.yaml`).

One table of rates by venue, kind and day serves the single trade and the whole book. A pair of venue and kind
that no rule names (a foreign venue, an unknown kind), or a day before its first rule, has an UNKNOWN charge,
never a zero one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import numpy as np

from kit.money import SCALE, round_fen, to_scaled
from kit.rulebook import NotInForce, Rule, RuleError, load_rulebook
from market.types import BoolArray, InstrumentKind, IntArray, Venue

VENUES: Final[tuple[Venue, ...]] = tuple(Venue)
"""The code of a venue in a column is its place here."""
KINDS: Final[tuple[InstrumentKind, ...]] = tuple(InstrumentKind)
"""The code of an instrument kind in a column is its place here."""
UNKNOWN: Final = -(2**63)
"""No rule is known: the same mark as for an amount that a file does not give."""
BUY: Final = "BUY"
SELL: Final = "SELL"
_PPM: Final = 10**6
_FEN: Final = SCALE // 100
_WHOLE: Final = _PPM * _FEN  # millionths of yuan times parts per million, in one fen


@dataclass(frozen=True, slots=True)
class Charges:
    """What one trade costs, in yuan, each rounded to the fen half up."""

    commission: Decimal
    stamp_duty: Decimal
    transfer_fee: Decimal

    @property
    def total(self) -> Decimal:
        return self.commission + self.stamp_duty + self.transfer_fee


@dataclass(frozen=True, slots=True)
class ExpectedCharges:
    """What N trades should show, in millionths of yuan, rounded to the fen; UNKNOWN where no rule is known.

    transfer_fee is what the statement should show in its own column: 0 where the venue's fee was inside the
    commission. transfer_fee_apart is the fee itself; a statement that shows this instead is right too.
    """

    stamp_duty: IntArray
    transfer_fee: IntArray
    transfer_fee_apart: IntArray


@dataclass(frozen=True, slots=True)
class _Rates:
    """Parts per million by (venue, kind, period); period p begins on starts[p - 1], period 0 precedes all."""

    starts: IntArray
    ppm: IntArray

    def at(self, day: IntArray, venue: IntArray, kind: IntArray) -> IntArray:
        period = np.searchsorted(self.starts, day, side="right")
        found: IntArray = self.ppm[venue, kind, period]
        return found


def parts_per_million(rate: str) -> int:
    """A fraction as whole parts per million. Raises RuleError below 0 or with more than six decimals."""
    scaled = Decimal(rate) * _PPM
    if scaled != int(scaled) or scaled < 0:
        raise RuleError(f"a rate must be at least 0 with at most six decimals, not {rate!r}")
    return int(scaled)


def _table(prefix: str, read: Callable[[Any], int]) -> _Rates:
    rules = [rule for rule in load_rulebook("market", "fees") if rule.id.startswith(prefix)]
    starts = sorted({since for rule in rules for since, _ in rule.values})
    ppm = np.full((len(VENUES), len(KINDS), len(starts) + 1), UNKNOWN, dtype=np.int64)
    for rule in rules:
        for venue, kind in _pairs(rule):
            if (ppm[venue, kind] != UNKNOWN).any():
                raise RuleError(f"{rule.id}: another rule already speaks of {VENUES[venue]} {KINDS[kind]}")
            for since, value in rule.values:
                ppm[venue, kind, starts.index(since) + 1 :] = UNKNOWN if value is None else read(value)
    return _Rates(np.array([day.toordinal() for day in starts], dtype=np.int64), ppm)


def _pairs(rule: Rule) -> list[tuple[int, int]]:
    try:
        venues = [VENUES.index(Venue(name)) for name in rule.applies_to["venues"]]
        kinds = [KINDS.index(InstrumentKind(name)) for name in rule.applies_to["kinds"]]
    except (KeyError, ValueError) as error:
        raise RuleError(f"{rule.id}: applies_to needs known venues and kinds ({error})") from error
    return [(venue, kind) for venue in venues for kind in kinds]


@lru_cache
def stamp_rates(side: str) -> _Rates:
    return _table("FEE-STAMP", lambda value: parts_per_million(value[side]))


@lru_cache
def transfer_rates(*, shown: bool) -> _Rates:
    """`shown`: only what a statement shows in a column of its own; else the fee itself."""
    return _table(
        "FEE-TRANSFER",
        lambda value: parts_per_million(value["rate"]) if value["shown_apart"] or not shown else 0,
    )


def charges(
    day: date, venue: Venue, kind: InstrumentKind, side: str, turnover: Decimal,
    commission_rate: Decimal, minimum: Decimal | None = None,
) -> Charges:
    """Charges of one trade of `turnover` yuan on `day`, as its statement shows them.

    side: BUY or SELL. commission_rate: the client's agreed fraction, at most the legal cap. minimum: the
    agreed least commission in yuan; None takes the rule's. A turnover of 0 costs nothing.
    Raises NotInForce where no rule speaks of the venue, kind and day; ValueError for a side, turnover or rate
    out of range.
    """
    if side not in (BUY, SELL):
        raise ValueError(f"side is BUY or SELL, not {side!r}")
    if turnover < 0:
        raise ValueError(f"turnover must be at least 0, not {turnover}")
    stamp = _stamp_on(side, day, venue, kind)
    transfer = _transfer_on(day, venue, kind)
    return Charges(
        commission=commission(day, turnover, commission_rate, minimum),
        stamp_duty=round_fen(turnover * stamp),
        transfer_fee=round_fen(turnover * transfer),
    )


def commission(day: date, turnover: Decimal, rate: Decimal, minimum: Decimal | None = None) -> Decimal:
    """Commission of one order in yuan: rate times turnover, at least the minimum, 0 on no turnover."""
    rules = load_rulebook("market", "fees")
    cap = Decimal(rules.on("FEE-COMMISSION-CAP", day))
    if not 0 <= rate <= cap:
        raise ValueError(f"a commission rate lies between 0 and {cap}, not {rate}")
    least = Decimal(rules.on("FEE-COMMISSION-MINIMUM", day)) if minimum is None else minimum
    return round_fen(max(turnover * rate, least)) if turnover > 0 else Decimal("0.00")


@lru_cache(maxsize=16_384)
def _stamp_on(side: str, day: date, venue: Venue, kind: InstrumentKind) -> Decimal:
    return _single_rate(stamp_rates(side), day, venue, kind, "stamp duty")


@lru_cache(maxsize=16_384)
def _transfer_on(day: date, venue: Venue, kind: InstrumentKind) -> Decimal:
    return _single_rate(transfer_rates(shown=True), day, venue, kind, "transfer fee")


def _single_rate(rates: _Rates, day: date, venue: Venue, kind: InstrumentKind, what: str) -> Decimal:
    at = np.array([day.toordinal()]), np.array([VENUES.index(venue)]), np.array([KINDS.index(kind)])
    ppm = int(rates.at(*at)[0])
    if ppm == UNKNOWN:
        raise NotInForce(f"no {what} is known for {kind.value} on {venue.value} on {day}")
    return Decimal(ppm) / _PPM


def charges_array(
    day: IntArray, venue: IntArray, kind: IntArray, is_sell: BoolArray, turnover: IntArray
) -> ExpectedCharges:
    """Expected charges of N trades, for checking what a file says over a whole book.

    day: date ordinals; venue, kind: places in VENUES and KINDS; turnover: millionths of yuan, at least 0, or
    UNKNOWN (then nothing is expected). All of shape (N,), all int64 but is_sell.
    """
    stamp = np.where(
        is_sell, stamp_rates(SELL).at(day, venue, kind), stamp_rates(BUY).at(day, venue, kind)
    )
    return ExpectedCharges(
        stamp_duty=_share(turnover, stamp),
        transfer_fee=_share(turnover, transfer_rates(shown=True).at(day, venue, kind)),
        transfer_fee_apart=_share(turnover, transfer_rates(shown=False).at(day, venue, kind)),
    )


def _share(turnover: IntArray, ppm: IntArray) -> IntArray:
    """turnover * ppm / 10**6 to the fen half up, exactly and without overflow; UNKNOWN where either is."""
    known = (turnover >= 0) & (ppm != UNKNOWN)
    money, rate = np.where(known, turnover, 0), np.where(known, ppm, 0)
    whole, rest = np.divmod(money, _WHOLE)
    fen = whole * rate + (rest * rate + _WHOLE // 2) // _WHOLE
    return np.where(known, fen * _FEN, UNKNOWN)


def fee_differs(stated: IntArray, expected: IntArray, alternative: IntArray | None = None) -> BoolArray:
    """True where a file's charge is off by more than the rounding allowance, from both figures that would do.

    False where a side is UNKNOWN: what cannot be compared is no difference. Millionths, shape (N,).
    """
    allowance = tolerance_scaled()
    off: BoolArray = (stated != UNKNOWN) & (expected != UNKNOWN)
    off &= np.abs(stated - expected) > allowance
    if alternative is not None:
        off &= np.abs(stated - alternative) > allowance
    return off


@lru_cache
def tolerance_scaled() -> int:
    """Rounding allowance of one row, in millionths of yuan."""
    return to_scaled(load_rulebook("market", "fees")["FEE-TOLERANCE"].values[-1][1])
