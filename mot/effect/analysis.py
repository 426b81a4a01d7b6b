"""From a registered plan and what became of each client to a finding, or to what is missing for one. Pure.

Intention to treat: a client belongs to the group that the hash gave on the first day, whether the contact then
happened or was held back by the gate. One look, on the review day: looking at the difference again and again until it
pleases would find an effect where there is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np

from market.types import BoolArray, FloatArray
from mot.effect.statistics import (
    CUPED,
    LEAST_FOR_MEAN,
    NEWCOMBE,
    WELCH,
    Gap,
    cuped,
    newcombe,
    ratio_p,
    smallest_mean,
    smallest_share,
    welch_of,
)
from mot.effect.types import Arm, Difference, Enrolled, Finding, Lack, Measured, Missing, Plan, Sample

COMPARED: Final = (Arm.TREATED, Arm.HELD_OUT)


@dataclass(frozen=True)
class Outcomes:
    """What became of clients, in the order of those whose window is over: 1, 0 or yuan; NaN not known.

    before: the same figure of the time before, where the plan adjusts by it; spoken: another scenario spoke to the
    client inside the window. in_use: False where the register that would tell was never used.
    """

    values: FloatArray
    before: FloatArray | None
    spoken: BoolArray
    in_use: bool = True


def ended(plan: Plan, enrolled: Sequence[Enrolled], day: date) -> tuple[Enrolled, ...]:
    """Those whose window is over on the day, in the two groups that are compared."""
    last = day - timedelta(days=plan.window_days)
    return tuple(one for one in enrolled if one.day <= last and one.arm in COMPARED)


def sample_of(plan: Plan, enrolled: Sequence[Enrolled], mixed: int, day: date) -> Sample:
    """Who takes part up to the day, and whether the groups have the sizes that the hash gives."""
    return counted(plan, Counter((one.arm, one.day) for one in enrolled), mixed, day)


def counted(plan: Plan, enrolled: Mapping[tuple[Arm, date], int], mixed: int, day: date) -> Sample:
    """The same from how many clients came into each group on each day."""
    last = day - timedelta(days=plan.window_days)
    taken, over = Counter[Arm](), Counter[Arm]()
    for (arm, on), n in enrolled.items():
        taken[arm] += n
        over[arm] += n if on <= last else 0
    two = taken[Arm.TREATED] + taken[Arm.HELD_OUT]
    ratio = float(ratio_p(taken[Arm.HELD_OUT], two, plan.share_held)) if plan.share_held and two else None
    return Sample(
        enrolled={arm: taken[arm] for arm in Arm}, ended={arm: over[arm] for arm in COMPARED}, ratio_p=ratio,
        mixed=mixed, first_on=min((on for _, on in enrolled), default=None),
    )  # fmt: skip


def waiting(plan: Plan, sample: Sample, day: date, *, registered_late: bool) -> tuple[Missing, ...]:
    """What stands against a look on the day, before any outcome is read; empty: it may be looked at."""
    found = []
    if not plan.share_held:
        found.append(Missing(Lack.NO_HOLDOUT, "监管义务与必做不设对照组：只能报告完成情况，不能说是任务带来的"))
    if plan.lacks:
        found.append(Missing(Lack.NO_SOURCE, plan.lacks))
    if registered_late:
        found.append(
            Missing(Lack.REGISTERED_LATE, "指标登记之前已经触发过，事后登记的不作结论；起草新版本即可重新登记")
        )
    if sample.mixed:
        text = f"{sample.mixed} 位客户在两组都出现过：对照组的密钥或占比在衡量期间变过"
        found.append(Missing(Lack.MIXED, text, sample.mixed))
    if ratio_alarm(plan, sample):
        found.append(Missing(Lack.RATIO, ratio_words(plan, sample)))
    if day < plan.review_on:
        text = f"复核日 {plan.review_on} 之前只看样本，不看差异：反复看会把偶然当作效果"
        found.append(Missing(Lack.NOT_DUE, text))
    if plan.share_held and not plan.lacks:
        found += _too_few(plan, sample.enrolled, "已有")
    return tuple(found)


def ratio_alarm(plan: Plan, sample: Sample) -> bool:
    """Whether the sizes of the groups are not what the hash gives: something is wrong with the programme itself."""
    return sample.ratio_p is not None and sample.ratio_p < plan.alarm_p


def ratio_words(plan: Plan, sample: Sample) -> str:
    held, treated = sample.enrolled[Arm.HELD_OUT], sample.enrolled[Arm.TREATED]
    return (
        f"对照组 {held:,} 人，处理组 {treated:,} 人，与设定的 {plan.share_held:.0%} 不符"
        f"（p={sample.ratio_p:.2g}，界限 {plan.alarm_p:g}）：先查程序，不作结论"
    )


def _too_few(plan: Plan, counts: Mapping[Arm, int], what: str) -> list[Missing]:
    found = []
    for arm in COMPARED:
        short = plan.least - counts.get(arm, 0)
        if short > 0:
            text = f"样本不足：{arm.label}{what} {counts.get(arm, 0):,} 人，还差 {short:,} 人"
            found.append(Missing(Lack.TOO_FEW, text, short))
    return found


def conclude(plan: Plan, enrolled: Sequence[Enrolled], outcomes: Outcomes, sample: Sample, day: date) -> Finding:
    """The look itself. enrolled: those whose window is over, in the order of the outcomes."""
    arms = np.array([COMPARED.index(one.arm) for one in enrolled], dtype=np.int64)
    known = np.isfinite(outcomes.values)
    if outcomes.before is not None:
        known &= np.isfinite(outcomes.before)
    counts = {arm: int(((arms == place) & known).sum()) for place, arm in enumerate(COMPARED)}
    spoken = {
        arm: float(outcomes.spoken[arms == place].mean()) if (arms == place).any() else 0.0
        for place, arm in enumerate(COMPARED)
    }
    sample = replace(sample, known=counts, elsewhere=spoken)
    groups = [np.flatnonzero((arms == place) & known) for place in range(len(COMPARED))]
    treated = float(outcomes.values[groups[0]].mean()) if len(groups[0]) else None
    missing = [] if outcomes.in_use else [Missing(Lack.NO_SOURCE, "登记簿从未使用过：没有登记不等于没有发生")]
    missing += _too_few(plan, counts, "结果已知")
    if missing or min(map(len, groups)) < LEAST_FOR_MEAN:
        return Finding(day=day, sample=sample, difference=None, treated=treated, missing=tuple(missing))
    before = None if outcomes.before is None else [outcomes.before[rows] for rows in groups]
    found = compare(plan, outcomes.values[groups[0]], outcomes.values[groups[1]], before)
    return Finding(day=day, sample=sample, difference=found, treated=treated, missing=())


def compare(
    plan: Plan, treated: FloatArray, held: FloatArray, before: Sequence[FloatArray] | None = None
) -> Difference:
    """Treated less held out as the plan says; at least two clients in each group, all known."""
    if plan.measured is Measured.SHARE:
        gap = newcombe(treated.sum(), len(treated), held.sum(), len(held), plan.level)
        pooled = float(np.concatenate([treated, held]).mean())
        smallest = float(smallest_share(pooled, len(treated), len(held), plan.level, plan.power))
        return _difference(treated, held, gap, NEWCOMBE, smallest, adjusted=False)
    own, theirs = (treated, held) if before is None else cuped(treated, before[0], held, before[1])
    smallest = float(smallest_mean(
        own.var(ddof=1), len(own), theirs.var(ddof=1), len(theirs), plan.level, plan.power
    ))  # fmt: skip
    method = WELCH if before is None else CUPED
    gap = welch_of(own, theirs, plan.level)
    return _difference(treated, held, gap, method, smallest, adjusted=before is not None)


def _difference(
    treated: FloatArray, held: FloatArray, gap: Gap, method: str, smallest: float, *, adjusted: bool
) -> Difference:
    return Difference(
        treated=float(treated.mean()), held=float(held.mean()), value=float(gap.value), low=float(gap.low),
        high=float(gap.high), method=method, adjusted=adjusted, smallest=smallest,
    )  # fmt: skip


def planned_smallest(plan: Plan, sample: Sample) -> float | None:
    """Before the look: the smallest difference of shares that this sample would show, where a share is at its most
    uncertain (one half). None for money, whose spread is not looked at before, and where a group is empty."""
    own, held = sample.enrolled[Arm.TREATED], sample.enrolled[Arm.HELD_OUT]
    if plan.measured is not Measured.SHARE or not own or not held:
        return None
    return float(smallest_share(0.5, own, held, plan.level, plan.power))
