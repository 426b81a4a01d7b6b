"""一天: the day as one list of steps. Each has its own transaction, may be repeated, and changes nothing the second
time: a day that broke off is run again from the start, and what was done is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter
from typing import Any, Final

from sqlmodel import Session

from clients.grading.engine import grade_all
from clients.grading.loading import schemes_on
from clients.grading.service import GradeBook
from clients.staff.filing import Stamp
from jobs.effect import effect_step, series_step
from jobs.grading import FeatureReader
from jobs.mot import derive_step, make_step, retry_step, upkeep_step
from jobs.totals import file_totals
from kit.access import everything
from kit.db import transaction
from kit.problems import Problem
from suitability.monitoring.service import WatchService

Told = Mapping[str, Any]
WORDS: Final = {
    "judged": "核对", "mismatched": "错配", "changed": "变动", "pairs": "对", "missed": "遗漏", "clients": "客户",
    "written": "登记", "new": "新事件", "found": "事件", "events": "事件", "tasks": "任务", "pushed": "推送",
    "open": "未办结", "held": "暂缓", "freed": "放行", "EXPIRE": "过期", "ESCALATE": "上报", "ASSIGN": "分派",
    "COVER": "代岗", "rows": "行", "reviewed": "复核", "anew": "重算的块",
}  # fmt: skip
"""What the steps count, for a person."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step. run(session, day, stamp, dry): what it came to; a dry one files nothing."""

    name: str
    title: str
    run: Callable[[Session, date, Stamp, bool], Told]


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step came to. fault: why it was refused, "" where it ran."""

    step: Step
    seconds: float
    told: Told = field(default_factory=dict)
    fault: str = ""


def recheck_step(session: Session, day: date, stamp: Stamp, dry: bool) -> Told:
    """Judge again what is held, and let the mismatch cases follow."""
    run = WatchService(session).recheck(day, stamp, dry=dry)
    return {name: run.counts[name] for name in ("judged", "mismatched", "changed") if name in run.counts}


def prove_step(session: Session, day: date, stamp: Stamp, dry: bool) -> Told:
    """Read and judge the whole book anew: what incremental runs missed is mended and counted (none, if all is well)."""
    run = WatchService(session).recheck(day, stamp, whole=True, dry=dry)
    return {name: run.counts[name] for name in ("pairs", "missed", "changed")}


def totals_step(session: Session, day: date, stamp: Stamp, dry: bool) -> Told:
    """Bring the daily totals of the book up to the day; grades are made from them."""
    if dry:
        return {"clients": 0, "rows": 0, "anew": 0}
    filed = file_totals(session, day, stamp)
    return {"clients": filed.clients, "rows": filed.rows, "anew": filed.anew}


def grade_step(session: Session, day: date, stamp: Stamp, dry: bool) -> Told:
    """Grade the book by every scheme of the day."""
    schemes = schemes_on(day)
    values, ids = FeatureReader(session, everything(day), day).book()
    if not schemes or not len(values):
        return {"clients": len(values), "written": 0}
    graded = grade_all(schemes, values)
    if dry:
        return {"clients": len(values), "written": 0}
    filed = GradeBook(session, everything(day)).file(schemes, values, graded, ids, stamp)
    return {"clients": len(values), "written": filed.written}


STEPS: Final = (
    Step("recheck", "适当性核对", recheck_step),
    Step("totals", "日终汇总", totals_step),
    Step("grade", "客户分级", grade_step),
    Step("derive", "推算事件", derive_step),
    Step("upkeep", "任务维护：上报、过期、代岗", upkeep_step),
    Step("make", "判断场景、生成任务", make_step),
    Step("retry", "被暂缓的任务再次复查", retry_step),
    Step("series", "平台指标 AUM 与 MAU", series_step),
    Step("effect", "到复核日的场景", effect_step),
    Step("prove", "适当性全账簿复核", prove_step),
)
"""The day, in order: what fits first, then grades, for both are read by what follows; the proof comes last."""


def run_day(
    url: str | None, day: date, stamp: Stamp, *, dry: bool = False, only: Sequence[str] = (),
    said: Callable[[StepResult], None] = lambda _: None,
) -> list[StepResult]:  # fmt: skip
    """All steps of a day. A step that is refused stops the day: the next ones would stand on nothing."""
    found = []
    for step in STEPS:
        if only and step.name not in only:
            continue
        started = perf_counter()
        try:
            with transaction(url) as session:
                told = step.run(session, day, stamp, dry)
                if dry:
                    session.rollback()
            result = StepResult(step, perf_counter() - started, told)
        except Problem as problem:
            result = StepResult(step, perf_counter() - started, fault=problem.detail)
        found.append(result)
        said(result)
        if result.fault:
            break
    return found
