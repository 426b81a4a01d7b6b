"""发现: which strengths and shortcomings an account has, ranked. Judged in arrays, told by `finding_words`.

`judge` is array-first: one definition serves one report (a batch of one) and the filter over the whole
book. No ability is claimed on an estimate below the significance of FIND-000.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np

from diagnosis.behaviour import HabitNumbers
from diagnosis.finding_words import TITLES, WORDS, Ground
from diagnosis.types import (
    Attribution,
    DataIssue,
    Drawdown,
    Finding,
    Habit,
    HabitId,
    HoldingLine,
    Metric,
    Side,
    TimingFit,
    TradeQuality,
)
from kit.rulebook import load_rulebook
from market.types import BoolArray, FloatArray

Facts: TypeAlias = Mapping[str, FloatArray]
"""What a finding may look at, each (A,) and NaN where not known: metric ids, seen:HABIT (1, 0),
cost:HABIT (yuan),
average_assets, fees, gross_profit, cost_ratio_annual, trades, selection, selection_t, timing_t,
benchmark_drawdown."""

FACTS = (
    "average_assets",
    "fees",
    "gross_profit",
    "cost_ratio_annual",
    "trades",
    "selection",
    "selection_t",
    "timing_t",
    "benchmark_drawdown",
    "max_drawdown",
    "position_mean",
    "excess_return",
    "turnover_annual",
    "payoff_ratio",
    "profit_factor",
    "round_trips",
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """One finding: its rule, its side, when it fires, and the habit whose cost ranks it."""

    rule: str
    side: Side
    fires: Callable[[Facts, dict[str, Any]], BoolArray]
    habit: HabitId | None = None
    exact: bool = False  # the cost is money paid, not an estimate: it ranks in full


def _seen(habit: HabitId) -> Callable[[Facts, dict[str, Any]], BoolArray]:
    def fires(facts: Facts, _: dict[str, Any]) -> BoolArray:
        return np.asarray(facts[f"seen:{habit}"] == 1)

    return fires


def _fees_exceed_profit(facts: Facts, terms: dict[str, Any]) -> BoolArray:
    """Fees above what was left after them, of a profit that there was before them."""
    gross, fees = facts["gross_profit"], facts["fees"]
    large = fees >= terms["min_cost_ratio"] * facts["average_assets"]
    return np.asarray((gross > 0) & (fees > terms["share_of_net"] * (gross - fees)) & large)


def _industry(facts: Facts, _: dict[str, Any]) -> BoolArray:
    """One stock is one industry: told only where the stock itself is not the matter."""
    return np.asarray((facts["seen:INDUSTRY_CONCENTRATION"] == 1) & (facts["seen:CONCENTRATION"] != 1))


def _deep(facts: Facts, terms: dict[str, Any]) -> BoolArray:
    market = facts["benchmark_drawdown"]
    deeper = np.isnan(market) | (facts["max_drawdown"] <= terms["times_benchmark"] * market)
    return np.asarray((facts["max_drawdown"] <= terms["depth"]) & deeper)


def _shallow(facts: Facts, terms: dict[str, Any]) -> BoolArray:
    """Against the benchmark's fall, or where there is none by itself; never by holding next to nothing."""
    market, own = facts["benchmark_drawdown"], facts["max_drawdown"]
    calm = np.where(np.isnan(market), own >= terms["depth"], own >= terms["times_benchmark"] * market)
    invested = ~(facts["position_mean"] < terms["min_position"])
    return np.asarray(calm & (own <= 0) & invested)


def _negative_timing(facts: Facts, terms: dict[str, Any]) -> BoolArray:
    return np.asarray(facts["timing_t"] <= -terms["t"])


def _good_timing(facts: Facts, terms: dict[str, Any]) -> BoolArray:
    return np.asarray(facts["timing_t"] >= terms["t"])


def _weak_selection(facts: Facts, terms: dict[str, Any]) -> BoolArray:
    return np.asarray((facts["selection_t"] <= -terms["t"]) & (facts["selection"] < 0))


def _good_selection(facts: Facts, terms: dict[str, Any]) -> BoolArray:
    return np.asarray((facts["selection_t"] >= terms["t"]) & (facts["selection"] > 0))


def _idle(facts: Facts, terms: dict[str, Any]) -> BoolArray:
    return np.asarray(facts["position_mean"] < terms["position"])


def _held_back(facts: Facts, terms: dict[str, Any]) -> BoolArray:
    return np.asarray((facts["position_mean"] >= terms["low"]) & (facts["position_mean"] <= terms["high"]))


def _beats(facts: Facts, terms: dict[str, Any]) -> BoolArray:
    return np.asarray(facts["excess_return"] >= terms["excess"])


def _cheap(facts: Facts, terms: dict[str, Any]) -> BoolArray:
    calm = (facts["seen:SMALL_ORDERS"] != 1) & (facts["seen:OVERTRADING"] != 1)
    low = facts["cost_ratio_annual"] <= terms["cost_ratio_annual"]
    return np.asarray(low & calm & (facts["trades"] >= terms["min_trades"]))


