"""分级规则 in force on a day: weights, bands, deductions, multiplier, case mix and shrinking, from advisors/rules/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from advisors.types import Component, GradeLevel, Scale


@dataclass(frozen=True)
class AdvisorRules:
    """Rules of one day. version: hash of the files that they were read from."""

    day: date
    version: str
    levels: Mapping[Scale, tuple[GradeLevel, ...]]
    weights: Mapping[Scale, Mapping[Component, Mapping[str, float]]]


def advisor_rules(day: date) -> AdvisorRules:
    """The rules in force. Raises RuleError for a file that cannot be trusted."""
    raise NotImplementedError
