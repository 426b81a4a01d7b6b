"""The sentence a client would repeat at dinner: chosen by rules from the facts; no forecast, no blame.

`PATTERNS` is read from the top; the first whose facts are there speaks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from diagnosis import wording
from diagnosis.types import Finding
from reports.sections.allocation import weighted
from reports.sections.behaviour import GOOD, NEUTRAL
from reports.sections.risk import deepest
from reports.sections.selection import by_profit, steps
from reports.sections.story import Story


@dataclass(frozen=True, slots=True)
class Verdict:
    """`accent` is the stressed part of `sentence`, a substring of it."""

    pattern: str
    sentence: str
    accent: str


def verdict(story: Story) -> Verdict:
    """The first pattern that fits; the last one always does."""
    for name, pattern in PATTERNS.items():
        told = pattern(story)
        if told is not None:
            head, accent, tail = told
            return Verdict(name, head + accent + tail, accent)
    raise AssertionError("the last pattern always speaks")


Told = tuple[str, str, str] | None


def benchmark_return(story: Story) -> float | None:
    """Return of the benchmark over the account's period."""
    twr, excess = story.value("twr"), story.value("excess_return")
    return None if twr is None or excess is None else twr - excess


def worst_habit(story: Story) -> Finding | None:
    """The first shortcoming with a known cost above 0."""
    return next((f for f in story.shortcomings if f.cost_yuan is not None and f.cost_yuan > 0), None)


def _profit(story: Story) -> float:
    return story.value("profit") or 0.0


def nothing_happened(story: Story) -> Told:
    if not story.quiet:
        return None
    return f"{story.period}账户", "没有成交，也没有持仓", "，暂时没有可以诊断的内容。"


def profit_unknown(story: Story) -> Told:
    if story.value("profit") is not None:
        return None
    t = story.diagnosis.trades
    return (
        f"{story.period}有 {t.buys + t.sells} 笔成交，",
        "盈亏还算不出来",
        f"：{story.withheld('profit').rstrip('。')}。",
    )


def too_few_trades(story: Story) -> Told:
    t = story.diagnosis.trades
    count = t.buys + t.sells
    if count >= story.limit("few_trades"):
        return None
    did = f"只有 {count} 笔成交" if count else "没有成交"
    return f"{story.period}{story.gain_words(_profit(story))}，", did, "：样本还少，只列事实，不作评价。"


def fees_ate_the_profit(story: Story) -> Told:
    profit, gross = _profit(story), story.diagnosis.trades.gross_profit
    if not (story.fees > 0 and gross > 0 and profit <= 0):
        return None
    return (
        f"{story.period}不计费用赚了 {story.money(gross)}，",
        f"但交易费用花掉了 {story.money(story.fees)}",
        f"：{story.gain_words(profit)}。" if abs(profit) >= 0.5 else "：两者相抵，不赚不亏。",
    )


def fees_exceed_profit(story: Story) -> Told:
    profit = _profit(story)
    if not (profit > 0 and story.fees > profit * story.limit("cost_over_profit")):
        return None
    tail = "费用是眼下最值得改的一件事。"
    if story.seen("OVERTRADING"):
        tail = "换手过快，是眼下最值得改的一件事。"
    elif story.seen("SMALL_ORDERS"):
        tail = "单笔太小，每笔都付最低佣金，是眼下最值得改的一件事。"
    return (
        f"{story.period}{story.gain_words(profit)}，",
        f"但交易费用花掉了 {story.money(story.fees)}",
        f"：{tail}",
    )


def value_up_money_down(story: Story) -> Told:
    twr, profit = story.value("twr"), _profit(story)
    if twr is None or twr < story.limit("flat_return") or profit >= -0.5:
        return None
    return (
        f"{story.period}每一段的涨跌连起来是 {wording.percent(twr, signed=True)}，",
        f"{story.subject}却亏了 {story.money(-profit)}",
        "：钱投得多的时候，赶上了下跌。",
    )


