"""Brinson-Fachler: the published examples, and that all parts of a path sum to the excess."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnosis import attribution_kernel as kernel
from diagnosis.attribution import NAMES, attributions_of, brinson_fachler, effects_of
from tests.diagnosis.books import benchmark_of, of_returns, only, traded_book

BACON = "Bacon (2008), three countries"
ACADIFI = "acadifi.com, Brinson attribution, four sectors"
EXAMPLES = [  # name, w, W, r, b, allocation, selection, interaction, source (per cent)
    (
        (40, 30, 30), (40, 20, 40), (20, -5, 6), (10, -4, 8),
        (0.0, -1.04, -0.16), (4.0, -0.2, -0.8), (0.0, -0.1, 0.2), BACON,
    ),
    (
        (35, 20, 25, 20), (30, 25, 20, 25), (12.0, 8.0, 7.5, 5.0), (10.5, 9.2, 6.0, 4.8),
        (0.1325, -0.0675, -0.0925, 0.1525), (0.45, -0.30, 0.30, 0.05), (0.075, 0.060, 0.075, -0.010), ACADIFI,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("w", "bench_w", "r", "b", "allocation", "selection", "interaction", "source"), EXAMPLES
)
def test_published_example(w, bench_w, r, b, allocation, selection, interaction, source):
    shares = [np.array(part) / 100 for part in (w, bench_w, r, b)]

    found = brinson_fachler(*shares)

    np.testing.assert_allclose(np.array(found) * 100, [allocation, selection, interaction], atol=1e-10)


TOTALS = [  # w, W, r, b, R, B, allocation, selection, interaction (per cent), source
    (*EXAMPLES[0][:4], 8.3, 6.4, -1.2, 3.0, 0.1, BACON),
    (*EXAMPLES[1][:4], 8.675, 7.850, 0.125, 0.500, 0.200, ACADIFI),
]


@pytest.mark.parametrize(
    ("w", "bench_w", "r", "b", "total", "bench", "allocation", "selection", "interaction", "source"), TOTALS
)
def test_published_totals(w, bench_w, r, b, total, bench, allocation, selection, interaction, source):
    w, bench_w, r, b = (np.array(part) / 100 for part in (w, bench_w, r, b))

    sums = [float(part.sum()) * 100 for part in brinson_fachler(w, bench_w, r, b)]

    assert sums == pytest.approx([allocation, selection, interaction])
    assert float(w @ r) * 100 == pytest.approx(total)
    assert sum(sums) == pytest.approx(total - bench)


@given(seed=st.integers(0, 10_000))
def test_all_parts_sum_to_the_excess(seed):
    history, benchmark = traded_book(seed, accounts=2)

    effects = effects_of(history, benchmark)

    growth = np.prod(1 + history.returns, axis=1) - np.prod(1 + benchmark.returns)
    np.testing.assert_allclose(effects.total.sum(axis=1), growth, atol=1e-9)
    np.testing.assert_allclose(effects.excess, growth, atol=1e-12)


@given(seed=st.integers(0, 10_000))
def test_what_is_left_over_is_the_interest_alone(seed):
    history, benchmark = traded_book(seed, accounts=1)
    effects = effects_of(history, benchmark)

    base = np.concatenate([[0.0], history.value[0, :-1]]) + history.inflow[0]
    pairs = zip(history.returns[0], benchmark.returns, strict=True)
    links = np.array([kernel.link_of(r, b) for r, b in pairs])
    whole = kernel.link_of(effects.portfolio[0], effects.benchmark[0])
    interest = float((links / whole) @ (history.other_income[0] / base))

    assert effects.total[0, NAMES.index("other")] == pytest.approx(interest, abs=1e-9)


@given(seed=st.integers(0, 10_000))
def test_costs_are_the_fees_over_the_base(seed):
    history, benchmark = traded_book(seed, accounts=1)
    free = replace(history, fees=np.zeros_like(history.fees))

    charged, without = (effects_of(book, benchmark).total[0] for book in (history, free))

    assert charged[NAMES.index("costs")] < 0
    assert without[NAMES.index("costs")] == 0
    assert charged[NAMES.index("selection")] == pytest.approx(without[NAMES.index("selection")], abs=1e-12)


@given(seed=st.integers(0, 10_000))
def test_industries_and_months_add_up(seed):
    history, benchmark = traded_book(seed, accounts=1)

    shown = attributions_of(history, benchmark)[0]

    for name in ("allocation", "selection", "interaction"):
        parts = sum(getattr(part, name) for part in shown.industries)
        assert parts == pytest.approx(getattr(shown, name), abs=1e-9)
    for row in shown.months:
        assert sum(row[name] for name in NAMES) == pytest.approx(row["excess"], abs=1e-9)
    whole = np.prod([1 + row["portfolio"] for row in shown.months]) - 1
    assert whole == pytest.approx(shown.portfolio_return, abs=1e-9)


def test_an_industry_the_benchmark_lacks_is_all_allocation():
    history, benchmark = traded_book(7, accounts=1)

    lines = {part.industry: part for part in attributions_of(history, benchmark)[0].industries}

    assert lines["军工"].benchmark_weight == 0
    assert lines["军工"].benchmark_return is None
    assert lines["军工"].selection == 0
    assert lines["军工"].interaction == 0
    assert lines["军工"].allocation != 0


def test_against_a_benchmark_that_stands_still_cash_loses_nothing():
    history, benchmark = traded_book(3, accounts=1)
    still = np.zeros_like(benchmark.returns)

    effects = effects_of(
        history, replace(benchmark, returns=still, industry_return=np.zeros((still.size, 3)))
    )

    assert effects.benchmark[0] == 0
    assert effects.total[0, NAMES.index("cash")] == 0


def test_a_block_is_the_loop_of_its_accounts():
    history, benchmark = traded_book(11, accounts=4)

    together = attributions_of(history, benchmark)

    assert together == [attributions_of(only(history, a), benchmark)[0] for a in range(4)]


@given(seed=st.integers(0, 1_000), factor=st.sampled_from([0.01, 3.0, 1e4]))
def test_scaling_money_changes_nothing(seed, factor):
    history, benchmark = traded_book(seed, accounts=1)
    money = (
        "quantity",
        "bought",
        "sold",
        "fees",
        "income",
        "cash",
        "other_income",
        "inflow",
        "outflow",
        "value",
    )
    scaled = replace(history, **{name: getattr(history, name) * factor for name in money})

    np.testing.assert_allclose(
        effects_of(scaled, benchmark).total, effects_of(history, benchmark).total, rtol=1e-9, atol=1e-12
    )


def short(history, n):
    returns = history.returns.copy()
    returns[:, n:] = np.nan
    return replace(history, returns=returns)


HISTORY, BENCHMARK = traded_book(1, accounts=1)
WITHHELD = [  # history, benchmark, word in the reason
    (HISTORY, None, "没有可用的比较基准"),
    (HISTORY, benchmark_of(BENCHMARK.returns), "没有行业权重"),
    (replace(HISTORY, has_cash=np.zeros(1, dtype=bool)), BENCHMARK, "没有资金流水"),
    (replace(HISTORY, grid=replace(HISTORY.grid, granularity="MARK")), BENCHMARK, "成交时刻"),
    (short(HISTORY, 19), BENCHMARK, "只有 19 期"),
    (HISTORY, replace(BENCHMARK, returns=np.full(60, np.nan)), "没有重叠"),
    (replace(HISTORY, last=np.array([-1])), BENCHMARK, "没有可计算"),
    (replace(HISTORY, returns=np.where(np.arange(60) == 30, -1.0, HISTORY.returns)), BENCHMARK, "无法连接"),
]


@pytest.mark.parametrize(("history", "benchmark", "reason"), WITHHELD)
def test_withheld_with_the_reason(history, benchmark, reason):
    shown = attributions_of(history, benchmark)[0]

    assert shown.withheld is not None
    assert reason in shown.withheld
    assert shown.industries == ()


def test_twenty_days_are_enough():
    assert attributions_of(short(HISTORY, 20), BENCHMARK)[0].withheld is None


def test_an_account_of_cash_alone_has_only_the_cash_part():
    _, benchmark = traded_book(5, accounts=1, points=30)

    effects = effects_of(of_returns(np.zeros(30)), benchmark)

    assert effects.total[0, NAMES.index("cash")] == pytest.approx(effects.excess[0], abs=1e-12)
    assert effects.total[0, NAMES.index("allocation")] == pytest.approx(0, abs=1e-12)
    assert effects.total[0, NAMES.index("selection")] == 0


def test_a_long_period_is_told_by_years():
    history, benchmark = traded_book(11, accounts=1, points=900)

    shown = attributions_of(history, benchmark)[0]

    assert [row["month"] for row in shown.months] == ["2023", "2024", "2025", "2026"]
    for row in shown.months:
        assert sum(row[name] for name in NAMES) == pytest.approx(row["excess"], abs=1e-9)
    assert np.prod([1 + row["portfolio"] for row in shown.months]) - 1 == pytest.approx(
        shown.portfolio_return, abs=1e-9
    )
