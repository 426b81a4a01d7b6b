"""亏损补仓, 小单 and 下单时段: by hand at, just under and just over their limits."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from clients.types import CashKind
from diagnosis.behaviour import habits_of
from diagnosis.behaviour.averaging import adds_of
from diagnosis.behaviour.book import lay_out
from diagnosis.behaviour.hours import bin_labels, chi_square_z, midnight, session_bins
from diagnosis.behaviour.orders import orders_of
from diagnosis.replay import replay
from market.types import ActionKind
from tests.diagnosis.ledgers import Book, account, action, day, grid, with_actions
from tests.diagnosis.markets import benchmark, history_of, market

SESSIONS = [[570, 690], [780, 900]]


def test_what_counts_as_an_add():
    prices = grid([[10.0], [9.0], [8.0], [12.0]])
    orders = [(0, "buy", 0, 100), (1, "buy", 0, 100), (3, "buy", 0, 100)]
    history, ledger = history_of(prices, orders, commission=0)

    adds = adds_of(lay_out(history, ledger, None))

    assert adds.added.tolist() == [False, True, True]
    assert adds.gap[1:].tolist() == pytest.approx([9 / 10 - 1, 12 / 9.5 - 1])


def test_an_add_on_a_bonus_day_is_seen_against_the_adjusted_cost():
    actions = [action(ActionKind.BONUS, day(1), "1")]
    prices = with_actions(grid([[10.0], [5.5]]), actions)
    book = Book().flow(CashKind.DEPOSIT, day(0), 10_000).buy(day(0), 100, "10").buy(day(1), 100, "5.5")
    ledger = book.ledger()

    adds = adds_of(lay_out(replay(ledger, prices, actions), ledger, None))

    assert adds.gap[1] == pytest.approx(0.1), "5.5 against a cost of 5, not of 10"


def test_one_who_adds_to_losers_is_seen_and_one_who_adds_to_winners_is_not():
    prices = grid([[20.0 - t / 10, 10.0 + t / 10] for t in range(100)])
    down = [(t, "buy", 0, 100) for t in range(0, 90, 7)]
    up = [(t, "buy", 1, 100) for t in range(0, 90, 7)]
    history, ledger = history_of(prices, down, up)

    loser, winner = (habits["AVERAGING_DOWN"] for habits in habits_of(history, ledger, benchmark(prices)))

    assert loser.seen is True
    assert loser.statistic == pytest.approx(1.0)
    assert loser.cost is not None
    assert loser.cost.yuan > 0
    assert winner.seen is False
    assert winner.statistic == pytest.approx(0.0)


ADDS = [(8, None), (9, True)]  # purchases: the first is no add, eight adds are asked for


@pytest.mark.parametrize(("purchases", "seen"), ADDS)
def test_eight_adds_are_needed(purchases, seen):
    prices = grid([[20.0 - t / 10] for t in range(100)])

    habit = habits_of(*history_of(prices, [(t * 7, "buy", 0, 100) for t in range(purchases)]), None)[0]

    assert habit["AVERAGING_DOWN"].seen is seen


def charged(commissions: list[tuple[float, float]], currency: str = "CNY"):
    """Purchases of (money, commission), one a day."""
    prices = grid([[10.0]] * 90)
    book = Book(accounts=[account(currency=currency)])
    book.flow(CashKind.DEPOSIT, day(0), 10_000_000)
    for t, (money, commission) in enumerate(commissions):
        book.buy(day(t), round(money / 10), "10", commission=commission)
    ledger = book.ledger()
    return replay(ledger, prices, ()), ledger


def test_the_rate_is_read_from_the_larger_orders():
    history, ledger = charged([(100_000, 30), (50_000, 15), (40_000, 12), (2_000, 5), (10_000, 5)])

    orders = orders_of(lay_out(history, ledger, None))

    assert orders.rate[0] == pytest.approx(0.0003)
    assert bool(orders.inferred[0])
    assert orders.minimal.tolist() == [False, False, False, True, True]
    assert orders.excess.sum() == pytest.approx((5 - 0.6) + (5 - 3))


def test_an_order_whose_rate_alone_gives_the_minimum_is_not_small():
    history, ledger = charged([(100_000, 25), (50_000, 12.5), (40_000, 10), (20_000, 5)])

    orders = orders_of(lay_out(history, ledger, None))

    assert not orders.minimal.any()


def test_without_larger_orders_the_reference_rate_is_named():
    history, ledger = charged([(2_000, 5)] * 80)

    habit = habits_of(history, ledger, None)[0]["SMALL_ORDERS"]

    assert habit.seen is True
    assert "按参考佣金率" in habit.text
    assert habit.figures["excess_yuan"] == pytest.approx(80 * (5 - 2_000 * 0.00025))
    assert habit.cost is not None
    assert len(habit.evidence) == 5


SMALL = [  # orders at the minimum of ten, seen, why
    (2, False, "20% is below 30%"),
    (3, True, "30% is the limit"),
]


@pytest.mark.parametrize(("minimal", "seen", "why"), SMALL)
def test_the_share_of_small_orders(minimal, seen, why):
    rows = [(2_000, 5.0)] * minimal + [(20_500, 5.125)] * (10 - minimal)

    assert habits_of(*charged(rows), None)[0]["SMALL_ORDERS"].seen is seen, why


def test_another_currency_has_no_such_rule():
    habit = habits_of(*charged([(2_000, 5)] * 12, "EUR"), None)[0]["SMALL_ORDERS"]

    assert habit.withheld == "最低佣金规则只适用于人民币账户，暂不计算"


BINS = [  # minute of the day, bin
    (569, -1), (570, 0), (599, 0), (600, 1), (689, 3), (690, 3), (691, -1),
    (780, 4), (899, 7), (900, 7), (901, -1),
]  # fmt: skip


@pytest.mark.parametrize(("minute", "expected"), BINS)
def test_half_hours_of_the_session(minute, expected):
    assert session_bins(np.array([minute]), SESSIONS, 30).tolist() == [expected]


def test_labels_of_the_half_hours():
    assert bin_labels(SESSIONS, 30)[0] == "09:30-10:00"
    assert len(bin_labels(SESSIONS, 30)) == 8


CRITICAL = [  # freedom, upper 5% point of χ², from any table
    (7, 14.067), (3, 7.815), (16, 26.296),
]  # fmt: skip


@pytest.mark.parametrize(("freedom", "point"), CRITICAL)
def test_wilson_and_hilferty_at_five_per_cent(freedom, point):
    n = freedom + 1
    counts = np.full((1, n), 1000.0)
    shift = np.sqrt(point * 1000 / 2)
    counts[0, 0] += shift
    counts[0, 1] -= shift

    chi, z = chi_square_z(counts, np.full(n, 1 / n))

    assert chi[0] == pytest.approx(point)
    assert z[0] == pytest.approx(1.645, abs=0.02)


def test_midnight_follows_summer_time():
    winter = datetime(2018, 1, 15, tzinfo=ZoneInfo("Europe/Rome"))
    summer = datetime(2018, 7, 16, tzinfo=ZoneInfo("Europe/Rome"))

    assert midnight("Europe/Rome", winter.toordinal()) == int(winter.timestamp())
    assert midnight("Europe/Rome", summer.toordinal()) == int(summer.timestamp())


def timed(minutes: list[int]):
    prices = market(80, 1)
    book = Book().flow(CashKind.DEPOSIT, day(0), 1_000_000)
    for n, minute in enumerate(minutes):
        on = day(n)
        at = (
            int(datetime(on.year, on.month, on.day, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp())
            + minute * 60
        )
        book.buy(on, 100, round(float(prices.close[n, 0]), 2), at=at)
    ledger = book.ledger()
    return replay(ledger, prices, ()), ledger


def test_one_who_trades_in_the_first_minutes_is_seen_and_one_who_trades_evenly_is_not():
    early = [575] * 40 + [800] * 10
    even = [570 + 30 * (n % 4) + 210 * (n // 4 % 2) for n in range(48)]

    seen, not_seen = (habits_of(*timed(minutes), None)[0]["TIME_OF_DAY"] for minutes in (early, even))

    assert seen.seen is True
    assert "09:30-10:00" in seen.text
    assert not_seen.seen is False


def test_times_that_nobody_knows_are_not_guessed():
    history, ledger = history_of(market(60, 1), [(t, "buy", 0, 100) for t in range(50)])

    assert (
        habits_of(history, ledger, None)[0]["TIME_OF_DAY"].withheld
        == "成交时间已知的买卖不足 40 笔，暂不计算"
    )
