"""满意率 and 净推荐值: printed values, edges, and how often the intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.satisfaction.intervals import net_promoters, results, wilson, z_of

WILSON = [  # hits, n, low, high at 95%; source: the closed form, computed by hand
    (0, 10, 0.0, 0.277533), (5, 10, 0.236593, 0.763407), (10, 10, 0.722467, 1.0), (1, 1, 0.206549, 1.0),
    (80, 100, 0.711170, 0.866633),
]  # fmt: skip


@pytest.mark.parametrize(("hits", "n", "low", "high"), WILSON)
def test_wilson(hits, n, low, high):
    found = wilson(hits, n, 0.95)

    assert (found.low, found.high) == (pytest.approx(low, abs=2e-6), pytest.approx(high, abs=2e-6))


def test_the_adjusted_wald_of_rocks_adds_three_answers():
    """20 for, 10 between, 10 against: shares (20.75, 10.75) of 43."""
    found = net_promoters(20, 10, 40, 0.95)
    up, down = 20.75 / 43, 10.75 / 43
    half = 1.959964 * ((up + down - (up - down) ** 2) / 43) ** 0.5

    assert found.value == 0.25
    assert (found.low, found.high) == (pytest.approx(up - down - half), pytest.approx(up - down + half))


def test_nobody_answered():
    assert wilson(0, 0, 0.95).value is None
    assert net_promoters(0, 0, 0, 0.95).low is None
    with pytest.raises(ValueError, match="between 0 and 1"):
        z_of(1.0)


@given(n=st.integers(1, 300), parts=st.tuples(st.integers(0, 300), st.integers(0, 300)))
def test_intervals_hold_their_value_and_stay_within_bounds(n, parts):
    up, down = min(parts[0], n), min(parts[1], n - min(parts[0], n))
    share, net = wilson(up, n, 0.95), net_promoters(up, down, n, 0.95)

    assert 0 <= share.low <= share.value <= share.high <= 1
    assert -1 <= net.low <= net.value <= net.high <= 1
    assert wilson(up, n, 0.99).low <= share.low, "surer is wider"


COVERAGE = [(10, 0.6, 0.1), (30, 0.4, 0.3), (100, 0.3, 0.2), (30, 0.9, 0.05)]


@pytest.mark.parametrize(("n", "up", "down"), COVERAGE)
def test_the_interval_holds_the_truth_about_as_often_as_it_says(n, up, down):
    rng = np.random.default_rng(7)
    drawn = rng.multinomial(n, [up, down, 1 - up - down], size=3_000)
    net = [net_promoters(int(a), int(b), n, 0.95) for a, b, _ in drawn]
    share = [wilson(int(a), n, 0.95) for a, _, _ in drawn]

    assert np.mean([one.low <= up - down <= one.high for one in net]) > 0.92
    assert np.mean([one.low <= up <= one.high for one in share]) > 0.92


def test_groups_are_counted_apart():
    score, recommend = np.array([5, 4, 3, 1]), np.array([10.0, 8.0, np.nan, 3.0])
    a, b = results(score, recommend, np.array([0, 0, 1, 1]), [("a", "甲"), ("b", "乙")], 0.95)

    assert (a.satisfied.value, a.promoters.value, a.mean) == (1.0, 0.5, 4.5)
    assert (b.satisfied.value, b.promoters.value, b.promoters.n, b.mean) == (0.0, -1.0, 1, 2.0)
