"""The rule data of subscriptions: cancellation, disclosure, who signs for the firm, how fees are given back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from clients.staff.types import Act
from kit.digest import digest
from kit.rulebook import Rule, load_rulebook
from market.products.types import ProductKind
from suitability.levels import AskedBy
from suitability.subscriptions.types import Disclosure


def rule(rule_id: str) -> Rule:
    return load_rulebook("suitability", "subscriptions")[rule_id]


def value(rule_id: str, day: date) -> Any:
    """The value in force on the day; the first one for days before."""
    found = rule(rule_id)
    return found.on(max(day, found.values[0][0]))


@dataclass(frozen=True, slots=True)
class CancelTerms:
    """How the days of free cancellation are counted. reserve: days added where the calendar is not settled."""

    working_days: int
    calendar: str
    reserve: int


def cancel_terms(day: date) -> CancelTerms:
    count = value("SUBS-CANCEL-COUNT", day)
    return CancelTerms(int(value("SUBS-CANCEL-DAYS", day)), str(count["calendar"]), int(count["reserve"]))


def act_needed(kind: ProductKind, day: date) -> Act | None:
    """What the person who signs for the firm must be registered for; None where the kind asks for nobody."""
    told = value("SUBS-ADVISOR", day).get(kind.value)
    return None if told is None else Act(told)


def disclosure(kind: ProductKind, day: date) -> Disclosure:
    """What the client of a service of this kind signs on the day."""
    told, said = value("SUBS-DISCLOSURE", day), rule("SUBS-DISCLOSURE")
    items = (*told["ALL"], *told.get(kind.value, ()))
    return Disclosure(tuple(items), digest({"kind": kind.value, "items": list(items)}), said.source, said.confirmed)


def decision_days(day: date) -> int:
    """How many days after the decision it may still be signed on."""
    return int(value("SUBS-DECISION-DAYS", day))


def refused_unfit(asked_by: AskedBy, day: date) -> bool:
    """Whether a service that was made for others is refused, by who asked."""
    return str(value("SUBS-FIT", day)[asked_by.value]) == "REFUSE"
