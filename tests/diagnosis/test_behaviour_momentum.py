"""追涨, 杀跌 and what they cost: cases by hand, traders with and without the habit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diagnosis.behaviour import habit_numbers, habits_of
from diagnosis.behaviour.book import lay_out
from diagnosis.behaviour.chasing import fall_to, losses, momentum, rise_before
from diagnosis.behaviour.counterfactual import clustered_mean, cost_of, interval, sentence
from diagnosis.types import Counterfactual, HabitId
from market.types import BenchmarkSeries, Grid
from tests.diagnosis.ledgers import day, grid
from tests.diagnosis.markets import Order, benchmark, history_of, market


def rising(points: int = 60) -> Grid:
    """One stock that rises one per cent a day up to point 30, and one that never moves."""
    path = np.round(10 * 1.01 ** np.minimum(np.arange(points), 30), 6)
    return grid(np.stack([path, np.full(points, 10.0)], axis=1).tolist())


def flat_benchmark(prices: Grid, rate: float = 0.0) -> BenchmarkSeries:
    returns = np.full(prices.points.size, rate)
    returns[0] = 0
    return BenchmarkSeries("F", "平坦", "不变", returns)


def test_the_rise_before_a_purchase_ends_on_the_day_before():
    prices = rising()
    history, ledger = history_of(prices, [(31, "buy", 0, 100), (25, "buy", 1, 100)])
    book = lay_out(history, ledger, flat_benchmark(prices, 0.001))

    found = rise_before(book, book.buys, 20)

    assert found.tolist() == pytest.approx([1.01**20 - 1.001**20, 1 - 1.001**20], abs=1e-6)


def test_without_twenty_days_before_there_is_no_rise():
    prices = rising()
    history, ledger = history_of(prices, [(20, "buy", 0, 100), (21, "buy", 1, 100)])
    book = lay_out(history, ledger, flat_benchmark(prices))

    found = rise_before(book, book.buys, 20)

    assert np.isnan(found[0]), "point 20 has 19 returns before it"
    assert np.isfinite(found[1])


def test_a_fall_is_taken_to_the_price_of_the_sale():
    closes = [[10.0]] * 6 + [[9.0]] * 4
    prices = grid(closes)
    history, ledger = history_of(prices, [(0, "buy", 0, 100), (6, "sell", 0, 100)])
    book = lay_out(history, ledger, None)

    assert fall_to(book, book.sells, 5).tolist() == pytest.approx([-0.1])


def test_what_a_chased_purchase_cost_against_buying_evenly_afterwards():
    closes = [[10.0]] * 10 + [[10.0 + t / 10] for t in range(20)] + [[12.0]] + [[11.0]] * 20
    prices = grid(closes)
    history, ledger = history_of(prices, [(30, "buy", 0, 100)])
    book = lay_out(history, ledger, flat_benchmark(prices))
    side = momentum(book, book.buys, rise_before(book, book.buys, 20), 20)

    lost = losses(book.buys, side, {"min_move": 0.05}, 1.0)

    assert lost.tolist() == pytest.approx([100.0]), (
        "100 shares at 12 that cost 11 on each of the next 20 days"
    )
    assert side.after.tolist() == pytest.approx([11 / 12 - 1])


def chaser(prices: Grid, seed: int, *, chase: bool) -> list[Order]:
    """Buys every third day what has risen most over 20 days, or anything; sells it ten days later."""
    rng = np.random.default_rng(seed)
    orders: list[Order] = []
    for t in range(25, prices.close.shape[0] - 12, 3):
        past = prices.close[t - 1] / prices.close[t - 21]
        stock = int(np.argmax(past)) if chase else int(rng.integers(past.size))
        orders += [(t, "buy", stock, 100), (t + 10, "sell", stock, 100)]
    return sorted(orders, key=lambda order: order[0])


def test_one_who_buys_what_has_risen_is_seen_and_one_who_buys_anything_is_not():
    prices = market(250, 20, seed=5)
    history, ledger = history_of(prices, chaser(prices, 1, chase=True), chaser(prices, 2, chase=False))

    seen, not_seen = (habits["CHASING"] for habits in habits_of(history, ledger, benchmark(prices)))

    assert seen.seen is True
    assert 0 < len(seen.evidence) <= 5
    assert all(line.trade_ids for line in seen.evidence)
    assert seen.cost is not None
    assert seen.cost.low <= seen.cost.yuan <= seen.cost.high
    assert not_seen.seen is False


def test_one_who_flees_is_seen():
    rng = np.random.default_rng(7)
    returns = rng.normal(0.002, 0.015, (250, 8))
    returns[20::12] = -0.07
    prices = grid(np.round(10 * np.exp(np.cumsum(returns, axis=0)), 2).tolist())
    orders: list[Order] = []
    for t in range(20, 240, 12):
        orders += [(t - 5, "buy", t % 8, 100), (t, "sell", t % 8, 100)]
    history, ledger = history_of(prices, orders)

    habit = habits_of(history, ledger, None)[0]["PANIC_SELLING"]

    assert habit.seen is True
    assert "卖出价平均比 5 个交易日前低" in habit.text


REFUSED = [  # deals, benchmark, reason
    (3, True, "有前后行情可比的买入不足 10 次，暂不计算"),
    (12, False, "没有可用的基准，暂不计算"),
]


@pytest.mark.parametrize(("deals", "with_benchmark", "reason"), REFUSED)
def test_chasing_is_withheld_with_the_reason(deals, with_benchmark, reason):
    prices = market(120, 3)
    orders = [(25 + 3 * n, "buy", n % 3, 100) for n in range(deals)]
    history, ledger = history_of(prices, orders)

    habit = habits_of(history, ledger, benchmark(prices) if with_benchmark else None)[0]["CHASING"]

    assert (habit.seen, habit.withheld) == (None, reason)
    assert habit.statistic is None


def test_a_split_of_the_stock_changes_no_habit():
    prices = market(120, 6, seed=9)
    orders = chaser(prices, 3, chase=True)
    ratio = np.ones_like(prices.close)
    ratio[60, :] = 2.0
    halved = prices.close.copy()
    halved[60:] /= 2
    after = replace(prices, close=halved, ratio=ratio, high=None, low=None)
    early = [order for order in orders if order[0] < 48]

    plain = habit_numbers(*history_of(replace(prices, high=None, low=None), early), benchmark(prices))
    split = habit_numbers(*history_of(after, early), benchmark(prices))

    for name in ("before", "after"):
        np.testing.assert_allclose(
            plain.columns[HabitId.CHASING].figures[name],
            split.columns[HabitId.CHASING].figures[name],
            rtol=1e-9,
        )


def test_the_clustered_error_is_the_usual_one_when_every_deal_is_its_own_cluster():
    values = np.array([0.1, 0.3, -0.2, 0.4])

    mean, se, clusters = clustered_mean(np.zeros(4, np.int64), np.arange(4), values, np.ones(4), 1)

    assert mean[0] == pytest.approx(values.mean())
    assert se[0] == pytest.approx(values.std(ddof=1) / 2)
    assert clusters[0] == 4


def test_deals_of_one_cluster_are_one_observation():
    values = np.repeat([0.1, 0.3], 50)

    _, se, clusters = clustered_mean(np.zeros(100, np.int64), np.repeat([0, 1], 50), values, np.ones(100), 1)

    assert clusters[0] == 2
    assert se[0] == pytest.approx(0.1), "as of two observations, not of a hundred"


def test_the_interval_holds_the_normal_one_for_many_groups():
    rng = np.random.default_rng(11)
    sums = rng.normal(10, 5, 400)

    low, high = interval(sums, resamples=999, seed=20260101, level=0.9)

    half = 1.645 * sums.std(ddof=1) * np.sqrt(400)
    assert low == pytest.approx(sums.sum() - half, abs=0.2 * half)
    assert high == pytest.approx(sums.sum() + half, abs=0.2 * half)


def test_no_interval_no_cost():
    assert cost_of(np.array([100.0]), np.array([5]), "对照", day(0)) is None
    assert cost_of(np.full(50, 1.0), np.arange(50), "对照", day(0)) is None, "three groups of twenty days"
    assert cost_of(np.full(80, 1.0), np.arange(80), "对照", day(0)) is not None
    assert cost_of(np.array([np.nan]), np.array([5]), "对照", day(0)) is None


WORDED = [  # yuan, low, high, begins with
    (12_000.0, 3_000.0, 20_000.0, "代价约 1.20 万元（90% 区间 +3,000 元 至 +2.00 万元，30 笔）"),
    (-500.0, -900.0, -100.0, "这一期间没有造成损失，反而多得约 500 元"),
    (200.0, -900.0, 1_100.0, "估计 +200 元"),
]


@pytest.mark.parametrize(("amount", "low", "high", "begins"), WORDED)
def test_a_cost_is_called_one_only_when_the_interval_says_so(amount, low, high, begins):
    text = sentence(Counterfactual(amount, low, high, 0.9, "对照：无。", 30))

    assert text.startswith(begins)
    assert text.endswith("对照：无。")
