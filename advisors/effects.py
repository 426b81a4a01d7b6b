"""场景效果 by person: outcomes of the clients whose task somebody had, less those of the clients who were left alone.

Intention to treat: a task counts whatever became of it. A client whom another scenario spoke to inside the window is
out, as in the effect of the scenario itself. Shares alone are put together: money of several scenarios is no one unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from sqlmodel import Session

from advisors.types import EffectFigure, EffectsTold, Period, SourceKind, SourceRow
from mot.effect.analysis import ended
from mot.effect.reading import OutcomeReader
from mot.effect.repository import EffectRepository
from mot.effect.types import Arm, Enrolled, Measured, Plan
from mot.tasks.period_rows import owners_of

ALONE = "本期没有对照组窗口到期、且样本足够的场景"


@dataclass
class _Part:
    """What one person's tasks of one scenario came to."""

    effect: float
    error2: float
    rows: list[SourceRow]


@dataclass
class _Own:
    parts: list[_Part] = field(default_factory=list)

    def figure(self, staff_no: str) -> EffectFigure:
        """Scenarios weighed by the clients that witness them."""
        sizes = np.array([len(one.rows) for one in self.parts], dtype=np.float64)
        weight = sizes / sizes.sum()
        effect = float(weight @ np.array([one.effect for one in self.parts]))
        error = float(np.sqrt(weight**2 @ np.array([one.error2 for one in self.parts])))
        rows = tuple(sorted((row for one in self.parts for row in one.rows), key=lambda row: (row.client_no, row.key)))
        return EffectFigure(staff_no, effect, error, len({row.client_no for row in rows}), "", rows)


class MotEffects:
    """Reads what mot has on file; windows that ended in the period."""

    def __init__(self, session: Session, day: date) -> None:
        self._session, self._day = session, day
        self._read = EffectRepository(session)

    def by_person(self, period: Period) -> EffectsTold:
        """See `advisors.ports.Effects`."""
        found: dict[str, _Own] = {}
        for one in self._read.measures():
            plan = one.plan
            if one.late or plan.lacks or plan.measured is not Measured.SHARE:
                continue
            enrolled, _ = self._read.enrolled(one, self._day)
            over = tuple(
                it for it in ended(plan, enrolled, self._day)
                if period.holds(it.day + timedelta(days=plan.window_days))
            )  # fmt: skip
            if min(sum(it.arm is arm for it in over) for arm in (Arm.TREATED, Arm.HELD_OUT)) < plan.least:
                continue
            for staff_no, part in self._parts(plan, over).items():
                found.setdefault(staff_no, _Own()).parts.append(part)
        return EffectsTold({no: own.figure(no) for no, own in sorted(found.items())}, ALONE)

    def _parts(self, plan: Plan, over: tuple[Enrolled, ...]) -> Mapping[str, _Part]:
        told = OutcomeReader(self._session, self._day).read(plan, over)
        if not told.in_use:
            return {}
        owners = owners_of(self._session, plan.scenario_id, [one.client_no for one in over])
        return parts_of(over, np.where(told.spoken, np.nan, told.values), owners, plan.name)


def parts_of(over: tuple[Enrolled, ...], values: np.ndarray, owners: Mapping[str, str], name: str) -> dict[str, _Part]:
    """By staff number. The variance is that of the share of all together: three hits of three are no certainty."""
    known = np.isfinite(values)
    held = np.array([one.arm is Arm.HELD_OUT for one in over]) & known
    if not held.any():
        return {}
    base, overall = float(values[held].mean()), float(values[known].mean())
    spread = overall * (1 - overall)
    rows: dict[str, list[SourceRow]] = {}
    for one, value, good in zip(over, values.tolist(), known.tolist(), strict=True):
        if good and one.arm is Arm.TREATED and one.client_no in owners:
            row = SourceRow(SourceKind.EFFECT, name, one.client_no, one.day, value, 1.0)
            rows.setdefault(owners[one.client_no], []).append(row)
    return {
        staff_no: _Part(
            float(np.mean([row.counted for row in own])) - base, spread / len(own) + spread / int(held.sum()), own
        )
        for staff_no, own in rows.items()
    }
