"""What grades earn: classes by scheme into a level, its grounds and the measures that go with it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from clients.service.rules import earned_by, measures_of
from clients.service.types import Earned, Ground, ServiceLevel


@dataclass(frozen=True, slots=True)
class Standing:
    """A client's class in one scheme on a day. code None: not graded. since: the first day of this class."""

    scheme: str
    title: str
    code: str | None
    label: str
    since: date | None


def earned(standings: Mapping[str, Standing], day: date) -> Earned:
    """The highest level that any class earns, with every ground of it; without a ground 基础.

    since: the earliest day from which one of the grounds stands; None where nothing earns more than 基础.
    """
    rules = earned_by(day)
    grounds = []
    for scheme, classes in rules.items():
        one = standings.get(scheme)
        level = classes.get(one.code or "") if one is not None else None
        if one is not None and level is not None:
            grounds.append(Ground(scheme, one.title, one.code or "", one.label, level, one.since))
    best = max((one.level for one in grounds), key=lambda one: one.rank, default=ServiceLevel.BASIC)
    giving = tuple(one for one in grounds if one.level is best)
    days = [one.since for one in giving if one.since is not None]
    told = measures_of(day, {scheme: one.code for scheme, one in standings.items()})
    return Earned(best, min(days, default=None), giving, told)
