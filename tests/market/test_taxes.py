"""Dividend tax by holding period, on, just before and just after each boundary."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.rulebook import NotInForce
from market.taxes import dividend_is_taxed, dividend_tax_rate, dividend_tax_rates
from market.types import InstrumentKind, Venue

OFFICIAL = "worked example of the Ministry of Finance, 2012: bought 24 May, sold by 24 June is one month"
CASES = [  # acquired, sold, rate, source
    ("2016-05-24", "2016-05-25", "0.20", "one day"),
    ("2016-05-24", "2016-06-23", "0.20", OFFICIAL),
    ("2016-05-24", "2016-06-24", "0.20", OFFICIAL + " (含)"),
    ("2016-05-24", "2016-06-25", "0.10", OFFICIAL + ", the day after is more"),
    ("2016-05-24", "2017-05-23", "0.10", "just inside the year"),
    ("2016-05-24", "2017-05-24", "0.10", "一年以内（含一年）"),
    ("2016-05-24", "2017-05-25", "0", "more than a year: exempt since 2015-09-08"),
    ("2023-01-31", "2023-02-28", "0.20", "February has no 31st: the month ends with its last day"),
    ("2023-01-31", "2023-03-01", "0.20", "the day before the sale is 28 February: exactly one month"),
    ("2023-01-31", "2023-03-02", "0.10", "one day more"),
    ("2024-01-30", "2024-03-01", "0.20", "leap year: the month ends on 29 February"),
    ("2024-01-30", "2024-03-02", "0.10", "one day more"),
    ("2024-02-29", "2025-03-01", "0.10", "a year from 29 February ends with February"),
    ("2024-02-29", "2025-03-02", "0", "one day more"),
    ("2014-05-12", "2015-09-07", "0.05", "财税〔2012〕85号: over a year 5% until 2015-09-07"),
    ("2014-05-12", "2015-09-08", "0", "财税〔2015〕101号: exempt from this day"),
    ("2012-12-03", "2012-12-31", "0.10", "flat 10% before 2013"),
    ("2012-12-31", "2013-01-01", "0.20", "差别化 from 2013-01-01"),
]


@pytest.mark.parametrize(("acquired", "sold", "expected", "source"), CASES)
def test_rate(acquired, sold, expected, source):
    bought, gone = date.fromisoformat(acquired), date.fromisoformat(sold)

    assert Decimal(expected) == dividend_tax_rate(bought, gone), source


def test_the_record_day_picks_the_law():
    bought, recorded, sold = date(2014, 5, 12), date(2015, 6, 1), date(2016, 1, 4)

    assert Decimal("0.05") == dividend_tax_rate(bought, sold, recorded)
    assert Decimal("0") == dividend_tax_rate(bought, sold)


def test_the_array_gives_what_the_single_sale_gives():
    days = [(date.fromisoformat(a), date.fromisoformat(s)) for a, s, _, _ in CASES]
    acquired = np.array([a.toordinal() for a, _ in days])
    sold = np.array([s.toordinal() for _, s in days])

    assert [float(dividend_tax_rate(a, s)) for a, s in days] == list(dividend_tax_rates(acquired, sold))


def test_an_empty_array_has_no_rates():
    assert len(dividend_tax_rates(np.array([], dtype=np.int64), np.array([], dtype=np.int64))) == 0


@given(
    acquired=st.dates(date(2016, 1, 1), date(2030, 1, 1)), held=st.integers(0, 800), longer=st.integers(0, 60)
)
def test_holding_longer_never_costs_more(acquired, held, longer):
    sooner = dividend_tax_rate(acquired, acquired + timedelta(days=held))
    later = dividend_tax_rate(acquired, acquired + timedelta(days=held + longer))

    assert later <= sooner


@given(acquired=st.dates(date(2016, 1, 1), date(2030, 1, 1)))
def test_a_month_is_28_to_31_days_and_a_year_365_or_366(acquired):
    held = np.arange(400)
    rates = dividend_tax_rates(np.full(400, acquired.toordinal()), acquired.toordinal() + held)

    assert 28 <= held[rates == 0.2].max() <= 31
    assert 365 <= held[rates == 0.1].max() <= 366


def test_a_sale_before_the_purchase_is_refused():
    with pytest.raises(ValueError, match="before they were acquired"):
        dividend_tax_rate(date(2024, 1, 3), date(2024, 1, 2))


def test_a_day_before_the_first_rule_is_refused():
    with pytest.raises(NotInForce):
        dividend_tax_rate(date(2004, 1, 5), date(2004, 2, 5))
    with pytest.raises(NotInForce):
        dividend_tax_rates(np.array([date(2004, 1, 5).toordinal()]), np.array([date(2004, 2, 5).toordinal()]))


@pytest.mark.parametrize(("venue", "kind", "taxed"), [
    (Venue.XSHG, InstrumentKind.STOCK, True),
    (Venue.BJSE, InstrumentKind.STOCK, True),
    (Venue.XSHE, InstrumentKind.ETF, False),
    (Venue.XMIL, InstrumentKind.STOCK, False),
])
def test_what_the_tax_falls_on(venue, kind, taxed):
    assert taxed == dividend_is_taxed(venue, kind)
