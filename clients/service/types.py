"""What is said of a service level: codes with labels, what is promised, and what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from kit.labels import Labelled


class ServiceLevel(Labelled):
    """服务等级, rising"""

    BASIC = "BASIC", "基础"
    ORDINARY = "ORDINARY", "普通"
    HIGH = "HIGH", "高级"

    @property
    def rank(self) -> int:
        return LEVELS.index(self)


LEVELS: Final = tuple(ServiceLevel)
"""A level's place in an array."""


class PromiseKind(Labelled):
    """承诺"""

    CONTACT = "CONTACT", "定期联系"
    REPORT = "REPORT", "账户报告"
    SURVEY = "SURVEY", "满意度调查"


KINDS: Final = tuple(PromiseKind)
"""A promise's place in an array."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """every_days: calendar days from one to the next. hours: of work that one takes."""

    every_days: int
    hours: float


@dataclass(frozen=True, slots=True)
class LevelRule:
    """What a level is promised. dedicated: one person of its own. response_hours: business hours to a first answer."""

    level: ServiceLevel
    dedicated: bool
    response_hours: int
    measures: tuple[str, ...]
    promises: Mapping[PromiseKind, Rhythm]

    @property
    def hours_a_month(self) -> float:
        """What one client takes in 30 days on average."""
        return sum(30 / one.every_days * one.hours for one in self.promises.values())


@dataclass(frozen=True, slots=True)
class Ground:
    """A class in a scheme that earns a level. since: the first day of it, None where that is unknown."""

    scheme: str
    title: str
    code: str
    label: str
    level: ServiceLevel
    since: date | None


@dataclass(frozen=True, slots=True)
class Earned:
    """What a client's grades earn on a day. grounds: those that give the level; empty: nothing earns more than 基础."""

    level: ServiceLevel
    since: date | None
    grounds: tuple[Ground, ...]
    measures: tuple[str, ...]  # of the A to D class, as the firm's rule words them


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise to one client. last_on: when it was kept last, None where never; due_on: by when next, included."""

    kind: PromiseKind
    rhythm: Rhythm
    last_on: date | None
    due_on: date

    def overdue_days(self, day: date) -> int:
        return max(0, (day - self.due_on).days)


def due_after(
    rhythm: Rhythm, last_on: date | None, since: date | None, otherwise: date, floor: date = date.min
) -> date:
    """When a promise is due next: a rhythm after it was kept last or, if later, after the level was earned.

    A client who rises is thus owed the first call a new rhythm after rising, not at once and not in arrears.
    otherwise: what counts where neither is known. floor: nothing counts from before this day, when contacts began to be
    registered: what was not written down is not owed.
    """
    known = [one for one in (last_on, since) if one is not None]
    return max(max(known) if known else otherwise, floor) + timedelta(days=rhythm.every_days)
