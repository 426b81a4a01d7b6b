"""What all kinds share: the room to draw in and small pieces of an option."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reports.axes import text_width
from reports.palette import Palette

Option = dict[str, Any]

TEXT = 12.0


@dataclass(frozen=True, slots=True)
class Frame:
    """Room of a chart in pixels and the colours to use; `narrow` is a phone or a half column."""

    width: int
    height: int
    colours: Palette
    thin: bool = False  # drop points that lie in the same pixels, for a drawing that nobody will point at

    @property
    def narrow(self) -> bool:
        return self.width < 560


def base(frame: Frame) -> Option:
    """No animation, our text, no decoration."""
    return {
        "animation": False,
        "textStyle": {"fontSize": TEXT, "color": frame.colours["ink-2"], "fontFamily": "inherit"},
    }


def rule(colours: Palette, axis: str, at: float) -> Option:
    """A thin line that marks zero or the base value."""
    return {
        "silent": True, "symbol": "none", "label": {"show": False}, "animation": False,
        "lineStyle": {"color": colours["ink-3"], "width": 1, "type": "solid"}, "data": [{axis: at}],
    }  # fmt: skip


def tooltip(trigger: str, colours: Palette) -> Option:
    return {
        "trigger": trigger, "confine": True, "formatter": "fn:tip", "transitionDuration": 0,
        "backgroundColor": colours["paper"], "borderColor": colours["line"], "borderWidth": 1,
        "padding": [8, 12],
        "textStyle": {"color": colours["ink"], "fontSize": TEXT},
        "extraCssText": "box-shadow:none;border-radius:6px",
        "axisPointer": {"type": "line", "lineStyle": {"color": colours["ink-3"], "type": "solid"},
                        "shadowStyle": {"color": colours["wash"]}},
    }  # fmt: skip


def room_for(texts: list[str], size: float = TEXT, most: float = 160) -> float:
    """Margin in pixels that holds the longest of `texts`."""
    return min(most, max((text_width(text, size) for text in texts), default=0) + 10)


def precise(number: float | None, digits: int = 6) -> float | None:
    """`number` as short as a pixel needs, for a small page."""
    return None if number is None else float(f"{number:.{digits}g}")
