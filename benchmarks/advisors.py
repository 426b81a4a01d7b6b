"""People graded: 2,000 managers and advisers over a million clients and a quarter of tasks, from columns to cards."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import numpy as np

from advisors.facts import UNKNOWN, BookFacts, MismatchSale, Person, Rows, Stints, TaskRows
from advisors.grading import grade
from advisors.rules_in_force import advisor_rules
from advisors.types import Scale as Track
from advisors.types import SourceKind, TrainingEntry, period_of
from benchmarks.machine import peak_rss
from benchmarks.result import Line, Scale, seconds
from market.types import FloatArray, IntArray

PERIOD: Final = period_of("2026Q3")
GRADED_ON: Final = date(2026, 10, 12)
TASKS: Final = 2  # a client and quarter
GIB: Final = 2**30
_ALWAYS: Final = ((date(2015, 1, 1).toordinal(), date(2035, 1, 1).toordinal()),)


def facts_of(people: int, clients: int, seed: int) -> BookFacts:
    """A firm of people of different skill; books of very different sizes; a few mismatch sales."""
    draw = np.random.default_rng(seed)
    weight = draw.lognormal(0, 0.7, people)
    owner = np.sort(draw.choice(people, clients, p=weight / weight.sum()))
    grade_of = draw.integers(0, 4, clients)
    chance = np.clip(0.6 - 0.08 * (grade_of - 1.5) + draw.normal(0, 0.08, people)[owner], 0.02, 0.98)
    opening = np.round(draw.lognormal(12 - 0.4 * grade_of, 1))
    first, last = PERIOD.first.toordinal(), PERIOD.last.toordinal()
    whole = np.full(clients, first, dtype=np.int64)
    stints = Stints(
        owner, np.arange(clients), whole, np.full(clients, last, dtype=np.int64), np.full(clients, 3.0),
        _hits(draw, chance, 3), opening, np.round(opening * draw.normal(0.1 * (chance - 0.5), 0.1)), np.ones(clients),
        _hits(draw, chance),
    )  # fmt: skip
    staff = tuple(
        Person(
            f"S{at:05d}", f"人员{at}", f"B{at // 20:03d}", f"营业部{at // 20}",
            Track.ADVISOR if at % 2 else Track.MANAGER, int(draw.integers(1, 120)), f"L{draw.integers(1, 6)}",
            licensed=_ALWAYS,
        )
        for at in range(people)
    )  # fmt: skip
    client_no = tuple(f"C{at:07d}" for at in range(clients))
    sold = draw.choice(clients, max(1, clients // 5_000), replace=False)
    return BookFacts(
        PERIOD, GRADED_ON, staff, client_no, grade_of, opening, draw.random(clients), stints,
        _tasks(draw, owner, chance, first), _rows(draw, owner, chance),
        mismatches=tuple(
            MismatchSale(f"M{at:07d}", staff[int(owner[at])].staff_no, client_no[at], PERIOD.first, "产品", 50_000.0)
            for at in sold.tolist()
        ),
        training=tuple(
            TrainingEntry(f"PX{at:07d}", one.staff_no, "TRAINING", "YEARLY", "年度培训", PERIOD.first,
                          float(draw.integers(0, 30)))
            for at, one in enumerate(staff)
        ),
        missing={"effect": "没有场景效果的数据"},
    )  # fmt: skip


def _hits(draw: np.random.Generator, chance: FloatArray, times: int = 1) -> FloatArray:
    return draw.binomial(times, chance).astype(np.float64)


def _tasks(draw: np.random.Generator, owner: IntArray, chance: FloatArray, first: int) -> TaskRows:
    n = len(owner) * TASKS
    done = (draw.random(n) < np.repeat(chance, TASKS)).astype(np.float64)
    return TaskRows(
        np.repeat(owner, TASKS), np.repeat(np.arange(len(owner)), TASKS), np.arange(n) % 2,
        (draw.random(n) < 0.1).astype(np.int64), done, (draw.random(n) < 0.8).astype(np.float64),
        np.where(done > 0, first + draw.integers(0, 90, n), UNKNOWN),
    )  # fmt: skip


def _rows(draw: np.random.Generator, owner: IntArray, chance: FloatArray) -> dict[str, Rows]:
    """Everybody's promises and records; a tenth of the clients answered, a twentieth were given a diagnosis."""
    n = len(owner)
    told: list[tuple[str, SourceKind, float]] = [
        ("coverage", SourceKind.CONTACT, 1.0), ("record_quality", SourceKind.RECORD, 1.0),
        ("client_outcome", SourceKind.CLIENT, 0.5), ("satisfaction", SourceKind.ANSWER, 0.1),
        ("diagnosis_agreed", SourceKind.DIAGNOSIS, 0.05), ("shortcomings_lifted", SourceKind.AGREEMENT, 0.02),
    ]  # fmt: skip
    found: dict[str, Any] = {}
    for name, kind, share in told:
        some = np.flatnonzero(draw.random(n) < share)
        good = _hits(draw, chance[some])
        num = 20 * (1 - good) if name == "record_quality" else good
        found[name] = Rows(kind, owner[some], some, num, np.ones(len(some)), np.full(len(some), UNKNOWN))
    return found


def run(scale: Scale) -> list[Line]:
    people, clients = scale.of(2_000, 60), scale.of(1_000_000, 3_000)
    facts, rules = facts_of(people, clients, 1), advisor_rules(PERIOD.last)
    spent = seconds(lambda: grade(facts, rules))
    return [
        Line(
            f"服务人员分级，{people:,} 人、{clients:,} 个客户、一季 {clients * TASKS:,} 件任务，从列到带摘要的记分卡",
            spent, "秒", 60.0, note="列在内存里，不含从数据库读取；单进程，一次",
        ),
        Line("服务人员分级：内存峰值", peak_rss() / GIB, "GiB", 4.0),
    ]  # fmt: skip
