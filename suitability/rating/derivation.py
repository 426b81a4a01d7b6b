"""From a product's facts to its level: factors, floors of art. 17, the list, the issuer, parts, what it leads to.

The level is the highest of all that apply; what is missing is said and no level is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kit.digest import digest
from kit.rulebook import load_rulebook, per_rules
from market.products.types import FACTORS, Factor, Product, ProductKind
from suitability.levels import ProductLevel
from suitability.rating.classes import class_of_product
from suitability.rating.evidence import Evidence
from suitability.rating.listing import member_level, members, product_list
from suitability.rating.portfolio import Part, carried_level, faults_of, seen_through
from suitability.rating.scoring import RatingRules, as_rows, rating_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """推导: the level by the rules of a day with every ground of it; `level` is None where something is missing."""

    code: str
    day: date
    level: ProductLevel | None
    missing: tuple[str, ...]
    factors: Mapping[Factor, int]
    score: int | None  # hundredths
    by_score: ProductLevel | None
    floors: Mapping[str, ProductLevel]  # floors of art. 17 that are reached, by rule id
    item: str | None
    by_item: ProductLevel | None
    by_issuer: ProductLevel | None
    by_parts: ProductLevel | None
    leads_to: Mapping[str, ProductLevel]
    evidence: tuple[Evidence, ...]
    rule_version: str

    @property
    def contradictions(self) -> tuple[Evidence, ...]:
        return tuple(one for one in self.evidence if one.contradicts)

    def as_record(self) -> dict[str, Any]:
        """Plain values for the record that is kept."""
        return {
            "day": self.day.isoformat(), "level": self.level, "missing": list(self.missing),
            "factors": {factor.value: step for factor, step in self.factors.items()}, "score": self.score,
            "by_score": self.by_score, "floors": dict(self.floors), "item": self.item, "by_item": self.by_item,
            "by_issuer": self.by_issuer, "by_parts": self.by_parts, "leads_to": dict(self.leads_to),
            "evidence": [
                {
                    "rule": one.rule, "measure": one.measure, "factor": one.factor.value,
                    "value": None if one.value is None else format(one.value, "f"), "supports": one.supports,
                    "given": one.given, "as_of": None if one.as_of is None else one.as_of.isoformat(),
                    "note": one.note, "contradicts": one.contradicts,
                }
                for one in self.evidence
            ],
            "rule_version": self.rule_version,
        }


@per_rules()
def rule_version() -> str:
    """The version of the two rule files that a rating rests on."""
    return digest({"rating": load_rulebook("suitability", "rating").version, "list": product_list().version})


def derive(
    product: Product,
    day: date,
    *,
    parts: Sequence[Part] = (),
    leads_to: Mapping[str, ProductLevel | None] | None = None,
    evidence: Sequence[Evidence] = (),
    rules: RatingRules | None = None,
) -> Derivation:
    """The level of a product on `day`.

    parts: components of a portfolio product. leads_to: level of each thing a service leads to, None where it has none.
    rules: those of a draft; the rules in force by default.
    """
    rules = rules or rating_rules(day)
    led = leads_to or {}
    missing = [f"服务所及的 {code} 没有评级" for code, level in led.items() if level is None]
    missing += faults_of(parts) if parts else ()
    factors = product.factors or (seen_through(parts) if parts and not missing else {})
    item = class_of_product(product, day)
    if item.item is not None and item.item not in members():
        missing.append(f"名录没有成员 {item.item}")
        item = type(item)(None)
    missing += _lacking(product, factors, item.item, parts, led, item.missing)
    scored = _scored(factors, rules)
    by_item = None if item.item is None else member_level(item.item, day)
    by_issuer = issuer_level(product, day)
    by_parts = carried_level(parts, day) if parts and not faults_of(parts) else None
    known = {code: level for code, level in led.items() if level is not None}
    grounds = [*scored[2].values(), scored[1], by_item, by_issuer, by_parts, *known.values()]
    level = None if missing else highest(grounds)
    return Derivation(
        code=product.code, day=day, level=level, missing=tuple(missing), factors=factors, score=scored[0],
        by_score=scored[1], floors=scored[2], item=item.item, by_item=by_item, by_issuer=by_issuer,
        by_parts=by_parts, leads_to=known, evidence=tuple(evidence), rule_version=rule_version(),
    )


def highest(levels: Sequence[ProductLevel | None]) -> ProductLevel | None:
    """The strictest of the levels that are there."""
    return max((level for level in levels if level is not None), key=lambda level: level.rank, default=None)


def issuer_level(product: Product, day: date) -> ProductLevel | None:
    """The issuer's own level, from the day on which it was given."""
    if product.issuer_level is None or (product.issuer_rated_on is not None and product.issuer_rated_on > day):
        return None
    return ProductLevel(product.issuer_level)


def _lacking(
    product: Product, factors: Mapping[Factor, int], item: str | None, parts: Sequence[Part],
    led: Mapping[str, ProductLevel | None], unclassed: str | None,
) -> list[str]:
    """A rating without factors is none; a bond may rest on its grade, a service on what it leads to."""
    if len(factors) == len(FACTORS) or led or parts:
        return []
    if product.kind is ProductKind.BOND:
        return [] if item is not None else [unclassed or "债券没有登记信用评级"]
    if product.kind.is_service and item is not None:
        return []
    if product.kind is ProductKind.PORTFOLIO:
        return ["组合产品没有十项因素，也没有登记成分"]
    return ["没有给出十项因素"]


def _scored(
    factors: Mapping[Factor, int], rules: RatingRules
) -> tuple[int | None, ProductLevel | None, dict[str, ProductLevel]]:
    if len(factors) < len(FACTORS):
        return None, None, {}
    rows = as_rows(factors)
    score = int(rules.scores(rows)[0])
    top = next(place for place, limit in enumerate(rules.tops.tolist()) if score <= limit)
    floors = {
        floor.rule.id: floor.level for floor, hit in zip(rules.floors, rules.reached(rows)[0], strict=True) if hit
    }
    return score, ProductLevel(ProductLevel.of_rank(top + 1)), floors
