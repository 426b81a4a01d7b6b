"""What net values and terms say about the factors: which step of the scale they support, and where that contradicts.

Evidence never changes a factor: a contradiction is named, and the one who rates answers for the step that was given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from diagnosis.measures.series_file import metrics_of_series
from diagnosis.returns_file import ReturnSeries, periods_per_year
from kit.problems import BadInput
from kit.rulebook import Rule, load_rulebook
from market.products.types import Factor, NavHistory, Product
from suitability.rating.scoring import in_force

DIGITS = 10  # a measure is compared after rounding, so that 0.05 on the limit is 0.05


@dataclass(frozen=True, slots=True)
class Evidence:
    """One measure beside one factor. `supports` is None where the measure cannot be given; `note` says why."""

    rule: str
    measure: str
    factor: Factor
    value: Decimal | None
    supports: int | None
    given: int | None
    as_of: date | None
    note: str = ""

    @property
    def contradicts(self) -> bool:
        """The factor stands below what the measure supports; one above it is caution."""
        return self.supports is not None and self.given is not None and self.given < self.supports

    def sentence(self) -> str:
        """For the reader: what the figure says and what was given."""
        if self.supports is None:
            return f"{self.factor.label}：{self.note}"
        told = f"{self.factor.label}：{self.measure} 为 {self.value}，支持第 {self.supports} 档"
        return f"{told}，所给为第 {self.given} 档，相矛盾" if self.contradicts else told


def evidence_of(product: Product, navs: NavHistory | None, day: date) -> tuple[Evidence, ...]:
    """Every measure that speaks of the product's factors on `day`."""
    terms = {
        "term_days": None if product.term_days is None else Decimal(product.term_days),
        "lockup_days": Decimal(product.lockup_days) if product.lockup_days else None,
        "min_amount": product.min_amount,
    }
    found = [
        _weighed(rule, value, product.factors, day, product.factors_on)
        for rule in evidence_rules() if (value := terms.get(rule.applies_to["measure"])) is not None
    ]
    return (*found, *(nav_evidence(product.factors, navs, day) if navs is not None else ()))


def nav_evidence(factors: Mapping[Factor, int], navs: NavHistory, day: date) -> tuple[Evidence, ...]:
    """Volatility and drawdown of the net values up to `day`, by the measures of the diagnosis."""
    seen = navs.days <= day.toordinal()
    days, values = navs.days[seen], navs.values[seen]
    if not days.size:
        return ()
    last = date.fromordinal(int(days[-1]))
    rules = [rule for rule in evidence_rules() if rule.applies_to["measure"] in ("volatility", "max_drawdown")]
    least = int(in_force(load_rulebook("suitability", "rating")["RATE-EVIDENCE-POINTS"], day) or 2)
    if days.size < least:
        return tuple(_silent(rule, factors, last, f"净值只有 {days.size} 个，至少需要 {least} 个") for rule in rules)
    series = ReturnSeries(days[1:], values[1:] / values[:-1] - 1, int(days[0]))
    try:
        periods = periods_per_year(series)[0]
    except BadInput as problem:
        return tuple(_silent(rule, factors, last, problem.detail) for rule in rules)
    measured = metrics_of_series(series.returns, None, periods_per_year=periods)
    found = []
    for rule in rules:
        metric = measured[rule.applies_to["measure"]]
        if metric.value is None:
            found.append(_silent(rule, factors, last, metric.withheld or ""))
        else:
            found.append(_weighed(rule, Decimal(repr(round(abs(metric.value), DIGITS))), factors, day, last))
    return tuple(found)


def evidence_rules() -> Sequence[Rule]:
    return [rule for rule in load_rulebook("suitability", "rating") if "measure" in rule.applies_to]


def step_of(rule: Rule, value: Decimal, day: date) -> int | None:
    """The step of the scale that a value supports; `up_to` includes its number, `below` does not."""
    bands: list[dict[str, Any]] = in_force(rule, day) or []
    for band in bands:
        limit = band.get("up_to", band.get("below"))
        if limit is None or value < Decimal(limit) or ("up_to" in band and value == Decimal(limit)):
            return int(band["step"])
    return None


def _weighed(
    rule: Rule, value: Decimal, factors: Mapping[Factor, int], day: date, as_of: date | None
) -> Evidence:
    factor = Factor(rule.applies_to["factor"])
    supports = step_of(rule, value, day)
    return Evidence(rule.id, rule.applies_to["measure"], factor, value, supports, factors.get(factor), as_of)


def _silent(rule: Rule, factors: Mapping[Factor, int], as_of: date, note: str) -> Evidence:
    factor = Factor(rule.applies_to["factor"])
    return Evidence(rule.id, rule.applies_to["measure"], factor, None, None, factors.get(factor), as_of, note)
