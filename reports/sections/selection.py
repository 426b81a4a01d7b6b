"""Section 5, 选股与归因: where the difference from the benchmark came from, and from which securities."""

from __future__ import annotations

from diagnosis import wording
from diagnosis.types import Attribution, IndustryPart, SecurityLine
from reports.explain import gain_tone
from reports.model import Block, Cell, Chart, Column, Paragraph, Section, Table, Tone
from reports.sections.story import DASH, Story

BEST = 5


def tell(story: Story) -> Section:
    d, parts = story.diagnosis, story.diagnosis.attribution
    blocks: list[Block] = []
    if parts.withheld:
        blocks.append(Paragraph(f"收益归因暂不计算：{parts.withheld.rstrip('。')}。", Tone.MUTED))
    else:
        blocks += [waterfall(parts), Paragraph(_how_to_read(story)), brinson_table(parts)]
        if parts.months:
            blocks.append(attribution_months(parts))
    if d.securities:
        blocks += [contribution_bars(story), security_table(story)]
    return Section(5, "selection", "选股与归因", lead(story), tuple(blocks))


def lead(story: Story) -> str:
    parts = story.diagnosis.attribution
    if parts.withheld:
        ranked = by_profit(story)
        if not ranked:
            return f"收益归因暂不计算：{parts.withheld.rstrip('。')}。"
        best, worst = ranked[0], ranked[-1]
        told = []
        if best.profit > 0:
            told.append(f"赚得最多的是 {best.name}（{story.money(best.profit, signed=True)}）")
        if worst.profit < 0:
            told.append(f"亏得最多的是 {worst.name}（{story.money(worst.profit, signed=True)}）")
        return "，".join(told) + "。" if told else "各证券盈亏接近于零。"
    named = steps(parts)
    largest = max(named, key=lambda step: abs(step[1]))
    side = "高" if parts.excess >= 0 else "低"
    return (
        f"账户比基准{side} {wording.points(abs(parts.excess), 2, signed=False)}，"
        f"其中影响最大的是{largest[0]}（{wording.points(largest[1], 2)}）。"
    )


def steps(parts: Attribution) -> list[tuple[str, float]]:
    """The parts whose sum is the excess, by name."""
    return [
        ("行业配置", parts.allocation),
        ("选股", parts.selection),
        ("交互", parts.interaction),
        ("持有现金", parts.cash),
        ("盘中买卖", parts.trading),
        ("费用", parts.costs),
        ("其他", parts.other),
    ]


def _how_to_read(story: Story) -> str:
    parts = story.diagnosis.attribution
    text = (
        "行业配置看各行业配得多还是少；选股看同一行业里挑的证券比行业平均好还是差；交互是两者共同作用的部分，单独列出。"
        f"多期按 {parts.linking} 连接，各项相加等于与基准之差。"
    )
    if parts.selection_t is None:
        return text
    t, bar = parts.selection_t, story.limit("significant_t")
    if abs(t) >= bar:
        return f"{text}选股项的 t 值为 {wording.number(t)}，统计上显著。"
    return f"{text}选股项的 t 值为 {wording.number(t)}，不显著：这段时间的结果还分不清是方法还是运气。"


def waterfall(parts: Attribution) -> Chart:
    """From the benchmark's return to the account's, part by part."""
    shown = [step for step in steps(parts) if abs(step[1]) >= 5e-5]
    data = [
        _step("基准收益", parts.benchmark_return, True),
        *(_step(name, value, False) for name, value in shown),
        _step("账户收益", parts.portfolio_return, True),
    ]
    told = "，".join(f"{step['label']} {step['text']}" for step in data)
    rows = tuple(
        (Cell(str(step["label"])), Cell(str(step["text"]), float(str(step["value"])))) for step in data
    )
    table = Table("从基准到账户", (Column("项目"), Column("收益", "right")), rows, collapsed=True)
    largest = max(shown, key=lambda step: abs(step[1]), default=("各项", 0.0))
    return Chart(
        "waterfall",
        "waterfall",
        "从基准收益到账户收益",
        "%",
        f"影响最大的是{largest[0]}：{wording.percent(largest[1], signed=True)}",
        f"收益归因：{told}。",
        {"steps": data, "percent": True},
        table,
    )


def _step(label: str, value: float, total: bool) -> dict[str, object]:
    return {
        "label": label,
        "value": round(value, 6),
        "text": wording.percent(value, signed=True),
        "total": total,
    }


def _industry_row(part: IndustryPart) -> tuple[Cell, ...]:
    return (
        Cell(part.industry),
        _plain(part.weight),
        _plain(part.benchmark_weight),
        _signed(part.portfolio_return),
        _signed(part.benchmark_return),
        _signed(part.allocation),
        _signed(part.selection),
        _signed(part.interaction),
        _signed(part.allocation + part.selection + part.interaction),
    )


def _told_apart(parts: Attribution) -> tuple[list[IndustryPart], list[IndustryPart]]:
    """Industries that were held, and of the others those that mattered most; then the rest, told in one line."""
    held = [part for part in parts.industries if part.weight > 0]
    others = [part for part in parts.industries if part.weight <= 0]
    others.sort(key=lambda part: (-abs(part.allocation), part.industry))
    shown = sorted(held, key=lambda part: (-part.weight, part.industry)) + others[:MOST_NOT_HELD]
    return shown, others[MOST_NOT_HELD:]


