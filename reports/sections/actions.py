"""Section 12, 下一步: each step tied to the finding that asks for it, with a target and a day."""

from __future__ import annotations

import calendar
from datetime import date

from diagnosis.types import Finding
from reports.model import Block, Callout, Item, Items, Paragraph, Section, Tone
from reports.sections.story import Story
from reports.wordbook import agreement_rule


def tell(story: Story) -> Section:
    steps = [finding for finding in story.shortcomings if finding.action or finding.target_text]
    blocks: list[Block] = []
    if steps:
        items = tuple(_item(story, finding) for finding in steps)
        blocks.append(Items("按影响大小排列", items, ordered=True))
        blocks.append(
            Paragraph(
                "每一步都来自前面列出的事实；是否采纳由客户决定，与投资顾问达成共识后写入下一份报告核对。",
                Tone.MUTED,
            )
        )
    running = [a for a in story.agreements if a.due_on > story.diagnosis.last]
    blocks += [
        Callout("进行中的共识", f"{agreement.due_on} 到期", agreement.target_text, Tone.PLAIN)
        for agreement in running
    ]
    if not blocks:
        blocks.append(
            Paragraph("本期没有需要改动的事项。" if not story.quiet else "有了成交和持仓之后，再给出下一步。")
        )
    return Section(12, "actions", "下一步", lead(story, steps), tuple(blocks))


def lead(story: Story, steps: list[Finding]) -> str:
    if not steps:
        return "本期没有找到依据充分的改进事项。"
    due = due_day(story.diagnosis.last)
    return f"共 {len(steps)} 项，最先做的一项：{steps[0].title}。建议在 {due} 前核对结果。"


def _item(story: Story, finding: Finding) -> Item:
    due = due_day(story.diagnosis.last)
    text = (finding.action or "").rstrip("。")
    goal = (finding.target_text or "").rstrip("。")
    told = "。".join(part for part in (text, f"目标：{goal}" if goal else "", f"{due} 前核对") if part)
    return Item(finding.title, finding.tag, told + "。", Tone.WARN, finding.section, finding.id)


def due_day(last: date) -> date:
    """The default day by which an agreement is checked."""
    return months_after(last, int(agreement_rule("AGREE-MONTHS", last)))


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