def value_down_money_up(story: Story) -> Told:
    twr, profit = story.value("twr"), _profit(story)
    if twr is None or twr > -story.limit("flat_return") or profit <= 0.5:
        return None
    return (
        f"{story.period}每一段的涨跌连起来是 {wording.percent(twr, signed=True)}，",
        f"{story.subject}却赚了 {story.money(profit)}",
        "：钱投得多的时候，赶上了上涨。",
    )


def lost_less_than_the_market(story: Story) -> Told:
    profit, bench, excess = _profit(story), benchmark_return(story), story.value("excess_return")
    if bench is None or excess is None or profit >= 0 or excess < story.limit("beat_benchmark") or bench >= 0:
        return None
    return (
        f"{story.period}{story.gain_words(profit)}，但同期基准跌了 {wording.percent(-bench)}，",
        f"比基准少跌 {wording.points(excess, 2, signed=False)}",
        "。",
    )


def habit_cost_more_than_the_profit(story: Story) -> Told:
    finding, profit = worst_habit(story), _profit(story)
    if finding is None or finding.cost_yuan is None or not 0 < profit < finding.cost_yuan:
        return None
    return (
        f"{story.period}{story.gain_words(profit)}，",
        f"而「{finding.title}」的代价约 {story.money(finding.cost_yuan)}",
        "，比赚到的还多。",
    )


def habit_behind_the_loss(story: Story) -> Told:
    finding, profit = worst_habit(story), _profit(story)
    if finding is None or finding.cost_yuan is None or profit >= 0:
        return None
    if finding.cost_yuan < -profit * story.limit("cost_share_of_profit"):
        return None
    return (
        f"{story.period}{story.gain_words(profit)}，",
        f"同期「{finding.title}」的代价约 {story.money(finding.cost_yuan)}",
        "，这是最先值得改的一件事。",
    )


def one_security_carries_all(story: Story) -> Told:
    lines = weighted(story.diagnosis.holdings)
    if (
        not lines
        or (lines[0].weight or 0.0) < story.limit("concentration")
        or len(story.diagnosis.securities) < 2
    ):
        return None
    share = wording.percent(lines[0].weight or 0.0)
    return (
        f"{story.period}{story.gain_words(_profit(story))}，",
        f"期末证券市值的 {share} 在 {lines[0].name} 一只上",
        "：涨跌大半由它决定。",
    )


def gained_less_than_the_market(story: Story) -> Told:
    profit, bench, excess = _profit(story), benchmark_return(story), story.value("excess_return")
    if bench is None or excess is None or profit <= 0 or excess > -story.limit("beat_benchmark"):
        return None
    return (
        f"{story.period}{story.gain_words(profit)}，",
        f"但同期基准涨了 {wording.percent(bench)}",
        f"，账户收益比它低 {wording.points(-excess, 2, signed=False)}。",
    )


def lost_more_than_the_market(story: Story) -> Told:
    profit, bench, excess = _profit(story), benchmark_return(story), story.value("excess_return")
    if bench is None or excess is None or profit >= 0 or excess > -story.limit("beat_benchmark"):
        return None
    did = f"涨了 {wording.percent(bench)}" if bench >= 0 else f"跌了 {wording.percent(-bench)}"
    return (
        f"{story.period}{story.gain_words(profit)}，同期基准{did}，",
        f"账户收益比它低 {wording.points(-excess, 2, signed=False)}",
        "。",
    )


def gained_with_a_deep_fall(story: Story) -> Told:
    profit, depth, fall = _profit(story), story.value("max_drawdown"), deepest(story)
    if depth is None or fall is None or profit <= 0 or depth > story.limit("deep_drawdown"):
        return None
    return (
        f"{story.period}{story.gain_words(profit)}，",
        f"但途中从高点跌过 {wording.percent(-depth)}",
        f"（{fall.trough_on} 见底）：赚钱的路并不平坦。",
    )


