"""投资共识 as a value, and what became of it: judged by figures, in words without blame."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kit.labels import Labelled


class Outcome(Labelled):
    """共识的结果"""

    MET = "MET", "达成"
    NEAR = "NEAR", "接近"
    MISSED = "MISSED", "未达成"
    RUNNING = "RUNNING", "未到期"
    UNKNOWN = "UNKNOWN", "暂不能核对"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A shortcoming that advisor and client agreed to lift: finding, figure then, aim, by when."""

    finding: str
    metric: str | None
    baseline: float | None
    target: float | None
    target_text: str
    due_on: date
    agreed_on: date
    agreed_how: str = ""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure of the agreement's metric today, and over which time it was measured (in words)."""

    value: float | None
    text: str
    over: str  # "共识达成以来" or "本报告区间"


def judge(agreement: Agreement, now: float | None, last: date, near: float) -> Outcome:
    """Result on `last`: MET, NEAR or MISSED by the share of the way gone from baseline to target.

    near: share of the way from which on it counts as NEAR. UNKNOWN without figures.
    """
    if last < agreement.due_on:
        return Outcome.RUNNING
    if now is None or agreement.target is None:
        return Outcome.UNKNOWN
    if reached(agreement, now):
        return Outcome.MET
    way = progress(agreement, now)
    return Outcome.NEAR if way is not None and way >= near else Outcome.MISSED


def reached(agreement: Agreement, now: float) -> bool:
    """True at the target or beyond it; lower is better when the target is below the baseline."""
    if agreement.target is None:
        return False
    lower_is_better = agreement.baseline is None or agreement.target <= agreement.baseline
    return now <= agreement.target if lower_is_better else now >= agreement.target


def progress(agreement: Agreement, now: float) -> float | None:
    """Share of the way from baseline to target; None where the two are equal or unknown."""
    if agreement.baseline is None or agreement.target is None or agreement.baseline == agreement.target:
        return None
    return (now - agreement.baseline) / (agreement.target - agreement.baseline)
