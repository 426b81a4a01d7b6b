"""What is assumed of growth, discount, retirement and long life, from rule data; shifted for the sensitivity table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from clients.household.types import GoalCategory, IncomeCategory, Item, ItemKind, Member
from clients.household.values import anniversary, years_between
from kit.rulebook import Rulebook, load_rulebook

EARLIEST: Final = date(1990, 12, 19)
UNKNOWN_SEX: Final = "UNKNOWN"
READ: Final = (
    "HOUSE-DISCOUNT", "HOUSE-GROWTH-INCOME", "HOUSE-GROWTH-SPENDING", "HOUSE-GROWTH-PENSION", "HOUSE-GROWTH-GOAL",
    "HOUSE-LIFE-EXPECTANCY", "HOUSE-PLANNING-AGE", "HOUSE-RETIRE-AGE",
)  # fmt: skip
"""Rules that stand behind the assumptions, in the order in which they are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """Rates a year, as ratios; ages in years. growth_shift moves every growth rate, retire_shift every retirement."""

    discount: float
    income: float
    spending: float
    pension: float
    goal: Mapping[str, float]
    expectancy: Mapping[str, float]  # at birth, by sex
    planning: Mapping[str, float]  # margin, unknown, least
    retire_age: Mapping[str, int]
    labour: frozenset[str]
    cash_like: frozenset[str]
    investable: frozenset[str]
    growth_shift: float = 0.0
    retire_shift: int = 0

    def shifted(self, *, growth: float = 0.0, discount: float = 0.0, retire_years: int = 0) -> Assumptions:
        return replace(
            self, discount=self.discount + discount, growth_shift=self.growth_shift + growth,
            retire_shift=self.retire_shift + retire_years,
        )

    def growth_of(self, item: Item) -> float:
        """The item's own rate, else that of its kind; shifted either way."""
        usual = {
            ItemKind.INCOME: self.income if item.category in self.labour else self.spending,
            ItemKind.SPENDING: self.spending,
            ItemKind.PENSION: self.pension,
        }
        own = item.growth
        if own is None:
            own = self.goal[item.category.value] if item.kind is ItemKind.GOAL else usual.get(item.kind, 0.0)
        return own + self.growth_shift

    def retires_on(self, member: Member) -> date | None:
        """The birthday of retirement; None where the day of birth is not known."""
        if member.birth_date is None:
            return None
        age = member.retire_age
        if age is None:
            age = self.retire_age[member.sex.value if member.sex else UNKNOWN_SEX]
        return anniversary(member.birth_date, age + self.retire_shift)

    def planned_until(self, member: Member, day: date) -> date | None:
        """The day up to which one plans: life expectancy and a margin, and some years more in old age."""
        if member.birth_date is None:
            return None
        expected = self.expectancy.get(member.sex.value) if member.sex else None
        age = self.planning["unknown"] if expected is None else round(expected + self.planning["margin"])
        least = years_between(member.birth_date, day) + self.planning["least"]
        return anniversary(member.birth_date, int(max(age, least)))


def assumptions_on(day: date, book: Rulebook | None = None) -> Assumptions:
    """Those in force on the day."""
    rules = book or household_rules()

    def told(name: str) -> Any:
        return rules.on(f"HOUSE-{name}", max(day, EARLIEST))

    use = told("ASSET-USE")
    return Assumptions(
        discount=told("DISCOUNT"), income=told("GROWTH-INCOME"), spending=told("GROWTH-SPENDING"),
        pension=told("GROWTH-PENSION"), goal={one.value: told("GROWTH-GOAL")[one.value] for one in GoalCategory},
        expectancy=told("LIFE-EXPECTANCY"), planning=told("PLANNING-AGE"), retire_age=told("RETIRE-AGE"),
        labour=frozenset(IncomeCategory(one) for one in told("LABOUR")),
        cash_like=frozenset(use["cash_like"]), investable=frozenset(use["investable"]),
    )  # fmt: skip


def household_rules() -> Rulebook:
    return load_rulebook("clients", "household")


def rule_value(name: str, day: date) -> Any:
    """The value of HOUSE-`name` in force on the day."""
    return household_rules().on(f"HOUSE-{name}", max(day, EARLIEST))


def unconfirmed(book: Rulebook | None = None) -> tuple[str, ...]:
    """Titles of the assumptions that nobody has read in their source yet."""
    rules = book or household_rules()
    return tuple(rules[name].title for name in READ if not rules[name].confirmed)
