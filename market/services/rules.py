"""The rule data of services: styles, levels, bases by kind of service, price signals, the look-back of a discount."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kit.rulebook import Rule, load_rulebook
from market.products.types import ProductKind
from market.services.types import FeeBasis

FIRST: Final = date(2011, 1, 1)
"""The first day on which the rules of advice services are in force."""


def rule(rule_id: str) -> Rule:
    return load_rulebook("market", "services")[rule_id]


def value(rule_id: str, day: date) -> Any:
    """The value in force on the day; the first one for days before."""
    found = rule(rule_id)
    return found.on(max(day, found.values[0][0]))


def styles(day: date) -> dict[str, str]:
    """Service styles by code, with their words."""
    return dict(value("SVC-STYLES", day))


def levels(day: date) -> dict[str, str]:
    """Client levels that a service may be made for, by code, with their words."""
    return dict(value("SVC-LEVELS", day))


def bases(kind: ProductKind, day: date) -> tuple[FeeBasis, ...]:
    """The bases on which a service of this kind may be charged."""
    told = value("SVC-BASES", day)
    return tuple(FeeBasis(one) for one in told.get(kind.value, told["OTHER"]))


@dataclass(frozen=True, slots=True)
class LookBack:
    """How far back a reference price is looked for. lowest: it may not be above the lowest price paid."""

    days: int
    lowest: bool
    source: str
    confirmed: bool


def look_back(day: date) -> LookBack:
    told, said = value("SVC-REFERENCE", day), rule("SVC-REFERENCE")
    return LookBack(int(told["days"]), told["basis"] == "LOWEST", said.source, said.confirmed)
