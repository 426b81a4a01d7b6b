"""What is known of a client for an application, for one and in columns: every figure is an interval.

A figure that is known has one value; one that is not known may be anything; a lower bound (the ledger shows at least
so much) has no upper end. A condition is met where the whole interval meets it, not met where none of it does, and not
known in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np

from market.types import BoolArray, FloatArray, IntArray
from suitability.gates.facts import FACTS, FactKind
from suitability.gates.months import months_begun, months_between, years_between
from suitability.levels import ClientLevel, Gate

NO_DAY: Final = -1
NOT_HELD: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a figure comes from, and the day it is as of."""

    source: str
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateEvidence:
    """证据: one client on the day of the application. None is not known, never a guess; money in yuan.

    assets_*: means over the trading days before `day`, net of funds and securities borrowed through margin; the
    `_at_least` of each is what the ledger shows where it does not show all. first_trade_on: as imported, in any account
    at any broker; first_trade_by: no later than this, by the ledger. disclosures, test_scores, held_since: by gate; a
    disclosure that is not there was not signed, a permission that is not there was not held.
    """

    day: date
    natural: bool
    professional: bool = False
    assets_20d: Decimal | None = None
    assets_20d_at_least: Decimal | None = None
    assets_10d: Decimal | None = None
    assets_10d_at_least: Decimal | None = None
    assets_today: Decimal | None = None
    assets_today_at_least: Decimal | None = None
    first_trade_on: date | None = None
    first_trade_by: date | None = None
    broker_since: date | None = None
    futures_since: date | None = None
    birth_date: date | None = None
    level: ClientLevel | None = None
    assessed_on: date | None = None
    related_work: bool | None = None
    futures_experience: bool | None = None
    margin_eligible: bool | None = None
    bad_record: bool | None = None
    default_record: bool | None = None
    affiliate: bool | None = None
    test_grade: int | None = None
    trial_grade: int | None = None
    test_scores: Mapping[Gate, Decimal] = field(default_factory=dict)
    tested_on: Mapping[Gate, date] = field(default_factory=dict)
    disclosures: Mapping[Gate, date] = field(default_factory=dict)
    held_since: Mapping[Gate, date] = field(default_factory=dict)
    financial_assets: Decimal | None = None
    mean_income_3y: Decimal | None = None
    net_assets: Decimal | None = None
    household_net_financial_assets: Decimal | None = None
    household_financial_assets: Decimal | None = None
    paid_in_capital: Decimal | None = None
    amount: Decimal | None = None
    origins: Mapping[str, Origin] = field(default_factory=dict)  # by field name

    def conflicts(self) -> tuple[str, ...]:
        """Dates that cannot be (Chinese, for the reader); empty where all agree."""
        found = [
            f"{label} {day} 晚于申请日 {self.day}" for label, day in self._days() if day is not None and day > self.day
        ]
        if self.first_trade_on and self.first_trade_by and self.first_trade_on > self.first_trade_by:
            found.append(f"登记的首次交易日 {self.first_trade_on} 晚于账本中的第一笔成交 {self.first_trade_by}")
        if self.birth_date and self.first_trade_on and self.first_trade_on < self.birth_date:
            found.append(f"首次交易日 {self.first_trade_on} 早于出生日期 {self.birth_date}")
        return tuple(found)

    def _days(self) -> list[tuple[str, date | None]]:
        single = (
            ("首次交易日", self.first_trade_on), ("证券开户日", self.broker_since), ("期货开户日", self.futures_since),
            ("出生日期", self.birth_date), ("测评日", self.assessed_on),
        )  # fmt: skip
        by_gate = [(f"{gate.label}风险揭示书签署日", day) for gate, day in self.disclosures.items()]
        by_gate += [(f"{gate.label}测试日", day) for gate, day in self.tested_on.items()]
        return [*single, *by_gate]


@dataclass(frozen=True)
class EvidenceColumns:
    """n clients on one day. low, high: (n,) by fact, by `fact:GATE` where each gate has its own."""

    day: date
    natural: BoolArray
    low: Mapping[str, FloatArray]
    high: Mapping[str, FloatArray]

    def __len__(self) -> int:
        return len(self.natural)

    def interval(self, fact: str, gate: Gate) -> tuple[FloatArray, FloatArray]:
        """Low and high of a fact for a gate; anything where the columns say nothing of it."""
        name = f"{fact}:{gate.value}" if FACTS[fact].of_gate else fact
        absent = np.full(len(self), np.inf)
        return self.low.get(name, -absent), self.high.get(name, absent)


@dataclass(frozen=True, kw_only=True)
class RawColumns:
    """What a book knows, (n,) each. numbers: NaN not known; at_least: NaN none; days: ordinals, NO_DAY not known;

    flags: 1, 0, -1 not known. Names are those of `GateEvidence`, by gate `disclosures:STAR`. days may hold
    `first_trade_by`.
    """

    day: date
    natural: BoolArray
    professional: BoolArray
    numbers: Mapping[str, FloatArray] = field(default_factory=dict)
    at_least: Mapping[str, FloatArray] = field(default_factory=dict)
    days: Mapping[str, IntArray] = field(default_factory=dict)
    flags: Mapping[str, IntArray] = field(default_factory=dict)


