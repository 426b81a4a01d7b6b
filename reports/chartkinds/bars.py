"""Bars: one per label, two per label, and the steps from one total to another."""

from __future__ import annotations

from typing import Any

from reports.axes import nice, text_width
from reports.chartkinds.frame import TEXT, Frame, Option, base, precise, room_for, rule, tooltip
from reports.model import Tone
from reports.palette import TONE_COLOUR

ROW = 28  # pixels of one horizontal bar with its gap


def span(values: list[float], texts: list[str], room: float) -> tuple[float, float]:
    """Axis ends that leave each bar's text its place beyond the bar.

    values: where bars end, any sign; texts: their labels; room: pixels between the margins.
    """
    low, high = min([0.0, *values]), max([0.0, *values])
    if low == high:
        return 0.0, 1.0
    widest = {
        side: max(
            (text_width(t) + 10 for v, t in zip(values, texts, strict=True) if (v < 0) == side), default=0.0
        )
        for side in (True, False)
    }
    scale = (high - low) / max(room - widest[True] - widest[False], room * 0.3)
    return low - widest[True] * scale, high + widest[False] * scale


def category(labels: list[str], frame: Frame, *, inverse: bool) -> Option:
    return {
        "type": "category", "data": labels, "inverse": inverse, "axisLine": {"show": False, "onZero": False},
        "axisTick": {"show": False},
        "axisLabel": {"color": frame.colours["ink-2"], "fontSize": TEXT, "margin": 8, "interval": 0,
                      "width": 150, "overflow": "truncate"},
    }  # fmt: skip


def hidden(low: float, high: float) -> Option:
    """A value axis that only scales: each bar carries its own text."""
    return {"type": "value", "min": low, "max": high, "show": False}


def lying(
    labels: list[str], ends: list[float], texts: list[str], frame: Frame, whole: float | None = None
) -> Option:
    """Frame of horizontal bars: labels in a column at the left, room for the texts. whole: what the axis must hold."""
    left = room_for(labels)
    held = ([], []) if whole is None else ([whole], [""])
    low, high = span([*ends, *held[0]], [*texts, *held[1]], min(frame.width, 600) - left - 8)
    return base(frame) | {
        "grid": {"left": left, "right": 8, "top": 4, "bottom": 4, "outerBoundsMode": "none"},
        "xAxis": hidden(low, high),
        "yAxis": category(labels, frame, inverse=True),
        "tooltip": tooltip("axis", frame.colours) | {"axisPointer": {"type": "none"}},
    }


def bars(data: dict[str, Any], frame: Frame) -> Option:
    """One bar a label, its text at its end; the tone gives the colour. A part of a whole is drawn beside the whole."""
    items, colours = data["items"], frame.colours
    labels, texts = [item["label"] for item in items], [item["text"] for item in items]
    values = [float(item["value"] or 0) for item in items]
    flat, whole = bool(data.get("horizontal")), data.get("whole")
    made = lying(labels, values, texts, frame, whole) if flat else _standing(labels, values, frame)
    texted = _texted(values, texts, frame) if not flat else set(range(len(values)))
    made["series"] = [{
        "type": "bar", "barWidth": 14 if flat else "56%", "barMaxWidth": 14 if flat else 44, "silent": False,
        "emphasis": {"disabled": True},
        "data": [_bar(item, value, flat, frame, i in texted)
                 for i, (item, value) in enumerate(zip(items, values, strict=True))],
    }]  # fmt: skip
    if any(value < 0 for value in values):
        made["series"][0]["markLine"] = rule(colours, "xAxis" if flat else "yAxis", 0.0)
    elif flat and whole is not None:
        made["series"][0]["markLine"] = rule(colours, "xAxis", float(whole))
    made["heshi"] = {"heads": labels, "tips": [{"name": data.get("name", ""), "texts": texts}]}
    return made


def _standing(labels: list[str], values: list[float], frame: Frame) -> Option:
    scale = nice(min([0.0, *values]), max([0.0, *values]))
    pad = (scale.high - scale.low) * 0.12
    low = scale.low - pad if scale.low < 0 else scale.low
    slot = (frame.width - 16) / max(1, len(labels))
    crowded = any(text_width(label) + 4 > slot for label in labels)
    axis = category(labels, frame, inverse=False)
    axis["axisLabel"] |= {"interval": "auto"} if crowded else {}
    axis["axisLine"] = {"show": True, "onZero": False, "lineStyle": {"color": frame.colours["line"]}}
    return base(frame) | {
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 28, "outerBoundsMode": "none"},
        "xAxis": axis,
        "yAxis": hidden(low, scale.high + pad),
        "tooltip": tooltip("axis", frame.colours) | {"axisPointer": {"type": "none"}},
    }


def _texted(values: list[float], texts: list[str], frame: Frame) -> set[int]:
    """Which standing bars carry their text: all where they fit, else the highest and the lowest."""
    slot = (frame.width - 16) / max(1, len(values))
    if all(text_width(text) + 4 <= slot for text in texts):
        return set(range(len(values)))
    top, low = values.index(max(values)), values.index(min(values))
    apart = abs(top - low) * slot > max(text_width(texts[top]), text_width(texts[low])) + 4
    return {top, low} if apart else {top}


