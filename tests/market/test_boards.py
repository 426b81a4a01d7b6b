"""Units of an order and price limits by board: on, just below and just above each limit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.money import SCALE
from market.boards import (
    NO_LOT_RULE,
    UNKNOWN,
    LotRule,
    free_days,
    lot_breach,
    lot_breaches,
    lot_rule,
    price_limit,
)
from market.types import Board, Instrument, InstrumentKind, Venue

DAY = date(2024, 1, 2)


def stock(board=Board.MAIN, venue=Venue.XSHG, kind=InstrumentKind.STOCK, **more):
    return Instrument("600519.SH", "样本", kind, venue, board, None, "CNY", **more)


LOTS = [  # board, side, quantity, held before, breach, source: domain facts 3.1, lots
    (Board.MAIN, "BUY", 100, None, False, "main board: 100"),
    (Board.MAIN, "BUY", 99, None, True, "just below"),
    (Board.MAIN, "BUY", 101, None, True, "just above is no multiple"),
    (Board.CHINEXT, "BUY", 300, None, False, "ChiNext: multiples of 100"),
    (Board.MAIN, "SELL", 50, 50, False, "the remainder, all at once"),
    (Board.MAIN, "SELL", 49, 50, True, "a part of the remainder"),
    (Board.MAIN, "SELL", 350, 350, False, "whole lots with the remainder"),
    (Board.MAIN, "SELL", 150, 350, False, "a lot with the whole remainder"),
    (Board.MAIN, "SELL", 150, 300, True, "there is no remainder to take along"),
    (Board.MAIN, "SELL", 400, 350, False, "more than held is another finding, whole lots here"),
    (Board.MAIN, "SELL", 37, None, False, "holding unknown: a sale is not judged"),
    (Board.STAR, "BUY", 200, None, False, "STAR: at least 200"),
    (Board.STAR, "BUY", 199, None, True, "just below"),
    (Board.STAR, "BUY", 201, None, False, "then steps of 1"),
    (Board.STAR, "SELL", 199, 199, False, "the remainder below the minimum, all at once"),
    (Board.STAR, "SELL", 100, 199, True, "a part of it"),
    (Board.STAR, "SELL", 100, 300, True, "below the minimum while more is held"),
    (Board.BSE, "BUY", 100, None, False, "Beijing: at least 100"),
    (Board.BSE, "BUY", 99, None, True, "just below"),
    (Board.BSE, "BUY", 101, None, False, "then steps of 1"),
    (Board.FUND, "BUY", 150, None, True, "funds: multiples of 100"),
    (Board.FOREIGN, "BUY", 1, None, False, "no rule is known abroad"),
]


@pytest.mark.parametrize(("board", "side", "quantity", "held", "breach", "source"), LOTS)
def test_unit_of_an_order(board, side, quantity, held, breach, source):
    rule = lot_rule(stock(board), DAY)
    before = None if held is None else Decimal(held)

    assert breach == lot_breach(rule, side, Decimal(quantity), before), source


def test_a_fraction_of_a_share_is_never_a_whole_lot():
    assert lot_breach(LotRule(100, 100), "BUY", Decimal("100.5"))


def test_an_instrument_that_states_its_lot_follows_it():
    hong_kong = stock(Board.HK, Venue.XHKG, lot_size=500)

    assert LotRule(500, 500) == lot_rule(hong_kong, DAY)
    assert LotRule(500, 1) == lot_rule(stock(lot_size=500, lot_step=1), DAY)


@pytest.mark.parametrize("instrument", [stock(Board.HK, Venue.XHKG), stock(Board.FUND, Venue.OTC)])
def test_where_no_rule_is_known_nothing_is_checked(instrument):
    assert lot_rule(instrument, DAY) == NO_LOT_RULE
    assert not lot_breach(lot_rule(instrument, DAY), "BUY", Decimal("0.01"))


def test_before_the_first_rule_nothing_is_checked():
    assert lot_rule(stock(), date(1990, 1, 2)) == NO_LOT_RULE


@given(
    size=st.sampled_from([100, 200]), by_lots=st.booleans(), sells=st.booleans(),
    quantity=st.integers(1, 1000), held=st.integers(0, 1000) | st.none(),
)
def test_the_array_says_what_the_words_of_the_rule_say(size, by_lots, sells, quantity, held):
    step = size if by_lots else 1
    whole = quantity >= size and (quantity - size) % step == 0
    if sells and held is None:
        expected = False
    elif sells and by_lots:
        expected = not whole and not (quantity <= held and quantity % size == held % size)
    else:
        expected = not whole and not (sells and held < size and quantity == held)
    found = lot_breaches(
        np.array([size]), np.array([step]), np.array([sells]), np.array([quantity * SCALE]),
        np.array([UNKNOWN if held is None else held * SCALE]),
    )

    assert expected == found[0]


LIMITS = [  # board, day, special treatment, limit, source
    (Board.MAIN, "2024-01-02", False, "0.10", "main board 10%"),
    (Board.MAIN, "2024-01-02", True, "0.05", "ST 5%"),
    (Board.STAR, "2019-07-19", False, None, "before STAR opened"),
    (Board.STAR, "2019-07-22", False, "0.20", "STAR from its first day"),
    (Board.CHINEXT, "2020-08-23", False, "0.10", "the day before the reform"),
    (Board.CHINEXT, "2020-08-24", False, "0.20", "ChiNext 20% from this day"),
    (Board.CHINEXT, "2020-08-25", True, "0.20", "ST changes nothing off the main board"),
    (Board.BSE, "2021-11-14", False, None, "before Beijing opened"),
    (Board.BSE, "2021-11-15", False, "0.30", "Beijing 30%"),
    (Board.FOREIGN, "2024-01-02", False, None, "no limit abroad"),
    (Board.MAIN, "1996-12-13", False, None, "before limits came"),
    (Board.MAIN, "1996-12-16", False, "0.10", "limits from this day"),
]


@pytest.mark.parametrize(("board", "day", "special", "limit", "source"), LIMITS)
def test_price_limit(board, day, special, limit, source):
    expected = None if limit is None else Decimal(limit)

    assert expected == price_limit(board, date.fromisoformat(day), special), source


FREE = [  # board, listed on, days, source
    (Board.STAR, "2019-07-22", 5, "STAR from its first day"),
    (Board.CHINEXT, "2020-08-21", 0, "listed before the reform"),
    (Board.CHINEXT, "2020-08-24", 5, "registration system"),
    (Board.BSE, "2021-11-15", 1, "Beijing: the first day"),
    (Board.MAIN, "2023-04-07", 0, "before registration on the main board"),
    (Board.MAIN, "2023-04-10", 5, "registration on the main board"),
    (Board.MAIN, "2001-01-02", 0, "before any rule"),
]


@pytest.mark.parametrize(("board", "listed", "days", "source"), FREE)
def test_days_without_a_price_limit(board, listed, days, source):
    assert days == free_days(board, date.fromisoformat(listed)), source
