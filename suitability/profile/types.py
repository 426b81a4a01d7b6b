"""The four-dimension profile as values: each dimension 0 to 100 with evidence, confidence and the day it is as of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from kit.labels import Labelled
from suitability.levels import Bias, ClientLevel


class DimensionId(Labelled):
    """画像的四个维度"""

    RISK_TOLERANCE = "RISK_TOLERANCE", "风险承受能力"
    EXPECTED_RETURN = "EXPECTED_RETURN", "预期收益"
    LIQUIDITY = "LIQUIDITY", "流动性"
    BEHAVIOUR = "BEHAVIOUR", "行为偏差"


@dataclass(frozen=True, slots=True)
class Ground:
    """One piece of evidence: what was read, in words for a person, from where and as of when."""

    name: str  # stable, for machines: reserve_months, confirmed_level, …
    text: str  # Chinese
    value: float | int | str | None
    as_of: date | None
    source: str  # 风险测评, 账本, 家庭资料, 投资政策声明, 成交记录


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """score: 0 to 100, None with `withheld` where nothing can be said.

    confidence: 0 to 100. as_of: the day of the oldest ground.
    """

    id: DimensionId
    score: int | None
    confidence: int
    as_of: date | None
    lead: str  # one sentence for the reader
    grounds: tuple[Ground, ...] = ()
    withheld: str | None = None
    warnings: tuple[str, ...] = ()

    def age_days(self, day: date) -> int | None:
        return None if self.as_of is None else (day - self.as_of).days


@dataclass(frozen=True, slots=True)
class Capacity:
    """财务承受能力: the highest level that finances bear, and why; None where they set no limit."""

    level: ClientLevel | None
    reasons: tuple[str, ...] = ()  # Chinese; empty without a limit
    as_of: date | None = None

    def lower(self, level: ClientLevel | None) -> ClientLevel | None:
        """The level that is used: never above the one that came in."""
        if level is None or self.level is None or level.rank <= self.level.rank:
            return level
        return self.level


@dataclass(frozen=True, slots=True, kw_only=True)
class ToleranceInput:
    """What the assessment says. level: the one that stands before finances are looked at."""

    level: ClientLevel | None
    confirmed_level: ClientLevel | None
    points: int
    full_points: int
    assessed_on: date
    valid_through: date | None
    confirmed_on: date | None
    meanings: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by topic of the questionnaire


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the household says, reduced to what the profile reads. None: not known, with the reason in words."""

    required_return: float | None
    required_reason: str
    funded_ratio: float | None
    reserve_months: float | None
    needed_on: date | None  # the day up to which the money at hand lasts
    next_year: Decimal  # known outflows of twelve months
    cash_like: Decimal
    investable: Decimal
    debts: Decimal
    assets: Decimal
    documented: bool  # every declared word rests on a document
    declared: bool  # some word is declared, not only read from the ledger
    as_of: date
    outflows: tuple[tuple[date, str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the client said in the confirmed statement. None: not said."""

    expected_return: float | None
    max_lock_days: int | None
    min_reserve_months: float | None
    as_of: date


@dataclass(frozen=True, slots=True)
class HabitWord:
    """One habit that the diagnosis looked for: seen, not seen, or withheld (None)."""

    id: str  # code of diagnosis.types.HabitId
    seen: bool | None
    text: str
    n: int


@dataclass(frozen=True, slots=True)
class HabitsSeen:
    """What the trades of a client show, as data; as_of: the last day that was looked at."""

    habits: tuple[HabitWord, ...]
    trades: int
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The fields of `suitability.facts.ClientFacts` that the profile owns, with their days."""

    level_cap: ClientLevel | None
    level_reason: str
    expected_return: float | None
    needed_on: date | None  # the day up to which the money at hand lasts: other money is needed then
    max_lock_days: int | None  # what the client said
    reserve_months: float | None
    biases: frozenset[Bias]
    as_of: Mapping[str, date]

    def lock_limit_days(self, day: date) -> int | None:
        """The longest time for which money may be locked from the day on; None without a limit."""
        left = None if self.needed_on is None else max((self.needed_on - day).days, 0)
        return min((one for one in (left, self.max_lock_days) if one is not None), default=None)

    def lower(self, level: ClientLevel | None) -> ClientLevel | None:
        """The level to use, at most the one of the assessment. Only the cap is asked: no habit, no need, no wish."""
        return Capacity(self.level_cap).lower(level)


NO_FACTS = Facts(
    level_cap=None, level_reason="", expected_return=None, needed_on=None, max_lock_days=None,
    reserve_months=None, biases=frozenset(), as_of={},
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One client on one day. level_used: what the assessment confirmed, or lower by the capacity."""

    client_no: str
    day: date
    dimensions: tuple[Dimension, ...]
    confirmed_level: ClientLevel | None
    level_used: ClientLevel | None
    capacity: Capacity
    facts: Facts
    versions: Mapping[str, str]
    digest: str = ""

    def dimension(self, dimension_id: DimensionId) -> Dimension:
        return next(one for one in self.dimensions if one.id is dimension_id)


Content = Mapping[str, Any]
"""A profile as it is stored: canonical JSON types."""
