"""五轴 收益 风控 选股 择时 交易纪律: a score from 0 to 100 against peers of the same asset band, or why
there is none.

A score is the weighted mean of the percentiles of its parts (`rules/axes.yaml`), never of anything else.
The two statistical axes say t and n, and that an estimate below significance shows no ability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from diagnosis.conventions import conventions
from diagnosis.peers import axis_rules
from diagnosis.types import Attribution, Axis, Metric, Peers, TimingFit
from diagnosis.wording import number

AXES = ("RETURN", "RISK", "SELECTION", "TIMING", "DISCIPLINE")
SHORT = "不足 {n} 个交易日，暂不计算"
NO_TRIP = "没有已平仓的交易，暂不计算"
NO_BENCHMARK = "没有可用的基准，暂不计算"
NO_PART = "可比较的指标不足，暂不计算"


def axes_of(
    metrics: Mapping[str, Metric],
    peers: Peers,
    *,
    day: date,
    points: int,
    attribution: Attribution,
    timing: Sequence[TimingFit],
    has_benchmark: bool,
) -> tuple[Axis, ...]:
    """The five axes of one account. points: trading days of the period; day: the rules' day."""
    shared = axis_rules().on("AXIS-000", day)
    axes = []
    for name in AXES:
        reason = _reason(name, metrics, peers, points, shared, attribution, timing, has_benchmark)
        axes.append(_axis(name, peers, day, reason, _note(name, attribution, timing, points, shared)))
    return tuple(axes)


def _reason(
    name: str,
    metrics: Mapping[str, Metric],
    peers: Peers,
    points: int,
    shared: Mapping[str, Any],
    attribution: Attribution,
    timing: Sequence[TimingFit],
    has_benchmark: bool,
) -> str | None:
    """Why an axis cannot be given, the account's own data first, then the peers."""
    if points < shared["min_points"]:
        return SHORT.format(n=shared["min_points"])
    trips = metrics.get("round_trips")
    if name == "DISCIPLINE" and (trips is None or (trips.value or 0) < shared["min_trips"]):
        return NO_TRIP
    if name in ("SELECTION", "TIMING") and not has_benchmark:
        return NO_BENCHMARK
    if name == "SELECTION" and attribution.withheld:
        return attribution.withheld
    if name == "TIMING" and timing and all(fit.withheld for fit in timing):
        return timing[0].withheld
    return peers.withheld


def _axis(name: str, peers: Peers, day: date, reason: str | None, note: str) -> Axis:
    rule = axis_rules()[f"AXIS-{name}"]
    terms = rule.on(day)
    have = {part: weight for part, weight in terms["parts"].items() if part in peers.percentile}
    if reason is None and len(have) < int(terms["min_parts"]):
        reason = NO_PART
    if reason is not None:
        return Axis(name, rule.title, None, reason, reason)
    total = sum(have.values())
    score = sum(weight * peers.percentile[part] for part, weight in have.items()) / total
    names = "、".join(conventions()[part].name for part in have)
    basis = f"{names}在同资产段（{peers.band}，{number(peers.n, 0)} 个账户）中的百分位{note}"
    return Axis(name, rule.title, max(0, min(100, int(score + 0.5))), basis)


def _note(
    name: str, attribution: Attribution, timing: Sequence[TimingFit], points: int, shared: Mapping[str, Any]
) -> str:
    """t and n of the statistical axes; nothing for the others."""
    if name == "SELECTION" and attribution.selection_t is not None:
        return _significance(attribution.selection_t, points, shared)
    if name == "TIMING":
        fits = [fit for fit in timing if fit.gamma_t is not None and fit.withheld is None]
        if fits:
            return _significance(fits[0].gamma_t or 0.0, fits[0].n, shared)
    return ""


def _significance(t: float, n: int, shared: Mapping[str, Any]) -> str:
    text = f"；t = {number(t, 1)}，n = {number(n, 0)}"
    return text if abs(t) >= shared["significant_t"] else text + "，统计上不显著，不能说明能力"
