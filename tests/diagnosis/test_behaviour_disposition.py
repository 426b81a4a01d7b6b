"""Odean's counts: the published tables, cases by hand, and a brute-force counter on random small books."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.types import Ledger
from diagnosis.behaviour import disposition, habit_numbers, habits_of
from diagnosis.behaviour.book import lay_out
from diagnosis.behaviour.disposition import count, proportions
from diagnosis.replay import replay
from diagnosis.types import HabitId, History
from market.types import ActionKind, Grid, Venue
from tests.diagnosis.ledgers import Book, account, action, day, grid, stock, with_actions
from tests.diagnosis.markets import benchmark, history_of, market, orders_by

ODEAN = [  # RG, PG, RL, PL, PGR, PLR, t of PGR - PLR, source
    (13_883, 79_658, 11_930, 110_348, 0.148416, 0.097565, 35.33, "Odean (1998) Table I, whole year"),
    (866, 7_131, 1_555, 10_604, 0.108291, 0.127889, -4.25, "Odean (1998) Table I, December"),
    (13_017, 72_527, 10_375, 99_744, 0.152167, 0.094216, 38.35, "January to November, by subtraction"),
]


@pytest.mark.parametrize(("rg", "pg", "rl", "pl", "pgr", "plr", "t", "source"), ODEAN)
def test_published_counts_give_published_ratios(rg, pg, rl, pl, pgr, plr, t, source):
    counts = (np.array([value], np.int64) for value in (rg, pg, rl, pl))

    found = [float(values[0]) for values in proportions(*counts)]

    assert found[0] == pytest.approx(pgr, abs=5e-7), source
    assert found[1] == pytest.approx(plr, abs=5e-7), source
    assert found[3] == pytest.approx(t, abs=0.01), source


def counts_of(history: History, ledger: Ledger, least: int = 2) -> tuple[int, int, int, int]:
    found = count(lay_out(history, ledger, None), least)
    return int(found.rg[0]), int(found.pg[0]), int(found.rl[0]), int(found.pl[0])


def two_stocks(closes: list[list[float]], low: list[list[float]], high: list[list[float]]) -> Grid:
    return replace(grid(closes), low=np.array(low, float), high=np.array(high, float))


CASES = [  # close of B on the day of the sale, its low, its high, counts (RG, PG, RL, PL), why
    (11.0, 10.5, 11.5, (1, 1, 0, 0), "the low stands above the cost: a paper gain"),
    (11.0, 9.9, 11.5, (1, 0, 0, 0), "the day's range holds the cost: neither"),
    (9.0, 8.5, 9.9, (1, 0, 0, 1), "the high stands below the cost: a paper loss"),
    (10.0, 10.0, 10.0, (1, 0, 0, 1), "bought at 10 plus commission: at 10 it is a paper loss"),
]


@pytest.mark.parametrize(("close", "low", "high", "expected", "why"), CASES)
def test_what_is_kept_is_judged_by_the_days_low_and_high(close, low, high, expected, why):
    prices = two_stocks(
        [[10, 10], [10, 10], [12, close]], [[10, 10], [10, 10], [12, low]], [[10, 10], [10, 10], [12, high]]
    )
    orders = [(0, "buy", 0, 100), (0, "buy", 1, 100), (2, "sell", 0, 100)]

    assert counts_of(*history_of(prices, orders)) == expected, why


def test_commission_stands_in_the_cost_of_what_is_sold():
    prices = two_stocks([[10, 10], [10.04, 10]], [[10, 10], [10, 9]], [[10, 10], [10, 9]])
    orders = [(0, "buy", 0, 100), (0, "buy", 1, 100), (1, "sell", 0, 100)]

    assert counts_of(*history_of(prices, orders, commission=5.0))[2] == 1, "10.04 is below 10 + 5/100"
    assert counts_of(*history_of(prices, orders, commission=3.0))[0] == 1, "10.04 is above 10 + 3/100"


def test_a_day_with_one_holding_at_its_start_is_not_counted():
    prices = two_stocks([[10, 10], [12, 10]], [[10, 10], [12, 10]], [[10, 10], [12, 10]])
    orders = [(0, "buy", 0, 100), (1, "buy", 1, 100), (1, "sell", 0, 100)]

    assert counts_of(*history_of(prices, orders)) == (0, 0, 0, 0)


def test_a_day_without_a_sale_is_not_counted():
    prices = market(30, 3)

    assert counts_of(*history_of(prices, [(1, "buy", 0, 100), (1, "buy", 1, 100)])) == (0, 0, 0, 0)


def test_a_position_sold_in_part_counts_once_as_sold():
    prices = two_stocks([[10, 10], [12, 12]], [[10, 10], [12, 12]], [[10, 10], [12, 12]])
    orders = [(0, "buy", 0, 200), (0, "buy", 1, 100), (1, "sell", 0, 100), (1, "sell", 0, 50)]

    assert counts_of(*history_of(prices, orders)) == (1, 1, 0, 0)


def test_a_bonus_issue_moves_the_cost_with_the_shares():
    actions = [action(ActionKind.BONUS, day(1), "1")]
    plain = two_stocks(
        [[10, 10], [6, 10], [6, 12]], [[10, 10], [6, 10], [6, 12]], [[10, 10], [6, 10], [6, 12]]
    )
    prices = with_actions(plain, actions)
    book = Book(securities=2)
    book.buy(day(0), 100, "10", of=0).buy(day(0), 100, "10", of=1).sell(day(2), 100, "12", of=1)
    history = replay(book.ledger(), prices, actions)

    assert counts_of(history, book.ledger()) == (1, 1, 0, 0), "200 shares at 5 each: 6 is a paper gain"


def test_a_position_of_unknown_cost_is_left_out_and_said():
    prices = market(30, 3, seed=4)
    book = Book(securities=3)
    book.buy(day(0), 100, "10", of=1).buy(day(0), 100, "10", of=2)
    book.holds(day(0), 500, of=0)
    book.sell(day(3), 100, "11", of=1).sell(day(5), 100, "11", of=0)
    ledger = book.ledger()
    found = count(lay_out(replay(ledger, prices, ()), ledger, None), 2)

    assert found.unknown[0] >= 1
    assert found.rg[0] + found.rl[0] == 1, "only the sale with a known cost counts"


def brute_force(prices: Grid, orders: list[tuple[int, str, int, int]], commission: float) -> Counter[str]:
    """Odean's rules said once more, with a dictionary and no arrays."""
    book: dict[int, tuple[int, float]] = {}
    counts: Counter[str] = Counter()
    for t in range(prices.close.shape[0]):
        today = [order for order in orders if order[0] == t]
        before = dict(book)
        sold = {s for _, side, s, _ in today if side == "sell"}
        if sold and len(before) >= 2:
            for s, (shares, cost) in before.items():
                average = cost / shares
                if s in sold:
                    price = round(float(prices.close[t, s]), 2)
                    counts["rg" if price > average else "rl" if price < average else "-"] += 1
                elif prices.low[t, s] > average:
                    counts["pg"] += 1
                elif prices.high[t, s] < average:
                    counts["pl"] += 1
        for _, side, s, shares in today:
            have, cost = book.get(s, (0, 0.0))
            if side == "buy":
                book[s] = have + shares, cost + shares * round(float(prices.close[t, s]), 2) + commission
            elif have == shares:
                del book[s]
            else:
                book[s] = have - shares, cost * (have - shares) / have
    return counts


