"""Hand-made diagnoses: a full Chinese account, one of trades alone in euros, an empty one."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from diagnosis.conventions import METRIC_IDS, metric, withheld
from diagnosis.types import (
    Attribution,
    Axis,
    Counterfactual,
    DataIssue,
    Diagnosis,
    Drawdown,
    Evidence,
    Finding,
    Habit,
    HabitId,
    HoldingLine,
    IndustryPart,
    IssueKind,
    Metric,
    Peers,
    RoundTrip,
    SecurityLine,
    Series,
    Side,
    TimingFit,
    TradeQuality,
)
from market.types import BenchmarkSeries
from reports.agreements import Agreement

FIRST, LAST = date(2024, 1, 2), date(2024, 12, 31)

VALUES = {
    "twr": 0.0287,
    "annualised_return": 0.0288,
    "xirr": 0.0105,
    "profit": 10_820.55,
    "excess_return": -0.0644,
    "volatility": 0.2214,
    "downside_deviation": 0.0097,
    "max_drawdown": -0.1447,
    "sharpe": 0.06,
    "sortino": 0.01,
    "calmar": 0.2,
    "beta": 0.94,
    "alpha": -0.059,
    "correlation": 0.88,
    "tracking_error": 0.11,
    "information_ratio": -0.58,
    "treynor": 0.014,
    "omega": 1.04,
    "var_95": -0.0213,
    "cvar_95": -0.0311,
    "up_capture": 0.81,
    "down_capture": 0.97,
    "tm_gamma": -0.42,
    "hm_gamma": -0.11,
    "brinson_allocation": -0.012,
    "brinson_selection": 0.042,
    "brinson_interaction": 0.003,
    "win_rate": 0.47,
    "payoff_ratio": 0.86,
    "profit_factor": 0.76,
    "round_trips": 203.0,
    "holding_days_mean": 21.4,
    "holding_days_median": 12.0,
    "turnover_annual": 11.8,
    "cost_ratio": 0.061,
    "position_mean": 0.68,
    "hhi": 0.11,
    "effective_holdings": 9.1,
    "pgr": 0.21,
    "plr": 0.09,
    "disposition": 0.12,
    "chasing": 0.124,
    "lottery_share": 0.08,
    "averaging_down": 0.3,
}


def weekdays(first: date, last: date) -> list[date]:
    days = (first + timedelta(n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def metrics(known: dict[str, float], reason: str = "数据不足，暂不计算") -> dict[str, Metric]:
    return {i: metric(i, known[i]) if i in known else withheld(i, reason) for i in METRIC_IDS}


def a_series(end: float = 1.0287, benchmark_end: float = 1.0931) -> Series:
    days = weekdays(FIRST, LAST)
    n = len(days)
    wave = [math.sin(2 * math.pi * place / (n - 1)) for place in range(n)]
    index = [1 + (end - 1) * place / (n - 1) - 0.12 * wave[place] for place in range(n)]
    bench = [1 + (benchmark_end - 1) * place / (n - 1) - 0.1 * wave[place] for place in range(n)]
    peaks = np.maximum.accumulate(np.array(index))
    invested = [300_000.0 if place < n // 2 else 420_000.0 for place in range(n)]
    return Series(
        points=tuple(day.isoformat() for day in days),
        index=tuple(index),
        benchmark=tuple(bench),
        value=tuple(money * level for money, level in zip(invested, index, strict=True)),
        invested=tuple(invested),
        drawdown=tuple(float(x) for x in np.array(index) / peaks - 1),
        position=tuple(0.68 + 0.2 * wave[place] for place in range(n)),
        months=monthly(days, index),
        benchmark_months=monthly(days, bench),
    )


def monthly(days: list[date], index: list[float]) -> tuple[tuple[str, float], ...]:
    ends: dict[str, float] = {}
    for day, level in zip(days, index, strict=True):
        ends[day.isoformat()[:7]] = level
    before, told = 1.0, []
    for month, level in ends.items():
        told.append((month, level / before - 1))
        before = level
    return tuple(told)


NOT_ATTRIBUTED = Attribution(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", (), "没有可用基准")

ATTRIBUTION = Attribution(
    portfolio_return=0.0287,
    benchmark_return=0.0931,
    excess=-0.0644,
    allocation=-0.012,
    selection=0.042,
    interaction=0.003,
    cash=-0.0104,
    trading=-0.026,
    costs=-0.061,
    other=0.0,
    linking="Carino (1999)",
    industries=(
        IndustryPart("电子", 0.34, 0.12, 0.18, 0.11, 0.004, 0.022, 0.001),
        IndustryPart("医药", 0.21, 0.10, 0.02, -0.06, -0.009, 0.014, 0.002),
        IndustryPart("银行", 0.05, 0.28, 0.09, 0.10, -0.007, 0.006, 0.0),
    ),
    selection_t=2.1,
    months=(
        {
            "month": "2024-01",
            "excess": -0.01,
            "allocation": -0.002,
            "selection": 0.004,
            "interaction": 0.0,
            "cash": -0.001,
            "trading": -0.005,
            "costs": -0.006,
            "other": 0.0,
        },
    ),
)


def a_trip(code: str, name: str, profit: float, opened: date | None, closed: date) -> RoundTrip:
    days = (closed - opened).days if opened else None
    return RoundTrip(
        code, name, opened, closed, 1000.0, 20_000.0, 20_000.0 + profit, profit, profit / 20_000, days, (7,)
    )


TRADES = TradeQuality(
    buys=209,
    sells=203,
    best=(a_trip("300750.SZ", "宁德时代", 5_230.0, date(2024, 9, 20), date(2024, 10, 8)),),
    worst=(
        a_trip("600519.SH", "贵州茅台", -6_120.5, date(2024, 3, 1), date(2024, 8, 30)),
        a_trip("000001.SZ", "平安银行", -850.0, None, date(2024, 2, 6)),
    ),
    holding_histogram=(("1–5 天", 60, 22), ("6–20 天", 28, 40), ("21–60 天", 7, 46)),
    months=tuple((f"2024-{month:02d}", 30 + month % 5, 380_000.0 + 1000 * month) for month in range(1, 13)),
    commission=14_020.4,
    stamp_duty=8_300.0,
    transfer_fee=780.6,
    other_fee=0.0,
    dividend_tax=132.0,
    minimum_commission_trades=271,
    minimum_commission_excess=902.3,
    gross_profit=33_921.55,
)


def a_habit(habit_id: HabitId, seen: bool | None, text: str = "", **more: object) -> Habit:
    given: dict[str, object] = {
        "statistic": None,
        "unit": "ratio",
        "se": None,
        "t": None,
        "n": 0,
        "figures": {},
    }
    return Habit(id=habit_id, seen=seen, text=text, **{**given, **more})  # type: ignore[arg-type]


HABITS = {
    "OVERTRADING": a_habit(
        HabitId.OVERTRADING,
        True,
        "全年买卖 412 笔，一年里把资产换了 11.8 遍，费用占平均资产 6.10%。",
        statistic=11.8,
        unit="times",
        n=412,
        evidence=(Evidence(date(2024, 5, 6), "002594.SZ", "比亚迪", "当日买卖 9 笔，费用 96 元", (31, 32)),),
        cost=Counterfactual(15_200.0, 11_300.0, 18_900.0, 0.9, "同样的持仓每年只换手 1 倍时的费用", 412),
    ),
    "CHASING": a_habit(
        HabitId.CHASING,
        True,
        "买入前 20 日平均已涨 12.40%，买入后 20 日平均跌 1.80%。",
        statistic=0.124,
        n=209,
        t=4.2,
        cost=Counterfactual(9_000.0, -1_500.0, 19_800.0, 0.9, "同一天买入基准", 209),
    ),
    "DISPOSITION": a_habit(
        HabitId.DISPOSITION,
        True,
        "盈利持有 9 天就卖，亏损平均拿到第 41 天（处置效应，PGR 0.21，PLR 0.09）。",
        statistic=0.12,
        n=405,
        t=5.1,
        figures={"pgr": 0.21, "plr": 0.09},
        cost=Counterfactual(-2_300.0, -4_100.0, -400.0, 0.9, "盈利与亏损按同样的比例卖出", 203),
    ),
    "PATIENCE": a_habit(HabitId.PATIENCE, False),
    "LOTTERY": a_habit(HabitId.LOTTERY, False, statistic=0.08),
    "TIME_OF_DAY": a_habit(HabitId.TIME_OF_DAY, None, withheld="成交没有时间，暂不判断"),
    "DIVERSIFIED": a_habit(
        HabitId.DIVERSIFIED, True, "等效持有 9.1 只，没有一只超过 20%。", statistic=9.1, unit="number"
    ),
}

FINDINGS = (
    Finding(
        "GOOD_SELECTION",
        Side.STRENGTH,
        "选股有正贡献",
        "+4.2 个百分点",
        "电子、医药两行业所选个股跑赢行业（t = 2.1）。",
        0.042,
        5,
    ),
    Finding(
        "DIVERSIFIED",
        Side.STRENGTH,
        "分散度合理",
        "等效 9 只",
        "单只最大占比 18%，低于 25% 的提示线。",
        0.01,
        4,
    ),
    Finding(
        "OVERTRADING",
        Side.SHORTCOMING,
        "换手过快",
        "费用占平均资产 6.10%",
        "全年 412 笔，其中 271 笔触及最低佣金 5 元。",
        0.05,
        7,
        15_200.0,
        "合并小单，单笔不低于 2 万元",
        "turnover_annual",
        4.0,
        "三个月内月均交易不超过 12 笔",
    ),
    Finding(
        "CHASING",
        Side.SHORTCOMING,
        "追高买入",
        "代价约 0.90 万元",
        "买入前 20 日平均已涨 12.40%，买入后 20 日平均跌 1.80%。",
        0.03,
        8,
        9_000.0,
        "涨幅超过 10% 的当周不新开仓",
        "chasing",
        0.03,
        "追涨程度降到 3% 以内",
    ),
    Finding(
        "DISPOSITION",
        Side.SHORTCOMING,
        "止盈早、止损晚",
        "PGR 0.21 / PLR 0.09",
        "盈利持有 9 天就卖，亏损平均拿到第 41 天。",
        0.02,
        8,
        None,
        "买入时写下卖出条件",
        "disposition",
        0.05,
        "两者之差降到 5% 以内",
    ),
    Finding(
        "SMALL_ORDERS",
        Side.SHORTCOMING,
        "小单吃最低佣金",
        "271 笔",
        "271 笔触及最低佣金，多付 902 元。",
        0.01,
        7,
        902.3,
    ),
)

AXES = (
    Axis("RETURN", "收益", 41, "时间加权收益的同资产段百分位"),
    Axis("RISK", "风控", 55, "最大回撤的同资产段百分位"),
    Axis("SELECTION", "选股", 72, "选股效应的同资产段百分位"),
    Axis("TIMING", "择时", None, "", "择时系数不显著，不打分"),
    Axis("DISCIPLINE", "交易纪律", 12, "换手与费用的同资产段百分位"),
)

HOLDINGS = (
    HoldingLine(
        "300750.SZ",
        "宁德时代",
        "STOCK",
        "电力设备",
        300.0,
        266.0,
        79_800.0,
        0.42,
        251.3,
        4_410.0,
        85,
        0.002,
        False,
    ),
    HoldingLine(
        "600519.SH",
        "贵州茅台",
        "STOCK",
        "食品饮料",
        50.0,
        1524.0,
        76_200.0,
        0.4,
        1610.2,
        -4_310.0,
        61,
        0.01,
        False,
    ),
    HoldingLine(
        "002001.SZ", "=新和成", "STOCK", None, 1500.0, 22.8, 34_200.0, 0.18, None, None, None, None, True
    ),
)

ISSUES = (
    DataIssue(
        IssueKind.PRICE_MISSING,
        "002001.SZ 有 2 天缺少收盘价，按前一交易日估值",
        2,
        "002001.SZ",
        date(2024, 5, 6),
    ),
    DataIssue(IssueKind.INFERRED_FLOW, "按资金余额推定 1 笔银证转账", 1, None, date(2024, 7, 2), 120_000.0),
    DataIssue(IssueKind.PRICE_MISSING, "600519.SH 有 1 天缺少收盘价", 1, "600519.SH", date(2024, 6, 6)),
)


def a_benchmark() -> BenchmarkSeries:
    return BenchmarkSeries("DEMO", "演示综合", "由演示数据中的股票按等权组成", np.zeros(3))


def full() -> Diagnosis:
    """A year of an A-share account with a cash statement: it gained, fees cost more, habits were seen."""
    series = a_series()
    return Diagnosis(
        account_no="600112343428",
        client_no="C0001",
        client_name="张三",
        accounts=("600112343428",),
        currency="CNY",
        venue_note="上海、深圳证券交易所，人民币",
        first=FIRST,
        last=LAST,
        points=len(series.points),
        granularity="DAY",
        has_cash=True,
        benchmark=a_benchmark(),
        metrics=metrics(VALUES),
        series=series,
        drawdowns=(
            Drawdown(date(2024, 1, 2), date(2024, 2, 5), date(2024, 4, 8), -0.1447, 34, 63),
            Drawdown(date(2024, 5, 20), date(2024, 9, 13), None, -0.0912, 116, None),
        ),
        holdings=HOLDINGS,
        securities=(
            SecurityLine("300750.SZ", "宁德时代", "电力设备", 21_300.0, 0.05, 44, 2_310.0),
            SecurityLine("002001.SZ", "=新和成", None, 120.0, None, 2, 10.0),
            SecurityLine("600519.SH", "贵州茅台", "食品饮料", -10_599.45, -0.025, 60, 4_800.5),
        ),
        attribution=ATTRIBUTION,
        timing=(
            TimingFit("TM", 0.0001, 0.94, -0.42, -0.8, 242),
            TimingFit("HM", 0.0002, 0.9, -0.11, -0.6, 242),
        ),
        trades=TRADES,
        habits=HABITS,
        findings=FINDINGS,
        axes=AXES,
        peers=Peers("10–50 万元", 84, {"twr": 41.2, "turnover_annual": 6.6, "max_drawdown": 55.0}),
        issues=ISSUES,
        industry_weights=(("电力设备", 0.42), ("食品饮料", 0.4), ("未知行业", 0.18)),
        cash_share=0.35,
        opening_value=Decimal("300000.00"),
        closing_value=Decimal("430820.55"),
        versions={"behaviour": "sha256:" + "a" * 64},
        notes=("期初 1 只证券的成本未知，相关平仓不计入胜率",),
    )


def marked() -> Diagnosis:
    """Trades alone, in euros, priced at trade times only: daily measures are withheld, no cash is known."""
    points = ("2017-10-25T14:16:00Z", "2017-10-26T17:35:00Z", "2017-11-02T09:05:00Z", "2018-01-15T15:00:00Z")
    daily = "行情只在成交时刻已知，逐日序列指标不计算"
    known = {
        "twr": -0.182,
        "profit": -1_812.5,
        "win_rate": 0.3333,
        "payoff_ratio": 1.9,
        "round_trips": 6.0,
        "holding_days_median": 3.5,
        "holding_days_mean": 4.0,
        "turnover_annual": 32.0,
        "hhi": 1.0,
        "effective_holdings": 1.0,
        "profit_factor": 0.95,
    }
    quality = TradeQuality(
        buys=9,
        sells=6,
        best=(a_trip("3NGL.MI", "3NGL", 320.0, date(2017, 10, 25), date(2017, 11, 2)),),
        worst=(a_trip("3NGL.MI", "3NGL", -900.0, date(2017, 10, 26), date(2017, 11, 2)),),
        holding_histogram=(),
        months=(("2017-10", 7, 9_800.0), ("2017-11", 6, 7_000.0), ("2018-01", 2, 900.0)),
        commission=0.0,
        stamp_duty=0.0,
        transfer_fee=0.0,
        other_fee=0.0,
        dividend_tax=0.0,
        minimum_commission_trades=0,
        minimum_commission_excess=0.0,
        gross_profit=-1_812.5,
    )
    return replace(
        full(),
        account_no="44382",
        client_no="EU-44382",
        client_name="44382",
        accounts=("44382",),
        currency="EUR",
        venue_note="意大利证券交易所，欧元",
        first=date(2017, 10, 25),
        last=date(2018, 1, 15),
        points=4,
        granularity="MARK",
        has_cash=False,
        benchmark=None,
        metrics=metrics(known, daily),
        series=Series(
            points,
            (1.0, 0.96, 0.88, 0.818),
            (),
            (3810.0, 5050.0, 4000.0, 3200.0),
            (3810.0, 5052.5, 4600.0, 5012.5),
            (),
            (),
            (),
            (),
        ),
        drawdowns=(),
        holdings=(
            HoldingLine(
                "3NGL.MI",
                "3NGL",
                "LEVERAGED",
                None,
                20_000.0,
                0.16,
                3_200.0,
                1.0,
                0.2526,
                -1_852.0,
                82,
                None,
                False,
            ),
        ),
        securities=(SecurityLine("3NGL.MI", "3NGL", None, -1_812.5, None, 15, 0.0),),
        attribution=replace(NOT_ATTRIBUTED, withheld=daily),
        timing=(
            TimingFit("TM", None, None, None, None, 0, daily),
            TimingFit("HM", None, None, None, None, 0, daily),
        ),
        trades=quality,
        habits={
            "LEVERAGE": a_habit(
                HabitId.LEVERAGE, True, "证券市值全部在 3 倍杠杆产品上。", statistic=1.0, n=4
            ),
            "SMALL_ORDERS": a_habit(HabitId.SMALL_ORDERS, None, withheld="成交记录没有费用，暂不判断"),
        },
        findings=(
            Finding(
                "LEVERAGE",
                Side.SHORTCOMING,
                "杠杆产品占比高",
                "100.00%",
                "证券市值全部在 3 倍杠杆产品上。",
                0.1,
                8,
                None,
                "降低杠杆产品的占比",
                "LEVERAGE",
                0.2,
                "杠杆产品占比降到 20% 以内",
            ),
        ),
        axes=(Axis("RETURN", "收益", None, "", daily), Axis("RISK", "风控", None, "", daily)),
        peers=Peers("50万元以下", 4, {}, "同资产段（50万元以下）其他账户 4 个，不足 10 个，暂不比较"),
        issues=(
            DataIssue(IssueKind.NO_CASH_STATEMENT, "没有资金流水，每笔成交视为一次资金进出", 15),
            DataIssue(IssueKind.ZERO_QUANTITY, "3 条数量为零的记录未计入", 3),
        ),
        industry_weights=(),
        cash_share=None,
        opening_value=Decimal(0),
        closing_value=Decimal("3200.00"),
        notes=(),
    )


def empty() -> Diagnosis:
    """An account on which nothing was ever booked."""
    reason = "账户没有成交"
    quality = TradeQuality(0, 0, (), (), (), (), 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0.0, 0.0)
    return replace(
        full(),
        account_no="600100000009",
        accounts=("600100000009",),
        points=0,
        benchmark=None,
        metrics=metrics({}, reason),
        series=Series((), (), (), (), (), (), (), (), ()),
        drawdowns=(),
        holdings=(),
        securities=(),
        attribution=replace(NOT_ATTRIBUTED, withheld=reason),
        timing=(),
        trades=quality,
        habits={},
        findings=(),
        axes=(),
        peers=Peers("", 0, {}, reason),
        issues=(),
        industry_weights=(),
        cash_share=None,
        opening_value=Decimal(0),
        closing_value=Decimal(0),
        notes=(),
    )


def merged() -> Diagnosis:
    """All accounts of one client, transfers between them netted."""
    return replace(full(), account_no="C0001", accounts=("600112343428", "600112345555"))


AGREEMENT = Agreement(
    finding="OVERTRADING",
    metric="turnover_annual",
    baseline=20.0,
    target=4.0,
    target_text="半年内年换手降到 4 倍以内",
    due_on=date(2024, 12, 31),
    agreed_on=date(2024, 3, 5),
    agreed_how="面谈",
    id=1,
)
