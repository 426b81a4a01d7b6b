"""复核: why the rating of a product has to be looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kit.labels import Labelled
from suitability.levels import ProductLevel
from suitability.rating.derivation import Derivation
from suitability.rating.standing import Rating


class ReviewReason(Labelled):
    """复核的原因"""

    NOT_RATED = "NOT_RATED", "尚未评级"
    REVIEW_DAY = "REVIEW_DAY", "到了复核日"
    FACTORS_CHANGED = "FACTORS_CHANGED", "评级之后因素有变化"
    RULES_CHANGED = "RULES_CHANGED", "按当日规则推导的等级与评级时不同"
    BELOW_BOUND = "BELOW_BOUND", "低于当日名录或发行人评级"
    CONTRADICTED = "CONTRADICTED", "净值或条款与所给因素相矛盾"
    MISSING = "MISSING", "缺少评级所需的事实"


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """One product on the review list; reasons are (code, sentence)."""

    code: str
    name: str
    rating: Rating | None
    reasons: tuple[tuple[ReviewReason, str], ...]


def reasons_of(
    rating: Rating | None, derived: Derivation, lowest: ProductLevel | None, day: date
) -> tuple[tuple[ReviewReason, str], ...]:
    """Every reason on `day`; empty where the rating may stand."""
    found: list[tuple[ReviewReason, str]] = []
    if derived.missing:
        found.append((ReviewReason.MISSING, "；".join(derived.missing)))
    if rating is None:
        found.append((ReviewReason.NOT_RATED, ReviewReason.NOT_RATED.label))
        return tuple(found)
    if rating.review_on <= day:
        found.append((ReviewReason.REVIEW_DAY, f"复核日为 {rating.review_on}"))
    then = rating.basis.get("factors")
    now = {factor.value: step for factor, step in derived.factors.items()}
    if then is not None and then != now:
        found.append((ReviewReason.FACTORS_CHANGED, _changed(then, now)))
    elif derived.level is not None and rating.derived is not None and derived.level is not rating.derived:
        told = f"评级时推导为 {rating.derived.value}，当日推导为 {derived.level.value}"
        found.append((ReviewReason.RULES_CHANGED, told))
    if lowest is not None and rating.level.rank < lowest.rank:
        found.append((ReviewReason.BELOW_BOUND, f"评为 {rating.level.value}，当日下限为 {lowest.value}"))
    found += [(ReviewReason.CONTRADICTED, one.sentence()) for one in derived.contradictions]
    return tuple(found)


def _changed(then: dict[str, int], now: dict[str, int]) -> str:
    names = sorted({*then, *now})
    moved = [name for name in names if then.get(name) != now.get(name)]
    return "、".join(f"{name} {then.get(name, '无')} → {now.get(name, '无')}" for name in moved)
