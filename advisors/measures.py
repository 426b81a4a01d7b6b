"""度量: the pure functions behind the figures, each from the facts of a book to its witnesses.

Figure = Σ numerator ÷ Σ denominator. A function gives None where the facts have no such thing; the figure is then
withheld for everybody. The numbers in a definition stand in advisors/rules/grading.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from advisors.facts import BookFacts, TaskRows
from advisors.types import SourceKind
from advisors.witness import WHY_CAP, WHY_MISMATCH, WHY_UNLICENSED, Out, Witness, of_rows, of_stints
from market.types import BoolArray, FloatArray, IntArray

Numbers = Mapping[str, float]
"""ADV-FIGURES."""


def mau(facts: BookFacts, _: Numbers) -> Witness:
    """月活跃率: months in which a client traded or signed in, of the months served."""
    return of_stints(facts, facts.stints.active, facts.stints.months, "活跃月数")


def aum_growth(facts: BookFacts, numbers: Numbers) -> Witness:
    """资产增长率: net money brought in while served, of what there was when the service began.

    Market moves are in neither; a client who was handed over comes in with what there was on that day, as no growth.
    Of one client at most a multiple of the opening counts. Of a client with a mismatch sale no inflow counts, and what
    was sold is as if it had left: else the money for it could hide an outflow.
    """
    stints = facts.stints
    most = numbers["inflow_times"] * np.maximum(stints.opening, numbers["inflow_least"])
    over = np.flatnonzero(stints.inflow > most)
    cut = (Out(over, "净流入", WHY_CAP, stints.inflow[over] - most[over]),) if len(over) else ()
    return of_stints(
        facts, np.minimum(stints.inflow, most), stints.opening, "净流入", money=True,
        without=lambda inflow, sold: np.minimum(inflow - sold, 0.0), out=cut,
    )  # fmt: skip


def retention_heads(facts: BookFacts, _: Numbers) -> Witness:
    """客户留存率: clients still with the firm when the service or the period ended, of those at the beginning."""
    return of_stints(facts, facts.stints.held * facts.stints.kept, facts.stints.held, "留存")


def retention_assets(facts: BookFacts, _: Numbers) -> Witness:
    """资产留存率: opening assets less net outflow (not below 0), of opening assets. Market moves are in neither."""
    opening = facts.stints.opening
    stayed = np.clip(opening + np.minimum(facts.stints.inflow, 0.0), 0.0, opening)
    return of_stints(facts, stayed, opening, "留存资产", money=True)


def client_outcome(facts: BookFacts, _: Numbers) -> Witness | None:
    """客户成果: clients whose risk-adjusted result was not below that of their benchmark (M² ≥ 0), never raw return."""
    return of_rows(facts, "client_outcome", "客户成果")


def coverage(facts: BookFacts, _: Numbers) -> Witness | None:
    """承诺兑现率: promises kept in time, of those that fell due."""
    return of_rows(facts, "coverage")


def satisfaction(facts: BookFacts, _: Numbers) -> Witness | None:
    """满意率: answers of 4 or 5, of all answers. Interval: Wilson."""
    return of_rows(facts, "satisfaction")


def diagnosis_agreed(facts: BookFacts, _: Numbers) -> Witness | None:
    """诊断共识率: diagnoses of which client and person agreed on a shortcoming, of those given."""
    return of_rows(facts, "diagnosis_agreed", "投资共识")


def shortcomings_lifted(facts: BookFacts, _: Numbers) -> Witness | None:
    """短板改善率: agreed shortcomings that were lifted, of those that were settled or fell due."""
    return of_rows(facts, "shortcomings_lifted", "短板改善")


def record_quality(facts: BookFacts, _: Numbers) -> Witness | None:
    """资料扣分: points of the seed's form sanctions for missing, stale and wrong records, a client. Lower is better."""
    return of_rows(facts, "record_quality")


def unlicensed(facts: BookFacts) -> IntArray:
    """Places of the advice tasks that were done by somebody who was not registered on that day."""
    tasks = facts.tasks
    if tasks is None:
        return np.empty(0, dtype=np.int64)
    some = np.flatnonzero((tasks.advice > 0) & (tasks.done > 0))
    some = some[np.argsort(tasks.staff[some], kind="stable")]
    edges = np.searchsorted(tasks.staff[some], np.arange(len(facts.people) + 1))
    good = np.zeros(len(some), dtype=np.bool_)
    for person, begin, end in zip(facts.people, edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        days = tasks.done_on[some[begin:end]]
        for first, last in person.licensed if end > begin else ():
            good[begin:end] |= (first <= days) & (days <= last)
    return np.sort(some[~good])


def _sold_by_task(facts: BookFacts, tasks: TaskRows) -> IntArray:
    """Places of tasks that ended on the day on which their person sold the client a mismatch."""
    if not facts.mismatches:
        return np.empty(0, dtype=np.int64)
    sold = {(one.staff_no, one.client_no, one.day.toordinal()) for one in facts.mismatches}
    some = np.flatnonzero(np.isin(tasks.done_on, np.array(sorted({day for _, _, day in sold}))))
    hit = [
        at for at in some.tolist()
        if (facts.people[int(tasks.staff[at])].staff_no, facts.client_no[int(tasks.client[at])], int(tasks.done_on[at]))
        in sold
    ]  # fmt: skip
    return np.array(hit, dtype=np.int64)


def _tasks(facts: BookFacts, mandatory: bool, of: Callable[[TaskRows], FloatArray], what: str) -> Witness | None:
    tasks = facts.tasks
    if tasks is None:
        return None
    good: BoolArray = (tasks.mandatory > 0) == mandatory
    place = np.cumsum(good) - 1
    num = of(tasks).copy()
    out = []
    for bad, why in ((unlicensed(facts), WHY_UNLICENSED), (_sold_by_task(facts, tasks), WHY_MISMATCH)):
        bad = bad[good[bad]]
        if len(bad):
            num[bad] = 0.0
            out.append(Out(place[bad], what, why))
    return Witness(
        SourceKind.TASK, tasks.staff[good], tasks.client[good], num[good], np.ones(int(good.sum())),
        tasks.done_on[good], tuple(k for k, g in zip(tasks.key, good, strict=True) if g) if tasks.key else (),
        out=tuple(out),
    )  # fmt: skip


def _done(tasks: TaskRows) -> FloatArray:
    return tasks.done


def _timely(tasks: TaskRows) -> FloatArray:
    return tasks.done * tasks.timely


def mot_mandatory(facts: BookFacts, _: Numbers) -> Witness | None:
    """必做任务完成率: done, of the mandatory tasks whose last day lies in the period."""
    return _tasks(facts, True, _done, "必做任务")


def mot_mandatory_timely(facts: BookFacts, _: Numbers) -> Witness | None:
    """必做任务及时率: done by the last day, of the same tasks."""
    return _tasks(facts, True, _timely, "必做任务")


def mot_optional(facts: BookFacts, _: Numbers) -> Witness | None:
    """选做任务完成率: done, of the optional tasks whose last day lies in the period and that were not skipped."""
    return _tasks(facts, False, _done, "选做任务")


def mot_optional_timely(facts: BookFacts, _: Numbers) -> Witness | None:
    """选做任务及时率: done by the last day, of the same tasks."""
    return _tasks(facts, False, _timely, "选做任务")
