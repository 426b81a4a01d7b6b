"""The market as read: grids on trading days, events on ex-days, benchmarks with and without overlap."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

import numpy as np
import pytest

from market import repository
from market.repository import MarketRepository, NoSuchBenchmark
from market.tables import (
    ActionRow,
    BenchmarkCloseRow,
    BenchmarkRow,
    BenchmarkWeightRow,
    DailyPriceRow,
    InstrumentRow,
    QuoteRow,
)
from market.types import ActionKind, InstrumentKind, Venue

NAN = float("nan")
VERSION = (f"test {number}" for number in count())


@pytest.fixture(params=["read each time", "kept"])
def market(session, request):
    """Read anew and kept between calls: both must say the same."""
    repository._PATHS.clear()
    return MarketRepository(session, next(VERSION) if request.param == "kept" else None)


def stock(session, code="600001.SH", venue="XSHG", industry="银行", board="MAIN"):
    row = InstrumentRow(
        code=code, name=code, kind="STOCK", venue=venue, board=board, industry=industry, currency="CNY"
    )
    session.add(row)
    session.flush()
    return row.id


def prices(session, number, **closes):
    for day, close in closes.items():
        on = date.fromisoformat(day[1:].replace("_", "-"))
        price = Decimal(str(close))
        session.add(DailyPriceRow(
            instrument_id=number, day=on, close=price, high=price + 1, low=price - 1, volume=Decimal(1000)
        ))
    session.flush()


def action(session, number, ex_date, kind, value):
    session.add(ActionRow(
        instrument_id=number, ex_date=date.fromisoformat(ex_date), kind=kind, value=Decimal(value)
    ))
    session.flush()


def days(grid):
    return [date.fromordinal(int(point)).isoformat() for point in grid.points]


def test_instruments_by_code_and_by_id(session, market):
    one = stock(session)

    assert market.instrument_ids(["600001.SH", "000001.SZ"]) == {"600001.SH": one}
    found = market.instruments([one, 999])
    assert list(found) == [one]
    assert (found[one].kind, found[one].venue) == (InstrumentKind.STOCK, Venue.XSHG)


def test_a_daily_grid_has_the_trading_days_and_the_prices_in_the_order_asked(session, market):
    one, two = stock(session), stock(session, "000001.SZ", "XSHE")
    prices(session, one, d2024_09_30=10.123456, d2024_10_08=11)
    prices(session, two, d2024_10_08=20)
    grid = market.daily_grid([two, one], date(2024, 9, 30), date(2024, 10, 8))

    assert days(grid) == ["2024-09-30", "2024-10-08"]
    np.testing.assert_array_equal(grid.close, [[NAN, 10.123456], [20, 11]])
    np.testing.assert_array_equal(grid.high, [[NAN, 11.123456], [21, 12]])
    np.testing.assert_array_equal(grid.low, [[NAN, 9.123456], [19, 10]])
    np.testing.assert_array_equal(grid.volume, [[NAN, 1000], [1000, 1000]])
    assert [one.code for one in grid.securities] == ["000001.SZ", "600001.SH"]


def test_lookback_adds_trading_days_before_the_period(session, market):
    one = stock(session)
    prices(session, one, d2024_09_30=10)

    grid = market.daily_grid([one], date(2024, 10, 8), date(2024, 10, 9), lookback=2)

    assert days(grid) == ["2024-09-27", "2024-09-30", "2024-10-08", "2024-10-09"]
    assert grid.close[1, 0] == 10


def test_two_venues_share_the_days_of_both(session, market):
    ids = [stock(session), stock(session, "00700.HK", "XHKG", board="HK")]

    assert "2024-10-02" in days(market.daily_grid(ids, date(2024, 10, 1), date(2024, 10, 8)))


@pytest.mark.parametrize("ids", [[], None])
def test_empty_periods_and_empty_lists_are_grids_too(session, market, ids):
    asked = [stock(session)] if ids is None else ids
    holiday = market.daily_grid(asked, date(2024, 10, 1), date(2024, 10, 7))

    assert holiday.close.shape == (0, len(asked))
    assert market.daily_grid([], date(2024, 10, 8), date(2024, 10, 9)).close.shape == (2, 0)


def test_a_price_on_a_day_that_never_was_is_left_out_and_told(session, market):
    one, two = stock(session), stock(session, "600002.SH")
    prices(session, one, d2017_05_26=10, d2017_05_30=11, d2017_05_31=12)
    grid = market.daily_grid([one, two], date(2017, 5, 26), date(2017, 5, 31))

    assert days(grid) == ["2017-05-26", "2017-05-31"]
    np.testing.assert_array_equal(grid.close[:, 0], [10, 12])
    assert market.prices_off_session([one, two], date(2017, 5, 1), date(2017, 6, 1)) == {
        one: (date(2017, 5, 30),)
    }


EVENTS = [  # ex-date, kind, value, dividend and ratio on 2024-09-27, 09-30, 10-08; why
    ("2024-09-30", "CASH_DIVIDEND", "0.5", [0, 0.5, 0], [1, 1, 1], "on its day"),
    ("2024-10-02", "CASH_DIVIDEND", "0.5", [0, 0, 0.5], [1, 1, 1], "a holiday: the next trading day"),
    ("2024-09-30", "BONUS", "0.3", [0, 0, 0], [1, 1.3, 1], "a bonus of 0.3 is 1.3"),
    ("2024-10-08", "SPLIT", "2", [0, 0, 0], [1, 1, 2], "a split"),
    ("2024-09-30", "RIGHTS", "0.3", [0, 0, 0], [1, 1, 1], "rights are not in the ratio"),
    ("2024-09-26", "CASH_DIVIDEND", "0.5", [0, 0, 0], [1, 1, 1], "the day before the period"),
    ("2024-10-09", "CASH_DIVIDEND", "0.5", [0, 0, 0], [1, 1, 1], "the day after the period"),
]


@pytest.mark.parametrize(("ex_date", "kind", "value", "dividend", "ratio", "why"), EVENTS)
def test_events_act_on_their_ex_day(session, market, ex_date, kind, value, dividend, ratio, why):
    one = stock(session)
    action(session, one, ex_date, kind, value)
    grid = market.daily_grid([one], date(2024, 9, 27), date(2024, 10, 8))

    assert (list(grid.dividend[:, 0]), list(grid.ratio[:, 0])) == (dividend, ratio), why


def test_a_holiday_ex_date_before_the_period_acts_on_its_first_day(session, market):
    one = stock(session)
    action(session, one, "2024-10-01", "CASH_DIVIDEND", "0.5")

    assert market.daily_grid([one], date(2024, 10, 8), date(2024, 10, 8)).dividend[0, 0] == 0.5


def test_bonus_and_split_on_one_day_multiply_and_cash_stands_beside(session, market):
    one = stock(session)
    for kind, value in (("BONUS", "0.5"), ("SPLIT", "2"), ("CASH_DIVIDEND", "0.1")):
        action(session, one, "2024-09-30", kind, value)
    grid = market.daily_grid([one], date(2024, 9, 30), date(2024, 9, 30))

    assert (grid.ratio[0, 0], grid.dividend[0, 0]) == (3.0, 0.1)


def test_actions_name_the_place_in_the_ids_asked(session, market):
    one, two = stock(session), stock(session, "600002.SH")
    action(session, two, "2024-09-30", "BONUS", "0.3")
    action(session, one, "2024-10-01", "CASH_DIVIDEND", "0.123456")

    found = market.actions([one, two], date(2024, 9, 30), date(2024, 10, 1))

    assert [(a.security, a.kind, a.value) for a in found] == [
        (1, ActionKind.BONUS, Decimal("0.3")), (0, ActionKind.CASH_DIVIDEND, Decimal("0.123456")),
    ]
    assert market.actions([one], date(2024, 9, 30), date(2024, 9, 30)) == ()


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_mark_grid_has_a_point_for_every_moment_with_a_quote(session, market):
    one, two = stock(session, "3NGL.MI", "XMIL"), stock(session, "ENEL.MI", "XMIL")
    first, second = moment("2017-10-25T14:16:00"), moment("2017-10-26T17:35:00")
    for number, at, price in ((one, first, "0.254"), (one, second, "0.2485"), (two, second, "5.2")):
        session.add(QuoteRow(instrument_id=number, at=at, price=Decimal(price)))
    session.flush()
    grid = market.mark_grid([one, two])

    assert list(grid.points) == [int(first.timestamp()), int(second.timestamp())]
    np.testing.assert_array_equal(grid.close, [[0.254, NAN], [0.2485, 5.2]])
    assert (grid.granularity, grid.high, grid.low) == ("MARK", None, None)


def test_a_mark_grid_on_given_moments_takes_a_price_at_its_own_moment_only(session, market):
    one = stock(session, "3NGL.MI", "XMIL")
    at = moment("2017-10-25T14:16:00")
    session.add(QuoteRow(instrument_id=one, at=at, price=Decimal("0.254")))
    session.flush()
    grid = market.mark_grid([one], np.array([int(at.timestamp()) - 1, int(at.timestamp())]))

    np.testing.assert_array_equal(grid.close, [[NAN], [0.254]])
    assert market.mark_grid([]).close.shape == (0, 0)


def test_a_split_acts_at_the_first_moment_of_its_day_on_the_venues_clock(session, market):
    one = stock(session, "3NGL.MI", "XMIL")
    action(session, one, "2017-10-26", "SPLIT", "2")
    # midnight of 26 October in Milan is 22:00 UTC of the day before
    moments = [moment(f"2017-10-25T{hour}") for hour in ("21:00:00", "21:59:59", "22:00:00", "23:00:00")]
    grid = market.mark_grid([one], np.array([int(at.timestamp()) for at in moments]))

    assert list(grid.ratio[:, 0]) == [1, 1, 2, 1]


def benchmark(session, closes=(), weights=()):
    row = BenchmarkRow(code="DEMO", name="样本组合", composition="样本股票按权重组合")
    session.add(row)
    session.flush()
    session.add_all(
        BenchmarkCloseRow(benchmark_id=row.id, day=date.fromisoformat(day), close=Decimal(close))
        for day, close in closes
    )
    session.add_all(
        BenchmarkWeightRow(
            benchmark_id=row.id, day=date.fromisoformat(day), instrument_id=number, weight=Decimal(weight)
        )
        for day, number, weight in weights
    )
    session.flush()


def test_a_benchmark_of_closes_has_no_industries(session, market):
    benchmark(session, closes=[("2024-09-27", "100"), ("2024-09-30", "110"), ("2024-10-08", "99")])
    grid = market.daily_grid([], date(2024, 9, 27), date(2024, 10, 9))
    found = market.benchmark("DEMO", grid)

    np.testing.assert_allclose(found.returns, [0, 0.1, -0.1, NAN])
    assert (found.industries, found.weight, found.composition) == ((), None, "样本股票按权重组合")


def composite_market(session):
    one, two = stock(session), stock(session, "600002.SH", industry="医药")
    prices(session, one, d2024_09_27=10, d2024_09_30=11, d2024_10_08=11, d2024_10_09=11)
    prices(session, two, d2024_09_27=20, d2024_09_30=20, d2024_10_08=10, d2024_10_09=10)
    action(session, two, "2024-10-08", "BONUS", "1")
    halves = [("2024-09-30", one, "0.5"), ("2024-09-30", two, "0.5")]
    benchmark(session, weights=[*halves, ("2024-10-01", one, "1")])
    return one, two


def test_a_composite_is_computed_from_its_members_with_weights_on_holidays_moved_on(session, market):
    composite_market(session)
    found = market.benchmark("DEMO", market.daily_grid([], date(2024, 9, 26), date(2024, 10, 10)))

    np.testing.assert_allclose(found.returns, [NAN, NAN, 0.05, 0, 0, NAN])
    assert found.industries == ("医药", "银行")
    np.testing.assert_allclose(found.weight[2:5], [[0.5, 0.5], [0, 1], [0, 1]])
    np.testing.assert_allclose(found.industry_return[2], [0, 0.1])


def test_a_composite_inside_its_life_starts_at_nought_with_drifted_weights(session, market):
    composite_market(session)
    found = market.benchmark("DEMO", market.daily_grid([], date(2024, 10, 8), date(2024, 10, 9)))

    assert (list(found.returns), found.weight.shape) == ([0, 0], (2, 2))


def test_a_composite_on_the_days_of_another_exchange_loses_nothing(session, market):
    composite_market(session)
    hong_kong = stock(session, "00700.HK", "XHKG", board="HK")
    both = market.daily_grid([hong_kong, stock(session, "600003.SH")], date(2024, 9, 27), date(2024, 10, 9))
    found = market.benchmark("DEMO", both)

    assert len(both.points) > 4
    assert np.nanprod(1 + found.returns) == pytest.approx(1.05)


def test_new_prices_make_a_new_composite(session):
    one, two = composite_market(session)
    grid = MarketRepository(session).daily_grid([], date(2024, 9, 26), date(2024, 10, 10))
    before = MarketRepository(session).benchmark("DEMO", grid)
    prices(session, one, d2024_10_10=22)
    prices(session, two, d2024_10_10=10)
    after = MarketRepository(session).benchmark("DEMO", grid)

    assert (np.isnan(before.returns[-1]), after.returns[-1]) == (True, pytest.approx(1.0))


NO_OVERLAP = [
    (date(2024, 11, 1), date(2024, 11, 8), "after it"),
    (date(2024, 9, 2), date(2024, 9, 6), "before it"),
    (date(2024, 10, 1), date(2024, 10, 7), "no trading day at all"),
]


@pytest.mark.parametrize(("first", "last", "why"), NO_OVERLAP)
def test_a_benchmark_without_overlap_is_none_with_a_reason(session, market, first, last, why):
    composite_market(session)
    found, reason = market.benchmark_or_reason("DEMO", market.daily_grid([], first, last))

    assert found is None, why
    assert reason == "基准“样本组合”在所选区间没有数据，不与基准比较"


def test_a_grid_of_moments_has_no_benchmark(session, market):
    composite_market(session)
    found, reason = market.benchmark_or_reason("DEMO", market.mark_grid([]))

    assert found is None
    assert "没有逐日行情" in reason


def test_an_unknown_benchmark_is_refused_with_those_on_file(session, market):
    benchmark(session)
    with pytest.raises(NoSuchBenchmark, match="没有基准 CSI300；已有基准：DEMO"):
        market.benchmark("CSI300", market.daily_grid([], date(2024, 9, 2), date(2024, 9, 6)))

    assert market.benchmark_codes() == {"DEMO": "样本组合"}


def test_the_span_of_prices(session, market):
    one = stock(session)
    assert market.price_span([one]) is None

    prices(session, one, d2024_09_27=10, d2024_10_08=11)
    assert market.price_span([one]) == (date(2024, 9, 27), date(2024, 10, 8))