def _slow(facts: Facts, terms: dict[str, Any]) -> BoolArray:
    """Told where patience itself is not."""
    low = (facts["turnover_annual"] <= terms["turnover"]) & (facts["trades"] >= terms["min_trades"])
    return np.asarray(low & (facts["seen:PATIENCE"] != 1))


def _payoff(facts: Facts, terms: dict[str, Any]) -> BoolArray:
    many = facts["round_trips"] >= terms["min_trips"]
    good = (facts["payoff_ratio"] >= terms["payoff"]) & (facts["profit_factor"] >= terms["profit_factor"])
    return np.asarray(many & good)


BAD, GOOD = Side.SHORTCOMING, Side.STRENGTH
TRIGGERS: Mapping[str, Trigger] = {
    "FEES_EXCEED_PROFIT": Trigger("FIND-101", BAD, _fees_exceed_profit),
    "OVERTRADING": Trigger("FIND-102", BAD, _seen(HabitId.OVERTRADING), HabitId.OVERTRADING, exact=True),
    "SMALL_ORDERS": Trigger("FIND-103", BAD, _seen(HabitId.SMALL_ORDERS), HabitId.SMALL_ORDERS, exact=True),
    "CHASING": Trigger("FIND-104", BAD, _seen(HabitId.CHASING), HabitId.CHASING),
    "DISPOSITION": Trigger("FIND-105", BAD, _seen(HabitId.DISPOSITION), HabitId.DISPOSITION),
    "CONCENTRATION": Trigger("FIND-106", BAD, _seen(HabitId.CONCENTRATION)),
    "INDUSTRY_CONCENTRATION": Trigger("FIND-107", BAD, _industry),
    "LOTTERY": Trigger("FIND-108", BAD, _seen(HabitId.LOTTERY), HabitId.LOTTERY),
    "AVERAGING_DOWN": Trigger("FIND-109", BAD, _seen(HabitId.AVERAGING_DOWN), HabitId.AVERAGING_DOWN),
    "PANIC_SELLING": Trigger("FIND-110", BAD, _seen(HabitId.PANIC_SELLING), HabitId.PANIC_SELLING),
    "DEEP_DRAWDOWN": Trigger("FIND-111", BAD, _deep),
    "NEGATIVE_TIMING": Trigger("FIND-112", BAD, _negative_timing),
    "WEAK_SELECTION": Trigger("FIND-113", BAD, _weak_selection),
    "LEVERAGE": Trigger("FIND-114", BAD, _seen(HabitId.LEVERAGE)),
    "IDLE_CASH": Trigger("FIND-115", BAD, _idle),
    "GOOD_SELECTION": Trigger("FIND-201", GOOD, _good_selection),
    "GOOD_TIMING": Trigger("FIND-202", GOOD, _good_timing),
    "BEATS_BENCHMARK": Trigger("FIND-203", GOOD, _beats),
    "LOW_COST": Trigger("FIND-204", GOOD, _cheap),
    "PATIENCE": Trigger("FIND-205", GOOD, _seen(HabitId.PATIENCE)),
    "DIVERSIFIED": Trigger("FIND-206", GOOD, _seen(HabitId.DIVERSIFIED)),
    "SHALLOW_DRAWDOWN": Trigger("FIND-207", GOOD, _shallow),
    "POSITION_CONTROL": Trigger("FIND-208", GOOD, _held_back),
    "LOW_TURNOVER": Trigger("FIND-209", GOOD, _slow),
    "GOOD_PAYOFF": Trigger("FIND-210", GOOD, _payoff),
}


def finding_terms(rule_id: str, day: date) -> dict[str, Any]:
    """Values of one rule of findings in force on `day`, with the shared ones of FIND-000."""
    book = load_rulebook("diagnosis", "findings")
    return {**book.on("FIND-000", day), **book.on(rule_id, day)}


def judge(facts: Facts, day: date) -> dict[str, FloatArray]:
    """Weight (A,) of every finding, 0 where it does not fire.

    Weight is a share of average assets: money at stake where it is known and above the rule's floor, else
    the floor. An estimated cost counts up to a cap, because one lucky or unlucky stock can make it any
    size.
    """
    known = {name: np.asarray(values, np.float64) for name, values in facts.items()}
    out: dict[str, FloatArray] = {}
    with np.errstate(invalid="ignore"):
        for name, trigger in TRIGGERS.items():
            terms = finding_terms(trigger.rule, day)
            fires = trigger.fires(known, terms)
            weight = np.full(fires.shape, float(terms["floor"]))
            if trigger.habit is not None:
                share = known[f"cost:{trigger.habit}"] / known["average_assets"]
                ceiling = np.inf if trigger.exact else float(terms["cost_cap"])
                weight = np.fmax(weight, np.minimum(share, ceiling))
            out[name] = np.where(fires, weight, 0.0)
    return out


