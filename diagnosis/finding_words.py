"""Each finding in a client's words: what happened, the evidence, what to do. Thresholds come in, none stand
here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from diagnosis.types import (
    Attribution,
    DataIssue,
    Drawdown,
    Habit,
    HoldingLine,
    Metric,
    TimingFit,
    TradeQuality,
)
from diagnosis.wording import count, currency_word, number, percent, points, times, yuan

MONTH_WORDS = {1: "一", 2: "两", 3: "三", 6: "六", 12: "十二"}


@dataclass(frozen=True)
class Ground:
    """All that the findings of one account may read."""

    metrics: Mapping[str, Metric]
    habits: Mapping[str, Habit]
    attribution: Attribution
    timing: tuple[TimingFit, ...]
    trades: TradeQuality
    holdings: tuple[HoldingLine, ...]
    issues: tuple[DataIssue, ...]
    day: date
    average_assets: float | None
    currency: str
    drawdowns: tuple[Drawdown, ...]
    benchmark_drawdown: float | None

    @property
    def fees(self) -> float:
        """Commission, duty, transfer and other fees of the period."""
        paid = self.trades
        return paid.commission + paid.stamp_duty + paid.transfer_fee + paid.other_fee

    def value(self, name: str) -> float:
        """The value of a metric that its finding's trigger has seen; 0 where it is withheld all the same."""
        found = self.metrics.get(name)
        return 0.0 if found is None or found.value is None else found.value

    def money(self, amount: float) -> str:
        return yuan(amount, unit=currency_word(self.currency))

    def figure(self, habit: str, name: str) -> float:
        return self.habits[habit].figures.get(name, 0.0)


@dataclass(frozen=True, slots=True)
class Told:
    """The words of one finding beside its title."""

    tag: str
    text: str
    section: int
    action: str | None = None
    target_metric: str | None = None
    target_value: float | None = None
    target_text: str | None = None
    cost_yuan: float | None = None


def within(terms: Mapping[str, Any]) -> str:
    """三个月内"""
    months = int(terms["months"])
    return f"{MONTH_WORDS.get(months, str(months))}个月内"


def _cost_tag(ground: Ground, habit: str, otherwise: str) -> str:
    """The cost where the whole interval is above zero, else the figure that shows the habit."""
    cost = ground.habits[habit].cost
    return f"代价约 {ground.money(cost.yuan)}" if cost is not None and cost.low > 0 else otherwise


def _cost_yuan(ground: Ground, habit: str) -> float | None:
    cost = ground.habits[habit].cost
    return cost.yuan if cost is not None and cost.low > 0 else None


def fees_exceed_profit(ground: Ground, terms: Mapping[str, Any]) -> Told:
    gross, fees = ground.trades.gross_profit, ground.fees
    net = gross - fees
    left = f"剩下 {ground.money(net)}" if net >= 0 else f"反为亏损 {ground.money(-net)}"
    goal = ground.value("cost_ratio") * terms["target_share"]
    return Told(
        tag=f"费用 {ground.money(fees)}",
        text=f"扣除费用之前盈利 {ground.money(gross)}，交易费用花掉 {ground.money(fees)}，{left}。",
        section=7,
        action="减少不必要的换手，合并小额委托，先把费用降下来。",
        target_metric="cost_ratio",
        target_value=goal,
        target_text=f"{within(terms)}费用率按同样长度的期间计，降到 {percent(goal)} 以内",
        cost_yuan=fees,
    )


def overtrading(ground: Ground, terms: Mapping[str, Any]) -> Told:
    habit, trades = ground.habits["OVERTRADING"], ground.trades
    turnover, monthly = habit.statistic or 0.0, ground.figure("OVERTRADING", "trades_a_month")
    text = f"期间买卖 {count(trades.buys + trades.sells)}"
    if trades.minimum_commission_trades:
        text += f"，其中 {count(trades.minimum_commission_trades)}触及最低佣金"
    text += f"；一年相当于把资产换手 {times(turnover)}，费用 {ground.money(ground.fees)}。"
    goal = max(1.0, float(round(monthly * terms["target_turnover_share"])))
    return Told(
        tag=f"费用占均值资产 {percent(ground.value('cost_ratio'), 1)}",
        text=text,
        section=7,
        action=f"把月均交易从 {count(monthly)}降到 {count(goal)}以内，下单前先写明买入和卖出的理由。",
        target_metric="OVERTRADING.trades_a_month",
        target_value=goal,
        target_text=f"{within(terms)}月均交易不超过 {count(goal)}",
        cost_yuan=_cost_yuan(ground, "OVERTRADING"),
    )


