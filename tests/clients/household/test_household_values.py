"""Present values: the oracles to the cent, and the laws of human capital."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clients.household.values import (
    anniversary,
    growing_annuity,
    human_capital,
    once,
    stream,
    together,
    years_between,
)

RATES = st.floats(-0.05, 0.25).map(lambda rate: round(rate, 6))
YEARS = st.integers(0, 60)
SLACK = 1e-9


def test_human_capital_oracle():
    """domain facts 7.10: Y=200,000, g=3%, r=5%, n=30"""
    assert round(human_capital(200_000, growth=0.03, discount=0.05, years=30), 2) == 4_383_862.02


def test_retirement_spending_oracle():
    """domain facts 7.10: 100,000 today, g=3%, 20 payments from year 31, r=5%"""
    worth = growing_annuity(100_000, growth=0.03, discount=0.05, payments=20, deferred=30)

    assert round(worth, 2) == 896_604.27


def test_flows_give_the_same_oracles():
    assert round(stream(200_000, 0.03, 0, 30).worth(0.05), 2) == 4_383_862.02
    assert round(stream(100_000, 0.03, 30, 50).worth(0.05), 2) == 896_604.27


def test_equal_rates_have_their_own_formula():
    """domain facts 7.10: nY/(1+r) where r = g"""
    assert human_capital(100_000, growth=0.04, discount=0.04, years=25) == pytest.approx(25 * 100_000 / 1.04, rel=1e-14)


@given(rate=RATES, gap=st.floats(-1e-7, 1e-7), years=YEARS)
def test_near_equal_rates_lie_near_equal_rates(rate, gap, years):
    near = human_capital(1.0, growth=rate + gap, discount=rate, years=years)

    assert near == pytest.approx(years / (1 + rate), rel=1e-5)


@given(growth=RATES, discount=RATES, higher=st.floats(1e-4, 0.1), years=YEARS)
def test_human_capital_falls_in_the_discount_rate(growth, discount, higher, years):
    low = human_capital(1.0, growth=growth, discount=discount, years=years)
    high = human_capital(1.0, growth=growth, discount=discount + higher, years=years)

    assert high <= low
    assert high < low or years == 0


@given(growth=RATES, discount=RATES, higher=st.floats(1e-4, 0.1), years=YEARS)
def test_human_capital_rises_in_growth(growth, discount, higher, years):
    low = human_capital(1.0, growth=growth, discount=discount, years=years)
    high = human_capital(1.0, growth=growth + higher, discount=discount, years=years)

    assert high >= low * (1 - SLACK)
    assert high > low or years <= 1


@given(growth=RATES, discount=RATES, years=YEARS)
def test_human_capital_rises_in_years_by_one_payment(growth, discount, years):
    fewer = human_capital(1.0, growth=growth, discount=discount, years=years)
    more = human_capital(1.0, growth=growth, discount=discount, years=years + 1)
    payment = (1 + growth) ** years / (1 + discount) ** (years + 1)

    assert more > fewer
    assert more - fewer == pytest.approx(payment, rel=1e-6, abs=1e-9)


@given(amount=st.floats(1, 1e7), growth=RATES, discount=RATES, payments=st.integers(1, 50), deferred=st.integers(0, 40))
def test_a_stream_of_whole_years_is_the_growing_annuity(amount, growth, discount, payments, deferred):
    closed = growing_annuity(amount, growth=growth, discount=discount, payments=payments, deferred=deferred)

    assert stream(amount, growth, deferred, deferred + payments).worth(discount) == pytest.approx(closed, rel=1e-9)


@given(start=st.floats(0, 30), length=st.floats(0, 30), cut=st.floats(0, 1), discount=RATES)
def test_a_stream_cut_in_two_is_worth_the_same(start, length, cut, discount):
    middle = start + length * cut
    end = start + length
    whole = stream(1_000, 0.02, start, end).worth(discount)
    parts = stream(1_000, 0.02, start, middle).worth(discount) + stream(1_000, 0.02, middle, end).worth(discount)

    assert parts == pytest.approx(whole, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(
    ("start", "end"), [(-5.0, 0.0), (-5.0, -1.0), (3.0, 3.0), (4.0, 3.0)], ids=["past", "over", "no time", "backwards"]
)
def test_a_stream_that_is_over_pays_nothing(start, end):
    assert stream(1_000, 0.02, start, end).worth(0.04) == 0.0


def test_what_is_due_already_is_due_today():
    assert once(1_000, 0.03, -2.0).worth(0.05) == 1_000


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        (date(2026, 6, 1), date(2056, 6, 1), 30.0),
        (date(2026, 6, 1), date(2026, 6, 1), 0.0),
        (date(2024, 2, 29), date(2025, 3, 1), 1.0),
        (date(2025, 1, 1), date(2026, 7, 2), 1 + 182 / 365),
        (date(2026, 6, 1), date(2025, 6, 1), -1.0),
    ],
)  # fmt: skip
def test_years_between_days(first, last, years):
    assert years_between(first, last) == pytest.approx(years)


@given(first=st.dates(date(1950, 1, 1), date(2100, 1, 1)), years=st.integers(0, 90))
def test_an_anniversary_is_whole_years_away(first, years):
    assert years_between(first, anniversary(first, years)) == years


@given(days=st.lists(st.dates(date(1990, 1, 1), date(2090, 1, 1)), min_size=3, max_size=3).map(sorted))
def test_a_later_day_is_more_years_away(days):
    assume(days[1] < days[2])

    assert years_between(days[0], days[1]) < years_between(days[0], days[2])


@pytest.mark.parametrize(("growth", "discount", "payments"), [(-1.0, 0.04, 3), (0.02, -1.0, 3), (0.02, 0.04, -1)])
def test_impossible_rates_are_refused(growth, discount, payments):
    with pytest.raises(ValueError, match="above -1"):
        growing_annuity(1, growth=growth, discount=discount, payments=payments)


def test_nothing_together_is_worth_nothing():
    assert together([]).worth(0.04) == 0.0