def gained_more_than_the_market(story: Story) -> Told:
    profit, excess = _profit(story), story.value("excess_return")
    if excess is None or profit <= 0 or excess < story.limit("beat_benchmark"):
        return None
    return (
        f"{story.period}{story.gain_words(profit)}，",
        f"收益比同期基准高 {wording.points(excess, 2, signed=False)}",
        "。",
    )


def one_security_decided(story: Story) -> Told:
    """Most of the result came from one security: said where there is no benchmark to compare with."""
    profit, ranked = _profit(story), by_profit(story)
    if len(ranked) < 3 or abs(profit) < 0.5:
        return None
    line = ranked[0] if profit > 0 else ranked[-1]
    if line.profit * profit <= 0 or abs(line.profit) < abs(profit) * story.limit("concentration"):
        return None
    did = "赚" if line.profit > 0 else "亏"
    return (
        f"{story.period}{story.gain_words(profit)}，",
        f"其中 {line.name} 一只就{did}了 {story.money(abs(line.profit))}",
        "，对结果影响最大。",
    )


def plain(story: Story) -> Told:
    profit, twr = _profit(story), story.value("twr")
    if twr is None:
        return f"{story.period}", story.gain_words(profit), "。"
    return (
        f"{story.period}{story.gain_words(profit)}，",
        f"时间加权收益 {wording.percent(twr, signed=True)}",
        "。",
    )


PATTERNS: dict[str, Callable[[Story], Told]] = {
    pattern.__name__: pattern
    for pattern in (
        nothing_happened,
        profit_unknown,
        too_few_trades,
        fees_ate_the_profit,
        fees_exceed_profit,
        value_up_money_down,
        value_down_money_up,
        habit_cost_more_than_the_profit,
        habit_behind_the_loss,
        lost_less_than_the_market,
        one_security_carries_all,
        gained_less_than_the_market,
        lost_more_than_the_market,
        gained_with_a_deep_fall,
        gained_more_than_the_market,
        one_security_decided,
        plain,
    )
}


def why(story: Story) -> str:
    """One line under the verdict: the parts of the excess, or how trading went, or the two returns."""
    if story.quiet:
        return "导入成交、资金和行情后即可生成完整诊断。"
    for told in (_why_by_parts(story), _why_by_trades(story), _why_by_returns(story)):
        if told:
            return told
    return "数据不足，只列出能够核实的部分；缺少什么、因此算不出什么，见第 11 节。"


def _why_by_parts(story: Story) -> str:
    parts = story.diagnosis.attribution
    if parts.withheld:
        return ""
    ranked = sorted(steps(parts), key=lambda step: -abs(step[1]))
    named = [step for step in ranked if abs(step[1]) >= 5e-4][:3]
    if not named:
        return ""
    told = "，".join(f"{name} {wording.points(value, 2)}" for name, value in named)
    return f"与基准相差 {wording.points(parts.excess, 2)}，影响最大的几项：{told}。{_habits(story)}"


def _why_by_trades(story: Story) -> str:
    win, payoff = story.value("win_rate"), story.value("payoff_ratio")
    if win is None:
        return ""
    text = f"{story.text('round_trips').removesuffix(' 次')} 笔平仓中 {wording.percent(win)} 盈利"
    if payoff is not None:
        text += f"，盈利时平均赚的是亏损时平均亏的 {wording.number(payoff)} 倍"
    return f"{text}。{_habits(story)}"


def _why_by_returns(story: Story) -> str:
    twr, xirr = story.value("twr"), story.value("xirr")
    if twr is None:
        return ""
    text = f"时间加权收益 {wording.percent(twr, signed=True)}"
    if xirr is not None:
        text += f"，资金加权收益 {wording.percent(xirr, signed=True)}"
    return f"{text}。{_habits(story)}"


def _habits(story: Story) -> str:
    named = [f.title for f in story.shortcomings[:2] if f.id not in GOOD | NEUTRAL]
    return f"最值得留意：{'、'.join(named)}。" if named else ""
