"""Both sides of a balance sheet as two columns of the same height, each part named beside it."""

from __future__ import annotations

from typing import Any, Final

from reports.chartkinds.frame import TEXT, Frame, Option, base, precise, tooltip

HEIGHT: Final = 340
HEAD: Final = 28  # pixels above the columns, for the titles
BAND: Final = (0.16, 0.135)  # a column and its share of the gap, of the width: wide, narrow
BAR: Final = 0.95  # a column, of its band
LEAD: Final = 0.025  # from a column to its label, of the width
LINE: Final = (20.0, 34.0)  # least distance of two labels in pixels: wide in one line, narrow in two
LOOKS: Final[dict[str, tuple[str, float, str]]] = {
    "own": ("brand", 1.0, "paper"), "later": ("brand", 0.4, "paper"),
    "debt": ("ink-2", 1.0, "paper"),
    "goal": ("grey", 0.9, "paper"), "living": ("grey", 0.5, "paper"),
    "net": ("brand-wash", 1.0, "brand"), "gap": ("warn-wash", 1.0, "warn"),
}  # fmt: skip
"""Fill, its opacity and the border by what a part is."""


def balance(data: dict[str, Any], frame: Frame) -> Option:
    """Two stacked columns; labels keep their distance, and a thin line leads from each to its part."""
    sides = data["sides"]
    whole = max(sum(float(part["value"]) for part in side["parts"]) for side in sides) or 1.0
    band, tall = BAND[frame.narrow], float(frame.height)
    series, tips, texts = [], [], []
    for place, side in enumerate(sides):
        for part in reversed(side["parts"]):  # a stack grows upwards
            series.append(_column(part, place, frame))
            tips.append({"name": part["label"], "texts": [part["text"], part["text"]]})
        texts += _labels(side, -1 if place == 0 else 1, whole, band, tall, frame)
    edge = f"{(0.5 - band) * 100:g}%"
    return base(frame) | {
        "grid": [
            {"left": edge, "right": edge, "top": HEAD, "bottom": 0, "outerBoundsMode": "none"},
            {"left": 0, "right": 0, "top": 0, "bottom": 0, "outerBoundsMode": "none"},
        ],
        "xAxis": [
            {"type": "category", "data": [side["title"] for side in sides], "show": False},
            {"type": "value", "gridIndex": 1, "min": 0, "max": 1, "show": False},
        ],
        "yAxis": [
            {"type": "value", "min": 0, "max": precise(whole, 12), "show": False},
            {"type": "value", "gridIndex": 1, "min": 0, "max": tall, "show": False},
        ],
        "tooltip": tooltip("item", frame.colours),
        "series": series + texts,
        "heshi": {"heads": [side["title"] for side in sides], "tips": tips + [None] * len(texts)},
    }


def _column(part: dict[str, Any], place: int, frame: Frame) -> Option:
    fill, opacity, border = LOOKS[part["role"]]
    value = precise(float(part["value"]), 9)
    style = {
        "color": frame.colours[fill], "opacity": opacity, "borderColor": frame.colours[border],
        "borderWidth": 1, "borderType": "solid" if border == "paper" else "dashed",
    }  # fmt: skip
    return {
        "type": "bar", "stack": "sides", "barWidth": f"{BAR:.0%}", "emphasis": {"disabled": True}, "itemStyle": style,
        "data": [value, None] if place == 0 else [None, value],
    }  # fmt: skip


def _labels(side: dict[str, Any], sign: int, whole: float, band: float, tall: float, frame: Frame) -> list[Option]:
    """The title above a column, and for each part its name with a line that leads to it."""
    outer, beside = 0.5 + sign * band * (1 + BAR) / 2, 0.5 + sign * (band + LEAD)
    title = {
        "show": True, "position": "left" if sign < 0 else "right",
        "distance": 6, "formatter": side["title"] + " " + side["text"], "fontSize": TEXT,
        "fontWeight": "bold", "color": frame.colours["ink"],
    }  # fmt: skip
    made = [_point(0.5, tall - HEAD / 2, title)]  # from the middle outwards, so that two long ones never meet
    middles = _middles(side, whole, tall - HEAD)
    for part, middle, at in zip(side["parts"], middles, spread(middles, tall - HEAD, LINE[frame.narrow]), strict=True):
        made.append(_leader([(outer, middle), (0.5 + sign * (band + LEAD / 3), at), (beside, at)], frame))
        made.append(_point(beside, at, _name(part, sign, frame)))
    return made


def _middles(side: dict[str, Any], whole: float, room: float) -> list[float]:
    """Where the middle of each part is, in pixels from the bottom; the first part is on top."""
    level = sum(float(part["value"]) for part in side["parts"]) / whole * room
    found = []
    for part in side["parts"]:
        height = float(part["value"]) / whole * room
        found.append(level - height / 2)
        level -= height
    return found


def spread(wanted: list[float], room: float, least: float) -> list[float]:
    """Places as near to the wanted ones (descending) as `least` pixels between them allow, within 0 to `room`."""
    placed: list[float] = []
    for at in wanted:
        placed.append(min(at, (placed[-1] - least) if placed else room - least / 2))
    floor = least / 2
    for i in range(len(placed) - 1, -1, -1):
        placed[i] = max(placed[i], floor)
        floor = placed[i] + least
    return placed


def _name(part: dict[str, Any], sign: int, frame: Frame) -> Option:
    between = "\n" if frame.narrow else "　"
    return {
        "show": True, "position": "left" if sign < 0 else "right", "distance": 3, "fontSize": TEXT, "lineHeight": 15,
        "color": frame.colours["ink"], "align": "right" if sign < 0 else "left",
        "formatter": f"{part['label']}{between}{part['text']}",
    }  # fmt: skip


def _point(x: float, y: float, label: Option) -> Option:
    """A text at a place of the whole chart."""
    return _over() | {"symbol": "circle", "symbolSize": 0.1, "data": [[precise(x), precise(y)]], "label": label,
                      "lineStyle": {"width": 0}}  # fmt: skip


def _leader(points: list[tuple[float, float]], frame: Frame) -> Option:
    return _over() | {
        "symbol": "none", "data": [[precise(x), precise(y)] for x, y in points],
        "lineStyle": {"width": 1, "color": frame.colours["ink-3"]},
    }  # fmt: skip


def _over() -> Option:
    return {"type": "line", "xAxisIndex": 1, "yAxisIndex": 1, "silent": True, "emphasis": {"disabled": True}}
