"""Curves, falls and months of an account."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from diagnosis.measures import metrics_of
from diagnosis.series import drawdowns_of, series_of
from tests.diagnosis.books import benchmark_of, of_returns, traded_book

NAN = float("nan")
STEPS = st.integers(-2000, 2000).map(lambda step: step / 10_000)
RETURNS = arrays(np.float64, st.integers(20, 90), elements=STEPS)


@given(returns=RETURNS)
def test_the_curves_end_where_the_measures_do(returns):
    history = of_returns(returns)

    series, metrics = series_of(history, 0), metrics_of(history)[0]

    assert series.index[-1] - 1 == pytest.approx(metrics["twr"].value, abs=1e-12)
    assert min(series.drawdown) == pytest.approx(metrics["max_drawdown"].value, abs=1e-12)
    assert series.value[-1] - series.invested[-1] == pytest.approx(metrics["profit"].value, abs=1e-9)


@given(returns=RETURNS)
def test_the_deepest_fall_is_the_maximum_drawdown(returns):
    history = of_returns(returns)

    falls = drawdowns_of(history, 0)

    deepest = falls[0].depth if falls else 0.0
    assert deepest == pytest.approx(metrics_of(history)[0]["max_drawdown"].value, abs=1e-12)
    assert [fall.depth for fall in falls] == sorted(fall.depth for fall in falls)


@given(returns=RETURNS)
def test_months_compound_to_the_whole(returns):
    series = series_of(of_returns(returns), 0)

    assert np.prod([1 + r for _, r in series.months]) == pytest.approx(series.index[-1], abs=1e-12)


def test_months_are_calendar_months():
    points = [date(2024, 1, 30).toordinal(), date(2024, 1, 31).toordinal(), date(2024, 2, 1).toordinal()]

    series = series_of(of_returns([0.10, 0.10, -0.20], points=points), 0, benchmark_of([0.0, 0.01, 0.02]))

    assert series.points == ("2024-01-30", "2024-01-31", "2024-02-01")
    assert series.months == (("2024-01", pytest.approx(0.21)), ("2024-02", pytest.approx(-0.20)))
    assert series.benchmark_months == (("2024-01", pytest.approx(0.01)), ("2024-02", pytest.approx(0.02)))
    assert series.benchmark == pytest.approx((1.0, 1.01, 1.0302))


def test_a_fall_has_its_dates():
    days = [date(2024, 1, day).toordinal() for day in (2, 3, 4, 5, 8, 9, 10, 11)]
    history = of_returns([0.1, -0.1, -0.1, 0.1, 0.3, -0.5, 0.2, 0.0], points=days)

    worst, other = drawdowns_of(history, 0)

    assert (worst.peak_on, worst.trough_on, worst.recovered_on) == (date(2024, 1, 8), date(2024, 1, 9), None)
    assert worst.depth == pytest.approx(-0.5)
    assert (worst.days_to_trough, worst.days_to_recover) == (1, None)
    assert (other.peak_on, other.trough_on, other.recovered_on) == (
        date(2024, 1, 2), date(2024, 1, 4), date(2024, 1, 8),
    )  # fmt: skip
    assert other.depth == pytest.approx(-0.19)
    assert (other.days_to_trough, other.days_to_recover) == (2, 4)


def test_small_falls_can_be_left_out():
    history = of_returns([0.1, -0.01, 0.1, -0.2, 0.5])

    assert [fall.depth for fall in drawdowns_of(history, 0, least=0.05)] == [pytest.approx(-0.2)]


def test_a_fall_from_the_first_day_on_starts_there():
    (fall,) = drawdowns_of(of_returns([-0.1, -0.1, 0.0]), 0)

    assert fall.depth == pytest.approx(-0.19)
    assert fall.peak_on == date(2023, 1, 2)


def test_only_the_window_of_the_account_is_shown():
    series = series_of(of_returns([NAN, 0.01, 0.02, NAN]), 0, benchmark_of([0.0, 0.5, 0.0, 0.5]))

    assert len(series.points) == len(series.index) == len(series.benchmark) == len(series.value) == 2
    assert series.benchmark == (1.5, 1.5)


def test_position_is_securities_over_value_and_needs_a_statement():
    history, _ = traded_book(3, accounts=1)

    with_cash = series_of(history, 0)
    without = series_of(replace(history, has_cash=np.zeros(1, dtype=bool)), 0)

    expected = ((history.value - history.cash) / history.value)[0]
    assert with_cash.position == pytest.approx(tuple(expected))
    assert without.position == ()


def test_an_empty_account_has_empty_curves():
    history = of_returns(np.full(5, NAN))

    series = series_of(history, 0, benchmark_of(np.zeros(5)))

    assert series.points == series.index == series.benchmark == series.months == ()
    assert drawdowns_of(history, 0) == ()


def marks(*moments):
    return [int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) for moment in moments]


def test_marks_are_moments_and_give_no_fall():
    points = marks("2024-01-02T02:00", "2024-01-03T03:30")
    history = of_returns([0.0, -0.5], points=points, granularity="MARK", has_cash=False)

    assert series_of(history, 0).points == ("2024-01-02T10:00:00+08:00", "2024-01-03T11:30:00+08:00")
    assert drawdowns_of(history, 0) == ()


MONTHS = [  # returns at marks of Jan, Jan, Feb, Feb, Mar; months that can be given; why
    ((0.0, 0.1, 0.0, 0.2, 0.0), ("2024-01", "2024-02", "2024-03"), "nothing at stake over a month's end"),
    ((0.0, 0.1, 0.3, 0.2, 0.0), ("2024-03",), "a return from January into February belongs to neither"),
    ((0.0, 0.1, 0.0, 0.2, 0.1), ("2024-01",), "a return from February into March belongs to neither"),
]


@pytest.mark.parametrize(("returns", "months", "why"), MONTHS)
def test_months_between_marks(returns, months, why):
    points = marks("2024-01-05", "2024-01-20", "2024-02-05", "2024-02-20", "2024-03-05")

    series = series_of(of_returns(returns, points=points, granularity="MARK", has_cash=False), 0)

    assert tuple(month for month, _ in series.months) == months, why


@given(seed=st.integers(0, 500), factor=st.sampled_from([0.01, 100.0]))
def test_scaling_money_leaves_the_ratios(seed, factor):
    history, benchmark = traded_book(seed, accounts=1)
    money = ("value", "inflow", "outflow", "cash")
    scaled = replace(history, **{name: getattr(history, name) * factor for name in money})

    one, other = series_of(history, 0, benchmark), series_of(scaled, 0, benchmark)

    assert (one.index, one.drawdown, one.months) == (other.index, other.drawdown, other.months)
    assert other.value == pytest.approx(tuple(np.array(one.value) * factor))
