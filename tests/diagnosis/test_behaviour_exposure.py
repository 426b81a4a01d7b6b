"""Concentration, spread, leverage, lottery stocks, patience, turnover: by hand and by law."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diagnosis.behaviour import habit_numbers, habits_of
from diagnosis.behaviour.book import lay_out
from diagnosis.behaviour.exposure import normalised_variance
from diagnosis.behaviour.flags import flags_at, idiosyncratic, lottery_sort, universe_of
from diagnosis.behaviour.habit import rule
from diagnosis.behaviour.paths import growth_of
from diagnosis.behaviour.turnover import barber_odean, fees_paid, simple_turnover
from diagnosis.types import HabitId
from market.types import InstrumentKind
from tests.diagnosis.ledgers import day, grid
from tests.diagnosis.markets import benchmark, history_of, instrument, market


def column(numbers, habit):
    return numbers.columns[habit]


def test_means_over_days_by_hand():
    prices = grid([[10.0, 10.0]] * 4)
    orders = [(0, "buy", 0, 100), (2, "buy", 1, 300)]
    history, ledger = history_of(prices, orders, commission=0, cash=8_000)

    exposure = habit_numbers(history, ledger, None).book.exposure

    assert exposure.points[0] == 4
    assert exposure.hhi[0] == pytest.approx((1 + 1 + 0.625 + 0.625) / 4), "1, then 1/16 + 9/16"
    assert exposure.top_share[0] == pytest.approx((1 + 1 + 0.75 + 0.75) / 4)
    assert exposure.top_of_assets[0] == pytest.approx((1000 + 1000 + 3000 + 3000) / 8000 / 4)
    assert exposure.holdings[0] == pytest.approx(1.5)


def test_one_stock_is_concentrated_one_fund_is_not():
    prices = market(80, 2, industries=1)
    fund = replace(prices, securities=instrument(prices, 0, kind=InstrumentKind.ETF))
    orders = [(0, "buy", 0, 100)]

    stock, etf = (
        habits_of(*history_of(which, orders, cash=1_100), None)[0]["CONCENTRATION"]
        for which in (prices, fund)
    )

    assert stock.seen is True
    assert stock.evidence[0].text == "平均占证券市值 100.0%"
    assert etf.seen is False


POINTS = [(59, None), (60, True)]  # days with a holding, seen: withheld under 60


@pytest.mark.parametrize(("points", "seen"), POINTS)
def test_concentration_needs_sixty_days(points, seen):
    prices = market(points, 1)

    habit = habits_of(*history_of(prices, [(0, "buy", 0, 100)], cash=1_100), None)[0]["CONCENTRATION"]

    assert habit.seen is seen


def test_leveraged_products_are_seen():
    prices = market(60, 2)
    prices = replace(prices, securities=instrument(prices, 0, kind=InstrumentKind.LEVERAGED))

    habit = habits_of(*history_of(prices, [(0, "buy", 0, 100), (0, "buy", 1, 100)]), None)[0]["LEVERAGE"]

    assert habit.seen is True
    assert habit.statistic == pytest.approx(0.5, abs=0.2)
    assert [line.code for line in habit.evidence] == ["600000.SH"]


def test_normalised_variance_of_independent_stocks_is_one_over_their_number():
    prices = market(2000, 10, seed=8)
    orders = [(0, "buy", s, 100) for s in range(10)]
    history, _ = history_of(prices, orders)
    even = replace(history, quantity=1 / np.where(history.price > 0, history.price, 1.0))

    found = normalised_variance(even, growth_of(prices.close), 500)

    assert found[0] == pytest.approx(0.1, abs=0.02), (
        "Goetzmann and Kumar: NV = 1/N + (1 - 1/N) x mean correlation"
    )


def test_normalised_variance_of_one_stock_held_twice_is_one():
    one = market(300, 1, seed=8).close
    prices = grid(np.hstack([one, one]).tolist())
    history, _ = history_of(prices, [(0, "buy", 0, 100), (0, "buy", 1, 100)])

    assert normalised_variance(history, growth_of(prices.close), 120)[0] == pytest.approx(1.0)


def test_residual_moments_against_numpy():
    rng = np.random.default_rng(4)
    market_return = rng.normal(0, 0.01, 120)
    growth = np.stack([1.5 * market_return + rng.exponential(0.02, 120), 0.5 * market_return], axis=1)

    volatility, skewness = idiosyncratic(growth, market_return, 60)

    slope, level = np.polyfit(market_return, growth[:, 0], 1)
    residual = growth[:, 0] - slope * market_return - level
    assert volatility[0] == pytest.approx(residual.std(), rel=1e-9)
    assert skewness[0] == pytest.approx(
        ((residual - residual.mean()) ** 3).mean() / residual.std() ** 3, rel=1e-9
    )
    assert volatility[1] == pytest.approx(0, abs=1e-12)


SORTS = [  # price, volatility, skewness, lottery, why
    (1.0, 9.0, 9.0, 1, "cheap, wild and skewed"),
    (9.0, 9.0, 9.0, 0, "dear"),
    (1.0, 1.0, 9.0, 0, "calm"),
    (1.0, 9.0, 1.0, 0, "not skewed"),
    (5.0, 9.0, 9.0, 0, "at the median price: low means below it"),
]


@pytest.mark.parametrize(("price", "volatility", "skewness", "lottery", "why"), SORTS)
def test_the_three_sorts_are_independent(price, volatility, skewness, lottery, why):
    rest = np.array([4.0, 4.5, 5.0, 5.5, 6.0])
    stack = [np.append(rest, each) for each in (price, volatility, skewness)]

    flags = flags_at(*stack, np.ones(6, bool), 0.5, 5)

    assert flags[-1] == lottery, why


def test_too_few_stocks_cannot_be_sorted():
    prices = market(200, 29)

    flags, base = lottery_sort(prices, None, benchmark(prices), rule("BEH-106", day(0)))

    assert flags.size == 0
    assert np.isnan(base).all()


def test_a_wider_universe_sorts_the_same_stocks_alike():
    wide = market(200, 40, seed=6)
    narrow = replace(
        wide, securities=wide.securities[5:8], close=wide.close[:, 5:8], dividend=wide.dividend[:, 5:8],
        ratio=wide.ratio[:, 5:8], high=None, low=None, volume=None,
    )  # fmt: skip
    late = replace(
        narrow, points=narrow.points[80:], close=narrow.close[80:], dividend=narrow.dividend[80:],
        ratio=narrow.ratio[80:],
    )  # fmt: skip
    terms = rule("BEH-106", day(0))

    flags, base = lottery_sort(wide, None, None, terms)
    read, read_base = lottery_sort(late, universe_of(wide, day(0)), None, terms)

    assert (read == flags[80:, 5:8]).all()
    assert (read_base == base[80:]).all()


def test_nothing_of_the_coming_days_is_in_a_flag():
    prices = market(200, 40, seed=6)
    shaken = prices.close.copy()
    shaken[140:] *= np.random.default_rng(1).uniform(0.5, 2.0, (60, 40))
    terms = rule("BEH-106", day(0))

    flags, _ = lottery_sort(prices, None, None, terms)
    other, _ = lottery_sort(replace(prices, close=shaken), None, None, terms)

    assert (flags[:141] == other[:141]).all()
    assert (flags[60:141] >= 0).any()


def test_one_who_buys_lottery_stocks_is_seen():
    prices = market(400, 60, seed=12)
    flags, _ = lottery_sort(prices, None, benchmark(prices), rule("BEH-106", day(0)))
    orders = []
    for t in range(80, 380, 20):
        chosen = int(np.flatnonzero(flags[t] == 1)[t // 20 % 3])
        orders += [(t, "buy", chosen, 100), (t + 19, "sell", chosen, 100)]
    plain = [(t, side, (s + 17) % 60, shares) for t, side, s, shares in orders]

    history, ledger = history_of(prices, orders, plain)
    seen, not_seen = (habits["LOTTERY"] for habits in habits_of(history, ledger, benchmark(prices)))

    assert seen.seen is True
    assert seen.statistic == pytest.approx(1.0)
    assert not_seen.seen is False


def test_lottery_is_withheld_without_enough_stocks():
    prices = market(100, 5)

    habit = habits_of(*history_of(prices, [(70, "buy", 0, 100)]), benchmark(prices))[0]["LOTTERY"]

    assert habit.withheld == "可比较的股票不足 30 只，无法以中位数划分，暂不计算"


def test_barber_odean_by_hand():
    """March: buys 400 A on the first day. April: sells 100 of 400 A, buys 100 B; prices stand still."""
    prices = grid([[10.0, 10.0]] * 42)
    april = next(t for t in range(42) if day(t).month == 4)
    orders = [(0, "buy", 0, 400), (april + 2, "sell", 0, 100), (april + 3, "buy", 1, 100)]
    history, ledger = history_of(prices, orders)

    found = barber_odean(lay_out(history, ledger, None))

    sales = 100 / 400  # one month has a start position
    purchases = (1.0 + 0.25 * 1.0) / 2  # March: all of A; April: all of B at a quarter of the end's value
    assert found[0] == pytest.approx((sales + purchases) / 2)


def test_fees_and_turnover_add_up_over_accounts():
    prices = market(60, 3, seed=3)
    first = [(1, "buy", 0, 100), (9, "sell", 0, 100)]
    second = [(2, "buy", 1, 300)]
    both = lay_out(*history_of(prices, first, second), None)
    alone = lay_out(*history_of(prices, second), None)

    assert fees_paid(both).tolist() == pytest.approx([10, 5])
    assert simple_turnover(both)[1] == pytest.approx(simple_turnover(alone)[0])


def test_overtrading_is_seen_by_turnover_and_cost_together():
    prices = market(200, 4, seed=2)
    orders = [(t, side, 0, 1000) for t in range(1, 199, 2) for side in ("buy", "sell")]
    orders = [(t + (side == "sell"), side, s, n) for t, side, s, n in orders]
    dear, cheap = (
        habits_of(*history_of(prices, orders, commission=fee, cash=20_000), None)[0]["OVERTRADING"]
        for fee in (15.0, 0.5)
    )

    assert dear.seen is True
    assert dear.cost is not None
    assert dear.cost.yuan == pytest.approx(dear.figures["fees"] * (1 - 1 / dear.statistic))
    assert cheap.seen is False, "often, but at no cost worth the word"


def test_patience_counts_what_is_still_held():
    prices = market(200, 3)
    orders = [(0, "buy", s, 100) for s in range(3)]

    habit = habits_of(*history_of(prices, orders), None)[0]["PATIENCE"]

    assert habit.seen is True
    assert habit.statistic == (day(199) - day(0)).days
    assert column(habit_numbers(*history_of(prices, orders), None), HabitId.PATIENCE).n.tolist() == [3]
