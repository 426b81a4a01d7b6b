"""指标: what is measured of people, in words for whoever is graded. Which component and weight a figure has stands in
advisors/rules/grading.yaml; the functions in `advisors.measures`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from advisors.facts import BookFacts
from advisors.measures import (
    Numbers,
    aum_growth,
    client_outcome,
    coverage,
    diagnosis_agreed,
    mau,
    mot_mandatory,
    mot_mandatory_timely,
    mot_optional,
    mot_optional_timely,
    record_quality,
    retention_assets,
    retention_heads,
    satisfaction,
    shortcomings_lifted,
)
from advisors.types import IndicatorDef, SourceKind, Unit
from advisors.witness import Witness

WHOLE_PERIOD: Final = "考核期内"
ONLY_OWN: Final = "本人服务该客户的各段合并"


@dataclass(frozen=True, slots=True)
class Indicator:
    """of: facts and the numbers of the rules to witnesses. None: a figure of the person alone, or told by a port."""

    definition: IndicatorDef
    of: Callable[[BookFacts, Numbers], Witness | None] | None


def _one(
    name: str, title: str, unit: Unit, kind: SourceKind, formula: str, source: str,
    of: Callable[[BookFacts, Numbers], Witness | None] | None, *, window: str = WHOLE_PERIOD, higher: bool = True,
    shrinks: bool = True,
) -> Indicator:  # fmt: skip
    return Indicator(IndicatorDef(name, title, unit, higher, window, formula, source, kind, shrinks), of)


_ALL: Final = (
    _one(
        "mau",
        "月活跃率",
        Unit.RATIO,
        SourceKind.CLIENT,
        "有成交或登录的月数 ÷ 服务月数",
        "成交、登录、服务关系",
        mau,
        window=f"{WHOLE_PERIOD}各自然月，{ONLY_OWN}",
    ),
    _one(
        "aum_growth",
        "资产增长率",
        Unit.RATIO,
        SourceKind.CLIENT,
        "服务期间净流入 ÷ 服务开始日资产；不含行情涨跌与移交的资产",
        "资金流水、日资产、服务关系",
        aum_growth,
    ),
    _one(
        "retention_heads",
        "客户留存率",
        Unit.RATIO,
        SourceKind.CLIENT,
        "期末（或移交日）仍在的客户 ÷ 期初（或接手日）的客户",
        "账户、服务关系",
        retention_heads,
    ),
    _one(
        "retention_assets",
        "资产留存率",
        Unit.RATIO,
        SourceKind.CLIENT,
        "（期初资产 − 净流出）÷ 期初资产；不含行情涨跌",
        "资金流水、日资产、服务关系",
        retention_assets,
    ),
    _one(
        "client_outcome",
        "客户成果",
        Unit.RATIO,
        SourceKind.CLIENT,
        "夏普比率不低于业绩基准的客户 ÷ 可衡量的客户",
        "日资产、基准行情",
        client_outcome,
        window="截至期末的一年",
    ),
    _one(
        "diagnosis_agreed",
        "诊断共识率",
        Unit.RATIO,
        SourceKind.DIAGNOSIS,
        "达成共识的诊断 ÷ 出具的诊断",
        "诊断报告、投资共识",
        diagnosis_agreed,
    ),
    _one(
        "shortcomings_lifted",
        "短板改善率",
        Unit.RATIO,
        SourceKind.AGREEMENT,
        "已改善的共识 ÷ 期内了结或到期的共识",
        "投资共识",
        shortcomings_lifted,
    ),
    _one(
        "coverage",
        "承诺兑现率",
        Unit.RATIO,
        SourceKind.CONTACT,
        "按期兑现的承诺 ÷ 期内到期的承诺",
        "接触记录、服务等级",
        coverage,
    ),
    _one(
        "mot_mandatory",
        "必做任务完成率",
        Unit.RATIO,
        SourceKind.TASK,
        "完成 ÷ 期内到期的必做任务",
        "关键时刻任务",
        mot_mandatory,
    ),
    _one(
        "mot_mandatory_timely",
        "必做任务及时率",
        Unit.RATIO,
        SourceKind.TASK,
        "期限内完成 ÷ 期内到期的必做任务",
        "关键时刻任务",
        mot_mandatory_timely,
    ),
    _one(
        "mot_optional",
        "选做任务完成率",
        Unit.RATIO,
        SourceKind.TASK,
        "完成 ÷ 期内到期的选做任务（写明理由跳过的不计）",
        "关键时刻任务",
        mot_optional,
    ),
    _one(
        "mot_optional_timely",
        "选做任务及时率",
        Unit.RATIO,
        SourceKind.TASK,
        "期限内完成 ÷ 期内到期的选做任务",
        "关键时刻任务",
        mot_optional_timely,
    ),
    _one(
        "effect",
        "场景效果",
        Unit.RATIO,
        SourceKind.EFFECT,
        "服务过的客户的结果 − 对照组的结果",
        "关键时刻效果评估",
        None,
    ),
    _one("satisfaction", "满意率", Unit.RATIO, SourceKind.ANSWER, "4、5 分的答卷 ÷ 答卷", "满意度调查", satisfaction),
    _one(
        "record_quality",
        "资料扣分",
        Unit.POINTS_A_CLIENT,
        SourceKind.RECORD,
        "资料检查的扣分 ÷ 客户数",
        "资料检查",
        record_quality,
        window="期末",
        higher=False,
    ),
    _one(
        "training",
        "培训学时",
        Unit.HOURS,
        SourceKind.TRAINING,
        "近 365 天学时，达到要求即满分",
        "培训登记",
        None,
        window="截至期末 365 天",
        shrinks=False,
    ),
    _one(
        "certificates",
        "证书",
        Unit.POINTS,
        SourceKind.TRAINING,
        "期末有效的证书分值合计，至多 100",
        "证书登记",
        None,
        window="期末",
        shrinks=False,
    ),
)
INDICATORS: Final[Mapping[str, Indicator]] = {one.definition.id: one for one in _ALL}
CONDUCT: Final[Mapping[str, IndicatorDef]] = {
    one.id: one
    for one in (
        IndicatorDef(
            "complaints",
            "投诉",
            Unit.PER_100,
            False,
            WHOLE_PERIOD,
            "成立的投诉 ÷ 服务客户数 × 100",
            "投诉登记",
            SourceKind.COMPLAINT,
            False,
        ),
        IndicatorDef(
            "mismatches",
            "造成的错配",
            Unit.PER_100,
            False,
            WHOLE_PERIOD,
            "买入造成或加重的错配 ÷ 服务客户数 × 100",
            "错配案件",
            SourceKind.MISMATCH,
            False,
        ),
        IndicatorDef(
            "overrides",
            "警示下办理",
            Unit.PER_100,
            False,
            WHOLE_PERIOD,
            "在系统警示下办理的 ÷ 服务客户数 × 100",
            "适当性决定",
            SourceKind.DECISION,
            False,
        ),
        IndicatorDef(
            "unlicensed",
            "没有登记而提供建议",
            Unit.PER_100,
            False,
            WHOLE_PERIOD,
            "办结当日没有投顾登记的投资建议任务 ÷ 服务客户数 × 100",
            "关键时刻任务、执业登记",
            SourceKind.TASK,
            False,
        ),
    )
}
"""What is counted for multiplier, deductions and vetoes; none of it has a weight."""


def definition(indicator_id: str) -> IndicatorDef:
    """Of a figure with a weight, or of conduct. Raises KeyError."""
    found = INDICATORS.get(indicator_id)
    return CONDUCT[indicator_id] if found is None else found.definition
