"""A suitability decision in words: every fact with its name, its value and the day it is as of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from api.routes.decision_shapes import ChangeFieldOut, DecisionOut, FactOut, VerdictOut
from diagnosis.wording import DASH, number, percent, yuan
from kit.clock import SHANGHAI
from kit.labels import Labelled
from suitability.levels import (
    AskedBy,
    AssetType,
    Bias,
    ClientLevel,
    Gate,
    IntendedTerm,
    InvestorCategory,
    OrderSide,
    Outcome,
    ProductLevel,
)
from suitability.matching.decision import Answer
from suitability.matching.hearing import FIELDS
from suitability.matching.origin import Origin
from suitability.matching.tables import DecisionRow

LIST: Final = "/suitability/decisions"
TONES: Final = {Outcome.ALLOW: "DOWN", Outcome.WARN: "WARN", Outcome.REFUSE: "UP"}
SHORT: Final = {Outcome.ALLOW: "可以", Outcome.WARN: "警示后确认", Outcome.REFUSE: "不得销售"}
NAMES: Final[Mapping[str, str]] = {
    **FIELDS, "client.category": "投资者类别", "client.assessed_on": "评估日", "client.birth_date": "出生年份",
    "client.biases": "交易习惯", "product.gates": "产品所需权限", "product.min_amount": "最低金额",
    "request.asked_by": "谁提出", "request.side": "方向", "request.day": "日期", "request.amount": "金额",
    "holding.held_value": "已持有市值", "holding.total_value": "客户资产", "client.gates": "客户已开通权限",
    "product.asset_type": "产品品种", "product.expected_return_high": "产品收益区间上限",
}  # fmt: skip
VERSIONS: Final[Mapping[str, str]] = {
    "suitability/rules/matching.yaml": "匹配规则", "suitability/rules/matching_words.yaml": "匹配用语",
    "suitability/rules/duties.yaml": "义务", "questionnaire": "问卷", "product_rating": "产品评级",
}  # fmt: skip
DUTY_ONLY: Final = "提示"
"""A rule that is hit and stands in nobody's way: it asks for care, or for something to be told."""
MOST_DIFFERENCES: Final = 20


def _coded(codes: type[Labelled], *, both: bool = False) -> Callable[[Any], str]:
    words = {one.value: f"{one.value} {one.label}" if both else one.label for one in codes}
    return lambda value: words.get(str(value), str(value))


def _several(codes: type[Labelled]) -> Callable[[Any], str]:
    words = {one.value: one.label for one in codes}

    def say(value: Any) -> str:
        if isinstance(value, Mapping):
            return "、".join(f"{words.get(one, one)}（{day} 起）" for one, day in value.items()) or "无"
        return "、".join(words.get(one, one) for one in value) or "无"

    return say


def _money(value: Any) -> str:
    return yuan(float(value))


_SAY: Final[Mapping[str, Callable[[Any], str]]] = {
    "client.category": _coded(InvestorCategory), "client.level": _coded(ClientLevel, both=True),
    "client.confirmed_level": _coded(ClientLevel, both=True), "client.gates": _several(Gate),
    "client.term": _coded(IntendedTerm), "client.types": _coded(AssetType), "client.biases": _several(Bias),
    "client.expected_return": lambda value: percent(float(value)),
    "client.birth_date": lambda value: f"{str(value)[:4]} 年",
    "client.lock_limit_days": lambda value: f"{number(float(value), 0)} 天",
    "client.reserve_months": lambda value: f"{float(value):.1f} 个月",
    "product.level": _coded(ProductLevel, both=True), "product.gates": _several(Gate),
    "product.asset_type": _coded(AssetType), "product.min_amount": _money,
    "product.lockup_days": lambda value: f"{number(float(value), 0)} 天",
    "product.term_days": lambda value: f"{number(float(value), 0)} 天",
    "product.expected_return_high": lambda value: percent(float(value)),
    "request.asked_by": _coded(AskedBy), "request.side": _coded(OrderSide), "request.amount": _money,
    "holding.held_value": _money, "holding.total_value": _money,
}  # fmt: skip
_UNKNOWN: Final = {"product.term_days": "不定期", "client.lock_limit_days": "未限定", "client.level": "没有评估"}


def change_words(fields: Sequence[ChangeFieldOut]) -> str:
    """What would have to change, in one line: `产品等级 → R2 中低风险、产品锁定期 → 30 天`."""
    return "、".join(f"{name_of(one.field)} → {_changed(one.field, one.value)}" for one in fields)


def _changed(field: str, value: str) -> str:
    """A changed value comes as text, several codes joined."""
    if value in ("True", "False"):
        return value_words(field, value == "True")
    told: Any = value.split("、") if field in ("client.gates", "product.gates", "client.biases") else value
    return value_words(field, told)