def small_orders(ground: Ground, terms: Mapping[str, Any]) -> Told:
    habit = ground.habits["SMALL_ORDERS"]
    even = ground.figure("SMALL_ORDERS", "break_even_yuan")
    share = terms["target_share"]
    return Told(
        tag=f"多付 {ground.money(ground.figure('SMALL_ORDERS', 'excess_yuan'))}",
        text=habit.text,
        section=7,
        action=f"合并小额委托：单笔达到 {ground.money(even)}，佣金才不会被最低收费抬高。",
        target_metric="SMALL_ORDERS",
        target_value=share,
        target_text=f"{within(terms)}触及最低佣金的委托占比降到 {percent(share, 0)} 以内",
        cost_yuan=_cost_yuan(ground, "SMALL_ORDERS"),
    )


def chasing(ground: Ground, terms: Mapping[str, Any]) -> Told:
    before, goal = ground.figure("CHASING", "before"), terms["target_excess"]
    return Told(
        tag=_cost_tag(ground, "CHASING", f"买入前多涨 {percent(before, 1)}"),
        text=ground.habits["CHASING"].text,
        section=8,
        action="短期涨幅较大时不一次买足：分批买入，或等待几个交易日再决定。",
        target_metric="CHASING",
        target_value=goal,
        target_text=f"{within(terms)}买入前 20 个交易日的平均超额涨幅降到 {percent(goal, 0)} 以内",
        cost_yuan=_cost_yuan(ground, "CHASING"),
    )


def panic_selling(ground: Ground, terms: Mapping[str, Any]) -> Told:
    before, goal = ground.figure("PANIC_SELLING", "before"), terms["target_excess"]
    return Told(
        tag=_cost_tag(ground, "PANIC_SELLING", f"卖出前跌 {percent(abs(before), 1)}"),
        text=ground.habits["PANIC_SELLING"].text,
        section=8,
        action="买入时先定好退出的条件；急跌时分批卖出，不在一天内清仓。",
        target_metric="PANIC_SELLING",
        target_value=goal,
        target_text=f"{within(terms)}卖出前的平均跌幅收窄到 {percent(abs(goal), 0)} 以内",
        cost_yuan=_cost_yuan(ground, "PANIC_SELLING"),
    )


def disposition(ground: Ground, terms: Mapping[str, Any]) -> Told:
    pgr, plr = ground.figure("DISPOSITION", "pgr"), ground.figure("DISPOSITION", "plr")
    goal = terms["target_gap"]
    return Told(
        tag=f"PGR {number(pgr)} / PLR {number(plr)}",
        text=ground.habits["DISPOSITION"].text,
        section=8,
        action="盈利和亏损的持仓用同一把尺子：按买入理由是否还成立决定去留，不看成本价。",
        target_metric="disposition",
        target_value=goal,
        target_text=f"{within(terms)}盈利与亏损持仓的卖出比例之差降到 {number(goal)} 以内",
        cost_yuan=_cost_yuan(ground, "DISPOSITION"),
    )


def concentration(ground: Ground, terms: Mapping[str, Any]) -> Told:
    goal = terms["target_effective"]
    return Told(
        tag=f"等效 {number(ground.habits['CONCENTRATION'].statistic or 0.0, 1)} 只",
        text=ground.habits["CONCENTRATION"].text,
        section=4,
        action="逐步把资金分到更多互不相关的证券或分散的基金上，单只不再加仓。",
        target_metric="effective_holdings",
        target_value=goal,
        target_text=f"{within(terms)}等效持股数达到 {number(goal, 0)} 只以上",
    )


