"""The five axes: a score from peers or the reason why there is none."""

from __future__ import annotations

from datetime import date

import pytest

from diagnosis.axes import AXES, axes_of
from diagnosis.conventions import METRIC_IDS, metric, withheld
from diagnosis.types import Attribution, Axis, Metric, Peers, TimingFit

DAY = date(2024, 12, 31)
FULL = Peers("50万至300万元", 40, {
    "twr": 41.0, "max_drawdown": 60.0, "volatility": 47.5, "brinson_selection": 72.0, "tm_gamma": 38.0,
    "turnover_annual": 7.0, "cost_ratio": 5.0, "disposition": 20.0, "chasing": 10.0, "averaging_down": 50.0,
})  # fmt: skip


def attribution(t: float | None = 2.4, reason: str | None = None) -> Attribution:
    return Attribution(0.1, 0.05, 0.05, 0, 0.05, 0, 0, 0, 0, 0, "Carino", (), reason, t)


def metrics(trips: float = 30) -> dict[str, Metric]:
    return {name: withheld(name, "无") for name in METRIC_IDS} | {"round_trips": metric("round_trips", trips)}


def axes(**more) -> dict[str, Axis]:
    known = {
        "metrics": metrics(), "peers": FULL, "day": DAY, "points": 242, "attribution": attribution(),
        "timing": [TimingFit("TM", 0.0, 1.0, 0.8, 0.9, 241)], "has_benchmark": True,
    } | more  # fmt: skip
    return {axis.id: axis for axis in axes_of(**known)}


SCORES = [  # axis, score, how
    ("RETURN", 41, "the percentile itself"),
    ("RISK", 55, "0.6 x 60 + 0.4 x 47.5"),
    ("SELECTION", 72, "the percentile itself"),
    ("TIMING", 38, "the percentile itself"),
    ("DISCIPLINE", 14, "0.3 x 7 + 0.3 x 5 + 0.2 x 20 + 0.1 x 10 + 0.1 x 50 = 13.6"),
]


@pytest.mark.parametrize(("name", "score", "how"), SCORES)
def test_scores(name, score, how):
    axis = axes()[name]

    assert axis.score == score, how
    assert axis.withheld is None
    assert "50万至300万元" in axis.basis


def test_statistical_axes_say_t_and_n_and_what_it_means():
    found = axes()

    assert found["TIMING"].basis.endswith("t = 0.9，n = 241，统计上不显著，不能说明能力")
    assert found["SELECTION"].basis.endswith("t = 2.4，n = 242")


WITHHELD = [  # what is missing, axes without a score, part of the reason
    ({"points": 19}, set(AXES), "不足 20 个交易日"),
    ({"points": 20}, set(), ""),
    ({"metrics": metrics(trips=0)}, {"DISCIPLINE"}, "没有已平仓的交易"),
    ({"has_benchmark": False}, {"SELECTION", "TIMING"}, "没有可用的基准"),
    ({"attribution": attribution(None, "没有行业权重，暂不计算")}, {"SELECTION"}, "没有行业权重"),
    ({"timing": [TimingFit("TM", None, None, None, None, 10, "不足 60 期")]}, {"TIMING"}, "不足 60 期"),
    ({"peers": Peers("x", 3, {}, "同段账户太少")}, set(AXES), "同段账户太少"),
    ({"peers": Peers("x", 30, {"twr": 50.0, "volatility": 20.0, "cost_ratio": 9.0})},
     {"SELECTION", "TIMING", "DISCIPLINE"}, "可比较的指标不足"),
]  # fmt: skip


@pytest.mark.parametrize(("missing", "without", "reason"), WITHHELD)
def test_an_axis_without_ground_has_a_reason_and_no_zero(missing, without, reason):
    found = axes(**missing)

    assert {name for name, axis in found.items() if axis.score is None} == without
    assert all(reason in (found[name].withheld or "") for name in without)


def test_scores_stay_between_nought_and_a_hundred():
    worst = axes(peers=Peers("x", 30, dict.fromkeys(FULL.percentile, 0.0)))
    best = axes(peers=Peers("x", 30, dict.fromkeys(FULL.percentile, 100.0)))

    assert {axis.score for axis in worst.values()} == {0}
    assert {axis.score for axis in best.values()} == {100}