def name_of(field: str) -> str:
    return NAMES.get(field, field).removesuffix("（天）").removesuffix("（月）").removesuffix("（元）")


def value_words(field: str, value: Any) -> str:
    """A stored value as a person reads it."""
    if value is None:
        return _UNKNOWN.get(field, "未登记")
    if isinstance(value, bool):
        return "是" if value else "否"
    say = _SAY.get(field)
    return say(value) if say else str(value)


@dataclass(frozen=True, slots=True)
class Shown:
    """One rule of a decision: the facts as (name, value, day)."""

    rule: str
    href: str
    title: str
    source: str
    confirmed: bool
    outcome: str
    tone: str
    sentence: str
    facts: tuple[tuple[str, str, str], ...]


def shown(verdict: VerdictOut, day: str, audience: str) -> Shown:
    reminds = verdict.hit and verdict.outcome is Outcome.ALLOW
    return Shown(
        rule=verdict.rule, href=f"/suitability/rules/{verdict.rule}?on={day}", title=verdict.title,
        source=verdict.source, confirmed=verdict.confirmed,
        outcome=DUTY_ONLY if reminds else SHORT[verdict.outcome], tone="PLAIN" if reminds else TONES[verdict.outcome],
        sentence=verdict.says.get(audience, ""), facts=tuple(fact(one) for one in verdict.facts),
    )  # fmt: skip


def fact(one: FactOut) -> tuple[str, str, str]:
    return name_of(one.field), value_words(one.field, one.value), "" if one.as_of is None else str(one.as_of)


@dataclass(frozen=True, slots=True)
class Line:
    """One decision in the list."""

    id: str
    href: str
    when: str
    client_no: str
    product: str
    product_code: str
    outcome: str
    tone: str
    asked: str
    amount: str
    why: str
    origin: str


def line_of(row: DecisionRow) -> Line:
    facts, content = orjson.loads(row.facts), orjson.loads(row.content)
    outcome = Outcome(row.outcome)
    hit = [one["title"] for one in content["verdicts"] if one["hit"] and one["outcome"] != Outcome.ALLOW.value]
    amount = facts["request"]["amount"]
    return Line(
        id=row.id, href=f"{LIST}/{row.id}", when=f"{row.made_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        client_no=row.client_no, product=facts["product"]["name"], product_code=row.product_code,
        outcome=SHORT[outcome], tone=TONES[outcome],
        asked=f"{AskedBy(row.asked_by).label} · {OrderSide(row.side).label}",
        amount=DASH if amount is None else _money(amount), why=hit[0] if hit else "各项规则均无不匹配",
        origin="" if row.origin == Origin.NONE.value else Origin(row.origin).label,
    )  # fmt: skip


def heading(told: DecisionOut) -> dict[str, Any]:
    """Who asked what for whom."""
    product, client, request = (told.facts[part] for part in ("product", "client", "request"))
    return {
        "product": product["name"], "code": told.product_code, "outcome": told.outcome.label,
        "short": SHORT[told.outcome], "tone": TONES[told.outcome],
        "client_level": value_words("client.level", client["level"]) + ("（最低类别）" if client["lowest"] else ""),
        "category": value_words("client.category", client["category"]),
        "product_level": value_words("product.level", product["level"]),
        "asked": told.asked_by.label, "side": told.side.label, "origin": told.origin.label,
        "amount": "未给出金额" if request["amount"] is None else _money(request["amount"]),
        "made": f"{told.made_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
    }  # fmt: skip


def versions(told: DecisionOut) -> list[tuple[str, str]]:
    return [(VERSIONS.get(name, name), version) for name, version in told.versions.items()]


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision made again: the same to the byte, or where it differs (place, as stored, as made again)."""

    same: bool
    computed: str
    differences: tuple[tuple[str, str, str], ...]


def replayed(row: DecisionRow, again: Answer) -> Replay:
    stored = {**orjson.loads(row.content), "facts": orjson.loads(row.facts)}
    found = tuple(one for _, one in zip(range(MOST_DIFFERENCES), _differing("", stored, again.content()), strict=False))
    return Replay(again.digest == row.digest and not found, again.digest, found)


def _differing(place: str, stored: Any, made: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(stored, dict) and isinstance(made, dict):
        for key in sorted({*stored, *made}):
            yield from _differing(f"{place}.{key}" if place else key, stored.get(key), made.get(key))
    elif isinstance(stored, list) and isinstance(made, list) and len(stored) == len(made):
        for number_, (old, new) in enumerate(zip(stored, made, strict=True)):
            yield from _differing(f"{place}[{_name(old, number_)}]", old, new)
    elif stored != made:
        yield place, _text(stored), _text(made)


def _name(item: Any, place: int) -> str:
    return str(item.get("rule") or item.get("field") or place) if isinstance(item, dict) else str(place)


def _text(value: Any) -> str:
    return "没有" if value is None else orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)
