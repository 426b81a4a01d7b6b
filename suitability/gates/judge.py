"""准入判断, array-first: for each condition of a gate met, not met or not known; one client is a batch of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np

from kit.labels import Labelled
from market.types import BoolArray, FloatArray, IntArray
from suitability.gates.conditions import Condition, GateRules, Group, Node, Test, gate_rules, leaves
from suitability.gates.evidence import EvidenceColumns, GateEvidence, columns_of, raw_of
from suitability.gates.facts import FACTS, FactKind
from suitability.levels import ClientLevel, Gate, Ranked


class State(Labelled):
    """条件的结果, from the worst to the best: a group takes the worst of all, or the best of any."""

    NOT_MET = "NOT_MET", "不符合"
    NOT_KNOWN = "NOT_KNOWN", "未知"
    MET = "MET", "符合"


STATES: Final = tuple(State)
NOT_MET, NOT_KNOWN, MET = range(3)


@dataclass(frozen=True)
class Judgement:
    """One gate for n clients. states: (n,) places in STATES; by_condition: (n,) by rule id."""

    rules: GateRules
    variant: Group | None
    columns: EvidenceColumns
    states: IntArray
    by_condition: Mapping[str, IntArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionAnswer:
    """One condition for one client, for the reader and the record."""

    rule: str
    title: str
    state: State
    fact: str
    label: str
    value: str | None  # None: not known
    limit: str
    source: str
    confirmed: bool
    evidence: str  # where the figure comes from
    as_of: date | None
    decides: bool  # it keeps the gate closed
    missing: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateAnswer:
    """The gate for one client: every condition, and what keeps it closed."""

    gate: Gate
    variant: str | None
    day: date
    state: State
    conditions: tuple[ConditionAnswer, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing or short, in order."""
        return tuple(one.missing for one in self.conditions if one.decides and one.missing)


def judge(gate: Gate, columns: EvidenceColumns, variant: str | None = None) -> Judgement:
    """A gate for n clients by the rules of their day. Raises GateNotInForce, UnknownVariant."""
    return judged(gate_rules(gate, columns.day), columns, variant)


def judged(rules: GateRules, columns: EvidenceColumns, variant: str | None = None) -> Judgement:
    """The same by any rules: those of a draft."""
    extra, found = rules.variant(variant), {}
    for condition in {leaf.id: leaf for leaf in _leaves(rules, extra)}.values():
        found[condition.id] = state_of(condition, *columns.interval(condition.fact, rules.gate))
    by_kind = np.where(columns.natural, _together(rules.natural, found), _together(rules.institution, found))
    states = by_kind if extra is None else np.minimum(by_kind, _together(extra, found))
    return Judgement(rules, extra, columns, np.asarray(states, dtype=np.int64), found)


def state_of(condition: Condition, low: FloatArray, high: FloatArray) -> IntArray:
    """Met where the whole interval meets the limit, not met where none of it does."""
    limit = condition.limit
    ends: dict[Test, tuple[BoolArray, BoolArray]] = {
        Test.AT_LEAST: (low >= limit, high < limit),
        Test.AT_MOST: (high <= limit, low > limit),
        Test.BELOW: (high < limit, low >= limit),
        Test.BEFORE: (high < limit, low >= limit),
        Test.IS: (low >= 1, high < 1),
        Test.IS_NOT: (high < 1, low >= 1),
    }
    met, failed = ends[condition.test]
    return np.where(met, MET, np.where(failed, NOT_MET, NOT_KNOWN)).astype(np.int64)


def judge_one(gate: Gate, evidence: GateEvidence, variant: str | None = None) -> GateAnswer:
    """A gate for one client with every condition explained. Raises GateNotInForce, UnknownVariant."""
    return explain(judge(gate, columns_of(raw_of([evidence])), variant), 0, evidence, variant)


def explain(judgement: Judgement, place: int, evidence: GateEvidence, variant: str | None = None) -> GateAnswer:
    """The answer of one client of a batch. evidence: of that client, for where its figures come from."""
    rules = judgement.rules
    trees = [rules.natural if judgement.columns.natural[place] else rules.institution]
    trees += [] if judgement.variant is None else [judgement.variant]
    deciding = {leaf.id for tree in trees for leaf in _deciding(tree, judgement.by_condition, place)}
    conditions = {leaf.id: leaf for tree in trees for leaf in leaves(tree)}
    return GateAnswer(
        gate=rules.gate, variant=variant, day=judgement.columns.day, state=STATES[int(judgement.states[place])],
        conditions=tuple(
            _answer(condition, judgement, place, evidence, condition.id in deciding)
            for condition in conditions.values()
        ),
    )


def _leaves(rules: GateRules, extra: Group | None) -> list[Condition]:
    return [leaf for tree in (rules.natural, rules.institution, extra) if tree is not None for leaf in leaves(tree)]


def _together(node: Node, found: Mapping[str, IntArray]) -> IntArray:
    if isinstance(node, Condition):
        return found[node.id]
    parts = [_together(part, found) for part in node.parts]
    joined = np.minimum.reduce(parts) if node.every else np.maximum.reduce(parts)
    return np.asarray(joined, dtype=np.int64)


def _deciding(node: Node, found: Mapping[str, IntArray], place: int) -> list[Condition]:
    """The conditions that keep a node from being met: those of a group of alternatives only where none is met."""
    if int(_together(node, found)[place]) == MET:
        return []
    if isinstance(node, Condition):
        return [node]
    return [leaf for part in node.parts for leaf in _deciding(part, found, place)]


def _answer(
    condition: Condition, judgement: Judgement, place: int, evidence: GateEvidence, decides: bool
) -> ConditionAnswer:
    fact, gate = FACTS[condition.fact], judgement.rules.gate
    low, high = (float(end[place]) for end in judgement.columns.interval(condition.fact, gate))
    state = STATES[int(judgement.by_condition[condition.id][place])]
    origin = evidence.origins.get(fact.field)
    value = _told(fact.kind, condition.fact, low, high)
    limit = f"{condition.test.label} {condition.stated}{condition.unit}" if condition.stated else condition.test.label
    return ConditionAnswer(
        rule=condition.id, title=condition.rule.title, state=state, fact=condition.fact, label=fact.label, value=value,
        limit=limit, source=condition.rule.source, confirmed=condition.rule.confirmed,
        evidence="" if origin is None else origin.source, as_of=None if origin is None else origin.as_of,
        decides=decides, missing=_missing(state, fact.label, value, limit),
    )


def _missing(state: State, label: str, value: str | None, limit: str) -> str | None:
    if state is State.MET:
        return None
    if state is State.NOT_KNOWN:
        return f"{label}：{'尚无记录' if value is None else f'目前只知{value}'}，要求{limit}"
    return f"{label}：{value}，要求{limit}"


def _told(kind: FactKind, fact: str, low: float, high: float) -> str | None:
    """The figure as a reader sees it; a bound says 至少; None where nothing is known."""
    if kind is FactKind.FLAG:
        return ("有" if low >= 1 else "无") if low == high else None
    if low == -np.inf:
        return None
    if low == high == np.inf:
        return "未开通"
    told = _figure(kind, fact, low)
    return told if low == high else f"至少 {told}"


def _figure(kind: FactKind, fact: str, value: float) -> str:
    if kind is FactKind.DAY:
        return date.fromordinal(int(value)).isoformat()
    if kind is FactKind.MONEY:
        return f"{Decimal(repr(value)):,.2f} 元"
    if fact == "level_rank":
        level: Ranked = ClientLevel.of_rank(int(value))
        return f"{level.value} {level.label}"
    return f"{Decimal(repr(value)).normalize():f}"
