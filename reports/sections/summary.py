"""Section 1, 一页摘要: verdict, why, figures, charts, strengths, shortcomings, agreement, limits."""

from __future__ import annotations

from collections.abc import Sequence

from diagnosis import wording
from diagnosis.peers import directions
from diagnosis.types import Finding
from reports.follow_up import follow_up
from reports.masking import mask_number
from reports.model import (
    Block,
    Callout,
    Cell,
    Chart,
    Column,
    Figure,
    Item,
    Items,
    Paragraph,
    Section,
    Summary,
    Table,
    Tone,
)
from reports.sections.actions import due_day
from reports.sections.curves import index_chart
from reports.sections.quality import grouped
from reports.sections.risk import deepest
from reports.sections.story import DASH, Story
from reports.verdict import benchmark_return, verdict, why

MOST = 3
WANTED = (
    ("twr", 2),
    ("xirr", 2),
    ("max_drawdown", 3),
    ("turnover_annual", 7),
    ("profit", 2),
    ("win_rate", 7),
    ("payoff_ratio", 7),
    ("holding_days_median", 7),
    ("effective_holdings", 4),
    ("round_trips", 7),
)
"""Key figures in order of preference; the first four that can be given stand on the first page."""

HIGHER = {
    "max_drawdown": "回撤小于 {} 的同类账户",
    "hhi": "集中度高于 {} 的同类账户",
}


def summarise(story: Story) -> Summary:
    told = verdict(story)
    return Summary(
        verdict=told.sentence,
        verdict_accent=told.accent,
        why=why(story),
        figures=key_figures(story),
        radar=radar(story),
        curve=index_chart(story, "summary-curve"),
        strengths=_items(
            "做得好的", story.strengths, Tone.PLAIN, "本期没有依据充分的长处可列；样本增加后再看。"
        ),
        shortcomings=_items("值得改的", story.shortcomings, Tone.WARN, "本期没有发现依据充分的短处。"),
        agreement=agreement(story),
        follow_up=follow_up(story),
        limits=limits(story),
    )


def tell(story: Story) -> Section:
    """The details behind the first page: every axis with its ground, peers, merged accounts."""
    d = story.diagnosis
    blocks: list[Block] = []
    if len(d.accounts) > 1:
        rows = tuple(
            (Cell(str(place)), Cell(mask_number(number))) for place, number in enumerate(d.accounts, 1)
        )
        blocks.append(
            Table(
                "合并的账户",
                (Column("序号"), Column("账户")),
                rows,
                note="账户之间的划转已相互抵消，不计作资金进出。",
            )
        )
    if d.axes:
        blocks.append(axis_table(story))
    blocks.append(peer_block(story))
    return Section(1, "summary", "一页摘要", verdict(story).sentence, tuple(blocks))


def key_figures(story: Story) -> tuple[Figure, ...]:
    """Four figures: those that can be given in order of preference, then withheld ones with their reason."""
    given = [pair for pair in WANTED if story.value(pair[0]) is not None]
    missing = [pair for pair in WANTED if story.value(pair[0]) is None and story.metric(pair[0]) is not None]
    return tuple(
        story.figure(
            metric_id, label=_label(story, metric_id), note=figure_note(story, metric_id), section=section
        )
        for metric_id, section in [*given, *missing][:4]
    )


def _label(story: Story, metric_id: str) -> str:
    if metric_id == "twr":
        return "时间加权收益" if story.diagnosis.has_cash else f"时间加权{story.returns_label}"
    return "资金加权收益 XIRR" if metric_id == "xirr" else ""


def figure_note(story: Story, metric_id: str) -> str:
    """What stands beside the figure: the benchmark, the dates, or the place among the peers."""
    if metric_id == "twr":
        bench = benchmark_return(story)
        return f"同期基准 {wording.percent(bench, signed=True)}" if bench is not None else ""
    if metric_id == "xirr":
        return "折算成一年"
    fall = deepest(story)
    if metric_id == "max_drawdown" and fall is not None:
        back = f"{fall.days_to_recover} 天恢复" if fall.days_to_recover is not None else "仍未恢复"
        return f"{fall.trough_on} 见底，{back}"
    return rank_note(story, metric_id)


def rank_note(story: Story, metric_id: str) -> str:
    """高于 93% 的同类账户: the raw figure among the peers', whichever direction is the better one."""
    better_than = story.percentile(metric_id)
    if better_than is None:
        return ""
    below = better_than if directions(story.diagnosis.last).get(metric_id, 1) > 0 else 100 - better_than
    return HIGHER.get(metric_id, "高于 {} 的同类账户").format(wording.rank(below))


