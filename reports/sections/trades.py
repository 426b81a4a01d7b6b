"""Section 7, 交易质量: win rate and payoff, best and worst round trips, days held, turnover, costs."""

from __future__ import annotations

from collections.abc import Sequence

from diagnosis import wording
from diagnosis.types import RoundTrip
from reports.explain import gain_tone, quantity
from reports.model import Block, Callout, Cell, Chart, Column, Paragraph, Section, Table, Tone
from reports.sections.story import DASH, Story

FIGURES = ("win_rate", "payoff_ratio", "holding_days_median", "turnover_annual", "cost_ratio")
METRICS = ("round_trips", "profit_factor", "holding_days_mean")


def tell(story: Story) -> Section:
    t = story.diagnosis.trades
    blocks: list[Block] = []
    if not (t.buys or t.sells):
        return Section(
            7,
            "trades",
            "交易质量",
            "区间内没有成交。",
            (Paragraph("区间内没有成交，本节没有可计算的内容。"),),
        )
    drag = cost_callout(story)
    if drag is not None:
        blocks.append(drag)
    blocks.append(story.figures(FIGURES, 7))
    blocks.append(cost_table(story) if story.fees > 0 else Paragraph(NO_FEES, Tone.MUTED))
    if any(winners or losers for _, winners, losers in t.holding_histogram):
        blocks.append(holding_chart(story))
    if t.months:
        blocks.append(activity_chart(story))
    blocks += [
        trip_table(story, "盈利最多的平仓", t.best, "区间内没有盈利的平仓。"),
        trip_table(story, "亏损最多的平仓", t.worst, "区间内没有亏损的平仓。"),
        story.metric_table("更多交易指标", METRICS),
    ]
    return Section(7, "trades", "交易质量", lead(story), tuple(blocks))


NO_FEES = "成交记录里没有费用，本报告的盈亏均未扣除交易费用，实际结果会更低。"


def lead(story: Story) -> str:
    t = story.diagnosis.trades
    text = f"买入 {t.buys} 笔，卖出 {t.sells} 笔"
    win, payoff = story.value("win_rate"), story.value("payoff_ratio")
    if win is None:
        return f"{text}；胜率暂不计算：{story.withheld('win_rate').rstrip('。')}。"
    text += f"；平仓中 {wording.percent(win)} 盈利"
    if payoff is not None:
        text += f"，盈利时平均赚的是亏损时平均亏的 {wording.number(payoff)} 倍"
    return text + "。"


def cost_callout(story: Story) -> Callout | None:
    """Said first where fees exceed the profit before fees, or eat a good part of it."""
    gross, fees = story.diagnosis.trades.gross_profit, story.fees
    if fees <= 0 or gross <= 0:
        return None
    if fees / gross > story.limit("cost_over_profit"):
        title = "费用超过了费前盈利"
    elif fees / gross >= story.limit("cost_share_of_profit"):
        title = f"费用占费前盈利的 {wording.percent(fees / gross)}"
    else:
        return None
    text = f"不计费用，{story.subject}赚了 {story.money(gross)}；交易费用合计 {story.money(fees)}，"
    text += f"扣除后为 {story.money(gross - fees, signed=True)}。" + minimum_sentence(story)
    return Callout(title, "费用", text, Tone.WARN)


def minimum_sentence(story: Story) -> str:
    t = story.diagnosis.trades
    if not story.chinese_fees or not t.minimum_commission_trades:
        return ""
    text = f"其中 {t.minimum_commission_trades} 笔触及最低佣金"
    if t.minimum_commission_excess > 0:
        text += f"，比按费率收取多付 {story.money(t.minimum_commission_excess)}"
    return text + "。"


def cost_table(story: Story) -> Table:
    t = story.diagnosis.trades
    parts = [
        ("佣金", t.commission),
        ("印花税", t.stamp_duty),
        ("过户费", t.transfer_fee),
        ("其他费用", t.other_fee),
    ]
    shown = [(name, amount) for name, amount in parts if amount]
    rows = [
        (Cell(name), Cell(story.money(amount), round(amount, 2)), Cell(wording.percent(amount / story.fees)))
        for name, amount in shown
    ]
    rows.append(
        (Cell("合计"), Cell(story.money(story.fees), round(story.fees, 2)), Cell(wording.percent(1.0)))
    )
    note = minimum_sentence(story)
    if story.chinese_fees and t.dividend_tax:
        note += f"另有红利税 {story.money(t.dividend_tax)}，已从分红中扣除。"
    columns = (Column("项目"), Column("金额", "right"), Column("占比", "right"))
    return Table("交易费用", columns, tuple(rows), note=note)


