"""The price of a service to the cent: every bound on, below and above; what a plan claims holds for every size."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from market.products.types import ProductKind
from market.services.checks import check_plan
from market.services.pricing import fee_of, price_of
from market.services.problems import NotForSale, PriceAskRefused, TiersRefused
from tests.market.services.drafts import ASSETS, COMMISSION, TERM, USES, plan, published

DAY = date(2026, 2, 2)
MARGINAL = {**ASSETS, "mode": "MARGINAL"}
LIMITS = {**ASSETS, "least": "100", "most": "2000"}
PRICES = [  # plan, days, size, expected, how
    (TERM, 30, None, "99.00", "the offered term"),
    (TERM, 360, None, "999.00", "the longer one"),
    (ASSETS, 365, "499999.99", "2500.00", "just below the bound: 0.5% of all, 2499.99995"),
    (ASSETS, 365, "500000", "1750.00", "on the bound: 以上 includes it, 0.35% of all"),
    (ASSETS, 365, "500000.01", "1750.00", "just above"),
    (MARGINAL, 365, "499999.99", "2500.00", "progressive: below the bound"),
    (MARGINAL, 365, "500000", "2500.00", "on the bound nothing is in the second tier yet"),
    (MARGINAL, 365, "600000", "2850.00", "2500 + 100000 x 0.35%"),
    (ASSETS, 30, "100000", "41.10", "100000 x 0.5% x 30/365 = 41.0958..., half up"),
    (ASSETS, 73, "1000", "1.00", "a fifth of a year"),
    (ASSETS, 365, "0", "0.00", "no assets, no fee"),
    (LIMITS, 365, "1000", "100.00", "the lowest fee"),
    (LIMITS, 365, "499999", "2000.00", "the highest fee"),
    (USES, None, "2", "400.00", "two uses"),
    (USES, None, "3", "600.00", "the third still costs 200: floors count what came before"),
    (USES, None, "4", "750.00", "the fourth costs 150"),
    (COMMISSION, None, "9999999.99", "10000.00", "just below"),
    (COMMISSION, None, "10000000", "8000.00", "on the bound"),
]
HALVES = [("0.005", "1", "0.01"), ("0.0049", "1", "0.00"), ("0.015", "1", "0.02"), ("0.025", "1", "0.03")]


@pytest.mark.parametrize(("raw", "days", "size", "expected", "how"), PRICES)
def test_price(raw, days, size, expected, how):
    quote = price_of(published(raw), DAY, days=days, size=None if size is None else Decimal(size))

    assert str(quote.amount) == expected, how
    assert quote.says[-1] == f"四舍五入到分：{expected} 元"


@pytest.mark.parametrize(("rate", "size", "expected"), HALVES)
def test_half_a_cent_goes_up_and_only_once(rate, size, expected):
    raw = {**COMMISSION, "tiers": [{"from": 0, "price": rate}]}

    assert str(fee_of(plan(raw), Decimal(size), None)) == expected


def test_a_progressive_fee_is_rounded_once():
    raw = {**COMMISSION, "mode": "MARGINAL", "tiers": [
        {"from": 0, "to": 1, "price": "0.004"}, {"from": 1, "price": "0.004"},
    ]}  # fmt: skip

    assert str(fee_of(plan(raw), Decimal(2), None)) == "0.01"  # 0.004 twice; each alone would be 0.00


@pytest.mark.parametrize(("raw", "asked", "word"), [
    (TERM, {"days": 31}, "没有 31 天的期限；可选 30、360 天"),
    (TERM, {}, "请给出 1 至"),
    (TERM, {"days": 30, "size": Decimal(1)}, "与资产、次数无关"),
    (ASSETS, {"size": Decimal(1)}, "请给出 1 至"),
    (ASSETS, {"days": 0, "size": Decimal(1)}, "请给出 1 至"),
    (ASSETS, {"days": 3661, "size": Decimal(1)}, "请给出 1 至"),
    (ASSETS, {"days": 30}, "请给出资产（元）"),
    (ASSETS, {"days": 30, "size": Decimal("-0.01")}, "不能为负"),
    (USES, {"size": Decimal("1.5")}, "整数"),
    (USES, {"size": Decimal(0)}, "1 以上"),
    (USES, {"size": Decimal(1), "days": 1}, "与天数无关"),
])  # fmt: skip
def test_what_a_plan_does_not_offer_is_refused_with_the_way_out(raw, asked, word):
    with pytest.raises(PriceAskRefused, match=word):
        price_of(published(raw), DAY, **asked)


def test_above_the_last_bound_there_is_no_price():
    raw = {**ASSETS, "tiers": [{"from": 0, "to": 100, "price": "0.01"}]}

    assert price_of(published(raw), DAY, days=365, size=Decimal("99.99")).amount == Decimal("1.00")
    with pytest.raises(PriceAskRefused, match="只适用于不满 100"):
        price_of(published(raw), DAY, days=365, size=Decimal(100))


@pytest.mark.parametrize(("day", "sold"), [
    (date(2026, 1, 4), False), (date(2026, 1, 5), True), (date(2026, 3, 31), True), (date(2026, 4, 1), False),
])  # fmt: skip
def test_a_version_is_sold_on_its_first_and_its_last_day(day, sold):
    made = published(TERM, valid_to="2026-03-31")
    if sold:
        assert price_of(made, day, days=30).day == day
    else:
        with pytest.raises(NotForSale, match="2026-01-05 至 2026-03-31"):
            price_of(made, day, days=30)


TIERS = [  # tiers, what is said
    ([{"from": 1, "price": "0.1"}], "0 以上、不满 1 没有价格"),
    ([{"from": 0, "to": 5, "price": "0.1"}, {"from": 6, "price": "0.1"}], "5 以上、不满 6 没有价格"),
    ([{"from": 0, "to": 5, "price": "0.1"}, {"from": 4, "price": "0.1"}], "4 以上、不满 5 与上一档重叠"),
    ([{"from": 0, "to": 0, "price": "0.1"}], "上限 0 应大于下限 0"),
    ([{"from": 0, "price": "0.1"}, {"from": 9, "price": "0.1"}], "没有价格|没有上限"),
    ([], "须写 tiers"),
]


@pytest.mark.parametrize(("tiers", "word"), TIERS)
def test_gaps_and_overlaps_of_tiers_are_named(tiers, word):
    with pytest.raises(TiersRefused, match=word):
        check_plan(ProductKind.ADVICE, plan(ASSETS, tiers=tiers))


@pytest.mark.parametrize(("raw", "instead", "word"), [
    (TERM, {"terms": []}, "须写 terms"),
    (TERM, {"terms": [{"days": 30, "price": 1}, {"days": 30, "price": 2}]}, "各不相同"),
    (TERM, {"terms": [{"days": 60, "price": 1}, {"days": 30, "price": 2}]}, "由短到长"),
    (TERM, {"valid_to": "2026-01-04"}, "早于生效日"),
    (TERM, {"least": 5, "most": 4}, "高于最高收费"),
    (USES, {"tiers": [{"from": 0, "to": "2.5", "price": 1}, {"from": "2.5", "price": 1}]}, "整数"),
])  # fmt: skip
def test_a_plan_that_cannot_be_is_refused(raw, instead, word):
    with pytest.raises(TiersRefused, match=word):
        check_plan(ProductKind.ADVICE, plan(raw, **instead))


def test_a_kind_is_charged_on_its_own_bases_alone():
    check_plan(ProductKind.ADVICE, plan(ASSETS))
    with pytest.raises(TiersRefused, match="融资融券业务不能按资产规模收费"):
        check_plan(ProductKind.MARGIN, plan(ASSETS))


def test_a_claim_that_does_not_hold_is_refused_with_both_figures():
    check_plan(ProductKind.ADVICE, plan(MARGINAL, monotone=True))
    with pytest.raises(TiersRefused, match=r"500000 时 1750.00 元低于 499999.99 时 2500.00 元"):
        check_plan(ProductKind.ADVICE, plan(ASSETS, monotone=True))
    with pytest.raises(TiersRefused, match="360 天 90 元低于 30 天 99 元"):
        check_plan(ProductKind.ADVICE, plan(TERM, monotone=True, terms=[
            {"days": 30, "price": 99}, {"days": 360, "price": 90},
        ]))  # fmt: skip


SIZES = st.decimals(0, 2_000_000, places=2)
RATES = st.lists(st.decimals(0, "0.02", places=6), min_size=1, max_size=4)
BOUNDS = st.lists(st.integers(1, 1_900_000), min_size=3, max_size=3, unique=True).map(sorted)


@given(bounds=BOUNDS, rates=RATES, one=SIZES, other=SIZES, mode=st.sampled_from(["WHOLE", "MARGINAL"]))
def test_what_passes_as_monotone_is_monotone(bounds, rates, one, other, mode):
    ends = [*bounds[: len(rates) - 1], None]
    tiers = [
        {"from": start, "to": end, "price": rate}
        for start, end, rate in zip([0, *bounds], ends, rates, strict=False)
    ]
    made = plan(ASSETS, tiers=tiers, mode=mode, monotone=True)
    try:
        check_plan(ProductKind.ADVICE, made)
    except TiersRefused:
        assume(False)
    small, large = sorted((one, other))

    assert fee_of(made, small, 365) <= fee_of(made, large, 365)


@given(size=SIZES, days=st.integers(1, 3660))
def test_progressive_never_costs_more_than_the_dearest_tier_for_all(size, days):
    dearest = plan(ASSETS, tiers=[{"from": 0, "price": "0.005"}])

    assert fee_of(plan(MARGINAL), size, days) <= fee_of(dearest, size, days)
