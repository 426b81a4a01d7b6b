"""Section 11, 数据质量与方法: what the data could not say, how measures are defined, under which rules."""

from __future__ import annotations

from collections import defaultdict

from diagnosis.types import DataIssue, IssueKind
from reports.model import Block, Cell, Column, Paragraph, Section, Table
from reports.sections.story import DASH, Story
from reports.wordbook import versions


def tell(story: Story) -> Section:
    d = story.diagnosis
    blocks: list[Block] = [issue_table(story), issue_detail(story)] if d.issues else []
    blocks += [Paragraph(text) for text in method(story)]
    blocks += [convention_table(story), version_table(story)]
    return Section(11, "quality", "数据质量与方法", lead(story), tuple(blocks))


def grouped(issues: tuple[DataIssue, ...]) -> dict[IssueKind, list[DataIssue]]:
    """Issues by kind, the kinds in the order of their first appearance."""
    by_kind: dict[IssueKind, list[DataIssue]] = defaultdict(list)
    for issue in issues:
        by_kind[IssueKind(issue.kind)].append(issue)
    return dict(by_kind)


def lead(story: Story) -> str:
    groups = grouped(story.diagnosis.issues)
    if not groups:
        return "没有发现数据缺口或前后不一致。"
    told = "、".join(kind.label for kind in list(groups)[:4]) + ("等" if len(groups) > 4 else "")
    return f"需要说明的数据情况有 {len(groups)} 类：{told}，逐一列在下面。"


def issue_table(story: Story) -> Table:
    rows = []
    for kind, issues in grouped(story.diagnosis.issues).items():
        amounts = [issue.amount for issue in issues if issue.amount is not None]
        at_stake = sum(abs(amount) for amount in amounts)
        rows.append(
            (
                Cell(kind.label),
                Cell(str(sum(issue.count for issue in issues)), sum(issue.count for issue in issues)),
                Cell(story.money(at_stake), round(at_stake, 2)) if amounts else Cell(DASH),
                Cell(issues[0].text if len(issues) == 1 else f"{issues[0].text.rstrip('。')}；其余见下表"),
            )
        )
    columns = (
        Column("情况"),
        Column("涉及记录", "right"),
        Column("涉及金额", "right"),
        Column("说明"),
    )
    return Table("数据质量", columns, tuple(rows), empty="没有发现数据缺口或前后不一致。")


def issue_detail(story: Story) -> Table:
    rows = tuple(
        (
            Cell(IssueKind(issue.kind).label),
            Cell(str(issue.day) if issue.day else DASH),
            Cell(issue.security or DASH),
            Cell(str(issue.count), issue.count),
            Cell(DASH) if issue.amount is None else Cell(story.money(issue.amount), round(issue.amount, 2)),
            Cell(issue.text),
        )
        for issue in story.diagnosis.issues
    )
    columns = (
        Column("情况"),
        Column("日期"),
        Column("证券"),
        Column("记录", "right"),
        Column("金额", "right"),
        Column("说明"),
    )
    return Table("逐条列出", columns, rows, collapsed=True)


def method(story: Story) -> list[str]:
    """How the account was read: market, valuation, flows, cost, benchmark, what the diagnosis adds."""
    d = story.diagnosis
    said = [d.venue_note.rstrip("。") + "。"] if d.venue_note else []
    if story.daily:
        said.append("按每个交易日收盘价估值；转入计在当日开始，转出计在当日结束。")
    else:
        said.append("行情只在成交时刻已知，按成交时刻估值；需要逐日行情的指标不计算。")
    if not d.has_cash:
        said.append("没有资金流水：每笔成交视为一次资金进出，收益只是证券的收益，不含闲置资金。")
    said.append("平仓盈亏按先进先出配对；浮动盈亏按移动平均成本，含买入费用。分红计入收益。")
    if d.benchmark is not None:
        said.append(f"基准：{d.benchmark.name}。{d.benchmark.composition.rstrip('。')}。")
    else:
        said.append("没有可用基准，与基准比较的指标不计算。")
    return [*said, *(note.rstrip("。") + "。" for note in d.notes)]


def convention_table(story: Story) -> Table:
    """Every measure with its convention: general rule, or this account's own."""
    told = [(metric_id, story.entry(metric_id)) for metric_id in story.diagnosis.metrics]
    return Table(
        "指标口径",
        (Column("指标"), Column("编号"), Column("口径")),
        tuple((Cell(entry.name), Cell(metric_id), Cell(entry.convention)) for metric_id, entry in told),
        collapsed=True,
        empty="没有可计算的指标。",
    )


def version_table(story: Story) -> Table:
    everything = {**story.diagnosis.versions, **versions()}
    rows = tuple((Cell(name), Cell(version[:19])) for name, version in sorted(everything.items()))
    return Table("规则版本", (Column("规则集"), Column("版本（内容摘要）")), rows, collapsed=True)
