"""第七步复核: what became of a version's tasks as facts, and what should change for them, by rules in data. Pure."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from kit.rulebook import RuleError
from mot.effect.analysis import ratio_alarm
from mot.effect.types import Arm, Finding, Plan, TaskFacts
from mot.scenario.types import Effect
from mot.tasks.types import Outcome, TaskState

COMPARES: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "above": operator.gt, "below": operator.lt, "at_least": operator.ge, "at_most": operator.le,
}  # fmt: skip
HELD: Final = (Outcome.GATED, Outcome.CAPPED, Outcome.QUIET)


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of a review: its value (None not known) and over how many."""

    value: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Advice:
    """What should change, and the figure that says so."""

    id: str
    say: str
    fact: str
    value: float


FACTS: Final[Mapping[str, str]] = {
    "fired": "生成任务", "skipped_share": "跳过", "expired_share": "过期", "unreached_share": "未接通",
    "declined_share": "客户不需要", "in_time_share": "按期联系", "days_to_contact": "到首次接通的天数（中位数）",
    "gated_share": "闸门挡下", "capped_share": "次数已满", "completeness": "结果已知", "effect_low": "效果区间下限",
    "effect_high": "效果区间上限", "effect_unclear": "看不出效果", "ratio_alarm": "分组比例异常",
}  # fmt: skip
"""What a rule of EFFECT-ADVICE may ask about."""


def facts_of(plan: Plan, tasks: Sequence[TaskFacts], outcomes: Mapping[str, int], finding: Finding) -> dict[str, Fact]:
    """Everything that a rule may ask about; shares of what they are shares of."""
    n = len(tasks)
    states, tried = Counter(one.state for one in tasks), [one for one in tasks if one.tried]
    reached = [one for one in tasks if one.reached_on is not None]
    due = [one for one in tasks if one.reached_on is not None or one.due_on < finding.day]
    days = [(one.reached_on - one.made_on).days for one in tasks if one.reached_on is not None]
    in_time = sum(one.reached_on is not None and one.reached_on <= one.due_on for one in due)
    sent = outcomes.get(Outcome.FIRED.value, 0) + sum(outcomes.get(one.value, 0) for one in HELD)
    found = {
        "fired": Fact(float(outcomes.get(Outcome.FIRED.value, 0)), sent),
        "skipped_share": _share(states[TaskState.SKIPPED.value], n),
        "expired_share": _share(states[TaskState.EXPIRED.value], n),
        "unreached_share": _share(len(tried) - len(reached), len(tried)),
        "declined_share": _share(sum(one.effect == Effect.DECLINED.value for one in reached), len(reached)),
        "in_time_share": _share(in_time, len(due)),
        "days_to_contact": Fact(float(median(days)) if days else None, len(days)),
        "gated_share": _share(sum(outcomes.get(one.value, 0) for one in (Outcome.GATED, Outcome.QUIET)), sent),
        "capped_share": _share(outcomes.get(Outcome.CAPPED.value, 0), sent),
    }
    return found | _of_effect(plan, finding)


def _of_effect(plan: Plan, finding: Finding) -> dict[str, Fact]:
    sample, difference = finding.sample, finding.difference
    over = sum(sample.ended.values())
    looked = bool(sample.known)
    size = sum(sample.enrolled.get(arm, 0) for arm in (Arm.TREATED, Arm.HELD_OUT))
    nothing = Fact(None, 0)
    return {
        "completeness": _share(sum(sample.known.values()), over) if looked else nothing,
        "ratio_alarm": nothing if sample.ratio_p is None else Fact(float(ratio_alarm(plan, sample)), size),
        "effect_low": nothing if difference is None else Fact(difference.low, over),
        "effect_high": nothing if difference is None else Fact(difference.high, over),
        "effect_unclear": nothing if difference is None else Fact(float(not difference.clear), over),
    }


def _share(part: int, whole: int) -> Fact:
    return Fact(part / whole if whole else None, whole)


def advice(facts: Mapping[str, Fact], rules: Sequence[Mapping[str, Any]]) -> tuple[Advice, ...]:
    """What the rules say of these facts, in their order. Raises RuleError for a rule on an unknown fact."""
    found = []
    for rule in rules:
        if rule["fact"] not in FACTS:
            raise RuleError(f"EFFECT-ADVICE {rule['id']}: no fact {rule['fact']!r}; known: {', '.join(FACTS)}")
        asked = [(word, float(rule[word])) for word in COMPARES if word in rule]
        if len(asked) != 1:
            raise RuleError(f"EFFECT-ADVICE {rule['id']}: one of {', '.join(COMPARES)}")
        fact, (word, limit) = facts[rule["fact"]], asked[0]
        if fact.value is not None and fact.n >= int(rule["least"]) and COMPARES[word](fact.value, limit):
            found.append(Advice(rule["id"], rule["say"], rule["fact"], fact.value))
    return tuple(found)


def feedback_shares(tasks: Sequence[TaskFacts], labels: Mapping[str, str]) -> tuple[tuple[str, int, float], ...]:
    """Feedback of tasks by its word: how many and which share, the commonest first."""
    told = Counter(one.feedback for one in tasks if one.feedback)
    whole = sum(told.values())
    return tuple(
        (labels.get(code, code), n, n / whole) for code, n in sorted(told.items(), key=lambda x: (-x[1], x[0]))
    )
