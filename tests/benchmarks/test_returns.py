"""The measures and the loop beside them give the same figures, where both use the same convention."""

import numpy as np
import pytest

from benchmarks.result import Line, Scale
from benchmarks.returns import loop_of, measure, run
from benchmarks.synthetic import random_returns

SHARED = (
    "twr", "annualised_return", "volatility", "downside_deviation", "max_drawdown", "calmar", "omega", "var_95",
    "cvar_95", "beta", "excess_return",
)  # fmt: skip


def test_both_sides_compute_the_same_figures():
    returns, benchmark = random_returns(5, 250, seed=3)

    ours, theirs = measure(returns, benchmark), loop_of(returns, benchmark)

    for name in SHARED:
        looped = [account[name] for account in theirs]
        assert ours.values[name] == pytest.approx(looped, rel=1e-6, abs=1e-9), name


def test_every_measure_that_is_timed_is_given():
    columns = measure(*random_returns(5, 250, seed=4))

    assert all(np.isfinite(values).all() for values in columns.values.values())


def test_the_subject_says_what_was_measured_and_against_what():
    lines = run(Scale(quick=True))

    assert [line.unit for line in lines] == ["秒", "倍"]
    assert all(line.value > 0 and line.peer for line in lines)


@pytest.mark.parametrize(
    ("value", "budget", "bound", "met"),
    [(4.9, 5.0, "≤", True), (5.0, 5.0, "≤", True), (5.1, 5.0, "≤", False), (0.5, 0.5, "≥", True),
     (0.49, 0.5, "≥", False), (1.0, None, "≤", None)],
)  # fmt: skip
def test_a_budget_is_met_at_its_bound_and_missed_beyond(value, budget, bound, met):
    assert Line("w", value, "秒", budget, bound).met is met
