"""From a statement to its measures: hand-made ledgers replayed, and what the parts of the excess must be."""

from __future__ import annotations

import numpy as np
import pytest

from clients.types import CashKind
from diagnosis.attribution import NAMES, attributions_of
from diagnosis.measures import metrics_of
from diagnosis.replay import replay
from diagnosis.series import series_of
from market.types import ActionKind, BenchmarkSeries
from tests.diagnosis.ledgers import Book, account, action, day, grid, stock, with_actions

POINTS = 100
STOCKS = [stock("600000.SH", industry="银行"), stock("600001.SH", industry="电子")]
ACTIONS = [action(ActionKind.BONUS, day(40), "0.5"), action(ActionKind.CASH_DIVIDEND, day(60), "0.2", 1)]


def prices():
    draw = np.random.default_rng(5)
    close = np.round(10 * np.exp(np.cumsum(draw.normal(0, 0.01, (POINTS, 2)), axis=0)), 2)
    close[40:, 0] = np.round(close[40:, 0] / 1.5, 2)
    return with_actions(grid(close, STOCKS), ACTIONS)


def benchmark(close):
    draw = np.random.default_rng(6)
    industry = draw.normal(0, 0.01, (POINTS, 2))
    industry[0] = 0
    weight = np.full((POINTS, 2), 0.5)
    return BenchmarkSeries("B", "样本", "测试", industry.mean(axis=1), ("银行", "电子"), weight, industry)


def statement():
    book = Book(securities=2)
    book.flow(CashKind.DEPOSIT, day(0), 100_000)
    book.buy(day(1), 3_000, "10.00", of=0, commission=5)
    book.buy(day(10), 2_000, "10.20", of=1, commission=5)
    book.flow(CashKind.WITHDRAWAL, day(30), -10_000)
    book.flow(CashKind.INTEREST, day(50), "12.34")
    book.sell(day(70), 1_000, "7.10", of=0, commission=5, stamp_duty="3.55")
    return book


def history_of(book):
    return replay(book.ledger(), prices(), ACTIONS)


def test_the_parts_sum_and_only_interest_is_left_over():
    history = history_of(statement())
    bench = benchmark(history.grid.close)

    shown = attributions_of(history, bench)[0]

    assert shown.withheld is None
    assert sum(getattr(shown, name) for name in NAMES) == pytest.approx(shown.excess, abs=1e-12)
    assert shown.other == pytest.approx(12.34 / 90_000, rel=0.2)
    assert -0.0004 < shown.costs < -0.0001


def test_a_bonus_issue_and_a_dividend_are_no_trading():
    book = Book(securities=2)
    book.flow(CashKind.DEPOSIT, day(0), 100_000)
    history = history_of(
        book.buy(day(1), 3_000, prices().close[1, 0]).buy(day(1), 2_000, prices().close[1, 1], of=1)
    )

    shown = attributions_of(history, benchmark(history.grid.close))[0]

    assert shown.trading == pytest.approx(0, abs=1e-12)
    assert shown.other == pytest.approx(0, abs=1e-12)
    assert shown.costs == 0


def test_profit_is_what_the_statement_says():
    history = history_of(statement())
    close = history.grid.close[-1]
    cash = 100_000 - 30_005 - 20_405 - 10_000 + 12.34 + 7_100 - 8.55 + 400
    expected = cash + 3_500 * close[0] + 2_000 * close[1] - 90_000

    found = metrics_of(history)[0]

    assert found["profit"].value == pytest.approx(expected, abs=0.01)
    assert series_of(history, 0).invested[-1] == pytest.approx(90_000)


def test_twice_the_money_gives_the_same_ratios():
    single = statement()
    double = Book(accounts=[account(0)], securities=2)
    double.flow(CashKind.DEPOSIT, day(0), 200_000)
    double.buy(day(1), 6_000, "10.00", of=0, commission=10)
    double.buy(day(10), 4_000, "10.20", of=1, commission=10)
    double.flow(CashKind.WITHDRAWAL, day(30), -20_000)
    double.flow(CashKind.INTEREST, day(50), "24.68")
    double.sell(day(70), 2_000, "7.10", of=0, commission=10, stamp_duty="7.10")

    one, two = metrics_of(history_of(single))[0], metrics_of(history_of(double))[0]

    for name in ("twr", "volatility", "max_drawdown", "xirr", "position_mean", "var_95"):
        assert two[name].value == pytest.approx(one[name].value, rel=1e-9), name
    assert two["profit"].value == pytest.approx(2 * one["profit"].value, rel=1e-9)


def test_without_a_statement_the_securities_alone_are_measured():
    book = Book(accounts=[account(cash=False)], securities=2)
    book.buy(day(1), 1_000, prices().close[1, 0])
    book.sell(day(20), 1_000, prices().close[20, 0])

    found = metrics_of(history_of(book))[0]

    close = prices().close
    assert found["twr"].value == pytest.approx(close[20, 0] / close[1, 0] - 1, rel=1e-9)
    assert found["profit"].value == pytest.approx(1_000 * (close[20, 0] - close[1, 0]), abs=0.01)
    assert "每笔成交视为资金进出" in found["twr"].convention
    assert "没有资金流水" in found["position_mean"].withheld
