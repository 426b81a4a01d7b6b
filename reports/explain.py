"""A number becomes text, a metric becomes a figure with its plain sentence and, on demand, its definition."""

from __future__ import annotations

from dataclasses import dataclass

from diagnosis import wording
from diagnosis.types import Metric
from reports.model import Tone

UP_IS_GOOD = frozenset(
    {
        "twr",
        "annualised_return",
        "xirr",
        "profit",
        "excess_return",
        "alpha",
        "brinson_allocation",
        "brinson_selection",
        "brinson_interaction",
    }
)
"""Measures whose sign is coloured as a gain or a loss."""

FALLS = frozenset({"max_drawdown", "var_95", "cvar_95"})
"""Measures that are a loss by their nature: shown in the colour of a fall."""


@dataclass(frozen=True, slots=True)
class Money:
    """Amounts of one currency: 1.08 万元 from 10,000 up, otherwise 932 元."""

    word: str  # 元, 欧元

    def __call__(self, amount: float, signed: bool = False) -> str:
        return wording.yuan(amount, signed=signed, unit=self.word)


def price(value: float) -> str:
    """A price with two decimals, three or four where it is small."""
    return wording.number(value, 2 if abs(value) >= 10 else 3 if abs(value) >= 1 else 4)


def quantity(value: float) -> str:
    """Shares: whole numbers without decimals, fractions with up to four."""
    return wording.number(value, 0) if abs(value - round(value)) < 5e-5 else wording.number(value, 4)


def value_text(value: float, unit: str, money: Money, signed: bool = False) -> str:
    """A value by its `diagnosis.types.Unit`."""
    match unit:
        case "ratio":
            return wording.percent(value, signed=signed)
        case "money":
            return money(value, signed)
        case "days":
            return f"{_short(value)} 天"
        case "times":
            return f"{wording.number(value, 2, signed=signed)} 倍"
        case "count":
            return f"{_short(value)} 次"
        case _:
            return wording.number(value, 2, signed=signed)


def _short(value: float) -> str:
    """No decimals where the value is whole, one otherwise."""
    return wording.number(value, 0 if abs(value - round(value)) < 5e-4 else 1)


def tone_of(metric_id: str, value: float | None) -> Tone:
    """Gains red and losses green for what is a gain or a loss; everything else plain."""
    if value is None:
        return Tone.MUTED
    if metric_id in FALLS:
        return Tone.DOWN if round(value, 6) else Tone.PLAIN
    if metric_id in UP_IS_GOOD:
        return gain_tone(value)
    return Tone.PLAIN


def gain_tone(value: float | None) -> Tone:
    """Tone of an amount or ratio that is a gain above 0 and a loss below."""
    if value is None:
        return Tone.MUTED
    return Tone.UP if value > 0 else Tone.DOWN if value < 0 else Tone.PLAIN


def metric_entry(metric: Metric, convention: str) -> dict[str, object]:
    """The contract of `metrics` in JSON: {value, unit, convention} or {withheld}."""
    if metric.value is None or metric.withheld:
        return {"withheld": metric.withheld or "数据不足，暂不计算"}
    return {"value": metric.value, "unit": str(metric.unit), "convention": convention}
