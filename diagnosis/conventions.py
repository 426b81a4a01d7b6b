"""One table of what each measure is: id, Chinese name, unit, convention, least data, plain sentence, source.

The table stands in `rules/metrics.yaml`; every `Metric` is made here, so that no value travels without its
convention. `docs/metrics.md` is made from it (`python -m cli.documents`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from diagnosis.types import Metric, Unit
from kit.rulebook import Rule, RuleError, load_rulebook

FROM_RETURNS = (
    "twr", "annualised_return", "xirr", "profit", "excess_return", "volatility", "downside_deviation",
    "max_drawdown", "sharpe", "sortino", "calmar", "beta", "alpha", "correlation", "tracking_error",
    "information_ratio", "treynor", "omega", "var_95", "cvar_95", "up_capture", "down_capture", "tm_gamma",
    "hm_gamma", "brinson_allocation", "brinson_selection", "brinson_interaction", "position_mean",
)  # fmt: skip
"""Ids computed from returns, flows and a benchmark."""

FROM_TRADES = (
    "win_rate", "payoff_ratio", "profit_factor", "round_trips", "holding_days_mean", "holding_days_median",
    "turnover_annual", "cost_ratio", "hhi", "effective_holdings", "pgr", "plr", "disposition", "chasing",
    "lottery_share", "averaging_down",
)  # fmt: skip
"""Ids computed from trades, lots and holdings."""

METRIC_IDS = FROM_RETURNS + FROM_TRADES


@dataclass(frozen=True, slots=True)
class Convention:
    """How one measure is defined, in the words of a specialist and of a client."""

    id: str
    name: str
    unit: str
    convention: str
    minimum: str
    plain: str
    source: str


@lru_cache
def conventions() -> dict[str, Convention]:
    """The table by id. Raises RuleError when an id is missing, unknown, or has no known unit."""
    book = load_rulebook("diagnosis", "metrics")
    table = {rule.id: _convention(rule) for rule in book}
    if set(table) != set(METRIC_IDS):
        raise RuleError(f"{book.name}: ids differ from the code: {sorted(set(table) ^ set(METRIC_IDS))}")
    return {metric_id: table[metric_id] for metric_id in METRIC_IDS}


def _convention(rule: Rule) -> Convention:
    told = rule.values[-1][1]
    try:
        unit = Unit(told["unit"])
        return Convention(
            rule.id, rule.title, unit.value, told["convention"], told["minimum"], told["plain"], rule.source
        )
    except (KeyError, ValueError) as fault:
        raise RuleError(f"metrics.yaml: {rule.id}: {fault}") from fault


def metric(metric_id: str, value: float, convention: str | None = None) -> Metric:
    """`value` with its unit and convention. Raises ValueError for NaN or infinity."""
    if not math.isfinite(value):
        raise ValueError(f"{metric_id}: {value} cannot be shown; withhold it with a reason")
    row = conventions()[metric_id]
    return Metric(float(value), row.unit, convention or row.convention)


def withheld(metric_id: str, reason: str) -> Metric:
    """The measure without a value, and the reason for the reader."""
    row = conventions()[metric_id]
    return Metric(None, row.unit, row.convention, reason)


def metrics_document() -> str:
    """`docs/metrics.md`: one row for each id, and the parameters of the house."""
    lines = [
        "# 指标口径",
        "",
        "由 `python -m cli.documents` 从 `diagnosis/rules/metrics.yaml` 与 `measures.yaml` 生成，请勿手改。",
        "",
        "每个指标只有一种口径。数据不足时不显示数值，写明原因。比例以小数记（0.0287 即 2.87%）。",
        "",
        "| 编号 | 名称 | 单位 | 口径 | 最少数据 | 给客户的一句话 | 出处 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| `{row.id}` | {row.name} | {Unit(row.unit).label} | {row.convention} | {row.minimum} "
        f"| {row.plain} | {row.source} |"
        for row in conventions().values()
    ]
    return "\n".join([*lines, "", *_parameters(), "", *NOTES, ""])


NOTES = (
    "## 为什么选这些口径",
    "",
    "- 夏普、特雷诺、阿尔法、信息比率都用几何年化收益率与样本标准差，"
    "读者可以用页面上的年化收益率和波动率自行复算；不足一年不年化，这些比率也就不给出。",
    "- 下行标准差、索提诺、风险价值都是每期值（逐日序列即单日），最低可接受收益也按每期给出，"
    "分母用全部期数，不只数低于门槛的期。",
    "- 亏损一律为负数：最大回撤、风险价值、条件风险价值。",
    "- 归因逐日计算：权重为当日开始时（含当日转入资金）的权重，行业收益为期初持有、当日不动的那部分的收益；"
    "现金、当日买卖、费用和其他收入各自成项，各项之和等于超额收益。基准外行业的基准权重为零，"
    "行业基准收益取账户自身在该行业的收益，即全部计入行业配置。",
    "- 连接法为 Carino (1999)：每日各项乘以 k_t÷K，k_t＝[ln(1+R_t)−ln(1+B_t)]÷(R_t−B_t)，K 为全期同式。"
    "每月一行（超过 36 个月的按年）在其内单独连接，因此各行之和不等于全期。",
    "- 行情只在成交时刻已知的账户（逐笔估值）不计算逐日序列指标。",
    "- 没有资金流水的账户，每笔成交视为一次资金进出，收益只是证券的收益。",
)


def _parameters() -> Iterable[str]:
    yield "## 参数"
    yield ""
    yield "| 编号 | 含义 | 现值 | 起用日 | 出处 | 已核对 |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for rule in load_rulebook("diagnosis", "measures"):
        since, value = rule.values[-1]
        confirmed = "是" if rule.confirmed else "否"
        yield f"| `{rule.id}` | {rule.title} | {value} | {since} | {rule.source} | {confirmed} |"
