"""Services as products, as values: what a service holds, whom it is made for, what each of its plans costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from kit.labels import Labelled
from market.products.types import PriceSignal

FOREVER: Final = date(9999, 12, 31)
"""Until further notice."""


class FeeBasis(Labelled):
    """收费方式"""

    TERM = "TERM", "按期限"
    ASSETS = "ASSETS", "按资产规模"
    PER_USE = "PER_USE", "按次"
    COMMISSION = "COMMISSION", "差别佣金"

    @property
    def size(self) -> str:
        """What the size of this basis is called, with its unit; a term has none."""
        return _SIZES.get(self.value, "")


_SIZES: Final = {"ASSETS": "资产（元）", "PER_USE": "次数", "COMMISSION": "成交金额（元）"}


class TierMode(Labelled):
    """分档计价的方法"""

    WHOLE = "WHOLE", "全额适用所在档"
    MARGINAL = "MARGINAL", "分段累进"


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier: from `floor` (included, 以上) to `ceiling` (excluded, 不满; None without end).

    price: a rate a year (ASSETS), yuan a use (PER_USE), or a rate of turnover (COMMISSION).
    """

    floor: Decimal
    ceiling: Decimal | None
    price: Decimal

    def covers(self, size: Decimal) -> bool:
        return self.floor <= size and (self.ceiling is None or size < self.ceiling)


@dataclass(frozen=True, slots=True)
class TermPrice:
    """What one term of so many calendar days costs in all, yuan."""

    days: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Reference:
    """原价（被比较价格）: what the plan's price is compared with. plan, days: where that price was paid."""

    price: Decimal
    plan: str
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One price plan as it shall be, in force from `valid_from` to `valid_to`, both included.

    terms: for TERM alone; mode and tiers for every other basis. least, most: bounds of one fee, yuan.
    monotone: claims that a larger size, or a longer term, never costs less; checked before it is published.
    replaces: the version whose days this one takes over from `valid_from` on.
    """

    code: str
    name: str
    basis: FeeBasis
    valid_from: date
    valid_to: date = FOREVER
    terms: tuple[TermPrice, ...] = ()
    mode: TierMode = TierMode.WHOLE
    tiers: tuple[Tier, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    monotone: bool = False
    signal: PriceSignal = PriceSignal.NONE
    signal_detail: str = ""
    reference: Reference | None = None
    replaces: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCard:
    """What one service is, apart from its price. styles, levels: codes of those it is made for; none is all."""

    summary: str
    contents: tuple[str, ...]
    delivery: str
    styles: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    valid_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What shall be published of one service: its card, plans, or both."""

    code: str
    card: ServiceCard | None
    plans: tuple[Plan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Who published a version and when. ends_on: the last day of it, by its own end or by its successor's beginning."""

    code: str
    version: int
    ends_on: date
    digest: str
    published_by: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class PublishedPlan:
    """One version of a plan, never changed. evidence: what the checks looked at when it was published."""

    plan: Plan
    on_file: Published
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def days_text(self) -> str:
        return days_text(self.plan.valid_from, self.on_file.ends_on)

    def covers(self, day: date) -> bool:
        return self.plan.valid_from <= day <= self.on_file.ends_on


@dataclass(frozen=True, slots=True)
class PublishedCard:
    """One version of a card, never changed; in force until the next one begins."""

    card: ServiceCard
    on_file: Published


@dataclass(frozen=True, slots=True)
class Paid:
    """成交记录: what was paid under a plan, as the owner of the subscriptions tells it.

    price: of the like thing: the whole term, one use, or the rate. counts: False with the reason why it is no sale.
    """

    number: str
    plan: str
    days: int | None
    price: Decimal
    day: date
    counts: bool = True
    reason: str = ""


def days_text(first: date, last: date) -> str:
    """Days in words."""
    return f"自 {first} 起" if last == FOREVER else f"{first} 至 {last}"
