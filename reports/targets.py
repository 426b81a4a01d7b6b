"""What a target is measured by: a metric, a habit (`CHASING`), a habit's figure (`HABIT.figure`)."""

from __future__ import annotations

from dataclasses import dataclass

from diagnosis import wording
from reports import explain
from reports.sections.story import Story

TRADES_A_MONTH = "OVERTRADING.trades_a_month"
"""月均成交笔数."""

TRADES = "trades_a_month"
"""Its unit: no unit of a metric says it."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a target's figure stands over the report's period; without a value `withheld` says why."""

    value: float | None
    unit: str
    withheld: str = ""


def stand(story: Story, target: str) -> Stand:
    """The figure by its id over the whole period of the report."""
    metric = story.metric(target)
    if metric is not None:
        return Stand(story.value(target), str(metric.unit), story.withheld(target))
    name, _, figure = target.partition(".")
    habit = story.habit(name)
    if habit is None:
        return Stand(None, "number", "本期没有这项指标")
    reason = habit.withheld or "数据不足，暂不计算"
    if not figure:
        return Stand(None if habit.withheld else habit.statistic, str(habit.unit), reason)
    unit = TRADES if target == TRADES_A_MONTH else "number"
    return Stand(None if habit.withheld else habit.figures.get(figure), unit, reason)


def stand_text(story: Story, value: float, unit: str) -> str:
    """The figure as the reader sees it."""
    if unit == TRADES:
        return f"月均 {wording.number(value, 1)} 笔"
    return explain.value_text(value, unit, story.money)
