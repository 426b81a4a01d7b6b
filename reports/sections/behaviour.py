"""Section 8, 行为习惯: what was seen, by which trades, at what cost; what was not seen; what is withheld."""

from __future__ import annotations

from collections.abc import Sequence

from diagnosis import wording
from diagnosis.types import Counterfactual, Habit, HabitId
from reports.model import Block, Callout, Cell, Column, Item, Items, Paragraph, Section, Table, Tone
from reports.sections.story import Story

GOOD = frozenset({HabitId.PATIENCE, HabitId.DIVERSIFIED})
"""Habits that help: told without the tone of a warning."""

NEUTRAL = frozenset({HabitId.TIME_OF_DAY})


def tell(story: Story) -> Section:
    seen, unseen, withheld = sorted_habits(story)
    blocks: list[Block] = []
    for habit in seen:
        blocks.append(habit_callout(story, habit))
        if habit.evidence:
            blocks.append(evidence_table(habit))
    if unseen:
        blocks.append(unseen_items(unseen))
    if withheld:
        blocks.append(
            Items(
                "数据不足，暂不判断",
                tuple(
                    Item(
                        HabitId(habit.id).label,
                        "",
                        (habit.withheld or "数据不足，暂不判断").rstrip("。") + "。",
                        Tone.MUTED,
                    )
                    for habit in withheld
                ),
            )
        )
    if not blocks:
        blocks.append(Paragraph("没有成交，暂不判断交易习惯。"))
    return Section(8, "behaviour", "行为习惯", lead(story), tuple(blocks))


def unseen_items(unseen: Sequence[Habit]) -> Items:
    """Looked for and not seen: first what would be worth changing, then the good habits below their bar."""
    bad = "、".join(HabitId(habit.id).label for habit in unseen if habit.id not in GOOD)
    good = "、".join(HabitId(habit.id).label for habit in unseen if habit.id in GOOD)
    items = []
    if bad:
        items.append(Item(bad, "", "按同样的规则检查过，本期数据里没有看到。"))
    if good:
        items.append(Item(good, "", "按同样的规则检查过，本期还没有达到认定的标准。"))
    return Items("检查过，没有看到", tuple(items))


def sorted_habits(story: Story) -> tuple[list[Habit], list[Habit], list[Habit]]:
    """(seen, looked for and not seen, withheld); the costliest first among the seen."""
    habits = list(story.diagnosis.habits.values())
    withheld = [habit for habit in habits if habit.seen is None or habit.withheld]
    seen = [habit for habit in habits if habit.seen and not habit.withheld]
    unseen = [habit for habit in habits if habit.seen is False and not habit.withheld]
    seen.sort(key=lambda habit: (habit.id in GOOD, -(habit.cost.yuan if habit.cost else 0.0), habit.id))
    return seen, unseen, withheld


def lead(story: Story) -> str:
    seen, unseen, withheld = sorted_habits(story)
    worth = [HabitId(habit.id).label for habit in seen if habit.id not in GOOD | NEUTRAL]
    good = [HabitId(habit.id).label for habit in seen if habit.id in GOOD]
    if not (seen or unseen):
        return f"成交太少，{len(withheld)} 项习惯都暂不判断。" if withheld else "没有成交，暂不判断交易习惯。"
    text = f"检查了 {len(seen) + len(unseen)} 项习惯，"
    text += f"看到值得留意的 {len(worth)} 项：{'、'.join(worth)}" if worth else "没有看到值得留意的习惯"
    if good:
        text += f"；好的习惯：{'、'.join(good)}"
    return text + "。"


def habit_callout(story: Story, habit: Habit) -> Callout:
    tone = Tone.PLAIN if habit.id in GOOD | NEUTRAL else Tone.WARN
    text = habit.text if not habit.text or habit.text.endswith("。") else habit.text + "。"
    if habit.cost is not None:
        text += cost_sentence(story, habit.cost)
    return Callout(HabitId(habit.id).label, certainty(habit), text, tone)


def certainty(habit: Habit) -> str:
    """The sample behind the habit: n, and t where there is one."""
    parts = [f"样本 {habit.n}"] if habit.n else []
    if habit.t is not None:
        parts.append(f"t = {wording.number(habit.t)}")
    return "，".join(parts)


def cost_sentence(story: Story, cost: Counterfactual) -> str:
    """The cost against its stated alternative, with its interval; one around zero proves nothing."""
    alternative = cost.text.removeprefix("对照：").rstrip("。")
    low, high = story.money(cost.low), story.money(cost.high)
    interval = f"{wording.percent(cost.level, 0)} 区间 {low} 至 {high}，样本 {cost.n}"
    if cost.low <= 0 <= cost.high:
        return (
            f"对照：{alternative}。估算相差 {story.money(cost.yuan)}（{interval}），区间包含零，"
            "还不能断定这一习惯带来了代价。"
        )
    if cost.yuan < 0:
        gained = story.money(-cost.yuan)
        return f"对照：{alternative}。与此相比，本期反而多得约 {gained}（以代价计的{interval}）。"
    return f"对照：{alternative}。与此相比，代价约 {story.money(cost.yuan)}（{interval}）。"


def evidence_table(habit: Habit) -> Table:
    rows = tuple(
        (Cell(str(fact.day)), Cell(fact.name), Cell(fact.code), Cell(fact.text)) for fact in habit.evidence
    )
    columns = (Column("日期"), Column("证券"), Column("代码"), Column("事实"))
    return Table(f"{HabitId(habit.id).label}：依据的成交", columns, rows, collapsed=True)
