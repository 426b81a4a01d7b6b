"""Round axis ends, date ticks and widths of text: what makes a chart's frame calm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high` in equal `step`s, both ends multiples of it."""

    low: float
    high: float
    step: float

    @property
    def digits(self) -> int:
        """Decimals that write every tick exactly."""
        return decimals(self.step)


def decimals(step: float) -> int:
    """Decimals needed to write multiples of `step`."""
    for digits in range(8):
        if math.isclose(round(step, digits), step, rel_tol=1e-9):
            return digits
    return 8


def nice(low: float, high: float, parts: int = 4) -> Scale:
    """Round ends that hold `low` to `high` in about `parts` steps. Source: Heckbert, Graphics Gems (1990)."""
    if not (math.isfinite(low) and math.isfinite(high)) or low > high:
        raise ValueError(f"an axis needs finite ends in order, not {low} and {high}")
    if high - low < 1e-9 * max(1.0, abs(low)):
        low, high = low - max(abs(low) * 0.05, 0.01), high + max(abs(high) * 0.05, 0.01)
    rough = (high - low) / parts
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in STEPS if power * factor >= rough * (1 - 1e-9))
    digits = decimals(step)
    ends = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return Scale(round(ends[0], digits), round(ends[1], digits), round(step, digits))


def text_width(text: str, size: float = 12) -> float:
    """Width in pixels as Noto Sans SC sets it: ideographs a full em, capitals 0.7 em, other Latin and figures 0.58."""
    return sum(size if ord(char) > 0x2E7F else size * (0.7 if "A" <= char <= "Z" else 0.58) for char in text)


def date_ticks(days: list[str], room: int) -> dict[str, str]:
    """Labels by index for a run of ISO days, at most about `room` of them.

    Turns of month, quarter or year as the length asks; other texts are thinned evenly.
    """
    if not days:
        return {}
    if not all(len(day) == 10 and day[4] == "-" for day in days):
        return _thin(dict(enumerate(days)), room)
    turns = [i + 1 for i, (before, day) in enumerate(pairwise(days)) if before[:7] != day[:7]]
    if len(turns) < 2:
        return _thin({i: f"{int(day[5:7])}-{day[8:]}" for i, day in enumerate(days)}, room)
    for every in (1, 3, 6, 12, 24, 60):
        chosen = [i for i in turns if _turns_at(days[i], every)]
        if len(chosen) <= room:
            break
    years = every >= 12
    first = {0: days[0][:4] if years else days[0][:7]}
    return _apart(first | {i: days[i][:4] if years else _month(days[i]) for i in chosen}, len(days), room)


@lru_cache(maxsize=64)
def _cached_ticks(days: tuple[str, ...], room: int) -> dict[str, str]:
    """The curves of one report share their days."""
    return date_ticks(list(days), room)


def _turns_at(day: str, every: int) -> bool:
    months = int(day[:4]) * 12 + int(day[5:7]) - 1
    return months % every == 0


def _month(day: str) -> str:
    return day[:4] if day[5:7] == "01" else f"{int(day[5:7])}月"


def _thin(labels: dict[int, str], room: int) -> dict[str, str]:
    every = max(1, math.ceil(len(labels) / max(1, room)))
    return {str(i): text for i, text in labels.items() if i % every == 0}


def _apart(labels: dict[int, str], count: int, room: int) -> dict[str, str]:
    """Drop a label that stands too near the one before it."""
    least, last, kept = 0.6 * count / max(1, room), -math.inf, {}
    for i, text in labels.items():
        if i - last >= least:
            kept[str(i)] = text
            last = i
    return kept


def index_axis(days: list[str], room: int, colours: dict[str, str], size: float) -> dict[str, Any]:
    """Horizontal axis over the index of `days`, labelled at turns of month or year.

    `labels` is no part of ECharts: the caller takes it out for the formatters.
    """
    ticks = dict(_cached_ticks(tuple(days), room))
    at = [int(i) for i in ticks]
    return {
        "labels": ticks, "type": "value", "min": 0, "max": max(len(days) - 1, 1),
        "axisLine": {"show": True, "onZero": False, "lineStyle": {"color": colours["line"], "width": 1}},
        "axisTick": {"show": True, "length": 4, "customValues": at, "lineStyle": {"color": colours["line"]}},
        "axisLabel": {
            "customValues": at, "formatter": "fn:ticks", "color": colours["ink-3"], "fontSize": size,
            "margin": 10, "hideOverlap": True, "showMinLabel": True, "showMaxLabel": True,
            "alignMinLabel": "left",
            "alignMaxLabel": "right" if at and at[-1] == len(days) - 1 else None,
        },
        "splitLine": {"show": False},
    }  # fmt: skip


def value_axis(scale: Scale, formatter: str, colours: dict[str, str], size: float) -> dict[str, Any]:
    """Vertical axis with quiet lines at its round ticks."""
    return {
        "type": "value", "min": scale.low, "max": scale.high, "interval": scale.step,
        "axisLine": {"show": False}, "axisTick": {"show": False},
        "axisLabel": {"formatter": formatter, "color": colours["ink-3"], "fontSize": size, "margin": 8},
        "splitLine": {"lineStyle": {"color": colours["line-2"], "width": 1}},
    }  # fmt: skip
