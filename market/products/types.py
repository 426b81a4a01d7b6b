"""Financial products and services, as values: what they are, the ten factors of art. 16, what a service costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from kit.labels import Labelled
from market.types import FloatArray, IntArray


class Factor(Labelled):
    """风险评级的十项因素 (《办法》第十六条), each 1 to 5; what the steps mean is rule data of `suitability`."""

    LIQUIDITY = "liquidity", "流动性"
    MATURITY = "maturity", "到期时限"
    LEVERAGE = "leverage", "杠杆情况"
    STRUCTURAL_COMPLEXITY = "structural_complexity", "结构复杂性"
    MIN_TICKET = "min_ticket", "最低投资金额"
    INVESTMENT_SCOPE = "investment_scope", "投资方向和投资范围"
    OFFERING_METHOD = "offering_method", "募集方式"
    ISSUER_CREDIT = "issuer_credit", "发行人等相关主体的信用状况"
    TRACK_RECORD = "track_record", "同类产品或者服务过往业绩"
    OTHER = "other", "其他因素"


FACTORS: Final[tuple[Factor, ...]] = tuple(Factor)
"""The order of the factors in every array."""


class ProductKind(Labelled):
    """产品与服务的种类"""

    MONEY_FUND = "MONEY_FUND", "货币型产品"
    BOND_FUND = "BOND_FUND", "债券型基金"
    MIXED_FUND = "MIXED_FUND", "混合型基金"
    EQUITY_FUND = "EQUITY_FUND", "股票型基金"
    INDEX_FUND = "INDEX_FUND", "指数型基金"
    QDII_FUND = "QDII_FUND", "QDII基金"
    PRIVATE_FUND = "PRIVATE_FUND", "私募证券投资基金"
    AM_FIXED = "AM_FIXED", "私募资管计划（固定收益类）"
    AM_MIXED = "AM_MIXED", "私募资管计划（混合类）"
    AM_EQUITY = "AM_EQUITY", "私募资管计划（权益类、商品及衍生品类）"
    BANK_WEALTH = "BANK_WEALTH", "银行理财"
    TRUST = "TRUST", "信托计划"
    INSURANCE = "INSURANCE", "保险产品"
    INCOME_NOTE = "INCOME_NOTE", "收益凭证（固定收益类）"
    STRUCTURED_NOTE = "STRUCTURED_NOTE", "收益凭证（浮动收益、结构化）"
    OTC_DERIVATIVE = "OTC_DERIVATIVE", "场外衍生品"
    BOND = "BOND", "债券"
    PORTFOLIO = "PORTFOLIO", "组合产品"
    ADVICE = "ADVICE", "投资顾问服务"
    MARGIN = "MARGIN", "融资融券业务"
    PLEDGE = "PLEDGE", "股票质押、约定购回融入"
    OPTION = "OPTION", "股票期权业务"
    CONDITIONAL_ORDER = "CONDITIONAL_ORDER", "条件单服务"
    OTHER_SERVICE = "OTHER_SERVICE", "其他服务"

    @property
    def is_service(self) -> bool:
        return self in SERVICES


SERVICES: Final = frozenset({
    ProductKind.ADVICE, ProductKind.MARGIN, ProductKind.PLEDGE, ProductKind.OPTION, ProductKind.CONDITIONAL_ORDER,
    ProductKind.OTHER_SERVICE,
})


class PlanBasis(Labelled):
    """收费方式"""

    TERM = "TERM", "按期限"
    ASSETS = "ASSETS", "按资产规模"
    COMMISSION = "COMMISSION", "按佣金"


class PriceUnit(Labelled):
    """价格的单位"""

    YUAN_PER_PERIOD = "YUAN_PER_PERIOD", "元/期"
    RATE_PER_YEAR = "RATE_PER_YEAR", "年费率"
    RATE_OF_TURNOVER = "RATE_OF_TURNOVER", "成交金额费率"


class PriceSignal(Labelled):
    """价格信号: a label alone, nothing is computed from it."""

    NONE = "NONE", "无"
    ODD_ENDING = "ODD_ENDING", "尾数信号"
    SETTING = "SETTING", "环境信号"
    PROMOTION = "PROMOTION", "促销信号"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product or service as it is on file. `factors` holds all ten, or none where nobody gave them."""

    code: str
    name: str
    kind: ProductKind
    issuer: str | None = None
    factors: Mapping[Factor, int] = field(default_factory=dict)
    factors_on: date | None = None  # as of
    issuer_level: str | None = None  # R1 to R5 as the issuer or manager rates it
    issuer_rated_on: date | None = None
    currency: str = "CNY"
    term_days: int | None = None  # None: open-ended
    lockup_days: int = 0
    min_amount: Decimal | None = None
    expected_return_low: Decimal | None = None  # a year, ratio
    expected_return_high: Decimal | None = None
    launched_on: date | None = None
    matures_on: date | None = None
    credit_grade: str | None = None  # of a bond: AAA, AA+, AA, AA-, ...
    list_item: str | None = None  # member of the published list, where the kind alone does not tell
    leads_to: tuple[str, ...] = ()  # what a service leads to: codes of products, securities, list members
    complex: bool = False


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a portfolio product: a product or security by code, weight as a ratio."""

    code: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class NavHistory:
    """Net values by day, ascending; accumulated ones where all days have them."""

    days: IntArray  # (n,) date ordinals
    values: FloatArray  # (n,) above 0
    accumulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePlan:
    """One tier of one price plan of a service, in force from `valid_from` to `valid_to`, both included.

    floor: days (TERM), yuan of assets (ASSETS) or yuan of turnover a year (COMMISSION) from which the tier holds.
    """

    plan_code: str
    name: str
    basis: PlanBasis
    floor: Decimal
    price: Decimal
    unit: PriceUnit
    signal: PriceSignal
    valid_from: date
    valid_to: date


def tier_of(plans: tuple[PricePlan, ...], plan_code: str, size: Decimal, day: date) -> PricePlan | None:
    """The tier in force on `day` for a term, an asset size or a turnover; its floor is included (以上)."""
    fitting = [
        plan for plan in plans
        if plan.plan_code == plan_code and plan.valid_from <= day <= plan.valid_to and plan.floor <= size
    ]
    return max(fitting, key=lambda plan: plan.floor, default=None)
