"""Composite benchmarks by hand: total return, drift, renormalisation, industries."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.benchmarks import BenchmarkPath, composite, returns_of_closes, total_return_factors
from market.types import Board, Grid, Instrument, InstrumentKind, Venue

NAN = float("nan")
START = date(2024, 1, 2).toordinal()


def grid(close, dividend=None, ratio=None, industries=("银行", "银行", "医药")):
    close = np.array(close, dtype=float)
    members = tuple(
        Instrument(f"{n}.SH", str(n), InstrumentKind.STOCK, Venue.XSHG, Board.MAIN, industries[n], "CNY")
        for n in range(close.shape[1])
    )
    return Grid(
        "DAY", START + np.arange(len(close)), members, close, None, None, None,
        np.zeros_like(close) if dividend is None else np.array(dividend, dtype=float),
        np.ones_like(close) if ratio is None else np.array(ratio, dtype=float),
    )


FACTORS = [  # closes, dividends, ratios, factor of the last point, why
    ([10, 11], [0, 0], [1, 1], 1.1, "price alone"),
    ([10, 9.5], [0, 0.5], [1, 1], 1.0, "a dividend of 0.5 makes up the fall"),
    ([13, 10], [0, 0], [1, 1.3], 1.0, "a bonus of 0.3 makes up the fall"),
    ([13.2, 10], [0, 0.2], [1, 1.3], 1.0, "both: theoretical ex-price (13.2 - 0.2) / 1.3"),
    ([10, NAN], [0, 0], [1, 1], 1.0, "suspended: nothing"),
    ([10, NAN, 12], [0, 0, 0], [1, 1, 1], 1.2, "made up when it trades again"),
    ([13, NAN, 11], [0, 0, 0], [1, 1.3, 1], 1.1, "ex-day inside the suspension: the carried price is 10"),
    ([NAN, 10], [0, 0], [1, 1], 1.0, "no price before"),
]


@pytest.mark.parametrize(("close", "dividend", "ratio", "expected", "why"), FACTORS)
def test_total_return(close, dividend, ratio, expected, why):
    one = grid(*(np.array([series]).T for series in (close, dividend, ratio)))

    assert total_return_factors(one)[0][-1, 0] == pytest.approx(expected), why


def test_weights_drift_with_the_prices_until_they_are_set_again():
    prices = grid([[10, 10, 10], [20, 10, 10], [20, 10, 10], [20, 10, 20]])
    found = composite(prices, np.array([0, 3]), np.array([[0.25, 0.25, 0.5], [0.5, 0.25, 0.25]]))

    assert found.industries == ("医药", "银行")
    np.testing.assert_allclose(found.returns, [0, 0.25, 0, 0.25])
    np.testing.assert_allclose(found.weight, [[0.5, 0.5], [0.5, 0.5], [0.4, 0.6], [0.25, 0.75]])
    np.testing.assert_allclose(found.industry_return, [[0, 0], [0, 0.5], [0, 0], [1, 0]])


def test_members_without_a_price_are_left_out_and_the_rest_scaled_up():
    prices = grid([[10, NAN, 10], [11, NAN, 10], [11, 10, 10]])
    found = composite(prices, np.array([0]), np.array([[0.25, 0.5, 0.25]]))

    assert found.returns[1] == pytest.approx(0.05)
    np.testing.assert_allclose(found.weight[0], [0.5, 0.5])


def test_before_the_first_weights_or_prices_nothing_is_known():
    prices = grid([[NAN] * 3, [NAN] * 3, [10, 10, 10], [11, 11, 11]])
    found = composite(prices, np.array([1]), np.array([[1, 1, 2]]))

    np.testing.assert_allclose(found.returns, [NAN, NAN, 0, 0.1])
    assert np.isnan(found.weight[:2]).all()


@pytest.mark.parametrize("targets", [np.array([[1.0, 1.0]]), np.array([[-0.1, 0.6, 0.5]])])
def test_weights_that_cannot_be_are_refused(targets):
    with pytest.raises(ValueError, match="targets"):
        composite(grid([[10, 10, 10]]), np.array([0]), targets)


@given(st.lists(st.lists(st.floats(1, 100), min_size=3, max_size=3), min_size=2, max_size=8))
def test_weights_sum_to_one_and_industries_make_up_the_return(close):
    found = composite(grid(close), np.array([0]), np.array([[0.2, 0.3, 0.5]]))

    np.testing.assert_allclose(found.weight.sum(axis=1), 1)
    np.testing.assert_allclose((found.weight * found.industry_return).sum(axis=1), found.returns, atol=1e-12)


@given(st.lists(st.lists(st.floats(1, 100), min_size=3, max_size=3), min_size=2, max_size=8))
def test_an_untouched_composite_grows_as_its_basket_of_shares(close):
    found = composite(grid(close), np.array([0]), np.array([[0.2, 0.3, 0.5]]))
    basket = np.array(close) / np.array(close)[0] @ np.array([0.2, 0.3, 0.5])

    np.testing.assert_allclose(np.cumprod(1 + found.returns), basket)


CLOSES = [  # closes, returns, why
    ([100, 110, 99], [0, 0.1, -0.1], "plain"),
    ([NAN, 100, 110], [NAN, 0, 0.1], "not known before the first close"),
    ([100, NAN, 110], [0, 0, 0.1], "a gap is carried and made up"),
    ([100, 110, NAN], [0, 0.1, NAN], "not known after the last close"),
    ([NAN, NAN], [NAN, NAN], "nothing at all"),
    ([], [], "no points"),
]


@pytest.mark.parametrize(("closes", "expected", "why"), CLOSES)
def test_returns_of_closes(closes, expected, why):
    np.testing.assert_allclose(returns_of_closes(np.array(closes, dtype=float)), expected, err_msg=why)


def test_a_path_on_other_points_starts_at_nought_and_is_unknown_outside():
    path = BenchmarkPath(np.array([2, 3, 4]), np.array([0.0, 0.1, 0.2]))

    np.testing.assert_allclose(path.on(np.array([3, 4, 5])).returns, [0, 0.2, NAN])
    np.testing.assert_allclose(path.on(np.array([1, 2, 3])).returns, [NAN, 0, 0.1])
