"""价格断点: an unexplained rise of a holding ends what can be told of the account; everything else does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from diagnosis.breaks import breaks_of, issue_of
from diagnosis.replay import replay
from tests.diagnosis.ledgers import day
from tests.diagnosis.markets import history_of, market

SPLIT_AT = 30
HELD = [(5, "buy", 0, 1000)]


def shaken(factor: float, *, ratio: float = 1.0, gap: int = 0):
    """A calm market of three stocks; from point 30 on the first one costs `factor` times as much."""
    prices = market(60, 3, seed=4)
    close, ratios = prices.close.copy(), prices.ratio.copy()
    close[:, 0] = 10.0
    close[SPLIT_AT:, 0] *= factor
    if gap:
        close[SPLIT_AT : SPLIT_AT + gap, 0] = np.nan
    ratios[SPLIT_AT, 0] = ratio
    return replace(prices, close=close, ratio=ratios, high=None, low=None)


CASES = [  # factor, ratio, bought at, sold at, broken, why
    (4.99, 1.0, 5, None, False, "LEDGER-BREAK: just below five"),
    (5.0, 1.0, 5, None, True, "LEDGER-BREAK: at five"),
    (10.0, 0.1, 5, None, False, "announced: one for ten"),
    (10.0, 1.0, 5, 20, False, "sold before"),
    (10.0, 1.0, 40, None, False, "bought after"),
    (0.01, 1.0, 5, None, False, "a certificate knocked out loses nearly all at once"),
]


@pytest.mark.parametrize(("factor", "ratio", "bought", "sold", "broken", "why"), CASES)
def test_a_break_is_an_unexplained_rise_of_a_holding(factor, ratio, bought, sold, broken, why):
    prices = shaken(factor, ratio=ratio)
    deals = [(bought, "buy", 0, 1000)] + ([(sold, "sell", 0, 1000)] if sold else [])
    history, _ = history_of(prices, deals)

    (found,) = breaks_of(history)

    assert (found is not None) is broken, why


def test_a_break_is_told_with_day_prices_and_the_way_out():
    prices = shaken(1000.0)
    history, _ = history_of(prices, HELD)
    (found,) = breaks_of(history)
    assert found is not None
    text = issue_of(history, found).text

    assert found.sound_until < found.broke_on
    assert (found.before, found.after) == (10.0, 10_000.0)
    assert "约 1,000 倍" in text
    assert str(found.sound_until) in text
    assert "导入该公司行动" in text


def test_quotes_far_apart_are_not_compared():
    prices = shaken(10.0, gap=29)
    history, _ = history_of(prices, HELD)

    assert breaks_of(history) == (None,)


def test_up_to_the_break_the_account_is_as_if_nothing_came_after():
    prices = shaken(1000.0)
    history, ledger = history_of(prices, HELD)
    (found,) = breaks_of(history)
    assert found is not None
    calm = replace(prices, close=np.where(np.arange(60)[:, None] < SPLIT_AT, prices.close, 10.0))

    cut = replay(ledger, prices, (), last=found.sound_until)
    same = replay(ledger, calm, (), last=found.sound_until)

    assert np.array_equal(cut.value, same.value)
    assert date.fromordinal(int(cut.grid.points[-1])) == found.sound_until == day(SPLIT_AT - 1)
