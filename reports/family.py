"""The client's household as the report tells it: balance sheet, goals, the return they ask for, and what if. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from clients.household.assumptions import assumptions_on, household_rules, rule_value, unconfirmed
from clients.household.balance import BalanceSheet
from clients.household.liquidity import Liquidity, liquidity_of
from clients.household.plan import Plan, make_plan
from clients.household.sensitivity import Case, sensitivity
from clients.household.types import Household
from kit.kept import Kept
from kit.rulebook import Rulebook
from suitability.levels import ClientLevel
from suitability.profile.dimensions import return_range
from suitability.profile.rules import profile_rules


@dataclass(frozen=True, slots=True)
class Family:
    """One household on a day. carried: the range of return that the client's level can carry, None without a level."""

    household: Household
    plan: Plan
    liquidity: Liquidity
    cases: tuple[Case, ...]
    level: ClientLevel | None
    carried: tuple[float, float] | None
    discount: float
    reserve_target: float  # months
    from_memory: tuple[str, ...]  # titles of assumptions that nobody has read in their source
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def sheet(self) -> BalanceSheet:
        return self.plan.sheet


_KEPT: Final[Kept[Family]] = Kept(500)


def family_of(household: Household, level: ClientLevel | None) -> Family:
    """Everything that is told of a household, under the assumptions of its day. The last few are kept."""
    rules, book = household_rules(), profile_rules()
    key = (household, level, rules.version, book.version)
    known = _KEPT.get(key)
    if known is None:
        known = _family(household, level, rules, book)
        _KEPT.put(key, known)
    return known


def _family(household: Household, level: ClientLevel | None, rules: Rulebook, book: Rulebook) -> Family:
    day = household.day
    assumed, highest = assumptions_on(day), rule_value("REQUIRED-RETURN", day)["highest"]
    return Family(
        household=household, plan=make_plan(household, assumed, highest),
        liquidity=liquidity_of(household, assumed, rule_value("LIQUIDITY", day)),
        cases=sensitivity(household, assumed, rule_value("SENSITIVITY", day), highest), level=level,
        carried=None if level is None else return_range(level, day, book), discount=assumed.discount,
        reserve_target=float(rule_value("LIQUIDITY", day)["months"]), from_memory=unconfirmed(),
        versions={rules.name: rules.version, book.name: book.version},
    )  # fmt: skip


def told_on(household: Household, last: date) -> Household:
    """The household on the day of the newest word about it, at the earliest on the report's last day.

    So a report says the same on every day until somebody says something new.
    """
    words = [*(item.as_of for item in household.items), *(one.as_of for one in household.accounts)]
    return replace(household, day=min(household.day, max([last, *words])))
