"""Curves over time: value against benchmark, drawdown, position."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.axes import Scale, index_axis, nice, value_axis
from reports.chartkinds.frame import TEXT, Frame, Option, base, precise, room_for, rule, tooltip

ROLE_COLOUR = {"account": "brand", "benchmark": "grey", "money": "ink-3", "muted": "grey"}
MONEY = {"wan": (1e-4, " 万"), "yi": (1e-8, " 亿")}
UNITS = {"percent": (100.0, "%"), "number": (1.0, ""), **MONEY}
"""By the name of a formatter: what a value is multiplied by, and what is written after it."""
LABEL_COLOUR = {"account": "brand", "benchmark": "ink-2", "money": "ink-2", "muted": "ink-3"}


def points(values: list[Any], frame: Frame) -> list[list[Any]]:
    """`[index, value]` of each value; a thin frame keeps the extremes of every few pixels."""
    numbers = np.array(values, dtype=np.float64)  # None becomes NaN here and None again below
    chosen = outline(numbers, frame.width // 3) if frame.thin else range(len(values))
    gaps = bool(np.isnan(numbers).any())
    short = np.round(numbers, 5).tolist()
    return [[i, None if gaps and math.isnan(short[i]) else short[i]] for i in chosen]


def outline(numbers: NDArray[np.float64], buckets: int) -> Sequence[int]:
    """Indices that draw the same curve: the ends, and the extremes of each bucket; gaps stay gaps."""
    if len(numbers) <= 3 * buckets:
        return range(len(numbers))
    edges = np.linspace(0, len(numbers), buckets + 1).astype(int)
    kept = {0, len(numbers) - 1}
    for start, end in pairwise(edges.tolist()):
        part = numbers[start:end]
        if np.isnan(part).any():
            kept.update(range(start, end))
        else:
            kept.update((start + int(part.argmin()), start + int(part.argmax())))
    return sorted(kept)


def end_text(name: str, narrow: bool) -> str:
    """The label at the end of a line; broken at its first space where room is short."""
    return name.replace(" ", "\n", 1) if narrow else name


def horizontal(x: list[str], frame: Frame) -> dict[str, Any]:
    plot = frame.width - (90 if frame.narrow else 160)
    return index_axis(x, max(2, round(plot / 56)), frame.colours, TEXT)


def grid(ticks: list[str], names: list[str]) -> Option:
    right = room_for([line for name in names for line in name.split("\n")]) if names else 12
    return {"left": room_for(ticks), "right": right, "top": 12, "bottom": 28, "outerBoundsMode": "none"}


def tick_texts(scale: Scale, form: str) -> list[str]:
    factor, unit = UNITS[form]
    digits = shown_digits(scale, form)
    return [f"{end * factor:,.{digits}f}{unit}" for end in (scale.low, scale.high)]


def shown_digits(scale: Scale, form: str) -> int:
    if form in MONEY:
        step = scale.step * UNITS[form][0]
        return next((digits for digits in range(4) if math.isclose(step, round(step, digits))), 4)
    return max(0, scale.digits + (-2 if form == "percent" else 0))


def form_of(data: dict[str, Any], known: list[float]) -> str:
    if data.get("percent"):
        return "percent"
    top = max(map(abs, known), default=0.0)
    return "yi" if top >= 1e8 else "wan" if top >= 1e4 else "number"


def known_values(series: list[dict[str, Any]]) -> list[float]:
    return [value for one in series for value in one["values"] if value is not None]


def lines(data: dict[str, Any], frame: Frame) -> Option:
    """Two or more curves, each labelled at its end; account in brand colour, benchmark grey."""
    series, colours = data["series"], frame.colours
    baseline = data.get("baseline")
    known = known_values(series) + ([] if baseline is None else [baseline])
    scale = nice(min(known), max(known)) if known else nice(0, 1)
    form = form_of(data, known)
    names = [end_text(one["name"], frame.narrow) for one in series]
    made = base(frame)
    made |= {
        "grid": grid(tick_texts(scale, form), names),
        "xAxis": horizontal(data["x"], frame),
        "yAxis": value_axis(scale, f"fn:{form}:{shown_digits(scale, form)}", colours, TEXT),
        "tooltip": tooltip("axis", colours),
        "series": [_line(one, name, frame) for one, name in zip(series, names, strict=True)],
    }
    if baseline is not None and made["series"]:
        made["series"][0]["markLine"] = rule(colours, "yAxis", baseline)
    digits = 4 if form == "number" and scale.step < 1 else 2
    tips = [{"name": one["name"].split(" ")[0], "format": form, "digits": digits} for one in series]
    made["heshi"] = {"ticks": _ticks(made), "x": data["x"], "tips": tips}
    return made


def _ticks(option: Option) -> dict[str, str]:
    """Moves the labels out of the axis: formatters look them up in `heshi`."""
    found: dict[str, str] = option["xAxis"].pop("labels")
    return found


def _line(one: dict[str, Any], name: str, frame: Frame) -> Option:
    role = one.get("role", "muted")
    return {
        "type": "line", "name": name, "data": points(one["values"], frame), "showSymbol": False,
        "symbol": "circle",
        "symbolSize": 6, "sampling": "lttb", "z": 3 if role == "account" else 2,
        "color": frame.colours[ROLE_COLOUR[role]], "connectNulls": False,
        "lineStyle": {"width": 2 if role == "account" else 1.5, "cap": "round", "join": "round"},
        "emphasis": {"disabled": True}, "labelLayout": {"moveOverlap": "shiftY"},
        "endLabel": {
            "show": True, "formatter": name, "distance": 6, "fontSize": TEXT, "lineHeight": 16,
            "padding": [2, 0],
            "fontWeight": "bold" if role == "account" else "normal",
            "color": frame.colours[LABEL_COLOUR[role]],
        },
    }  # fmt: skip


def underwater(data: dict[str, Any], frame: Frame) -> Option:
    """Drawdown hanging from zero, its deepest point named."""
    colours, x, values = frame.colours, data["x"], data["values"]
    low = min((value for value in values if value is not None), default=0.0)
    scale = nice(min(low * 1.25, -0.01), 0.0, 3)
    form = f"fn:percent:{shown_digits(scale, 'percent')}"
    made = base(frame)
    made |= {
        "grid": grid(tick_texts(scale, "percent"), []) | {"top": 16},
        "xAxis": horizontal(x, frame) | {"position": "bottom"},
        "yAxis": value_axis(scale, form, colours, TEXT),
        "tooltip": tooltip("axis", colours),
        "series": [_filled("回撤", values, frame, "min")],
    }
    made["series"][0]["markLine"] = rule(colours, "yAxis", 0.0)
    made["series"][0]["markPoint"] = {
        "silent": True, "symbol": "circle", "symbolSize": 7, "animation": False,
        "itemStyle": {"color": colours["brand"], "borderColor": colours["paper"], "borderWidth": 1.5},
        "data": [_mark(mark, x, frame) for mark in data.get("marks", [])],
    }  # fmt: skip
    made["heshi"] = {
        "ticks": _ticks(made),
        "x": x,
        "tips": [{"name": "回撤", "format": "percent", "digits": 2}],
    }
    return made


def _mark(mark: dict[str, Any], x: list[str], frame: Frame) -> Option:
    at = x.index(mark["x"])
    share = at / max(1, len(x) - 1)
    align = "left" if share < 0.2 else "right" if share > 0.8 else "center"
    return {
        "coord": [at, precise(mark["y"])],
        "label": {"show": True, "formatter": mark["text"], "position": "bottom", "align": align,
                  "distance": 6,
                  "fontSize": TEXT, "color": frame.colours["ink"], "fontWeight": "bold"},
    }  # fmt: skip


def _filled(name: str, values: list[Any], frame: Frame, sampling: str) -> Option:
    return {
        "type": "line", "name": name, "data": points(values, frame), "showSymbol": False, "symbol": "circle",
        "symbolSize": 6, "sampling": sampling, "color": frame.colours["brand"], "lineStyle": {"width": 1.5},
        "areaStyle": {"color": frame.colours["brand"], "opacity": 0.14, "origin": "auto"},
        "emphasis": {"disabled": True},
    }  # fmt: skip


def area(data: dict[str, Any], frame: Frame) -> Option:
    """A share of the whole over time, from 0 to 100 %."""
    colours, values = frame.colours, data["values"]
    top = max([1.0, *(value for value in values if value is not None)])
    scale = nice(0.0, top, 4) if top > 1 else Scale(0.0, 1.0, 0.25)
    name = end_text(data["name"], frame.narrow)
    made = base(frame)
    made |= {
        "grid": grid(tick_texts(scale, "percent"), [name]),
        "xAxis": horizontal(data["x"], frame),
        "yAxis": value_axis(scale, f"fn:percent:{shown_digits(scale, 'percent')}", colours, TEXT),
        "tooltip": tooltip("axis", colours),
        "series": [_filled(name, values, frame, "lttb")],
    }
    made["series"][0]["endLabel"] = {
        "show": True, "formatter": name, "distance": 6, "fontSize": TEXT, "lineHeight": 16,
        "fontWeight": "bold",
        "color": colours["brand"],
    }  # fmt: skip
    tips = [{"name": data["name"].split(" ")[0], "format": "percent", "digits": 2}]
    made["heshi"] = {"ticks": _ticks(made), "x": data["x"], "tips": tips}
    return made
