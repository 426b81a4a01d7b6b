"""Section 3, 风险: how much it swings, how deep it fell and when it came back, its beta."""

from __future__ import annotations

from datetime import date

from diagnosis import wording
from diagnosis.types import Drawdown
from reports.model import Block, Cell, Chart, Column, Paragraph, Section, Table, Tone
from reports.sections.curves import curve_table, labels, pick, places_of
from reports.sections.story import Story

FIGURES = ("volatility", "max_drawdown", "var_95", "beta")
METRICS = (
    "downside_deviation",
    "cvar_95",
    "sharpe",
    "sortino",
    "calmar",
    "alpha",
    "correlation",
    "tracking_error",
    "treynor",
    "omega",
)
SHOWN = 5


def tell(story: Story) -> Section:
    blocks: list[Block] = [story.figures(FIGURES, 3)]
    beta = story.value("beta")
    if beta is not None:
        blocks.append(
            Paragraph(
                f"基准涨跌 1% 时，账户平均同向变动 {wording.number(beta)}%。"
                if beta >= 0
                else f"基准涨跌 1% 时，账户平均反向变动 {wording.number(-beta)}%。"
            )
        )
    if story.value("max_drawdown") is not None and story.diagnosis.series.drawdown:
        blocks += [underwater(story), drawdown_table(story)]
    blocks.append(story.metric_table("更多风险指标", METRICS))
    return Section(3, "risk", "风险", lead(story), tuple(blocks))


def deepest(story: Story) -> Drawdown | None:
    return min(story.diagnosis.drawdowns, key=lambda fall: fall.depth, default=None)


def lead(story: Story) -> str:
    depth, fall = story.value("max_drawdown"), deepest(story)
    if depth is None:
        return f"最大回撤等逐日风险指标暂不计算：{story.withheld('max_drawdown').rstrip('。')}。"
    if fall is None or depth == 0:
        return "区间内没有出现回撤。"
    return (
        f"最深一次从 {fall.peak_on} 的高点跌 {wording.percent(abs(fall.depth))}，{fall.trough_on} 见底，"
        f"{recovery(fall, story.diagnosis.last)}。"
    )


def recovery(fall: Drawdown, last: date) -> str:
    """63 天恢复, or 至区间末仍未恢复."""
    if fall.recovered_on is None:
        return f"至 {last} 仍未恢复"
    return (
        f"{fall.recovered_on} 恢复，用了 {fall.days_to_recover} 天"
        if fall.days_to_recover is not None
        else f"{fall.recovered_on} 恢复"
    )


def drawdown_table(story: Story) -> Table:
    rows = tuple(
        (
            Cell(wording.percent(fall.depth), round(fall.depth, 6), Tone.DOWN),
            Cell(str(fall.peak_on)),
            Cell(str(fall.trough_on)),
            Cell(f"{fall.days_to_trough} 天", fall.days_to_trough),
            Cell(str(fall.recovered_on) if fall.recovered_on else "仍未恢复"),
            Cell(f"{fall.days_to_recover} 天", fall.days_to_recover)
            if fall.days_to_recover is not None
            else Cell(wording.DASH),
        )
        for fall in sorted(story.diagnosis.drawdowns, key=lambda fall: fall.depth)[:SHOWN]
    )
    columns = (
        Column("深度", "right"),
        Column("高点"),
        Column("低点"),
        Column("下跌用时", "right"),
        Column("恢复"),
        Column("恢复用时", "right"),
    )
    return Table(
        f"最深的 {SHOWN} 次回撤",
        columns,
        rows,
        note="恢复用时从低点算起，按自然日。",
        empty="区间内没有出现回撤。",
    )


def underwater(story: Story) -> Chart:
    """Fall from the running peak over time; hangs from zero, the deepest point is marked."""
    series, places = story.diagnosis.series, places_of(story)
    bottom = min(range(len(series.drawdown)), key=series.drawdown.__getitem__)
    if bottom not in places:
        places = sorted({*places, bottom})
    x = labels(series.points, places)
    depth = wording.percent(series.drawdown[bottom])
    marks = [{"x": x[places.index(bottom)], "y": round(series.drawdown[bottom], 5), "text": depth}]
    now = wording.percent(series.drawdown[-1])
    message = f"最深 {depth}（{series.points[bottom][:10]}），期末距前高 {now}"
    return Chart(
        "underwater",
        "underwater",
        "水下曲线",
        "距此前最高点，%",
        message,
        f"水下曲线：{message}。",
        {
            "x": x,
            "values": pick(series.drawdown, places),
            "marks": marks if series.drawdown[bottom] < 0 else [],
        },
        curve_table(story, "月末回撤", (("距此前最高点", series.drawdown, "percent"),)),
    )
