"""What clients are worth day by day: averages over calendar days, growth, returns, outflow; a part is not enough."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.grading.features import FEATURES
from clients.totals.types import Totals, calendar_sum, calendar_total
from clients.types import CashKind
from diagnosis.client_days import ClientDays, client_days, nothing_known
from diagnosis.day_totals import day_features, day_totals
from diagnosis.replay import replay
from market.types import InstrumentKind
from tests.diagnosis.ledgers import Book, account, day, grid, stock

DAY = date(2026, 6, 30)


def days_of(assets, *, inflow=None, outflow=None, cash=None, last=DAY, step=1):
    """One client with these assets on days that end at `last`, `step` days apart."""
    row = np.array([assets], dtype=np.float64)
    points = np.array([last.toordinal() - step * back for back in range(len(assets) - 1, -1, -1)])
    none = np.zeros_like(row)
    return ClientDays(
        points, row, none if cash is None else np.array([cash], dtype=np.float64), none,
        none if inflow is None else np.array([inflow], dtype=np.float64),
        none if outflow is None else np.array([outflow], dtype=np.float64),
        none + 7.0, none + 8.0, np.zeros(row.shape, dtype=np.bool_), np.array([True]),
    )  # fmt: skip


def found(days, name, turnover=0.0, on=DAY):
    return day_features(totals(days), on, np.array([turnover]))[name].tolist()[0]


def totals(days):
    return Totals(days.points, day_totals(days, days.points), len(days.whole))


def test_a_quarter_counts_every_calendar_day_and_nothing_before_the_first_point():
    """1 April to 30 June: 91 days. 91 yuan since 29 June make 2 days of them; 9 April 7 yuan make the rest of them."""
    days = days_of([91.0], last=date(2026, 6, 29))
    early = days_of([0.0, 182.0], last=DAY, step=100)  # a point long before the quarter stands until the next

    assert found(days, "assets_quarter") == 2.0
    assert found(early, "assets_quarter") == 2.0
    assert found(days_of([182.0, 0.0], last=DAY, step=100), "assets_quarter") == 180.0


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60), st.integers(0, 2_000), st.integers(1, 400))
def test_points_stand_for_each_day_of_a_span_from_the_first_point_on(gaps, first, length):
    points = np.cumsum(np.array(gaps, dtype=np.int64))

    one = np.ones((1, len(points)), dtype=np.int64)
    told = Totals(points, {"v": one, "v_days": calendar_total(points, one)}, 1)
    counted = calendar_sum(told, "v", "v_days", first + length - 1) - calendar_sum(told, "v", "v_days", first - 1)

    assert counted.tolist() == [max(0, first + length - max(first, int(points[0])))]


def test_a_mean_never_rises_over_a_bound_by_rounding():
    """A quarter at 100000 with one day a millionth less lies just under 100000, and stays there."""
    short = days_of([100_000.0] * 90 + [99_999.999999])

    assert found(short, "assets_quarter") == 99_999.999999
    assert found(short, "assets_sessions_20") == 99_999.999999
    assert found(days_of([100_000.0] * 91), "assets_quarter") == 100_000


def test_outflow_against_the_peak_of_ninety_days():
    base = [1_000.0] * 90
    out = [0.0] * 90
    out[-1], base[-1] = 800.0, 200.0
    before = days_of([5_000.0, *base], outflow=[4_000.0, *out])  # what lies before the ninety days is not looked at

    assert found(days_of(base, outflow=out), "outflow_share_90") == found(before, "outflow_share_90") == 0.8
    assert found(days_of(base, inflow=out), "outflow_share_90") == 0.0
    assert found(before, "assets_peak_90") == 1_000.0


def test_growth_is_of_twenty_sessions_against_those_of_a_year_before():
    long = [2_000.0] * 21 + [9.0] * 344 + [3_000.0] * 20

    assert found(days_of(long), "assets_growth_year") == 0.5
    assert np.isnan(found(days_of([999.0] * 21 + long[21:]), "assets_growth_year"))  # too little a year ago
    assert np.isnan(found(days_of(long[30:]), "assets_growth_year"))  # no year to look back on


def test_return_leaves_out_what_the_client_brought_and_took():
    days = days_of([100.0, 220.0, 121.0], inflow=[100.0, 100.0, 0.0], outflow=[0.0, 0.0, 121.0])

    assert found(days, "return_year") == pytest.approx(1.0 * 1.1 * 1.1 - 1)
    assert np.isnan(found(days_of([0.0, 0.0]), "return_year"))


def test_turnover_is_of_the_mean_assets():
    assert found(days_of([50.0, 150.0]), "turnover_rate_year", turnover=600.0) == 6.0
    assert np.isnan(found(days_of([0.0]), "turnover_rate_year", turnover=600.0))


@pytest.mark.parametrize(("old", "known"), [(0, True), (14, True), (15, False)])
def test_clients_whose_last_price_is_old_are_unknown(old, known):
    days = days_of([100.0] * 30, last=DAY - timedelta(days=old))

    assert np.isfinite(found(days, "assets")) == known
    assert np.isfinite(found(days, "outflow_share_90")) == known


def test_nobody_known_has_no_value_but_every_name():
    told = day_features(totals(nothing_known(2)), DAY, np.zeros(2))

    assert all(np.isnan(column).all() for column in told.values())
    assert set(told) == {name for name, one in FEATURES.items() if one.owner == "diagnosis"}


def replayed(book, prices):
    return replay(book.ledger(), prices, ())


def test_accounts_add_up_by_kind_and_own_transfers_cancel():
    """Two accounts of one client: stock, fund and treasury; 300 go from one account to the other."""
    securities = [
        stock("600000.SH"), stock("000001.OF", kind=InstrumentKind.FUND),
        stock("019547.SH", kind=InstrumentKind.BOND, name="16国债19"), stock("122000.SH", kind=InstrumentKind.BOND),
    ]  # fmt: skip
    prices = grid([[10.0, 2.0, 100.0, 50.0]] * 4, securities)
    book = Book(accounts=[account(0), account(1)], securities=4)
    book.flow(CashKind.DEPOSIT, day(0), 10_000).flow(CashKind.TRANSFER_OUT, day(2), -300)
    book.flow(CashKind.TRANSFER_IN, day(2), 300, a=1)
    for place, shares in enumerate((100, 200, 3, 4)):
        book.buy(day(1), shares, prices.close[0, place], of=place)

    days = client_days(replayed(book, prices), np.array([0, 0]), 1, day(3))

    assert days.assets[0].tolist() == [10_000.0] * 4
    assert (days.funds[0, -1], days.bonds[0, -1], days.cash[0, -1]) == (400.0, 300.0, 10_000 - 1_900)
    assert (days.inflow[0].sum(), days.outflow[0].sum()) == (10_000.0, 0.0)
    assert days.known.tolist() == [True]


@pytest.mark.parametrize("fault", ["no cash statement", "foreign money", "no price"])
def test_a_client_of_whom_a_part_is_not_known_is_unknown_whole(fault):
    prices = grid([[10.0], [np.nan if fault == "no price" else 11.0]])
    if fault == "no price":
        prices = replace(prices, close=np.full((2, 1), np.nan))
    bad = account(1, cash=fault != "no cash statement", currency="HKD" if fault == "foreign money" else "CNY")
    book = Book(accounts=[account(0), bad, account(2)])
    for a in range(3):
        if a != 1 or fault != "no cash statement":
            book.flow(CashKind.DEPOSIT, day(0), 5_000, a=a)
    book.buy(day(1), 10, 10, a=1)

    days = client_days(replayed(book, prices), np.array([0, 0, 1]), 2, day(1))

    assert days.known.tolist() == [False, True]
