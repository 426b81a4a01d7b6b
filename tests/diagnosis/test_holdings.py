"""What is held at the end and what each security brought."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from clients.types import CashKind
from diagnosis.holdings import holdings_of, industry_weights_of, securities_of
from diagnosis.replay import replay, slot_profit
from tests.diagnosis.ledgers import Book, day, grid
from tests.diagnosis.markets import history_of, instrument, market


def test_holdings_by_hand():
    prices = grid([[10.0, 20.0]] * 5 + [[12.0, 18.0]])
    prices = replace(prices, volume=np.full((6, 2), 1000.0), securities=instrument(prices, 1, industry=None))
    history, _ = history_of(prices, [(0, "buy", 0, 300), (1, "buy", 1, 100)], commission=3.0)

    first, second = holdings_of(history, 0)

    assert (first.code, first.quantity, first.value) == ("600000.SH", 300, 3600)
    assert first.weight == pytest.approx(3600 / 5400)
    assert first.average_cost == pytest.approx(10.01)
    assert first.unrealised == pytest.approx(300 * (12 - 10.01))
    assert first.held_days == 7, "Monday to the next Monday"
    assert first.days_to_sell == pytest.approx(300 / 200), "a fifth of a mean volume of 1,000"
    assert second.unrealised == pytest.approx(100 * (18 - 20.03))
    assert industry_weights_of((first, second)) == (
        ("银行", pytest.approx(3600 / 5400)), ("未分类", pytest.approx(1800 / 5400)),
    )  # fmt: skip


def test_what_securities_brought_adds_up_to_the_replays_profit():
    prices = market(40, 3, seed=2)
    orders = [
        (1, "buy", 0, 500),
        (2, "buy", 1, 300),
        (9, "sell", 0, 200),
        (20, "sell", 1, 300),
        (21, "buy", 2, 100),
    ]
    history, ledger = history_of(prices, orders)

    lines = securities_of(history, 0, ledger)

    assert sum(line.profit for line in lines) == pytest.approx(slot_profit(history).sum())
    assert sum(line.trades for line in lines) == 5
    assert [line.profit for line in lines] == sorted((line.profit for line in lines), reverse=True)


def test_what_lies_in_the_account_with_a_cost_that_nobody_knows():
    prices = grid([[10.0]] * 3)
    book = Book().holds(day(0), 500)
    book.flow(CashKind.DEPOSIT, day(0), 1000)

    (line,) = holdings_of(replay(book.ledger(), prices, ()), 0)

    assert line.average_cost is None
    assert line.unrealised is None
    assert line.value == 5000
    assert line.days_to_sell is None, "no volume, no guess"


def test_an_empty_account_holds_nothing():
    history, _ = history_of(grid([[10.0]] * 3), [])

    assert holdings_of(history, 0) == ()
    assert securities_of(history, 0) == ()
    assert industry_weights_of(()) == ()
