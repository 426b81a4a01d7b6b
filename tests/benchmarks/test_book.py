"""Blocks over processes say of each account what one batch of all says; the synthetic book is sound."""

import numpy as np
import pytest

from benchmarks import synthetic
from benchmarks.book import diagnose, diagnose_all, diagnose_file, write_blocks
from benchmarks.result import seconds
from diagnosis.replay import replay


def test_a_block_from_a_file_says_what_the_ledger_says(tmp_path):
    paths = write_blocks(tmp_path, accounts=14, block=8)

    whole = [diagnose_file(path) for path in paths]
    apart = list(diagnose_all(paths, workers=1))

    assert [answer.accounts for answer in whole] == [8, 6]
    for one, other in zip(whole, apart, strict=True):
        for name, values in one.measures.items():
            assert values == pytest.approx(other.measures[name], nan_ok=True), name
        for name, weights in one.findings.items():
            assert weights == pytest.approx(other.findings[name]), name
        assert other.process != one.process


def test_every_measure_exists_for_some_account():
    market = synthetic.market(250, 500, 21)
    answer = diagnose(synthetic.ledger(market.grid, 20, 100, 10, seed=1))

    assert [name for name, values in answer.measures.items() if not np.isfinite(values).any()] == []


@pytest.mark.parametrize(("trades", "slots"), [(100, 10), (37, 5), (5, 5)])
def test_the_synthetic_ledger_sells_what_it_holds_and_pays_what_it_has(trades, slots):
    market = synthetic.market(250, 40, 2)
    ledger = synthetic.ledger(market.grid, 6, trades, slots, seed=3)

    history = replay(ledger, market.grid, market.actions)

    assert np.diff(ledger.trades.offsets).tolist() == [trades] * 6
    assert (history.quantity >= 0).all()
    assert (history.cash >= 0).all()
    assert {issue.kind.value for issues in history.issues for issue in issues} <= {
        "ACTION_DERIVED", "DIVIDEND_TAX_DERIVED",
    }  # fmt: skip


def test_another_seed_is_another_book():
    market = synthetic.market(250, 40, 2)
    one, other = (synthetic.ledger(market.grid, 3, 20, 4, seed=seed).trades for seed in (1, 2))

    assert (one.price != other.price).any()


def test_seconds_are_those_of_the_call():
    assert seconds(lambda: None) >= 0