def industry_concentration(ground: Ground, terms: Mapping[str, Any]) -> Told:
    habit, goal = ground.habits["INDUSTRY_CONCENTRATION"], terms["target_share"]
    return Told(
        tag=f"最大行业 {percent(habit.statistic or 0.0, 0)}",
        text=habit.text,
        section=4,
        action="新买入优先选择其他行业，让单一行业的涨跌不再决定整个账户。",
        target_metric="INDUSTRY_CONCENTRATION",
        target_value=goal,
        target_text=f"{within(terms)}最大行业占证券市值降到 {percent(goal, 0)} 以内",
    )


def lottery(ground: Ground, terms: Mapping[str, Any]) -> Told:
    habit, goal = ground.habits["LOTTERY"], terms["target_share"]
    return Told(
        tag=_cost_tag(ground, "LOTTERY", f"占比 {percent(habit.statistic or 0.0, 0)}"),
        text=habit.text,
        section=8,
        action="为这类股票设一个上限，只用亏得起的一小部分资金。",
        target_metric="lottery_share",
        target_value=goal,
        target_text=f"{within(terms)}这类股票占比降到 {percent(goal, 0)} 以内",
        cost_yuan=_cost_yuan(ground, "LOTTERY"),
    )


def averaging_down(ground: Ground, terms: Mapping[str, Any]) -> Told:
    habit, goal = ground.habits["AVERAGING_DOWN"], terms["target_share"]
    return Told(
        tag=_cost_tag(ground, "AVERAGING_DOWN", f"亏损补仓占 {percent(habit.statistic or 0.0, 0)}"),
        text=habit.text,
        section=8,
        action="补仓前当作一次新的买入重新判断；同一只证券设好补仓次数和金额的上限。",
        target_metric="averaging_down",
        target_value=goal,
        target_text=f"{within(terms)}亏损补仓占加仓金额降到 {percent(goal, 0)} 以内",
        cost_yuan=_cost_yuan(ground, "AVERAGING_DOWN"),
    )


def leverage(ground: Ground, terms: Mapping[str, Any]) -> Told:
    habit, goal = ground.habits["LEVERAGE"], terms["target_share"]
    return Told(
        tag=f"占比 {percent(habit.statistic or 0.0, 0)}",
        text=habit.text + "这类产品的涨跌被放大，长期持有会偏离标的的累计涨跌。",
        section=4,
        action="为杠杆类产品设定仓位上限和持有期限，并确认其风险等级与自身承受能力相符。",
        target_metric="LEVERAGE",
        target_value=goal,
        target_text=f"{within(terms)}杠杆类产品占比降到 {percent(goal, 0)} 以内",
    )


def _fall(ground: Ground) -> str:
    """When the largest fall was, and whether it was made good."""
    if not ground.drawdowns:
        return ""
    worst = min(ground.drawdowns, key=lambda fall: fall.depth)
    text = f"从 {worst.peak_on} 的高点跌到 {worst.trough_on}"
    if worst.recovered_on is None:
        return text + "，期末尚未恢复。"
    return text + f"，{worst.recovered_on} 恢复。"


def _market_fall(ground: Ground) -> str:
    fall = ground.benchmark_drawdown
    return "" if fall is None else f"同期基准最大回撤 {percent(fall)}。"


def deep_drawdown(ground: Ground, terms: Mapping[str, Any]) -> Told:
    goal = terms["target_depth"]
    return Told(
        tag=f"最大回撤 {percent(ground.value('max_drawdown'))}",
        text=_fall(ground) + _market_fall(ground),
        section=3,
        action="定一条总资产的回撤线：到线先降仓位，再看每只持仓的理由。",
        target_metric="max_drawdown",
        target_value=goal,
        target_text=f"{within(terms)}回撤不超过 {percent(abs(goal), 0)}",
    )


def _selection(ground: Ground) -> float:
    return ground.attribution.selection + ground.attribution.interaction


