"""What the matching reads of a client, a product and a request, as values. Each value has the day it is as of.

The contract between the rooms of `suitability`: assessment and profile fill `ClientFacts`, rating and access fill
`ProductFacts` and the gates, matching reads them. `None` is not known, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from suitability.levels import (
    AskedBy,
    AssetType,
    Bias,
    ClientLevel,
    Gate,
    IntendedTerm,
    InvestorCategory,
    OrderSide,
    ProductLevel,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFacts:
    """One client on one day. `level` is the one that is used: the confirmed one, or lower where finances ask for it."""

    client_no: str
    natural: bool
    birth_date: date | None
    category: InvestorCategory
    category_valid_through: date | None  # None: without end, or ordinary
    level: ClientLevel | None  # None: no assessment on file
    confirmed_level: ClientLevel | None
    lowest: bool  # 风险承受能力最低类别
    questionnaire: str | None  # version that was answered
    assessed_on: date | None
    valid_through: date | None
    term: IntendedTerm | None
    types: AssetType | None  # the widest type accepted
    expected_return: float | None  # a year, ratio; what the client says or the goals require
    lock_limit_days: int | None  # longest time for which money may be locked; None: no limit stated
    reserve_months: float | None  # months of spending that stay liquid
    gates: Mapping[Gate, date] = field(default_factory=dict)  # opened permissions, by the day opened
    biases: frozenset[Bias] = frozenset()
    total_assets: Decimal | None = None  # with the firm, net of borrowing
    as_of: Mapping[str, date] = field(default_factory=dict)  # by field name


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFacts:
    """One product, service or security as it is rated and terms stand on one day."""

    code: str
    name: str
    level: ProductLevel | None  # None: not rated
    rating_version: str | None
    rated_on: date | None
    asset_type: AssetType
    term_days: int | None  # None: open-ended, sold any day
    lockup_days: int
    min_amount: Decimal | None
    expected_return_low: float | None
    expected_return_high: float | None
    gates: frozenset[Gate] = frozenset()  # every permission that is needed
    issuer: str | None = None
    complex: bool = False
    as_of: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked: one product for one client on one day."""

    client_no: str
    product_code: str
    asked_by: AskedBy
    side: OrderSide
    day: date
    account_no: str | None = None
    amount: Decimal | None = None
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingFacts:
    """What the client holds of the product and in all, for concentration and for orders that reduce risk."""

    held_value: Decimal = Decimal(0)  # of this product before the order
    held_quantity: Decimal = Decimal(0)
    total_value: Decimal | None = None  # of all assets with the firm
    as_of: date | None = None
