"""Facts for tests of matching: one plain case to change by hand, and random ones from a seed or from Hypothesis."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from kit.rulebook import load_rulebook
from suitability.facts import ClientFacts, HoldingFacts, ProductFacts, Request
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
from suitability.matching.cases import Facts
from suitability.matching.decision import Rules

DAY = date(2026, 11, 27)
RULES = Rules(*(load_rulebook("suitability", name) for name in ("matching", "matching_words", "duties")))

PLAIN = Facts(
    client=ClientFacts(
        client_no="C0001",
        natural=True,
        birth_date=date(1980, 5, 6),
        category=InvestorCategory.ORDINARY,
        category_valid_through=None,
        level=ClientLevel.C3,
        confirmed_level=ClientLevel.C3,
        lowest=False,
        questionnaire="natural-2026",
        assessed_on=date(2026, 1, 5),
        valid_through=date(2028, 1, 4),
        term=IntendedTerm.ANY,
        types=AssetType.COMPLEX,
        expected_return=None,
        lock_limit_days=None,
        reserve_months=None,
    ),
    product=ProductFacts(
        code="P001",
        name="示范产品一号",
        level=ProductLevel.R3,
        rating_version="r1",
        rated_on=date(2026, 1, 1),
        asset_type=AssetType.EQUITY,
        term_days=None,
        lockup_days=0,
        min_amount=None,
        expected_return_low=None,
        expected_return_high=None,
    ),
    request=Request(
        client_no="C0001", product_code="P001", asked_by=AskedBy.CLIENT, side=OrderSide.BUY, day=DAY
    ),
    holding=HoldingFacts(),
)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


DAYS = st.integers(-900, 900).map(lambda n: DAY + timedelta(days=n))
MONEY = st.decimals(0, 5_000_000, places=2)
RATES = st.floats(-0.2, 0.5, allow_nan=False)
CLIENTS = st.builds(
    ClientFacts,
    client_no=st.just("C0001"),
    natural=st.booleans(),
    birth_date=optional(st.integers(0, 36_000).map(lambda n: DAY - timedelta(days=n))),
    category=st.sampled_from(InvestorCategory),
    category_valid_through=st.none(),
    level=optional(st.sampled_from(ClientLevel)),
    confirmed_level=optional(st.sampled_from(ClientLevel)),
    lowest=st.just(False),
    questionnaire=st.just("natural-2026"),
    assessed_on=optional(DAYS),
    valid_through=optional(DAYS),
    term=optional(st.sampled_from(IntendedTerm)),
    types=optional(st.sampled_from(AssetType)),
    expected_return=optional(RATES),
    lock_limit_days=optional(st.integers(0, 2_000)),
    reserve_months=optional(st.floats(0, 24, allow_nan=False)),
    gates=st.dictionaries(st.sampled_from(Gate), DAYS, max_size=3),
    biases=st.frozensets(st.sampled_from(Bias), max_size=3),
).flatmap(
    lambda one: st.just(one) | st.just(replace(one, lowest=one.level is ClientLevel.C1))
)
PRODUCTS = st.builds(
    ProductFacts,
    code=st.just("P001"),
    name=st.just("示范产品一号"),
    level=optional(st.sampled_from(ProductLevel)),
    rating_version=st.just("r1"),
    rated_on=optional(DAYS),
    asset_type=st.sampled_from(AssetType),
    term_days=optional(st.integers(0, 4_000)),
    lockup_days=st.integers(0, 2_000),
    min_amount=optional(MONEY),
    expected_return_low=optional(RATES),
    expected_return_high=optional(RATES),
    gates=st.frozensets(st.sampled_from(Gate), max_size=2),
)
REQUESTS = st.builds(
    Request,
    client_no=st.just("C0001"),
    product_code=st.just("P001"),
    asked_by=st.sampled_from(AskedBy),
    side=st.sampled_from(OrderSide),
    day=st.just(DAY),
    amount=optional(MONEY),
)
HOLDINGS = st.builds(HoldingFacts, held_value=MONEY, total_value=optional(MONEY))
ANY_FACTS = st.builds(Facts, client=CLIENTS, product=PRODUCTS, request=REQUESTS, holding=HOLDINGS)
