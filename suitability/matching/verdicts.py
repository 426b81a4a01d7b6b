"""What each rule said of one case, with the facts that it read and the sentence for each reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from kit.rulebook import Rulebook
from suitability.levels import AssetType, Bias, ClientLevel, Gate, IntendedTerm, Outcome, ProductLevel
from suitability.matching.cases import Cases, Facts, age_on, case_of
from suitability.matching.rules import LOOKS, OUTCOMES, Judged, judge, terms_of

AUDIENCES: Final = ("client", "advisor", "regulator")
DASH: Final = "—"


@dataclass(frozen=True, slots=True)
class Read:
    """One fact that a rule read: which field of what, its value as data, and the day it is as of."""

    field: str  # client.level, product.lockup_days, …
    value: Any
    as_of: date | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule on one case. `says` holds a sentence for each audience; `duties` what follows where it is hit."""

    rule: str
    title: str
    source: str
    confirmed: bool
    hit: bool
    outcome: Outcome
    facts: tuple[Read, ...]
    says: Mapping[str, str] = field(default_factory=dict)
    duties: tuple[str, ...] = ()


READS: Final[Mapping[str, tuple[str, ...]]] = {
    "SUIT-001": ("client.gates", "product.gates"),
    "SUIT-010": ("client.category", "client.level"),
    "SUIT-011": ("client.category", "client.assessed_on", "client.valid_through"),
    "SUIT-012": ("client.category", "product.level"),
    "SUIT-101": ("client.category", "client.level", "product.level", "request.asked_by"),
    "SUIT-102": ("client.category", "client.level", "client.lowest", "product.level"),
    "SUIT-103": ("client.category", "client.level", "client.lowest", "product.level", "request.asked_by"),
    "SUIT-111": ("client.term", "product.term_days", "request.asked_by"),
    "SUIT-112": ("client.types", "product.asset_type", "request.asked_by"),
    "SUIT-113": ("client.expected_return", "product.expected_return_high", "product.asset_type", "request.asked_by"),
    "SUIT-114": ("client.lock_limit_days", "product.lockup_days", "request.asked_by"),
    "SUIT-115": ("client.reserve_months", "product.lockup_days", "request.asked_by"),
    "SUIT-130": ("product.level", "holding.held_value", "holding.total_value", "request.amount", "request.asked_by"),
    "SUIT-140": ("product.min_amount", "holding.held_value", "request.amount"),
    "SUIT-150": ("client.birth_date", "product.level"),
    "SUIT-160": ("client.category", "product.level"),
    "SUIT-170": ("client.biases", "product.level"),
    "SUIT-190": ("client.category", "request.side"),
}
"""Fields that each rule reads; every rule also reads request.side and request.day."""


def verdicts_of(facts: Facts, rules: Rulebook, words: Rulebook) -> tuple[Verdict, ...]:
    """Every rule in force on the request's day, hit or not, in the order of their ids."""
    case = case_of(facts)
    return tell(facts, case, judge(case, rules), rules, words)


def tell(
    facts: Facts, case: Cases, every: Sequence[Judged], rules: Rulebook, words: Rulebook
) -> tuple[Verdict, ...]:
    """The verdicts of the single case that `every` judged."""
    found = []
    shared, reads = fillings(facts), _Reads(facts)
    for judged in every:
        rule = rules[judged.rule]
        terms = terms_of(judged.rule, case, rules) or {}
        hit, outcome = bool(judged.hit), OUTCOMES[int(judged.outcome) - 1]
        found.append(
            Verdict(
                rule=rule.id,
                title=rule.title,
                source=rule.source,
                confirmed=rule.confirmed,
                hit=hit,
                outcome=outcome,
                facts=tuple([reads[name] for name in READS[rule.id]]),
                says=sentences(facts, rule.id, hit, _Filling(shared, facts, terms, outcome), words),
                duties=_duties(terms, hit, outcome),
            )
        )
    return tuple(found)


class _Reads(dict[str, Read]):
    """Every fact of one case, read once however many rules look at it."""

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self._facts = facts

    def __missing__(self, name: str) -> Read:
        found = self[name] = read(self._facts, name)
        return found


class _Filling:
    """The words for one rule's sentence; those that depend on the rule are made when the sentence has them."""

    __slots__ = ("_own", "_shared")

    def __init__(self, shared: Mapping[str, str], facts: Facts, terms: Mapping[str, Any], outcome: Outcome) -> None:
        self._shared = shared
        self._own = facts, terms, outcome

    def __getitem__(self, name: str) -> str:
        found = self._shared.get(name)
        return varying(*self._own)[name] if found is None else found


def _duties(terms: Mapping[str, Any], hit: bool, outcome: Outcome) -> tuple[str, ...]:
    """Nothing is to be done where nothing is hit, or where it may not be sold at all."""
    return tuple(terms.get("duties", ())) if hit and outcome is not Outcome.REFUSE else ()


def overall(verdicts: Sequence[Verdict]) -> Outcome:
    """The hardest of all verdicts; ALLOW where no rule was in force."""
    return max((verdict.outcome for verdict in verdicts), key=lambda outcome: outcome.rank, default=Outcome.ALLOW)


