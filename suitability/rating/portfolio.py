"""组合产品整体评级: its parts seen through as one vector of factors, and the level that their weights carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from kit.rulebook import load_rulebook
from market.products.types import FACTORS, Factor
from suitability.levels import ProductLevel

TOLERANCE: Final = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Part:
    """One component as it is rated on the day; factors are empty where nobody gave them."""

    code: str
    weight: Decimal
    level: ProductLevel | None
    factors: Mapping[Factor, int]


def faults_of(parts: Sequence[Part]) -> tuple[str, ...]:
    """Why the parts cannot be rated as a whole (Chinese, for the reader); empty where they can."""
    whole = sum((part.weight for part in parts), Decimal(0))
    faults = [f"成分 {part.code} 没有评级" for part in parts if part.level is None]
    if abs(whole - 1) > TOLERANCE:
        faults.append(f"成分权重合计 {whole.normalize():f}，应为 1")
    return tuple(faults)


def seen_through(parts: Sequence[Part]) -> dict[Factor, int]:
    """The factors of the whole: means by weight, rounded half up; empty where a part has none."""
    if any(len(part.factors) < len(FACTORS) for part in parts):
        return {}
    whole = sum((part.weight for part in parts), Decimal(0))
    means = {f: sum((part.weight * part.factors[f] for part in parts), Decimal(0)) / whole for f in FACTORS}
    return {factor: int(mean.quantize(Decimal(1), rounding=ROUND_HALF_UP)) for factor, mean in means.items()}


def carried_level(parts: Sequence[Part], day: date) -> ProductLevel:
    """The highest level whose parts, that level or above, weigh at least the share of the rule (included)."""
    shares: Mapping[str, str] = load_rulebook("suitability", "rating").on("RATE-PORTFOLIO-SHARE", day)
    carried = ProductLevel.R1
    for level in ProductLevel:
        held = sum((p.weight for p in parts if p.level is not None and p.level.rank >= level.rank), Decimal(0))
        if level.value in shares and held >= Decimal(shares[level.value]):
            carried = level
    return carried
