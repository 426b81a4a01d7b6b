"""账簿事实: what a period says of everybody's book, in columns. Made by `advisors.reading`, or by a simulation; pure.

A fact that has no source at all stands in `missing` with the reason; it is then withheld for everybody, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import numpy as np

from advisors.types import ConductEntry, EffectsTold, Period, Scale, SourceKind, TrainingEntry
from market.types import FloatArray, IntArray

UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True)
class Person:
    """Whom it grades. standing: code of the published level before this period's, "" without one.

    licensed: spells (first, last ordinal day) in which the registrations allow advice. months: in post at the period's
    end, in whole months. blocked_until: of an earlier veto.
    """

    staff_no: str
    name: str
    branch_no: str
    branch_name: str
    scale: Scale
    months: int = 0
    standing: str = ""
    blocked_until: date | None = None
    licensed: tuple[tuple[int, int], ...] = ()
    capacity: int | None = None

    def may_advise(self, day: int) -> bool:
        return any(first <= day <= last for first, last in self.licensed)


@dataclass(frozen=True, eq=False)
class Stints:
    """服务段: one client in the care of one person for a run of days in the period. Shape (n,) each.

    staff, client: places in `BookFacts.people` and `.client_no`. first, last: day ordinals within the period, included.
    months, active: calendar months served, and those of them in which the client traded or signed in (NaN: not known).
    opening, inflow: assets when the run began and net money brought in (out below 0) during it, yuan, NaN where not
    known. kept: 1 where the client was still with the firm on the last day of the run, 0 where gone.
    held: 1 where there was something to keep when it began.
    """

    staff: IntArray
    client: IntArray
    first: IntArray
    last: IntArray
    months: FloatArray
    active: FloatArray
    opening: FloatArray
    inflow: FloatArray
    held: FloatArray
    kept: FloatArray

    def __len__(self) -> int:
        return len(self.staff)


@dataclass(frozen=True, eq=False)
class Rows:
    """Source rows of one kind: num counts of den. key: what each is called; day: ordinals, UNKNOWN without one."""

    kind: SourceKind
    staff: IntArray
    client: IntArray
    num: FloatArray
    den: FloatArray
    day: IntArray
    key: tuple[str, ...] = ()
    note: str = ""

    def __len__(self) -> int:
        return len(self.staff)


@dataclass(frozen=True, eq=False)
class TaskRows:
    """MOT tasks whose last day lies in the period. done, timely: 1 or 0; advice: needs a registered adviser.

    done_on: ordinal of the day on which it ended, UNKNOWN while open.
    """

    staff: IntArray
    client: IntArray
    mandatory: IntArray
    advice: IntArray
    done: FloatArray
    timely: FloatArray
    done_on: IntArray
    key: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.staff)


@dataclass(frozen=True, slots=True)
class MismatchSale:
    """A mismatch that a purchase made or made worse, and who served the client on that day.

    pushed: the firm asked and the decision refused: a severe breach. amount: yuan, None where it is not known.
    """

    number: str
    staff_no: str
    client_no: str
    day: date
    product: str
    amount: float | None
    pushed: bool = False


@dataclass(frozen=True, slots=True)
class Override:
    """Something sold or changed against a warning of the system."""

    number: str
    staff_no: str
    client_no: str
    day: date
    what: str


@dataclass(frozen=True, slots=True)
class ComplaintFact:
    """A complaint about a person that was found justified, or is not settled (`settled` False: not deducted yet)."""

    number: str
    staff_no: str
    client_no: str
    day: date
    major: bool
    settled: bool = True


@dataclass(frozen=True, eq=False)
class BookFacts:
    """A period's facts. client_*: (N,) by client: class in the scheme of case mix (UNKNOWN without one), yuan at the
    beginning, share of them in securities (NaN where not known). rows: by name (see `advisors.indicators`).
    missing: by name of rows or of a column of `Stints`, why there is no such fact.
    """

    period: Period
    as_of: date
    people: tuple[Person, ...]
    client_no: tuple[str, ...]
    client_grade: IntArray
    client_assets: FloatArray
    client_exposure: FloatArray
    stints: Stints
    tasks: TaskRows | None = None
    rows: Mapping[str, Rows] = field(default_factory=dict)
    mismatches: tuple[MismatchSale, ...] = ()
    overrides: tuple[Override, ...] = ()
    complaints: tuple[ComplaintFact, ...] = ()
    conduct: tuple[ConductEntry, ...] = ()
    training: tuple[TrainingEntry, ...] = ()
    effects: EffectsTold = field(default_factory=EffectsTold)
    missing: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, column in (
            ("client_grade", self.client_grade), ("client_assets", self.client_assets),
            ("client_exposure", self.client_exposure),
        ):  # fmt: skip
            if len(column) != len(self.client_no):
                raise ValueError(f"{name}: {len(column)} values for {len(self.client_no)} clients")


def in_order(facts: BookFacts) -> BookFacts:
    """The same facts with people and clients by number: nothing downstream depends on how they came."""
    people = sorted(range(len(facts.people)), key=lambda at: facts.people[at].staff_no)
    clients = sorted(range(len(facts.client_no)), key=facts.client_no.__getitem__)
    if people == list(range(len(people))) and clients == list(range(len(clients))):
        return facts
    order = np.array(clients, dtype=np.int64)
    who, whom = np.empty(len(people), dtype=np.int64), np.empty(len(clients), dtype=np.int64)
    who[people], whom[clients] = np.arange(len(people)), np.arange(len(clients))
    tasks, rows = facts.tasks, facts.rows
    if tasks is not None:
        tasks = replace(tasks, staff=who[tasks.staff], client=whom[tasks.client])
    return replace(
        facts, people=tuple(facts.people[at] for at in people), client_no=tuple(facts.client_no[at] for at in clients),
        client_grade=facts.client_grade[order], client_assets=facts.client_assets[order],
        client_exposure=facts.client_exposure[order], tasks=tasks,
        stints=replace(facts.stints, staff=who[facts.stints.staff], client=whom[facts.stints.client]),
        rows={name: replace(one, staff=who[one.staff], client=whom[one.client]) for name, one in rows.items()},
    )  # fmt: skip
