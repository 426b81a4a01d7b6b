"""Section 4, 配置与集中度: what is held, how much of it in one place, how full the account was."""

from __future__ import annotations

from collections.abc import Sequence

from diagnosis import wording
from diagnosis.types import HoldingLine
from reports.explain import gain_tone, price, quantity
from reports.model import Block, Cell, Chart, Column, Paragraph, Section, Table, Tone
from reports.sections.curves import curve_table, labels, pick, places_of
from reports.sections.story import DASH, Story

BARS = 10


def tell(story: Story) -> Section:
    d = story.diagnosis
    ids = ("effective_holdings", "hhi", "position_mean") if d.has_cash else ("effective_holdings", "hhi")
    blocks: list[Block] = [story.figures(ids, 4)]
    if not d.has_cash:
        blocks.append(
            Paragraph(
                "没有资金流水，不知道账户里有多少现金，因此不给出仓位；以下比例都以证券市值为全部。",
                Tone.MUTED,
            )
        )
    if weighted(d.holdings):
        blocks.append(_holding_bars(story))
    if d.industry_weights:
        blocks.append(_industry_bars(story))
    if d.series.position:
        blocks.append(_position_area(story))
    blocks.append(holding_table(story))
    return Section(4, "allocation", "配置与集中度", lead(story), tuple(blocks))


def weighted(holdings: Sequence[HoldingLine]) -> list[HoldingLine]:
    """Holdings with a known weight, largest first."""
    known = [line for line in holdings if line.weight is not None]
    return sorted(known, key=lambda line: (-(line.weight or 0.0), line.code))


def lead(story: Story) -> str:
    d, lines = story.diagnosis, weighted(story.diagnosis.holdings)
    if not d.holdings:
        return f"{d.last} 没有持仓。"
    if not lines:
        return f"{d.last} 持有 {len(d.holdings)} 只证券，缺少行情，暂不计算占比。"
    top = lines[0]
    text = (
        f"{d.last} 持有 {len(d.holdings)} 只证券，最大一只 {top.name} 占 {wording.percent(top.weight or 0.0)}"
    )
    effective = story.value("effective_holdings")
    if effective is not None:
        text += f"，按金额折算相当于平均持有 {wording.number(effective, 1)} 只"
    if d.industry_weights:
        industry, weight = max(d.industry_weights, key=lambda part: part[1])
        text += f"；最大行业 {industry} 占 {wording.percent(weight)}"
    return text + "。"


def _holding_bars(story: Story) -> Chart:
    lines = weighted(story.diagnosis.holdings)
    items = [_bar(line.name, line.weight or 0.0) for line in lines[:BARS]]
    rest = sum(line.weight or 0.0 for line in lines[BARS:])
    if rest > 0:
        items.append(_bar(f"其余 {len(lines) - BARS} 只", rest))
    told = "，".join(f"{line.name} {wording.percent(line.weight or 0.0)}" for line in lines[:3])
    return Chart(
        "holdings",
        "bars",
        "持仓占比",
        f"{story.diagnosis.last}，%",
        leading(told, len(lines)),
        f"持仓占比：{told}。",
        {"items": items, "horizontal": True, "unit": "%"},
        _weight_table("持仓占比", "证券", items),
    )


def _industry_bars(story: Story) -> Chart:
    parts = sorted(story.diagnosis.industry_weights, key=lambda part: (-part[1], part[0]))
    items = [_bar(name, weight) for name, weight in parts[:BARS]]
    rest = sum(weight for _, weight in parts[BARS:])
    if rest > 0:
        items.append(_bar(f"其余 {len(parts) - BARS} 个行业", rest))
    told = "，".join(f"{name} {wording.percent(weight)}" for name, weight in parts[:3])
    return Chart(
        "industries",
        "bars",
        "行业占比",
        "占证券市值，%",
        leading(told, len(parts)),
        f"行业占比：{told}。",
        {"items": items, "horizontal": True, "unit": "%"},
        _weight_table("行业占比", "行业", items),
    )


def leading(told: str, count: int) -> str:
    """The message of a ranking: the first three, or all where there are no more."""
    return f"前三：{told}" if count > 3 else told


def _bar(label: str, weight: float) -> dict[str, object]:
    return {
        "label": label,
        "value": round(weight, 6),
        "text": wording.percent(weight),
        "tone": Tone.PLAIN.value,
    }


def _weight_table(title: str, head: str, items: Sequence[dict[str, object]]) -> Table:
    rows = tuple(
        (Cell(str(item["label"])), Cell(str(item["text"]), float(str(item["value"])))) for item in items
    )
    return Table(title, (Column(head), Column("占比", "right")), rows, collapsed=True)


def _position_area(story: Story) -> Chart:
    series, places = story.diagnosis.series, places_of(story)
    low, high = min(series.position), max(series.position)
    mean = story.value("position_mean")
    message = f"仓位在 {wording.percent(low)} 与 {wording.percent(high)} 之间"
    if mean is not None:
        message += f"，平均 {wording.percent(mean)}"
    return Chart(
        "position",
        "area",
        "仓位",
        "证券市值占总资产，%",
        message,
        f"仓位曲线：{message}。",
        {"x": labels(series.points, places), "values": pick(series.position, places), "name": "仓位"},
        curve_table(story, "月末仓位", (("仓位", series.position, "percent"),)),
    )


def holding_table(story: Story) -> Table:
    """Every holding at the end of the period."""
    lines = [
        *weighted(story.diagnosis.holdings),
        *(line for line in story.diagnosis.holdings if line.weight is None),
    ]
    columns = (
        Column("证券"),
        Column("代码"),
        Column("行业"),
        Column("数量", "right"),
        Column("现价", "right"),
        Column("市值", "right"),
        Column("占比", "right"),
        Column("平均成本", "right"),
        Column("浮动盈亏", "right"),
        Column("已持有", "right"),
    )
    note = "带 * 的现价不是当日行情，为此前最近一次已知价格。" if any(line.stale for line in lines) else ""
    return Table(
        "期末持仓",
        columns,
        tuple(_holding_row(story, line) for line in lines),
        note=note,
        empty="期末没有持仓。",
    )


def _holding_row(story: Story, line: HoldingLine) -> tuple[Cell, ...]:
    star = "*" if line.stale else ""
    return (
        Cell(line.name),
        Cell(line.code),
        Cell(line.industry or DASH),
        Cell(quantity(line.quantity), line.quantity),
        Cell(DASH) if line.price is None else Cell(price(line.price) + star, line.price),
        Cell(DASH) if line.value is None else Cell(story.money(line.value), round(line.value, 2)),
        Cell(DASH) if line.weight is None else Cell(wording.percent(line.weight), round(line.weight, 6)),
        Cell("成本未知", tone=Tone.MUTED)
        if line.average_cost is None
        else Cell(price(line.average_cost), round(line.average_cost, 6)),
        Cell(DASH)
        if line.unrealised is None
        else Cell(
            story.money(line.unrealised, signed=True), round(line.unrealised, 2), gain_tone(line.unrealised)
        ),
        Cell(DASH) if line.held_days is None else Cell(f"{line.held_days} 天", line.held_days),
    )
