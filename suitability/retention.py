"""保存期限: until when a record must be kept, by rule data. Pure; nothing here or elsewhere deletes before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Final

from kit.problems import NotFound
from kit.rulebook import Rule, Rulebook, RuleError, load_rulebook, per_rules

RECORDS: Final = "RETAIN-RECORDS"
_FIRST: Final = date(2017, 7, 1)


class NoSuchRecordKind(NotFound):
    """没有这类记录的保存规定"""

    title = "No such kind of record"


class Counts(Enum):
    """From which day the period counts."""

    MADE = "made"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Kept:
    """One record's mark. until: the last day on which it must still be there; None: still in force, without an end."""

    table: str
    until: date | None
    years: int
    rule: Rule
    counts: Counts


def retention_book() -> Rulebook:
    return load_rulebook("suitability", "retention")


def record_kinds(day: date) -> Mapping[str, tuple[str, Counts]]:
    """Every table of records that are kept: the rule of its period, and from when it counts. Raises RuleError."""
    return _record_kinds(max(day, _FIRST))


@per_rules()
def _record_kinds(day: date) -> Mapping[str, tuple[str, Counts]]:
    book = retention_book()
    told: Mapping[str, Mapping[str, Any]] = book.on(RECORDS, day)
    found = {}
    for table, terms in told.items():
        if set(terms) != {"by", "counts"} or terms["by"] not in book.rules:
            raise RuleError(f"{book.name}: {RECORDS}: {table} takes by (a rule of this file) and counts")
        found[table] = str(terms["by"]), Counts(terms["counts"])
    return found


def kept_until(table: str, made_on: date, ended_on: date | None = None) -> Kept:
    """Until when a record of this table must be kept.

    made_on: the day of the record. ended_on: the day on which it ceased to hold, None while it holds. Raises
    NoSuchRecordKind.
    """
    kinds = record_kinds(made_on)
    if table not in kinds:
        raise NoSuchRecordKind(f"没有 {table} 的保存规定；已有：{'、'.join(kinds)}")
    rule_id, counts = kinds[table]
    rule = retention_book()[rule_id]
    start = made_on if counts is Counts.MADE else ended_on
    years = int(rule.on(max(start or made_on, _FIRST)))
    until = None if start is None else years_after(max(start, made_on), years)
    return Kept(table, until, years, rule, counts)


def retained_until(day: date, table: str = "decision") -> date:
    """The last day on which a record of `day` must still be there, at the least; what still holds is kept longer."""
    return kept_until(table, day, ended_on=day).until or day


def may_go(table: str, made_on: date, ended_on: date | None, day: date) -> bool:
    """Whether the period of a record is over on `day`: the only ground on which it could ever go."""
    kept = kept_until(table, made_on, ended_on)
    return kept.until is not None and day > kept.until


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes 1 March, so that no period is shortened."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, month=3, day=1)
