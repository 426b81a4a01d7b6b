"""How grave, until when, who has to look twice: the rule data of cases, read for a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from kit.days import calendar
from kit.rulebook import Rulebook, RuleError, load_rulebook
from suitability.cases.types import Dimension, Severity
from suitability.matching.rules import LOOKS

CALENDAR: Final = "XSHG"
FIRST_DAY: Final = date(2017, 7, 1)


@dataclass(frozen=True, slots=True)
class Watched:
    """One matching rule that is watched on what is held."""

    rule: str
    dimension: Dimension
    severity: Severity
    acceptable: bool  # a case of it may end with the client's confirmation


def case_book() -> Rulebook:
    """The rule file as it stands."""
    return load_rulebook("suitability", "cases")


def watched(day: date, book: Rulebook | None = None) -> Mapping[str, Watched]:
    """Watched rules on the day, in the order of the matching rules. Raises RuleError for a rule that does not exist."""
    return _watched(book or case_book(), max(day, FIRST_DAY))


@lru_cache(maxsize=256)
def _watched_of(told: tuple[tuple[str, str, str, bool], ...]) -> Mapping[str, Watched]:
    unknown = [rule for rule, *_ in told if rule not in LOOKS]
    if unknown:
        raise RuleError(f"WATCH-RULES: no matching rule {'、'.join(unknown)}")
    found = {rule: Watched(rule, Dimension(what), Severity(grave), may) for rule, what, grave, may in told}
    return {rule: found[rule] for rule in LOOKS if rule in found}


def _watched(book: Rulebook, day: date) -> Mapping[str, Watched]:
    value = book.on("WATCH-RULES", day)
    return _watched_of(tuple(
        (rule, one["dimension"], one["severity"], bool(one["acceptable"])) for rule, one in sorted(value.items())
    ))  # fmt: skip


def severity_of(rules: Iterable[str], gap: int, day: date) -> Severity:
    """The gravest of the rules that are hit; a gap of as many levels as the rule says is grave by itself."""
    known = watched(day)
    found = [known[rule].severity for rule in rules if rule in known]
    if gap >= int(case_book().on("CASE-GAP", max(day, FIRST_DAY))["levels"]):
        found.append(Severity.SEVERE)
    return max(found, key=lambda one: one.rank, default=Severity.LOW)


def dimensions_of(rules: Iterable[str], day: date) -> tuple[Dimension, ...]:
    """What does not fit, the gravest first."""
    known = watched(day)
    hit = {known[rule].dimension for rule in rules if rule in known}
    return tuple(one for one in Dimension if one in hit)


def acceptable(rules: Iterable[str], day: date) -> bool:
    """Whether the client's confirmation may end a case of these rules."""
    known = watched(day)
    return all(known[rule].acceptable for rule in rules if rule in known)


def due_on(severity: Severity, day: date, *, backlog: bool) -> date:
    """The last day for a case that was seen on `day`, so many trading days after it."""
    terms = case_book().on("CASE-DEADLINE", max(day, FIRST_DAY))
    return calendar(CALENDAR).next(day, int(terms["backlog" if backlog else "new"][severity.value]))


def needs_second(severity: Severity, day: date) -> bool:
    """Whether closing takes a second person."""
    return severity.value in case_book().on("CASE-SECOND-PERSON", max(day, FIRST_DAY))


def to_escalate(severity: Severity, due: date, day: date) -> bool:
    """Whether so many trading days have passed since the last day for the case."""
    if day <= due:
        return False
    late = int(case_book().on("CASE-ESCALATE", max(day, FIRST_DAY))[severity.value])
    return day >= calendar(CALENDAR).next(due, late)
