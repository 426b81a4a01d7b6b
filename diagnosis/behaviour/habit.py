"""The shape all habits share: numbers for the whole book in columns, words for one account on demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from diagnosis.types import Counterfactual, Evidence, Habit, HabitId
from kit.rulebook import load_rulebook
from market.types import BoolArray, FloatArray, IntArray

WITHHELD, NOT_SEEN, SEEN = -1, 0, 1


@dataclass(frozen=True)
class Column:
    """One habit of A accounts, all arrays of shape (A,). NaN stands only inside; it never reaches a
    `Habit`.
    """

    id: HabitId
    unit: str
    seen: IntArray  # 1 seen, 0 looked for and not seen, -1 withheld
    statistic: FloatArray
    se: FloatArray
    t: FloatArray
    n: IntArray
    reason: IntArray  # place in `reasons`; read only where withheld
    reasons: tuple[str, ...]
    figures: Mapping[str, FloatArray] = field(default_factory=dict)
    working: Any = None  # what the module keeps for its words, so that nothing is counted twice


def rule(rule_id: str, day: date) -> dict[str, Any]:
    """Values of one habit's rule in force on `day`."""
    values: dict[str, Any] = load_rulebook("diagnosis", "behaviour").on(rule_id, day)
    return values


def none(n: int) -> FloatArray:
    return np.full(n, np.nan)


def divide(a: ArrayLike, b: ArrayLike) -> FloatArray:
    """a / b, NaN where b is not above 0."""
    top, bottom = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(b, np.float64))
    out = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=out, where=bottom > 0)
    return out


def column(
    habit: HabitId,
    unit: str,
    *,
    seen: BoolArray,
    n: IntArray,
    statistic: FloatArray,
    refusals: tuple[tuple[BoolArray, str], ...],
    se: FloatArray | None = None,
    t: FloatArray | None = None,
    figures: Mapping[str, FloatArray] | None = None,
    working: Any = None,
) -> Column:
    """A column whose accounts are withheld by the first refusal that applies; a missing statistic is one
    too.
    """
    size = statistic.size
    masks = [np.broadcast_to(mask, (size,)) for mask, _ in refusals] + [~np.isfinite(statistic)]
    reasons = (*(text for _, text in refusals), "数据不足，暂不计算")
    withheld = np.any(masks, axis=0)
    return Column(
        id=habit,
        unit=unit,
        seen=np.where(withheld, WITHHELD, np.where(seen, SEEN, NOT_SEEN)).astype(np.int64),
        statistic=statistic,
        se=none(size) if se is None else se,
        t=none(size) if t is None else t,
        n=n.astype(np.int64),
        reason=np.argmax(masks, axis=0).astype(np.int64),
        reasons=reasons,
        figures={} if figures is None else figures,
        working=working,
    )


def finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def figures_of(data: Column, a: int) -> dict[str, float]:
    """The figures of account a that exist."""
    return {name: float(values[a]) for name, values in data.figures.items() if np.isfinite(values[a])}


def withheld_habit(data: Column, a: int) -> Habit:
    reason = data.reasons[int(data.reason[a])]
    return Habit(
        id=data.id,
        seen=None,
        statistic=None,
        unit=data.unit,
        se=None,
        t=None,
        n=int(data.n[a]),
        text=reason,
        figures=figures_of(data, a),
        withheld=reason,
    )


def told(
    data: Column, a: int, text: str, evidence: tuple[Evidence, ...] = (), cost: Counterfactual | None = None
) -> Habit:
    """The habit of account a in words; withheld where the column says so."""
    if data.seen[a] == WITHHELD:
        return withheld_habit(data, a)
    return Habit(
        id=data.id,
        seen=bool(data.seen[a] == SEEN),
        statistic=float(data.statistic[a]),
        unit=data.unit,
        se=finite(data.se[a]),
        t=finite(data.t[a]),
        n=int(data.n[a]),
        text=text,
        figures=figures_of(data, a),
        evidence=evidence,
        cost=cost,
    )