def read(facts: Facts, name: str) -> Read:
    """The value of `client.level` and the like as plain data, with its day."""
    part, _, attribute = name.partition(".")
    owner = getattr(facts, part)
    return Read(name, as_data(getattr(owner, attribute)), _as_of(facts, part, attribute))


def _as_of(facts: Facts, part: str, attribute: str) -> date | None:
    if part == "request":
        return facts.request.day
    if part == "holding":
        return facts.holding.as_of
    days: Mapping[str, date] = getattr(facts, part).as_of
    return days.get(attribute)


def as_data(value: Any) -> Any:
    """Text, numbers and lists only: what JSON holds without loss. Money and ratios are text."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Mapping):
        return {str(key): as_data(item) for key, item in sorted(value.items())}
    if isinstance(value, frozenset):
        return sorted(str(item) for item in value)
    return str(value) if isinstance(value, str) else value


def sentences(
    facts: Facts, rule: str, hit: bool, filling: _Filling, words: Rulebook
) -> dict[str, str]:
    """What the rule says to each audience; one line for all where it is not hit."""
    name = f"WORDS-{rule}"
    told = words.in_force(facts.request.day).get(name)
    if told is None:
        told = words.on(name, max(facts.request.day, words[name].values[0][0]))
    if not hit:
        clear = told["clear"].format_map(filling)
        return dict.fromkeys(AUDIENCES, clear)
    return {audience: told[audience].format_map(filling) for audience in AUDIENCES}


def varying(facts: Facts, terms: Mapping[str, Any], outcome: Outcome) -> dict[str, str]:
    """The words that depend on the rule."""
    product, holding = facts.product, facts.holding
    held = holding.held_value + (facts.request.amount or Decimal(0))
    share = float(held / holding.total_value) if holding.total_value else None
    limit = terms.get("share", {}).get(product.level.value) if product.level else None
    return {
        "outcome": outcome.label,
        "share_after": _percent(share),
        "share_limit": _percent(limit),
        "share_clear": "未给出金额或资产" if share is None else f"买入后占 {_percent(share)}，上限 {_percent(limit)}",
    }


def fillings(facts: Facts) -> dict[str, str]:
    """Every other word that a sentence may be filled with."""
    client, product, request = facts.client, facts.product, facts.request
    pair = f"客户 {_level(client.level)}，产品 {_level(product.level)}"
    age = age_on(client.birth_date, request.day) if client.natural else -1
    gate = "、".join(one.label for one in Gate if one in product.gates)
    opened = "、".join(one.label for one in Gate if one in client.gates) or "无"
    professional = client.category.professional
    return {
        "product": product.name,
        "day": request.day.isoformat(),
        "asked_by": request.asked_by.label,
        "client_level": _level(client.level) + ("（最低类别）" if client.lowest else ""),
        "product_level": _level(product.level),
        "gate": gate,
        "opened": opened,
        "gate_clear": f"需{gate}权限，已开通" if gate else "产品无准入要求",
        "level_clear": client.category.label if professional else f"{_level(client.level)}",
        "assessed_on": _day(client.assessed_on),
        "valid_through": _day(client.valid_through),
        "validity_clear": f"至 {_day(client.valid_through)}" if client.valid_through else "不适用",
        "rating_clear": _level(product.level) if product.level else "未评（专业投资者不受此限）",
        "level_pair_clear": client.category.label if professional else pair,
        "lowest_clear": pair if client.lowest else "客户不属最低类别",
        "term": client.term.label if client.term else "未填写",
        "term_days": "不定期" if product.term_days is None else str(product.term_days),
        "types": client.types.label if client.types else "未填写",
        "asset_type": product.asset_type.label,
        "expected_return": _percent(client.expected_return),
        "return_high": _percent(product.expected_return_high),
        "lockup_days": str(product.lockup_days),
        "lock_limit": "未限定" if client.lock_limit_days is None else str(client.lock_limit_days),
        "reserve_months": DASH if client.reserve_months is None else f"{client.reserve_months:.1f}",
        "amount": _money(request.amount),
        "min_amount": _money(product.min_amount),
        "minimum_clear": f"最低 {_money(product.min_amount)} 元" if product.min_amount else "无",
        "age": str(age) if age >= 0 else DASH,
        "age_clear": f"{age} 周岁" if age >= 0 else "年龄未登记或非自然人",
        "biases": "、".join(one.label for one in Bias if one in client.biases),
        "bias_clear": "没有相关的习惯" if not client.biases else "产品等级不高，不作提示",
    }


def _level(level: ClientLevel | ProductLevel | IntendedTerm | AssetType | None) -> str:
    return level.value if level else "无"


def _day(value: date | None) -> str:
    return value.isoformat() if value else DASH


def _percent(value: float | None) -> str:
    return DASH if value is None else f"{value * 100:.2f}%"


def _money(value: Decimal | None) -> str:
    return DASH if value is None else f"{value:,.2f}"


def rules_without_words(words: Rulebook) -> list[str]:
    """Rules of the code that the words do not know; loading refuses them."""
    return [name for name in LOOKS if f"WORDS-{name}" not in words.rules]