_NUMBERS: Final = tuple(
    fact.name for fact in FACTS.values() if fact.kind is FactKind.MONEY or fact.name in ("test_grade", "trial_grade")
)
_FLAGS: Final = (
    "related_work", "futures_experience", "margin_eligible", "bad_record", "default_record", "affiliate",
)  # fmt: skip
_BOUNDED: Final = ("assets_20d", "assets_10d", "assets_today")
_SINCE: Final = {
    "experience_months": "first_trade_on", "broker_months": "broker_since", "futures_months": "futures_since",
}  # fmt: skip


def columns_of(raw: RawColumns) -> EvidenceColumns:
    """Intervals of every fact: the one way from what is known to what conditions read."""
    low: dict[str, FloatArray] = {}
    high: dict[str, FloatArray] = {}
    for name, values in raw.numbers.items():
        fact = name if name != "level" else "level_rank"
        bound = raw.at_least.get(name)
        floor = np.full(len(values), -np.inf) if bound is None else np.where(np.isnan(bound), -np.inf, bound)
        low[fact] = np.where(np.isnan(values), floor, values)
        high[fact] = np.where(np.isnan(values), np.inf, values)
    for name, flags in raw.flags.items():
        low[name], high[name] = np.where(flags == 1, 1.0, 0.0), np.where(flags == 0, 0.0, 1.0)
    _put_days(raw, low, high)
    plain = raw.professional.astype(np.float64)
    low["professional"] = high["professional"] = plain
    low["professional_institution"] = high["professional_institution"] = plain * ~raw.natural
    return EvidenceColumns(raw.day, raw.natural, low, high)


def _put_days(raw: RawColumns, low: dict[str, FloatArray], high: dict[str, FloatArray]) -> None:
    for fact, name in _SINCE.items():
        if name in raw.days:
            low[fact], high[fact] = _months(raw.days[name], raw.day)
    if "first_trade_by" in raw.days:  # the ledger bounds the day from above: so many months at least
        least = _months(raw.days["first_trade_by"], raw.day)[0]
        low["experience_months"] = np.maximum(low.get("experience_months", least), least)
        high.setdefault("experience_months", np.full(len(least), np.inf))
    if "assessed_on" in raw.days:  # 之内: the month that has begun counts
        begun = months_begun(_or_today(raw.days["assessed_on"], raw.day), raw.day)
        low["assessed_months"], high["assessed_months"] = _known_days(raw.days["assessed_on"], begun)
    if "birth_date" in raw.days:
        low["age"], high["age"] = _known_days(raw.days["birth_date"], years_between(raw.days["birth_date"], raw.day))
    for name, days in raw.days.items():
        fact, _, gate = name.partition(":")
        if fact == "disclosures":
            signed = ((days != NO_DAY) & (days <= raw.day.toordinal())).astype(np.float64)
            low[f"disclosure:{gate}"] = high[f"disclosure:{gate}"] = signed
        if fact == "held_since":
            held = np.where(days == NO_DAY, NOT_HELD, days.astype(np.float64))
            low[name] = high[name] = held


def _months(days: IntArray, day: date) -> tuple[FloatArray, FloatArray]:
    return _known_days(days, months_between(_or_today(days, day), day))


def _or_today(days: IntArray, day: date) -> IntArray:
    return np.where(days == NO_DAY, day.toordinal(), days)


def _known_days(days: IntArray, found: IntArray) -> tuple[FloatArray, FloatArray]:
    known = days != NO_DAY
    return np.where(known, found, -np.inf).astype(np.float64), np.where(known, found, np.inf).astype(np.float64)


def raw_of(evidence: Sequence[GateEvidence]) -> RawColumns:
    """Clients of one day in columns. Raises ValueError where they are of several days."""
    days = {one.day for one in evidence}
    if len(days) != 1:
        raise ValueError("evidence of one batch is of one day")
    number_names = (*_NUMBERS, "level", *(f"test_score:{gate.value}" for gate in Gate))
    day_names = (*_SINCE.values(), "first_trade_by", "assessed_on", "birth_date")
    gate_days = {
        f"{name}:{gate.value}": _ordinals([getattr(one, name).get(gate) for one in evidence])
        for name in ("disclosures", "held_since") for gate in Gate
    }
    return RawColumns(
        day=days.pop(), natural=np.array([one.natural for one in evidence], dtype=np.bool_),
        professional=np.array([one.professional for one in evidence], dtype=np.bool_),
        numbers={name: _floats([_number(one, name) for one in evidence]) for name in number_names},
        at_least={name: _floats([getattr(one, f"{name}_at_least") for one in evidence]) for name in _BOUNDED},
        days={**{name: _ordinals([getattr(one, name) for one in evidence]) for name in day_names}, **gate_days},
        flags={name: np.array([_flag(getattr(one, name)) for one in evidence], dtype=np.int64) for name in _FLAGS},
    )


def _number(one: GateEvidence, name: str) -> Decimal | int | None:
    fact, _, gate = name.partition(":")
    if fact == "test_score":
        return one.test_scores.get(Gate(gate))
    if fact == "level":
        return None if one.level is None else one.level.rank
    found: Decimal | int | None = getattr(one, fact)
    return found


def _floats(values: Sequence[Decimal | int | None]) -> FloatArray:
    return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)


def _ordinals(days: Sequence[date | None]) -> IntArray:
    return np.array([NO_DAY if day is None else day.toordinal() for day in days], dtype=np.int64)


def _flag(value: bool | None) -> int:
    return -1 if value is None else int(value)
