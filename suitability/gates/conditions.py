"""The conditions of a gate as they are in force on a day: a tree of `all` and `any` over rules, read from data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeAlias

from kit.labels import Labelled
from kit.rulebook import Rule, Rulebook, RuleError, load_rulebook, per_rules
from suitability.gates.facts import FACTS
from suitability.gates.problems import GateNotInForce, UnknownVariant
from suitability.levels import Gate, ProductLevel
from suitability.rating.listing import member_level
from suitability.rating.scoring import in_force


class Test(Labelled):
    """怎样比较"""

    __test__ = False  # no test of pytest

    AT_LEAST = "AT_LEAST", "不低于"
    AT_MOST = "AT_MOST", "不超过"
    BELOW = "BELOW", "低于"
    BEFORE = "BEFORE", "早于"
    IS = "IS", "有"
    IS_NOT = "IS_NOT", "没有"


@dataclass(frozen=True, slots=True)
class Condition:
    """条件: one fact against one limit. `limit` is a number; days are ordinals."""

    rule: Rule
    fact: str
    test: Test
    limit: float
    stated: str  # the limit as a reader sees it
    unit: str

    @property
    def id(self) -> str:
        return self.rule.id


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions together: all of them, or any one."""

    every: bool
    parts: tuple[Node, ...]


Node: TypeAlias = Condition | Group


@dataclass(frozen=True, slots=True)
class GateRules:
    """准入: what one gate asks on a day of natural persons, of institutions, and of a grade or ticket besides."""

    gate: Gate
    rule: Rule
    natural: Group
    institution: Group
    variants: Mapping[str, Group] = field(default_factory=dict)
    variant_needed: bool = False

    def variant(self, name: str | None) -> Group | None:
        """The conditions of a grade or a ticket. Raises UnknownVariant."""
        if name is None and not self.variant_needed:
            return None
        if name is None or name not in self.variants:
            known = "、".join(self.variants) or "没有"
            raise UnknownVariant(f"{self.gate.label}须写明级别或类别，可用：{known}；所给为 {name or '空'}")
        return self.variants[name]


def access_book() -> Rulebook:
    return load_rulebook("suitability", "access")


@per_rules(512)
def gate_rules(gate: Gate, day: date) -> GateRules:
    """What `gate` asks on `day`. Raises GateNotInForce before its first day."""
    return rules_from(access_book(), gate, day)


def rules_from(book: Rulebook, gate: Gate, day: date) -> GateRules:
    """The same from any book: a draft is read the same way. Raises RuleError for a file with a fault."""
    rule = book[f"GATE-{gate.value}"]
    value = in_force(rule, day)
    if value is None:
        raise GateNotInForce(f"{gate.label}在 {day} 没有生效的准入规则（最早 {rule.values[0][0]}）")
    variants = {str(name): _group(book, node, day) for name, node in value.get("variants", {}).items()}
    return GateRules(
        gate, rule, _group(book, value["natural"], day), _group(book, value["institution"], day), variants,
        bool(value.get("variant_needed", False)),
    )


def leaves(node: Node) -> Iterator[Condition]:
    """Every condition below a node, in the order of the rule."""
    if isinstance(node, Condition):
        yield node
    else:
        for part in node.parts:
            yield from leaves(part)


def required_level(gate: Gate, day: date) -> ProductLevel | None:
    """The risk level of what the gate opens; the client class that it asks for follows. None where none is listed."""
    member: str | None = (in_force(access_book()["GATE-LIST-MEMBER"], day) or {}).get(gate.value)
    return None if member is None else member_level(member, day)


def number_on(rule_id: str, day: date) -> int | None:
    """One of the numbers that come with a permission, None before its first day."""
    found = in_force(access_book()[rule_id], day)
    return None if found is None else int(found)


def option_orders(grade: int, day: date) -> tuple[str, ...]:
    """Members of the list that an option permission of a grade may trade."""
    found: dict[int, list[str]] = in_force(access_book()["GATE-OPTION-ORDERS"], day) or {}
    return tuple(found.get(grade, ()))


def asset_window(gate: Gate, day: date) -> int:
    """Trading days over which assets are averaged for a gate."""
    neeq = gate in (Gate.NEEQ_INNOVATION, Gate.NEEQ_BASE)
    return number_on("GATE-NUMBER-NEEQ-ASSET-DAYS" if neeq else "GATE-NUMBER-ASSET-DAYS", day) or 20


def _group(book: Rulebook, raw: dict[str, Any], day: date) -> Group:
    if set(raw) not in ({"all"}, {"any"}):
        raise RuleError(f"{book.name}: a group is {{all: […]}} or {{any: […]}}, not {raw!r}")
    (kind, parts), = raw.items()
    if not parts:
        raise RuleError(f"{book.name}: a group without conditions")
    return Group(kind == "all", tuple(_node(book, part, day) for part in parts))


def _node(book: Rulebook, raw: Any, day: date) -> Node:
    return _group(book, raw, day) if isinstance(raw, dict) else _condition(book[raw], day)


_NOT_A_LIMIT: Final = (list, dict, type(None))


def _condition(rule: Rule, day: date) -> Condition:
    fact, test = rule.applies_to.get("fact"), Test(rule.applies_to["test"])
    if fact not in FACTS:
        raise RuleError(f"{rule.id} looks at unknown {fact!r}; known: {', '.join(FACTS)}")
    value = rule.on(day)
    if isinstance(value, _NOT_A_LIMIT):
        raise RuleError(f"{rule.id} has no limit on {day}")
    return Condition(rule, str(fact), test, _limit(value), _stated(value), str(rule.applies_to.get("unit", "")))


def _limit(value: Any) -> float:
    """A day as its ordinal, yes as 1, an amount as itself."""
    if isinstance(value, date):
        return float(value.toordinal())
    return 1.0 if value is True else float(Decimal(str(value)))


def _stated(value: Any) -> str:
    if value is True:
        return ""
    return value.isoformat() if isinstance(value, date) else f"{Decimal(str(value)):,f}"
