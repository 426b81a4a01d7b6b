"""法定底线: a change may be harder than the law, never kinder. Which rules, and how far, is data (`floors.yaml`). Pure.

A rule with a floor may not be repealed. What the draft makes of it on a day is held against the floor part by part: its
outcome, its duties, a number, a condition of a gate; so it does not matter in which way the draft tries to be kinder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final, TypeAlias

from kit.rulebook import NotInForce, Rule, Rulebook, RuleError, load_rulebook, shipped_rulebook
from suitability.category.judge import PREFIX, Need, parse_test
from suitability.changes.types import PACKAGE
from suitability.gates.conditions import Condition, Group, Node, Test, leaves, rules_from
from suitability.levels import AskedBy, Gate, Outcome

_ABSENT: Final = object()
_GATE: Final = "GATE-"
Clause: TypeAlias = tuple[Condition, ...]
"""At least one of these conditions has to be met."""
Check: TypeAlias = Callable[[Rulebook, str, Any, date], Iterator[str]]


def floors_of(name: str) -> tuple[Rule, ...]:
    """The floors of one rule file."""
    return tuple(rule for rule in load_rulebook(PACKAGE, "floors") if rule.applies_to["file"] == name)


def breaches(name: str, book: Rulebook, since: date) -> Iterator[str]:
    """Where a text of the file would be kinder than the law from `since` on, each told once with the way out."""
    told: set[str] = set()
    floors = floors_of(name)
    for day in _days((*floors, *book), since):
        for floor in floors:
            for fault in _below(floor, book, day):
                if fault not in told:
                    told.add(fault)
                    yield (
                        f"{fault}（自 {day} 起）；这是法定底线：{floor.title}（{floor.source}）。"
                        "可以更严，不能放宽；法规修改的，底线随规则数据更新后再起草"
                    )


def _days(rules: tuple[Rule, ...], since: date) -> list[date]:
    return sorted({since, *(day for rule in rules for day, _ in rule.values if day > since)})


def _below(floor: Rule, book: Rulebook, day: date) -> Iterator[str]:
    demands: Mapping[str, Any] | None = value_on(floor, day)
    for kind, demand in (demands or {}).items():
        for rule_id in floor.applies_to["rules"] or [""]:
            if rule_id and value_on(book[rule_id], day) is None:
                yield f"规则 {rule_id} 不得废止"
            else:
                yield from CHECKS[kind](book, rule_id, demand, day)


def value_on(rule: Rule, day: date) -> Any:
    """The value of a rule on a day, None before its first one."""
    try:
        return rule.on(day)
    except NotInForce:
        return None


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value.get(part, _ABSENT) if isinstance(value, Mapping) else _ABSENT
    return value


def _shown(value: Any) -> str:
    return "没有写" if value is _ABSENT else f"{value}"


def _outcome(book: Rulebook, rule_id: str, demand: Mapping[str, str], day: date) -> Iterator[str]:
    outcomes = (value_on(book[rule_id], day) or {}).get("outcome", {})
    for who, least in demand.items():
        found = outcomes.get(who, Outcome.ALLOW.value)
        if Outcome(found).rank < Outcome(least).rank:
            yield f"规则 {rule_id} 在{AskedBy(who).label}时的结论须为 {least}，草稿为 {found}"


def _duties(book: Rulebook, rule_id: str, demand: list[str], day: date) -> Iterator[str]:
    found = (value_on(book[rule_id], day) or {}).get("duties", ())
    lacking = [duty for duty in demand if duty not in found]
    if lacking:
        yield f"规则 {rule_id} 少了义务 {'、'.join(lacking)}"


def _at_least(book: Rulebook, rule_id: str, demand: Mapping[str, Any], day: date) -> Iterator[str]:
    for path, least in demand.items():
        found = _at(value_on(book[rule_id], day), path)
        if not _number(found) or found < least:
            yield f"规则 {rule_id} 的 {path} 须不低于 {least}，草稿为 {_shown(found)}"


def _at_most(book: Rulebook, rule_id: str, demand: Mapping[str, Any], day: date) -> Iterator[str]:
    for path, most in demand.items():
        found = _at(value_on(book[rule_id], day), path)
        if not _number(found) or found > most:
            yield f"规则 {rule_id} 的 {path} 须不高于 {most}，草稿为 {_shown(found)}"


def _number(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool)


def _same(book: Rulebook, rule_id: str, demand: Mapping[str, Any], day: date) -> Iterator[str]:
    for path, wanted in demand.items():
        found = _at(value_on(book[rule_id], day), path)
        if found != wanted:
            yield f"规则 {rule_id} 的 {path} 须为 {wanted}，草稿为 {_shown(found)}"


def _unlike(book: Rulebook, rule_id: str, demand: Mapping[str, Any], day: date) -> Iterator[str]:
    for path, unwanted in demand.items():
        found = _at(value_on(book[rule_id], day), path)
        if found in (unwanted, _ABSENT):
            yield f"规则 {rule_id} 的 {path} 不得为 {_shown(found)}"


def _is(book: Rulebook, rule_id: str, demand: Any, day: date) -> Iterator[str]:
    found = value_on(book[rule_id], day)
    if found is not demand:
        yield f"规则 {rule_id} 须为 {demand}，草稿为 {found}"


def _holds(book: Rulebook, rule_id: str, demand: Mapping[str, list[str]], day: date) -> Iterator[str]:
    for path, wanted in demand.items():
        found = _at(value_on(book[rule_id], day), path)
        lacking = [one for one in wanted if not isinstance(found, list) or one not in found]
        if lacking:
            yield f"规则 {rule_id} 的 {path} 少了 {'、'.join(lacking)}"


def _count(book: Rulebook, rule_id: str, demand: Mapping[str, int], day: date) -> Iterator[str]:
    for path, least in demand.items():
        found = _at(value_on(book[rule_id], day), path)
        count = len({str(one).strip() for one in found} - {""}) if isinstance(found, list) else 0
        if count < least:
            yield f"规则 {rule_id} 的 {path} 不少于 {least} 项，草稿为 {count} 项"


def _maps(book: Rulebook, rule_id: str, demand: Mapping[str, str], day: date) -> Iterator[str]:
    found = value_on(book[rule_id], day) or {}
    for key, wanted in demand.items():
        if found.get(key) != wanted:
            yield f"规则 {rule_id} 的 {key} 须对应 {wanted}，草稿为 {_shown(found.get(key, _ABSENT))}"


# access: what the shipped gate asks for stays asked for, and no condition of it becomes easier


def _conditions(book: Rulebook, rule_id: str, demand: list[str], day: date) -> Iterator[str]:
    gate = Gate(rule_id.removeprefix(_GATE))
    shipped = rules_from(shipped_rulebook(PACKAGE, "access"), gate, day)
    try:
        draft = rules_from(book, gate, day)
    except (RuleError, KeyError, ValueError):
        return  # whether the file is whole is told elsewhere
    sides: list[tuple[str, Group, Group | None]] = [
        ("自然人", shipped.natural, draft.natural), ("机构", shipped.institution, draft.institution),
    ]
    sides += [(name, group, draft.variants.get(name)) for name, group in shipped.variants.items()]
    for who, asked, found in sides:
        for clause in clauses(asked):
            if not any(one.id in demand for one in clause):
                continue
            names = " 或 ".join(one.id for one in clause)
            if found is None or holds_without(found, frozenset(one.id for one in clause)):
                yield f"规则 {rule_id}（{who}）少了条件 {names}"
            yield from _easier(clause, book, day)
    if shipped.variant_needed and not draft.variant_needed:
        yield f"规则 {rule_id} 的 variant_needed 须为 True"


def clauses(node: Node) -> tuple[Clause, ...]:
    """The tree as clauses, all of which have to be met (conjunctive normal form)."""
    if isinstance(node, Condition):
        return ((node,),)
    parts = [clauses(part) for part in node.parts]
    if node.every:
        return tuple(clause for part in parts for clause in part)
    made: tuple[Clause, ...] = ((),)
    for part in parts:
        made = tuple((*before, *clause) for before in made for clause in part)
    return made


def holds_without(node: Node, unmet: frozenset[str]) -> bool:
    """Whether the tree lets somebody pass who meets every condition but these."""
    if isinstance(node, Condition):
        return node.id not in unmet
    answers = (holds_without(part, unmet) for part in node.parts)
    return all(answers) if node.every else any(answers)


_HARDER_UP: Final = frozenset((Test.AT_LEAST,))
_HARDER_DOWN: Final = frozenset((Test.AT_MOST, Test.BELOW, Test.BEFORE))


def _easier(clause: Clause, book: Rulebook, day: date) -> Iterator[str]:
    for one in clause:
        if one.id not in book.rules or value_on(book[one.id], day) is None:
            continue
        (found,) = leaves(_alone(book, one.id, day))
        if (found.fact, found.test) != (one.fact, one.test):
            yield f"规则 {one.id} 看的须是 {one.fact}（{one.test.label}），草稿为 {found.fact}（{found.test.label}）"
        elif (one.test in _HARDER_UP and found.limit < one.limit) or (
            one.test in _HARDER_DOWN and found.limit > one.limit
        ):
            yield f"规则 {one.id} 须{one.test.label} {one.stated}，草稿为 {found.stated}"


def _alone(book: Rulebook, condition: str, day: date) -> Group:
    """The condition as the draft has it, read the way a gate reads it."""
    rule = book[condition]
    asks = {"natural": {"all": [condition]}, "institution": {"all": [condition]}}
    gate = Gate(next(gate.value for gate in Gate if condition.startswith(f"{_GATE}{gate.value}")))
    own = Rule(f"{_GATE}{gate.value}", rule.title, rule.source, ((day, asks),), False, rule.read_on)
    return rules_from(Rulebook(book.name, {**book.rules, own.id: own}, book.version), gate, day).natural


# category: whoever becomes professional meets every condition of one of the shipped tests


def _tests(book: Rulebook, _: str, demand: list[str], day: date) -> Iterator[str]:
    shipped = shipped_rulebook(PACKAGE, "category")
    law = [parse_test(one, value) for one in demand if (value := value_on(shipped[one], day)) is not None]
    for rule in book:
        value = value_on(rule, day) if rule.id.startswith(PREFIX) else None
        if value is None:
            continue
        try:
            found = parse_test(rule.id, value)
        except RuleError:
            continue  # told elsewhere
        alike = [one for one in law if one.category is found.category and found.kinds <= one.kinds]
        if not any(_implies(found.needs, one.needs) for one in alike):
            yield f"规则 {rule.id} 比《办法》的条件容易，或者认定了《办法》没有的对象"


def _implies(found: tuple[tuple[Need, ...], ...], law: tuple[tuple[Need, ...], ...]) -> bool:
    """Every group of the law is met by whoever meets the groups that were found."""
    return all(any(all(any(_as_hard(one, least) for least in asked) for one in own) for own in found) for asked in law)


def _as_hard(one: Need, least: Need) -> bool:
    return (
        one.kind is least.kind
        and (least.at_least is None or (one.at_least is not None and one.at_least >= least.at_least))
        and (least.years is None or (one.years is not None and one.years >= least.years))
        and (one.year_end or not least.year_end)
    )


CHECKS: Final[Mapping[str, Check]] = {
    "outcome": _outcome, "duties": _duties, "at_least": _at_least, "at_most": _at_most, "same": _same, "is": _is,
    "unlike": _unlike, "holds": _holds, "count": _count, "maps": _maps, "conditions": _conditions, "tests": _tests,
}  # fmt: skip
