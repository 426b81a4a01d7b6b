"""Why a measure is withheld: one code for each cause, one Chinese sentence for the reader."""

from __future__ import annotations

from enum import IntEnum


class Reason(IntEnum):
    """0 is no reason: the value is given."""

    GIVEN = 0
    NOTHING = 1
    SHORT = 2
    SHORT_JOINT = 3
    UNDER_YEAR = 4
    MARKS = 5
    NO_BENCHMARK = 6
    PARTIAL_BENCHMARK = 7
    NO_OVERLAP = 8
    BELOW_ZERO = 9
    NO_SPREAD = 10
    NO_SHORTFALL = 11
    NO_DRAWDOWN = 12
    FLAT_BENCHMARK = 13
    SAME_AS_BENCHMARK = 14
    BETA_NOT_POSITIVE = 15
    FEW_UP = 16
    FEW_DOWN = 17
    NO_RISK_FREE = 18
    CASH_NOT_CLOSED = 19
    SHORT_XIRR = 20
    NO_ROOT = 21
    NO_CASH = 22
    NO_ASSETS = 23
    NO_INDUSTRIES = 24
    NOT_LINKABLE = 25
    NOT_FROM_SERIES = 26
    NOT_SEPARABLE = 27


TEXT = {
    Reason.NOTHING: "没有可计算的收益数据",
    Reason.SHORT: "收益数据只有 {n} 期，少于最低要求 {needed} 期，暂不计算",
    Reason.SHORT_JOINT: "与基准的共同数据只有 {n} 期，少于最低要求 {needed} 期，暂不计算",
    Reason.UNDER_YEAR: "数据不足一年，不作年化，暂不计算",
    Reason.MARKS: "行情只在成交时刻已知，不是逐日序列，暂不计算",
    Reason.NO_BENCHMARK: "没有可用的比较基准，暂不计算",
    Reason.PARTIAL_BENCHMARK: "基准只覆盖了 {n} 期数据，没有覆盖整个期间，暂不计算",
    Reason.NO_OVERLAP: "基准与账户没有重叠的日期，暂不计算",
    Reason.BELOW_ZERO: "期间资产曾降到零以下，收益率没有意义，暂不计算",
    Reason.NO_SPREAD: "收益没有波动，比率没有意义，暂不计算",
    Reason.NO_SHORTFALL: "没有一期收益低于最低可接受收益，比率没有意义，暂不计算",
    Reason.NO_DRAWDOWN: "没有发生过回撤，比率没有意义，暂不计算",
    Reason.FLAT_BENCHMARK: "基准没有波动，暂不计算",
    Reason.SAME_AS_BENCHMARK: "账户与基准的走势没有差别，比率没有意义，暂不计算",
    Reason.BETA_NOT_POSITIVE: "贝塔不大于零，比率没有意义，暂不计算",
    Reason.FEW_UP: "基准上涨的期数少于最低要求 {side} 期，暂不计算",
    Reason.FEW_DOWN: "基准下跌的期数少于最低要求 {side} 期，暂不计算",
    Reason.NO_RISK_FREE: "期末日期没有适用的无风险利率，暂不计算",
    Reason.CASH_NOT_CLOSED: "资金流水不闭合或有无法解释的资金变动，暂不计算",
    Reason.SHORT_XIRR: "不满 {days} 个自然日，折成年率会失真，暂不计算",
    Reason.NO_ROOT: "资金进出没有正负两个方向，或没有唯一的解，暂不计算",
    Reason.NO_CASH: "没有资金流水，不知道现金有多少，暂不计算",
    Reason.NO_ASSETS: "没有资产记录，暂不计算",
    Reason.NO_INDUSTRIES: "比较基准没有行业权重，无法归因",
    Reason.NOT_LINKABLE: "某一期账户或基准的资产归零，各期无法连接，暂不计算",
    Reason.NOT_FROM_SERIES: "仅凭收益率序列无法计算，需要成交、持仓或资金流水",
    Reason.NOT_SEPARABLE: "基准走势单一，无法区分择时与随市涨跌，暂不计算",
}


def sentence(reason: Reason, **facts: int) -> str:
    """The reader's sentence; `facts` fill its numbers (n, needed, side, days)."""
    return TEXT[reason].format(**facts)
