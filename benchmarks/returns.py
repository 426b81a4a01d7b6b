"""Return measures of a whole book, beside a loop of empyrical over the accounts."""

from __future__ import annotations

import warnings

import numpy as np

from benchmarks import synthetic
from benchmarks.result import AT_LEAST, Line, Scale, median, seconds
from diagnosis.measures import Book, Columns, return_columns
from diagnosis.parameters import parameters
from market.types import FloatArray

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import empyrical

YEAR, RISK_FREE = 250, 0.015
RUNS = 5


def measure(returns: FloatArray, benchmark: FloatArray) -> Columns:
    """All measures that returns and a benchmark give, as the whole book's survey asks for them."""
    accounts, points = returns.shape
    book = Book(
        returns, benchmark, np.full(accounts, RISK_FREE), np.full(accounts, points / YEAR), marks=False
    )
    return return_columns(book, parameters(periods_per_year=YEAR))


def loop_of(returns: FloatArray, benchmark: FloatArray) -> list[dict[str, float]]:
    """The peer: the measures of the same names that the library has, one account after the other.

    It gets arrays, its fastest way. The two timing regressions and the attribution have no peer in it.
    """
    return [of_empyrical(row, benchmark) for row in returns]


def of_empyrical(returns: FloatArray, benchmark: FloatArray) -> dict[str, float]:
    daily = (1 + RISK_FREE) ** (1 / YEAR) - 1
    return {
        "twr": empyrical.cum_returns_final(returns),
        "annualised_return": empyrical.annual_return(returns, annualization=YEAR),
        "volatility": empyrical.annual_volatility(returns, annualization=YEAR),
        "downside_deviation": empyrical.downside_risk(returns, annualization=1),
        "max_drawdown": empyrical.max_drawdown(returns),
        "sharpe": empyrical.sharpe_ratio(returns, risk_free=daily, annualization=YEAR),
        "sortino": empyrical.sortino_ratio(returns, annualization=YEAR),
        "calmar": empyrical.calmar_ratio(returns, annualization=YEAR),
        "omega": empyrical.omega_ratio(returns, annualization=YEAR),
        "var_95": empyrical.value_at_risk(returns, 0.05),
        "cvar_95": empyrical.conditional_value_at_risk(returns, 0.05),
        "alpha": empyrical.alpha(returns, benchmark, risk_free=daily, annualization=YEAR),
        "beta": empyrical.beta(returns, benchmark),
        "excess_return": empyrical.cum_returns_final(returns) - empyrical.cum_returns_final(benchmark),
        "information_ratio": empyrical.excess_sharpe(returns, benchmark),
        "up_capture": empyrical.up_capture(returns, benchmark, period="daily"),
        "down_capture": empyrical.down_capture(returns, benchmark, period="daily"),
    }


def run(scale: Scale) -> list[Line]:
    accounts, sample = scale.of(100_000, 1_000), scale.of(300, 20)
    returns, benchmark = synthetic.random_returns(accounts, YEAR, seed=5)
    few = returns[:sample]
    measure(few, benchmark)
    of_empyrical(few[0], benchmark)
    taken, looped = [], []
    for _ in range(RUNS):
        taken.append(seconds(lambda: measure(returns, benchmark)))
        looped.append(seconds(lambda: loop_of(few, benchmark)))
    ours, theirs = median(taken) / accounts, median(looped) / sample
    peer = f"empyrical 逐户循环（{sample} 户）每户 {theirs * 1e6:,.0f} 微秒"
    return [
        Line(
            f"收益指标，{accounts:,} 户 × {YEAR} 日", median(taken), "秒", 5.0, peer=peer, ratio=theirs / ours,
            note=f"每户 {ours * 1e6:.1f} 微秒，单核",
        ),
        Line("收益指标，每户比 empyrical 循环快", theirs / ours, "倍", 20.0, AT_LEAST, peer=peer),
    ]  # fmt: skip
