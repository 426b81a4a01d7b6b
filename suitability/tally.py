"""半年的数: what the records of a period say, counted. Pure: values only; the counting is the repository's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, TypeAlias

from market.codes import zone_of

Counts: TypeAlias = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Period:
    """Both days included; moments are of the firm's zone."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first, time.min, zone_of(None))

    @property
    def ends(self) -> datetime:
        return datetime.combine(self.last, time.max, zone_of(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """客户 on the last day. by_class: NONE, C1_LOWEST, C1 … C5 of the ordinary ones; expired: of those assessed."""

    clients: int
    by_class: Counts
    professional: Counts
    expired: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessing:
    """评估 in the period. refused: sessions that ended without a result, by the rule that ended them."""

    by_form: Counts
    under_review: int
    accepted: int
    rejected: int
    unreviewed: int
    confirmed: int
    refused: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """适当性决定 in the period. by_outcome: `FIRM/REFUSE` and the like; by_rule: refusals and warnings by rule."""

    by_outcome: Counts
    by_rule: Counts
    duties_due: int
    duties_done: int
    waiting: int  # decisions under warning of which a duty is open


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """错配案件: what happened in the period, and what is open on its last day."""

    opened: int
    reopened: int
    resolved: Counts  # by resolution
    unsettled: int
    severe: int
    overdue: int
    by_dimension: Counts  # of those that are open


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """产品评级"""

    rated: int  # products with a rating on the last day
    by_level: Counts
    filed: int
    overridden: int
    review_due: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """回访 of the year so far, and in the period."""

    year: int
    frame: int
    needed: int
    sampled: int
    done: int
    in_period: Counts  # by outcome
    problems: tuple[tuple[str, str], ...]  # day, what the client said


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Everything that a self-inspection counts."""

    period: Period
    people: People
    assessing: Assessing
    categories: Counts  # APPLIED/direction, GRANTED, REFUSED, REVOKED
    permissions: Counts  # by RecordKind
    rating: Rating
    deciding: Deciding
    cases: Cases
    calling: Calling
    changes: tuple[Mapping[str, Any], ...]  # approved in the period, oldest first
    staff: Counts  # BRANCHES, by post, UNREGISTERED