def _timing_fit(ground: Ground) -> TimingFit:
    """The weaker of the fits: the one whose t the trigger looked at."""
    fits = [fit for fit in ground.timing if fit.withheld is None and fit.gamma_t is not None]
    return min(fits, key=lambda fit: abs(fit.gamma_t or 0.0))


def negative_timing(ground: Ground, terms: Mapping[str, Any]) -> Told:
    fit = _timing_fit(ground)
    return Told(
        tag=f"t = {number(fit.gamma_t or 0.0, 1)}",
        text=f"市场上涨时仓位偏低、下跌时偏高的倾向在统计上显著（{fit.n} 期）。",
        section=6,
        action="减少凭感觉的整体加减仓，用固定比例或定期定额来调整仓位。",
        target_metric="tm_gamma",
        target_value=0.0,
        target_text=f"{within(terms)}保持仓位在约定的区间内，下一份报告核对择时系数不再为负",
    )


def good_timing(ground: Ground, _: Mapping[str, Any]) -> Told:
    fit = _timing_fit(ground)
    text = f"市场上涨时仓位较高、下跌时较低，倾向在统计上显著（{fit.n} 期）。"
    return Told(f"t = {number(fit.gamma_t or 0.0, 1)}", text, 6)


def weak_selection(ground: Ground, terms: Mapping[str, Any]) -> Told:
    t = ground.attribution.selection_t or 0.0
    return Told(
        tag=points(_selection(ground)) if ground.attribution.excess is not None else "",
        text=f"在同一行业里，所选证券的表现落后于行业平均（t = {number(t, 1)}）。{_weakest(ground)}",
        section=5,
        action="减少单只选股的分量，用行业或宽基基金代替没有把握的部分。",
        target_metric="brinson_selection",
        target_value=0.0,
        target_text=f"{within(terms)}选股贡献不低于零",
    )


def _weakest(ground: Ground) -> str:
    lines = sorted(ground.attribution.industries, key=lambda part: part.selection + part.interaction)
    names = [part.industry for part in lines[:2] if part.selection + part.interaction < 0]
    return f"落后最多的是{'、'.join(names)}。" if names else ""


def good_selection(ground: Ground, _: Mapping[str, Any]) -> Told:
    lines = sorted(ground.attribution.industries, key=lambda part: -(part.selection + part.interaction))
    names = [part.industry for part in lines[:2] if part.selection + part.interaction > 0]
    where = f"{'、'.join(names)}行业所选证券跑赢行业" if names else "所选证券跑赢所在行业"
    t = ground.attribution.selection_t or 0.0
    return Told(points(_selection(ground)), f"{where}（t = {number(t, 1)}）。", 5)


def idle_cash(ground: Ground, terms: Mapping[str, Any]) -> Told:
    position, goal = ground.value("position_mean"), terms["target_position"]
    return Told(
        tag=f"平均仓位 {percent(position, 0)}",
        text=f"平均有 {percent(1 - position, 0)} 的资产以现金形式留在账户里。",
        section=4,
        action="与投资顾问确认这笔资金的用途和期限，短期不用的可以考虑现金管理类产品。",
        target_metric="position_mean",
        target_value=goal,
        target_text=f"{within(terms)}为闲置资金确定用途，使其不超过资产的 {percent(1 - goal, 0)}",
    )


def beats_benchmark(ground: Ground, _: Mapping[str, Any]) -> Told:
    excess = ground.value("excess_return")
    text = "这一期间的时间加权收益高于基准；一段时间的结果不足以说明能力。"
    return Told(points(excess), text, 2)


def low_cost(ground: Ground, _: Mapping[str, Any]) -> Told:
    annual = ground.figure("OVERTRADING", "cost_ratio_annual")
    text = f"期间费用合计 {ground.money(ground.fees)}，对收益的影响很小。"
    return Told(f"每年 {percent(annual)}", text, 7)


def patience(ground: Ground, _: Mapping[str, Any]) -> Told:
    habit = ground.habits["PATIENCE"]
    return Told(f"{number(habit.statistic or 0.0, 0)} 天", habit.text, 7)