def ranked(weights: Mapping[str, FloatArray], side: Side) -> list[str]:
    """Findings of one account (a batch of one) on one side that fire, heaviest first."""
    fired = [name for name in weights if TRIGGERS[name].side is side and weights[name][0] > 0]
    return sorted(fired, key=lambda name: -float(weights[name][0]))


def facts_of_book(numbers: HabitNumbers, metrics: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Facts of the whole book: the habits' columns, and by id the measures that the caller has as arrays
    (A,).

    `metrics` may hold any of FACTS; what is missing is unknown. Cost and turnover come from the habits.
    """
    book = numbers.book
    facts = {name: np.full(book.n_accounts, np.nan) for name in FACTS}
    for habit, data in numbers.columns.items():
        facts[f"seen:{habit}"] = np.where(data.seen < 0, np.nan, data.seen.astype(np.float64))
        facts[f"cost:{habit}"] = data.figures.get("cost_yuan", np.full(book.n_accounts, np.nan))
    traded = numbers.columns[HabitId.OVERTRADING]
    facts |= {
        "average_assets": book.average_assets,
        "fees": traded.figures["fees"],
        "cost_ratio_annual": traded.figures["cost_ratio_annual"],
        "turnover_annual": traded.figures["turnover_annual"],
        "trades": traded.n.astype(np.float64),
    }
    return facts | {name: np.asarray(values, np.float64) for name, values in metrics.items()}


def _value(metrics: Mapping[str, Metric], name: str) -> float:
    found = metrics.get(name)
    return np.nan if found is None or found.value is None else found.value


def timing_t(timing: Sequence[TimingFit]) -> float:
    """t of the timing coefficient: the weaker of TM and HM where they agree in sign, 0 where they do not."""
    values = [fit.gamma_t for fit in timing if fit.withheld is None and fit.gamma_t is not None]
    if not values:
        return float("nan")
    agree = all(value > 0 for value in values) or all(value < 0 for value in values)
    return min(values, key=abs) if agree else 0.0


def facts_of(ground: Ground, *, benchmark_drawdown: float | None = None) -> dict[str, FloatArray]:
    """Facts of one account as a batch of one."""
    trades, habits = ground.trades, ground.habits
    values = {name: _value(ground.metrics, name) for name in FACTS}
    spread = ground.attribution
    traded = habits.get(HabitId.OVERTRADING.value)
    values |= {
        "average_assets": ground.average_assets if ground.average_assets else np.nan,
        "fees": ground.fees,
        "gross_profit": trades.gross_profit,
        "cost_ratio_annual": traded.figures.get("cost_ratio_annual", np.nan) if traded else np.nan,
        "trades": float(trades.buys + trades.sells),
        "selection": np.nan if spread.withheld else spread.selection + spread.interaction,
        "selection_t": np.nan if spread.withheld or spread.selection_t is None else spread.selection_t,
        "timing_t": timing_t(ground.timing),
        "benchmark_drawdown": np.nan if benchmark_drawdown is None else benchmark_drawdown,
    }
    for habit in HabitId:
        told = habits.get(habit.value)
        values[f"seen:{habit}"] = np.nan if told is None or told.seen is None else float(told.seen)
        values[f"cost:{habit}"] = told.figures.get("cost_yuan", np.nan) if told else np.nan
    return {name: np.array([value], np.float64) for name, value in values.items()}


def findings_of(
    metrics: Mapping[str, Metric],
    habits: Mapping[str, Habit],
    attribution: Attribution,
    timing: Sequence[TimingFit],
    trades: TradeQuality,
    holdings: Sequence[HoldingLine],
    issues: Sequence[DataIssue],
    *,
    day: date,
    average_assets: float | None,
    currency: str = "CNY",
    drawdowns: Sequence[Drawdown] = (),
    benchmark_drawdown: float | None = None,
) -> tuple[Finding, ...]:
    """All findings of one account, shortcomings first, each side heaviest first.

    average_assets: mean value of the account over the period. benchmark_drawdown: the benchmark's largest
    fall over the same points, at most 0. Nothing is invented: where no rule fires the result is empty.
    """
    ground = Ground(
        metrics=metrics,
        habits=habits,
        attribution=attribution,
        timing=tuple(timing),
        trades=trades,
        holdings=tuple(holdings),
        issues=tuple(issues),
        day=day,
        average_assets=average_assets,
        currency=currency,
        drawdowns=tuple(drawdowns),
        benchmark_drawdown=benchmark_drawdown,
    )
    weights = judge(facts_of(ground, benchmark_drawdown=benchmark_drawdown), day)
    found = []
    for side in (Side.SHORTCOMING, Side.STRENGTH):
        for name in ranked(weights, side):
            told = WORDS[name](ground, finding_terms(TRIGGERS[name].rule, day))
            found.append(
                Finding(
                    id=name,
                    side=side,
                    title=TITLES[name],
                    tag=told.tag,
                    text=told.text,
                    weight=float(weights[name][0]),
                    section=told.section,
                    cost_yuan=told.cost_yuan,
                    action=told.action,
                    target_metric=told.target_metric,
                    target_value=told.target_value,
                    target_text=told.target_text,
                )
            )
    return tuple(found)
