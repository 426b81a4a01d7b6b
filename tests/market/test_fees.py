"""Charges by date, venue and kind: on, just before and just after every day on which a rule changed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.money import to_scaled
from kit.rulebook import NotInForce, RuleError, load_rulebook
from market import fees
from market.fees import BUY, KINDS, SELL, UNKNOWN, VENUES, charges, charges_array, commission, fee_differs
from market.types import InstrumentKind, Venue

SH, SZ, BJ = Venue.XSHG, Venue.XSHE, Venue.BJSE
STOCK = InstrumentKind.STOCK
RATE = Decimal("0.00025")
TEN_THOUSAND = Decimal(10000)

STAMP = [  # day, side, stamp duty on 10,000 yuan, source
    ("2007-05-29", BUY, "10.00", "2005: 0.1% both sides, last day"),
    ("2007-05-30", BUY, "30.00", "2007: 0.3% both sides, first day"),
    ("2007-05-31", SELL, "30.00", "2007: the day after"),
    ("2008-04-23", SELL, "30.00", "last day at 0.3%"),
    ("2008-04-24", BUY, "10.00", "2008-04-24: back to 0.1% both sides"),
    ("2008-09-18", BUY, "10.00", "last day on which buyers paid"),
    ("2008-09-19", BUY, "0.00", "2008-09-19: sellers alone"),
    ("2008-09-19", SELL, "10.00", "2008-09-19: 0.1%"),
    ("2023-08-27", SELL, "10.00", "公告2023年第39号: the day before"),
    ("2023-08-28", SELL, "5.00", "公告2023年第39号: halved from this day"),
    ("2023-08-29", SELL, "5.00", "公告2023年第39号: the day after"),
    ("2023-08-28", BUY, "0.00", "buyers pay none"),
]


@pytest.mark.parametrize(("day", "side", "expected", "source"), STAMP)
def test_stamp_duty_by_day(day, side, expected, source):
    on = date.fromisoformat(day)
    found = charges_array(
        np.array([on.toordinal()]), np.array([VENUES.index(SZ)]), np.array([KINDS.index(STOCK)]),
        np.array([side == SELL]), np.array([to_scaled(TEN_THOUSAND)]),
    )

    assert to_scaled(expected) == found.stamp_duty[0], source


TRANSFER = [  # venue, day, shown on the statement for 10,000 yuan, the fee itself, source
    (SH, "2015-07-31", None, None, "Shanghai by face value: turnover does not tell it"),
    (SH, "2015-08-01", "0.20", "0.20", "0.002% of turnover, first day"),
    (SH, "2015-08-02", "0.20", "0.20", "the day after"),
    (SZ, "2015-08-01", "0.00", "0.20", "Shenzhen: inside the commission"),
    (SZ, "2020-06-01", "0.00", "0.20", "statements of 2019 and 2020 show it in Shanghai only"),
    (SH, "2022-04-28", "0.20", "0.20", "last day at 0.002%"),
    (SH, "2022-04-29", "0.10", "0.10", "halved to 0.001%"),
    (SZ, "2022-04-28", "0.00", "0.20", "last day inside the commission"),
    (SZ, "2022-04-29", "0.10", "0.10", "0.001% in both markets"),
    (SZ, "2022-04-30", "0.10", "0.10", "the day after"),
    (BJ, "2021-11-14", None, None, "before the Beijing exchange opened"),
    (BJ, "2021-11-15", "0.25", "0.25", "Beijing 0.025‰"),
    (BJ, "2022-04-28", "0.25", "0.25", "last day at 0.025‰"),
    (BJ, "2022-04-29", "0.10", "0.10", "unified at 0.01‰"),
]


@pytest.mark.parametrize(("venue", "day", "shown", "apart", "source"), TRANSFER)
def test_transfer_fee_by_market_and_year(venue, day, shown, apart, source):
    found = charges_array(
        np.array([date.fromisoformat(day).toordinal()]), np.array([VENUES.index(venue)]),
        np.array([KINDS.index(STOCK)]), np.array([False]), np.array([to_scaled(TEN_THOUSAND)]),
    )

    assert (UNKNOWN if shown is None else to_scaled(shown)) == found.transfer_fee[0], source
    assert (UNKNOWN if apart is None else to_scaled(apart)) == found.transfer_fee_apart[0], source


@pytest.mark.parametrize("kind", [
    InstrumentKind.ETF, InstrumentKind.BOND_ETF, InstrumentKind.LOF, InstrumentKind.FUND, InstrumentKind.BOND,
    InstrumentKind.CONVERTIBLE, InstrumentKind.REPO, InstrumentKind.REIT, InstrumentKind.MONEY_ETF,
])
@pytest.mark.parametrize("venue", [SH, SZ])
def test_funds_and_bonds_pay_neither_duty_nor_transfer_fee(kind, venue):
    found = charges(date(2022, 1, 4), venue, kind, SELL, TEN_THOUSAND, RATE)

    assert (Decimal(0), Decimal(0)) == (found.stamp_duty, found.transfer_fee)


COMMISSION = [  # turnover, rate, agreed minimum, expected, source
    ("19999.99", "0.00025", None, "5.00", "4.9999… is below the minimum of 5 yuan"),
    ("20000", "0.00025", None, "5.00", "exactly the minimum"),
    ("20020", "0.00025", None, "5.01", "5.005, half up"),
    ("1000", "0.00025", "0", "0.25", "agreed without a minimum"),
    ("1000", "0.003", None, "5.00", "at the cap of 0.3%, minimum still holds"),
    ("10000", "0.003", None, "30.00", "at the cap"),
    ("0", "0.00025", None, "0.00", "nothing traded, nothing charged"),
]


@pytest.mark.parametrize(("turnover", "rate", "minimum", "expected", "source"), COMMISSION)
def test_commission(turnover, rate, minimum, expected, source):
    least = None if minimum is None else Decimal(minimum)

    assert Decimal(expected) == commission(date(2024, 1, 2), Decimal(turnover), Decimal(rate), least), source


@pytest.mark.parametrize("rate", ["0.003001", "-0.0001"])
def test_a_commission_rate_outside_the_law_is_refused(rate):
    with pytest.raises(ValueError, match="between 0 and"):
        commission(date(2024, 1, 2), TEN_THOUSAND, Decimal(rate))


@pytest.mark.parametrize(("venue", "kind", "day"), [
    (Venue.XMIL, STOCK, date(2024, 1, 2)),
    (Venue.XHKG, STOCK, date(2024, 1, 2)),
    (SH, InstrumentKind.OTHER, date(2024, 1, 2)),
    (SH, STOCK, date(2015, 7, 31)),
    (SH, STOCK, date(1999, 1, 4)),
])
def test_where_no_rule_is_known_the_single_trade_is_refused_and_the_array_says_unknown(venue, kind, day):
    with pytest.raises(NotInForce):
        charges(day, venue, kind, SELL, TEN_THOUSAND, RATE)
    found = charges_array(
        np.array([day.toordinal()]), np.array([VENUES.index(venue)]), np.array([KINDS.index(kind)]),
        np.array([True]), np.array([to_scaled(TEN_THOUSAND)]),
    )

    assert found.transfer_fee[0] == UNKNOWN


@pytest.mark.parametrize(("side", "turnover"), [("BUYS", "1"), ("SELL", "-0.01")])
def test_a_side_or_turnover_out_of_range_is_refused(side, turnover):
    with pytest.raises(ValueError, match=r"side is|turnover must"):
        charges(date(2024, 1, 2), SH, STOCK, side, Decimal(turnover), RATE)


@given(
    day=st.dates(date(2015, 8, 1), date(2030, 1, 1)),
    venue=st.sampled_from([SH, SZ]),
    kind=st.sampled_from([STOCK, InstrumentKind.ETF, InstrumentKind.CONVERTIBLE]),
    sells=st.booleans(),
    turnover=st.integers(0, 9 * 10**18),
)
def test_one_trade_and_a_book_of_one_agree_to_the_last_fen(day, venue, kind, sells, turnover):
    one = charges(day, venue, kind, SELL if sells else BUY, Decimal(turnover).scaleb(-6), RATE)
    book = charges_array(
        np.array([day.toordinal()]), np.array([VENUES.index(venue)]), np.array([KINDS.index(kind)]),
        np.array([sells]), np.array([turnover]),
    )

    assert (to_scaled(one.stamp_duty), to_scaled(one.transfer_fee)) == (
        book.stamp_duty[0], book.transfer_fee[0]
    )


def test_rounding_is_half_up_at_the_fen():
    # 0.05% of 10 yuan is half a fen
    day = date(2024, 1, 2)
    below, on = (
        charges(day, SZ, STOCK, SELL, Decimal(money), RATE).stamp_duty for money in ("9.99", "10")
    )

    assert (Decimal("0.00"), Decimal("0.01")) == (below, on)


DIFFERENCES = [  # stated, expected, alternative, differs, why
    ("5.00", "5.00", None, False, "equal"),
    ("5.01", "5.00", None, False, "within the allowance of one fen"),
    ("5.02", "5.00", None, True, "just beyond it"),
    ("0.20", "0.00", "0.20", False, "a Shenzhen statement that shows the fee apart is right too"),
    ("0.10", "0.00", "0.20", True, "neither of the two"),
    (None, "5.00", None, False, "the file says nothing"),
    ("5.00", None, None, False, "no rule is known"),
]


@pytest.mark.parametrize(("stated", "expected", "alternative", "differs", "why"), DIFFERENCES)
def test_a_stated_charge_against_the_rule(stated, expected, alternative, differs, why):
    def column(value):
        return np.array([UNKNOWN if value is None else to_scaled(value)])

    other = None if alternative is None else column(alternative)

    assert differs == fee_differs(column(stated), column(expected), other)[0], why


def test_every_rule_names_its_source_and_stays_unconfirmed_until_legal_staff_read_it():
    rules = load_rulebook("market", "fees")

    assert all(rule.source and (not rule.confirmed or "公司" in rule.source) for rule in rules)


def test_two_rules_for_one_pair_are_refused(monkeypatch):
    book = load_rulebook("market", "fees")
    twice = [*book, book["FEE-STAMP"]]
    monkeypatch.setattr(fees, "load_rulebook", lambda *_: twice)

    with pytest.raises(RuleError, match="already speaks"):
        fees._table("FEE-STAMP", lambda _: 0)


@pytest.mark.parametrize("rate", ["0.0000001", "-0.001"])
def test_a_rate_beyond_six_decimals_or_below_zero_is_refused(rate):
    with pytest.raises(RuleError):
        fees.parts_per_million(rate)


def test_the_day_before_a_change_still_has_the_old_rate_for_every_change_on_file():
    for rule in load_rulebook("market", "fees"):
        for (_, old), (since, new) in zip(rule.values, rule.values[1:], strict=False):
            assert (old, new) == (rule.on(since - timedelta(days=1)), rule.on(since)), rule.id
