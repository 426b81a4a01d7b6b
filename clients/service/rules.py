"""Rule data of service levels, read for a day; what no scheme or level can mean is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from clients.contacts.types import Purpose
from clients.grading.loading import schemes_on
from clients.service.types import LevelRule, PromiseKind, Rhythm, ServiceLevel
from clients.staff.types import Post
from kit.rulebook import RuleError, load_rulebook, per_rules

FILE: Final = "service"
FIRST_DAY: Final = date(2017, 7, 1)
_WHERE: Final = "clients/rules/service.yaml"


@dataclass(frozen=True, slots=True)
class PlanRule:
    """How far promises may move. stretch: a promise kept less often waits so many rhythms."""

    weeks: int
    early_days: Mapping[ServiceLevel, int]
    late_days: Mapping[ServiceLevel, int]
    movable: Mapping[ServiceLevel, frozenset[PromiseKind]]
    downgrade: tuple[ServiceLevel, ...]  # in this order
    stretch: int


@dataclass(frozen=True, slots=True)
class CapacityRule:
    hours_per_session: float
    posts: frozenset[Post]


def value_on(rule_id: str, day: date) -> Any:
    return load_rulebook("clients", FILE).on(rule_id, max(day, FIRST_DAY))


@per_rules()
def level_rules(day: date) -> dict[ServiceLevel, LevelRule]:
    """By level. Raises RuleError for a level without rule, or a rhythm or hours of nothing."""
    told = value_on("SERVICE-LEVELS", day)
    if set(told) != set(ServiceLevel):
        raise RuleError(f"{_WHERE}: SERVICE-LEVELS 应写明 {'、'.join(ServiceLevel)} 三级，不多不少")
    found = {}
    for code, one in told.items():
        promises = {PromiseKind(kind): Rhythm(int(r["every_days"]), float(r["hours"]))
                    for kind, r in one["promises"].items()}  # fmt: skip
        if any(r.every_days < 1 or r.hours <= 0 for r in promises.values()):
            raise RuleError(f"{_WHERE}: SERVICE-LEVELS {code}：every_days 至少 1，hours 须大于 0")
        level = ServiceLevel(code)
        found[level] = LevelRule(
            level, bool(one["dedicated"]), int(one["response_hours"]), tuple(one["measures"]),
            {kind: promises[kind] for kind in PromiseKind if kind in promises},
        )  # fmt: skip
    return found


@per_rules()
def earned_by(day: date) -> dict[str, dict[str, ServiceLevel]]:
    """Level by scheme and class. Raises RuleError for a scheme or class that does not exist on the day."""
    known = {one.code: {item.code for item in one.classes} for one in schemes_on(day)}
    found: dict[str, dict[str, ServiceLevel]] = {}
    for scheme, classes in value_on("SERVICE-EARNED", day).items():
        if scheme not in known:
            raise RuleError(f"{_WHERE}: SERVICE-EARNED：没有分级方案 {scheme}；现有 {'、'.join(known)}")
        unknown = sorted(set(classes) - known[scheme])
        if unknown:
            raise RuleError(f"{_WHERE}: SERVICE-EARNED {scheme}：没有类别 {'、'.join(unknown)}")
        found[scheme] = {code: ServiceLevel(level) for code, level in classes.items()}
    return found


def measures_of(day: date, classes: Mapping[str, str | None]) -> tuple[str, ...]:
    """The measures of a client by its class in the scheme that the rule names. classes: by scheme."""
    told = value_on("SERVICE-MEASURES", day)
    return tuple(told["classes"].get(classes.get(told["scheme"]) or "", ()))


@per_rules()
def kept_by(day: date) -> dict[PromiseKind, frozenset[Purpose]]:
    """Which purposes of a contact keep which promise."""
    told = value_on("SERVICE-KEPT-BY", day)
    return {PromiseKind(kind): frozenset(Purpose(one) for one in purposes) for kind, purposes in told.items()}


def capacity_rule(day: date) -> CapacityRule:
    told = value_on("SERVICE-CAPACITY", day)
    return CapacityRule(float(told["hours_per_session"]), frozenset(Post(one) for one in told["posts"]))


@per_rules()
def plan_rule(day: date) -> PlanRule:
    """Raises RuleError for what cannot be planned with."""
    told = value_on("SERVICE-PLAN", day)
    if not (1 <= int(told["weeks"]) <= 53 and int(told["stretch"]) >= 1):
        raise RuleError(f"{_WHERE}: SERVICE-PLAN：weeks 应在 1 至 53，stretch 至少 1")
    movable = {ServiceLevel(level): frozenset(PromiseKind(one) for one in kinds)
               for level, kinds in told["movable"].items()}  # fmt: skip
    early, late = (
        {ServiceLevel(level): int(days) for level, days in told[name].items()} for name in ("early_days", "late_days")
    )
    return PlanRule(
        int(told["weeks"]), early, late, movable, tuple(ServiceLevel(one) for one in told["downgrade"]),
        int(told["stretch"]),
    )  # fmt: skip


def survey_rule(day: date) -> tuple[float, int]:
    """Level of confidence, and how few answers give no result."""
    told = value_on("SERVICE-SURVEYS", day)
    return float(told["level"]), int(told["least"])
