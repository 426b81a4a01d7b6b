"""资料质量: the faults of every client in a scope, the points they cost each person, and the rows that made them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlmodel import Session

from clients.records.checks import CHECKS, Check, found_by
from clients.records.repository import read_records
from clients.records.rules import checks_on, points_on
from kit.access import Scope


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of one client, and what it costs."""

    client_no: str
    client_name: str
    staff_no: str
    staff_name: str
    check: Check
    points: int


@dataclass(frozen=True, slots=True)
class PersonQuality:
    """One main person: clients, clients without a fault, points, and points by check. staff_no "": served by nobody."""

    staff_no: str
    staff_name: str
    branch: str
    clients: int
    whole: int
    points: int
    by_check: dict[str, int]  # how often

    @property
    def points_a_client(self) -> float:
        """What makes a large book comparable with a small one."""
        return self.points / self.clients if self.clients else 0.0


@dataclass(frozen=True, slots=True)
class Quality:
    """The whole of a scope on a day. findings: the dearest first, then by client."""

    day: date
    clients: int
    people: tuple[PersonQuality, ...]
    findings: tuple[Finding, ...]
    by_check: dict[str, int]

    @property
    def points(self) -> int:
        return sum(one.points for one in self.findings)


class RecordService:
    """Record quality within a scope; it reads and changes nothing."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    def check(self, staff_no: str | None = None) -> Quality:
        """Every fault. staff_no: only of clients whom this person serves as the main one ("" for nobody's)."""
        day = self._scope.day
        records, costs = read_records(self._session, self._scope), points_on(day)
        found = found_by(records.frame, day, checks_on(day))
        numbers = records.frame["client_no"].tolist()
        findings = [
            Finding(numbers[at], records.names[at], *records.staff[at], CHECKS[name], costs[name])
            for name, mask in found.items()
            for at in np.flatnonzero(mask).tolist()
            if staff_no is None or records.staff[at][0] == staff_no
        ]
        findings.sort(key=lambda one: (-one.points, one.client_no, one.check.name))
        faults = np.zeros(len(numbers), dtype=np.int64)
        for mask in found.values():
            faults += mask
        own: dict[tuple[str, str, str], list[int]] = {}
        for at, person in enumerate(records.staff):
            if staff_no is None or person[0] == staff_no:
                own.setdefault((*person, records.branch[at]), []).append(at)
        mine: dict[str, list[Finding]] = {}
        for one in findings:
            mine.setdefault(one.staff_no, []).append(one)
        people = [_person(key, places, faults, mine.get(key[0], [])) for key, places in own.items()]
        return Quality(
            day, sum(len(places) for places in own.values()),
            tuple(sorted(people, key=lambda one: (-one.points, one.staff_no))), tuple(findings),
            {name: sum(one.check.name == name for one in findings) for name in found},
        )  # fmt: skip


def _person(
    key: tuple[str, str, str], places: list[int], faults: np.ndarray, findings: list[Finding]
) -> PersonQuality:
    counts: dict[str, int] = {}
    for one in findings:
        counts[one.check.name] = counts.get(one.check.name, 0) + 1
    return PersonQuality(
        *key, len(places), int((faults[places] == 0).sum()), sum(one.points for one in findings), counts
    )  # fmt: skip
