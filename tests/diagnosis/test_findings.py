"""Findings: when each fires (on, under and over its limit), how they rank, and how they speak."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pytest

from diagnosis.behaviour import habit_numbers, habits_of_account
from diagnosis.conventions import METRIC_IDS, metric, withheld
from diagnosis.finding_words import WORDS
from diagnosis.findings import FACTS, TRIGGERS, facts_of_book, findings_of, judge, timing_t
from diagnosis.holdings import holdings_of
from diagnosis.trades import trade_metrics, trade_quality
from diagnosis.types import Attribution, Drawdown, HabitId, IndustryPart, Side, TimingFit, TradeQuality
from tests.diagnosis.ledgers import day
from tests.diagnosis.markets import benchmark, history_of, market, orders_by

DAY = date(2024, 12, 31)
QUIET = {f"seen:{habit}": 0.0 for habit in HabitId} | {f"cost:{habit}": np.nan for habit in HabitId}


def judged(**facts: float) -> set[str]:
    """Findings that fire for one account of which only `facts` are known."""
    known = dict.fromkeys(FACTS, np.nan) | QUIET | {"average_assets": 100_000.0} | facts
    weights = judge({name: np.array([value]) for name, value in known.items()}, DAY)
    return {name for name, weight in weights.items() if weight[0] > 0}


LIMITS = [  # facts, findings, why
    ({}, set(), "nothing known, nothing said"),
    ({"gross_profit": 2_000, "fees": 1_000}, set(), "fees equal what is left: not above it"),
    ({"gross_profit": 2_000, "fees": 1_001}, {"FEES_EXCEED_PROFIT"}, "fees above what is left"),
    ({"gross_profit": 500, "fees": 800}, {"FEES_EXCEED_PROFIT"}, "a profit that fees turned into a loss"),
    ({"gross_profit": -500, "fees": 800}, set(), "the loss was there before the fees"),
    ({"gross_profit": 300, "fees": 299}, set(), "fees of less than 0.3% of the assets"),
    ({"seen:OVERTRADING": 1}, {"OVERTRADING"}, "the habit"),
    ({"seen:INDUSTRY_CONCENTRATION": 1}, {"INDUSTRY_CONCENTRATION"}, "the habit"),
    (
        {"seen:INDUSTRY_CONCENTRATION": 1, "seen:CONCENTRATION": 1}, {"CONCENTRATION"},
        "one stock is one industry",
    ),
    ({"max_drawdown": -0.2999, "position_mean": 1.0}, set(), "just above the limit"),
    ({"max_drawdown": -0.30}, {"DEEP_DRAWDOWN"}, "at the limit"),
    ({"max_drawdown": -0.30, "benchmark_drawdown": -0.24}, set(), "the market fell nearly as much"),
    ({"max_drawdown": -0.30, "benchmark_drawdown": -0.23}, {"DEEP_DRAWDOWN"}, "1.3 times it"),
    ({"max_drawdown": -0.16, "benchmark_drawdown": -0.20}, {"SHALLOW_DRAWDOWN"}, "four fifths of it"),
    ({"max_drawdown": -0.17, "benchmark_drawdown": -0.20}, set(), "a little more than four fifths"),
    (
        {"max_drawdown": -0.01, "benchmark_drawdown": -0.20, "position_mean": 0.1}, {"IDLE_CASH"},
        "holding nothing is not skill",
    ),
    ({"timing_t": -1.99}, set(), "not significant"),
    ({"timing_t": -2.0}, {"NEGATIVE_TIMING"}, "significant"),
    ({"timing_t": 1.99}, set(), "no ability on an insignificant estimate"),
    ({"timing_t": 2.0}, {"GOOD_TIMING"}, "significant"),
    ({"selection": 0.3, "selection_t": 1.99}, set(), "no ability on an insignificant estimate"),
    ({"selection": 0.3, "selection_t": 2.0}, {"GOOD_SELECTION"}, "significant"),
    ({"selection": -0.3, "selection_t": -2.0}, {"WEAK_SELECTION"}, "significant"),
    ({"position_mean": 0.3}, set(), "at the limit"),
    ({"position_mean": 0.2999}, {"IDLE_CASH"}, "just below"),
    ({"position_mean": 0.5}, {"POSITION_CONTROL"}, "from the lower limit"),
    ({"position_mean": 0.85}, {"POSITION_CONTROL"}, "to the upper limit"),
    ({"position_mean": 0.8501}, set(), "fully invested"),
    ({"excess_return": 0.02}, {"BEATS_BENCHMARK"}, "at the limit"),
    ({"excess_return": 0.0199}, set(), "just below"),
    ({"cost_ratio_annual": 0.003, "trades": 5}, {"LOW_COST"}, "at the limit"),
    ({"cost_ratio_annual": 0.003, "trades": 4}, set(), "who does not trade pays nothing"),
    ({"turnover_annual": 1.0, "trades": 3}, {"LOW_TURNOVER"}, "at the limit"),
    ({"turnover_annual": 1.0, "trades": 3, "seen:PATIENCE": 1}, {"PATIENCE"}, "said once"),
    ({"payoff_ratio": 1.5, "profit_factor": 1.5, "round_trips": 20}, {"GOOD_PAYOFF"}, "at the limits"),
    ({"payoff_ratio": 1.5, "profit_factor": 1.5, "round_trips": 19}, set(), "too few round trips"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "expected", "why"), LIMITS)
def test_when_a_finding_fires(facts, expected, why):
    assert judged(**facts) == expected, why


def test_a_habit_that_could_not_be_told_is_no_finding():
    assert judged(**{f"seen:{habit}": np.nan for habit in HabitId}) == set()


def test_every_finding_has_words_and_a_rule():
    assert set(WORDS) == set(TRIGGERS)


def test_money_at_stake_ranks_and_estimates_are_capped():
    facts = {name: np.array([np.nan] * 3) for name in FACTS}
    facts |= {name: np.full(3, value) for name, value in QUIET.items()}
    facts |= {
        "average_assets": np.full(3, 100_000.0), "seen:OVERTRADING": np.ones(3), "seen:CHASING": np.ones(3),
        "cost:OVERTRADING": np.array([6_000.0, 6_000.0, 100.0]),
        "cost:CHASING": np.array([2_000.0, 90_000.0, -5_000.0]),
    }  # fmt: skip

    weights = judge(facts, DAY)

    assert weights["OVERTRADING"].tolist() == pytest.approx([0.06, 0.06, 0.01]), (
        "fees in full, never under the floor"
    )
    assert weights["CHASING"].tolist() == pytest.approx([0.02, 0.05, 0.01]), "an estimate up to the cap"


TIMINGS = [  # t of TM, t of HM, told, why
    (2.5, 2.1, 2.1, "the weaker of two that agree"),
    (-3.0, -2.0, -2.0, "the weaker of two that agree"),
    (2.5, -0.3, 0.0, "two that disagree tell nothing"),
]


@pytest.mark.parametrize(("tm", "hm", "expected", "why"), TIMINGS)
def test_timing_needs_both_models(tm, hm, expected, why):
    fits = [TimingFit(model, 0.0, 1.0, 0.1, t, 200) for model, t in (("TM", tm), ("HM", hm))]

    assert timing_t(fits) == expected, why


def no_attribution() -> Attribution:
    return Attribution(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", (), "没有可用的基准，暂不计算")


def good_attribution() -> Attribution:
    parts = (
        IndustryPart("电子", 0.5, 0.3, 0.1, 0.05, 0.0, 0.04, 0.002),
        IndustryPart("医药", 0.5, 0.7, 0, 0, 0, 0, 0),
    )
    return Attribution(0.1, 0.05, 0.05, 0.008, 0.04, 0.002, 0, 0, 0, 0, "Carino", parts, None, 2.1)


def an_account(**more: float):
    """A trader of a year with fees, and all that a report would know of him."""
    prices = market(250, 12, seed=3)
    orders = orders_by(
        prices,
        1,
        lambda _, held, t: next((s for s, (at, c) in held.items() if prices.close[t, s] > c * 1.02), None),
    )
    history, ledger = history_of(prices, orders, commission=30.0, cash=60_000)
    numbers = habit_numbers(history, ledger, benchmark(prices))
    metrics = {name: withheld(name, "数据不足，暂不计算") for name in METRIC_IDS}
    metrics |= trade_metrics(history, ledger, numbers=numbers)[0]
    metrics |= {name: metric(name, value) for name, value in more.items()}
    assets = float(numbers.book.average_assets[0])
    trades = trade_quality(history, ledger, 0, numbers)
    return metrics, habits_of_account(numbers, 0), trades, holdings_of(history, 0), (numbers, assets)


def test_a_report_has_both_sides_ranked_with_targets():
    metrics, habits, trades, holdings, (_, assets) = an_account(
        excess_return=0.05, position_mean=0.7, max_drawdown=-0.35
    )
    fall = Drawdown(date(2024, 3, 1), date(2024, 5, 6), None, -0.35, 45, None)

    found = findings_of(
        metrics, habits, good_attribution(), [TimingFit("TM", 0, 1, 5, 0.4, 240)], trades, holdings, (),
        day=day(249), average_assets=assets, drawdowns=(fall,), benchmark_drawdown=-0.1,
    )  # fmt: skip

    ids = [finding.id for finding in found]
    assert {"OVERTRADING", "DISPOSITION", "DEEP_DRAWDOWN", "GOOD_SELECTION", "BEATS_BENCHMARK"} <= set(ids)
    assert "GOOD_TIMING" not in ids
    for side in Side:
        weights = [finding.weight for finding in found if finding.side is side]
        assert weights == sorted(weights, reverse=True)
    for finding in found:
        assert finding.title
        assert finding.tag
        assert finding.text
        assert (finding.side is Side.SHORTCOMING) == (finding.action is not None)
        assert (
            (finding.target_metric is None) == (finding.target_value is None) == (finding.target_text is None)
        )
        assert 1 <= finding.section <= 12


def test_the_book_and_the_report_judge_alike():
    metrics, habits, trades, holdings, (numbers, assets) = an_account()
    paid = trades.commission + trades.stamp_duty + trades.transfer_fee + trades.other_fee
    columns = {
        name: np.array([np.nan if metrics[name].value is None else metrics[name].value])
        for name in ("payoff_ratio", "profit_factor", "round_trips")
    } | {"gross_profit": np.array([trades.gross_profit])}

    book = judge(facts_of_book(numbers, columns), day(249))
    report = findings_of(
        metrics, habits, no_attribution(), (), trades, holdings, (), day=day(249), average_assets=assets
    )

    assert paid == pytest.approx(facts_of_book(numbers, columns)["fees"][0])
    assert {name for name, weight in book.items() if weight[0] > 0} == {finding.id for finding in report}
    for finding in report:
        assert book[finding.id][0] == pytest.approx(finding.weight)


FORBIDDEN = (
    "！",
    "!",
    "保证",
    "承诺",
    "一定",
    "必然",
    "将会上涨",
    "将会下跌",
    "很差",
    "愚蠢",
    "nan",
    "inf",
    "-",
)


def test_words_are_calm_and_promise_nothing():
    metrics, habits, trades, holdings, (_, assets) = an_account(
        excess_return=0.05, position_mean=0.2, max_drawdown=-0.35, tm_gamma=-3.0
    )
    seen = {name: habit for name, habit in habits.items() if habit.withheld is None}
    told = [habit.text for habit in seen.values()] + [
        line.text for habit in seen.values() for line in habit.evidence
    ]
    found = findings_of(
        metrics, habits, good_attribution(), [TimingFit("TM", 0, 1, -5, -2.4, 240)], trades, holdings, (),
        day=day(249), average_assets=assets,
    )  # fmt: skip
    for finding in found:
        told += [finding.title, finding.tag, finding.text, finding.action or "", finding.target_text or ""]

    for text in told:
        assert not [word for word in FORBIDDEN if word in _plain(text)], text


def _plain(text: str) -> str:
    """The text without ISO days and half hours, in which a hyphen is no minus."""
    return re.sub(r"\d{4}-\d{2}-\d{2}|\d{2}:\d{2}-\d{2}:\d{2}", "", text)


def test_an_account_of_which_nothing_is_known_has_no_finding():
    metrics = {name: withheld(name, "没有数据") for name in METRIC_IDS}
    trades = TradeQuality(0, 0, (), (), (), (), 0, 0, 0, 0, 0, 0, 0, 0)

    assert findings_of(metrics, {}, no_attribution(), (), trades, (), (), day=DAY, average_assets=None) == ()
