"""Ten factors to a score and a level, array-first: N products at once, one product is a batch of one.

score: weighted mean of the factors in hundredths, whole numbers from 100 to 500. level: the band of the score, raised
to every floor of art. 17 that the factors reach. Both only grow with each factor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from kit.rulebook import NotInForce, Rule, Rulebook, RuleError, load_rulebook, per_rules
from market.products.types import FACTORS, Factor
from market.types import BoolArray, IntArray
from suitability.levels import ProductLevel

STEPS: Final = (1, 2, 3, 4, 5)
WHOLE: Final = 100  # the weights together


@dataclass(frozen=True, slots=True)
class Scale:
    """标尺: one factor with its weight in percent and what each step means."""

    factor: Factor
    rule: Rule
    weight: int
    anchors: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Floor:
    """审慎评估的下限: where the factors reach `when`, the level is at least `level`."""

    rule: Rule
    when: Mapping[Factor, int]
    level: ProductLevel


@dataclass(frozen=True)
class RatingRules:
    """The rules of a rating as they are in force on one day."""

    book: Rulebook
    scales: tuple[Scale, ...]  # in the order of FACTORS
    floors: tuple[Floor, ...]
    weights: IntArray  # (10,)
    tops: IntArray  # (5,) the highest score of each level, included

    def scores(self, factors: IntArray) -> IntArray:
        """Scores of factors (N, 10), each 1 to 5."""
        return np.asarray(factors @ self.weights, dtype=np.int64)

    def reached(self, factors: IntArray) -> BoolArray:
        """Which floors each product reaches, (N, floors)."""
        hit = [
            np.all([factors[:, FACTORS.index(factor)] >= step for factor, step in floor.when.items()], axis=0)
            for floor in self.floors
        ]
        return np.array(hit, dtype=np.bool_).T.reshape(len(factors), len(self.floors))

    def ranks(self, factors: IntArray) -> IntArray:
        """Level ranks (N,) of factors (N, 10): the band of the score, raised to every floor that is reached."""
        by_score = np.searchsorted(self.tops, self.scores(factors), side="left") + 1
        floors = np.array([floor.level.rank for floor in self.floors], dtype=np.int64)
        raised = np.where(self.reached(factors), floors, 0).max(axis=1, initial=0)
        return np.asarray(np.maximum(by_score, raised), dtype=np.int64)


def as_rows(factors: Mapping[Factor, int]) -> IntArray:
    """One product's factors as an array (1, 10). Raises KeyError where one is missing."""
    return np.array([[factors[factor] for factor in FACTORS]], dtype=np.int64)


def in_force(rule: Rule, day: date) -> Any:
    """The value on `day`, None before the first one and where it was repealed."""
    try:
        return rule.on(day)
    except NotInForce:
        return None


@per_rules(64)
def _rules_of(since: date) -> RatingRules:
    book = load_rulebook("suitability", "rating")
    return rules_from(book, since)


@per_rules(4096)
def rating_rules(day: date) -> RatingRules:
    """The rules in force on `day`. Raises NotInForce before the first ones, RuleError for a file with a fault."""
    changes = [since for rule in load_rulebook("suitability", "rating") for since, _ in rule.values if since <= day]
    if not changes:
        raise NotInForce(f"rating rules have no value on {day}")
    return _rules_of(max(changes))


def rules_from(book: Rulebook, day: date) -> RatingRules:
    """The rules of a book on a day, checked: a draft is read the same way."""
    scales = {scale.factor: scale for scale in (_scale(rule, day) for rule in book) if scale is not None}
    lacking = [factor.value for factor in FACTORS if factor not in scales]
    if lacking:
        raise RuleError(f"{book.name}: no scale on {day} for {', '.join(lacking)}")
    ordered = tuple(scales[factor] for factor in FACTORS)
    weights = np.array([scale.weight for scale in ordered], dtype=np.int64)
    if weights.sum() != WHOLE or (weights < 0).any():
        raise RuleError(f"{book.name}: the weights of the ten factors add up to {weights.sum()}, not {WHOLE}")
    floors = tuple(floor for floor in (_floor(rule, day) for rule in book) if floor is not None)
    return RatingRules(book, ordered, floors, weights, _tops(book, day))


def _scale(rule: Rule, day: date) -> Scale | None:
    value = in_force(rule, day) if rule.id.startswith("RATE-FACTOR-") else None
    if value is None:
        return None
    anchors = {int(step): str(text) for step, text in value["scale"].items()}
    if tuple(sorted(anchors)) != STEPS:
        raise RuleError(f"{rule.id}: a scale has an anchor for each of the steps 1 to 5")
    return Scale(factor_of(rule, rule.applies_to.get("factor")), rule, int(value["weight"]), anchors)


def _floor(rule: Rule, day: date) -> Floor | None:
    value = in_force(rule, day) if rule.id.startswith("RATE-FLOOR-") else None
    if value is None:
        return None
    when = {factor_of(rule, name): int(step) for name, step in value["when"].items()}
    if not when or not set(when.values()) <= set(STEPS):
        raise RuleError(f"{rule.id}: a floor names factors with a step from 1 to 5")
    if value["level"] not in set(ProductLevel):
        raise RuleError(f"{rule.id}: {value['level']!r} is no level")
    return Floor(rule, when, ProductLevel(value["level"]))


def factor_of(rule: Rule, name: Any) -> Factor:
    """Raises RuleError for a name that is no factor."""
    if name not in set(Factor):
        known = ", ".join(factor.value for factor in FACTORS)
        raise RuleError(f"{rule.id} names unknown factor {name!r}; known: {known}")
    return Factor(name)


def _tops(book: Rulebook, day: date) -> IntArray:
    """The bands without gap or overlap: each level once, ascending, the last one up to 500."""
    bands: list[dict[str, Any]] = book["RATE-BANDS"].on(day)
    tops = [int(band["up_to"]) for band in bands]
    if [band["level"] for band in bands] != [level.value for level in ProductLevel]:
        raise RuleError("RATE-BANDS: each level once, from R1 to R5")
    if tops != sorted(set(tops)) or tops[0] < WHOLE or tops[-1] != STEPS[-1] * WHOLE:
        raise RuleError("RATE-BANDS: bands ascend without gap or overlap from 100 up to 500")
    return np.array(tops, dtype=np.int64)