def ranked(story: Story) -> bool:
    """True where the axes are percentiles among peers."""
    return not story.diagnosis.peers.withheld and bool(story.diagnosis.peers.percentile)


def radar(story: Story) -> Chart:
    axes = story.diagnosis.axes
    data = [
        {"label": axis.label, "score": axis.score, "note": story.abroad(axis.withheld or "")} for axis in axes
    ]
    scored = [axis for axis in axes if axis.score is not None]
    told = "，".join(f"{axis.label} {axis.score if axis.score is not None else '暂无'}" for axis in axes)
    message = "数据不足，五项暂不打分。"
    if scored:
        best = max(scored, key=lambda axis: axis.score or 0)
        worst = min(scored, key=lambda axis: axis.score or 0)
        message = f"最高：{best.label} {best.score}" + (
            f"；最低：{worst.label} {worst.score}" if worst != best else ""
        )
    return Chart(
        "radar",
        "radar",
        "五项能力",
        "同资产段百分位" if ranked(story) else "0 至 100 分",
        message,
        f"五项能力雷达图：{told}。" if axes else message,
        {"axes": data},
        axis_table(story),
    )


def axis_table(story: Story) -> Table:
    rows = tuple(
        (
            Cell(axis.label),
            Cell(str(axis.score), axis.score) if axis.score is not None else Cell(DASH, tone=Tone.MUTED),
            Cell(story.abroad(axis.withheld or axis.basis)),
        )
        for axis in story.diagnosis.axes
    )
    return Table(
        "五项能力的依据",
        (Column("能力"), Column("得分", "right"), Column("依据")),
        rows,
        collapsed=True,
        empty="数据不足，暂不打分。",
    )


def peer_block(story: Story) -> Block:
    """Place among the accounts of the same asset band, measure by measure."""
    peers = story.diagnosis.peers
    if not ranked(story):
        reason = story.abroad(peers.withheld or "没有同类账户").rstrip("。")
        return Paragraph(f"同类比较暂不给出：{reason}。", Tone.MUTED)
    rows = tuple(
        (
            Cell(story.name(metric_id)),
            Cell(story.text(metric_id), story.value(metric_id)),
            Cell(wording.rank(better_than), round(better_than, 2)),
        )
        for metric_id, better_than in peers.percentile.items()
        if story.metric(metric_id) is not None
    )
    return Table(
        f"与同资产段其他账户相比（{peers.band}，{peers.n} 个）",
        (Column("指标"), Column("本账户", "right"), Column("优于同类的比例", "right")),
        rows,
        collapsed=True,
        note="优于多少比例的同类账户，越高越好；换手、费用、波动以低为好。",
    )


def _items(title: str, findings: Sequence[Finding], tone: Tone, empty: str) -> Items:
    items = tuple(
        Item(finding.title, finding.tag, finding.text, tone, finding.section, finding.id)
        for finding in findings[:MOST]
    )
    return Items(title, items, empty=empty)


def agreement(story: Story) -> Callout:
    """The one thing to agree on: the first shortcoming with a target and no running agreement."""
    aside = "写入下一份报告核对"
    wanted = [finding for finding in story.shortcomings if finding.target_text or finding.action]
    if not wanted:
        return Callout("建议与客户达成的共识", "", "本期没有需要约定的改进事项。", Tone.PLAIN)
    running = {a.finding for a in story.agreements if a.due_on > story.diagnosis.last}
    finding = next((finding for finding in wanted if finding.id not in running), None)
    if finding is None:
        return Callout("建议与客户达成的共识", aside, "已有共识在执行中，到期前不再新增。", Tone.PLAIN)
    parts = [finding.title, (finding.target_text or "").rstrip("。"), (finding.action or "").rstrip("。")]
    goal = "。".join(part for part in parts[1:] if part)
    return Callout(
        "建议与客户达成的共识",
        aside,
        f"{finding.title}：{goal}。建议 {due_day(story.diagnosis.last)} 前核对。",
    )


def limits(story: Story) -> str:
    """The limits of the data in one line, and where the conventions stand."""
    d = story.diagnosis
    groups = grouped(d.issues)
    said = []
    for kind, issues in list(groups.items())[:MOST]:
        count = sum(issue.count for issue in issues)
        said.append(f"{kind.label} {count} 处" if count > 1 else kind.label)
    more = f"等 {len(groups)} 类" if len(groups) > MOST else ""
    told = f"数据情况：{'、'.join(said)}{more}。" if said else "没有发现数据缺口或前后不一致。"
    label = "" if d.has_cash else f"收益为{story.returns_label}。"
    return f"{told}{label}指标口径见第 11 节。"
