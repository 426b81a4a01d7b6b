"""Section 2, 收益: three returns and why they differ, the benchmark, months, value and money put in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from diagnosis import wording
from reports.explain import gain_tone
from reports.model import Block, Cell, Chart, Column, Paragraph, Section, Table
from reports.sections.curves import curve_table, index_chart, labels, pick, places_of
from reports.sections.story import Story

METRICS = ("annualised_return", "excess_return", "up_capture", "down_capture", "information_ratio")


def tell(story: Story) -> Section:
    d = story.diagnosis
    blocks: list[Block] = [
        story.figures(("twr", "xirr", "profit"), 2),
        Paragraph(why_they_differ(story)),
    ]
    if d.series.points:
        blocks += [index_chart(story), *_months(story), money_chart(story)]
    blocks.append(story.metric_table("更多收益指标", METRICS))
    return Section(2, "return", "收益", lead(story), tuple(blocks))


def lead(story: Story) -> str:
    twr, profit = story.value("twr"), story.value("profit")
    if profit is None:
        return f"盈亏金额暂不计算：{_stop(story.withheld('profit'))}"
    made = f"{story.gain_words(profit)}"
    if twr is None:
        return f"{story.period}{made}；收益率暂不计算：{_stop(story.withheld('twr'))}"
    text = f"{story.period}{made}，时间加权收益 {wording.percent(twr, signed=True)}"
    excess = story.value("excess_return")
    if excess is None:
        return text + "。"
    side = "高" if excess >= 0 else "低"
    return f"{text}，比同期基准{side} {wording.points(abs(excess), 2, signed=False)}。"


def why_they_differ(story: Story) -> str:
    """One paragraph from the account's own facts: what each return counts, and when the money was there."""
    parts = [_profit_sentence(story), _gap_sentence(story)]
    return "".join(part for part in parts if part) or "区间内没有可以比较的收益。"


def _profit_sentence(story: Story) -> str:
    d, profit = story.diagnosis, story.value("profit")
    if profit is None:
        return f"盈亏金额暂不计算：{_stop(story.withheld('profit'))}"
    opening, closing = float(d.opening_value), float(d.closing_value)
    net_in = closing - opening - profit
    if d.has_cash:
        moved = f"净转入 {story.money(net_in)}" if net_in >= 0 else f"净转出 {story.money(-net_in)}"
        what = "资产"
    else:
        moved = f"净买入 {story.money(net_in)}" if net_in >= 0 else f"净卖出 {story.money(-net_in)}"
        what = "持有证券"
    return (
        f"盈亏金额按钱算：期初{what} {story.money(opening)}，期间{moved}，期末 {story.money(closing)}，"
        f"相差的 {story.money(profit, signed=True)} 就是盈亏。"
    )


def _gap_sentence(story: Story) -> str:
    twr, xirr = story.value("twr"), story.value("xirr")
    if twr is None or xirr is None:
        return _missing_sentence(story)
    d = story.diagnosis
    days = max(1, (d.last - d.first).days)
    yearly = (1 + twr) ** (365 / days) - 1 if twr > -1 else -1.0
    opening = (
        "时间加权收益只看每一段的涨跌，不受转入转出影响；"
        "资金加权收益（XIRR）按每一笔钱在账户里的时间计算，并折算成一年。"
    )
    amplified = days < story.limit("whole_year_days")
    short = "区间不足一年，折算会放大涨跌，请先看时间加权收益。" if amplified else ""
    gap = xirr - yearly
    if abs(gap) < story.limit("xirr_twr_gap"):
        return f"{opening}两者折算到一年后接近，说明资金进出的时点影响不大。{short}"
    side = "低于" if gap < 0 else "高于"
    return (
        f"{opening}折算到一年，资金加权 {wording.percent(xirr, signed=True)} {side}时间加权 "
        f"{wording.percent(yearly, signed=True)}：{_timing_fact(story, gap < 0)}{short}"
    )


def _missing_sentence(story: Story) -> str:
    said = [
        f"{name}暂不计算：{_stop(story.withheld(metric_id))}"
        for metric_id, name in (("twr", "时间加权收益"), ("xirr", "资金加权收益（XIRR）"))
        if story.value(metric_id) is None
    ]
    return "".join(said)


@dataclass(frozen=True, slots=True)
class MonthOfMoney:
    """One month: its return and the mean value that was exposed to it."""

    month: str
    change: float
    value: float