def _bar(item: dict[str, Any], value: float, flat: bool, frame: Frame, texted: bool) -> Option:
    tone = Tone(item.get("tone") or Tone.PLAIN)
    outside = ("left" if value < 0 else "right") if flat else ("bottom" if value < 0 else "top")
    return {
        "value": precise(value), "itemStyle": {"color": frame.colours[TONE_COLOUR[tone]]},
        "label": {"show": texted, "formatter": item["text"], "position": outside, "distance": 6,
                  "fontSize": TEXT,
                  "color": frame.colours["ink"]},
    }  # fmt: skip


def pairs(data: dict[str, Any], frame: Frame) -> Option:
    """Two bars a label, the first in brand colour; the first pair names the two, so no legend is needed."""
    series, labels = data["series"], data["labels"]
    texts = [[_pair_text(one, i) for i in range(len(labels))] for one in series]
    named = [[f"{text}　{one['name']}" if i == 0 else text for i, text in enumerate(row)]
             for one, row in zip(series, texts, strict=True)]  # fmt: skip
    ends = [float(value or 0) for one in series for value in one["values"]]
    made = lying(labels, ends, [text for row in named for text in row], frame)
    made["series"] = [
        _pair(one, named[k], frame.colours["brand" if k == 0 else "grey"], frame)
        for k, one in enumerate(series)
    ]
    made["heshi"] = {"heads": labels, "tips": [
        {"name": one["name"], "texts": row} for one, row in zip(series, texts, strict=True)]}  # fmt: skip
    return made


def _pair_text(one: dict[str, Any], i: int) -> str:
    if one.get("texts"):
        return str(one["texts"][i])
    value = one["values"][i]
    return "—" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".").replace("-", "−")


def _pair(one: dict[str, Any], texts: list[str], colour: str, frame: Frame) -> Option:
    label = {"show": True, "distance": 6, "fontSize": TEXT, "color": frame.colours["ink"]}
    return {
        "type": "bar", "name": one["name"], "color": colour, "barWidth": 12, "barGap": "40%",
        "emphasis": {"disabled": True},
        "data": [
            {"value": precise(value), "label": label | {"formatter": text, "position": _side(value)}}
            for value, text in zip(one["values"], texts, strict=True)
        ],
    }  # fmt: skip


def _side(value: float | None) -> str:
    return "left" if (value or 0) < 0 else "right"


def waterfall(data: dict[str, Any], frame: Frame) -> Option:
    """From the first total to the last, one row a step, each bar where the one before it ended."""
    steps = data["steps"]
    reach = _reach(steps)
    texts = [step["text"] for step in steps]
    ends = [b if abs(b) >= abs(a) else a for a, b in reach]
    made = lying([step["label"] for step in steps], ends, texts, frame)
    lows, highs = [min(pair) for pair in reach], [max(pair) for pair in reach]
    made["series"] = [
        _gap([max(low, 0.0) for low in lows]),
        _gap([min(high, 0.0) for high in highs]),
        _steps(
            steps, [max(high, 0.0) - max(low, 0.0) for low, high in zip(lows, highs, strict=True)], 1, frame
        ),
        _steps(
            steps, [min(low, 0.0) - min(high, 0.0) for low, high in zip(lows, highs, strict=True)], -1, frame
        ),
    ]
    made["series"][0]["markLine"] = rule(frame.colours, "xAxis", 0.0)
    made["heshi"] = {
        "heads": [step["label"] for step in steps],
        "tips": [None, None, {"name": "", "texts": texts}, None],
    }
    return made


def _reach(steps: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """Where each bar begins and ends: totals from zero, parts from the level before them."""
    level, found = 0.0, []
    for step in steps:
        value = float(step["value"] or 0)
        start = 0.0 if step.get("total") else level
        level = start + value
        found.append((start, level))
    return found


def _gap(values: list[float]) -> Option:
    return {"type": "bar", "stack": "steps", "silent": True, "barWidth": 14,
            "data": [precise(v) for v in values],
            "itemStyle": {"color": "transparent"}, "emphasis": {"disabled": True}}  # fmt: skip


def _steps(steps: list[dict[str, Any]], lengths: list[float], side: int, frame: Frame) -> Option:
    """The half of each bar above zero (side 1) or below it (side -1); the longer half carries the text."""
    label = {
        "distance": 6,
        "fontSize": TEXT,
        "color": frame.colours["ink"],
        "position": "right" if side > 0 else "left",
    }
    return {
        "type": "bar", "stack": "steps", "barWidth": 14, "emphasis": {"disabled": True},
        "data": [
            {"value": precise(length),
             "itemStyle": {"color": frame.colours[_step_colour(step, i, len(steps))]},
             "label": label | {"show": _carries(step, length, side), "formatter": step["text"]}}
            for i, (step, length) in enumerate(zip(steps, lengths, strict=True))
        ],
    }  # fmt: skip


def _carries(step: dict[str, Any], length: float, side: int) -> bool:
    return length != 0 or (side > 0 and not step["value"])


def _step_colour(step: dict[str, Any], i: int, count: int) -> str:
    if step.get("total"):
        return "brand" if i == count - 1 else "grey"
    return "up" if (step["value"] or 0) >= 0 else "down"
