"""The radar of five abilities and the calendar of months."""

from __future__ import annotations

from typing import Any

from reports.axes import text_width
from reports.chartkinds.bars import bars
from reports.chartkinds.frame import TEXT, Frame, Option, base, precise, tooltip
from reports.model import Tone

LEAST_AXES = 3
LONG_NAME = 4
MONTHS = [f"{month}月" for month in range(1, 13)]
EDGES = (0.02, 0.05)  # a month beyond these ratios gets the stronger tints
ROW = 26


def radar(data: dict[str, Any], frame: Frame) -> Option:
    """Percentiles from 0 to 100; the lowest is marked; a withheld axis is left out, not drawn as zero."""
    known = [axis for axis in data["axes"] if axis["score"] is not None]
    if len(known) < LEAST_AXES:
        return _as_bars(data, frame)
    lowest = min(known, key=lambda axis: axis["score"])
    names = [_axis_name(axis, axis is lowest) for axis in known]
    colours = frame.colours
    made = base(frame)
    made |= {
        "radar": {
            "center": ["50%", "53%"], "radius": _radius(known, frame), "splitNumber": 4, "clockwise": True,
            "indicator": [{"name": name, "min": 0, "max": 100} for name in names], "axisNameGap": 8,
            "axisName": {"rich": {
                "is": {"color": colours["ink-2"], "fontSize": TEXT, "align": "center", "lineHeight": 16},
                "low": {"color": colours["warn"], "fontSize": TEXT, "fontWeight": "bold", "align": "center",
                        "lineHeight": 16}}},
            "axisLine": {"lineStyle": {"color": colours["line"]}}, "splitArea": {"show": False},
            "splitLine": {"lineStyle": {"color": colours["line"]}},
        },
        "series": [{
            "type": "radar", "symbol": "circle", "symbolSize": 5, "color": colours["brand"], "silent": True,
            "lineStyle": {"width": 1.75}, "areaStyle": {"color": colours["brand"], "opacity": 0.14},
            "data": [{"value": [axis["score"] for axis in known]}],
        }],
        "heshi": {"tips": []},
    }  # fmt: skip
    return made


def _axis_name(axis: dict[str, Any], low: bool) -> str:
    """Name and score, the score under a long name so that it fits beside the web."""
    style = "low" if low else "is"
    text = f"{axis['score']:g}"
    if len(axis["label"]) < LONG_NAME:
        return f"{{{style}|{axis['label']} {text}}}"
    return f"{{{style}|{axis['label']}}}\n{{{style}|{text}}}"


def _radius(known: list[dict[str, Any]], frame: Frame) -> float:
    widest = max(text_width(line) for axis in known for line in plain_lines(_axis_name(axis, False)))
    return min(frame.height * 0.37, (frame.width / 2 - widest - 14) / 0.95)


def plain_lines(name: str) -> list[str]:
    """The lines of a styled axis name, without their style."""
    return [part.strip("{}").partition("|")[2] for part in name.split("\n")]


def _as_bars(data: dict[str, Any], frame: Frame) -> Option:
    """Fewer than three known axes span no area: show them as bars."""
    items = [
        {"label": axis["label"], "value": axis["score"] or 0, "tone": Tone.PLAIN,
         "text": "暂不计算" if axis["score"] is None else f"{axis['score']:g}"}
        for axis in data["axes"]
    ]  # fmt: skip
    return bars({"items": items, "horizontal": True}, frame)


def calendar(data: dict[str, Any], frame: Frame) -> Option:
    """Months against years, tinted by size; on a phone the months run down."""
    years = [str(year) for year in data["years"]]
    cells = []
    for year, month, ratio in data["months"]:
        if ratio is not None:
            across, down = month - 1, years.index(str(year))
            cells.append([down, across, precise(ratio)] if frame.narrow else [across, down, precise(ratio)])
    months, rows = _axis(MONTHS, frame), _axis(years, frame)
    colours = frame.colours
    made = base(frame)
    made |= {
        "grid": {"left": 44, "right": 4, "top": 24, "bottom": 4, "outerBoundsMode": "none"},
        "xAxis": (rows if frame.narrow else months) | {"position": "top"},
        "yAxis": (months if frame.narrow else rows) | {"inverse": True},
        "tooltip": tooltip("item", colours),
        "visualMap": {"show": False, "type": "piecewise", "dimension": 2, "pieces": _pieces(frame)},
        "series": [{
            "type": "heatmap", "data": cells, "emphasis": {"disabled": True},
            "itemStyle": {"borderColor": colours["paper"], "borderWidth": 2, "borderRadius": 3},
            "label": {"show": True, "formatter": "fn:cell:2", "fontSize": TEXT, "color": colours["ink"]},
        }],
    }  # fmt: skip
    heads = [f"{year} 年 {month} 月" for year, month, ratio in data["months"] if ratio is not None]
    made["heshi"] = {
        "heads": heads,
        "tips": [{"name": "收益", "format": "percent", "digits": 2, "signed": True}],
    }
    return made


def _axis(labels: list[str], frame: Frame) -> Option:
    return {
        "type": "category", "data": labels, "axisLine": {"show": False}, "axisTick": {"show": False},
        "splitLine": {"show": False}, "splitArea": {"show": False},
        "axisLabel": {"color": frame.colours["ink-3"], "fontSize": TEXT, "margin": 6, "interval": 0},
    }  # fmt: skip


def _pieces(frame: Frame) -> list[Option]:
    first, second = EDGES
    colours = frame.colours
    return [
        {"gte": second, "color": colours["up-3"]},
        {"gte": first, "lt": second, "color": colours["up-2"]},
        {"gt": 0, "lt": first, "color": colours["up-1"]},
        {"gte": 0, "lte": 0, "color": colours["wash"]},
        {"gt": -first, "lt": 0, "color": colours["down-1"]},
        {"gt": -second, "lte": -first, "color": colours["down-2"]},
        {"lte": -second, "color": colours["down-3"]},
    ]
