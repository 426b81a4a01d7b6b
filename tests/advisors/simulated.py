"""A simulated firm: advisers of known skill over clients of known kind, as facts in columns. No personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from advisors.facts import UNKNOWN, BookFacts, Person, Rows, Stints, TaskRows
from advisors.types import Scale, SourceKind, TrainingEntry, period_of
from market.types import FloatArray, IntArray

PERIOD = period_of("2024Q3")
AFTER = date(2024, 10, 8)
FIRST, LAST = PERIOD.first.toordinal(), PERIOD.last.toordinal()
ALWAYS = ((date(2020, 1, 1).toordinal(), date(2030, 1, 1).toordinal()),)
EASE = np.array([0.15, 0.05, -0.05, -0.15])  # what a client's class adds to every chance of a good figure


def people(n: int, scale: Scale = Scale.ADVISOR, **told: object) -> tuple[Person, ...]:
    return tuple(
        replace(
            Person(f"S{at:04d}", f"人员{at}", "B01", "一部", scale, months=40, standing="L2", licensed=ALWAYS), **told
        )
        for at in range(n)
    )


def firm(
    seed: int, sizes: Sequence[int], skill: Sequence[float], ease: Sequence[float] | None = None,
    scale: Scale = Scale.ADVISOR,
) -> BookFacts:  # fmt: skip
    """sizes: clients of each person. skill: added to every chance. ease: share of good classes in each book."""
    draw = np.random.default_rng(seed)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    share = np.full(len(sizes), 0.5) if ease is None else np.asarray(ease)
    good = draw.random(len(owner)) < share[owner]
    grade = np.where(good, draw.integers(0, 2, len(owner)), draw.integers(2, 4, len(owner)))
    return drawn(draw, owner, grade, np.asarray(skill), len(sizes), scale)


def drawn(
    draw: np.random.Generator, owner: IntArray, grade: IntArray, skill: FloatArray, n_people: int, scale: Scale
) -> BookFacts:
    n = len(owner)
    chance = np.clip(0.55 + EASE[grade] + skill[owner], 0.02, 0.98)
    zeros = np.zeros(n, dtype=np.int64)
    opening = np.round(np.exp(draw.normal(12 - 0.4 * grade, 0.5, n)))

    def hits(times: int = 1) -> FloatArray:
        return draw.binomial(times, chance).astype(np.float64)

    def rows(kind: SourceKind, num: FloatArray, den: FloatArray | float = 1.0) -> Rows:
        return Rows(kind, owner, np.arange(n), num, np.broadcast_to(np.float64(den), n).copy(), zeros + UNKNOWN)

    stints = Stints(
        owner, np.arange(n), zeros + FIRST, zeros + LAST, np.full(n, 3.0), hits(3), opening,
        np.round(opening * draw.normal(0.2 * (chance - 0.55), 0.1)), np.ones(n), hits(),
    )  # fmt: skip
    times = 2
    task_owner, task_client = np.repeat(owner, times), np.repeat(np.arange(n), times)
    done = (draw.random(n * times) < np.repeat(chance, times)).astype(np.float64)
    tasks = TaskRows(
        task_owner, task_client, np.tile([1, 0], n), np.zeros(n * times, dtype=np.int64), done,
        (draw.random(n * times) < np.repeat(chance, times)).astype(np.float64),
        np.where(done > 0, FIRST + 30, UNKNOWN), tuple(f"T{at}" for at in range(n * times)),
    )  # fmt: skip
    staff = people(n_people, scale)
    return BookFacts(
        PERIOD, AFTER, staff, tuple(f"C{at:06d}" for at in range(n)), grade, opening, draw.random(n), stints, tasks,
        {
            "client_outcome": rows(SourceKind.CLIENT, hits()),
            "coverage": rows(SourceKind.CONTACT, hits(2), 2.0),
            "satisfaction": rows(SourceKind.ANSWER, hits()),
            "diagnosis_agreed": rows(SourceKind.DIAGNOSIS, hits()),
            "shortcomings_lifted": rows(SourceKind.AGREEMENT, hits()),
            "record_quality": rows(SourceKind.RECORD, 20.0 * (1 - hits())),
        },
        training=tuple(
            TrainingEntry(f"K{at}", one.staff_no, "TRAINING", "YEARLY", "年度培训", date(2024, 5, 6), 9.0)
            for at, one in enumerate(staff)
        ),
        missing={"effect": "没有场景效果的数据"},
    )  # fmt: skip


def swapped(facts: BookFacts, one: int, other: int) -> BookFacts:
    """The same firm where two people have changed their books."""
    into = np.arange(len(facts.people))
    into[[one, other]] = other, one
    assert facts.tasks is not None
    return replace(
        facts, stints=replace(facts.stints, staff=into[facts.stints.staff]),
        tasks=replace(facts.tasks, staff=into[facts.tasks.staff]),
        rows={name: replace(rows, staff=into[rows.staff]) for name, rows in facts.rows.items()},
    )  # fmt: skip
