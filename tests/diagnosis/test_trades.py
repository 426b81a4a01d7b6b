"""Round trips and the measures made of them: cases by hand through a replay, and laws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.types import CashKind
from diagnosis.behaviour import habit_numbers
from diagnosis.conventions import FROM_TRADES
from diagnosis.replay import replay
from diagnosis.trades import trade_metrics, trade_quality, trade_values
from diagnosis.trips import trips_of
from tests.diagnosis.ledgers import Book, account, day, grid
from tests.diagnosis.markets import benchmark, history_of, market


def three_trips():
    """100 shares three times: +95 held 28 days, -55 held 14 days, then a bonus-free zero; fees 5 a side."""
    prices = grid([[10.0, 10.0]] * 60)
    book = Book(securities=2)
    book.flow(CashKind.DEPOSIT, day(0), 100_000)
    book.buy(day(0), 100, "10", commission=0).sell(day(20), 100, "11", commission=5)
    book.buy(day(21), 100, "10", commission=5).sell(day(31), 100, "9.50", commission=0)
    book.buy(day(32), 100, "10", commission=5, of=1).sell(day(40), 100, "10.05", commission=0, of=1)
    ledger = book.ledger()
    return replay(ledger, prices, ()), ledger


BY_HAND = [  # id, value, why
    ("round_trips", 3, "three sales"),
    ("win_rate", 1 / 3, "a profit of zero is not a win"),
    ("payoff_ratio", 95 / 55, "mean gain 95, mean loss 55"),
    ("profit_factor", 95 / 55, "gains 95, losses 55"),
    ("holding_days_median", 14, "28, 14 and 12 calendar days"),
    ("holding_days_mean", (1000 * 28 + 1005 * 14 + 1005 * 12) / 3010, "weighted by cost"),
]


@pytest.mark.parametrize(("name", "value", "why"), BY_HAND)
def test_by_hand(name, value, why):
    history, ledger = three_trips()

    metric = trade_metrics(history, ledger)[0][name]

    assert metric.withheld is None
    assert metric.value == pytest.approx(value), why


def test_turnover_and_costs_by_hand():
    prices = grid([[10.0]] * 74)  # 102 calendar days from Monday 4 March to Thursday 13 June
    book = Book()
    book.flow(CashKind.DEPOSIT, day(0), 10_000)
    book.buy(day(1), 500, "10", commission=5).sell(day(30), 500, "10", commission=5)
    ledger = book.ledger()
    history = replay(ledger, prices, ())
    metrics = trade_metrics(history, ledger)[0]
    mean = history.value[0].mean()

    assert metrics["turnover_annual"].value == pytest.approx(5000 / mean * 365 / 102)
    assert metrics["cost_ratio"].value == pytest.approx(10 / mean)


def test_hhi_of_half_three_tenths_and_a_fifth():
    prices = grid([[10.0, 10.0, 10.0]] * 3)
    orders = [(0, "buy", 0, 500), (0, "buy", 1, 300), (0, "buy", 2, 200)]

    metrics = trade_metrics(*history_of(prices, orders))[0]

    assert metrics["hhi"].value == pytest.approx(0.38), "0.25 + 0.09 + 0.04"
    assert metrics["effective_holdings"].value == pytest.approx(2.6316, abs=5e-5)


def test_one_sale_of_three_purchases_is_one_round_trip():
    prices = grid([[10.0]] * 30)
    book = Book()
    book.flow(CashKind.DEPOSIT, day(0), 100_000)
    for t in (0, 5, 10):
        book.buy(day(t), 100, "10")
    book.sell(day(20), 250, "11")
    ledger = book.ledger()

    trips = trips_of(replay(ledger, prices, ()))

    assert len(trips) == 1
    assert trips.quantity.tolist() == [250]
    assert trips.profit.tolist() == pytest.approx([250])
    assert trips.held_days.tolist() == pytest.approx([(28 * 1000 + 21 * 1000 + 14 * 500) / 2500])


def test_a_sale_of_what_nobody_saw_bought_is_left_out_and_counted():
    prices = grid([[10.0]] * 30)
    book = Book().holds(day(0), 500)
    book.sell(day(5), 100, "11")
    ledger = book.ledger()
    history = replay(ledger, prices, ())

    trips, metrics = trips_of(history), trade_metrics(history, ledger)[0]

    assert len(trips) == 0
    assert trips.unknown.tolist() == [1]
    assert metrics["win_rate"].withheld == "没有成本已知的平仓，暂不计算"
    assert metrics["round_trips"].value == 0


def test_an_account_without_trades_has_every_measure_or_a_reason():
    prices = grid([[10.0]] * 3)
    book = Book(accounts=[account(0), account(1)])
    book.flow(CashKind.DEPOSIT, day(0), 1000, a=1)
    ledger = book.ledger()

    for metrics in trade_metrics(replay(ledger, prices, ()), ledger):
        assert tuple(metrics) == FROM_TRADES
        assert all((metric.value is None) == (metric.withheld is not None) for metric in metrics.values())


def test_an_empty_grid_is_no_accident():
    prices = grid([[10.0]])
    none = np.zeros((0, 1))
    prices = replace(prices, points=np.zeros(0, np.int64), close=none, dividend=none, ratio=none)
    ledger = Book().ledger()

    metrics = trade_metrics(replay(ledger, prices, ()), ledger)[0]

    assert metrics["hhi"].withheld is not None


def test_quality_lists_best_and_worst_and_the_fees_by_kind():
    history, ledger = three_trips()

    quality = trade_quality(history, ledger, 0)

    assert (quality.buys, quality.sells) == (3, 3)
    assert [trip.profit for trip in quality.best] == pytest.approx([95])
    assert [trip.profit for trip in quality.worst] == pytest.approx([-55])
    assert quality.best[0].trade_ids == (2,)
    assert quality.commission == pytest.approx(15)
    assert quality.gross_profit == pytest.approx(100 - 50 + 5)
    assert sum(n for _, n, _ in quality.months) == 6
    assert sum(won + lost for _, won, lost in quality.holding_histogram) == 2, "a zero is neither"


@given(factor=st.integers(2, 50), seed=st.integers(0, 3))
def test_scaling_the_money_leaves_the_ratios(factor, seed):
    prices = market(60, 4, seed=seed)
    rng = np.random.default_rng(seed)
    orders, held = [], {}
    for t in range(1, 60, 2):
        s = int(rng.integers(4))
        if held.get(s):
            orders.append((t, "sell", s, held.pop(s)))
        else:
            held[s] = 100 * int(rng.integers(1, 9))
            orders.append((t, "buy", s, held[s]))
    larger = [(t, side, s, shares * factor) for t, side, s, shares in orders]
    market_index = benchmark(prices)
    once, many = (
        trade_values(habit_numbers(*history_of(prices, rows, commission=0, cash=money), market_index))
        for rows, money in ((orders, 100_000), (larger, 100_000 * factor))
    )

    for name in FROM_TRADES:
        np.testing.assert_allclose(once[name][0], many[name][0], rtol=1e-9, atol=1e-12, err_msg=name)
