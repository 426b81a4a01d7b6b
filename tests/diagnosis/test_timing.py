"""Timing regressions: Bacon's months, ordinary least squares by matrices, laws, and what is withheld."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnosis.timing import ALPHA, BETA, GAMMA, GAMMA_T, N, fits, timing_of
from tests.diagnosis.bacon import BENCHMARK, PORTFOLIO
from tests.diagnosis.books import benchmark_of, of_returns

ORACLES = [  # model, a, b, gamma: domain table of Bacon's 24 months, r_f = 0
    (0, -0.0022872, 0.9896430, 0.8921824),
    (1, -0.0031155, 1.0609173, 0.1403657),
]
NOTHING = np.zeros(1)


@pytest.mark.parametrize(("model", "a", "b", "gamma"), ORACLES)
def test_bacon(model, a, b, gamma):
    row = fits(PORTFOLIO[None, :], BENCHMARK, NOTHING)[0, model]

    assert row[[N, ALPHA, BETA, GAMMA]].tolist() == pytest.approx([24, a, b, gamma], abs=1e-7)


def by_matrices(y, x, z):
    """Least squares with standard errors from the inverse of X'X."""
    design = np.column_stack([np.ones_like(x), x, z])
    inverse = np.linalg.inv(design.T @ design)
    found = inverse @ design.T @ y
    left = y - design @ found
    return found, found[2] / np.sqrt(left @ left / (len(y) - 3) * inverse[2, 2])


@given(seed=st.integers(0, 10_000), n=st.integers(24, 120), risk_free=st.sampled_from([0.0, 0.002]))
def test_least_squares_by_matrices_agrees(seed, n, risk_free):
    draw = np.random.default_rng(seed)
    market = draw.normal(0, 0.02, n)
    returns = 0.8 * market + draw.normal(0, 0.01, n)

    rows = fits(returns[None, :], market, np.array([risk_free]))[0]

    x, y = market - risk_free, returns - risk_free
    for row, z in zip(rows, (x**2, np.maximum(0, -x)), strict=True):
        (a, b, gamma), t_value = by_matrices(y, x, z)
        expected = pytest.approx([a, b, gamma, t_value], rel=1e-5, abs=1e-7)
        assert row[[ALPHA, BETA, GAMMA, GAMMA_T]].tolist() == expected


@given(seed=st.integers(0, 10_000))
def test_who_holds_less_when_it_falls_has_a_gamma_above_zero(seed):
    market = np.random.default_rng(seed).normal(0, 0.02, 60)

    tm, hm = fits(np.where(market > 0, market, 0.4 * market)[None, :], market, NOTHING)[0]

    assert tm[GAMMA] > 0
    assert hm[GAMMA] == pytest.approx(0.6, abs=1e-9)


@given(seed=st.integers(0, 10_000))
def test_a_block_is_the_loop_of_its_accounts(seed):
    draw = np.random.default_rng(seed)
    returns, market = draw.normal(0, 0.02, (5, 60)), draw.normal(0, 0.02, 60)
    returns[draw.random((5, 60)) < 0.2] = np.nan
    rates = draw.uniform(0, 0.001, 5)

    together = fits(returns, market, rates)

    for a in range(5):
        np.testing.assert_array_equal(together[a], fits(returns[a : a + 1], market, rates[a : a + 1])[0])


MARKET = np.random.default_rng(1).normal(0, 0.02, 30)
HISTORY = of_returns(0.5 * MARKET + np.random.default_rng(2).normal(0, 0.01, 30))
WITHHELD = [  # history, benchmark, words in the reason
    (HISTORY, None, "没有可用的比较基准"),
    (replace(HISTORY, grid=replace(HISTORY.grid, granularity="MARK")), benchmark_of(MARKET), "成交时刻"),
    (HISTORY, benchmark_of(np.where(np.arange(30) < 23, MARKET, np.nan)), "只有 23 期，少于最低要求 24 期"),
    (HISTORY, benchmark_of(np.zeros(30)), "无法区分择时"),
]


@pytest.mark.parametrize(("history", "benchmark", "reason"), WITHHELD)
def test_withheld_with_the_reason(history, benchmark, reason):
    for fit in timing_of(history, benchmark)[0]:
        assert fit.gamma is None
        assert fit.gamma_t is None
        assert reason in fit.withheld


def test_twenty_four_periods_are_enough():
    tm, hm = timing_of(HISTORY, benchmark_of(np.where(np.arange(30) < 24, MARKET, np.nan)))[0]

    assert (tm.model, hm.model) == ("TM", "HM")
    assert tm.n == hm.n == 24
    assert None not in (tm.gamma, tm.gamma_t, hm.gamma, hm.gamma_t)


def test_a_market_that_never_fell_has_no_hm():
    tm, hm = timing_of(HISTORY, benchmark_of(np.abs(MARKET) + 0.001))[0]

    assert tm.gamma is not None
    assert hm.withheld is not None


def test_the_market_itself_fits_without_rest_and_shows_no_t_value():
    history = of_returns(MARKET)

    tm, _ = timing_of(history, benchmark_of(MARKET))[0]

    assert tm.gamma == pytest.approx(0, abs=1e-9)
    assert tm.gamma_t is None
