"""名录: each member of the published list, and of the firm's own, with the factors from which its level follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kit.rulebook import Rule, Rulebook, RuleError, load_rulebook, per_rules
from market.products.types import FACTORS, Factor
from suitability.levels import ProductLevel
from suitability.rating.scoring import STEPS, as_rows, factor_of, in_force, rating_rules

PUBLISHED = "LIST-"
OWN = "HOUSE-"


@dataclass(frozen=True, slots=True)
class Member:
    """名录成员. `factors` or `leads_to` tells from what its level follows; `override` why the list says another."""

    id: str
    title: str
    rule: Rule
    factors: Mapping[Factor, int]
    leads_to: tuple[str, ...]
    override: str | None

    @property
    def published(self) -> bool:
        return self.id.startswith(PUBLISHED)

    def level_on(self, day: date) -> ProductLevel | None:
        """The level that the list states on `day`; None where it does not list the member on that day."""
        value = in_force(self.rule, day)
        return None if value is None else ProductLevel(value)


def product_list() -> Rulebook:
    return load_rulebook("suitability", "product_list")


@per_rules()
def members() -> Mapping[str, Member]:
    """Every member by id. Raises RuleError for one without factors, or that leads to an unknown one."""
    found = {
        rule.id: _member(rule) for rule in product_list() if rule.id.startswith((PUBLISHED, OWN))
    }
    for member in found.values():
        unknown = [name for name in member.leads_to if name not in found]
        if unknown:
            raise RuleError(f"{member.id} leads to unknown {', '.join(unknown)}")
    return found


def derived_level(member: Member, day: date) -> ProductLevel:
    """The level that follows from the member's factors, or from what it leads to, by the rules of `day`."""
    if member.leads_to:
        return max((derived_level(members()[one], day) for one in member.leads_to), key=lambda level: level.rank)
    rank = int(rating_rules(day).ranks(as_rows(member.factors))[0])
    return ProductLevel(ProductLevel.of_rank(rank))


@per_rules(4096)
def member_level(member_id: str, day: date) -> ProductLevel:
    """What stands for a member on `day`: the list's own level, else the derived one. Raises RuleError."""
    if member_id not in members():
        raise RuleError(f"the product list has no member {member_id!r}")
    member = members()[member_id]
    return member.level_on(day) or derived_level(member, day)


@per_rules(4096)
def mapping_on(rule_id: str, day: date) -> Any:
    """The value of one CLASS rule, empty before its first day."""
    return in_force(product_list()[rule_id], day) or {}


def _member(rule: Rule) -> Member:
    told: dict[str, Any] = rule.applies_to
    factors = {factor_of(rule, name): int(step) for name, step in told.get("factors", {}).items()}
    leads_to = tuple(told.get("leads_to", ()))
    if bool(factors) == bool(leads_to):
        raise RuleError(f"{rule.id}: a member has either factors or what it leads to")
    if factors and (set(factors) != set(FACTORS) or not set(factors.values()) <= set(STEPS)):
        raise RuleError(f"{rule.id}: all ten factors, each 1 to 5")
    return Member(rule.id, rule.title, rule, factors, leads_to, told.get("override"))