def diversified(ground: Ground, _: Mapping[str, Any]) -> Told:
    habit = ground.habits["DIVERSIFIED"]
    return Told(f"等效 {number(habit.statistic or 0.0, 0)} 只", habit.text, 4)


def shallow_drawdown(ground: Ground, _: Mapping[str, Any]) -> Told:
    tag = f"最大回撤 {percent(ground.value('max_drawdown'))}"
    return Told(tag, _market_fall(ground) + _fall(ground), 3)


def position_control(ground: Ground, _: Mapping[str, Any]) -> Told:
    tag = f"平均仓位 {percent(ground.value('position_mean'), 0)}"
    return Told(tag, "平时留有一部分现金，下跌时有余地。", 4)


def low_turnover(ground: Ground, _: Mapping[str, Any]) -> Told:
    turnover = ground.value("turnover_annual")
    return Told(f"年换手 {times(turnover)}", "买卖不频繁，费用和冲动决定的影响都有限。", 7)


def good_payoff(ground: Ground, _: Mapping[str, Any]) -> Told:
    ratio, factor = ground.value("payoff_ratio"), ground.value("profit_factor")
    text = f"盈利的平仓平均赚的是亏损平仓平均亏的 {times(ratio)}，全部盈利是全部亏损的 {times(factor)}。"
    return Told(f"盈亏比 {number(ratio, 1)}", text, 7)


TITLES: Mapping[str, str] = {
    "FEES_EXCEED_PROFIT": "费用超过盈利",
    "OVERTRADING": "换手过快",
    "SMALL_ORDERS": "小单多付佣金",
    "CHASING": "追高买入",
    "DISPOSITION": "止盈早、止损晚",
    "CONCENTRATION": "持仓过于集中",
    "INDUSTRY_CONCENTRATION": "行业过于集中",
    "LOTTERY": "偏好低价高波动股票",
    "AVERAGING_DOWN": "越跌越补",
    "PANIC_SELLING": "急跌后卖出",
    "DEEP_DRAWDOWN": "回撤较深",
    "NEGATIVE_TIMING": "加减仓时机不利",
    "WEAK_SELECTION": "所选证券落后行业",
    "LEVERAGE": "杠杆产品占比高",
    "IDLE_CASH": "资金长期闲置",
    "GOOD_SELECTION": "选股有正贡献",
    "GOOD_TIMING": "加减仓时机有利",
    "BEATS_BENCHMARK": "收益高于基准",
    "LOW_COST": "交易费用低",
    "PATIENCE": "耐心持有",
    "DIVERSIFIED": "分散度合理",
    "SHALLOW_DRAWDOWN": "回撤较小",
    "POSITION_CONTROL": "不满仓",
    "LOW_TURNOVER": "换手低",
    "GOOD_PAYOFF": "赚得比亏得多",
}
"""How a client reads a finding, by its id."""

WORDS: Mapping[str, Callable[[Ground, Mapping[str, Any]], Told]] = {
    "FEES_EXCEED_PROFIT": fees_exceed_profit,
    "OVERTRADING": overtrading,
    "SMALL_ORDERS": small_orders,
    "CHASING": chasing,
    "DISPOSITION": disposition,
    "CONCENTRATION": concentration,
    "INDUSTRY_CONCENTRATION": industry_concentration,
    "LOTTERY": lottery,
    "AVERAGING_DOWN": averaging_down,
    "PANIC_SELLING": panic_selling,
    "DEEP_DRAWDOWN": deep_drawdown,
    "NEGATIVE_TIMING": negative_timing,
    "WEAK_SELECTION": weak_selection,
    "LEVERAGE": leverage,
    "IDLE_CASH": idle_cash,
    "GOOD_SELECTION": good_selection,
    "GOOD_TIMING": good_timing,
    "BEATS_BENCHMARK": beats_benchmark,
    "LOW_COST": low_cost,
    "PATIENCE": patience,
    "DIVERSIFIED": diversified,
    "SHALLOW_DRAWDOWN": shallow_drawdown,
    "POSITION_CONTROL": position_control,
    "LOW_TURNOVER": low_turnover,
    "GOOD_PAYOFF": good_payoff,
}