@st.composite
def small_books(draw) -> list[tuple[int, str, int, int]]:
    """Up to 40 orders in 4 stocks over 25 days; sales of what was there when the day began."""
    held: dict[int, int] = {}
    orders: list[tuple[int, str, int, int]] = []
    for t in range(1, 25):
        start = dict(held)
        for s in draw(st.lists(st.integers(0, 3), max_size=3, unique=True)):
            if start.get(s, 0) > 0 and draw(st.booleans()):
                shares = draw(st.sampled_from([start[s], max(100, start[s] // 200 * 100)]))
                orders.append((t, "sell", s, shares))
                held[s] -= shares
            else:
                shares = 100 * draw(st.integers(1, 5))
                orders.append((t, "buy", s, shares))
                held[s] = held.get(s, 0) + shares
    return orders


@given(orders=small_books(), seed=st.integers(0, 5))
def test_the_kernel_counts_as_brute_force_does(orders, seed):
    prices = market(25, 4, seed=seed)
    history, ledger = history_of(prices, orders, commission=5.0)

    found = count(lay_out(history, ledger, None), 2)

    expected = brute_force(prices, orders, 5.0)
    told = {"rg": found.rg[0], "pg": found.pg[0], "rl": found.rl[0], "pl": found.pl[0]}
    assert told == {name: expected[name] for name in told}


def sell_winner(rng, held, t, prices):
    winners = [s for s, (since, cost) in held.items() if since < t and prices.close[t, s] > cost * 1.02]
    return winners[0] if winners else None


def sell_any(rng, held, t, prices):
    old = [s for s, (since, _) in held.items() if since < t]
    return int(rng.choice(old)) if old and rng.random() < 0.3 else None


def test_one_who_sells_winners_is_seen_and_one_who_sells_at_random_is_not():
    prices = market(250, 12, seed=3)
    biased = orders_by(prices, 1, lambda rng, held, t: sell_winner(rng, held, t, prices))
    even = orders_by(prices, 2, lambda rng, held, t: sell_any(rng, held, t, prices))
    history, ledger = history_of(prices, biased, even)

    seen, not_seen = (habits["DISPOSITION"] for habits in habits_of(history, ledger, benchmark(prices)))

    assert seen.seen is True
    assert seen.evidence
    assert seen.cost is not None
    assert "被卖出" in seen.text
    assert not_seen.seen is False
    assert not_seen.cost is None


def test_the_grid_of_moments_counts_by_day_and_says_that_it_has_one_price():
    start = 1_500_000_000
    moments = np.array([start, start + 60, start + 86_400, start + 86_460], dtype=np.int64)
    closes = np.array([[10, 10, 10], [10, 10, 10], [12, 9, 11], [12, 9, 11]], dtype=float)
    prices = replace(
        grid(closes.tolist(), [stock(f"S{s}.MI", venue=Venue.XMIL, currency="EUR") for s in range(3)]),
        granularity="MARK", points=moments,
    )  # fmt: skip
    first = date.fromordinal(moments[0] // 86_400 + 719_163)
    second = date.fromordinal(moments[2] // 86_400 + 719_163)
    book = Book(accounts=[account(cash=False, currency="EUR")], securities=3)
    for s in range(3):
        book.buy(first, 200, "10", of=s, at=int(moments[0]))
    book.sell(second, 100, "12", of=0, at=int(moments[2])).sell(second, 100, "12", of=0, at=int(moments[3]))
    ledger = book.ledger()
    history = replay(ledger, prices, ())

    assert counts_of(history, ledger) == (1, 1, 0, 1), "two sales of one stock on one day are one position"
    assert habits_of(history, ledger, None)[0]["DISPOSITION"].withheld is not None
    data = habit_numbers(history, ledger, None)
    assert "一个价格" in disposition.words(data.book, data.columns[HabitId.DISPOSITION], 0)
