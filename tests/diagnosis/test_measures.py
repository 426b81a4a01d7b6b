"""Measures of returns: Bacon's 24 months, independent libraries, laws, and what is withheld and why."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from diagnosis.conventions import FROM_RETURNS, conventions
from diagnosis.measures import Book, metrics_of, return_columns
from diagnosis.measures.series_file import metrics_of_series
from diagnosis.parameters import parameters
from tests.diagnosis.bacon import BENCHMARK, ORACLES, PORTFOLIO
from tests.diagnosis.books import benchmark_of, of_returns, only, traded_book

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the library warns while it is imported
    import empyrical

NAN = float("nan")
MONTHS = {"periods_per_year": 12, "acceptable": 0.005}
STEPS = st.integers(-2000, 2000).map(lambda step: step / 10_000)
RETURNS = arrays(np.float64, st.integers(24, 80), elements=STEPS)


@pytest.mark.parametrize(("metric_id", "expected", "row"), ORACLES)
def test_bacon(metric_id, expected, row):
    found = metrics_of_series(PORTFOLIO, BENCHMARK, **MONTHS)[metric_id]

    assert found.value == pytest.approx(expected, abs=1e-6), row


def lively(returns):
    """Far enough from rounding: some spread, some gain, some loss."""
    return np.ptp(returns) > 1e-4 and (returns > 1e-4).any() and (returns < -1e-4).any()


@given(returns=RETURNS)
def test_the_library_empyrical_agrees(returns):
    returns = np.append(returns, [0.01, -0.02])

    metrics = metrics_of_series(returns, None, periods_per_year=24)

    expected = {
        "twr": empyrical.cum_returns_final(returns),
        "annualised_return": empyrical.annual_return(returns, annualization=24),
        "volatility": empyrical.annual_volatility(returns, annualization=24),
        "downside_deviation": empyrical.downside_risk(returns, annualization=1),
        "max_drawdown": empyrical.max_drawdown(returns),
        "calmar": empyrical.calmar_ratio(returns, annualization=24),
        "var_95": empyrical.value_at_risk(returns, 0.05),
        "cvar_95": empyrical.conditional_value_at_risk(returns, 0.05),
    }
    assert {name: metrics[name].value for name in expected} == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(returns=RETURNS, seed=st.integers(0, 99))
def test_empyrical_agrees_on_beta_and_tracking(returns, seed):
    bench = np.random.default_rng(seed).normal(0, 0.02, returns.size)
    returns = returns + 0.5 * bench

    found = metrics_of_series(returns, bench, periods_per_year=12)

    assert found["beta"].value == pytest.approx(empyrical.beta(returns, bench), rel=1e-6, abs=1e-9)
    tracking = np.std(returns - bench, ddof=1) * np.sqrt(12)
    assert found["tracking_error"].value == pytest.approx(tracking, rel=1e-6)


@given(returns=RETURNS, seed=st.integers(0, 99))
def test_order_does_not_matter_to_spread_but_to_drawdown(returns, seed):
    shuffled = np.random.default_rng(seed).permutation(returns)

    one, other = (metrics_of_series(part, None, periods_per_year=12) for part in (returns, shuffled))

    for name in ("twr", "volatility", "downside_deviation", "omega", "var_95", "cvar_95"):
        if one[name].value is not None and other[name].value is not None:
            assert one[name].value == pytest.approx(other[name].value, rel=1e-6, abs=1e-9), name


@given(returns=RETURNS)
def test_drawdown_lies_between_the_worst_run_and_nothing(returns):
    found = metrics_of_series(returns, None, periods_per_year=12)["max_drawdown"].value

    assert min(0.0, returns.min()) >= found - 1e-12
    assert -1 <= found <= 0


def test_the_peak_starts_at_one():
    """An account that loses from its first day on has fallen from 1, not from its first close."""
    falling = np.append([-0.10], np.zeros(19))

    assert metrics_of_series(falling, None, periods_per_year=12)["max_drawdown"].value == pytest.approx(-0.10)


@given(returns=RETURNS, factor=st.floats(0.1, 2.0))
def test_against_itself_times_a_factor_beta_is_the_inverse(returns, factor):
    if not lively(returns):
        returns = np.append(returns, [0.05, -0.05])
    found = metrics_of_series(returns, returns * factor, periods_per_year=12)

    assert found["beta"].value == pytest.approx(1 / factor, rel=1e-6)
    assert found["correlation"].value == pytest.approx(1.0, abs=1e-9)


def ragged(seed, accounts=7, points=90):
    """Returns with windows of their own, and a benchmark."""
    draw = np.random.default_rng(seed)
    returns = draw.normal(0.0005, 0.02, (accounts, points))
    for a in range(accounts):
        first, last = sorted(draw.integers(0, points, 2))
        returns[a, :first], returns[a, last + 1 :] = NAN, NAN
    return returns, draw.normal(0, 0.01, points)


def columns_of(returns, bench):
    n = np.count_nonzero(~np.isnan(returns), axis=1)
    book = Book(returns, bench, np.full(len(returns), 0.015), n / 20, False)
    return return_columns(book, parameters(20))


@given(seed=st.integers(0, 10_000))
def test_a_block_is_the_loop_of_its_accounts(seed):
    returns, bench = ragged(seed)

    together = columns_of(returns, bench)

    for a in range(len(returns)):
        assert columns_of(returns[a : a + 1], bench).cells(0) == together.cells(a)


@given(seed=st.integers(0, 10_000))
def test_points_outside_the_window_change_nothing(seed):
    returns, bench = ragged(seed, accounts=1)
    inside = ~np.isnan(returns[0])

    assert columns_of(returns[:, inside], bench[inside]).cells(0) == columns_of(returns, bench).cells(0)


@given(seed=st.integers(0, 10_000))
def test_a_number_or_a_reason_never_both_never_nan(seed):
    returns, bench = ragged(seed)
    for metric in (m for a in range(len(returns)) for m in columns_of(returns, bench).cells(a).values()):
        assert (metric.value is None) != (metric.withheld is None)
        assert metric.value is None or np.isfinite(metric.value)


STEADY = np.full(24, 0.01)
RISING = np.linspace(0.001, 0.02, 24)
WITHHELD = [  # returns, benchmark, id, words in the reason
    (PORTFOLIO[:19], None, "volatility", "只有 19 期，少于最低要求 20 期"),
    (PORTFOLIO[:11], None, "annualised_return", "不足一年"),
    (PORTFOLIO[:11], None, "sharpe", "少于最低要求"),
    (STEADY, None, "sharpe", "没有波动"),
    (RISING, None, "sortino", "没有一期收益低于"),
    (RISING, None, "omega", "没有一期收益低于"),
    (RISING, None, "calmar", "没有发生过回撤"),
    (PORTFOLIO, None, "beta", "没有可用的比较基准"),
    (PORTFOLIO, np.full(24, NAN), "beta", "没有重叠"),
    (PORTFOLIO, np.where(np.arange(24) < 15, BENCHMARK, NAN), "beta", "只有 15 期，少于最低要求 20 期"),
    (PORTFOLIO, np.where(np.arange(24) < 23, BENCHMARK, NAN), "tm_gamma", "只有 23 期，少于最低要求 24 期"),
    (PORTFOLIO, np.where(np.arange(24) < 23, BENCHMARK, NAN), "excess_return", "只覆盖了 23 期"),
    (PORTFOLIO, np.where(np.arange(24) < 23, BENCHMARK, NAN), "alpha", "只覆盖了 23 期"),
    (PORTFOLIO, np.zeros(24), "beta", "基准没有波动"),
    (PORTFOLIO, np.zeros(24), "alpha", "基准没有波动"),
    (PORTFOLIO, np.zeros(24), "up_capture", "基准上涨的期数少于"),
    (STEADY, BENCHMARK, "correlation", "没有波动"),
    (BENCHMARK, BENCHMARK, "information_ratio", "没有差别"),
    (PORTFOLIO, -BENCHMARK, "treynor", "贝塔不大于零"),
    (PORTFOLIO, np.abs(BENCHMARK), "down_capture", "基准下跌的期数少于"),
    (PORTFOLIO, np.abs(BENCHMARK) + 0.001, "hm_gamma", "无法区分择时"),
    (PORTFOLIO, BENCHMARK, "xirr", "仅凭收益率序列无法计算"),
    (PORTFOLIO, BENCHMARK, "win_rate", "仅凭收益率序列无法计算"),
]


@pytest.mark.parametrize(("returns", "bench", "metric_id", "reason"), WITHHELD)
def test_withheld_with_the_reason(returns, bench, metric_id, reason):
    found = metrics_of_series(returns, bench, periods_per_year=12)[metric_id]

    assert found.value is None
    assert reason in found.withheld


LIMITS = [  # returns, id: just enough data
    (PORTFOLIO[:20], "volatility"),
    (PORTFOLIO[:20], "var_95"),
    (PORTFOLIO[:12], "annualised_return"),
    (PORTFOLIO[:1], "twr"),
]


@pytest.mark.parametrize(("returns", "metric_id"), LIMITS)
def test_just_enough_data(returns, metric_id):
    assert metrics_of_series(returns, None, periods_per_year=12)[metric_id].value is not None


def test_a_total_loss_is_shown_and_annualised():
    found = metrics_of_series(np.append(PORTFOLIO, -1.0), None, periods_per_year=12)

    assert found["twr"].value == -1
    assert found["annualised_return"].value == -1
    assert found["max_drawdown"].value == -1


def test_a_value_below_zero_has_no_return():
    found = metrics_of(of_returns(np.append(PORTFOLIO, -1.5)))[0]

    assert "零以下" in found["twr"].withheld
    assert "零以下" in found["volatility"].withheld


def test_marks_have_a_return_but_no_daily_series():
    points = 1_600_000_000 + np.arange(40) * 20 * 86_400
    history = of_returns(np.full(40, 0.01), points=points, granularity="MARK", has_cash=False)

    found = metrics_of(history, benchmark_of(np.zeros(40)))[0]

    assert found["twr"].value == pytest.approx(1.01**40 - 1)
    assert found["annualised_return"].value == pytest.approx(1.01 ** (40 * 365 / 780) - 1)
    assert "每笔成交视为资金进出" in found["twr"].convention
    for name in (
        "volatility",
        "max_drawdown",
        "sharpe",
        "beta",
        "excess_return",
        "var_95",
        "brinson_selection",
    ):
        assert "成交时刻" in found[name].withheld, name
    assert "没有资金流水" in found["position_mean"].withheld


def test_an_empty_account_withholds_everything():
    history = of_returns(np.full((1, 30), NAN))

    found = metrics_of(history, benchmark_of(np.zeros(30)))[0]

    assert set(found) == set(FROM_RETURNS)
    assert all(metric.value is None and metric.withheld for metric in found.values())


def test_a_book_without_points_withholds_everything():
    assert all(metric.withheld for metric in metrics_of(of_returns(np.zeros((1, 0))))[0].values())


def test_every_id_comes_with_unit_and_convention():
    history, benchmark = traded_book(2)

    for metrics in metrics_of(history, benchmark):
        assert set(metrics) == set(FROM_RETURNS)
        for name, metric in metrics.items():
            assert metric.unit == conventions()[name].unit
            assert metric.convention


def test_a_whole_book_is_the_loop_of_its_accounts():
    history, benchmark = traded_book(4, accounts=3)

    assert metrics_of(history, benchmark) == [metrics_of(only(history, a), benchmark)[0] for a in range(3)]


def test_position_is_the_mean_share_of_securities():
    history, _ = traded_book(9, accounts=1)

    expected = np.mean((history.value - history.cash) / history.value)

    assert metrics_of(history)[0]["position_mean"].value == pytest.approx(expected)


def test_the_risk_free_rate_is_that_of_the_last_day_and_currency():
    yuan, euro = (metrics_of(of_returns(np.tile(PORTFOLIO, 20), currency=c))[0] for c in ("CNY", "EUR"))

    difference = euro["sharpe"].value - yuan["sharpe"].value

    assert difference == pytest.approx(0.015 / yuan["volatility"].value)


def test_before_the_first_known_rate_ratios_are_withheld():
    points = np.arange(700_000, 700_480)  # in 1917
    found = metrics_of(of_returns(np.tile(PORTFOLIO, 20), points=points))[0]

    assert "无风险利率" in found["sharpe"].withheld
    assert found["volatility"].value is not None
