"""A week unlike the client's own: valid p-values, the promised false-alarm rate, changes that are found."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mot.derive.pattern import (
    Weeks,
    benjamini_hochberg,
    detections,
    false_alarms,
    judge,
    pattern_changes,
    scores,
    shuffled,
    weekly,
)
from mot.derive.span import limits
from mot.events.kinds import event_kinds

DAY = date(2026, 3, 1)
RULE = limits("PATTERN", DAY)
KIND = event_kinds(DAY)["TRADE_PATTERN_CHANGE"]


def book(n: int = 300, weeks: int = 53, seed: int = 3) -> Weeks:
    """Clients who trade by their own habits: busy and quiet ones, overdispersed counts, heavy-tailed amounts."""
    random = np.random.default_rng(seed)
    habit = random.gamma(1.5, 4.0, (n, 1))
    counts = random.poisson(random.gamma(2.0, habit / 2.0, (n, weeks))).astype(float)
    amounts = counts * np.exp(random.normal(10, 0.8, (n, weeks)))
    return Weeks(np.arange(n), counts, amounts, np.ones((n, weeks), dtype=bool))


def test_nobody_changed_and_a_week_rings_as_seldom_as_promised():
    rate = false_alarms(book(), RULE, rounds=40, seed=11)

    # q = 0.1 and 40 rounds: 0.1 + 3 standard deviations
    assert rate.any_alarm <= 0.25
    assert rate.per_client < 0.002


def test_a_tenfold_week_is_found_and_a_usual_one_is_not():
    assert detections(book(), RULE, times=10.0, share=0.05, seed=5) > 0.5
    assert detections(book(), RULE, times=1.0, share=0.05, seed=5) < 0.05


def test_a_change_becomes_a_tentative_event_with_its_figures():
    weeks = book()
    busy = int(np.argmax(np.median(weeks.counts, axis=1)))
    weeks.counts[busy, -1] = 20 * np.median(weeks.counts[busy])

    found = pattern_changes(KIND, weeks, DAY)
    row = found.client.tolist().index(busy)

    assert found.tentative.all()
    assert found.amount[row] == weeks.counts[busy, -1]
    assert found.usual[row] == np.median(weeks.counts[busy, :-1])


def test_the_smallest_p_is_one_in_all_scores_and_never_nought():
    weeks = book(40)
    weeks.counts[7, -1] = 10_000.0
    weeks.amounts[7, -1] = 1e12

    found = judge(weeks, RULE)

    past = int((~np.isnan(found.p)).sum()) * 52
    assert found.p[7] == pytest.approx(1 / (1 + past))
    assert np.nanmax(found.p) <= 1


UNJUDGED = [  # known weeks, weeks with a trade before the newest, too short, too quiet, source
    (27, 26, False, False, "weeks on the limit"), (26, 25, True, False, "weeks below"),
    (53, 8, False, False, "active on"),
    (53, 7, False, True, "active below"),
]  # fmt: skip


@pytest.mark.parametrize(("known", "active", "short", "quiet", "source"), UNJUDGED)
def test_too_little_history_is_not_judged(known, active, short, quiet, source):
    counts = np.zeros((1, 53))
    counts[0, -1 - active : -1] = 3.0
    seen = np.arange(53)[None, :] >= 53 - known

    found = judge(Weeks(np.array([0]), counts, counts * 1e4, seen), RULE)

    assert (found.too_short[0], found.too_quiet[0]) == (short, quiet), source
    assert np.isnan(found.p[0]) == (short or quiet)


def test_what_the_whole_book_did_is_nobodys_change():
    weeks = book()
    weeks.counts[:, -1] *= 4
    weeks.amounts[:, -1] *= 4

    assert judge(weeks, RULE).changed.mean() < 0.02


def test_one_client_or_the_book_in_another_order_is_the_same_score():
    weeks = book(20)
    turned = np.arange(20)[::-1]

    own = scores(Weeks(weeks.client[turned], weeks.counts[turned], weeks.amounts[turned], weeks.known[turned]))

    assert np.allclose(own[turned], scores(weeks))


def test_weeks_are_shuffled_within_what_is_known():
    weeks = book(5)
    known = np.arange(53)[None, :] >= np.array([0, 10, 20, 30, 50])[:, None]
    held = Weeks(weeks.client, np.where(known, weeks.counts, -1.0), weeks.amounts, known)

    turned = shuffled(held, np.random.default_rng(0))

    assert np.array_equal(turned.known, known)
    assert np.array_equal(np.sort(turned.counts, axis=1), np.sort(held.counts, axis=1))
    assert (turned.counts[~known] == -1).all()


def test_trades_fall_into_whole_weeks_that_end_on_the_day():
    last = DAY.toordinal()
    client, ago = np.array([2, 2, 2, 2, 5, 9]), np.array([0, 6, 7, 21, 0, 0])

    weeks = weekly(client, last - ago, np.full(6, 100.0), np.array([2, 5]), np.array([last - 13, last - 12]), DAY, 3)

    assert weeks.counts.tolist() == [[0, 1, 2], [0, 0, 1]]
    assert weeks.amounts.tolist() == [[0, 100, 200], [0, 0, 100]]
    assert weeks.known.tolist() == [[False, True, True], [False, False, True]]
    assert date.fromordinal(last) - timedelta(days=6) == date(2026, 2, 23)


@given(p=arrays.arrays(float, st.integers(0, 30), elements=st.floats(0.0001, 1)), q=st.sampled_from([0.05, 0.1, 0.3]))
def test_benjamini_hochberg_rejects_the_largest_set_that_its_line_allows(p, q):
    rejected = benjamini_hochberg(p, q)
    best = max((k for k in range(1, len(p) + 1) if np.sort(p)[k - 1] <= q * k / len(p)), default=0)

    assert rejected.sum() >= best
    assert rejected.sum() == (0 if best == 0 else int((p <= np.sort(p)[best - 1]).sum()))


def test_benjamini_hochberg_leaves_out_what_was_not_tested():
    assert benjamini_hochberg(np.array([0.01, np.nan, 0.9]), 0.1).tolist() == [True, False, False]
