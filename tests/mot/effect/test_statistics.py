"""The statistics of comparison against published numbers and against scipy, and the laws that hold for all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some
from scipy import stats

from mot.effect.statistics import cuped, newcombe, ratio_p, smallest_mean, smallest_share, welch_of, z_of

PUBLISHED = [  # hits, n, other hits, other n, ends; Newcombe (1998), Table II, method 10
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (0, 10, 0, 10, -0.2775, 0.2775),
    (10, 10, 0, 20, 0.6791, 1.0),
    (10, 10, 0, 10, 0.6075, 1.0),
]
FIGURES = some.lists(some.floats(-1e6, 1e6), min_size=2, max_size=30).map(np.array)


def ends(gap):
    return [float(one) for one in (gap.value, gap.low, gap.high)]


COUNTS = some.tuples(some.integers(1, 400), some.floats(0, 1)).map(lambda one: (round(one[0] * one[1]), one[0]))


@pytest.mark.parametrize(("hits", "n", "other", "k", "low", "high"), PUBLISHED)
def test_newcombe_gives_the_published_intervals(hits, n, other, k, low, high):
    gap = newcombe(hits, n, other, k, 0.95)

    assert (round(float(gap.low), 4), round(float(gap.high), 4)) == (low, high)
    assert float(gap.value) == hits / n - other / k


def test_many_comparisons_are_the_single_ones():
    columns = np.array([row[:4] for row in PUBLISHED]).T
    gap = newcombe(*columns, 0.95)

    assert np.round(gap.low, 4).tolist() == [row[4] for row in PUBLISHED]


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("seed", range(4))
def test_welch_is_that_of_scipy(seed, level):
    drawn = np.random.default_rng(seed)
    own, theirs = drawn.lognormal(1, 1 + seed / 4, 40 - 9 * seed), drawn.normal(3, 2, 7 + 11 * seed)
    known = stats.ttest_ind(own, theirs, equal_var=False).confidence_interval(level)
    gap = welch_of(own, theirs, level)

    assert [float(gap.low), float(gap.high)] == pytest.approx([known.low, known.high])


RATIOS = [(100, 1000, 0.1), (60, 1000, 0.1), (0, 40, 0.1), (5, 10, 0.5), (31, 60, 0.2), (60, 60, 0.5)]


@pytest.mark.parametrize(("held", "n", "share"), RATIOS)
def test_the_sizes_of_the_groups_are_tested_exactly(held, n, share):
    tails = [stats.binom.cdf(held, n, share), stats.binom.sf(held - 1, n, share)]

    assert float(ratio_p(held, n, share)) == pytest.approx(min(1, 2 * min(tails)))


def test_an_effect_of_the_smallest_visible_size_is_seen_with_the_planned_power():
    smallest = float(smallest_mean(4.0, 200, 9.0, 100, 0.95, 0.8))
    drawn = np.random.default_rng(7)
    own, theirs = drawn.normal(smallest, 2, (3000, 200)), drawn.normal(0, 3, (3000, 100))
    seen = float((welch_of(own, theirs, 0.95).low > 0).mean())

    assert seen == pytest.approx(0.8, abs=0.03)
    assert float(smallest_share(0.5, 100, 100, 0.95, 0.8)) == pytest.approx(2.8016 * np.sqrt(0.25 * 0.02), abs=1e-4)
    assert float(z_of(0.95)) == pytest.approx(1.959964)


@given(COUNTS, COUNTS)
def test_swapping_the_groups_flips_the_sign(own, theirs):
    one, other = newcombe(*own, *theirs, 0.95), newcombe(*theirs, *own, 0.95)

    value, low, high = ends(other)
    assert ends(one) == pytest.approx([-value, -high, -low])
    assert -1 - 1e-12 <= one.low <= one.value + 1e-12
    assert one.value - 1e-12 <= one.high <= 1 + 1e-12


@given(COUNTS, COUNTS, some.integers(2, 9))
def test_more_clients_with_the_same_shares_narrow_the_interval(own, theirs, times):
    once, more = newcombe(*own, *theirs, 0.95), newcombe(*(times * one for one in (*own, *theirs)), 0.95)

    assert more.high - more.low < once.high - once.low


@given(FIGURES, FIGURES, some.floats(-1e6, 1e6))
def test_adding_the_same_to_everybody_changes_nothing(own, theirs, more):
    before, after = welch_of(own, theirs, 0.95), welch_of(own + more, theirs + more, 0.95)
    flipped = welch_of(theirs, own, 0.95)

    assert ends(after) == pytest.approx(ends(before), abs=1e-3)
    assert [float(flipped.low), float(flipped.high)] == pytest.approx([-float(before.high), -float(before.low)])


@given(FIGURES, some.floats(-100, 100), some.floats(-1e3, 1e3), some.integers(0, 99))
def test_what_the_time_before_explains_is_taken_out_and_an_effect_is_kept(before, slope, effect, seed):
    assume(np.ptp(before) > 1e-3)
    theirs = np.random.default_rng(seed).permutation(before)
    own, held = cuped(slope * before + effect, before, slope * theirs, theirs)

    assert own.mean() - held.mean() == pytest.approx(effect, abs=1e-2)
    assert own.std() == pytest.approx(0, abs=1e-2), "an exact line leaves nothing"


def test_without_variation_before_figures_stay_as_they_are():
    own, held = cuped(np.array([1.0, 2.0]), np.zeros(2), np.array([3.0, 5.0]), np.zeros(2))

    assert (own.tolist(), held.tolist()) == ([1.0, 2.0], [3.0, 5.0])