def _rest_row(rest: list[IndustryPart]) -> tuple[Cell, ...]:
    """The benchmark's other industries, which the account left out: only their allocation counts."""
    allocation = sum(part.allocation for part in rest)
    blank = Cell("")
    return (
        Cell(f"其余 {len(rest)} 个未持有的行业"), _plain(0.0), _plain(sum(part.benchmark_weight for part in rest)),
        blank, blank, _signed(allocation), _signed(sum(part.selection for part in rest)),
        _signed(sum(part.interaction for part in rest)),
        _signed(sum(part.allocation + part.selection + part.interaction for part in rest)),
    )  # fmt: skip


def brinson_table(parts: Attribution) -> Table:
    """One line for each industry that was held, then the parts that belong to no industry, then the sum."""
    columns = (
        Column("行业"),
        Column("账户权重", "right"),
        Column("基准权重", "right"),
        Column("账户收益", "right"),
        Column("基准收益", "right"),
        Column("配置", "right"),
        Column("选股", "right"),
        Column("交互", "right"),
        Column("合计", "right"),
    )
    shown, rest = _told_apart(parts)
    rows = [_industry_row(part) for part in shown]
    if rest:
        rows.append(_rest_row(rest))
    blank = Cell("")
    for name, value in steps(parts)[3:]:
        rows.append((Cell(name), *[blank] * 7, _signed(value)))
    rows.append(
        (
            Cell("总和"),
            blank,
            blank,
            _signed(parts.portfolio_return),
            _signed(parts.benchmark_return),
            _signed(parts.allocation),
            _signed(parts.selection),
            _signed(parts.interaction),
            _signed(parts.excess),
        )
    )
    return Table(
        "按行业的归因（Brinson-Fachler）",
        columns,
        tuple(rows),
        note="最后一行为总和，等于账户收益与基准收益之差。",
        collapsed=True,
    )


MOST_NOT_HELD = 5
"""Industries of the benchmark that the account left out and that get a line of their own."""

MONTH_PARTS = (
    ("excess", "差"),
    ("allocation", "配置"),
    ("selection", "选股"),
    ("interaction", "交互"),
    ("cash", "现金"),
    ("trading", "盘中买卖"),
    ("costs", "费用"),
    ("other", "其他"),
)


def attribution_months(parts: Attribution) -> Table:
    """The same parts month by month, or year by year where the diagnosis gives years."""
    known = [(key, name) for key, name in MONTH_PARTS if any(key in month for month in parts.months)]
    rows = tuple(
        (Cell(str(month.get("month", ""))), *(_month_cell(month.get(key)) for key, _ in known))
        for month in parts.months
    )
    span = "年" if all(len(str(month["month"])) == 4 for month in parts.months) else "月"
    return Table(
        f"逐{span}归因",
        (Column(f"{span}份"), *(Column(name, "right") for _, name in known)),
        rows,
        note=f"各{span}单独连接，各{span}之和不等于全期。",
        collapsed=True,
    )


def _month_cell(value: float | str | None) -> Cell:
    return _signed(value) if isinstance(value, float | int) else Cell(str(value or DASH))


def by_profit(story: Story) -> list[SecurityLine]:
    return sorted(story.diagnosis.securities, key=lambda line: (-line.profit, line.code))


def contribution_bars(story: Story) -> Chart:
    """The securities that brought and cost most, in money."""
    ranked = by_profit(story)
    best = [line for line in ranked[:BEST] if line.profit > 0]
    worst = [line for line in ranked[-BEST:] if line.profit < 0]
    items = [
        {
            "label": line.name,
            "value": round(line.profit, 2),
            "text": story.money(line.profit, signed=True),
            "tone": gain_tone(line.profit).value,
        }
        for line in [*best, *worst]
    ]
    gained, lost = sum(line.profit for line in best), sum(line.profit for line in worst)
    told = []
    if best:
        told.append(f"赚得最多的 {len(best)} 只合计 {story.money(gained, signed=True)}")
    if worst:
        told.append(f"亏得最多的 {len(worst)} 只合计 {story.money(lost, signed=True)}")
    message = "，".join(told) or "没有盈亏"
    alt = "，".join(f"{item['label']} {item['text']}" for item in items)
    rows = tuple((Cell(line.name), Cell(line.code), _money(story, line.profit)) for line in [*best, *worst])
    table = Table(
        "贡献最大与拖累最大的证券",
        (Column("证券"), Column("代码"), Column("盈亏", "right")),
        rows,
        collapsed=True,
    )
    return Chart(
        "contributions",
        "bars",
        "贡献最大与拖累最大",
        f"盈亏，{story.money.word}",
        message,
        f"各证券盈亏：{alt or message}。",
        {"items": items, "horizontal": True, "unit": story.money.word},
        table,
    )


def security_table(story: Story) -> Table:
    columns = (
        Column("证券"),
        Column("代码"),
        Column("行业"),
        Column("盈亏", "right"),
        Column("对收益的贡献", "right"),
        Column("成交笔数", "right"),
        Column("费用", "right"),
    )
    rows = tuple(
        (
            Cell(line.name),
            Cell(line.code),
            Cell(line.industry or DASH),
            _money(story, line.profit),
            _signed(line.contribution),
            Cell(str(line.trades), line.trades),
            Cell(story.money(line.fees), round(line.fees, 2)),
        )
        for line in by_profit(story)
    )
    return Table("全部证券的盈亏", columns, rows, note="盈亏含已实现、浮动盈亏与分红。", collapsed=True)


def _money(story: Story, value: float) -> Cell:
    return Cell(story.money(value, signed=True), round(value, 2), gain_tone(value))


def _plain(value: float) -> Cell:
    return Cell(wording.percent(value), round(value, 6))


def _signed(value: float | None) -> Cell:
    if value is None:
        return Cell(DASH)
    return Cell(wording.percent(value, signed=True), round(value, 6), gain_tone(round(value, 6)))
