"""Lots: worked cases, and a slow, obvious FIFO in plain Python that the compiled one must equal."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.types import UNKNOWN
from diagnosis import kernels
from diagnosis.kernels import ADD, BONUS_RATE, MOVE_IN, MOVE_OUT, SELL, SHARES, SPLIT_RATE
from diagnosis.lots import Matched, Steps, at_the_door, fifo, moving_average, steps
from kit.money import SCALE

Move = tuple[int, int, int]  # op, quantity, money, in millionths


def walk(moves: list[Move], opening: int = UNKNOWN, whole: bool = True) -> Steps:
    n = len(moves)
    return steps(
        np.array([0, n]), np.array([m[0] for m in moves], dtype=np.int64),
        np.array([m[1] for m in moves], dtype=np.int64), np.arange(1000, 1000 + n), np.full(n, UNKNOWN),
        np.arange(1, n + 1), np.array([opening]), np.array([whole]), np.array([True]),
    )


def matched(moves: list[Move], opening: int = UNKNOWN, cost: int = UNKNOWN) -> Matched:
    return fifo(walk(moves, opening), np.array([m[2] for m in moves], dtype=np.int64), np.array([cost]))


def shares(n: str) -> int:
    return int(Decimal(n) * SCALE)


def closed(result: Matched) -> list[tuple[str | None, str, str | None]]:
    """(cost, quantity, proceeds) of each closed piece, as text."""
    return [
        (None if lot.cost is None else str(lot.cost.normalize()), str(lot.quantity.normalize()),
         None if lot.proceeds is None else str(lot.proceeds.normalize()))
        for lot in at_the_door(result.closed)
    ]


CASES = [  # moves in shares and yuan, closed (cost, quantity, proceeds), open (quantity, cost), why
    (
        [(ADD, "100", "1005"), (ADD, "100", "1205"), (SELL, "150", "2245")],
        [("1005", "1E+2", "1496.666666"), ("602.5", "5E+1", "748.333334")], [("5E+1", "602.5")],
        "the older lot goes first, whole; proceeds by shares, the last piece takes the rest",
    ),
    (
        [(ADD, "3", "10"), (SELL, "1", "4"), (SELL, "1", "4"), (SELL, "1", "4")],
        [("3.333333", "1", "4"), ("3.333333", "1", "4"), ("3.333334", "1", "4")], [],
        "thirds are cut down, what is cut stays in the lot: 10 in all",
    ),
    (
        [(ADD, "0.5", "10"), (SELL, "0.2", "5")],
        [("4", "0.2", "5")], [("0.3", "6")],
        "fractions of a share",
    ),
    (
        [(ADD, "1000", "9000"), (BONUS_RATE, "0.3", "0"), (SELL, "1300", "9100")],
        [("9E+3", "1.3E+3", "9.1E+3")], [],
        "a bonus of three for ten: more shares, the same cost",
    ),
    (
        [(ADD, "100", "1000"), (ADD, "200", "1000"), (SHARES, "30", "0"), (SELL, "110", "1100")],
        [("1E+3", "1.1E+2", "1.1E+3")], [("2.2E+2", "1E+3")],
        "booked bonus shares are spread over the lots by their size",
    ),
    (
        [(ADD, "1000", "5000"), (SPLIT_RATE, "0.1", "0"), (SELL, "100", "6000")],
        [("5E+3", "1E+2", "6E+3")], [],
        "ten become one",
    ),
    (
        [(SELL, "100", "900"), (ADD, "100", "800")],
        [(None, "1E+2", "9E+2")], [("1E+2", "8E+2")],
        "sold before anything was bought: an opening of unknown cost",
    ),
    (
        [(ADD, "100", "1000"), (MOVE_OUT, "40", "0"), (SELL, "60", "660")],
        [("6E+2", "6E+1", "6.6E+2")], [],
        "a transfer out takes its part of the cost with it",
    ),
    (
        [(MOVE_IN, "100", "0"), (SELL, "100", "1000")],
        [(None, "1E+2", "1E+3")], [],
        "nobody here knows what a share that was transferred in had cost",
    ),
]


@pytest.mark.parametrize(("moves", "expected", "left", "why"), CASES)
def test_worked_cases(moves, expected, left, why):
    result = matched([(op, shares(quantity), shares(money)) for op, quantity, money in moves])
    still = [(str(lot.quantity.normalize()), str(lot.cost.normalize())) for lot in at_the_door(result.open)]

    assert closed(result) == expected, why
    assert still == left, why


def test_a_snapshot_gives_the_opening_its_cost():
    result = matched([(SELL, shares("40"), shares("500"))], opening=shares("100"), cost=shares("1000"))

    assert closed(result) == [("4E+2", "4E+1", "5E+2")]
    assert result.closed.open_day.tolist() == [UNKNOWN]


def test_what_exceeds_a_known_opening_is_sold_without_a_cost():
    result = matched([(SELL, shares("150"), shares("1500"))], opening=shares("100"), cost=shares("1000"))

    assert closed(result) == [("1E+3", "1E+2", "1E+3"), (None, "5E+1", "5E+2")]


OPENINGS = [  # moves, least opening, why
    ([(SELL, "100"), (SELL, "50")], "150", "both sales need shares"),
    ([(ADD, "100"), (SELL, "250"), (ADD, "500"), (SELL, "500")], "150", "the deepest point counts"),
    ([(BONUS_RATE, "0.3"), (SELL, "130")], "100", "a bonus of three for ten makes 130 of 100"),
    ([(BONUS_RATE, "0.3"), (SELL, "131")], "101", "101 and 30 are 131: fractions of a share are not given"),
    ([(SPLIT_RATE, "2"), (SELL, "100")], "50", "two for one"),
    ([(SHARES, "30"), (SELL, "130")], "100", "the file books 30 itself"),
    ([(ADD, "100"), (SELL, "100")], "0", "nothing is missing"),
    ([(ADD, "100"), (MOVE_OUT, "300")], "200", "a transfer out needs shares too"),
]


@pytest.mark.parametrize(("moves", "least", "why"), OPENINGS)
def test_least_opening(moves, least, why):
    assert walk([(op, shares(quantity), 0) for op,
        quantity in moves]).opening.tolist() == [shares(least)], why


@pytest.mark.parametrize("rate", ["0.1", "0.3", "0.45", "1"])
@pytest.mark.parametrize("need", range(1, 60))
def test_least_opening_before_a_bonus_is_enough_and_least(rate, need):
    wanted, value = need * SCALE, shares(rate)
    least = kernels.least_before(BONUS_RATE, wanted, value, True)

    assert least + kernels.shares_more(BONUS_RATE, least, value, True) >= wanted
    one_less = least - SCALE
    assert one_less < 0 or one_less + kernels.shares_more(BONUS_RATE, one_less, value, True) < wanted


@settings(max_examples=60, deadline=None)
@given(
    a=st.integers(0, 2**62), c=st.integers(1, 2**61), part=st.fractions(0, 1), whole=st.booleans(),
)
def test_mul_div_is_exact_beyond_64_bits(a, c, part, whole):
    c = max(c // SCALE, 1) * SCALE if whole else c
    b = int(c * part)

    assert kernels.mul_div(a, b, c) == a * b // c


moves = st.lists(
    st.tuples(
        st.sampled_from((ADD, ADD, SELL, SELL, SHARES, MOVE_OUT)), st.integers(1, 10**7),
        st.integers(0, 10**12)
    ),
    max_size=25,
)


def by_hand(rows: list[Move]) -> tuple[list[list[int]], list[list[int]]]:
    """FIFO with Python's own integers: closed (cost, quantity, proceeds, buy, sell), open (quantity,
    cost).
    """
    need = least = 0
    for op, quantity, _ in rows:
        need += quantity if op in (SELL, MOVE_OUT) else -quantity
        least = max(least, need)
    queue: deque[list[int]] = deque([[least, UNKNOWN, -1]] if least else [])
    done: list[list[int]] = []
    for number, (op, quantity, money) in enumerate(rows, 1):
        if op == ADD:
            queue.append([quantity, money, number])
        elif op == SHARES:
            if not queue:
                queue.append([quantity, UNKNOWN, -1])
                continue
            total, seen, given_out = sum(lot[0] for lot in queue), 0, 0
            for lot in queue:
                seen += lot[0]
                share = (total + quantity) * seen // total
                lot[0], given_out = share - given_out, share
        else:
            left, paid = quantity, 0
            while left:
                lot = queue[0]
                piece = min(left, lot[0])
                cost = UNKNOWN if lot[1] == UNKNOWN else lot[1] * piece // lot[0]
                left -= piece
                upto = money * (quantity - left) // quantity
                if op == SELL:
                    done.append([cost, piece, upto - paid, lot[2], number])
                paid = upto
                lot[0] -= piece
                lot[1] -= cost if cost != UNKNOWN else 0
                if not lot[0]:
                    queue.popleft()
    return done, [lot[:2] for lot in queue]


@settings(max_examples=60, deadline=None)
@given(rows=moves)
def test_fifo_equals_brute_force(rows):
    result = matched(rows)
    gone, still = by_hand(rows)
    c, o = result.closed, result.open

    assert np.array([c.cost, c.quantity, c.proceeds, c.buy_trade, c.sell_trade]).T.tolist() == gone
    assert np.array([o.quantity, o.cost]).T.tolist() == still


@settings(max_examples=60, deadline=None)
@given(rows=moves)
def test_money_is_conserved(rows):
    """Known costs of closed, open and moved lots are what the purchases cost; proceeds are what the sales
    brought.
    """
    result = matched(rows)
    costs = np.concatenate((result.closed.cost, result.open.cost))
    bought = sum(money for op, _, money in rows if op == ADD)

    assert int(costs[costs != UNKNOWN].sum()) + result.cost_moved_out == bought
    assert int(result.closed.proceeds.sum()) == sum(money for op, _, money in rows if op == SELL)


AVERAGE = [  # moves, cost of the holding after each, why
    (
        [(ADD, "100", "1000"), (ADD, "100", "1400"), (SELL, "50", "700"), (SELL, "150", "1")],
        ["1000", "2400", "1800", "0"], "a sale takes its part of the mean",
    ),
    ([(ADD, "100", "1000"), (SHARES, "30", "0")], ["1000", "1000"], "bonus shares cost nothing"),
    ([(SELL, "50", "600"), (ADD, "100", "900")], ["0", "900"], "known again once the unknown is gone"),
    ([(ADD, "10", "100"), (SELL, "50", "600"), (ADD, "1", "9")], [None, "0", "9"],
        "mixed with an unknown opening"),
]


@pytest.mark.parametrize(("rows", "expected", "why"), AVERAGE)
def test_moving_average(rows, expected, why):
    scaled = [(op, shares(quantity), shares(money)) for op, quantity, money in rows]
    after = moving_average(walk(scaled), np.array([m[2] for m in scaled]), np.array([UNKNOWN]))

    assert after.tolist() == [UNKNOWN if cost is None else shares(cost) for cost in expected], why


def test_selling_on_the_day_of_purchase_is_seen():
    """1000 shares from the day before may go, the 500 of today may not."""
    n = 3
    result = steps(
        np.array([0, n]), np.array([ADD, ADD, SELL]), np.array([1000, 500, 1200]) * SCALE,
        np.array([1, 2, 2]),
        np.full(n, UNKNOWN), np.arange(n), np.array([0]), np.array([True]), np.array([True]),
    )

    assert result.early.tolist() == [0, 0, 200 * SCALE]