def months_of_money(story: Story) -> list[MonthOfMoney]:
    """Months with a return and a mean value, in order."""
    series = story.diagnosis.series
    values: dict[str, list[float]] = defaultdict(list)
    for point, value in zip(series.points, series.value, strict=True):
        values[point[:7]].append(value)
    return [
        MonthOfMoney(month, change, sum(values[month]) / len(values[month]))
        for month, change in series.months
        if values.get(month)
    ]


def _timing_fact(story: Story, lower: bool) -> str:
    """The month in which the amount of money mattered most, with its figures."""
    months = months_of_money(story)
    if len(months) < 2:
        return "资金进出的时点使两者不同。"
    mean = sum(month.value for month in months) / len(months)
    pull = {month: (month.value - mean) * month.change for month in months}
    chosen = min(pull, key=pull.__getitem__) if lower else max(pull, key=pull.__getitem__)
    if (pull[chosen] < 0) != lower:
        return "资金进出的时点使两者不同。"
    much = "多" if chosen.value >= mean else "少"
    effect = "收益" if chosen.change >= 0 else "跌幅"
    return (
        f"影响最大的是 {chosen.month}，当月{effect} {wording.percent(abs(chosen.change))}，"
        f"而账户里的钱比平时{much}（平均 {story.money(chosen.value)}，全期平均 {story.money(mean)}）。"
    )


def _months(story: Story) -> list[Block]:
    series = story.diagnosis.series
    if not series.months:
        return []
    best = max(series.months, key=lambda month: month[1])
    worst = min(series.months, key=lambda month: month[1])
    up = sum(change > 0 for _, change in series.months)
    message = (
        f"{len(series.months)} 个月中 {up} 个月上涨；"
        f"最好 {best[0]}（{wording.percent(best[1], signed=True)}），"
        f"最差 {worst[0]}（{wording.percent(worst[1], signed=True)}）"
    )
    years = sorted({int(month[:4]) for month, _ in series.months})
    data = [[int(month[:4]), int(month[5:7]), round(change, 6)] for month, change in series.months]
    return [
        Chart(
            "months",
            "calendar",
            "月度收益",
            "%",
            message,
            f"月度收益日历：{message}。",
            {"years": years, "months": data},
            month_table(story),
        )
    ]


def month_table(story: Story) -> Table:
    series = story.diagnosis.series
    bench = dict(series.benchmark_months)
    columns: tuple[Column, ...] = (Column("月份"), Column(story.returns_label, "right"))
    rows: list[tuple[Cell, ...]] = []
    for month, change in series.months:
        row = [Cell(month), _ratio(change)]
        if bench:
            row += [_ratio(bench.get(month)), _ratio(None if month not in bench else change - bench[month])]
        rows.append(tuple(row))
    if bench:
        columns += (Column("基准", "right"), Column("差", "right"))
    return Table("月度收益", columns, tuple(rows), collapsed=True)


def _ratio(value: float | None) -> Cell:
    if value is None:
        return Cell(wording.DASH)
    return Cell(wording.percent(value, signed=True), round(value, 6), gain_tone(value))


def money_chart(story: Story) -> Chart:
    """Value against the money put in: the gap is the profit."""
    d, places = story.diagnosis, places_of(story)
    name = "账户资产" if d.has_cash else "证券市值"
    put_in = "累计净转入" if d.has_cash else "累计净买入"
    columns: Sequence[tuple[str, Sequence[float], str]] = (
        (name, d.series.value, "money"),
        (put_in, d.series.invested, "money"),
    )
    message = f"期末{name} {story.money(d.series.value[-1])}，{put_in} {story.money(d.series.invested[-1])}"
    return Chart(
        "value",
        "lines",
        f"{name}与{put_in}",
        story.money.word,
        message,
        f"{name}与{put_in}曲线：{message}。",
        {
            "x": labels(d.series.points, places),
            "baseline": None,
            "percent": False,
            "series": [
                {"name": name, "role": "account", "values": pick(d.series.value, places, 2)},
                {"name": put_in, "role": "money", "values": pick(d.series.invested, places, 2)},
            ],
        },
        curve_table(story, f"月末{name}", columns),
    )


def _stop(text: str) -> str:
    return text if text.endswith("。") else text + "。"
