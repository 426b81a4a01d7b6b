"""Figures of a score card in words. Pure."""

from __future__ import annotations

from typing import Final

from advisors.indicators import definition
from advisors.types import GradeLevel, IndicatorDef, IndicatorValue, Unit
from diagnosis.wording import DASH, number, percent, yuan

UNGRADED: Final = "不评级"


def known(indicator_id: str) -> IndicatorDef | None:
    """None for one that later rules no longer know: an old card still shows."""
    try:
        return definition(indicator_id)
    except KeyError:
        return None


def title_of(indicator_id: str) -> str:
    found = known(indicator_id)
    return found.title if found else indicator_id


def level_words(level: GradeLevel | None) -> str:
    return f"{level.code} {level.name}" if level else UNGRADED


def figure_words(indicator_id: str, value: float | None) -> str:
    """A figure in its own unit; a dash where there is none."""
    if value is None:
        return DASH
    found = known(indicator_id)
    unit = found.unit if found else None
    if unit is Unit.RATIO:
        return percent(value)
    if unit is Unit.YUAN:
        return yuan(value)
    return f"{number(value)} {unit.label}" if unit else number(value)


def value_words(one: IndicatorValue) -> str:
    """The figure with its interval where it has one."""
    said = figure_words(one.id, one.value)
    if one.value is None or one.low is None or one.high is None:
        return said
    return f"{said}（{figure_words(one.id, one.low)} 至 {figure_words(one.id, one.high)}）"


def points_words(points: float | None) -> str:
    return DASH if points is None else number(points)