def holding_chart(story: Story) -> Chart:
    bins = story.diagnosis.trades.holding_histogram
    names = [label for label, _, _ in bins]
    winners, losers = [won for _, won, _ in bins], [lost for _, _, lost in bins]
    won_at = names[max(range(len(bins)), key=winners.__getitem__)]
    lost_at = names[max(range(len(bins)), key=losers.__getitem__)]
    message = f"盈利平仓最多的一档是{won_at}（{max(winners)} 笔）"
    if any(losers):
        message = f"{message}，亏损平仓最多的一档是{lost_at}（{max(losers)} 笔）"
    rows = tuple((Cell(label), Cell(str(won), won), Cell(str(lost), lost)) for label, won, lost in bins)
    table = Table(
        "持有天数分布",
        (Column("持有"), Column("盈利", "right"), Column("亏损", "right")),
        rows,
        collapsed=True,
    )
    return Chart(
        "holding-days",
        "pairs",
        "持有多久卖出",
        "平仓笔数",
        message,
        f"持有天数分布：{message}。",
        {
            "labels": names,
            "series": [{"name": "盈利", "values": winners}, {"name": "亏损", "values": losers}],
        },
        table,
    )


def activity_chart(story: Story) -> Chart:
    months = story.diagnosis.trades.months
    total, busiest = sum(count for _, count, _ in months), max(months, key=lambda month: month[1])
    mean = wording.number(total / len(months), 1)
    message = f"有成交的月份平均每月 {mean} 笔，最多 {busiest[0]}，{busiest[1]} 笔"
    items = [
        {"label": month, "value": count, "text": f"{count} 笔", "tone": Tone.PLAIN.value}
        for month, count, _ in months
    ]
    rows = tuple(
        (Cell(month), Cell(str(count), count), Cell(story.money(amount), round(amount, 2)))
        for month, count, amount in months
    )
    columns = (Column("月份"), Column("笔数", "right"), Column("成交金额", "right"))
    return Chart(
        "activity",
        "bars",
        "每月成交笔数",
        "笔",
        message,
        f"每月成交笔数：{message}。",
        {"items": items, "horizontal": False, "unit": "笔"},
        Table("每月成交", columns, rows, collapsed=True),
    )


def trip_table(story: Story, title: str, trips: Sequence[RoundTrip], empty: str) -> Table:
    columns = (
        Column("证券"),
        Column("代码"),
        Column("买入日"),
        Column("卖出日"),
        Column("数量", "right"),
        Column("成本", "right"),
        Column("卖出所得", "right"),
        Column("盈亏", "right"),
        Column("盈亏比例", "right"),
        Column("持有", "right"),
    )
    return Table(
        title,
        columns,
        tuple(_trip_row(story, trip) for trip in trips),
        empty=empty,
        collapsed=True,
        note="一次卖出对其先进先出的买入；成本含买入费用，所得已扣卖出费用。" if trips else "",
    )


def _trip_row(story: Story, trip: RoundTrip) -> tuple[Cell, ...]:
    ratio = trip.profit_ratio
    return (
        Cell(trip.name),
        Cell(trip.code),
        Cell(str(trip.opened_on) if trip.opened_on else DASH),
        Cell(str(trip.closed_on)),
        Cell(quantity(trip.quantity), trip.quantity),
        Cell(story.money(trip.cost), round(trip.cost, 2)),
        Cell(story.money(trip.proceeds), round(trip.proceeds, 2)),
        Cell(story.money(trip.profit, signed=True), round(trip.profit, 2), gain_tone(trip.profit)),
        Cell(DASH)
        if ratio is None
        else Cell(wording.percent(ratio, signed=True), round(ratio, 6), gain_tone(ratio)),
        Cell(DASH) if trip.held_days is None else Cell(f"{trip.held_days} 天", trip.held_days),
    )
