"""What an observation of the watch makes of a case: opened, changed, gone, reopened, or nothing. Pure.

The same observation twice is nothing the second time: the facts of a case are known by their digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kit.digest import digest
from suitability.cases.rules import needs_second, severity_of
from suitability.cases.types import Case, CaseStatus, Cause, EventKind, Observation, Resolution, Severity


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that happens to a case: the event, and the state after it. resolution: a cure that closes it."""

    kind: EventKind
    status: CaseStatus
    resolution: Resolution | None = None


def facts_digest(told: Observation) -> str:
    """Over what does not fit, on which facts; not over the cause, nor over what moves with the market."""
    return digest({
        "rules": told.rules, "gap": told.gap, "class": told.client_class, "level": told.product_level,
        "facts": told.facts,
    })  # fmt: skip


def effects_of(case: Case | None, known_digest: str, told: Observation, day: date) -> tuple[Effect, ...]:
    """What follows, in order; empty where nothing is new. known_digest: of the facts on file."""
    if case is None:
        return (Effect(EventKind.OPENED, CaseStatus.OPEN),) if told.rules else ()
    if not told.rules:
        return _gone(case, day) if case.present else ()
    if case.present and facts_digest(told) == known_digest:
        return ()
    return _changed(case, told, day)


def _gone(case: Case, day: date) -> tuple[Effect, ...]:
    """A cure closes the case; a grave one waits for a second person. A case that was closed stays closed."""
    if case.status is CaseStatus.RESOLVED:
        return (Effect(EventKind.GONE, CaseStatus.RESOLVED),)
    if needs_second(case.severity, day):
        return Effect(EventKind.GONE, case.status), Effect(EventKind.PROPOSED, CaseStatus.CLOSING, Resolution.CURED)
    return Effect(EventKind.GONE, case.status), Effect(EventKind.RESOLVED, CaseStatus.RESOLVED, Resolution.CURED)


def _changed(case: Case, told: Observation, day: date) -> tuple[Effect, ...]:
    worse = worsened(case, told, day)
    if case.status is CaseStatus.RESOLVED:
        if worse or not case.present:
            return (Effect(EventKind.REOPENED, CaseStatus.REOPENED),)
        return (Effect(_kind(told), CaseStatus.RESOLVED),)
    if case.status is CaseStatus.CLOSING and (worse or not case.present):
        return (Effect(EventKind.CHANGED, CaseStatus.ASSIGNED),)  # what was proposed no longer holds
    return (Effect(_kind(told), case.status),)


def worsened(case: Case, told: Observation, day: date) -> bool:
    """More is held, another rule is hit, the gap is wider, or it is graver."""
    fresh = set(told.rules) - set(case.facts.get("rules", ()))
    graver = severity_of(told.rules, told.gap, day).rank > case.severity.rank
    return bool(fresh) or told.gap > case.gap or graver or told.cause is Cause.INCREASED


def _kind(told: Observation) -> EventKind:
    return EventKind.EASED if told.cause is Cause.REDUCED else EventKind.CHANGED


def severity_after(told: Observation, day: date) -> Severity:
    """How grave the case is with these facts."""
    return severity_of(told.rules, told.gap, day)
