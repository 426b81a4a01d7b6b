"""A/A: groups that nothing tells apart are told apart by chance alone, in 5 % of the looks.

The real hash assigns, the real comparison judges. Every seed is its own firm: a key, clients, figures that owe nothing
to the group. All 2,000 seeds in `make soak`; otherwise a fixed share of them, held to what chance allows for so many.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache

import numpy as np
import pytest
from scipy import stats

from mot.effect.analysis import compare
from mot.effect.rules import plan_of
from mot.effect.types import Measured
from mot.matching.holdout import Holdout
from mot.scenario.loading import shipped
from tests.conftest import SOAK

DAY = date(2026, 3, 2)
SEEDS = 2000 if SOAK else 400
CLIENTS = tuple(f"C{number:04d}" for number in range(500))
KINDS = ("SHARE", "RARE", "MONEY", "CUPED")


@lru_cache
def scenario():
    found = next(one for one in shipped(DAY) if one.id == "churn-retain")
    return found, plan_of(found, DAY)


def look(seed: int) -> list[bool]:
    """Whether each kind of figure shows a clear difference between groups that do not differ."""
    _, plan = scenario()
    held = Holdout(b"a/a test of seed %08d" % seed, 0.05).places(CLIENTS, plan.scenario_id) < 0.3
    drawn = np.random.default_rng(seed)
    before = drawn.normal(0, 1e5, len(CLIENTS))
    money = 0.6 * before + drawn.standard_t(5, len(CLIENTS)) * 5e4
    share, rare = (drawn.random(len(CLIENTS)) < p for p in (0.6, 0.08))
    yuan = plan_with(Measured.MONEY)
    parts = [before[~held], before[held]]
    return [
        compare(plan, share[~held].astype(float), share[held].astype(float)).clear,
        compare(plan, rare[~held].astype(float), rare[held].astype(float)).clear,
        compare(yuan, money[~held], money[held]).clear,
        compare(yuan, money[~held], money[held], parts).clear,
    ]


@lru_cache
def plan_with(measured: Measured):
    return replace(scenario()[1], measured=measured)


@pytest.fixture(scope="module")
def clear():
    return np.array([look(seed) for seed in range(SEEDS)])


@pytest.mark.parametrize("kind", KINDS)
def test_false_positives_are_five_percent(clear, kind):
    found = clear[:, KINDS.index(kind)]
    if SOAK:
        assert abs(found.mean() - 0.05) <= 0.015
    else:
        assert stats.binomtest(int(found.sum()), len(found), 0.05).pvalue > 0.01


def test_a_difference_is_found_where_there_is_one():
    _, plan = scenario()
    drawn = np.random.default_rng(1)
    found = compare(plan, (drawn.random(400) < 0.7).astype(float), (drawn.random(200) < 0.5).astype(float))

    assert found.clear
    assert found.low > 0
